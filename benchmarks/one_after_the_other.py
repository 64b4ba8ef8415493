"""Two components that fail one after the other in one run: found or not.

    python benchmarks/one_after_the_other.py --cases 12 -o apart.jsonl

The protocol's pairs of components set in together. Here the first sets in in the first half of what is weighed and the
second in the second half, each of a size that is detectable by itself, stepping or growing, on familiar engines of the
protocol, by a seed of their own. Right is an answer that names either fault or what the sensors cannot tell from it. An
interrupted run goes on with the same command.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kept_rows import KeptRows

from hotfire.examination.truth import Truth
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.hypotheses import labels_of, parts
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.cases import Maker, Runs
from hotfire.scenarios.draw import Dice, Draw, DrawnFault
from hotfire.scenarios.effects import Course
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import FAMILIAR, Setting

SHARES = ((0.1, 0.45), (0.55, 0.9))
"""Of the weighed stretch, in which the first and the second fault set in."""
_TRIES = 20


class InTurn(Dice):
    """Draws two faults of components, one after the other."""

    def draw(self, random: np.random.Generator) -> Draw:
        """Draw both, of two places and of detectable sizes; no fault where that is not found."""
        able = [n for n in self.hardware if not self.rig.faults[n].initial]
        for _ in range(_TRIES):
            names = self._apart(able, len(SHARES), random)
            found = tuple(self._at(n, s, random) for n, s in zip(names, SHARES, strict=True))
            if all(f.detectable for f in found):
                return Draw(found)
        return Draw()

    def _at(self, name: str, shares: tuple[float, float], random: np.random.Generator) -> DrawnFault:
        edges = self.rig.edges
        onset = float(edges[0] + random.uniform(*shares) * (edges[-1] - edges[0]))
        return self._hardware(name, Course(onset), random)


def run_of(draw: Draw, tolerances: np.ndarray) -> Case:
    """The run of a draw."""
    first, *later = draw.hardware
    return Case(
        tolerances,
        {f.name: f.size for f in draw.hardware},
        first.course.onset,
        first.course.grows,
        apart={f.name: (f.course.onset, f.course.grows) for f in later},
    )


def answered(engine: str, count: int, seed: int, done: set[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each case of an engine that is not in `done`."""
    setting = Setting(FAMILIAR, 0, engine)
    truth = Truth(setting)
    maker = Maker(setting, truth.rig, truth.effects, load_protocol())
    dice = InTurn(setting, truth.rig, truth.effects, maker.protocol)
    random = np.random.default_rng([seed, zlib.crc32(engine.encode())])
    draws = [d for d in (dice.draw(random) for _ in range(count)) if d.hardware]
    cases = [run_of(d, h) for d, h in zip(draws, maker.hardware(len(draws), random), strict=True)]
    means, good = truth.rig.run(cases)
    kept = np.flatnonzero(good)
    runs = Runs(tuple(draws[i] for i in kept), tuple(cases[i] for i in kept), means[kept])
    readings = maker.readings(runs, random)
    descriptions = [c.description for c in maker.describe(runs, readings)]
    labels = {name: label.words for name, label in truth.rig.labels.items()}
    asked = [labels_of(truth.rig.engine).words] * len(kept)
    seen = cases_of_readings(truth.rig, readings, descriptions, asked)
    for i, (draw, case) in enumerate(zip(runs.draws, seen, strict=True)):
        name = f"{engine}-{i:03d}"
        if name in done:
            continue
        faults = [
            {"name": f.name, "size": f.size, "onset": f.course.onset, "grows": f.course.grows}
            for f in draw.faults
        ]
        groups = [sorted(labels[n] for n in truth.group(f)) for f in faults]
        answer = SymbolicExpert().answer(case, {})
        yield {
            "id": name,
            "engine": engine,
            "faults": faults,
            "groups": groups,
            "first": sorted(parts(answer.best)),
            "probability": answer.posterior[answer.best],
            "cpu": answer.cost.cpu,
        }


def named(row: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the first answer is right, and whether it names one of the faults or what is like it."""
    one, other = map(set, row["groups"])
    told = row["first"]
    both = len(told) == len(SHARES) and any(
        a in one and b in other for a, b in (tuple(told), tuple(reversed(told)))
    )
    return both, bool(set(told) & (one | other))


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the figures by engine as Markdown."""
    lines = ["| engine | cases | both named | one of them named | CPU, mean s |", "|---|---|---|---|---|"]
    engines = [*dict.fromkeys(r["engine"] for r in rows), "**all**"]
    for engine in engines:
        own = [r for r in rows if engine in (r["engine"], "**all**")]
        both, one = np.mean([named(r) for r in own], axis=0)
        spent = np.mean([r["cpu"] for r in own])
        lines.append(f"| {engine} | {len(own)} | {both:.2f} | {one:.2f} | {spent:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Answer what is missing, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--engines", nargs="*", default=list(load_protocol().engines))
    parser.add_argument("--cases", type=int, default=12, help="of each engine")
    parser.add_argument("--seed", type=int, default=20261201, help="of all draws")
    arguments = parser.parse_args()
    kept = KeptRows.read(arguments.output)
    for engine in arguments.engines:
        kept.add(answered(engine, arguments.cases, arguments.seed, {r["id"] for r in kept.rows}))
    print(table(kept.rows))


if __name__ == "__main__":
    main()
