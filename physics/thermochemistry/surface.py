"""Bicubic C2 splines on a uniform grid, with three readings of the same coefficients.

    floats    one cell's power basis, Horner, in plain Python
    numpy     the same, gathered for many points at a time
    CasADi    `casadi.bspline` on MX (SX has no look-up); derivatives are exact and continuous

Coefficients are those of cardinal B-splines: a spline through N nodes has N + 2 of them, and the value at a
node is (c[i-1] + 4 c[i] + c[i+1])/6. The two open conditions are "not-a-knot" at either end (de Boor, A
Practical Guide to Splines, chapter IV). Outside the axis the argument is held: a tanh, C2 at the edge, keeps
it inside a small margin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["IN_SCALARS", "Axis", "Surface", "SurfaceColumns", "at_symbol", "fit"]

Array = npt.NDArray[np.float64]

IN_SCALARS = {"never_inline": True}
"""Option of a CasADi function that reads splines: scalar expressions (SX) keep its call as it is."""

_POWER = (
    np.array([[1.0, 4.0, 1.0, 0.0], [-3.0, 0.0, 3.0, 0.0], [3.0, -6.0, 3.0, 0.0], [-1.0, 3.0, -3.0, 1.0]])
    / 6.0
)
"""Rows: powers of the place in the cell; columns: the four coefficients around it."""

_BLOCK = 8192
"""Points evaluated at a time: enough to hide numpy's overhead, few enough to stay in the processor's
cache."""


@dataclass(frozen=True)
class Axis:
    """A uniform axis: `count` nodes from `first`, `step` apart; exact between `low` and `high`."""

    first: float
    step: float
    count: int
    low: float
    high: float

    @classmethod
    def over(cls, low: float, high: float, count: int) -> Axis:
        """Return the axis that is exact from `low` to `high`, with half a cell of margin at either end."""
        step = (high - low) / (count - 2)
        return cls(low - 0.5 * step, step, count, low, high)

    @property
    def nodes(self) -> Array:
        """Places of the nodes."""
        return np.linspace(self.first, self.first + self.step * (self.count - 1), self.count)

    @property
    def margin(self) -> float:
        """How far beyond `low` and `high` a held argument can go; a little short of the last node."""
        return 0.49 * self.step

    @property
    def knots(self) -> list[float]:
        """Knots of the B-splines: the nodes and three more at either end."""
        return [self.first + self.step * k for k in range(-3, self.count + 3)]

    def hold(self, x: float) -> float:
        """Return x inside the axis: itself between `low` and `high`, else drawn smoothly into the margin."""
        if x < self.low:
            return self.low - self.margin * math.tanh((self.low - x) / self.margin)
        if x > self.high:
            return self.high + self.margin * math.tanh((x - self.high) / self.margin)
        return x

    def hold_array(self, x: Array) -> Array:
        """Return `hold` of an array."""
        if x.size and x.min() >= self.low and x.max() <= self.high:
            return x
        inside = np.clip(x, self.low, self.high)
        return inside + self.margin * np.tanh((x - inside) / self.margin)

    def hold_symbol(self, x: Any) -> Any:
        """Return `hold` of a CasADi expression."""
        import casadi

        inside = casadi.fmin(casadi.fmax(x, self.low), self.high)
        return inside + self.margin * casadi.tanh((x - inside) / self.margin)


def fit(values: Array) -> Array:
    """Return B-spline coefficients (N+2, M+2) of the C2 spline through values at the nodes (N, M)."""
    return _fit_columns(_fit_columns(values).T).T


def _fit_columns(values: Array) -> Array:
    n = values.shape[0]
    system = np.zeros((n + 2, n + 2))
    rows = np.arange(n)
    for offset, weight in ((0, 1.0), (1, 4.0), (2, 1.0)):
        system[rows + 1, rows + offset] = weight / 6.0
    # the jump of the third derivative vanishes at the second node and the last but one
    jump = np.array([1.0, -4.0, 6.0, -4.0, 1.0])
    system[0, :5], system[-1, -5:] = jump, jump
    return np.linalg.solve(system, np.vstack([np.zeros(values.shape[1]), values, np.zeros(values.shape[1])]))


@dataclass(frozen=True, eq=False)
class Surface:
    """A scalar function of two arguments.

    Attributes:
        x: First axis.
        y: Second axis.
        coefficients: Shape (x.count + 2, y.count + 2).
    """

    x: Axis
    y: Axis
    coefficients: Array

    @cached_property
    def power_cells(self) -> Array:
        """Power-basis coefficients, shape (16, cells), the power of y running fastest."""
        n, m = self.x.count - 1, self.y.count - 1
        windows = np.lib.stride_tricks.sliding_window_view(self.coefficients, (4, 4))[:n, :m]
        cells = np.einsum("pk,ijkl,ql->pqij", _POWER, windows, _POWER)
        return np.ascontiguousarray(cells.reshape(16, n * m))

    @cached_property
    def at(self) -> Callable[[float, float], float]:
        """Return the value at a point inside the axes: `at(x, y)`, floats (see `Axis.hold`).

        A closure over locals, since attribute look-ups would cost a third of the time.
        """
        x0, per_x, y0, per_y = self.x.first, 1.0 / self.x.step, self.y.first, 1.0 / self.y.step
        columns = self.y.count - 1
        rows = [tuple(cell) for cell in self.power_cells.T.tolist()]

        def at(x: float, y: float) -> float:
            s, t = (x - x0) * per_x, (y - y0) * per_y
            i, j = int(s), int(t)
            s, t = s - i, t - j
            a, b, c, d, e, f, g, h, k, l, m, n, o, p, q, r = rows[i * columns + j]  # noqa: E741
            value: float = (
                ((((r * t + q) * t + p) * t + o) * s + ((n * t + m) * t + l) * t + k) * s
                + ((h * t + g) * t + f) * t + e
            ) * s + ((d * t + c) * t + b) * t + a  # fmt: skip
            return value

        return at

    def at_array(self, x: Array, y: Array) -> Array:
        """Return the values at points inside the axes (equal one-dimensional arrays)."""
        out = np.empty(x.size)
        for start in range(0, x.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            self._block(x[block], y[block], out[block])
        return out

    def _block(self, x: Array, y: Array, out: Array) -> None:
        s, t = (x - self.x.first) * (1.0 / self.x.step), (y - self.y.first) * (1.0 / self.y.step)
        with np.errstate(invalid="ignore"):
            i, j = s.astype(np.intp), t.astype(np.intp)
        s -= i
        t -= j
        i *= self.y.count - 1
        i += j
        cells, one = self.power_cells, np.empty_like(s)
        out[:] = 0.0
        for p in (3, 2, 1, 0):
            row = cells[4 * p + 3].take(i, mode="clip")  # clip: a NaN finds some cell and stays NaN
            for q in (2, 1, 0):
                row *= t
                row += cells[4 * p + q].take(i, mode="clip", out=one)
            out *= s
            out += row


class SurfaceColumns:
    """Reads q surfaces of the same axes at n points inside them: equal one-dimensional arrays x and y."""

    def __init__(self, surfaces: Sequence[Surface]) -> None:
        x, y = surfaces[0].x, surfaces[0].y
        self._cells = np.stack([s.power_cells for s in surfaces], axis=1)
        self._first, self._per_x, self._per_y = (x.first, y.first), 1.0 / x.step, 1.0 / y.step
        self._columns = y.count - 1

    def values(self, x: Array, y: Array) -> Array:
        """Return the values, shape (q, n)."""
        s, t, c = self._placed(x, y)
        rows = ((c[:, 3] * t + c[:, 2]) * t + c[:, 1]) * t + c[:, 0]
        return np.asarray(((rows[3] * s + rows[2]) * s + rows[1]) * s + rows[0])

    def with_slopes(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Return the values, slopes by x and slopes by y, each (q, n)."""
        s, t, c = self._placed(x, y)
        rows = ((c[:, 3] * t + c[:, 2]) * t + c[:, 1]) * t + c[:, 0]
        by_t = (3.0 * c[:, 3] * t + 2.0 * c[:, 2]) * t + c[:, 1]
        value = ((rows[3] * s + rows[2]) * s + rows[1]) * s + rows[0]
        by_s = (3.0 * rows[3] * s + 2.0 * rows[2]) * s + rows[1]
        across = ((by_t[3] * s + by_t[2]) * s + by_t[1]) * s + by_t[0]
        return value, by_s * self._per_x, across * self._per_y

    def _placed(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Places in the cells, and coefficients of the cells, shape (4, 4, q, n)."""
        s, t = (x - self._first[0]) * self._per_x, (y - self._first[1]) * self._per_y
        i, j = s.astype(np.intp), t.astype(np.intp)
        # clip: a NaN finds some cell and stays NaN
        c = self._cells.take(i * self._columns + j, axis=2, mode="clip")
        return s - i, t - j, c.reshape(4, 4, -1, x.size)


def at_symbol(surfaces: Sequence[Surface], place: Any) -> Any:
    """Return the CasADi MX column of several surfaces' values at one place, the column (x, y).

    The surfaces share their axes; one node of the graph evaluates all, so that a second costs little.
    """
    import casadi

    x, y = surfaces[0].x, surfaces[0].y
    flat = np.stack([s.coefficients.ravel(order="F") for s in surfaces], axis=1).ravel().tolist()
    options = {"lookup_mode": ["exact", "exact"]}
    return casadi.bspline(place, flat, [x.knots, y.knots], [3, 3], len(surfaces), options)
