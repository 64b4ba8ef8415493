"""Truth about ambiguity, from the plant and never from an expert: which hypotheses the sensors cannot tell apart.

mu(h) stacks the window means of all sensors under hypothesis h on the plant. Sigma holds noise and the tolerances of
hardware and sensors, shared by all windows. h' belongs to G*(h) when the least distance ||Sigma^-1/2 (mu(h) - mu(h'))||
over its admissible sizes is at most 3. A hypothesis says what, not since when: its onset is as free as its size. Onsets
are tried at the edges and middles of windows, the truth's own and presence from the start, stepping and, where the mode
does, growing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.forecast import Case
from hotfire.scenarios.effects import Course
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import Setting, bench

__all__ = ["Truth", "groups_of"]

_SIZES = 25
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

    def _unseen(self, setting: Setting) -> tuple[str, ...]:
        """Modes of sensors that only the setting's axis holds."""
        if setting.axis != "unseen_mode":
            return ()
        labels = self.protocol.held_out(setting.level)
        return tuple(label.removeprefix("sensor: ") for label in labels if label.startswith("sensor: "))

    @cached_property
    def alike(self) -> float:
        """Distance up to which two hypotheses are alike."""
        return float(self.protocol.scoring["alike"])

    def group(self, fault: dict[str, Any]) -> tuple[str, ...]:
        """Return G* of a case's fault as `hotfire.scenarios` records it: names, the fault itself first.

        Rivals that come near by the table of effects are run on the plant at the sizes about their nearest.
        """
        name, size = fault["name"], float(fault["size"])
        if not self.effects.known(name):
            return (name,)
        course = Course(fault["onset"], fault["grows"])
        about = self._white(self.effects.effect(name, np.array([size]), course))[0]
        margin = max(_NEAR, self.alike + _DOUBT * float(np.linalg.norm(about)))
        rivals = [
            (n, *self._nearest(about, n, course)) for n in self.names if n != name and self.effects.known(n)
        ]
        near = [r for r in rivals if r[1] <= margin]
        paths = self._exact([(name, np.array([size]), course), *((n, sizes, c) for n, _, sizes, c in near)])
        truth = paths[0][0]
        alike = [
            n for (n, *_), path in zip(near, paths[1:], strict=True) if _to_path(truth, path)[0] <= self.alike
        ]
        return (name, *alike)

    def group_of_two(self, faults: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
        """Return G* of two faults of a case: names of each hypothesis, the two themselves first.

        Tried are all single faults, and pairs of what each of the two is alike to when alone. Effects are added, each
        as the nominal plant has it, so the group is a little small where two large faults do not add.
        """
        own = tuple(f["name"] for f in faults)
        if not all(self.effects.known(n) for n in own):
            return (own,)
        courses = [Course(f["onset"], f["grows"]) for f in faults]
        both = [
            self._white(self.effects.effect(f["name"], np.array([float(f["size"])]), c))[0]
            for f, c in zip(faults, courses, strict=True)
        ]
        truth = np.asarray(both[0] + both[1])
        known = [n for n in self.names if self.effects.known(n)]
        found = [own]
        found += [(n,) for n in known if min(self._nearest(truth, n, c)[0] for c in courses) <= self.alike]
        mates = [self.group(f) for f in faults]
        for pair in ((a, b) for a in mates[0] for b in mates[1]):
            apart = pair[0].rsplit(".", 1)[0] != pair[1].rsplit(".", 1)[0]
            if pair != own and apart and self._to_sum(truth, pair, both, courses) <= self.alike:
                found.append(pair)
        return tuple(found)

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
        return min(_to_path(truth - point, other)[0] for path in left for point in path for other in right)

    def _courses_like(self, name: str, truth: FloatArray, course: Course) -> tuple[Course, ...]:
        nearest = self._nearest(truth, name, course)[2]
        return tuple(dict.fromkeys([nearest, course, Course()]))

    def _nearest(self, truth: FloatArray, name: str, course: Course) -> tuple[float, FloatArray, Course]:
        """Least distance over sizes and courses by the table, and the sizes about it with their course."""
        best = (np.inf, np.array([self.rig.faults[name].upper]), course)
        for own in self._courses(name, course):
            for sign in self._signs(name):
                least, at = _to_path(truth, self._path(name, sign, own))
                if least < best[0]:
                    best = (least, sign * _about(self._sizes(name), at), own)
        return best

    def _courses(self, name: str, truth: Course) -> tuple[Course, ...]:
        """Time courses that a hypothesis may have, those of the truth among them."""
        fault = self.rig.faults[name]
        if fault.initial:
            return (Course(),)
        courses = [truth, Course(), *map(Course, self._onsets)]
        if fault.grows:
            courses += [Course(truth.onset, grows=True), *(Course(t, grows=True) for t in self._onsets)]
        return tuple(dict.fromkeys(courses))

    @cached_property
    def _onsets(self) -> tuple[float, ...]:
        """Edges of windows but the last, and their middles, s."""
        edges = self.rig.edges
        return tuple(np.sort(np.concatenate([edges[:-1], 0.5 * (edges[1:] + edges[:-1])])).tolist())

    def _exact(self, wanted: Sequence[tuple[str, FloatArray, Course]]) -> list[FloatArray]:
        """Whitened effects as the plant itself has them, a path for each; sizes that it cannot do are left out."""
        cases, owner = [], []
        paths: list[FloatArray] = []
        for i, (name, sizes, course) in enumerate(wanted):
            paths.append(np.empty((0, 0)))
            if name in self.effects.sizes:
                cases += [Case(None, {name: float(s)}, course.onset, grows=course.grows) for s in sizes]
                owner += [i] * sizes.size
            else:
                paths[i] = self._white(self.effects.effect(name, sizes, course))
        if cases:
            means, good = self.rig.run(cases)
            white = self._white(means - self.rig.sound)
            for i in dict.fromkeys(owner):
                own = np.array([o == i for o in owner])
                paths[i] = white[own & good] if (own & good).any() else np.full((1, white.shape[1]), np.inf)
        return paths

    def _signs(self, name: str) -> tuple[float, ...]:
        return (1.0, -1.0) if name.rsplit(".", 1)[1] in ("bias", "scale", "drift", "zero_offset") else (1.0,)

    def _path(self, name: str, sign: float, course: Course) -> FloatArray:
        """Whitened effects of a hypothesis over its sizes, shape (n, d)."""
        key = (name, sign, course)
        if key in self._kept:
            return self._kept[key]
        path = self._white(self.effects.effect(name, sign * self._sizes(name), course))
        if course.onset is None or course.onset in self._onsets:
            self._kept[key] = path
        return path

    def _sizes(self, name: str) -> FloatArray:
        """Admissible sizes of a hypothesis."""
        fault = self.rig.faults[name]
        upper = self.effects.largest.get(name, fault.upper)
        return np.geomspace(fault.lower, upper, _SIZES) if upper > fault.lower else np.array([upper])

    @cached_property
    def _kept(self) -> dict[tuple[str, float, Course], FloatArray]:
        """Paths of hypotheses, but for the onsets that are a case's own."""
        return {}

    def _white(self, effect: FloatArray) -> FloatArray:
        return np.asarray(effect.reshape(effect.shape[0], -1) @ self.rig.whitening.T)


def _to_path(truth: FloatArray, path: FloatArray) -> tuple[float, float]:
    """Least distance of a point from a path of straight stretches, and where: row and share of the way to the next."""
    away = path - truth
    ends = np.sqrt((away**2).sum(axis=1))
    least, at = float(ends.min()), float(np.argmin(ends))
    steps = np.diff(path, axis=0)
    if not len(steps):
        return least, at
    length = np.maximum((steps**2).sum(axis=1), 1e-300)
    share = np.clip(-(away[:-1] * steps).sum(axis=1) / length, 0.0, 1.0)
    between = np.sqrt(((away[:-1] + share[:, None] * steps) ** 2).sum(axis=1))
    k = int(np.argmin(between))
    return (float(between[k]), k + float(share[k])) if between[k] < least else (least, at)


def _about(sizes: FloatArray, at: float) -> FloatArray:
    """Sizes about a place on the path: a third of a step to either side, and the place itself."""
    if sizes.size == 1:
        return sizes
    places = np.clip(at + np.array([-0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.6]), 0.0, sizes.size - 1.0)
    logs = np.interp(np.unique(places), np.arange(sizes.size), np.log(sizes))
    return np.asarray(np.exp(logs))
