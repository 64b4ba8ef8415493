"""What every fault does to the window means of a rig: measured on the plant once, then read off for any course.

Each fault is run on the nominal plant at several sizes, from the start and from every edge between windows, stepping
and, where its mode does, growing. Between sizes the effect over the size follows a cubic spline, between onsets it is
straight, as it is where flows follow at once. Truth about sizes and ambiguity rests on this plant, never on the
diagnosing model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.rig import Rig

__all__ = ["ANALYTIC", "SEEN", "Course", "Effects", "Runs", "size_grid"]

SEEN = 5.0
"""Distance from the sound engine, in standard deviations, from which a fault is detectable."""
ANALYTIC = ("bias", "scale", "drift", "zero_offset", "wrong_multiple", "reversed", "swapped")
"""Faults of sensors whose effect on window means is a formula; others show by their signal."""
_SIZES = 9
_NEARLY_ALL = 0.85
"""Largest size from which a fault can take nearly all of something, so that sizes are spaced by their logits."""


@dataclass(frozen=True)
class Course:
    """How a fault goes on in time.

    Attributes:
        onset: Seconds after the valves opened; None when present from the start.
        grows: Grow in proportion to time from the onset to the end instead of stepping.
    """

    onset: float | None = None
    grows: bool = False

    def shares(self, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Share of its size that a fault has in each window, and share of each window that it is there, both (K,)."""
        centres = 0.5 * (edges[1:] + edges[:-1])
        if self.grows:
            start = edges[0] if self.onset is None else self.onset
            grown = np.clip((centres - start) / (edges[-1] - start), 0.0, 1.0)
            return grown, np.ones(centres.size)
        if self.onset is None:
            return np.ones(centres.size), np.ones(centres.size)
        there = np.clip((edges[1:] - self.onset) / np.diff(edges), 0.0, 1.0)
        return np.ones(centres.size), there


@dataclass(frozen=True, eq=False)
class _Table:
    """Effects of one fault over its size, SI.

    Attributes:
        sizes: That were run, shape (n,), rising.
        onsets: Of a step or a ramp, s, shape (m,); the effect from the last edge on is nothing.
        start: Present from the start, shape (n, K + 1, S).
        steps: Stepping in, shape (m, n, K + 1, S).
        ramps: Growing, same shape; None where the mode does not grow.
    """

    sizes: FloatArray
    onsets: FloatArray
    start: FloatArray
    steps: FloatArray
    ramps: FloatArray | None

    def effect(self, sizes: FloatArray, course: Course) -> FloatArray:
        """Effect of several sizes, shape (len(sizes), K + 1, S)."""
        if course.onset is None and not course.grows:
            return self._at(sizes, ("start",))
        kind = "ramps" if course.grows and self.ramps is not None else "steps"
        onset = float(self.onsets[0] if course.onset is None else course.onset)
        right = int(np.clip(np.searchsorted(self.onsets, onset), 1, self.onsets.size - 1))
        left = right - 1
        share = (onset - self.onsets[left]) / (self.onsets[right] - self.onsets[left])
        share = float(np.clip(share, 0.0, 1.0))
        last = right == self.onsets.size - 1
        before = self._at(sizes, (kind, left))
        return (1.0 - share) * before + (0.0 if last else share * self._at(sizes, (kind, right)))

    def _at(self, sizes: FloatArray, key: tuple[Any, ...]) -> FloatArray:
        """Effect over the size by a spline in the coordinate of the size, times the size."""
        if self.sizes.size == 1:
            rows = getattr(self, key[0])
            only = rows[0] if len(key) == 1 else rows[key[1], 0]
            return np.repeat(only[None], sizes.size, axis=0)
        within = np.clip(sizes, self.sizes[0], self.sizes[-1])
        per_size = self._spline(key)(_coordinate(within, float(self.sizes[-1])))
        found: FloatArray = per_size * np.minimum(sizes, self.sizes[-1])[:, None, None]
        return found

    def _spline(self, key: tuple[Any, ...]) -> Any:
        if key not in self._splines:
            from scipy.interpolate import CubicSpline, make_interp_spline

            rows = getattr(self, key[0])
            rows = rows if len(key) == 1 else rows[key[1]]
            at = _coordinate(self.sizes, float(self.sizes[-1]))
            values = rows / self.sizes[:, None, None]
            few = self.sizes.size < 4
            self._splines[key] = make_interp_spline(at, values, k=1) if few else CubicSpline(at, values)
        return self._splines[key]

    @cached_property
    def _splines(self) -> dict[tuple[Any, ...], Any]:
        """Splines that were wanted so far."""
        return {}


@dataclass(frozen=True)
class Runs:
    """Which runs of a fault are made.

    Attributes:
        onsets: Edges of windows at which it sets in, s, the last of all edges at the end; None for all edges.
        ramps: Whether those that can grow are also run growing.
        sizes: Sizes by fault, rising; those of faults that are not named lie between their limits.
    """

    onsets: FloatArray | None = None
    ramps: bool = True
    sizes: Mapping[str, FloatArray] = field(default_factory=dict)


