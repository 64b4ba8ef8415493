"""Means of a signal over windows, and how far they scatter."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from hotfire.log import FloatArray
from hotfire.phases.finding import Phases

__all__ = ["at_rest", "repeats", "window_means"]

_UNCORRELATED = 0.05
"""Correlation of neighbouring samples that no longer counts."""
_STEP = 6.0
"""Variance inside a window, over that of most windows, from which it holds a step."""
_BENDS = 4
"""Third differences of window means from which their scatter is told."""


def window_means(time: FloatArray, values: FloatArray, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of each window and its standard deviation by scatter, both shape (K,); NaN where empty."""
    means = np.full(edges.size - 1, np.nan)
    noises = np.full(edges.size - 1, np.nan)
    bounds = np.searchsorted(time, edges)
    left: dict[int, FloatArray] = {}
    for k, (a, b) in enumerate(itertools.pairwise(bounds)):
        inside = values[a:b]
        good = np.isfinite(inside)
        if good.sum() < max(2, 0.5 * inside.size):
            continue
        means[k], left[k] = _mean(time[a:b][good], inside[good])
    calm = _calm(left)
    same = repeats([left[k] for k in calm])
    for k, rest in left.items():
        noises[k] = _noise(means[k], rest, same if k in calm else max(same, repeats([rest])))
    return means, np.fmax(noises, _between(means))


def at_rest(
    time: FloatArray, values: FloatArray, phases: Phases, before: float = np.inf
) -> tuple[float, float]:
    """Mean and scatter in the quiet time before the test, and before a time in s; NaN without one."""
    if phases.baseline is None:
        return float("nan"), float("nan")
    last = min(phases.baseline.end, before)
    inside = (time >= phases.baseline.start) & (time <= last) & np.isfinite(values)
    if inside.sum() < 3:
        return float("nan"), float("nan")
    mean, left = _mean(time[inside], values[inside])
    return mean, _noise(mean, left, repeats([left]))


def _between(means: FloatArray) -> float:
    """Scatter of window means from one to the next, robust against steps; 0 where too few to tell.

    By third differences, which leave out whatever is smooth: the third difference of white scatter has twenty times
    its variance.
    """
    bends = np.abs(np.diff(means, 3))
    bends = bends[np.isfinite(bends)]
    return float(1.4826 * np.median(bends) / np.sqrt(20.0)) if bends.size >= _BENDS else 0.0


def _mean(time: FloatArray, values: FloatArray) -> tuple[float, FloatArray]:
    """Mean without single outliers, and what is left about a straight line."""
    middle = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - middle)) or _spread_of_tails(values)
    kept = np.abs(values - middle) < max(12.0 * spread, 1e-12)
    values, time = values[kept], time[kept]
    mean = float(values.mean())
    if values.size < 4:
        return mean, values - mean
    centred = time - time.mean()
    return mean, values - np.polyval(np.polyfit(centred, values, 1), centred)


def _spread_of_tails(values: FloatArray) -> float:
    """Scatter of readings most of which are the same: a coarse one that goes to and fro is not all outliers."""
    low, high = np.quantile(values, (0.05, 0.95))
    return float(high - low) / 3.3


def _calm(left: Mapping[int, FloatArray]) -> set[int]:
    """Windows that vary no more than is usual: a step, or the end of the run, is no correlation of the noise."""
    powers = {k: float(np.mean(rest**2)) for k, rest in left.items()}
    limit = _STEP * float(np.median(list(powers.values()))) if powers else 0.0
    return {k for k, power in powers.items() if power <= limit}


def repeats(residuals: Sequence[FloatArray]) -> float:
    """How many neighbouring samples say the same: 1 + 2 times the sum of the autocorrelations.

    Taken over all windows together, up to the lag at which the correlation is gone; one window alone is too short.
    """
    long = [r for r in residuals if r.size >= 8]
    variance = sum(float(r @ r) for r in long)
    if not variance > 0.0:
        return 1.0
    total = 1.0
    for lag in range(1, min(r.size for r in long) // 3):
        correlation = sum(float(r[lag:] @ r[:-lag]) for r in long) / variance
        if correlation < _UNCORRELATED:
            break
        total += 2.0 * correlation
    return total


def _noise(mean: float, rest: FloatArray, same: float) -> float:
    """Standard deviation of a mean."""
    if rest.size < 4:
        return float(rest.std() / np.sqrt(rest.size)) + abs(mean) * 2e-3
    return float(np.sqrt(rest.var() * min(same / rest.size, 0.7)))
