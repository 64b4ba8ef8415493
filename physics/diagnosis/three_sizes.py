"""Integrating the sizes of three faults out of their likelihood together.

As with two (`two_sizes.py`): about the point of a fit the misfit is a parabola over a box. One size is summed over, and
at each of its places the other two are integrated as two are.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.two_sizes import Marginal, areas, best_of_two, given

__all__ = ["best_of_three", "integrate_three"]

_FAR, _NODES, _EVENLY = 6.0, 33, 17
"""Standard deviations about the best, and numbers of places there and over the whole range, of the outer sum."""
_LEAST = 1e-9
"""Share of a curvature that is added to it, so that what shows nothing has some."""


def integrate_three(
    residual: FloatArray, slopes: FloatArray, ends: FloatArray
) -> tuple[float, tuple[Marginal, ...]]:
    """Integrate exp(-|r - S x|^2 / 2) over a box of three sizes.

    Args:
        residual: Whitened residual r, shape (d,).
        slopes: Derivatives S of the features by the coordinates, shape (d, 3).
        ends: Bounds of each coordinate, shape (3, 2).

    Returns:
        Log of the likelihood averaged over the box, and each size by itself.
    """
    square, pull = slopes.T @ slopes + _LEAST * np.eye(3), slopes.T @ residual
    best = best_of_three(square, pull, ends)
    means, found = [], []
    for i in range(3):
        places, logs = _others_out(i, square, pull, ends, float(best[i]))
        log_area, weights = areas(places, logs)
        means.append(float(log_area))
        found.append(Marginal(float(best[i]), places, weights))
    widths = ends[:, 1] - ends[:, 0]
    return means[0] - 0.5 * float(residual @ residual) - float(np.log(widths).sum()), tuple(found)


def _others_out(
    i: int, square: FloatArray, pull: FloatArray, ends: FloatArray, best: float
) -> tuple[FloatArray, FloatArray]:
    """Places of one size, and the log of the likelihood there over that at the origin, the others integrated out."""
    others = [k for k in range(3) if k != i]
    inner, across = square[np.ix_(others, others)], square[i, others]
    free = max(float(square[i, i] - across @ np.linalg.solve(inner, across)), _LEAST * float(square[i, i]))
    steps = np.linspace(-_FAR, _FAR, _NODES)
    near = [best + steps / np.sqrt(curvature) for curvature in (free, float(square[i, i]))]
    low, high = map(float, ends[i])
    places = np.concatenate([*near, np.linspace(low, high, _EVENLY)])
    places = np.unique(np.clip(places, low, high))
    left = pull[others] - places[:, None] * across
    curvature = (inner[0, 0], inner[0, 1], inner[1, 1])
    middle, _ = best_of_two(curvature, left.T, ends[others[0]], ends[others[1]])
    inside, logs = given(0, inner, left, ends[others], middle[0])
    log_area, _ = areas(inside, logs)
    return places, log_area + pull[i] * places - 0.5 * square[i, i] * places**2


def best_of_three(square: FloatArray, pull: FloatArray, ends: FloatArray) -> FloatArray:
    """Maximise p.x - x'Gx / 2 over a box: the best of all ways in which sizes stand at their bounds, or free.

    Args:
        square: G, shape (3, 3).
        pull: p, shape (3,).
        ends: Bounds, shape (3, 2).

    Returns:
        The best x, shape (3,).
    """
    found, highest = ends[:, 0], -np.inf
    for at in product((0, 1, None), repeat=3):
        x = np.array([0.0 if side is None else ends[k, side] for k, side in enumerate(at)])
        free = [k for k, side in enumerate(at) if side is None]
        if free:
            x[free] = np.linalg.solve(square[np.ix_(free, free)], (pull - square @ x)[free])
        if (x < ends[:, 0]).any() or (x > ends[:, 1]).any():
            continue
        gain = float(pull @ x - 0.5 * x @ square @ x)
        if gain > highest:
            found, highest = x, gain
    return found
