"""Readings that cannot be: pressures below vacuum, and sensors that were lost on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.log import FloatArray, Note
from hotfire.telemetry.signals import Signal

__all__ = ["check_impossible", "check_lost"]

_ZERO = 0.01
"""Share of its highest reading by which the zero of a sound transducer may be off."""
_MUCH = 0.3
"""Share of its span that a channel loses at a shutdown, at least."""


def check_impossible(signal: Signal, ambient: float) -> list[Note]:
    """Report a pressure below vacuum for more than a moment."""
    floor = _vacuum(signal, ambient)
    if not np.isfinite(floor) or signal.finite < 20:
        return []
    margin = 3.0 * signal.sigma
    if signal.low >= floor - margin:
        return []
    below = signal.values < floor - margin
    count = int(np.count_nonzero(below))
    if count < max(5, 0.002 * len(signal.values)):
        return []
    first = int(np.argmax(below))
    level = float(np.median(signal.values[below]))
    zero = floor - level <= _ZERO * (signal.high - floor)
    cause = "within what zeros of transducers are off" if zero else "wrong scale, or a broken sensor"
    return [
        Note(
            "impossible",
            "info" if zero else "error",
            f"{level:.4g} is below vacuum ({floor:.4g} in the channel's unit) in "
            f"{100 * count / len(below):.3g} % of the "
            f"samples: offset of at least {floor - level:.3g}, {cause}",
            channel=signal.name,
            start=float(signal.time[first]),
            evidence={"level": level, "vacuum": floor, "share": count / len(below)},
            remedy=f"check zero and scale of the transducer: `{signal.name}: "
            f"{{offset: {floor - level:.3g}}}` at least",
        )
    ]


def check_lost(
    signal: Signal, others_move: bool, ambient: float, others: Sequence[Signal] = ()
) -> list[Note]:
    """Report a sensor that falls to a lifeless level below where it started, and stays there to the end.

    Args:
        signal: The channel.
        others_move: True when other channels are still alive at the end.
        ambient: Ambient pressure in Pa.
        others: Channels beside it: what falls together with them has seen a shutdown.

    Returns:
        One note, or none. A pressure that merely returns to its level before the test is not lost.
    """
    values = signal.values
    n = len(values)
    if signal.is_set or signal.finite < max(200, 0.9 * n) or signal.sigma == 0.0 or not others_move:
        return []
    tail = values[-max(50, n // 10) :]
    tail = tail[np.isfinite(tail)]
    final = float(np.median(tail))
    noise = max(signal.sigma, 1.4826 * float(np.median(np.abs(tail - final))))
    head = float(np.nanmedian(values[: max(20, n // 50)]))
    active = float(np.nanquantile(signal.sample, 0.98)) - final
    vacuum = _vacuum(signal, ambient)
    impossible = np.isfinite(vacuum) and final < vacuum - 3.0 * noise
    if active < 20.0 * noise or not (final < head - 0.75 * noise and impossible):
        return []
    away = np.flatnonzero(np.abs(_smooth(values) - final) > 6.0 * noise)
    if not len(away) or away[-1] > 0.95 * n:
        return []
    settled = int(away[-1])
    if not _flat(values[settled + 1 :], noise):
        return []
    before = float(np.nanmedian(values[max(0, settled - n // 50) : max(1, settled - 2)]))
    half = 0.5 * (max(before, head) + final)
    above = np.flatnonzero(values[: settled + 1] > half)
    start = int(above[-1]) if len(above) else settled
    if any(_falls(other, signal.time[start], signal.time[settled]) for other in others):
        return []
    return [
        Note(
            "lost",
            "error",
            f"falls to {final:.4g} at {signal.time[start]:.6g} s and stays there, below its level "
            "before the test "
            f"({head:.4g}) and below vacuum, while other channels still move: sensor or line lost",
            channel=signal.name,
            start=float(signal.time[start]),
            evidence={
                "level": final,
                "before_test": head,
                "after_start_s": float(signal.time[start] - signal.time[0]),
            },
            remedy="do not use it after that time; look at the transducer, its line and its cable",
        )
    ]


def _falls(other: Signal, start: float, end: float) -> bool:
    """Say whether a pressure or force falls by much of its span between two times."""
    if other.kind not in ("pressure", "force") or not other.finite:
        return False
    around = (other.time[-1] - other.time[0]) / 50
    before = other.values[(other.time >= start - around) & (other.time <= start)]
    after = other.values[(other.time >= end) & (other.time <= end + around)]
    if not (np.isfinite(before).any() and np.isfinite(after).any()):
        return False
    return bool(np.nanmedian(before) - np.nanmedian(after) > _MUCH * other.span)


def _vacuum(signal: Signal, ambient: float) -> float:
    """Return the reading of vacuum in the channel's own unit, NaN when it has none."""
    if signal.kind != "pressure" or not np.isfinite(signal.pascal) or signal.reference == "differential":
        return float("nan")
    return 0.0 if signal.reference == "absolute" else -ambient / signal.pascal


def _smooth(values: FloatArray) -> FloatArray:
    """Return the median of three, cheaply: one-sample spikes do not count."""
    if len(values) < 3:
        return values
    a, b, c = values[:-2], values[1:-1], values[2:]
    middle = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
    return np.concatenate((values[:1], middle, values[-1:]))


def _flat(values: FloatArray, noise: float) -> bool:
    """Say whether a stretch has no trend beyond its noise."""
    parts = np.array_split(values, 8)
    levels = [float(np.nanmedian(p)) for p in parts if len(p)]
    return max(levels) - min(levels) < 3.0 * noise
