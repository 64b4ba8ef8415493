"""What a published figure is, how it is read off the model, and what was fitted to get there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hotfire.physics.trimming import OperatingPoint

PSI, LBF, LB, RPM, HP = 6894.757, 4.4482216, 0.45359237, math.pi / 30.0, 745.69987
Reading = str | Callable[[OperatingPoint], float]


@dataclass(frozen=True)
class Row:
    """A published figure and how to read it off the model.

    Attributes:
        what: The figure in words.
        reading: Output of the model, or how to work it out.
        published: The figure.
        unit: Its unit.
        si: That unit in SI.
        pressure: `total` or `static` for a pressure, by what the source says; `tap` where it does not say.
        sigma: Published standard deviation of the figure from engine to engine; None where there is none.
    """

    what: str
    reading: Reading
    published: float
    unit: str
    si: float = 1.0
    pressure: str = ""
    sigma: float | None = None


@dataclass(frozen=True)
class TestPoint:
    """Published operating point: what it is trimmed to, by which parameters, and what is then predicted.

    Attributes:
        name: As in the tables.
        wanted: Readings to hold, SI; none where it is enough to fix parameters.
        by: Parameters that hold them.
        rows: What is predicted.
        fixed: Parameters held at another value than the engine file's, SI.
        otherwise: What to ask instead where a trim would have to pass its limit.
    """

    name: str
    wanted: Mapping[str, float]
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)
    otherwise: TestPoint | None = None


@dataclass(frozen=True)
class Case:
    """One engine: its fit, what is predicted at the same point, and other points.

    Attributes:
        engine: Name of its file.
        wanted: Readings that the fit holds, SI.
        by: Parameters fitted.
        rows: What is predicted at the fitted point.
        points: Other operating points.
        pressure: Whether the pressures of `wanted` are `total` or `static`.
        against: Name of the test point against which the changes of the other tests are shown; none where empty.
        disputed: Figures of a point on which two published tables disagree: shown, not counted.
        variants: Other published values of parameters, SI, by what they are: shown at the test points, not counted.
    """

    engine: str
    wanted: Mapping[str, float]
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    points: tuple[TestPoint, ...] = field(default_factory=tuple)
    pressure: str = "total"
    against: str = ""
    disputed: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    variants: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def specific_impulse(point: OperatingPoint) -> float:
    """Thrust over the flow through the nozzle, s."""
    return point["nozzle.thrust"] / (9.80665 * point["nozzle.inlet.flow"])


def share(part: str, whole: str) -> Reading:
    """Return a reading: one output over another."""
    return lambda point: point[part] / point[whole]


def rise(high: str, low: str) -> Reading:
    """Return a reading: one output less another."""
    return lambda point: point[high] - point[low]


def value(point: OperatingPoint, reading: Reading) -> float:
    """Read a figure off an operating point, SI."""
    return point[reading] if isinstance(reading, str) else reading(point)
