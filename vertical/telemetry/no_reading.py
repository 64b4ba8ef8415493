"""Codes that loggers write where there is no reading, told from readings by how far outside they stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotfire.log import FloatArray, Note

__all__ = ["CODES", "without_codes"]

_LARGEST_SINGLE = float(np.finfo(np.float32).max)
#: What loggers write for "no value"; none is a likely reading of a live channel.
CODES = (
    *(sign * code for code in (9999.0, 9999.9, 9999.99, 99999.0, 99999.99, 999999.0) for sign in (-1.0, 1.0)),
    *(-999.0, -999.25, -999.9, -999.99),
    *(sign * code for code in (1e30, 9.9e37, 9.91e37, _LARGEST_SINGLE) for sign in (-1.0, 1.0)),
)
_FEWEST = 2  # samples that are exactly the code; one suffices from where on nothing is ever read
_BEYOND = 1e30
_FAR = 20.0  # spreads between the 1st and the 99th percentile of the other samples
_SAMPLED = 50_000  # samples that tell the percentiles


def without_codes(name: str, time: FloatArray, values: FloatArray) -> tuple[FloatArray, tuple[Note, ...]]:
    """Take out what is no reading but a code of the logger.

    A value is a code where it is one of `CODES` to the last digit, stands at least twice (from 1e30 on: once), and is
    far outside of all else: by 20 times the spread of the other samples, or by more than their whole range from the
    nearest of them.

    Args:
        name: Channel.
        time: s, shape (n,).
        values: As recorded, shape (n,).

    Returns:
        The values with NaN for the codes (the same array where there are none), and a finding for each code.
    """
    if not len(values):
        return values, ()
    low, high = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
    notes: list[Note] = []
    for code in CODES:
        if not low <= code <= high:
            continue
        hits = (values == code) | (
            values == float(np.float32(code))
        )  # 9999.99 in single precision is another number
        fewest = _FEWEST if abs(code) < _BEYOND else 1
        if np.count_nonzero(hits) >= fewest and _is_far(code, values, hits):
            values = np.where(hits, np.nan, values)
            notes.append(_note(name, time, code, hits))
    return values, tuple(notes)


def _is_far(code: float, values: FloatArray, hits: NDArray[np.bool_]) -> bool:
    """Say whether a code stands far outside of the other samples, which move or are more than the codes."""
    others = values[~hits & np.isfinite(values)]
    others = others[~np.isin(others, CODES)]
    if not len(others):
        return False
    low, high = np.quantile(others[:: max(1, len(others) // _SAMPLED)], (0.01, 0.99))
    if low == high and len(others) <= np.count_nonzero(hits):
        return False
    lowest, highest = float(others.min()), float(others.max())
    if max(lowest - code, code - highest) > max(highest - lowest, 0.0):
        return True
    return bool(max(low - code, code - high) > _FAR * (high - low))


def _note(name: str, time: FloatArray, code: float, hits: NDArray[np.bool_]) -> Note:
    count, at = int(np.count_nonzero(hits)), np.flatnonzero(hits)
    are = "are" if count > 1 else "is"
    return Note(
        "no_reading",
        "warning",
        f"{count} of {len(hits)} samples {are} {code:.12g}, a code of loggers for `no reading`, "
        "far outside of all else: read as missing",
        channel=name,
        start=float(time[at[0]]),
        end=float(time[at[-1]]),
        evidence={"value": code, "count": float(count), "share": count / len(hits)},
        remedy="mend the channel's wiring or its logger; nothing is put in the place of what was not read",
    )
