"""Cases as experts sit them: description, raw series, what they may answer, and the truth for scoring."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.examination.retelling import familiar_retelling
from hotfire.examination.score import NOMINAL
from hotfire.examination.truth import Truth
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.case import ExpertCase
from hotfire.experts.hypotheses import joined
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Description
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.draw import described
from hotfire.scenarios.effects import SEEN
from hotfire.scenarios.generation import Shard, plan, played
from hotfire.scenarios.protocol import WORDING, load_protocol
from hotfire.scenarios.series import SeriesReader
from hotfire.scenarios.texts import Place, levels_of, tale
from hotfire.stand_sensors import with_stand_sensors
from hotfire.wording import describe_text

__all__ = ["UNGROUPED", "ExamCase", "load", "make", "observed", "prepare", "prepare_shard", "stand", "told"]

UNGROUPED = ("several", "swap_undeclared")
"""Axes on which truth about single faults on the plant of the file says nothing."""


@dataclass(frozen=True, eq=False)
class ExamCase:
    """One case.

    Attributes:
        axis, level, engine: Its setting.
        truth: Labels of its faults; empty for a sound engine.
        detectable: Whether the sensors show all of them.
        group: G* of one fault, or of two as `label + label`, the truth first; empty where it was not asked for.
        hypotheses: Admissible answers: `nominal` and the labels of all single faults that this engine can have, but for
            sensors that are spoilt beside the fault, since those are not asked for.
        description: What experts on descriptions see.
        channels: Place and quantity of each of the S sensors.
        series: Raw readings in SI, shape (windows, S), NaN where a sensor is lost.
        observed: What experts on physics see; None where it was not asked for.
        kind: Of its faults: `nominal`, `hardware`, `sensor` or `both`.
        told_group: G* of one fault by what a text tells of it; empty where it tells nothing, and for cases of logs.
    """

    axis: str
    level: int
    engine: str
    truth: tuple[str, ...]
    detectable: bool
    group: tuple[str, ...]
    hypotheses: tuple[str, ...]
    description: Description
    channels: tuple[str, ...]
    series: FloatArray
    observed: ExpertCase | None = None
    kind: str = ""
    told_group: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The one right answer; the first of several."""
        return self.truth[0] if self.truth else NOMINAL


def make(shard: Shard, *, grouped: bool) -> tuple[dict[str, Any], list[dict[str, Any]], FloatArray]:
    """Make the cases of a shard as plain values.

    Args:
        shard: As `hotfire.scenarios.generation.plan` gives it: the same draws as `hotfire scenarios` makes.
        grouped: Whether to work out G*, which costs more than the case.

    Returns:
        What all cases share, each case, and their series, shape (n, windows, S).
    """
    protocol = load_protocol()
    truth = Truth(shard.setting)
    maker = Maker(shard.setting, truth.rig, truth.effects, protocol)
    random = shard.random(protocol)
    runs = maker.run(shard.cases, random)
    twin = copy.deepcopy(random)
    made = maker.read(runs, random)
    series = SeriesReader(maker).read(runs, twin)
    labels = {name: truth.rig.labels[name].words for name in truth.rig.labels}
    hypotheses = list(dict.fromkeys([NOMINAL, *(labels[n] for n in truth.names)]))
    cases = []
    for case in made:
        faults = described(case.draw, truth.rig)
        group: list[str] = []
        left = truth.beside(maker.dice.signals(case.draw))
        if left is not truth:
            faults = [{**f, "detectable": left.distance(f) >= SEEN} for f in faults]
        if grouped and len(faults) == 1 and shard.setting.axis not in UNGROUPED:
            group = [labels[n] for n in left.group(faults[0])]
        elif grouped and len(faults) == 2:
            group = [joined(labels[n] for n in names) for names in truth.group_of_two(faults)]
        spoilt = [labels[f.name] for f in case.draw.spoilt]
        cases.append(
            {"faults": faults, "spoilt": spoilt, "group": group, "description": case.description.as_dict()}
        )
    shared = {"hypotheses": hypotheses, "channels": list(series.channels)}
    return shared, cases, series.values


