"""Which faults a case has: drawn by the protocol, with sizes from the smallest that is detectable on the plant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.scenarios.effects import ANALYTIC, SEEN, Course, Effects
from hotfire.scenarios.protocol import Protocol
from hotfire.scenarios.readings import SensorFault
from hotfire.scenarios.rig import Rig
from hotfire.scenarios.settings import Setting, candidates

__all__ = ["Dice", "Draw", "DrawnFault", "described"]

_MULTIPLES = (0.001, 0.0689, 0.145, 0.5, 2.0, 6.895, 14.5, 1000.0)
"""Mixed-up units and pulses per turn."""
_LOUD = 4.0
"""Least scatter over the usual of a sensor that is called noisy."""
_SPOILT = ("freeze", "dropout", "noise")
"""What corrupted sensors suffer: it shows by the signal."""


@dataclass(frozen=True)
class DrawnFault:
    """One fault of one case.

    Attributes:
        name: As in `fuel_injector.blockage`.
        size: As the mode means it.
        course: In time.
        distance: From the sound engine on the plant in standard deviations; infinite where the signal shows it.
    """

    name: str
    size: float
    course: Course
    distance: float

    @property
    def detectable(self) -> bool:
        """Whether the sensors show it."""
        return self.distance >= SEEN


@dataclass(frozen=True)
class Draw:
    """What a case holds: its faults, and sensors that are spoilt beside them.

    Attributes:
        hardware: Faults of components; they set in together.
        sensors: Faults of sensors.
        spoilt: Sensors whose signal shows that they are spoilt; not asked for.
    """

    hardware: tuple[DrawnFault, ...] = ()
    sensors: tuple[DrawnFault, ...] = ()
    spoilt: tuple[DrawnFault, ...] = ()

    @property
    def faults(self) -> tuple[DrawnFault, ...]:
        """What is asked for."""
        return (*self.hardware, *self.sensors)


class Dice:
    """Draws cases of one setting."""

    def __init__(self, setting: Setting, rig: Rig, effects: Effects, protocol: Protocol) -> None:
        self.setting, self.rig, self.effects, self.protocol = setting, rig, effects, protocol
        names = candidates(rig, setting, protocol)
        own = {s.name for s in rig.sensors}
        self.hardware = [n for n in names if n.rsplit(".", 1)[0] not in own and n in effects.sizes]
        self.sensors = [n for n in names if n.rsplit(".", 1)[0] in own]

    def draw(self, random: np.random.Generator) -> Draw:
        """Draw one case."""
        axis = self.setting.axis
        if axis == "several":
            hardware, sensors = self.protocol.shifts[axis]["counts"][self.setting.level - 1]
            return self._several(int(hardware), int(sensors), random)
        if axis != "unseen_mode" and random.random() < self.protocol.nominal:
            return self._spoil(Draw(), random)
        if self.sensors and (not self.hardware or random.random() < self.protocol.sensors):
            return self._spoil(self._several(0, 1, random), random)
        return self._spoil(self._several(1, 0, random), random)

    def _several(self, hardware: int, sensors: int, random: np.random.Generator) -> Draw:
        """Draw so many faults, each of its own place."""
        course = self._course(random)
        drawn = []
        for name in self._apart(self.hardware, hardware, random):
            drawn.append(self._hardware(name, course, random))
        read = [self._sensor(n, random) for n in self._apart(self.sensors, sensors, random)]
        if len({f.course for f in drawn}) > 1:
            # Faults of one run set in together: by a step, or from the start where one of them knows no onset.
            initial = any(self.rig.faults[f.name].initial for f in drawn)
            together = Course() if initial else Course(course.onset)
            drawn = [self._sized(f.name, together, random) for f in drawn]
        return Draw(tuple(drawn), tuple(read))

    def _apart(self, names: list[str], count: int, random: np.random.Generator) -> list[str]:
        """Choose names of different owners."""
        chosen: list[str] = []
        for name in random.permutation(names) if count else ():
            if len(chosen) < count and name.rsplit(".", 1)[0] not in {c.rsplit(".", 1)[0] for c in chosen}:
                chosen.append(str(name))
        return chosen

    def _course(self, random: np.random.Generator) -> Course:
        """Draw an onset; whether a fault grows is drawn with the fault."""
        if random.random() < self.protocol.from_the_start:
            return Course()
        edges = self.rig.edges
        share = random.uniform(*self.protocol.onsets)
        return Course(float(edges[0] + share * (edges[-1] - edges[0])))

    def _hardware(self, name: str, course: Course, random: np.random.Generator) -> DrawnFault:
        fault = self.rig.faults[name]
        grows = random.random() < self.protocol.growing
        if fault.initial:
            course = Course()
        elif fault.grows and grows and course.onset is not None:
            course = Course(course.onset, grows=True)
        return self._sized(name, course, random)

    def _sensor(self, name: str, random: np.random.Generator) -> DrawnFault:
        """Draw a fault of a sensor: offsets and proportions either way."""
        mode = name.rsplit(".", 1)[1]
        fault = self.rig.faults[name]
        course = Course() if fault.initial else self._course(random)
        if mode == "wrong_multiple":
            size = float(random.choice(_MULTIPLES))
            return self._measured(name, size, course)
        if mode not in ANALYTIC:
            low = max(fault.lower, _LOUD) if mode == "noise" else fault.lower
            return DrawnFault(name, _log_uniform(low, fault.upper, random), course, float("inf"))
        drawn = self._sized(name, course, random)
        sign = 1.0 if mode in ("reversed", "swapped") else float(random.choice([-1.0, 1.0]))
        return DrawnFault(drawn.name, sign * drawn.size, drawn.course, drawn.distance)

    def _sized(self, name: str, course: Course, random: np.random.Generator) -> DrawnFault:
        """Draw a size between the smallest detectable and the largest; a few cases without regard to detectability."""
        fault = self.rig.faults[name]
        largest = self.effects.largest.get(name, fault.upper)
        blind = random.random() < self.protocol.undetectable
        smallest = None if blind else self.effects.smallest(name, course)
        low = min(fault.lower, largest) if blind else smallest
        size = largest if low is None else _log_uniform(low, largest, random)
        return self._measured(name, size, course)

    def _measured(self, name: str, size: float, course: Course) -> DrawnFault:
        far = self.effects.distance(self.effects.effect(name, np.array([size]), course))
        return DrawnFault(name, size, course, float(far[0]))

    def smaller(self, fault: DrawnFault) -> DrawnFault:
        """Return a fault half as far from nothing, for a run that the plant cannot do."""
        low = self.effects.smallest(fault.name, fault.course) or self.rig.faults[fault.name].lower
        return self._measured(fault.name, float(np.sqrt(low * fault.size)), fault.course)

    def _spoil(self, draw: Draw, random: np.random.Generator) -> Draw:
        """Spoil other sensors on the axis of corrupted ones."""
        if self.setting.axis != "corrupted_sensors":
            return draw
        count = int(self.protocol.shifts[self.setting.axis]["count"][self.setting.level - 1])
        taken = {f.name.rsplit(".", 1)[0] for f in draw.sensors}
        others = [s.name for s in self.rig.engine.sensors.values() if s.name not in taken]
        chosen = random.permutation(others)[: min(count, max(len(others) - 2, 0))]
        spoilt = [self._sensor(f"{s}.{random.choice(_SPOILT)}", random) for s in chosen]
        return Draw(draw.hardware, draw.sensors, tuple(spoilt))

    def read_faults(self, draw: Draw) -> tuple[SensorFault, ...]:
        """Faults of sensors as the readings need them."""
        return self._of_sensors((*draw.sensors, *draw.spoilt))

    def signals(self, draw: Draw) -> tuple[SensorFault, ...]:
        """Faults of sensors that show by the signal, asked for or not."""
        shown = [f for f in draw.sensors if f.name.rsplit(".", 1)[1] not in ANALYTIC]
        return self._of_sensors((*shown, *draw.spoilt))

    def _of_sensors(self, faults: Sequence[DrawnFault]) -> tuple[SensorFault, ...]:
        columns = {s.name: i for i, s in enumerate(self.rig.sensors)}
        return tuple(
            SensorFault(columns[owner], mode, f.size, f.course)
            for f in faults
            for owner, mode in (f.name.rsplit(".", 1),)
        )


def _log_uniform(low: float, high: float, random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(max(low, high)))))


def described(draw: Draw, rig: Rig) -> list[dict[str, Any]]:
    """Return the truth of a case as plain values."""
    sensors = {f.name for f in draw.sensors}
    return [
        {
            "name": f.name,
            "label": rig.labels[f.name].words,
            "kind": "sensor" if f.name in sensors else "hardware",
            "size": float(f"{f.size:.6g}"),
            "onset": None if f.course.onset is None else round(f.course.onset, 4),
            "grows": f.course.grows,
            "distance": None if f.distance == float("inf") else float(f"{f.distance:.4g}"),
            "detectable": f.detectable,
        }
        for f in draw.faults
    ]
