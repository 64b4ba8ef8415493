"""Which sensor to add: the gain of every candidate, and a greedy choice of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.analysis.bench import Bench
from hotfire.analysis.separation import Scene, Separation

__all__ = ["Gain", "gains", "greedy"]


@dataclass(frozen=True)
class Gain:
    """What one more sensor brings.

    Attributes:
        sensor: Name of the candidate.
        measures: Output of the network.
        kind: Kind of the sensor.
        split: Pairs of faults that it tells apart and the present sensors do not, over both courses.
        detected: Faults that it makes detectable, by name, with their course.
        sharper: Mean factor by which the smallest detectable sizes fall, over both courses; 1 for not at all.
        left: Pairs that remain alike, over both courses.
    """

    sensor: str
    measures: str
    kind: str
    split: int
    detected: tuple[str, ...]
    sharper: float
    left: int


def gains(bench: Bench, scenes: Sequence[Scene], names: Sequence[str]) -> list[Gain]:
    """Return the gain of each candidate that is named, the one that splits most first."""
    found = []
    for name in names:
        rows = bench.features(bench.columns_of(name))
        found.append(_gain(bench, name, scenes, [s.with_features(rows) for s in scenes]))
    return sorted(found, key=lambda g: (-g.split, -len(g.detected), -g.sharper, g.measures))


def greedy(bench: Bench, scenes: Sequence[Scene], first: Sequence[Gain], count: int) -> list[Gain]:
    """Add up to `count` sensors one by one, each time the one that splits most; stop where none brings anything.

    The scenes keep what is added.

    Args:
        bench: The engine.
        scenes: With the sensors at hand.
        first: Gains of all candidates with these.
        count: How many to add at most.
    """
    chosen: list[Gain] = []
    ranked = list(first)
    while len(chosen) < count and ranked and (ranked[0].split > 0 or ranked[0].detected):
        best = ranked[0]
        chosen.append(best)
        for scene in scenes:
            scene.add(bench.features(bench.columns_of(best.sensor)))
        if len(chosen) < count:
            ranked = gains(bench, scenes, [g.sensor for g in ranked[1:]])
    return chosen


def _gain(bench: Bench, name: str, scenes: Sequence[Scene], after: Sequence[Separation]) -> Gain:
    detected, logs = [], []
    for scene, separation in zip(scenes, after, strict=True):
        before, now = (scene.smallest_by(s.from_sound) for s in (scene.present, separation))
        for fault in scene.names:
            old, new = before[fault], now[fault]
            if new is not None and old is None:
                detected.append(fault)
            elif new is not None and old is not None:
                logs.append(np.log(old / new))
    sensor = bench.candidates[name]
    left = sum(s.pairs for s in after)
    split = sum(s.present.pairs for s in scenes) - left
    sharper = float(np.exp(np.mean(logs))) if logs else 1.0
    return Gain(name, sensor.measures, sensor.kind, split, tuple(dict.fromkeys(detected)), sharper, left)
