"""Single wrong samples (electrical glitches), taken out before anything is averaged.

A sample is one if it, or one neighbour with it, stands far from the running median, measured by how far samples
thereabouts usually do (Hampel 1974; Pearson, IEEE Trans. Control Systems Technology 10 (2002), 55-63). What flow or
flame does lasts longer, and then the median follows it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotfire.log import FloatArray

__all__ = ["spikes", "without_spikes"]

_MIDDLE, _ABOUT = 11, 101
"""Samples of the running median, and of how far samples usually are from it."""
_FAR = 8.0
"""Robust standard deviations from which a sample is far: one in 10^15 of normal ones, none of a steady oscillation."""
_LEAST = 0.01
"""Least distance that counts, as a share of the usual range: smaller ones move no mean."""
_LONGEST = 2
"""Wrong samples in a row."""
_NORMAL = 1.4826
"""Standard deviation over the median of absolute deviations, of a normal distribution."""


def spikes(values: FloatArray) -> NDArray[np.bool_]:
    """Return which samples are wrong by themselves, shape (n,).

    NaN never is, nor is any sample of a record with fewer than 101.
    """
    from scipy.ndimage import median_filter

    found = np.zeros(values.size, dtype=bool)
    there = np.flatnonzero(np.isfinite(values))
    if there.size < _ABOUT:
        return found
    present = values[there]
    off = np.abs(present - median_filter(present, size=_MIDDLE, mode="mirror"))
    low, high = np.quantile(present, (0.005, 0.995))
    usual = _NORMAL * median_filter(off, size=_ABOUT, mode="mirror")
    far = off > np.maximum(_FAR * usual, _LEAST * (high - low))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], far, [False]]).astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start <= _LONGEST:
            found[there[start:end]] = True
    return found


def without_spikes(values: FloatArray) -> FloatArray:
    """Return values with such samples set to NaN."""
    return np.where(spikes(values), np.nan, values)
