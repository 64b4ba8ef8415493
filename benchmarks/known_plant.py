"""What the search loses by not knowing the plant: the same cases with less and less that is unknown.

    python benchmarks/known_plant.py --cases 60 -o known.jsonl
    python benchmarks/known_plant.py --cases 100 --split shift --axis several --levels 1 2 -o known_pairs.jsonl

Familiar cases of the test split, or two faults at once. Faults, sizes, onsets and the truth about ambiguity are those
of the protocol's plant throughout; what is run and read is

- *plant*: the protocol's plant, whose laws differ from the model's, with drawn hardware;
- *identical*: a plant with the model's own laws, with drawn hardware;
- *known*: the model's own laws and hardware exactly as the file says, which the search is told: no tolerance is left.

The last is an oracle that knows the plant's parameters. An interrupted run goes on with the same command.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from kept_rows import KeptRows

from hotfire.engine import Engine
from hotfire.examination.score import FEW, NOMINAL, Scored, score, summary
from hotfire.examination.truth import Truth
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.case import ExpertCase
from hotfire.experts.hypotheses import joined, labels_of
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.cases import Maker, Runs
from hotfire.scenarios.draw import Draw, described
from hotfire.scenarios.effects import SEEN
from hotfire.scenarios.generation import Shard, plan
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.rig import Rig
from hotfire.scenarios.settings import FAMILIAR

WORLDS = ("plant", "identical", "known")


def exactly(engine: Engine) -> Engine:
    """Return an engine whose hardware is known without a tolerance."""
    network = engine.network
    components = {
        name: replace(c, tolerances=dict.fromkeys(c.tolerances, 0.0))
        for name, c in network.components.items()
    }
    return replace(engine, network=replace(network, components=components))


class World:
    """One way to run and read the draws of a shard."""

    def __init__(self, name: str, maker: Maker) -> None:
        """Take one of `WORLDS` and the maker whose draws are run."""
        own = maker.rig
        if name == "plant":
            self.rig = own
        else:
            engine = own.engine if name == "identical" else exactly(own.engine)
            self.rig = Rig(engine, stand=own.stand, equations={})
        self.known = name == "known"
        self._maker = Maker(maker.setting, self.rig, maker.dice.effects, maker.protocol)

    def cases(self, runs: Runs, seed: int) -> Iterator[tuple[Draw, ExpertCase]]:
        """Yield the draws that this plant can do, with the case as the search gets it."""
        random = np.random.default_rng(seed)
        hardware = self._maker.hardware(len(runs.cases), random)
        hardware = np.zeros_like(hardware) if self.known else hardware
        cases = [Case(h, c.faults, c.onset, grows=c.grows) for c, h in zip(runs.cases, hardware, strict=True)]
        means, good = self.rig.run(cases)
        kept = np.flatnonzero(good)
        own = Runs(tuple(runs.draws[i] for i in kept), tuple(cases[i] for i in kept), means[kept])
        readings = self._maker.readings(own, random)
        descriptions = [c.description for c in self._maker.describe(own, readings)]
        asked = [labels_of(self.rig.engine).words] * len(kept)
        yield from zip(own.draws, cases_of_readings(self.rig, readings, descriptions, asked), strict=True)


def group_of(faults: Sequence[dict[str, Any]], truth: Truth, left: Truth) -> list[str]:
    """G* of the faults of a case as labels; `left` is what the sensors can tell whose signal is sound."""
    labels = {name: label.words for name, label in truth.rig.labels.items()}
    if len(faults) == 1:
        return [labels[n] for n in left.group(faults[0])]
    if len(faults) == 2:
        return [joined(labels[n] for n in names) for names in truth.group_of_two(faults)]
    return []


def answered(shard: Shard, done: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield a row for each case of a shard in each world that is not in `done`."""
    truth = Truth(shard.setting)
    maker = Maker(shard.setting, truth.rig, truth.effects, load_protocol())
    runs = maker.run(shard.cases, shard.random(maker.protocol))
    labels = {name: label.words for name, label in truth.rig.labels.items()}
    numbers = {id(draw): i for i, draw in enumerate(runs.draws)}
    for world in WORLDS:
        for draw, case in World(world, maker).cases(runs, shard.cases):
            key = (world, f"{shard.name}-{numbers[id(draw)]:03d}")
            if key in done:
                continue
            left = truth.beside(maker.dice.signals(draw))
            faults = described(draw, truth.rig)
            told = joined(labels[f["name"]] for f in faults) if faults else NOMINAL
            seen = all(f["detectable"] if left is truth else left.distance(f) >= SEEN for f in faults)
            answer = SymbolicExpert().answer(case, {})
            scored = score(answer.posterior, told, group_of(faults, truth, left), detectable=seen)
            yield {
                "world": world,
                "id": key[1],
                "engine": shard.setting.engine,
                "truth": scored.truth,
                "detectable": scored.detectable,
                "answer": scored.answer,
                "group": scored.group,
                "score": scored.score,
                "log_loss": scored.log_loss,
                "cpu": answer.cost.cpu,
            }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the figures by world as Markdown, over the cases that all worlds answered."""
    shared = set.intersection(*({r["id"] for r in rows if r["world"] == w} for w in WORLDS))
    lines = [
        "| plant | cases | score | +- | strict top-1 | log loss | false alarms | missed | CPU, mean s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    scores = {}
    for world in WORLDS:
        own = [r for r in rows if r["world"] == world and r["id"] in shared and _asked(r)]
        scored = [
            Scored(
                r["truth"], r["detectable"], tuple(r["answer"]), tuple(r["group"]), r["score"], r["log_loss"]
            )
            for r in own
        ]
        found = summary(scored)
        seen = [s.score for s in scored if s.detectable and s.truth != NOMINAL]
        scores[world] = found["score"]
        error = float(np.std(seen) / np.sqrt(len(seen)))
        cells = (found["score"], error, found["strict"], found["log_loss"], found["false_alarms"])
        spent = float(np.mean([r["cpu"] for r in own]))
        lines.append(
            f"| {world} | {len(own)} | "
            + " | ".join(f"{c:.3f}" for c in (*cells, found["missed"]))
            + f" | {spent:.1f} |"
        )
    lines += ["", f"Of the oracle's score: {scores['plant'] / scores['known']:.3f}"]
    return "\n".join(lines)


def _asked(row: dict[str, Any]) -> bool:
    """Whether a case is one of a single fault, or of two that few hypotheses are like."""
    return " + " not in row["truth"] or len(row["group"]) <= FEW


def main() -> None:
    """Answer what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--split", default="test")
    parser.add_argument("--axis", default=FAMILIAR, choices=(FAMILIAR, "several"))
    parser.add_argument("--levels", nargs="+", type=int, default=[0])
    parser.add_argument("--without", nargs="*", default=["f-1", "v-2", "electric-kerosene"])
    arguments = parser.parse_args()
    kept = KeptRows.read(arguments.output)
    for level in arguments.levels:
        for shard in plan(
            load_protocol(), arguments.split, cases=arguments.cases, axis=arguments.axis, level=level
        ):
            if shard.setting.engine not in arguments.without:
                kept.add(answered(shard, {(r["world"], r["id"]) for r in kept.rows}))
    print(table(kept.rows))


if __name__ == "__main__":
    main()
