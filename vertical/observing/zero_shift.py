"""The zero of a sensor after the test beside that before it.

Where a sensor is at fault, this tells how: an offset is still there when the engine is cold, a wrong proportion is not.
It weighs between faults of that one sensor only; a zero may move by warmth as well, which accuses nobody.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from hotfire.observing.observe import open_at_rest, told_at_rest
from hotfire.observing.sighting import Sighting
from hotfire.physics.diagnosis.explanations import Weighed
from hotfire.physics.diagnosis.hypotheses import Course
from hotfire.physics.sensors import Sensor
from hotfire.signals.signal_faults import without_spoilt
from hotfire.signals.window_means import at_rest

__all__ = ["ZeroShift", "weighed_by_zeros", "zero_shifts"]

_LEAST = 0.3
"""Seconds of rest after the test, of which the second half is taken."""
_STILL = 0.1
"""Change within that half, over the shift or the tolerance of the zero, up to which the sensor is at rest."""
_ROUGH = 0.15
"""Share of a shift by which a fault's size may miss it."""
_ANYWAY = 0.01
"""Least weight of a fault, over that of one that makes just the shift: zeros move for other reasons, too."""


@dataclass(frozen=True)
class ZeroShift:
    """How far a sensor's zero moved from before to after the test.

    Attributes:
        sensor: The sensor.
        before: Mean reading before the test, SI.
        shift: Mean reading after it, less that, SI.
    """

    sensor: Sensor
    before: float
    shift: float

    def weight(self, course: Course, size: float) -> float:
        """Weight of a fault of this sensor, 1 for one that makes just this shift."""
        made = course.sign * size
        mode = course.name.rpartition(".")[2]
        if course.onset is None:
            expected = 0.0
        elif mode == "scale":
            expected = made * self.before
        else:
            expected = made * self.sensor.span
        width = math.hypot(self.sensor.zero_tolerance, _ROUGH * max(abs(expected), abs(self.shift)))
        return _ANYWAY + (1.0 - _ANYWAY) * math.exp(-0.5 * ((self.shift - expected) / width) ** 2)


def zero_shifts(seen: Sighting) -> tuple[ZeroShift, ...]:
    """Return the shifts of all sensors whose zeros before and after the test are told; none in a short log."""
    post = next((p for p in seen.phases.phases if p.name == "post"), None)
    if seen.observed is None or post is None or post.end - post.start < _LEAST:
        return ()
    found = []
    for sensor in seen.observed.observation.sensors:
        channel = seen.observed.used.get(sensor.name)
        if channel is None or not _returns(sensor, seen):
            continue
        values = without_spoilt(channel, seen.faults)
        before, _ = at_rest(channel.time, values, seen.phases, seen.observed.origin)
        quarters = np.linspace(0.5 * (post.start + post.end), post.end, 3).tolist()
        ends = [_mean(channel.time, values, *quarter) for quarter in pairwise(quarters)]
        shift = float(np.mean(ends)) - before
        if abs(ends[1] - ends[0]) < _STILL * max(abs(shift), sensor.zero_tolerance):
            found.append(ZeroShift(sensor, before, shift))
    return tuple(found)


def _returns(sensor: Sensor, seen: Sighting) -> bool:
    """Whether what a sensor measures is after the test what it was before."""
    return bool(sensor.kind) and told_at_rest(sensor, seen.engine) and open_at_rest(sensor, seen.engine)


def _mean(time: np.ndarray, values: np.ndarray, start: float, end: float) -> float:
    inside = (time >= start) & (time <= end) & np.isfinite(values)
    return float(values[inside].mean()) if inside.sum() >= 3 else math.nan


def weighed_by_zeros(ranked: Sequence[Weighed], shifts: Sequence[ZeroShift]) -> tuple[Weighed, ...]:
    """Weigh between faults of one sensor, alone or beside the same other faults; their sum stays.

    Args:
        ranked: Hypotheses.
        shifts: Of the sensors.
    """
    share = {w.name: w.probability for w in ranked}
    for shift in shifts:
        for alike in _alike(ranked, shift).values():
            whole = sum(share[name] for name in alike)
            parts = {name: share[name] * weight for name, weight in alike.items()}
            total = sum(parts.values())
            share |= {name: whole * part / total for name, part in parts.items() if total > 0.0}
    weighed = (replace(w, probability=share[w.name]) for w in ranked)
    return tuple(sorted(weighed, key=lambda w: -w.probability))


def _alike(ranked: Sequence[Weighed], shift: ZeroShift) -> Mapping[frozenset[str], dict[str, float]]:
    """Weights of hypotheses with one fault of the sensor, by the other faults that they hold."""
    found: dict[frozenset[str], dict[str, float]] = defaultdict(dict)
    for w in ranked:
        sized = list(zip(w.best.courses, w.best.best_sizes, strict=False))
        own = [(c, s) for c, s in sized if c.name.rpartition(".")[0] == shift.sensor.name]
        if len(own) == 1:
            others = frozenset(c.name for c, _ in sized if c is not own[0][0])
            found[others][w.name] = shift.weight(*own[0])
    return found
