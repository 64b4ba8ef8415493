"""Integrating the sizes of up to two faults out of their likelihood together.

About the point of a fit the features are linear in the coordinates of the sizes, so the misfit is a parabola over a
box. Given one size the integral over the other is a difference of normal distribution functions, as for a single fault;
over the first it is summed, so that bounds and directions that nothing is known of do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.size_integral import integrate_size

__all__ = ["Marginal", "areas", "best_of_two", "given", "integrate_sizes"]

_FAR, _NODES, _EVENLY = 6.0, 65, 33
"""Standard deviations about the best, and numbers of nodes there and over the whole range, of the outer integral."""

_NOTHING = 1e-30
"""Least curvature by a size."""
_APART = 1e-12
"""Correlation of two sizes below which one does not move the other: a bound of the other then turns nothing."""


@dataclass(frozen=True, eq=False)
class Marginal:
    """One size of several.

    Attributes:
        best: Coordinate of the least misfit of all sizes together.
        places: Coordinates in rising order, shape (q,).
        weights: Posterior weights of the places, the other sizes integrated out, shape (q,).
    """

    best: float
    places: FloatArray
    weights: FloatArray


def integrate_sizes(
    residual: FloatArray, slopes: FloatArray, ends: FloatArray
) -> tuple[float, tuple[Marginal, ...]]:
    """Integrate exp(-|r - S x|^2 / 2) over a box of up to two sizes.

    Args:
        residual: Whitened residual r, shape (d,).
        slopes: Derivatives S of the features by the coordinates, shape (d, m), m at most 2.
        ends: Bounds of each coordinate, shape (m, 2).

    Returns:
        Log of the likelihood averaged over the box, and each size by itself.
    """
    chi = float(residual @ residual)
    if not len(ends):
        return -0.5 * chi, ()
    if len(ends) == 1:
        one = integrate_size(ends[0], residual - ends[0][:, None] * slopes[:, 0])
        return one.log_mean, (Marginal(one.best, one.places, one.weights),)
    square, pull = slopes.T @ slopes + 1e-9 * np.eye(2), slopes.T @ residual
    best, _ = best_of_two((square[0, 0], square[0, 1], square[1, 1]), pull, ends[0], ends[1])
    means, found = [], []
    for i in (0, 1):
        places, logs = given(i, square, pull, ends, best[i])
        log_area, weights = areas(places, logs)
        means.append(float(log_area))
        found.append(Marginal(float(best[i]), places, weights))
    widths = ends[:, 1] - ends[:, 0]
    return means[0] - 0.5 * chi - float(np.log(widths).sum()), tuple(found)


def areas(places: FloatArray, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Integrate a likelihood that is known by its logarithm at places, straight in the logarithm between them.

    That is exact where a bound cuts the likelihood off far from its peak.

    Args:
        places: In rising order along the last axis, shape (..., q).
        logs: Of the likelihood there, same shape.

    Returns:
        Log of the integral, shape (...), and the weight of each place, shape (..., q).
    """
    peak = logs.max(axis=-1, keepdims=True)
    fall = np.maximum(np.abs(np.diff(logs)), 1e-9)
    own = np.exp(np.maximum(logs[..., 1:], logs[..., :-1]) - peak) * -np.expm1(-fall) / fall * np.diff(places)
    nothing = np.zeros((*own.shape[:-1], 1))
    weights = 0.5 * (np.concatenate([own, nothing], axis=-1) + np.concatenate([nothing, own], axis=-1))
    total = own.sum(axis=-1)
    return np.log(total) + peak[..., 0], weights / total[..., None]


def given(
    i: int, square: FloatArray, pull: FloatArray, ends: FloatArray, best: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Places of one size, and the log of the likelihood there over that at the origin, the other integrated out.

    Args:
        i: Which of the two sizes, 0 or 1.
        square: Curvature G, shape (2, 2).
        pull: p of the likelihood exp(p.x - x'Gx / 2), shape (..., 2).
        ends: Bounds of each size, shape (2, 2).
        best: The likeliest place of size i, shape (...).

    Returns:
        Places in rising order and the logs there, shape (..., q).
    """
    from scipy.special import log_ndtr

    other = 1 - i
    across, own = float(square[0, 1]), float(square[other, other])
    low_end, high_end = map(float, ends[i])
    free = max(float(square[i, i]) - across**2 / own, 1e-9 * float(square[i, i]))
    steps = np.linspace(-_FAR, _FAR, _NODES)
    narrow = steps / np.sqrt(float(square[i, i]))
    middle, pulled = np.asarray(best)[..., None], pull[..., other, None]
    near = [middle + steps / np.sqrt(free), middle + narrow]
    if abs(across) > _APART * np.sqrt(own * float(square[i, i])):
        # Where the other size would reach a bound, the likelihood turns as fast as with that size fixed.
        near += [(pulled - own * end) / across + narrow for end in ends[other]]
    even = np.linspace(low_end, high_end, _EVENLY) + 0.0 * middle
    places = np.clip(np.concatenate([*near, even], axis=-1), low_end, high_end)
    places = np.unique(places) if places.ndim == 1 else np.sort(places, axis=-1)
    at = (pulled - across * places) / own
    low, high = ((end - at) * np.sqrt(own) for end in ends[other])
    flip = low > 0.0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    above, below = log_ndtr(high), log_ndtr(low)
    area = above + np.log1p(-np.minimum(np.exp(below - above), 1.0 - 1e-15))
    gain = pull[..., i, None] * places - 0.5 * square[i, i] * places**2 + 0.5 * own * at**2
    return places, gain + area + 0.5 * np.log(2.0 * np.pi / own)


def best_of_two(
    curvature: tuple[FloatArray, FloatArray, FloatArray],
    pull: FloatArray,
    first: FloatArray,
    second: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Maximise 2 p.x - x'Gx over a box, for many G = [[a, b], [b, c]] at once.

    Args:
        curvature: a, b and c, shape (...) each.
        pull: p, shape (2, ...).
        first: Bounds of the first coordinate, shape (2, ...).
        second: Bounds of the second.

    Returns:
        The best x, shape (2, ...), and the maximum, shape (...).
    """
    a, b, c = curvature
    # What shows nothing has no curvature, and no pull either: any size of it is as good.
    a, c = np.maximum(a, _NOTHING), np.maximum(c, _NOTHING)
    p, q = pull
    det = np.maximum(a * c - b * b, 1e-9 * a * c)
    x, y = (p * c - q * b) / det, (q * a - p * b) / det
    inside = (x >= first[0]) & (x <= first[1]) & (y >= second[0]) & (y <= second[1])
    gain = np.where(inside, p * x + q * y, -np.inf)
    edges = [(end, np.clip((q - b * end) / c, second[0], second[1])) for end in first]
    edges += [(np.clip((p - b * end) / a, first[0], first[1]), end) for end in second]
    for u, v in edges:
        own = 2.0 * (p * u + q * v) - a * u * u - 2.0 * b * u * v - c * v * v
        more = own > gain
        x, y, gain = np.where(more, u, x), np.where(more, v, y), np.where(more, own, gain)
    return np.stack(np.broadcast_arrays(x, y)), np.asarray(gain)