class Effects:
    """Effects of the faults of one rig on its window means.

    Attributes:
        rig: The rig.
        sizes: Sizes that were run, by fault; only those that the plant could do.
    """

    def __init__(self, rig: Rig, names: Iterable[str], runs: Runs | None = None) -> None:
        """Run the faults `names` on the nominal plant, at the onsets and sizes of `runs`."""
        self.rig = rig
        runs = runs or Runs()
        self._tables = {}
        for name in names:
            table = _run(rig, name, runs) if name in rig.actual.network.faults else None
            if table is not None:
                self._tables[name] = table
        self.sizes: dict[str, FloatArray] = {n: t.sizes for n, t in self._tables.items()}

    def effect(self, name: str, sizes: FloatArray, course: Course) -> FloatArray:
        """Effect of a fault of several sizes on the window means, SI, shape (n, K + 1, S)."""
        if name in self._tables:
            return self._tables[name].effect(sizes, course)
        sensor, mode = name.rsplit(".", 1)
        if mode not in ANALYTIC:
            raise KeyError(name)
        return self._sensor(sensor, mode, sizes, course)

    def known(self, name: str) -> bool:
        """Whether the effect of a fault is known."""
        return name in self._tables or name.rsplit(".", 1)[1] in ANALYTIC

    def _sensor(self, sensor: str, mode: str, sizes: FloatArray, course: Course) -> FloatArray:
        """Effect of a sensor that reads another value than the true one."""
        rig = self.rig
        column = [s.name for s in rig.sensors].index(sensor)
        if mode == "drift":
            course = Course(course.onset, grows=True)
        grown, there = course.shares(rig.edges)
        effect = np.zeros((sizes.size, *rig.sound.shape))
        unit = self._wrong(column, mode)
        amount = sizes - 1.0 if mode == "wrong_multiple" else sizes
        effect[:, 1:, column] = amount[:, None] * unit[1:] * grown * there
        if mode != "drift" and course.onset is None:
            effect[:, 0, column] = amount * unit[0]
        return effect

    def _wrong(self, column: int, mode: str) -> FloatArray:
        """What a sensor reads too much in a fault of size one, SI, shape (K + 1,)."""
        rig = self.rig
        sensor, sound = rig.sensors[column], rig.sound[:, column]
        if mode == "scale":
            rest = rig.engine.network.ambient_pressure if sensor.kind == "pressure" else 0.0
            return np.asarray(sound - rest)
        if mode == "wrong_multiple":
            return np.asarray(sound)
        if mode == "reversed":
            return np.asarray(2.0 * (sound[0] - sound))
        if mode == "swapped":
            return np.asarray(rig.sound[:, rig.partner(column)] - sound)
        return np.full(sound.size, sensor.span)

    def distance(self, effect: FloatArray) -> FloatArray:
        """Distance of an effect from nothing in standard deviations of noise and tolerances, shape (n,)."""
        white = effect.reshape(effect.shape[0], -1) @ self.rig.whitening.T
        return np.asarray(np.linalg.norm(white, axis=1))

    def smallest(self, name: str, course: Course) -> float | None:
        """Return the smallest detectable size of a fault; None where the plant can do none that is."""
        fault = self.rig.faults[name]
        upper = self.largest.get(name, fault.upper)
        lower = min(fault.lower, upper)
        if upper <= lower:
            alone = np.array([upper])
            return float(upper) if self.distance(self.effect(name, alone, course))[0] >= SEEN else None
        sizes = np.geomspace(lower, upper, 33)
        far = self.distance(self.effect(name, sizes, course))
        seen = np.flatnonzero(far >= SEEN)
        return float(sizes[seen[0]]) if seen.size else None

    @cached_property
    def largest(self) -> Mapping[str, float]:
        """Largest size that the plant could do, by fault."""
        return {n: float(s[-1]) for n, s in self.sizes.items()}


def _run(rig: Rig, name: str, runs: Runs) -> _Table | None:
    """Run one fault on the nominal plant; None where the plant can do it at no size."""
    fault = rig.faults[name]
    sizes = runs.sizes[name] if name in runs.sizes else size_grid(fault.lower, fault.upper)
    onsets = rig.edges if runs.onsets is None else runs.onsets
    onsets = onsets if not fault.initial else onsets[:0]
    grows = fault.grows and runs.ramps
    courses = [(None, False), *((float(t), False) for t in onsets[:-1])]
    courses += [(float(t), True) for t in onsets[:-1]] if grows else []
    means, good = rig.run([Case(None, {name: float(s)}, t, grows=g) for t, g in courses for s in sizes])
    shape = (len(courses), sizes.size)
    effects = (means - rig.sound).reshape(*shape, *means.shape[1:])
    solved = good.reshape(shape).all(axis=0)
    if not solved.any():
        return None
    effects, sizes = effects[:, solved], sizes[solved]
    steps = effects[1 : 1 + max(onsets.size - 1, 0)]
    ramps = effects[1 + steps.shape[0] :] if grows and steps.size else None
    if not steps.size:
        # There from the start or not at all: any onset stands for the start.
        return _Table(sizes, rig.edges, effects[0], np.repeat(effects[:1], rig.edges.size - 1, axis=0), None)
    return _Table(sizes, np.asarray(onsets), effects[0], steps, ramps)


def size_grid(lower: float, upper: float, count: int = _SIZES) -> FloatArray:
    """Sizes at which a fault is run: evenly between two limits in the coordinate of the size."""
    if upper <= lower:
        return np.array([upper])
    first, last = (float(c) for c in _coordinate(np.array([lower, upper]), upper))
    at = np.linspace(first, last, count)
    return np.asarray(1.0 / (1.0 + np.exp(-at)) if _takes_all(upper) else np.exp(at))


def _coordinate(sizes: FloatArray, upper: float) -> FloatArray:
    """Coordinate in which sizes are spaced: the logarithm, or the logit where nearly all can be taken."""
    return np.asarray(np.log(sizes / (1.0 - sizes)) if _takes_all(upper) else np.log(sizes))


def _takes_all(upper: float) -> bool:
    return _NEARLY_ALL <= upper < 1.0
