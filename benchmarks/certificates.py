"""Certificates on simulated logs: honest ones must hold, mutants and self-consistent wrong ones must be refused.

    python benchmarks/certificates.py --seeds 1 --mutants 56 --wrong 9 --output certificates.jsonl

For every engine a sound log and logs with a fault are simulated, diagnosed and certified. Of each log: the certificate
as issued; mutants (one figure changed by at least twice its tolerance, the digest made right again); certificates that
claim a wrong hypothesis at its own best fit, with everything that fits better left out; and the certificate of another
log under this log's name. One JSON line a log, a summary at the end. Times are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import hotfire
from hotfire.certificate import issue, log_identity
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.observe import Observed
from hotfire.physics.certificate.document import as_document, digest, from_text
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.rivals import Found, find_rivals
from hotfire.physics.certificate.values import Certificate
from hotfire.physics.certificate.weight import Weights
from hotfire.physics.diagnosis.explanations import Weighed
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.search import Search
from hotfire.sighting import compiled_engine, sight
from hotfire.simulate import Plant, SimulatedFault
from hotfire.verify import Verification, verify, verify_observed

ENGINES = (
    "demo-engine",
    "imperial-dmt",
    "n2o4-mmh",
    "stanford-helios",
    "student-n2o-ethanol",
    "tum-hopper",
    "uvic-mule1",
)
BEHIND = 10.0
"""Nats by which a wrong hypothesis must lie behind the best one: nearer ones the log does not tell apart."""
LEAST = (
    ("log_evidence", 0.5, 0.0),
    ("promised", 1.0, 0.0),
    (".tolerances.", 0.01, 0.0),
    (".states.", 1e-3, 2e-3),
    ("features", 1e-3, 2e-3),
    ("equations", 1e-3, 1e-3),
    (".unknowns.", 1e-3, 1e-3),
    ("", 1e-6, 1e-5),
)
"""Least change of a figure by its place: absolute, and relative; twice what a verifier lets pass, or more."""


def faults_of(engine: Engine, seed: int) -> list[list[SimulatedFault]]:
    """Return no fault, a fault of a component that steps in, one from the start, and one of a sensor."""
    random_ = random.Random(seed)
    blocked = [n for n in engine.network.faults if n.endswith((".blockage", ".partly_closed"))]
    others = [
        n
        for n in engine.network.faults
        if n.endswith((".efficiency_loss", ".throat_erosion", "regulator_low"))
    ]
    sensors = [
        n for n, s in engine.sensors.items() if s.kind == "pressure" and engine.network.burner in s.measures
    ]
    return [
        [],
        [SimulatedFault(random_.choice(blocked), 0.35, 2.0)],
        [SimulatedFault(random_.choice(others), 0.25, None)],
        [SimulatedFault(f"{sensors[0]}.bias", 0.06, 2.0)],
    ]


def searched(log: Log, engine: Engine) -> tuple[Log, Observed, Search, tuple[Weighed, ...]] | None:
    """Diagnose a log as `hotfire.diagnose` does, and keep the search; None where nothing can be weighed."""
    seen = sight(log, engine)
    if seen.observed is None:
        return None
    search = Search(Forecaster(compiled_engine(engine), seen.observed.observation))
    ranked = search.run()
    return None if search.ran_out else (seen.log, seen.observed, search, ranked)


def leaves(document: Any, place: str = "") -> list[tuple[str, Any, Any]]:
    """List every figure of a document: its place, what holds it, and under which key."""
    found = []
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        here = f"{place}.{key}" if isinstance(document, dict) else f"{place}[{key}]"
        if isinstance(value, (dict, list)):
            found += leaves(value, here)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append((here, document, key))
    return found


def mutant(certificate: Certificate, random_: random.Random) -> tuple[str, Certificate]:
    """Change one figure and make the digest right again; parts of the document are drawn alike."""
    document = json.loads(json.dumps(as_document(certificate)))
    by_part: dict[str, list[tuple[str, Any, Any]]] = {}
    for leaf in leaves(document):
        part = ".".join(w for w in leaf[0].replace("[", ".").split(".") if w and not w.isdigit())[:40]
        by_part.setdefault(part if "unknowns" not in part and "states" not in part else part[:26], []).append(
            leaf
        )
    place, holder, key = random_.choice(by_part[random_.choice(sorted(by_part))])
    absolute, relative = next((a, r) for word, a, r in LEAST if word in place)
    value = holder[key]
    change = (
        max(absolute, relative * abs(value))
        * math.exp(random_.uniform(0.0, 5.0))
        * random_.choice((-1.0, 1.0))
    )
    holder[key] = value + (round(change) or 1) if isinstance(value, int) else value + change
    document["sha256"] = digest(document)
    return place, from_text(json.dumps(document))


def wrong_claims(
    search: Search, ranked: tuple[Weighed, ...], most: int
) -> list[tuple[str, tuple[Weighed, ...]]]:
    """Hypotheses far behind the best one, each with the list of those that are not better."""
    fitted = [w for w in ranked if w.best.point is not None and " + " not in w.name]
    peak = max(w.best.log_evidence for w in ranked)
    behind = [w for w in fitted if w.best.log_evidence < peak - BEHIND]
    chosen = []
    for wrong in behind[:most]:
        rest = tuple(
            w for w in ranked if w.best.log_evidence <= wrong.best.log_evidence or w.name == "nominal"
        )
        chosen.append((wrong.name, rest))
    return chosen


def rivals_of(certificate: Certificate, observed: Observed, engine: Engine) -> list[Found]:
    """Seek rivals once a log: they do not depend on what is claimed."""
    frame = Frame.of(certificate, engine.network, observed.observation.sensors)
    with np.errstate(all="ignore"):
        return find_rivals(certificate, frame, Weights(certificate, frame))


def remember_evaluations(put: Any = setattr) -> None:
    """Evaluate what many forgeries of one certificate have in common only once: both functions are pure.

    `put` sets an attribute of a module.
    """
    from hotfire.physics.certificate import check

    for name in ("evaluate", "slopes"):
        function = getattr(check, name)
        known: dict[str, Any] = {}

        def remembered(
            frame: Frame, *stated: Any, function: Any = function, known: dict[str, Any] = known
        ) -> Any:
            key = repr((frame.edges, frame.spare_load, frame.inputs, *stated))
            if key not in known:
                if len(known) > 200:
                    known.clear()
                known[key] = function(frame, *stated)
            return known[key]

        put(check, name, remembered)


def first_refusal(found: Verification) -> str:
    return "" if found.holds else found.refusals[0].figure


class Bench:
    """Runs the log of one engine after the other and keeps count."""

    def __init__(self, mutants: int, wrong: int) -> None:
        self.mutants, self.wrong = mutants, wrong
        self.total: Counter[str] = Counter()
        self.let_pass: list[str] = []
        self.seconds: dict[str, list[float]] = {"diagnose": [], "issue": [], "verify": []}
        self.before: dict[str, Certificate] = {}

    def timed(self, what: str, function: Any, *arguments: Any, **named: Any) -> Any:
        start = time.process_time()
        result = function(*arguments, **named)
        self.seconds[what].append(time.process_time() - start)
        return result

    def log(self, name: str, engine: Engine, log: Log, seed: int) -> dict[str, Any]:
        """Certify one log, then forge."""
        self.total["logs"] += 1
        found = self.timed("diagnose", searched, log, engine)
        if found is None:
            return {"no certificate": "nothing to weigh"}
        matched, observed, search, ranked = found
        certificate = self.timed("issue", issue, matched, engine, observed, search, ranked)
        if isinstance(certificate, str):
            self.total["not issued"] += 1
            return {"no certificate": certificate}
        certificate = replace(certificate, log=log_identity(log))
        self.total["issued"] += 1
        start = time.process_time()
        rivals = rivals_of(certificate, observed, engine)
        sought = time.process_time() - start
        verified = self.timed("verify", verify, certificate, log, engine, rivals)
        self.seconds["verify"][-1] += sought
        self.total["hold"] += verified.holds
        if not verified.holds:
            self.let_pass.append(f"honest refused: {name} {certificate.claimed.name}: {verified.refusals[0]}")
            return {"claim": certificate.claimed.name, "refused": str(verified.refusals[0])}
        self.forge(name, certificate, engine, observed, seed)
        self.claim_wrongly(name, rivals, engine, found)
        return {"claim": certificate.claimed.name, "checked": verified.checked}

    def forge(
        self, name: str, certificate: Certificate, engine: Engine, observed: Observed, seed: int
    ) -> None:
        random_ = random.Random(f"{name}{seed}")
        for _ in range(self.mutants):
            place, changed = mutant(certificate, random_)
            if place.startswith((".engine", ".log")):
                continue
            self.total["mutants"] += 1
            held = verify_observed(changed, observed, engine, []).holds
            self.total["mutants refused"] += not held
            if held:
                self.let_pass.append(f"mutant: {name} {place}")
        other = self.before.get(engine.name)
        if other is not None and other.log != certificate.log:
            self.total["of another log"] += 1
            forged = replace(other, log=certificate.log)
            self.total["of another log refused"] += not verify_observed(forged, observed, engine, []).holds
        self.before[engine.name] = certificate

    def claim_wrongly(self, name: str, rivals: list[Found], engine: Engine, found: Any) -> None:
        matched, observed, search, ranked = found
        claims = wrong_claims(search, ranked, self.wrong)
        for claim, rest in claims:
            forged = issue(matched, engine, observed, search, rest, claim=claim, evident=False)
            if isinstance(forged, str):
                continue
            better = {h.name for h in forged.hypotheses if h.log_evidence > forged.claimed.log_evidence}
            kept = tuple(h for h in forged.hypotheses if h.name not in better or h.name == "nominal")
            verified = verify_observed(replace(forged, hypotheses=kept), observed, engine, rivals)
            self.total["wrong"] += 1
            self.total["wrong refused"] += not verified.holds
            reason = verified.refusals[0].why.split(",")[-1][:40] if verified.refusals else ""
            self.total[f"wrong refused for: {_reason(reason, first_refusal(verified))}"] += not verified.holds
            if verified.holds:
                self.let_pass.append(f"wrong: {name} {claim}")


def _reason(why: str, figure: str) -> str:
    if figure == "hypotheses":
        return "a rival that is left out"
    return (
        "the fit" if "misfit" in figure else "the sound engine" if "evidence" in figure else f"{figure} {why}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", nargs="*", default=list(ENGINES))
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument(
        "--cases",
        type=int,
        nargs="*",
        default=[0, 1, 2, 3],
        help="0 sound, 1 blocked, 2 from the start, 3 sensor",
    )
    parser.add_argument("--mutants", type=int, default=40, help="a log")
    parser.add_argument("--wrong", type=int, default=9, help="wrong hypotheses a log, at most")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    remember_evaluations()
    bench = Bench(arguments.mutants, arguments.wrong)
    for seed in arguments.seeds:
        for name in arguments.engines:
            engine = hotfire.load_engine(name)
            plant = Plant(engine)
            for faults in [faults_of(engine, seed)[k] for k in arguments.cases]:
                label = f"{name} seed {seed} {faults[0].name if faults else 'sound'}"
                told = {"case": label} | bench.log(label, engine, plant.run(faults, seed=seed), seed)
                told |= {
                    "so far": dict(bench.total),
                    "CPU": {k: round(v[-1], 2) for k, v in bench.seconds.items() if v},
                }
                print(json.dumps(told), flush=True)
                if arguments.output:
                    with arguments.output.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(told) + "\n")
    for let_pass in bench.let_pass:
        print(let_pass)
    print(
        json.dumps(
            {"total": dict(bench.total)}
            | {k: [round(float(np.median(v)), 2), round(max(v), 2)] for k, v in bench.seconds.items() if v}
        )
    )
    sys.exit(0)


if __name__ == "__main__":
    main()
