"""How often the search accuses a sound engine: by the protocol's familiar engines, with drawn hardware and sensors.

    python benchmarks/false_alarms.py --cases 60 --without f-1 v-2 electric-kerosene -o sound.jsonl

A false alarm is a first hypothesis that is not `nominal`. An interrupted run goes on with the same command.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kept_rows import KeptRows

from hotfire.examination.score import NOMINAL
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.hypotheses import labels_of
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.draw import Dice, Draw
from hotfire.scenarios.effects import Effects
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import FAMILIAR, Setting, rig_of


class Sound(Dice):
    """Draws no fault."""

    def draw(self, random: np.random.Generator) -> Draw:
        """Draw a sound engine."""
        del random
        return Draw()


def sound_runs(engine: str, count: int, seed: int, done: set[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each of `count` sound runs of an engine whose id is not in `done`."""
    protocol, setting = load_protocol(), Setting(FAMILIAR, 0, engine)
    if all(f"{engine}-{i:03d}" in done for i in range(count)):
        return
    rig = rig_of(setting, None)
    maker = Maker(setting, rig, Effects(rig, ()), protocol)
    maker.dice = Sound(setting, rig, maker.dice.effects, protocol)
    random = np.random.default_rng([seed, zlib.crc32(engine.encode())])
    runs = maker.run(count, random)
    readings = maker.readings(runs, random)
    descriptions = [c.description for c in maker.describe(runs, readings)]
    asked = [labels_of(rig.engine).words] * len(runs.draws)
    for i, case in enumerate(cases_of_readings(rig, readings, descriptions, asked)):
        name = f"{engine}-{i:03d}"
        if name not in done:
            answer = SymbolicExpert().answer(case, {})
            yield {
                "id": name,
                "engine": engine,
                "first": answer.best,
                "probability": answer.confidence,
                "nominal": answer.posterior.get(NOMINAL, 0.0),
                "cpu": answer.cost.cpu,
            }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the shares by engine as Markdown, with the upper bound of 95 % (Clopper and Pearson)."""
    from scipy.stats import beta

    lines = [
        "| engine | sound runs | accused | share | at most (95 %) | accused of |",
        "|---|---|---|---|---|---|",
    ]
    for engine in (*sorted({r["engine"] for r in rows}), "all"):
        own = [r for r in rows if engine in (r["engine"], "all")]
        wrong = [r["first"] for r in own if r["first"] != NOMINAL]
        most = beta.ppf(0.95, len(wrong) + 1, len(own) - len(wrong))
        named = ", ".join(dict.fromkeys(wrong)) if engine != "all" else ""
        lines.append(
            f"| {engine} | {len(own)} | {len(wrong)} | {len(wrong) / len(own):.2%} | {most:.2%} | {named} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Answer what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=60, help="of each engine")
    parser.add_argument("--seed", type=int, default=7, help="of hardware, sensors and noise")
    parser.add_argument("--without", nargs="*", default=[])
    arguments = parser.parse_args()
    kept = KeptRows.read(arguments.output)
    done = {r["id"] for r in kept.rows}
    for engine in load_protocol().engines:
        if engine not in arguments.without:
            kept.add(sound_runs(engine, arguments.cases, arguments.seed, done))
    print(table(kept.rows))


if __name__ == "__main__":
    main()
