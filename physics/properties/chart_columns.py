"""A chart of a real fluid read for many cases at a time, with its slopes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.properties.coordinates import Coordinates, Dome, polynomial
from hotfire.physics.thermochemistry.surface import Axis, SurfaceColumns
from hotfire.physics.vectorised import Vectorised

__all__ = ["ChartColumns"]


@dataclass(frozen=True, eq=False)
class ChartColumns:
    """Reads quantities at columns (n,) of enthalpies in J/kg and pressures in Pa.

    Attributes:
        read: Surfaces of q logarithms over (x, y).
        coordinates, x_axis, y_axis: The way to (x, y), and where that is inside the chart.
        held: (x, y) of (enthalpy, pressure), with slopes, also where it is drawn into the chart from outside.
        dome: Where liquid and vapour are mixed; None where nothing boils.
        mixture: Weight and q logarithms of the mixture, with slopes; None where nothing boils.
    """

    read: SurfaceColumns
    coordinates: Coordinates
    x_axis: Axis
    y_axis: Axis
    held: Vectorised
    dome: Dome | None
    mixture: Vectorised | None

    def __call__(self, columns: Sequence[FloatArray]) -> list[FloatArray]:
        """Return values, slopes by the enthalpy and slopes by the pressure: 3 q columns (n,)."""
        with np.errstate(invalid="ignore", divide="ignore"):  # logarithms from outside the chart
            (x, y), (x_by_first, x_by_second, y_by_second) = self._place(*columns)
        value, by_x, by_y = self.read.with_slopes(x, y)
        by_first, by_second = by_x * x_by_first, by_x * x_by_second
        by_y *= y_by_second
        by_second += by_y
        if self.dome is not None and self.mixture is not None:
            inside = self._boiling(self.dome, *columns)
            if inside.size:
                parts = value[:, inside], by_first[:, inside], by_second[:, inside]
                mixed = self._mixed(self.mixture, [column[None, inside] for column in columns], *parts)
                value[:, inside], by_first[:, inside], by_second[:, inside] = mixed
        np.exp(value, out=value)
        by_first *= value
        by_second *= value
        return [*value, *by_first, *by_second]

    def values(self, columns: Sequence[FloatArray]) -> list[FloatArray]:
        """Return the values alone: q columns (n,)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            (x, y), _ = self._place(*columns)
        value = self.read.values(x, y)
        if self.dome is not None and self.mixture is not None:
            inside = self._boiling(self.dome, *columns)
            if inside.size:
                there, _ = self.mixture.rows([column[None, inside] for column in columns])
                value[:, inside] += there[0] * (there[1:] - value[:, inside])
        return list(np.exp(value, out=value))

    def _place(
        self, enthalpy: FloatArray, pressure: FloatArray
    ) -> tuple[Sequence[FloatArray], Sequence[FloatArray]]:
        """Return (x, y), and the slopes of x by enthalpy and pressure and of y by pressure.

        What `Coordinates` says, differentiated by hand: where all cases are inside the chart, as they nearly always
        are, that takes a third of the calls.
        """
        coordinates = self.coordinates
        low, high = coordinates.log_pressures
        log_p = np.log(pressure)
        share = pressure * math.exp(-high)
        above = enthalpy - polynomial(coordinates.coldest, share)
        scaled = above * (1.0 / coordinates.scale)
        scaled += 1.0
        (x_size, x_place, x_width), (y_size, y_place, y_width) = coordinates.x_bump, coordinates.y_bump
        x_bend, y_bend = np.tanh((above - x_place) / x_width), np.tanh((log_p - y_place) / y_width)
        x, y = np.log(scaled) + x_size * x_bend, log_p + y_size * y_bend
        inside = _within(log_p, low, high) and _within(scaled, 0.5, math.inf)
        if not (inside and _inside(x, self.x_axis) and _inside(y, self.y_axis)):
            place, slopes = self.held.rows([enthalpy[None], pressure[None]])
            return tuple(place), (slopes[0], slopes[2], slopes[3])
        x_by_above = (1.0 / coordinates.scale) / scaled + (x_size / x_width) * (1.0 - x_bend * x_bend)
        x_by_second = x_by_above * polynomial(self._coldest_slope, share)
        y_by_second = (1.0 + y_size / y_width - (y_size / y_width) * (y_bend * y_bend)) / pressure
        return (x, y), (x_by_above, x_by_second, y_by_second)

    @cached_property
    def _coldest_slope(self) -> tuple[float, ...]:
        """Coefficients of what a higher pressure takes from the enthalpy above the coldest, by the pressure."""
        top = math.exp(-self.coordinates.log_pressures[1])
        return tuple(-top * k * c for k, c in enumerate(self.coordinates.coldest))[1:]

    def _boiling(self, dome: Dome, enthalpy: FloatArray, pressure: FloatArray) -> np.ndarray:
        """Rows in the dome, outside which the mixture has no weight. What is no number is not in it."""
        below = np.flatnonzero(pressure < math.exp(dome.log_highest))
        if not below.size:
            return below
        if below.size < pressure.size:
            enthalpy, pressure = enthalpy[below], pressure[below]
        liquid, vapour = polynomial(self._ends, dome.argument(self.coordinates.log_pressure(pressure)))
        return np.asarray(below[(liquid < enthalpy) & (enthalpy < vapour)])

    @cached_property
    def _ends(self) -> tuple[FloatArray, ...]:
        """Coefficients of the enthalpies of boiling liquid and dry vapour, both at once: each (2, 1)."""
        assert self.dome is not None
        pairs = zip(self.dome.liquid_enthalpy, self.dome.vapour_enthalpy, strict=True)
        return tuple(np.array(pair)[:, None] for pair in pairs)

    @staticmethod
    def _mixed(
        mixture: Vectorised,
        columns: Sequence[FloatArray],
        value: FloatArray,
        by_first: FloatArray,
        by_second: FloatArray,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Draw logarithms and slopes from the chart towards the mixture by its weight."""
        there, slopes = mixture.rows(columns)
        (weight, logs), rows = (there[0], there[1:]), len(there)
        fall, rest = logs - value, 1.0 - weight
        by_first = rest * by_first + slopes[0] * fall + weight * slopes[1:rows]
        by_second = rest * by_second + slopes[rows] * fall + weight * slopes[rows + 1 :]
        return value + weight * fall, by_first, by_second


def _within(column: FloatArray, low: float, high: float) -> bool:
    """Whether a whole column is between two figures; what is no number is not."""
    return bool(column.min() >= low and column.max() <= high)


def _inside(column: FloatArray, axis: Axis) -> bool:
    return _within(column, axis.low, axis.high)
