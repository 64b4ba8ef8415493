"""Steps from a fault to a sensor in units and in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotfire.diagnosis import CausalStep, Effect, FaultEstimate, Hypothesis, Symptom
from hotfire.engine import Engine
from hotfire.figures import difference_unit, number, percent
from hotfire.log import Channel
from hotfire.physics.declaration import KINDS
from hotfire.physics.sensors import Sensor

if TYPE_CHECKING:
    from hotfire.physics.influence import Influence, Influences
    from hotfire.physics.units import Unit

__all__ = ["OWN_FAULT", "Wording", "signed"]

OWN_FAULT = "the sensor itself"
"""What stands for the equation where a sensor's own fault moves its reading."""
_ENGINEERING = {"Pa": "bar", "rad/s": "rpm", "W": "kW", "m^2": "mm^2"}
"""Unit of what no sensor measures, by SI unit; others stay."""
_BETWEEN = 4
"""Quantities that a sentence tells between the fault and the sensor."""


@dataclass(frozen=True, eq=False)
class Wording:
    """Units and words of one engine and log.

    Attributes:
        engine: The engine.
        used: Channel by sensor.
    """

    engine: Engine
    used: Mapping[str, Channel]

    def unit_of_sensor(self, sensor: Sensor) -> str:
        """Return the unit in which the log gives a sensor, that of the engine file where it does not say."""
        channel = self.used.get(sensor.name)
        return (channel.unit if channel else None) or sensor.unit

    def difference(self, change: float, unit: str) -> float:
        """Return a change in SI in a unit."""
        return change / _parsed(unit).scale if unit else change

    def amount(self, change: float, sensor: Sensor) -> str:
        """Write a change of a sensor's reading, in SI, in the unit of the log, with three digits."""
        unit = self.unit_of_sensor(sensor)
        return f"{self.difference(change, unit):+.3g} {difference_unit(unit)}".rstrip()

    def reading(self, value: float, sensor: Sensor) -> float:
        """Return a sensor's reading in SI in the unit of the log."""
        return self.value(value, self.unit_of_sensor(sensor))

    def steps(self, influences: Influences, way: Sequence[Influence]) -> tuple[CausalStep, ...]:
        """Put a way through the engine into steps, the fault first."""
        if not way:
            return ()
        fault = way[0].cause
        steps = [CausalStep(fault, influences.before[fault], influences.after[fault], "", "", 1.0)]
        for influence in way:
            unit = self._unit(influence.effect)
            sound, faulty = (
                self.value(values[influence.effect], unit) for values in (influences.before, influences.after)
            )
            equation = ": ".join(p for p in (influence.component, influence.balance) if p)
            quantity = self._at(influence.effect, influence.component)
            steps.append(CausalStep(quantity, sound, faulty, unit, equation, influence.share))
        return tuple(steps)

    def of_sensor(self, sensor: Sensor, fault: str, reading: float, added: float) -> tuple[CausalStep, ...]:
        """Put a sensor's own fault into steps: it adds to a reading in SI."""
        unit = self.unit_of_sensor(sensor)
        sound, faulty = self.value(reading, unit), self.value(reading + added, unit)
        return (
            CausalStep(fault, 0.0, self.difference(added, unit), unit, "", 1.0),
            CausalStep(sensor.name, sound, faulty, unit, OWN_FAULT, 1.0),
        )

    def sentence(self, effect: Effect, hypothesis: Hypothesis, symptom: Symptom | None) -> str:
        """Say in one sentence how a hypothesis moves a sensor, or that it does not."""
        name = _words(effect.sensor)
        shown = self._measured(effect)
        if not effect.steps:
            left = effect.sensor in hypothesis.unexplained
            verdict = "not explained" if left else "hardly moved by this, and within tolerances"
            return f"{name}: {verdict}{shown}"
        fault, *rest = effect.steps
        estimate = next(f for f in hypothesis.faults if f.name == fault.quantity)
        parts = [self._fault(estimate)]
        between = _telling(rest)[:-1]
        gap = len(between) > _BETWEEN
        for i, step in enumerate(between):
            if not gap or i < _BETWEEN // 2 or i >= len(between) - _BETWEEN // 2:
                parts.append(f"{_words(step.quantity)} {_change(step)}")
            elif i == _BETWEEN // 2:
                parts.append("...")
        parts.append(f"{name} {_change(rest[-1])}{shown}")
        return " -> ".join(parts) + self._rest(effect, symptom)

    def _rest(self, effect: Effect, symptom: Symptom | None) -> str:
        """Say how much of a symptom is not the faults', where that is most of it."""
        if symptom is None:
            return ""
        scale = _parsed(symptom.unit).scale if symptom.unit else 1.0
        whole = self.difference((symptom.measured - symptom.expected) * scale, effect.unit)
        moved = effect.steps[-1].faulty - effect.steps[-1].sound
        if abs(moved) >= 0.5 * abs(whole):
            return ""
        return f"; the rest of its {signed(whole, effect.unit)} is within tolerances"

    def _fault(self, estimate: FaultEstimate) -> str:
        name = f"{_words(estimate.component)} {_words(estimate.mode)}"
        size = estimate.size
        only_there = size is None or size.low == size.value == size.high == 1.0
        return name if only_there or size is None else f"{name} {percent(size.value)}"

    def _measured(self, effect: Effect) -> str:
        if effect.measured_change is None or effect.deviations is None:
            return ""
        change = signed(effect.measured_change, effect.unit)
        return f" (measured {change}, {number(effect.deviations, 2)} sigma)"

    def _unit(self, name: str) -> str:
        """Return the unit of a quantity: its sensor's, that of a sensor of its kind, or an engineering unit."""
        for sensor in self.engine.sensors.values():
            if sensor.measures == name:
                return self.unit_of_sensor(sensor)
        si = self._si(name)
        if not si:
            return ""
        for sensor in self.engine.sensors.values():
            unit = self.unit_of_sensor(sensor)
            if unit and _parsed(unit, sensor.kind).si == si:
                return unit
        return _ENGINEERING.get(si, si)

    def _si(self, name: str) -> str:
        """Return the SI unit of an unknown, a state or an output."""
        network, (place, *_, last) = self.engine.network, name.split(".")
        kind = network.components[place].kind if place in network.components else None
        if name in network.unknown_kinds:
            return KINDS[network.unknown_kinds[name]]
        if kind is not None:
            own = dict(kind.outputs) | {s.name: s.unit for s in kind.states}
            if name == f"{place}.{last}" and last in own:
                return own[last]
        return KINDS.get(last, "")

    def value(self, value: float, unit: str) -> float:
        """Return a value in SI in a unit, gauge where the unit is gauge."""
        from hotfire.physics.units import from_si, is_unit

        if not is_unit(unit):
            return value  # in the SI unit of what no log is written in, such as J/kg
        read = _parsed(unit)
        if read.kind == "pressure" and read.reference is None:
            read = read.with_reference("absolute")
        return float(from_si(np.array([value]), read, ambient=self.engine.network.ambient_pressure)[0])

    def _at(self, name: str, component: str) -> str:
        """Name a stream's quantity by the end at the component whose equation gives it."""
        for stream in self.engine.network.streams:
            if name in stream.unknowns():
                for end in (stream.source, stream.target):
                    if end[0] == component:
                        return f"{end[0]}.{end[1]}.{name.rsplit('.', 1)[-1]}"
        return name


def _parsed(unit: str, kind: str | None = None) -> Unit:
    from hotfire.physics.units import parse_unit

    return parse_unit(unit, kind)


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")


def _telling(steps: Sequence[CausalStep]) -> list[CausalStep]:
    """Leave out steps between two of their own kind that go the same way: pressures along a line."""

    def like(step: CausalStep) -> tuple[str, bool]:
        return step.quantity.rsplit(".", 1)[-1], step.faulty > step.sound

    inner = range(1, len(steps) - 1)
    dull = {i for i in inner if like(steps[i - 1]) == like(steps[i]) == like(steps[i + 1])}
    return [step for i, step in enumerate(steps) if i not in dull]


def _change(step: CausalStep) -> str:
    return signed(step.faulty - step.sound, step.unit)


def signed(change: float, unit: str) -> str:
    """Write a change with its sign and two digits, in the unit of differences."""
    sign = "-" if math.copysign(1.0, change) < 0.0 else "+"
    return f"{sign}{number(abs(change), 2)} {difference_unit(unit)}".rstrip()
