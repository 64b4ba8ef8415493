"""What hypotheses can show on the plant: a surface over size and onset for each, and its point nearest to another."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotfire.examination.surfaces import nearest
from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.effects import Course, Effects
from hotfire.scenarios.readings import SensorFault, whitening_beside
from hotfire.scenarios.rig import Rig

__all__ = ["Rival", "Rivals"]

_SIZES = 25
_ONSETS, _FINE = 1, 4
"""Onsets a window at which rivals are taken from the table: what steps in changes in proportion between them, what
grows does so along a curve."""
_ABOUT, _ASIDE = (-0.6, -0.2, 0.0, 0.2, 0.6), (-0.1, 0.0, 0.1)
"""Where a rival is run on the plant about its nearest point: sizes in steps of the table, onsets in windows."""


@dataclass(frozen=True)
class Rival:
    """Where a hypothesis comes nearest to the truth by the table.

    Attributes:
        distance: In standard deviations.
        sizes: About there, shape (n,).
        courses: About there.
        course: There.
    """

    distance: float
    sizes: FloatArray
    courses: tuple[Course, ...]
    course: Course


class Rivals:
    """What the hypotheses of one rig can show, in standard deviations of noise and tolerances.

    Attributes:
        rig: The rig.
        effects: What faults do on its plant.
    """

    def __init__(self, rig: Rig, effects: Effects) -> None:
        """Take a rig and what faults do there."""
        self.rig, self.effects = rig, effects
        self._raw: dict[tuple[str, float, bool, int], FloatArray] = {}
        self._whitening = rig.whitening

    def beside(self, spoilt: Sequence[SensorFault]) -> Rivals:
        """Return the same as sensors show it that stand beside spoilt ones."""
        other = copy.copy(self)
        other.__dict__.pop("_kept", None)
        other._whitening = whitening_beside(self.rig, spoilt)
        return other

    def nearest(self, point: FloatArray, name: str) -> list[Rival]:
        """Return nearest points of a hypothesis by the table, one for each way it goes on in time, nearest first."""
        best: dict[tuple[bool, bool], Rival] = {}
        for sign in self.signs(name):
            for kind, courses in self._kinds(name).items():
                least, since, at = nearest(point, self._surface(name, sign, courses))
                if kind not in best or least < best[kind].distance:
                    best[kind] = self._rival(name, sign, courses, least, at, since)
        return sorted(best.values(), key=lambda r: r.distance)

    def _rival(
        self, name: str, sign: float, courses: tuple[Course, ...], least: float, at: float, since: float
    ) -> Rival:
        """Say where on its surface a hypothesis comes nearest, and what lies about that."""
        sizes = self._sizes(name)
        if sizes.size > 1:
            places = np.unique(np.clip(at + np.array(_ABOUT), 0.0, sizes.size - 1.0))
            sizes = np.exp(np.interp(places, np.arange(sizes.size), np.log(sizes)))
        if len(courses) == 1:
            return Rival(least, sign * sizes, courses, courses[0])
        onsets = [c.onset for c in courses if c.onset is not None]
        own = float(np.interp(since, np.arange(len(onsets)), onsets))
        aside = own + np.array(_ASIDE) * float(np.diff(self.rig.edges)[0])
        grows = courses[0].grows
        about = np.unique(np.clip(aside, onsets[0], onsets[-1])).tolist()
        return Rival(least, sign * sizes, tuple(Course(t, grows) for t in about), Course(own, grows))

    def _kinds(self, name: str) -> dict[tuple[bool, bool], tuple[Course, ...]]:
        """Courses of a hypothesis by whether it grows and has an onset, in the order of their onsets."""
        fault = self.rig.faults[name]
        kinds: dict[tuple[bool, bool], tuple[Course, ...]] = {(False, False): (Course(),)}
        if fault.initial:
            return kinds
        ramps = name.endswith(".drift")
        kinds[False, True] = tuple(map(Course, self._onsets(_FINE if ramps else _ONSETS)))
        if fault.grows:
            kinds[True, True] = tuple(Course(t, grows=True) for t in self._onsets(_FINE))
        return kinds

    def _onsets(self, parts: int) -> list[float]:
        """Onsets from the first edge to just before the last, so many in each window, s."""
        edges = self.rig.edges
        shares = np.linspace(0.0, 1.0, parts, endpoint=False)
        starts = (edges[:-1, None] + shares * np.diff(edges)[:, None]).ravel()
        return [*starts.tolist(), float(edges[-1] - 1e-3 * (edges[-1] - edges[-2]))]

    def exact(self, wanted: Sequence[tuple[str, FloatArray, Sequence[Course]]]) -> list[FloatArray]:
        """Return whitened effects as the plant has them, shape (courses, sizes, d) each; infinite where it has none."""
        cases = [
            Case(None, {name: float(s)}, c.onset, grows=c.grows)
            for name, sizes, courses in wanted
            if name in self.effects.sizes
            for c in courses
            for s in sizes
        ]
        means, good = self.rig.run(cases) if cases else (np.empty(0), np.empty(0, dtype=bool))
        white = self.white(means - self.rig.sound) if cases else np.empty((0, 0))
        white[~good] = np.inf
        found, start = [], 0
        for name, sizes, courses in wanted:
            if name in self.effects.sizes:
                count = len(courses) * sizes.size
                found.append(white[start : start + count].reshape(len(courses), sizes.size, -1))
                start += count
            else:
                found.append(np.stack([self.white(self.effects.effect(name, sizes, c)) for c in courses]))
        return found

    def signs(self, name: str) -> tuple[float, ...]:
        """Directions that a fault may have."""
        return (1.0, -1.0) if name.rsplit(".", 1)[1] in ("bias", "scale", "drift", "zero_offset") else (1.0,)

    def path(self, name: str, sign: float, course: Course) -> FloatArray:
        """Return whitened effects of a hypothesis over its sizes, shape (n, d)."""
        return self.white(self.effects.effect(name, sign * self._sizes(name), course))

    def point(self, name: str, size: float, course: Course) -> FloatArray:
        """Return the whitened effect of one size by the table, shape (d,)."""
        return np.asarray(self.white(self.effects.effect(name, np.array([size]), course))[0])

    def shown(self, name: str) -> Iterator[FloatArray]:
        """Yield effects of a hypothesis by the table, SI, for each direction and way that it goes on in time.

        Each has shape (m, n, K + 1, S), over its m onsets and n sizes.
        """
        for sign in self.signs(name):
            for courses in self._kinds(name).values():
                yield self._effects(name, sign, courses)

    def _effects(self, name: str, sign: float, courses: tuple[Course, ...]) -> FloatArray:
        """Effects of a hypothesis over its courses and sizes, SI, shape (m, n, K + 1, S)."""
        sizes = sign * self._sizes(name)
        return np.stack([self.effects.effect(name, sizes, c) for c in courses])

    def _surface(self, name: str, sign: float, courses: tuple[Course, ...]) -> FloatArray:
        """Whitened effects of a hypothesis over its courses and sizes, shape (m, n, d)."""
        key = (name, sign, courses[0].grows, len(courses))
        if key not in self._raw:
            self._raw[key] = self._effects(name, sign, courses)
        if key not in self._kept:
            raw = self._raw[key]
            self._kept[key] = raw.reshape(*raw.shape[:2], -1) @ self._whitening.T
        return self._kept[key]

    def _sizes(self, name: str) -> FloatArray:
        """Admissible sizes of a hypothesis."""
        fault = self.rig.faults[name]
        upper = self.effects.largest.get(name, fault.upper)
        return np.geomspace(fault.lower, upper, _SIZES) if upper > fault.lower else np.array([upper])

    @cached_property
    def _kept(self) -> dict[tuple[str, float, bool, int], FloatArray]:
        """Whitened surfaces of hypotheses."""
        return {}

    def white(self, effect: FloatArray) -> FloatArray:
        """Scale effects in SI to independent unit deviations, shape (n, d)."""
        return np.asarray(effect.reshape(effect.shape[0], -1) @ self._whitening.T)
