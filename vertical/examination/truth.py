"""Truth about ambiguity, from the plant and never from an expert: which hypotheses the sensors cannot tell apart.

mu(h) stacks the window means of all sensors under hypothesis h on the plant. Sigma holds noise and the tolerances of
hardware and sensors, shared by all windows. h' belongs to G*(h) when the least distance ||Sigma^-1/2 (mu(h) - mu(h'))||
over its admissible sizes is at most 3. A hypothesis says what, not since when: its onset is as free as its size,
stepping and, where the mode does, growing, or it is there from the start.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.examination.surfaces import nearest
from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.forecast import Case
from hotfire.scenarios.effects import Course
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.readings import SensorFault, whitening_beside
from hotfire.scenarios.settings import Setting, bench

__all__ = ["Truth", "groups_of"]

_SIZES = 25
_ONSETS, _FINE = 1, 4
"""Onsets a window at which rivals are taken from the table: what steps in changes in proportion between them, what
grows does so along a curve."""
_ABOUT, _ASIDE = (-0.6, -0.2, 0.0, 0.2, 0.6), (-0.1, 0.0, 0.1)
"""Where a rival is run on the plant about its nearest point: sizes in steps of the table, onsets in windows."""
_NEAR, _DOUBT = 12.0, 0.1
"""Distance by the table up to which a rival is run on the plant: at least so far, and so large a share of the truth's
distance from the sound engine, which is what the table is worth."""


def groups_of(cases: Iterable[Mapping[str, Any]], kept: Path) -> dict[str, tuple[str, ...]]:
    """Return G* of every case with one fault that is detectable, by its id; what was worked out before is read.

    Args:
        cases: As `hotfire.scenarios` wrote them.
        kept: File of JSON lines that holds groups of earlier calls; new ones are added as they are found.
    """
    found: dict[str, tuple[str, ...]] = {}
    if kept.exists():
        found = {row["id"]: tuple(row["group"]) for row in map(json.loads, kept.read_text().splitlines())}
    truths: dict[Setting, Truth] = {}
    with kept.open("a") as file:
        for case in cases:
            single = len(case["faults"]) == 1 and case["faults"][0]["detectable"]
            if not single or case["id"] in found:
                continue
            setting = Setting(case["axis"], case["level"], case["engine"])
            if setting not in truths:
                truths[setting] = Truth(setting)
            truth = truths[setting]
            found[case["id"]] = truth.group(case["faults"][0])
            file.write(json.dumps({"id": case["id"], "group": found[case["id"]]}) + "\n")
            file.flush()
    return found


class Truth:
    """What the sensors of one setting can and cannot tell apart.

    Attributes:
        names: All single hypotheses, hardware and sensors.
    """

    def __init__(self, setting: Setting, path: str | None = None) -> None:
        """Take a setting of the protocol at `path`; None for the one that ships."""
        self.protocol = load_protocol(path)
        self.rig, self.effects = bench(setting, path)
        sensors = [f"{s}.{m}" for s in self.rig.engine.sensors for m in self.protocol.sensor_modes]
        self.names = (*self.effects.sizes, *sensors)
        self._raw: dict[tuple[str, float, bool, int], FloatArray] = {}
        self._whitening = self.rig.whitening

    def beside(self, spoilt: Sequence[SensorFault]) -> Truth:
        """Return what the sensors of the setting can tell beside those whose signal shows that they are spoilt."""
        if not spoilt:
            return self
        other = copy.copy(self)
        other.__dict__.pop("_kept", None)
        other._whitening = whitening_beside(self.rig, spoilt)
        return other

    def distance(self, fault: dict[str, Any]) -> float:
        """Distance of a case's fault from the sound engine, standard deviations; infinite where its signal shows it."""
        name, course = fault["name"], Course(fault["onset"], fault["grows"])
        if not self.effects.known(name):
            return float("inf")
        return float(np.linalg.norm(self._table(name, float(fault["size"]), course)))

    @cached_property
    def alike(self) -> float:
        """Distance up to which two hypotheses are alike."""
        return float(self.protocol.scoring["alike"])

    def group(self, fault: dict[str, Any]) -> tuple[str, ...]:
        """Return G* of a case's fault as `hotfire.scenarios` records it: names, the fault itself first."""
        name, size = fault["name"], float(fault["size"])
        if not self.effects.known(name):
            return (name,)
        course = Course(fault["onset"], fault["grows"])
        (point,) = self._exact([(name, np.array([size]), (course,))])
        return (name, *(n for n in self._alike_to(point[0, 0]) if n != name))

    def group_of_two(self, faults: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
        """Return G* of two faults of a case: names of each hypothesis, the two themselves first.

        Tried are all single faults, and pairs of what each of the two is alike to when alone, effects added as the
        nominal plant has them. Beside a sensor whose signal shows that it is spoilt, the other fault is whatever the
        other sensors show, if they show anything.
        """
        own = tuple(f["name"] for f in faults)
        if not all(self.effects.known(n) for n in own):
            return self._beside_a_signal(faults)
        courses = [Course(f["onset"], f["grows"]) for f in faults]
        both = [self._table(f["name"], float(f["size"]), c) for f, c in zip(faults, courses, strict=True)]
        found = [own, *((n,) for n in self._alike_to(self._together(faults, both)))]
        mates = [self.group(f) for f in faults]
        for pair in ((a, b) for a in mates[0] for b in mates[1]):
            apart = pair[0].rsplit(".", 1)[0] != pair[1].rsplit(".", 1)[0]
            if pair != own and apart and self._to_sum(both[0] + both[1], pair, both, courses) <= self.alike:
                found.append(pair)
        return tuple(found)

    def _beside_a_signal(self, faults: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
        """G* of two faults of which at least one shows by its sensor's signal."""
        own = tuple(f["name"] for f in faults)
        seen = [f for f in faults if self.effects.known(f["name"])]
        signals = [f for f in faults if not self.effects.known(f["name"])]
        if not seen:
            return (own,)
        others = self.beside([self._of_sensor(f) for f in signals])
        alone = [(signals[0]["name"],)] if others.distance(seen[0]) <= self.alike else []
        place = own.index(seen[0]["name"])
        return (*((n, own[1]) if place == 0 else (own[0], n) for n in others.group(seen[0])), *alone)

    def _of_sensor(self, fault: dict[str, Any]) -> SensorFault:
        owner, mode = fault["name"].rsplit(".", 1)
        column = [s.name for s in self.rig.sensors].index(owner)
        return SensorFault(column, mode, float(fault["size"]), Course(fault["onset"], fault["grows"]))

    def _together(self, faults: Sequence[dict[str, Any]], both: Sequence[FloatArray]) -> FloatArray:
        """Whitened effect of two faults: of two components on the plant with both, where it can do them; else added."""
        added = np.asarray(both[0] + both[1])
        if not all(f["name"] in self.effects.sizes for f in faults):
            return added
        onset, grows = faults[0]["onset"], faults[0]["grows"]
        means, good = self.rig.run(
            [Case(None, {f["name"]: float(f["size"]) for f in faults}, onset, grows=grows)]
        )
        return self._white(means - self.rig.sound)[0] if good[0] else added

    def _alike_to(self, point: FloatArray) -> tuple[str, ...]:
        """Names of the single hypotheses that come near a point.

        Those that do by the table of effects are run on the plant at sizes and onsets about their nearest.
        """
        margin = max(_NEAR, self.alike + _DOUBT * float(np.linalg.norm(point)))
        known = [n for n in self.names if self.effects.known(n)]
        near = [(n, r) for n in known for r in self._nearest(point, n) if r.distance <= margin]
        patches = self._exact([(n, r.sizes, r.courses) for n, r in near])
        alike = [n for (n, _), p in zip(near, patches, strict=True) if nearest(point, p)[0] <= self.alike]
        return tuple(dict.fromkeys(alike))

    def _to_sum(
        self, truth: FloatArray, pair: tuple[str, str], both: Sequence[FloatArray], courses: Sequence[Course]
    ) -> float:
        """Least distance from the sum of two hypotheses over both sizes, by the table.

        Each has the course in which it comes nearest to its own one of `both`, that one's course, or is there from
        the start.
        """
        left, right = (
            [self._path(n, sign, own) for sign in self._signs(n) for own in self._courses_like(n, point, c)]
            for n, point, c in zip(pair, both, courses, strict=True)
        )
        return min(
            nearest(truth - point, other[None])[0] for path in left for point in path for other in right
        )

    def _courses_like(self, name: str, truth: FloatArray, course: Course) -> tuple[Course, ...]:
        return tuple(dict.fromkeys([self._nearest(truth, name)[0].course, course, Course()]))

    def _nearest(self, truth: FloatArray, name: str) -> list[_Rival]:
        """Nearest points of a hypothesis by the table: one for each way it goes on in time, nearest first."""
        best: dict[tuple[bool, bool], _Rival] = {}
        for sign in self._signs(name):
            for kind, courses in self._kinds(name).items():
                least, since, at = nearest(truth, self._surface(name, sign, courses))
                if kind not in best or least < best[kind].distance:
                    best[kind] = self._rival(name, sign, courses, least, at, since)
        return sorted(best.values(), key=lambda r: r.distance)

    def _rival(
        self, name: str, sign: float, courses: tuple[Course, ...], least: float, at: float, since: float
    ) -> _Rival:
        """Say where on its surface a hypothesis comes nearest, and what lies about that."""
        sizes = self._sizes(name)
        if sizes.size > 1:
            places = np.unique(np.clip(at + np.array(_ABOUT), 0.0, sizes.size - 1.0))
            sizes = np.exp(np.interp(places, np.arange(sizes.size), np.log(sizes)))
        if len(courses) == 1:
            return _Rival(least, sign * sizes, courses, courses[0])
        onsets = [c.onset for c in courses if c.onset is not None]
        own = float(np.interp(since, np.arange(len(onsets)), onsets))
        aside = own + np.array(_ASIDE) * float(np.diff(self.rig.edges)[0])
        grows = courses[0].grows
        about = np.unique(np.clip(aside, onsets[0], onsets[-1])).tolist()
        return _Rival(least, sign * sizes, tuple(Course(t, grows) for t in about), Course(own, grows))

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

    def _exact(self, wanted: Sequence[tuple[str, FloatArray, Sequence[Course]]]) -> list[FloatArray]:
        """Whitened effects as the plant itself has them, shape (courses, sizes, d) each; infinite where it has none."""
        cases = [
            Case(None, {name: float(s)}, c.onset, grows=c.grows)
            for name, sizes, courses in wanted
            if name in self.effects.sizes
            for c in courses
            for s in sizes
        ]
        means, good = self.rig.run(cases) if cases else (np.empty(0), np.empty(0, dtype=bool))
        white = self._white(means - self.rig.sound) if cases else np.empty((0, 0))
        white[~good] = np.inf
        found, start = [], 0
        for name, sizes, courses in wanted:
            if name in self.effects.sizes:
                count = len(courses) * sizes.size
                found.append(white[start : start + count].reshape(len(courses), sizes.size, -1))
                start += count
            else:
                found.append(np.stack([self._white(self.effects.effect(name, sizes, c)) for c in courses]))
        return found

    def _signs(self, name: str) -> tuple[float, ...]:
        return (1.0, -1.0) if name.rsplit(".", 1)[1] in ("bias", "scale", "drift", "zero_offset") else (1.0,)

    def _path(self, name: str, sign: float, course: Course) -> FloatArray:
        """Whitened effects of a hypothesis over its sizes, shape (n, d)."""
        return self._white(self.effects.effect(name, sign * self._sizes(name), course))

    def _table(self, name: str, size: float, course: Course) -> FloatArray:
        """Whitened effect of one size, shape (d,)."""
        return np.asarray(self._white(self.effects.effect(name, np.array([size]), course))[0])

    def _surface(self, name: str, sign: float, courses: tuple[Course, ...]) -> FloatArray:
        """Whitened effects of a hypothesis over its courses and sizes, shape (m, n, d)."""
        key = (name, sign, courses[0].grows, len(courses))
        if key not in self._raw:
            sizes = sign * self._sizes(name)
            self._raw[key] = np.stack([self.effects.effect(name, sizes, c) for c in courses])
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

    def _white(self, effect: FloatArray) -> FloatArray:
        return np.asarray(effect.reshape(effect.shape[0], -1) @ self._whitening.T)


@dataclass(frozen=True)
class _Rival:
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
