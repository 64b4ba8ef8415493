"""Axes of a drawing: where a value lies, which ticks it bears, and which samples are enough to draw a signal."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.log import FloatArray

__all__ = ["Axis", "drawn_samples", "spanning"]

_STEPS = (1.0, 2.0, 5.0, 10.0)
_GAP, _WIDE = 20.0, 0.1
"""Usual steps of the clock, and share of the axis, without a sample from which a line is broken."""


@dataclass(frozen=True)
class Axis:
    """A straight scale.

    Attributes:
        low, high: Range of the values, `low` below `high`.
        start, end: Where its two ends are drawn, in units of the drawing.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value is drawn; what is out of range is drawn at the end of the axis."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int) -> tuple[tuple[float, str], ...]:
        """Return at most `most` round values within the range with their labels, rising; one of 2 or more at least."""
        step = _round_step((self.high - self.low) / most)
        while True:
            first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
            if last - first < most:
                break
            step = _round_step(1.5 * step)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        values = [min(max(i * step, self.low), self.high) for i in range(first, last + 1)]
        return tuple(
            (v, _label(i * step, decimals)) for i, v in zip(range(first, last + 1), values, strict=True)
        )


def spanning(values: Sequence[float] | FloatArray, start: float, end: float, *, margin: float = 0.08) -> Axis:
    """Return an axis over all finite values, with a margin on both sides as a share of their range."""
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    least = 1e-3 * max(abs(low), abs(high)) or 1.0
    pad = max(margin * (high - low), least)
    return Axis(low - pad, high + pad, start, end)


def drawn_samples(time: FloatArray, values: FloatArray, axis: Axis) -> list[tuple[FloatArray, FloatArray]]:
    """Choose the samples of a signal that a line needs: the first, least, greatest and last in each unit of the axis.

    A line through them covers the same units of the drawing as one through all samples, single spikes included
    (Jugel et al., PVLDB 7 (2014) 797).

    Args:
        time: Never decreasing, shape (n,).
        values: Shape (n,), NaN where missing.
        axis: Of the time; samples out of its range are left out.

    Returns:
        Times and values of each stretch without a gap.
    """
    good = np.isfinite(values) & (time >= axis.low) & (time <= axis.high)
    time, values = time[good], values[good]
    if not time.size:
        return []
    steps = np.diff(time)
    usual = float(np.median(steps[steps > 0.0])) if (steps > 0.0).any() else 0.0
    broken = np.flatnonzero(steps > max(_GAP * usual, _WIDE * (axis.high - axis.low))) + 1
    columns = np.floor(np.abs(axis.end - axis.start) * (time - axis.low) / (axis.high - axis.low))
    stretches = []
    for a, b in itertools.pairwise([0, *broken.tolist(), time.size]):
        kept = a + _kept(columns[a:b], values[a:b])
        stretches.append((time[kept], values[kept]))
    return stretches


def _kept(columns: FloatArray, values: FloatArray) -> np.ndarray:
    """Return the places of the first, least, greatest and last sample of each column, rising."""
    edges = [0, *(np.flatnonzero(np.diff(columns)) + 1).tolist(), columns.size]
    kept = set()
    for a, b in itertools.pairwise(edges):
        inside = values[a:b]
        kept |= {a, a + int(inside.argmin()), a + int(inside.argmax()), b - 1}
    return np.array(sorted(kept))


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is `least` or more."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * s for s in _STEPS if power * s >= least * (1.0 - 1e-9))


def _label(value: float, decimals: int) -> str:
    if abs(value) >= 1e7 or decimals > 6:
        return f"{value:.3g}"
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.") else text
