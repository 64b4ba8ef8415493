"""What every fault does to the window means of a rig: measured on the plant once, then read off for any course.

The effect of each fault that is there from the start is run on the nominal plant at several sizes. A fault that sets in
or grows has in each window the effect of the size that it has there: exact where flows follow at once, and short of
what the tanks remember. Truth about sizes and ambiguity rests on this plant, never on the diagnosing model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.forecast import Case
from hotfire.scenarios.rig import Rig

__all__ = ["ANALYTIC", "SEEN", "Course", "Effects"]

SEEN = 5.0
"""Distance from the sound engine, in standard deviations, from which a fault is detectable."""
ANALYTIC = ("bias", "scale", "drift", "zero_offset", "wrong_multiple", "reversed", "swapped")
"""Faults of sensors whose effect on window means is a formula; others show by their signal."""
_SIZES = 9


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


class Effects:
    """Effects of the faults of one rig on its window means.

    Attributes:
        rig: The rig.
        sizes: Sizes that were run, by fault; only those that the plant could do.
    """

    def __init__(self, rig: Rig, names: Iterable[str]) -> None:
        """Run the faults `names` on the nominal plant."""
        self.rig = rig
        hardware = [n for n in names if n in rig.actual.network.faults]
        grids = {n: _grid(rig.faults[n]) for n in hardware}
        means, good = rig.run([Case(None, {n: float(s)}) for n in hardware for s in grids[n]])
        self.sizes: dict[str, FloatArray] = {}
        self._effects: dict[str, FloatArray] = {}
        at = 0
        for name in hardware:
            rows = slice(at, at + grids[name].size)
            at += grids[name].size
            if good[rows].any():
                self.sizes[name] = grids[name][good[rows]]
                self._effects[name] = means[rows][good[rows]] - rig.sound

    def effect(self, name: str, sizes: FloatArray, course: Course) -> FloatArray:
        """Effect of a fault of several sizes on the window means, SI, shape (n, K + 1, S)."""
        if name in self._effects:
            return self._hardware(name, sizes, course)
        sensor, mode = name.rsplit(".", 1)
        if mode not in ANALYTIC:
            raise KeyError(name)
        return self._sensor(sensor, mode, sizes, course)

    def known(self, name: str) -> bool:
        """Whether the effect of a fault is known."""
        return name in self._effects or name.rsplit(".", 1)[1] in ANALYTIC

    def _hardware(self, name: str, sizes: FloatArray, course: Course) -> FloatArray:
        """Read off the effect of a component's fault; straight between the sizes that were run."""
        grown, there = course.shares(self.rig.edges)
        grid = np.concatenate([[0.0], self.sizes[name]])
        table = np.concatenate([np.zeros((1, *self._effects[name].shape[1:])), self._effects[name]])
        effect = np.zeros((sizes.size, *table.shape[1:]))
        if course.onset is None:
            effect[:, 0] = _between(sizes, grid, table[:, 0])
        for k in range(grown.size):
            effect[:, k + 1] = there[k] * _between(sizes * grown[k], grid, table[:, k + 1])
        return effect

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
        upper = self.sizes[name][-1] if name in self.sizes else fault.upper
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


def _grid(fault: Fault) -> FloatArray:
    """Sizes at which a fault is run."""
    if fault.upper <= fault.lower:
        return np.array([fault.upper])
    return np.geomspace(fault.lower, fault.upper, _SIZES)


def _between(sizes: FloatArray, grid: FloatArray, table: FloatArray) -> FloatArray:
    """Straight lines between the rows of a table, (grid, S), at several sizes, (n, S)."""
    right = np.clip(np.searchsorted(grid, sizes), 1, grid.size - 1)
    share = np.clip((sizes - grid[right - 1]) / (grid[right] - grid[right - 1]), 0.0, 1.0)[:, None]
    between: FloatArray = (1.0 - share) * table[right - 1] + share * table[right]
    return between
