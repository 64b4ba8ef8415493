"""The sizes of up to two faults out of their likelihood: the least misfit, and the mean over a box of coordinates.

Features are linear in the coordinates about a stated point. One size: a parabola between two ends. Two: for each first
size the second in closed form; the first by adaptive quadrature from the peak outwards. Written from
docs/explanation/certificate.md, apart from the code that issues.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["best_in_box", "over_sizes"]

_FLAT = 1e-9
"""Square of an effect, in standard deviations a coordinate, below which a size moves nothing."""
_DROP = 40.0
"""Nats below the peak from which the rest of an integral is nothing."""


def over_sizes(
    residual: FloatArray, slopes: FloatArray, ends: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Return the least of |r - S x|^2 over a box, and the log of the mean of exp(-|r - S x|^2 / 2) over it.

    Args:
        residual: Whitened, (d,).
        slopes: By the coordinates of the sizes, (d, n), n at most 2.
        ends: Least and greatest coordinate of each, from the stated point on.
    """
    chi = float(residual @ residual)
    if not ends:
        return chi, -0.5 * chi
    square, pull = slopes.T @ slopes + _FLAT * np.eye(len(ends)), slopes.T @ residual
    if len(ends) == 1:
        return _over_one(chi, float(pull[0]), float(square[0, 0]), ends[0])

    def given(first: float) -> float:
        """Log of the mean over the second size at a first one."""
        bottom = chi - 2.0 * first * float(pull[0]) + first**2 * float(square[0, 0])
        own = float(pull[1]) - first * float(square[0, 1])
        return _over_one(bottom, own, float(square[1, 1]), ends[1])[1]

    left = residual - slopes @ best_in_box(residual, slopes, ends)
    return float(left @ left), _log_mean(given, *ends[0])


def _over_one(chi: float, pull: float, steep: float, ends: tuple[float, float]) -> tuple[float, float]:
    """Least misfit and log mean likelihood along a parabola chi - 2 pull x + steep x^2."""
    low, high = ends
    best, width = pull / steep, 1.0 / math.sqrt(steep)
    bottom = chi - pull * best
    area = _log_normal_between((low - best) / width, (high - best) / width)
    log_mean = -0.5 * bottom + area + 0.5 * math.log(2.0 * math.pi) + math.log(width / (high - low))
    return bottom + steep * (min(max(best, low), high) - best) ** 2, log_mean


def best_in_box(residual: FloatArray, slopes: FloatArray, ends: Sequence[tuple[float, float]]) -> FloatArray:
    """Return the coordinates with the least of |r - S x|^2 within their ends."""
    from scipy.optimize import lsq_linear

    return np.asarray(lsq_linear(slopes, residual, bounds=tuple(np.array(ends).T)).x)


def _log_mean(log_value: Callable[[float], float], low: float, high: float) -> float:
    """Log of the mean of exp(log_value) from low to high; it has one peak, as a marginal of what is log-concave."""
    from scipy.integrate import quad
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(lambda x: -log_value(x), bounds=(low, high), method="bounded")
    peak = max((low, float(found.x), high), key=log_value)
    top = log_value(peak)
    total = 0.0
    for end in (low, high):
        far = _where_it_ends(log_value, peak, end, top - _DROP)
        own, _ = quad(lambda x: math.exp(log_value(x) - top), min(peak, far), max(peak, far), limit=200)
        total += own
    return top + math.log(total / (high - low))


def _where_it_ends(log_value: Callable[[float], float], peak: float, end: float, least: float) -> float:
    """Where a falling function gets down to a value, or the end (bisection)."""
    if log_value(end) >= least:
        return end
    inside, outside = peak, end
    for _ in range(40):
        middle = 0.5 * (inside + outside)
        inside, outside = (middle, outside) if log_value(middle) >= least else (inside, middle)
    return outside


def _log_normal_between(low: float, high: float) -> float:
    """Log of the standard normal probability between two places, safe far out."""
    if low > 0.0:
        low, high = -high, -low
    upper = _log_normal_below(high)
    lower = _log_normal_below(low)
    return upper + math.log1p(-min(math.exp(lower - upper), 1.0 - 1e-15))


def _log_normal_below(x: float) -> float:
    """Log of the standard normal distribution function (asymptotic series below -30)."""
    if x > -30.0:
        return math.log(0.5 * math.erfc(-x / math.sqrt(2.0)))
    return -0.5 * x * x - math.log(-x * math.sqrt(2.0 * math.pi)) + math.log1p(-1.0 / x**2 + 3.0 / x**4)
