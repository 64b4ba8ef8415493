"""Certificates on simulated logs: honest ones must hold, mutants and self-consistent wrong ones must be refused.

    python benchmarks/certificates.py --seeds 1 2 --mutants 18 --wrong 5 --output certificates.jsonl

For every engine a sound log and logs with one or two faults are simulated, diagnosed and certified. Of each log: the
certificate as issued; mutants (one figure changed by at least twice its tolerance, the digest made right again);
certificates that claim a wrong hypothesis at its own best fit beside the sound engine, with everything else left out;
and the certificate of another log under this log's name. One JSON line a log; a log that is in the output already is
not done again. The summary adds up all lines of the output. Times are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from forgeries import Mutants, claimed_wrongly, remember_hypotheses, wrong_claims
from kept_rows import KeptRows

import hotfire
from hotfire.certificate import issue, log_identity
from hotfire.compiled_engines import compiled_engine
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.observing.observe import Observed
from hotfire.observing.sighting import sight
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.rivals import Found, find_rivals
from hotfire.physics.certificate.values import Certificate
from hotfire.physics.certificate.weight import Weights
from hotfire.physics.diagnosis.explanations import NOMINAL, Weighed
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.search import Search
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
CASES = ("sound", "blocked", "from the start", "sensor", "two parts", "part and sensor")


@cache
def plant_of(name: str) -> tuple[Engine, Plant]:
    engine = hotfire.load_engine(name)
    return engine, Plant(engine)


def faults_of(engine: Engine, seed: int) -> list[list[SimulatedFault]]:
    """Return the faults of each of `CASES`: none, one that steps in, one from the start, one of a sensor, two, two."""
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
    steps_in = SimulatedFault(random_.choice(blocked), 0.35, 2.0)
    before = SimulatedFault(random_.choice(others), 0.25, None)
    misread = SimulatedFault(f"{sensors[0]}.bias", 0.06, 2.0)
    return [[], [steps_in], [before], [misread], [steps_in, before], [steps_in, misread]]


def searched(log: Log, engine: Engine) -> tuple[Log, Observed, Search, tuple[Weighed, ...]] | None:
    """Diagnose a log as `hotfire.diagnose` does, and keep the search; None where nothing can be weighed."""
    seen = sight(log, engine)
    if seen.observed is None:
        return None
    search = Search(Forecaster(compiled_engine(engine), seen.observed.observation))
    ranked = search.run()
    return None if search.ran_out else (seen.log, seen.observed, search, ranked)


def rivals_of(certificate: Certificate, observed: Observed, engine: Engine) -> list[Found]:
    """Seek rivals once a log: they do not depend on what is claimed."""
    frame = Frame.of(certificate, engine.network, observed.observation.sensors)
    with np.errstate(all="ignore"):
        return find_rivals(certificate, frame, Weights(certificate, frame))


class Row:
    """What is counted of one log."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: dict[str, Any] = {}
        self.total: Counter[str] = Counter({"logs": 1})
        self.failed: list[str] = []
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[what] = self.seconds.get(what, 0.0) + time.process_time() - start

    def counted(self, what: str, found: Verification) -> None:
        """Count a forgery, and whether it was refused."""
        self.total[what] += 1
        self.total[f"{what} refused"] += not found.holds

    def document(self) -> dict[str, Any]:
        seconds = {k: round(v, 2) for k, v in self.seconds.items()}
        return (
            {"case": self.name}
            | self.told
            | {
                "total": dict(self.total),
                "failed": self.failed,
                "CPU": seconds,
            }
        )


