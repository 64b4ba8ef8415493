"""Three faults at once, found or not, where the search weighs at most two and where it weighs three.

    python benchmarks/three_faults.py --engines n2o4-mmh imperial-dmt --cases 6 -o three.jsonl

Cases are the protocol's levels 3 and 4 of `several` (one fault of the hardware and two of sensors, and three of the
hardware) and level 1 (one of each), drawn by a seed of their own. Counted are cases whose faults are each detectable by
themselves. An interrupted run goes on with the same command.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kept_rows import KeptRows

from hotfire.examination.score import answer_set
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.hypotheses import labels_of, parts
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import Setting, bench

LEVELS = (1, 3, 4)
MOST = (2, 3)


def answered(engine: str, level: int, count: int, seed: int, done: set[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each case of an engine and level whose id is not in `done`."""
    setting = Setting("several", level, engine)
    rig, effects = bench(setting, None)
    maker = Maker(setting, rig, effects, load_protocol())
    random = np.random.default_rng([seed, level, zlib.crc32(engine.encode())])
    runs = maker.run(count, random)
    readings = maker.readings(runs, random)
    descriptions = [c.description for c in maker.describe(runs, readings)]
    asked = [labels_of(rig.engine).words] * len(runs.draws)
    cases = cases_of_readings(rig, readings, descriptions, asked)
    for i, (draw, case) in enumerate(zip(runs.draws, cases, strict=True)):
        name = f"{engine}-{level}-{i:03d}"
        if name in done or not all(f.detectable for f in draw.faults):
            continue
        row: dict[str, Any] = {"id": name, "level": level, "engine": engine}
        row["truth"] = sorted(rig.labels[f.name].words for f in draw.faults)
        for most in MOST:
            answer = SymbolicExpert(most).answer(case, {})
            named = [sorted(parts(h)) for h in answer_set(answer.posterior)]
            row[str(most)] = {"best": sorted(parts(answer.best)), "set": named[:20], "cpu": answer.cost.cpu}
        yield row


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return by level and most faults how often all, and which share, are named by the first answer, as Markdown."""
    lines = [
        "| faults | weighed at most | cases | first is the truth | truth in the set | share named by the first | "
        "said besides | CPU, mean s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    names = {1: "a part and a sensor", 3: "a part and two sensors", 4: "three parts"}
    for level in LEVELS:
        own = [r for r in rows if r["level"] == level]
        for most in MOST if own else ():
            answers = [(r["truth"], r[str(most)]) for r in own]
            first = [a["best"] == t for t, a in answers]
            inside = [t in a["set"] for t, a in answers]
            share = [len(set(t) & set(a["best"])) / len(t) for t, a in answers]
            besides = [len(set(a["best"]) - set(t)) for t, a in answers]
            cpu = [a["cpu"] for _, a in answers]
            means = " | ".join(f"{np.mean(v):.2f}" for v in (first, inside, share, besides))
            lines.append(f"| {names[level]} | {most} | {len(own)} | {means} | {np.mean(cpu):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Answer what is missing, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--engines", nargs="*", default=["n2o4-mmh", "imperial-dmt"])
    parser.add_argument("--cases", type=int, default=6, help="drawn of each engine and level")
    parser.add_argument("--seed", type=int, default=31, help="of faults, hardware, sensors and noise")
    arguments = parser.parse_args()
    kept = KeptRows.read(arguments.output)
    done = {r["id"] for r in kept.rows}
    for level in LEVELS:
        for engine in arguments.engines:
            kept.add(answered(engine, level, arguments.cases, arguments.seed, done))
    print(table(kept.rows))


if __name__ == "__main__":
    main()
