"""Single faults as hypotheses: which there are, their sizes and onsets, and what they do to the features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.sensors import SENSOR_FAULTS, Sensor

__all__ = [
    "FAULTY_TESTS",
    "Course",
    "coordinate",
    "hardware_faults",
    "prior_scale",
    "sensor_effect",
    "sensor_faults",
    "size_at",
    "size_grid",
]

_NEARLY_ALL = 0.85
_ANALYTIC_SENSOR_FAULTS = ("bias", "scale", "drift")
FAULTY_TESTS = 0.25
"""Prior probability that something is wrong with a test at all: tests that are diagnosed are tests of development."""


@dataclass(frozen=True)
class Course:
    """A fault with a time course, its size still open.

    Attributes:
        name: As in `fuel_injector.blockage` or `chamber_pressure.bias`.
        fault: The declaration.
        onset: Seconds after the valves opened; None when present before.
        grows: Grow from the onset instead of stepping.
        sign: Direction of a sensor fault, +1 or -1.
        clears_at: Seconds after the valves opened at which it clears; None when it stays.
        partner: A second fault beside it, with a third one as its own partner; None for a single one. Components with
            one onset set in together, wherever in its window that is.
    """

    name: str
    fault: Fault
    onset: float | None = None
    grows: bool = False
    sign: float = 1.0
    clears_at: float | None = None
    partner: Course | None = None

    @property
    def key(self) -> str:
        """Name of the hypothesis: one fault, or several in alphabetical order."""
        return " + ".join(sorted(c.name for c in self.parts))

    @property
    def parts(self) -> tuple[Course, ...]:
        """The faults by themselves, one to three."""
        return (self,) if self.partner is None else (replace(self, partner=None), *self.partner.parts)

    def beside(self, others: Sequence[Course]) -> Course:
        """Return this fault with others beside it."""
        return replace(self, partner=others[0].beside(others[1:])) if others else replace(self, partner=None)


def hardware_faults(forecaster: Forecaster) -> dict[str, Fault]:
    """Faults of the engine's components that the means of a mainstage can show, by name."""
    return {n: f for n, f in forecaster.compiled.network.faults.items() if f.weighed}


def sensor_faults(sensors: tuple[Sensor, ...]) -> dict[str, tuple[int, Fault]]:
    """Sensor faults that shift readings, by name, with the sensor's column. Computed signals have none."""
    return {
        f"{s.name}.{mode}": (i, SENSOR_FAULTS[mode])
        for i, s in enumerate(sensors)
        if s.kind
        for mode in _ANALYTIC_SENSOR_FAULTS
    }


def prior_scale(forecaster: Forecaster) -> float:
    """Factor on the rates of single faults with which they add up to the share of tests with a fault."""
    rates = sum(f.rate for f in hardware_faults(forecaster).values())
    rates += sum(f.rate for _, f in sensor_faults(forecaster.observation.sensors).values())
    return FAULTY_TESTS / rates if rates else 1.0


def coordinate(fault: Fault, sizes: FloatArray) -> FloatArray:
    """Return the coordinate in which sizes are spread evenly: the logarithm, or the logit.

    The logit serves where nearly all of something can be lost, since the last tenth of an opening matters as much
    as the first.
    """
    logs: FloatArray = np.log(sizes)
    return logs - np.log1p(-sizes) if _NEARLY_ALL < fault.upper < 1.0 else logs


def size_at(fault: Fault, places: FloatArray) -> FloatArray:
    """Return the sizes at coordinates (the inverse of `coordinate`)."""
    if _NEARLY_ALL < fault.upper < 1.0:
        sizes: FloatArray = 1.0 / (1.0 + np.exp(-places))
        return sizes
    exponentials: FloatArray = np.exp(places)
    return exponentials


def size_grid(fault: Fault, count: int) -> FloatArray:
    """Sizes from the smallest worth a name to the largest admissible, evenly spread in the coordinate, (count,)."""
    if not fault.upper > fault.lower:
        return np.array([fault.upper])
    low, high = coordinate(fault, np.array([fault.lower, fault.upper]))
    more = 1 if _NEARLY_ALL < fault.upper < 1.0 else 0
    return size_at(fault, np.linspace(low, high, count + more))


def sensor_effect(forecaster: Forecaster, course: Course, column: int, means: FloatArray) -> FloatArray:
    """Effect of a sensor fault of size one on the features, shape (d,).

    Args:
        forecaster: For rows, sensors and window edges.
        course: The fault.
        column: Column of the sensor.
        means: Features without the fault, shape (d,).
    """
    observation = forecaster.observation
    rows, count = observation.means.shape
    effect = np.zeros((rows, count))
    sensor = observation.sensors[column]
    rest = forecaster.compiled.network.ambient_pressure if sensor.kind == "pressure" else 0.0
    centres = 0.5 * (observation.edges[1:] + observation.edges[:-1])
    after = np.ones(rows)
    if course.onset is not None:
        share = np.clip((observation.edges[1:] - course.onset) / np.diff(observation.edges), 0.0, 1.0)
        after = np.concatenate([[0.0], share])
    if course.fault.name == "bias":
        effect[:, column] = sensor.span * after
    elif course.fault.name == "scale":
        effect[:, column] = (means.reshape(rows, count)[:, column] - rest) * after
    else:
        start = course.onset or 0.0
        ramp = np.clip((centres - start) / max(observation.edges[-1] - start, 1e-6), 0.0, 1.0)
        effect[:, column] = sensor.span * np.concatenate([[0.0], ramp])
    return course.sign * effect.ravel()