class Bench:
    """Runs the log of one engine after the other."""

    def __init__(self, mutants: int, wrong: int) -> None:
        self.mutants, self.wrong = mutants, wrong
        self.before: dict[str, Certificate] = {}

    def log(self, name: str, engine: Engine, log: Log) -> Row:
        """Certify one log, then forge."""
        row = Row(name)
        with row.timed("diagnose"):
            found = searched(log, engine)
        if found is None:
            row.told = {"no certificate": "nothing to weigh"}
            return row
        matched, observed, search, ranked = found
        with row.timed("issue"):
            certificate = issue(matched, engine, observed, search, ranked)
        if isinstance(certificate, str):
            row.total["not issued"] += 1
            row.told = {"claim": ranked[0].name, "no certificate": certificate}
            return row
        certificate = replace(certificate, log=log_identity(log))
        two = " of two" * (" + " in certificate.claimed.name)
        row.total["issued" + two] += 1
        with row.timed("verify"):
            rivals = rivals_of(certificate, observed, engine)
            verified = verify(certificate, log, engine, rivals)
        row.total["hold" + two] += verified.holds
        row.told = {"claim": certificate.claimed.name, "checked": verified.checked}
        if not verified.holds:
            row.failed.append(f"honest refused: {verified.refusals[0]}")
            return row
        with row.timed("mutants"):
            self.forge(row, certificate, engine, observed)
        with row.timed("wrong"):
            self.claim_wrongly(row, rivals, engine, found, certificate)
        return row

    def forge(self, row: Row, certificate: Certificate, engine: Engine, observed: Observed) -> None:
        mutants = Mutants(certificate, random.Random(row.name))
        for _ in range(self.mutants):
            place, changed = mutants.draw()
            found = verify_observed(changed, observed, engine, [])
            row.counted("mutants", found)
            if found.holds:
                row.failed.append(f"mutant holds: {place}")
        other = self.before.get(engine.name)
        if other is not None and other.log != certificate.log:
            forged = replace(other, log=certificate.log)
            row.counted("of another log", verify_observed(forged, observed, engine, []))
        self.before[engine.name] = certificate

    def claim_wrongly(
        self, row: Row, rivals: list[Found], engine: Engine, found: Any, honest: Certificate
    ) -> None:
        matched, observed, search, ranked = found
        sound = next(w for w in ranked if w.name == NOMINAL)
        for wrong in wrong_claims(ranked, self.wrong):
            forged = claimed_wrongly(matched, engine, observed, search, wrong, sound, honest)
            if forged is None:
                continue
            verified = verify_observed(forged, observed, engine, rivals)
            row.counted("wrong of two" if " + " in wrong.name else "wrong of one", verified)
            if verified.holds:
                row.failed.append(f"wrong holds: {wrong.name}")
            else:
                row.total[f"wrong refused for: {_reason(verified.refusals[0].figure)}"] += 1


def _reason(figure: str) -> str:
    if figure == "hypotheses":
        return "a rival that is left out"
    return "the fit" if "misfit" in figure else "the sound engine" if "evidence" in figure else figure


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Add rows up; times as median and greatest."""
    total: Counter[str] = Counter()
    seconds: dict[str, list[float]] = {}
    for row in rows:
        total.update(row["total"])
        for what, value in row["CPU"].items():
            seconds.setdefault(what, []).append(value)
    failed = [f"{row['case']}: {f}" for row in rows for f in row["failed"]]
    without = Counter(row["no certificate"] for row in rows if "no certificate" in row)
    spread = {k: [round(float(np.median(v)), 2), max(v)] for k, v in seconds.items()}
    return {"total": dict(total), "failed": failed, "no certificate": dict(without), "CPU": spread}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", nargs="*", default=list(ENGINES))
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--cases", type=int, nargs="*", default=[0, 1, 2, 3, 4, 5], help=", ".join(CASES))
    parser.add_argument("--mutants", type=int, default=18, help="a log")
    parser.add_argument("--wrong", type=int, default=5, help="wrong hypotheses a log, at most")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    remember_hypotheses()
    bench, kept = Bench(arguments.mutants, arguments.wrong), KeptRows.read(arguments.output)
    done = {row["case"] for row in kept.rows}
    for seed in arguments.seeds:
        for k in arguments.cases:
            for name in arguments.engines:
                label = f"{name}, seed {seed}, {CASES[k]}"
                if label in done:
                    continue
                engine, plant = plant_of(name)
                log = plant.run(faults_of(engine, seed)[k], seed=seed)
                kept.add([bench.log(label, engine, log).document()])
                print(json.dumps(kept.rows[-1]), flush=True)
    print(json.dumps(summary(kept.rows), indent=1))


if __name__ == "__main__":
    main()