def observed(shard: Shard, cases: Sequence[ExamCase]) -> list[ExamCase]:
    """Return the cases of a shard with the window means that their descriptions were made of.

    The runs are drawn and read again from the shard's own source of chance, so prepared files need not hold them.
    """
    maker, _, readings = played(shard)
    descriptions, hypotheses = [c.description for c in cases], [c.hypotheses for c in cases]
    seen = cases_of_readings(maker.rig, readings, descriptions, hypotheses)
    return [replace(c, observed=s) for c, s in zip(cases, seen, strict=True)]


def prepare(
    folder: Path,
    split: str,
    count: int,
    *,
    axis: str = "familiar",
    level: int = 0,
    grouped: bool = True,
    without: Sequence[str] = (),
) -> list[Path]:
    """Make the cases of a split, axis and level that are not in `folder` yet, and return their files.

    Engines in `without` lose their share of the cases: their plants are too dear to build for every level.
    """
    shards = plan(load_protocol(), split, cases=count, axis=axis, level=level)
    return [
        prepare_shard(folder, shard, grouped=grouped)
        for shard in shards
        if shard.setting.engine not in without
    ]


def prepare_shard(folder: Path, shard: Shard, *, grouped: bool = True) -> Path:
    """Make the cases of a shard where they are not in `folder` yet, and return their file."""
    folder.mkdir(parents=True, exist_ok=True)
    setting = shard.setting
    stem = f"{shard.name.removesuffix('.jsonl.gz')}-{shard.cases}{'-grouped' if grouped else ''}"
    path = folder / f"{stem}.jsonl.gz"
    if path.exists():
        return path
    shared, cases, series = make(shard, grouped=grouped)
    np.savez_compressed(folder / f"{stem}.npz", series=series.astype(np.float32))
    shared |= {"axis": setting.axis, "level": setting.level, "engine": setting.engine}
    part = path.with_suffix(".part")
    with gzip.open(part, "wt", encoding="utf-8", compresslevel=3) as file:
        file.writelines(json.dumps(line) + "\n" for line in [shared, *cases])
    part.replace(path)
    return path


def load(paths: Sequence[Path]) -> list[ExamCase]:
    """Read prepared cases."""
    return [case for path in paths for case in _read(path)]


def _read(path: Path) -> Iterator[ExamCase]:
    series = np.load(path.with_name(path.name.replace(".jsonl.gz", ".npz")))["series"]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        shared, *cases = map(json.loads, file)
    return from_plain(shared, cases, series)


def from_plain(
    shared: dict[str, Any], cases: Sequence[dict[str, Any]], series: FloatArray
) -> Iterator[ExamCase]:
    """Yield cases from what `make` returns, `shared` with the setting added."""
    hypotheses, channels = tuple(shared["hypotheses"]), tuple(shared["channels"])
    for case, own in zip(cases, series, strict=True):
        yield ExamCase(
            shared["axis"],
            shared["level"],
            shared["engine"],
            tuple(f["label"] for f in case["faults"]),
            all(f["detectable"] for f in case["faults"]),
            tuple(dict.fromkeys(case["group"])),
            tuple(h for h in hypotheses if h not in case["spoilt"]),
            Description.from_dict(case["description"]),
            channels,
            own,
            kind=_kind({f["kind"] for f in case["faults"]}),
        )


def _kind(kinds: set[str]) -> str:
    return "both" if len(kinds) > 1 else next(iter(kinds), NOMINAL)


@lru_cache(maxsize=64)
def stand(name: str) -> tuple[Engine, dict[Place, float]]:
    """An engine with the sensors of its stand, and what they read above rest: a steady state, so kept."""
    engine = with_stand_sensors(load_engine(name))
    return engine, levels_of(engine)


def told(
    cases: Sequence[ExamCase], random: np.random.Generator, *, wording: int = 0, grouped: bool = False
) -> list[ExamCase]:
    """Return familiar cases as an operator's text alone tells them.

    Args:
        cases: Familiar ones.
        random: Source of chance.
        wording: Level of that shift axis; 0 for familiar words.
        grouped: Whether to work out G* by what the text tells, which costs more than the text.
    """
    found = []
    for case in cases:
        engine, levels = stand(case.engine)
        said = tale(case.description, random, level=wording, levels=levels)
        group: tuple[str, ...] = ()
        if grouped and len(case.truth) == 1:
            group = familiar_retelling(case.engine).group(case.label, said)
        description = describe_text(said.text, engine)
        found.append(replace(case, axis=WORDING, level=wording, description=description, told_group=group))
    return found
