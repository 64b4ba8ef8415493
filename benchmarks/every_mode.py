"""The search mode by mode: as many detectable cases of each failure mode, over the familiar engines that can have it.

    python benchmarks/every_mode.py --cases 30 --seed 20261130 -o modes.jsonl

The protocol draws faults by components, so that some modes have fifty cases in a thousand and others one. Here each has
the same number, by random numbers of its own that no split of the protocol has; hardware, sensors, sizes and onsets
are drawn as everywhere. A mode of which the plant can do no detectable size on any familiar engine is named below the
table. An interrupted run goes on with the same command.
"""

from __future__ import annotations

import argparse
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kept_rows import KeptRows

from hotfire.examination.page_experts import mode_of
from hotfire.examination.score import Scored, score, summary
from hotfire.examination.truth import Truth
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.hypotheses import labels_of
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.draw import Dice, Draw, described
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import FAMILIAR, Setting, bench

_TRIES = 20


class Wanted(Dice):
    """Draws the faults of a list, one after the other, each of a detectable size."""

    names: Sequence[str] = ()
    drawn = 0

    def draw(self, random: np.random.Generator) -> Draw:
        """Draw the next one; no fault where none of its sizes is detectable."""
        name = self.names[self.drawn]
        self.drawn += 1
        for _ in range(_TRIES):
            if name in self.sensors:
                found = Draw(sensors=(self._sensor(name, random),))
            else:
                found = Draw((self._hardware(name, self._course(random), random),))
            if all(f.detectable for f in found.faults):
                return found
        return Draw()


def dice_of(engine: str) -> Dice:
    """Return the dice of an engine's familiar cases."""
    setting = Setting(FAMILIAR, 0, engine)
    return Dice(setting, *bench(setting), load_protocol())


def shares(engines: Sequence[str], cases: int) -> dict[str, list[str]]:
    """Return the faults that are drawn of each engine, so that every mode has at least `cases` in all."""
    able: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for engine in engines:
        dice = dice_of(engine)
        for name in (*dice.hardware, *dice.sensors):
            able[mode_of(dice.rig.labels[name].words)].setdefault(engine, []).append(name)
    wanted: dict[str, list[str]] = defaultdict(list)
    for own in able.values():
        for engine, names in own.items():
            share = -(-cases // len(own))
            wanted[engine] += [names[i % len(names)] for i in range(share)]
    return wanted


def answered(engine: str, names: Sequence[str], seed: int, done: set[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each fault of an engine that is not in `done`."""
    setting = Setting(FAMILIAR, 0, engine)
    truth = Truth(setting)
    maker = Maker(setting, truth.rig, truth.effects, load_protocol())
    dice = Wanted(setting, truth.rig, truth.effects, maker.protocol)
    maker.dice, dice.names = dice, names
    random = np.random.default_rng([seed, zlib.crc32(engine.encode())])
    runs = maker.run(len(names), random)
    readings = maker.readings(runs, random)
    descriptions = [c.description for c in maker.describe(runs, readings)]
    asked = [labels_of(truth.rig.engine).words] * len(runs.draws)
    cases = cases_of_readings(truth.rig, readings, descriptions, asked)
    for i, (draw, case) in enumerate(zip(runs.draws, cases, strict=True)):
        name = f"{engine}-{i:03d}"
        if not draw.faults or not all(f.detectable for f in draw.faults) or name in done:
            continue
        (fault,) = described(draw, truth.rig)
        group = tuple(truth.rig.labels[n].words for n in truth.group(fault))
        answer = SymbolicExpert().answer(case, {})
        scored = score(answer.posterior, fault["label"], group)
        yield {
            "id": name,
            "engine": engine,
            "mode": mode_of(fault["label"]),
            "fault": fault,
            "group": group,
            "answer": scored.answer,
            "first": answer.best,
            "truth_probability": answer.posterior.get(fault["label"], 0.0),
            "score": scored.score,
            "log_loss": scored.log_loss,
            "cpu": answer.cost.cpu,
        }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the figures by mode as Markdown, the worst first, and those of all modes alike."""
    by_mode: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in rows:
        by_mode[r["mode"]].append(r)
    lines = [
        "| mode | cases | engines | score | +- | strict top-1 | log loss | missed | CPU, mean s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    ranked = sorted(by_mode.items(), key=lambda entry: np.mean([r["score"] for r in entry[1]]))
    for mode, own in [*ranked, ("**all modes alike**", list(rows))]:
        found = summary([_scored(r) for r in own])
        earned = [r["score"] for r in own]
        if len(own) == len(rows):
            earned = [float(np.mean([r["score"] for r in o])) for o in by_mode.values()]
            found["score"] = float(np.mean(earned))
        error = float(np.std(earned) / np.sqrt(len(earned)))
        cells = [found["score"], error, found["strict"], found["log_loss"], found["missed"]]
        spent = float(np.mean([r["cpu"] for r in own]))
        figures = " | ".join("-" if np.isnan(c) else f"{c:.3f}" for c in cells)
        lines.append(f"| {mode} | {len(own)} | {len({r['engine'] for r in own})} | {figures} | {spent:.1f} |")
    return "\n".join(lines)


def _scored(row: dict[str, Any]) -> Scored:
    answer = tuple(row["answer"])
    answer = (row["first"], *(a for a in answer if a != row["first"]))
    return Scored(row["fault"]["label"], True, answer, tuple(row["group"]), row["score"], row["log_loss"])


def main() -> None:
    """Answer what is missing, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=30, help="of each mode, at least")
    parser.add_argument("--seed", type=int, default=20261130, help="of all draws")
    parser.add_argument("--engines", nargs="*", default=list(load_protocol().engines))
    parser.add_argument("--modes", nargs="*", help="only these, as the table calls them")
    arguments = parser.parse_args()
    kept = KeptRows.read(arguments.output)
    done = {r["id"] for r in kept.rows}
    wanted, tried = shares(arguments.engines, arguments.cases), set[str]()
    for engine, names in wanted.items():
        labels = dice_of(engine).rig.labels
        tried |= {mode_of(labels[n].words) for n in names}
        chosen = [n for n in names if not arguments.modes or mode_of(labels[n].words) in arguments.modes]
        if chosen:
            kept.add(answered(engine, chosen, arguments.seed, done))
    print(table(kept.rows))
    never = sorted(tried - {r["mode"] for r in kept.rows} if not arguments.modes else ())
    print(f"\nNever detectable here: {', '.join(never) or 'none'}.")


if __name__ == "__main__":
    main()
