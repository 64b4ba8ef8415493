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
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.examination.rivals import Rivals
from hotfire.examination.surfaces import nearest
from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.effects import Course
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.readings import SensorFault
from hotfire.scenarios.settings import Setting, bench

__all__ = ["Truth", "groups_of"]

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
        rivals: What they can show.
    """

    def __init__(self, setting: Setting, path: str | None = None) -> None:
        """Take a setting of the protocol at `path`; None for the one that ships."""
        self.protocol = load_protocol(path)
        self.rig, self.effects = bench(setting, path)
        sensors = [f"{s}.{m}" for s in self.rig.engine.sensors for m in self.protocol.sensor_modes]
        self.names = (*self.effects.sizes, *sensors)
        self.rivals = Rivals(self.rig, self.effects)

    def beside(self, spoilt: Sequence[SensorFault]) -> Truth:
        """Return what the sensors of the setting can tell beside those whose signal shows that they are spoilt."""
        if not spoilt:
            return self
        other = copy.copy(self)
        other.rivals = self.rivals.beside(spoilt)
        return other

    def distance(self, fault: dict[str, Any]) -> float:
        """Distance of a case's fault from the sound engine, standard deviations; infinite where its signal shows it."""
        name, course = fault["name"], Course(fault["onset"], fault["grows"])
        if not self.effects.known(name):
            return float("inf")
        return float(np.linalg.norm(self.rivals.point(name, float(fault["size"]), course)))

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
        (exact,) = self.rivals.exact([(name, np.array([size]), (course,))])
        point = exact[0, 0] if np.isfinite(exact).all() else self.rivals.point(name, size, course)
        return (name, *(n for n in self._alike_to(point) if n != name))

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
        both = [
            self.rivals.point(f["name"], float(f["size"]), c) for f, c in zip(faults, courses, strict=True)
        ]
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
        return self.rivals.white(means - self.rig.sound)[0] if good[0] else added

    def _alike_to(self, point: FloatArray) -> tuple[str, ...]:
        """Names of the single hypotheses that come near a point.

        Those that do by the table of effects are run on the plant at sizes and onsets about their nearest.
        """
        margin = max(_NEAR, self.alike + _DOUBT * float(np.linalg.norm(point)))
        known = [n for n in self.names if self.effects.known(n)]
        near = [(n, r) for n in known for r in self.rivals.nearest(point, n) if r.distance <= margin]
        patches = self.rivals.exact([(n, r.sizes, r.courses) for n, r in near])
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
            [
                self.rivals.path(n, sign, own)
                for sign in self.rivals.signs(n)
                for own in self._courses_like(n, point, c)
            ]
            for n, point, c in zip(pair, both, courses, strict=True)
        )
        sums = (path[:, None] + other[None, :] for path in left for other in right)
        return min(nearest(truth, surface)[0] for surface in sums)

    def _courses_like(self, name: str, truth: FloatArray, course: Course) -> tuple[Course, ...]:
        return tuple(dict.fromkeys([self.rivals.nearest(truth, name)[0].course, course, Course()]))
