"""Shapes that no engine makes: one-sample spikes, coarse steps, a zero that moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotfire.log import FloatArray, Note
from hotfire.telemetry.signals import Signal

__all__ = ["check_quantisation", "check_spikes", "check_zero_drift"]

#: Records longer than this are searched for spikes only outside their usual range.
_FULL_SEARCH = 400_000


def check_spikes(signal: Signal) -> list[Note]:
    """Report single samples (up to two) far from both neighbours."""
    if signal.is_set or signal.finite < 50 or signal.low == signal.high or signal.kind in ("time", "index"):
        return []
    low, high = np.quantile(signal.sample, (0.005, 0.995))
    usual = float(high - low)
    limit = max(25.0 * signal.sigma, 0.1 * usual, 1e-9 * abs(signal.high - signal.low))
    if usual == 0.0:
        limit = max(limit, 0.05 * signal.span)
    values, time = signal.values, signal.time
    if signal.still > 0.1 and len(values) <= _FULL_SEARCH:
        # In a time base faster than the sensor a glitch is repeated: look at changes only.
        changed = np.concatenate(([True], values[1:] != values[:-1]))
        values, time = values[changed], time[changed]
    if len(values) > _FULL_SEARCH:
        if not _outside(signal, low, high, limit):
            return []
        candidates = np.flatnonzero((values > high + limit) | (values < low - limit))[:5000]
    else:
        candidates = np.flatnonzero(np.abs(np.diff(values)) > limit) + 1
    found = _isolated(values, candidates, limit)
    if not len(found) or len(found) > 0.01 * len(values):
        return []
    size = np.abs(values[found] - 0.5 * (values[found - 1] + values[np.minimum(found + 2, len(values) - 1)]))
    worst = int(found[np.argmax(size)])
    return [
        Note(
            "spikes",
            "warning",
            f"{len(found)} one-sample spike{'s' if len(found) > 1 else ''}, the largest "
            f"{values[worst]:.6g} at "
            f"{time[worst]:.6g} s (usual range {low:.4g} to {high:.4g})",
            channel=signal.name,
            start=float(time[found[0]]),
            end=float(time[found[-1]]),
            evidence={
                "count": float(len(found)),
                "largest": float(values[worst]),
                "at": float(time[worst]),
                "noise": signal.sigma,
            },
            remedy="electrical glitches: leave the samples out (a median of three removes them)",
        )
    ]


def _outside(signal: Signal, low: float, high: float, limit: float) -> bool:
    return signal.high > high + limit or signal.low < low - limit


def _isolated(values: FloatArray, candidates: NDArray[np.intp], limit: float) -> NDArray[np.intp]:
    """Return candidates that leave the level of both sides and come back to it within one or two samples."""
    at = candidates[(candidates > 0) & (candidates < len(values) - 2)]
    if not len(at):
        return at
    before, here, after, later = values[at - 1], values[at], values[at + 1], values[at + 2]
    jump = here - before
    one = (np.abs(here - after) > limit) & (np.abs(after - before) < 0.2 * np.abs(jump))
    two = (np.abs(here - later) > limit) & (np.abs(after - here) < 0.2 * np.abs(jump))
    two &= np.abs(later - before) < 0.2 * np.abs(jump)
    found = at[(np.abs(jump) > limit) & (one | two)]
    return np.array([i for i in found[:5000] if _stands_out(values, int(i))], dtype=np.intp)


def _stands_out(values: FloatArray, at: int) -> bool:
    """Say whether a jump is far beyond the steps around it: a rough burn makes many, a glitch one."""
    around = np.concatenate((np.diff(values[max(0, at - 12) : at]), np.diff(values[at + 2 : at + 14])))
    around = np.abs(around[np.isfinite(around)])
    return len(around) < 4 or bool(abs(values[at] - values[at - 1]) > 4.0 * around.max())


def check_quantisation(signal: Signal) -> list[Note]:
    """Report a resolution so coarse that it hides the noise and a good part of the signal."""
    if signal.is_set or signal.finite < 200 or signal.span == 0.0 or signal.digital:
        return []
    levels = np.unique(signal.sample)
    if len(levels) < 3 or len(levels) > 4000:
        return []
    steps = np.diff(levels)
    step = float(np.median(np.sort(steps)[: max(1, len(steps) // 2)]))
    usual = float(np.subtract(*np.quantile(signal.sample, (0.995, 0.005))))
    hides = signal.sigma < 0.5 * step
    if step <= 0 or usual / step > 64 or usual == 0.0 or not hides:
        return []
    return [
        Note(
            "quantisation",
            "info",
            f"coarse: steps of {step:.3g} divide the usual range into {usual / step:.0f} parts",
            channel=signal.name,
            evidence={"step": step, "parts": usual / step},
        )
    ]


def check_zero_drift(signal: Signal) -> list[Note]:
    """Report a load cell that does not come back to where it started."""
    if signal.kind != "force" or signal.finite < 200 or signal.sigma == 0.0:
        return []
    n = max(20, len(signal.values) // 50)
    if not (np.isfinite(signal.values[:n]).any() and np.isfinite(signal.values[-n:]).any()):
        return []
    begin, end = float(np.nanmedian(signal.values[:n])), float(np.nanmedian(signal.values[-n:]))
    peak = float(np.nanquantile(signal.sample, 0.995)) - begin
    shift = end - begin
    settled = float(np.nanstd(signal.values[-n:])) < 0.25 * abs(shift)
    if abs(shift) < max(10.0 * signal.sigma, 0.03 * abs(peak)) or not settled or abs(shift) > 0.5 * abs(peak):
        return []
    return [
        Note(
            "zero_drift",
            "warning",
            f"starts at {begin:.4g} and ends at {end:.4g}: the zero moved by {shift:.3g} "
            f"({100 * abs(shift / peak):.2g} % of the peak)",
            channel=signal.name,
            evidence={"begin": begin, "end": end, "shift": shift},
            remedy="warm load cell or a stand that binds; tare before and after",
        )
    ]
