"""A chart of a real fluid read for many cases at a time, with its slopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.vectorised import Vectorised

__all__ = ["ChartColumns"]


@dataclass(frozen=True, eq=False)
class ChartColumns:
    """Reads quantities at columns (n,) of enthalpies in J/kg and pressures in Pa.

    Attributes:
        read: Values of q logarithms at (x, y) and their slopes by both, each (q, n).
        place: (x, y) of (enthalpy, pressure), with slopes.
        mixture: Weight and q logarithms of the mixture of liquid and vapour, with slopes; None where nothing boils.
        boils_below: Pressure below which there may be a mixture, Pa. Few cases are there, and only those are asked.
    """

    read: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]
    place: Vectorised
    mixture: Vectorised | None
    boils_below: float

    def __call__(self, columns: Sequence[FloatArray]) -> list[FloatArray]:
        """Return values, slopes by the enthalpy and slopes by the pressure: 3 q columns (n,)."""
        (x, y), slopes = (part.T for part in self.place([column[:, None] for column in columns]))
        value, by_x, by_y = self.read(x, y)
        by_first = by_x * slopes[0] + by_y * slopes[1]
        by_second = by_x * slopes[2] + by_y * slopes[3]
        if self.mixture is not None:
            inside = np.flatnonzero(columns[1] < self.boils_below)
            if inside.size:
                parts = value[:, inside], by_first[:, inside], by_second[:, inside]
                mixed = self._mixed(self.mixture, [column[inside, None] for column in columns], *parts)
                value[:, inside], by_first[:, inside], by_second[:, inside] = mixed
        value = np.exp(value)
        return [*value, *(value * by_first), *(value * by_second)]

    @staticmethod
    def _mixed(
        mixture: Vectorised,
        columns: Sequence[FloatArray],
        value: FloatArray,
        by_first: FloatArray,
        by_second: FloatArray,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Draw logarithms and slopes from the chart towards the mixture by its weight."""
        there, slopes = (part.T for part in mixture(columns))
        (weight, logs), rows = (there[0], there[1:]), len(there)
        fall, rest = logs - value, 1.0 - weight
        by_first = rest * by_first + slopes[0] * fall + weight * slopes[1:rows]
        by_second = rest * by_second + slopes[rows] * fall + weight * slopes[rows + 1 :]
        return value + weight * fall, by_first, by_second
