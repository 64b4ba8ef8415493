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
    """A published figure and how to read it off the model; `as_` says what it is: total, static, wall tap ..."""

    what: str
    reading: Reading
    published: float
    unit: str
    si: float = 1.0
    as_: str = ""
    sigma: float | None = None


@dataclass(frozen=True)
class TestPoint:
    """Measured operating point: what it is trimmed to, by which parameters, and what is then predicted.

    `otherwise` are trims for where the first ones do not reach it, with a word that says so.
    """

    name: str
    wanted: Mapping[str, float]
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    otherwise: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Variant:
    """The same engine with some parameters changed by a factor, to see what a deviation comes from."""

    title: str
    factors: Mapping[str, float]
    by: Mapping[str, str] = field(default_factory=dict)
    """Trims that take the place of others."""


@dataclass(frozen=True)
class Case:
    """One engine: its fit, what is predicted at the same point, other points, and variants of it."""

    engine: str
    wanted: Mapping[str, float]
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    points: tuple[TestPoint, ...] = ()
    variants: tuple[Variant, ...] = ()


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
