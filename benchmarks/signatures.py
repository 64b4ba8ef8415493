"""Signs of the failure modes: what each does to an engine in mainstage, and whether a catalogue of signs agrees.

    python benchmarks/signatures.py                         # signs of every mode on every shipped engine
    python benchmarks/signatures.py --catalogue FILE.json   # and held against the signs of a catalogue

A catalogue is a JSON list of objects with `id`, `cycles` and `signature`, whose signs stand as `mo-, dPo+, Pc-`.
All commands and valve positions are kept ("open loop"), so engines with a controller are left out.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from hotfire.engine import Engine
from hotfire.engine_cycle import cycle_of
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.failure_modes import FailureMode, failure_modes, faults_of
from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import design_batch, solve_steady

LEAST = 2e-4
"""Relative change that counts as a sign."""
LIKE = {"TO": "GG"}
"""Cycles that the catalogue does not name, by the one whose signs they should have."""
TOKEN = re.compile(
    r"(?<![\w(])(mo|mf|m|dPo|dPf|dPc|dP|Pmo|Pmf|Pm|Pc|Pd_o|Pd_f|Pd|Ps|Pgg|Pt|MR|F|No|Nf|N|Tti|Ttd|Tgg|Tc_out|V|I)"
    r"(\+\+|--|\+|-)(?![\w/-])(?! \(closed loop\))( both)?"
)


@dataclass(frozen=True)
class Signed:
    """An engine and the quantities that catalogues of failure modes give signs for."""

    engine: Engine

    @cached_property
    def compiled(self) -> CompiledNetwork:
        """The equations of the diagnosis."""
        return CompiledNetwork(self.engine.network)

    @cached_property
    def cycle(self) -> str:
        """PF, GG, TO, EX, SC, EP or HY."""
        return cycle_of(self.engine.network)

    def of_type(self, *types: str, side: str = "") -> list[str]:
        """Names of the components of these types, on one side if wanted."""
        network = self.engine.network
        found = [c.name for c in network.components.values() if c.kind.type_name in types]
        return [n for n in found if not side or network.side_of(n) == side]

    def quantities(self, o: dict[str, FloatArray], side: str) -> dict[str, list[FloatArray]]:
        """Quantities by the word of the catalogue; several where an engine has several.

        Args:
            o: Outputs of the network over cases.
            side: Side of the component that failed, for words that do not say it.
        """
        main = self.engine.network.burner
        q: dict[str, list[FloatArray]] = defaultdict(list)
        q["Pc"] = [o[f"{main}.pressure"]]
        q["F"] = [np.sum([v for n, v in o.items() if n.endswith(".thrust")], axis=0)]
        for word, output in (("MR", "mixture_ratio"), ("mo", "oxidizer.flow"), ("mf", "fuel_flow")):
            q[word] = [o[f"{main}.{output}"]] if f"{main}.{output}" in o else []
        for short, which in (("o", "oxidizer"), ("f", "fuel")):
            for name in self.of_type("injector", side=which):
                if self.engine.network.burnt_at(name)[0] == main:
                    q[f"Pm{short}"].append(o[f"{name}.inlet.pressure"])
                    q[f"dP{short}"].append(o[f"{name}.inlet.pressure"] - o[f"{name}.outlet.pressure"])
            for name in self.of_type("pump", side=which):
                q[f"Pd_{short}"].append(o[f"{name}.outlet.pressure"])
                q[f"N{short}"].append(o[f"{name}.shaft.speed"])
            tanks = self.of_type("regulated_tank", "blowdown_tank", "saturated_tank", side=which)
            q[f"Pt{short}"] = [o[f"{n}.outlet.pressure"] for n in tanks]
            if side in (which, ""):
                for word in ("m", "dP", "Pm", "Pt"):
                    q[word] += q[word + short]
                q["Pd"] += q[f"Pd_{short}"]
        q["Ps"] = [o[f"{n}.inlet.pressure"] for n in self.of_type("pump", side=side)]
        q["N"] = q["No"] + q["Nf"]
        for name in self.of_type("turbine"):
            q["Tti"].append(o[f"{name}.inlet.temperature"])
            q["Ttd"].append(o[f"{name}.outlet.temperature"])
        for name in self.of_type("gas_generator"):
            q["Pgg"].append(o[f"{name}.pressure"])
            q["Tgg"].append(o[f"{name}.temperature"])
        for name in self.of_type("regenerative_jacket", "cooling_jacket"):
            q["dPc"].append(o[f"{name}.inlet.pressure"] - o[f"{name}.outlet.pressure"])
        for name in self.of_type("regenerative_jacket"):
            q["Tc_out"].append(o[f"{name}.outlet.temperature"])
        for name in self.of_type("battery"):
            q["V"] += [v for n, v in o.items() if n.startswith(f"{name}.") and n.endswith("voltage")]
            q["I"] += [v for n, v in o.items() if n.startswith(f"{name}.") and n.endswith("current")]
        return q

    def signs(self, faults: dict[str, float], companion: tuple[str, str, float] | None) -> dict[str, dict]:
        """Sign of every quantity for every fault; a fault with which the engine does not run is left out."""
        design, names = design_batch(self.compiled), self.compiled.fault_names
        sizes = np.zeros((len(faults) + 1, len(names)))
        for row, (name, size) in enumerate(faults.items(), 1):
            sizes[row, names.index(name)] = size
            if companion is not None:
                for other in self.of_type(companion[0]):
                    sizes[row, names.index(f"{other}.{companion[1]}")] = companion[2]
        n = sizes.shape[0]
        one = [np.repeat(a, n, axis=0) for a in (design.states, design.parameters, design.inputs)]
        batch = Batch(one[0], one[1], sizes, one[2])
        z, solved = solve_steady(self.compiled, batch, strict=False)
        values = self.compiled.rates(z, batch)[1]
        outputs = dict(zip(self.compiled.output_names, values.T, strict=True))
        told = {}
        for row, name in enumerate(faults, 1):
            if solved[row]:
                side = self.engine.network.side_of(name.split(".")[0])
                told[name] = {
                    word: tuple(sorted({_sign(v[row], v[0]) for v in several} - {0}))
                    for word, several in self.quantities(outputs, side).items()
                    if several
                }
        return told


def _sign(value: float, before: float) -> int:
    change = (value - before) / max(abs(before), 1e-9)
    return 0 if abs(change) < LEAST else int(np.sign(change))


def hardware(mode: FailureMode, signed: Signed) -> dict[str, float]:
    """Faults of an engine that the means of its mainstage show."""
    known = signed.engine.network.faults
    return {n: s for n, s in faults_of(mode, signed.engine).items() if n in known and known[n].weighed}


_TOLD: dict[tuple[str, str], dict[str, dict]] = {}


def told(mode: FailureMode, signed: Signed) -> dict[str, dict]:
    """Signs of each fault that a mode is on an engine; solved once."""
    key = (mode.identifier, signed.engine.name)
    if key not in _TOLD:
        faults = hardware(mode, signed)
        _TOLD[key] = signed.signs(faults, mode.companion) if faults else {}
    return _TOLD[key]


def expected(signature: str) -> dict[str, int]:
    """Signs that a catalogue gives, open loop."""
    clauses = [c for c in signature.split(";") if "closed loop:" not in c and "closed-loop" not in c]
    found = TOKEN.findall("; ".join(clauses))
    signs = {}
    for word, mark, both in found:
        words = [f"{word}o", f"{word}f"] if both else [word]
        signs |= {w: 1 if mark.startswith("+") else -1 for w in words}
    return signs


def compare(catalogue: list[dict], signed: list[Signed]) -> None:
    """Print the agreement of every sign, and each disagreement."""
    rows, totals = [], Counter()
    for entry in catalogue:
        mode, wanted = failure_modes()[entry["id"]], expected(entry["signature"])
        engines = [
            s
            for s in signed
            if any(c in entry["cycles"] for c in (s.cycle, LIKE.get(s.cycle, s.cycle), "All"))
        ]
        seen: dict[str, Counter] = defaultdict(Counter)
        against: dict[str, list[str]] = defaultdict(list)
        for s in engines:
            for fault, shown in told(mode, s).items():
                for word in wanted:
                    if word in shown:
                        signs = shown[word]
                        sign = signs[0] if len(signs) == 1 else 0
                        seen[word][sign] += 1
                        if sign == -wanted[word]:
                            against[word].append(f"{s.engine.name} `{fault}`")
        for word, sign in wanted.items():
            count = seen[word]
            verdict = _verdict(count, sign)
            totals[verdict] += 1
            if verdict in ("opposite", "mixed", "no change"):
                mark = "+" if sign > 0 else "-"
                rows.append(
                    f"| {mode.identifier} | {mode.name} | `{word}{mark}` | {verdict} | "
                    f"{count[sign]} / {count[-sign]} / {count[0]} | {', '.join(against[word])} |"
                )
    print("| sign of the catalogue | count |\n|---|---|")
    for verdict in ("agrees", "mixed", "opposite", "no change", "not simulated"):
        print(f"| {verdict} | {totals[verdict]} |")
    print(
        "\n| mode | | sign | simulated | same / opposite / none or either | opposite where |\n"
        "|---|---|---|---|---|---|"
    )
    print("\n".join(rows))


def _verdict(count: Counter, sign: int) -> str:
    if not sum(count.values()):
        return "not simulated"
    if not count[sign] and not count[-sign]:
        return "no change"
    if count[-sign] == 0:
        return "agrees"
    return "opposite" if count[sign] == 0 else "mixed"


def distinct(signed: list[Signed]) -> None:
    """Print how many patterns of signs the faults make on each engine, and how many signatures the modes in all."""
    print("| engine | cycle | faults | distinct patterns of signs |\n|---|---|---|---|")
    for s in signed:
        faults: dict[str, float] = {}
        for mode in failure_modes().values():
            for name, size in hardware(mode, s).items():
                faults.setdefault(name, size)
        told = s.signs(faults, None)
        patterns = {tuple(sorted(signs.items())) for signs in told.values()}
        print(f"| {s.engine.name} | {s.cycle} | {len(told)} of {len(faults)} | {len(patterns)} |")
    print()
    everywhere = signatures(signed)
    shown = [m for m, pattern in everywhere.items() if pattern]
    by_cycle = {}
    for cycle in sorted({s.cycle for s in signed}):
        names = {s.engine.name for s in signed if s.cycle == cycle}
        own = {frozenset(one for one in pattern if one[0] in names) for pattern in everywhere.values()}
        by_cycle[cycle] = len(own - {frozenset()})
    print(
        f"The {len(everywhere)} modes make {len(set(everywhere.values()) - {frozenset()})} distinct signatures: "
        f"{len(shown)} modes have signs in the mainstage of a shipped engine, and modes that are the same "
        "faults or show the same signs on every engine are one. By cycle: "
        + ", ".join(f"{c} {n}" for c, n in by_cycle.items())
        + ".\n"
    )


def signatures(signed: list[Signed]) -> dict[str, frozenset]:
    """Signature of each mode: engine and pattern of signs of each fault that it is there, faults that change nothing
    left out; empty where the mode shows on none of the engines.
    """
    found: dict[str, frozenset] = {}
    for mode in failure_modes().values():
        patterns = set()
        for s in signed:
            for signs in told(mode, s).values():
                changed = tuple(sorted((word, sign) for word, sign in signs.items() if sign))
                if changed:
                    patterns.add((s.engine.name, changed))
        found[mode.identifier] = frozenset(patterns)
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalogue", type=Path)
    arguments = parser.parse_args()
    engines = [load_engine(name) for name in engine_names()]
    controlled = {"controller", "actuator"}
    signed = [
        Signed(e)
        for e in engines
        if not controlled & {c.kind.type_name for c in e.network.components.values()}
    ]
    distinct(signed)
    if arguments.catalogue:
        compare(json.loads(arguments.catalogue.read_text(encoding="utf-8")), signed)


if __name__ == "__main__":
    main()
