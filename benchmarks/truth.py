"""Truth about ambiguity, from the plant and never from an expert: which hypotheses the sensors cannot tell apart.

mu(h) stacks the window means of all sensors under hypothesis h on the plant. Sigma holds noise and the tolerances of
hardware and sensors, shared by all windows. h' belongs to G*(h) when the least distance ||Sigma^-1/2 (mu(h) - mu(h'))||
over its admissible sizes is at most 3; the time courses tried are the truth's own, and presence from the start.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.scenarios.effects import Course
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import Setting, bench

__all__ = ["Truth"]

_SIZES = 13


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
        truth = self._white(self.effects.effect(name, np.array([size]), course))[0]
        others = [n for n in self.names if n != name and self.effects.known(n)]
        return (name, *(n for n in others if self._distance(truth, n, course) <= self.alike))

    def _distance(self, truth: FloatArray, name: str, course: Course) -> float:
        """Least distance over sizes and courses, the path between neighbouring sizes taken as straight."""
        fault = self.rig.faults[name]
        courses = [Course()] if fault.initial else [course, Course()]
        if fault.grows and course.onset is not None:
            courses += [Course(course.onset), Course(course.onset, grows=True)]
        return min(
            _to_path(truth, self._path(name, sign, c))
            for c in dict.fromkeys(courses)
            for sign in self._signs(name)
        )

    def _signs(self, name: str) -> tuple[float, ...]:
        return (1.0, -1.0) if name.rsplit(".", 1)[1] in ("bias", "scale", "drift", "zero_offset") else (1.0,)

    def _path(self, name: str, sign: float, course: Course) -> FloatArray:
        """Whitened effects of a hypothesis over its sizes, shape (n, d)."""
        key = (name, sign, course) if course.onset is None else None
        if key is not None and key in self._kept:
            return self._kept[key]
        fault = self.rig.faults[name]
        upper = self.effects.largest.get(name, fault.upper)
        sizes = np.geomspace(fault.lower, upper, _SIZES) if upper > fault.lower else np.array([upper])
        path = self._white(self.effects.effect(name, sign * sizes, course))
        if key is not None:
            self._kept[key] = path
        return path

    @cached_property
    def _kept(self) -> dict[tuple[str, float, Course], FloatArray]:
        """Paths of hypotheses that are there from the start."""
        return {}

    def _white(self, effect: FloatArray) -> FloatArray:
        return np.asarray(effect.reshape(effect.shape[0], -1) @ self.rig.whitening.T)


def _to_path(truth: FloatArray, path: FloatArray) -> float:
    """Least distance of a point from a path of straight stretches."""
    away = path - truth
    least = float(np.sqrt((away**2).sum(axis=1)).min())
    steps = np.diff(path, axis=0)
    if not len(steps):
        return least
    length = np.maximum((steps**2).sum(axis=1), 1e-300)
    share = np.clip(-(away[:-1] * steps).sum(axis=1) / length, 0.0, 1.0)
    nearest = away[:-1] + share[:, None] * steps
    return min(least, float(np.sqrt((nearest**2).sum(axis=1)).min()))
