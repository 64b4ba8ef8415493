"""Integrating the size of a fault out of its likelihood.

The features are computed at a few sizes and taken as straight between neighbours. On each such stretch the misfit
is a parabola, so the integral is a difference of normal distribution functions: exact however narrow the peak is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["SizeIntegral", "integrate_size"]

_SHOWN = 33
_WIDE = 4.0


@dataclass(frozen=True, eq=False)
class SizeIntegral:
    """Likelihood with the size integrated out.

    Attributes:
        log_mean: Log of the likelihood averaged over the stretch of the coordinate.
        best: Coordinate of the least misfit.
        stretch: Index of the node before the best.
        share: Place of the best between that node and the next, 0 to 1.
        chi_square: Least misfit.
        places: Coordinates about the best in rising order, shape (q,).
        weights: Posterior weights of the places, shape (q,).
    """

    log_mean: float
    best: float
    stretch: int
    share: float
    chi_square: float
    places: FloatArray
    weights: FloatArray


def integrate_size(places: FloatArray, residuals: FloatArray) -> SizeIntegral:
    """Integrate exp(-|r|^2 / 2) along a broken line.

    Args:
        places: Coordinates of the nodes in rising order, shape (n,).
        residuals: Whitened residuals there, shape (n, d).
    """
    if places.size == 1:
        chi = float(residuals[0] @ residuals[0])
        return SizeIntegral(-0.5 * chi, float(places[0]), 0, 0.0, chi, places, np.ones(1))
    from scipy.special import log_ndtr

    start, step = residuals[:-1], np.diff(residuals, axis=0)
    square = np.maximum((step * step).sum(axis=1), 1e-12)
    slope = np.sqrt(square)
    vertex = -(start * step).sum(axis=1) / square
    least = np.maximum((start * start).sum(axis=1) - vertex**2 * square, 0.0)
    low, high = -vertex * slope, (1.0 - vertex) * slope
    flip = low > 0.0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    above, below = log_ndtr(high), log_ndtr(low)
    area = above + np.log1p(-np.minimum(np.exp(below - above), 1.0 - 1e-15))
    length = np.diff(places)
    logs = -0.5 * least + area + 0.5 * np.log(2.0 * np.pi) - np.log(slope) + np.log(length)
    peak = float(logs.max())
    log_mean = peak + float(np.log(np.exp(logs - peak).sum())) - float(np.log(places[-1] - places[0]))
    share = np.clip(vertex, 0.0, 1.0)
    chi = least + (share - vertex) ** 2 * square
    at = int(np.argmin(chi))
    best = float(places[at] + share[at] * length[at])
    width = float(length[at] / slope[at])
    shown, weights = _about(places, residuals, best, width)
    return SizeIntegral(log_mean, best, at, float(share[at]), float(chi[at]), shown, weights)


def _about(
    places: FloatArray, residuals: FloatArray, best: float, width: float
) -> tuple[FloatArray, FloatArray]:
    """Posterior of the coordinate on points about the best and over the whole stretch."""
    near = best + width * np.linspace(-_WIDE, _WIDE, _SHOWN)
    shown = np.unique(np.clip(np.concatenate([near, places]), places[0], places[-1]))
    at = np.clip(np.searchsorted(places, shown) - 1, 0, places.size - 2)
    share = ((shown - places[at]) / (places[at + 1] - places[at]))[:, None]
    chi = ((residuals[at] * (1.0 - share) + residuals[at + 1] * share) ** 2).sum(axis=1)
    cell = np.gradient(shown) if shown.size > 1 else np.ones(1)
    weights = np.exp(-0.5 * (chi - chi.min())) * cell
    return shown, weights / weights.sum()
