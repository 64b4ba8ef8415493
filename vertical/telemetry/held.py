"""Slow signals held in a fast time base: found by their even plateaus, given back their own rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.log import FloatArray, Note

__all__ = ["Held", "find_held"]

_SHORTEST = 5
_SAMPLE = 4000


@dataclass(frozen=True, eq=False)
class Held:
    """A signal at its own rate.

    Attributes:
        time: Times of change and the last time, s.
        values: Values there.
        note: The finding.
    """

    time: FloatArray
    values: FloatArray
    note: Note


def find_held(name: str, time: FloatArray, values: FloatArray) -> Held | None:
    """Find out whether a signal is a slow one repeated in a fast time base.

    A quantised signal that moves slowly also has plateaus, but of uneven length; a switch has few values.
    Held signals have plateaus of nearly the same length that cover most of the record.

    Args:
        name: Channel.
        time: s, shape (n,).
        values: As recorded, shape (n,).

    Returns:
        The signal at its own rate, or None when it is not held.
    """
    n = len(values)
    if n < 200:
        return None
    middle = values[max(0, n // 2 - _SAMPLE // 2) : n // 2 + _SAMPLE // 2]
    if np.mean(middle[1:] != middle[:-1]) > 0.3:
        return None
    changes = (
        np.flatnonzero((values[1:] != values[:-1]) & ~(np.isnan(values[1:]) & np.isnan(values[:-1]))) + 1
    )
    if len(changes) < 20:
        return None
    runs = np.diff(changes)
    long = runs[runs >= _SHORTEST]
    if long.sum() < 0.6 * n or len(long) < 10:
        return None
    low, usual, high = np.quantile(long, (0.25, 0.5, 0.75))
    if high - low > 0.2 * usual or len(np.unique(values[changes])) < 10:
        return None
    keep = np.concatenate(([0], changes, [n - 1] if changes[-1] != n - 1 else []))
    keep = keep.astype(np.intp)
    own = time[keep]
    span = float(own[-1] - own[0])
    rate = len(changes) / span if span > 0 else float("nan")
    hold = float(usual * span / n)
    base = n / span if span > 0 else float("nan")
    note = Note(
        "held",
        "info",
        f"a slow signal of about {rate:.3g} Hz held in the {base:.4g} Hz time base: kept at its own "
        f"{len(keep)} "
        f"samples; each value is up to {hold:.3g} s old, so the signal lags",
        channel=name,
        evidence={
            "rate_hz": rate,
            "time_base_hz": base,
            "rows_held": float(usual),
            "hold_s": hold,
            "changes": float(len(changes)),
        },
        remedy="mind the lag when onsets are compared",
    )
    return Held(own, values[keep], note)
