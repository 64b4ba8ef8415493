"""Putting a clock in order: rows without time, wild stamps, restarts, backward and repeated time, gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotfire.log import FloatArray, Note

__all__ = ["Clock", "order_clock"]

#: A jump back deeper than this many median steps, after which the clock goes on, is a restart.
RESTART_STEPS = 20
#: A step longer than this many median steps is a gap.
GAP_STEPS = 5.0


@dataclass(frozen=True, eq=False)
class Clock:
    """A clock in order.

    Attributes:
        time: s, never decreasing, shape (n,).
        rows: Which rows of the file, in which order; None when all rows as they stand.
        notes: What was mended or found.
    """

    time: FloatArray
    rows: NDArray[np.intp] | None
    notes: tuple[Note, ...]


def order_clock(seconds: FloatArray, column: str) -> Clock:
    """Put a clock in order and say what was wrong with it.

    Args:
        seconds: Time of each row in s, NaN where there is none.
        column: Name of its column, for the notes.

    Returns:
        The clock; no row with a time is dropped but those of other runs after a restart.
    """
    if len(seconds) and not np.isfinite(seconds.sum()):
        seconds = np.where(np.isfinite(seconds), seconds, np.nan)
    steps = np.diff(seconds)
    if len(steps) and steps.min() > 0:  # the healthy case; NaN compares false
        return Clock(seconds, None, tuple(_spacing(seconds, steps, column)))
    notes: list[Note] = []
    rows = np.flatnonzero(np.isfinite(seconds))
    time = seconds[rows]
    if len(rows) < len(seconds):
        notes.append(_without_time(len(seconds) - len(rows), len(seconds), column))
    if len(time) > 1:
        time, wild = _mend_wild(time)
        notes += [_wild(wild, column)] if wild else []
        time, rows, restart = _longest_run(time, rows, column)
        notes += restart
        time, rows, backward = _sorted(time, rows, column)
        notes += backward
        notes += _spacing(time, np.diff(time), column)
    return Clock(time, None if len(rows) == len(seconds) and _in_order(rows) else rows, tuple(notes))


def _in_order(rows: NDArray[np.intp]) -> bool:
    return bool(np.all(np.diff(rows) == 1))


def _median_step(time: FloatArray) -> float:
    steps = np.diff(time)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0


def _mend_wild(time: FloatArray) -> tuple[FloatArray, int]:
    """Interpolate up to three stamps that jump far ahead and come back."""
    back = np.flatnonzero(np.diff(time) < 0)
    limit = RESTART_STEPS * _median_step(time)
    wild: list[int] = []
    for i in back[:1000]:
        for k in (1, 2, 3):
            if i - k >= 0 and time[i - k] <= time[i + 1] and time[i] - time[i - k] > limit >= 0:
                if time[i + 1] - time[i - k] <= max(limit, 1e-9):
                    wild += range(i - k + 1, i + 1)
                break
        for k in (1, 2, 3):
            after = i + k + 1
            deep = after < len(time) and time[i] - time[i + 1 : after].max() > limit > 0
            if i not in wild and deep and 0 <= time[after] - time[i] <= limit:
                wild += range(i + 1, after)
                break
    if len(back) and back[0] == 0 and time[0] - time[1] > limit and 0 not in wild:
        wild.append(0)
    if wild:
        good = np.ones(len(time), dtype=bool)
        good[wild] = False
        at = np.arange(len(time))
        time = time.copy()
        step = limit / RESTART_STEPS
        time[wild] = np.interp(np.asarray(wild), at[good], time[good], left=time[good][0] - step)
    return time, len(wild)


def _longest_run(
    time: FloatArray, rows: NDArray[np.intp], column: str
) -> tuple[FloatArray, NDArray[np.intp], list[Note]]:
    """Keep the longest of several runs when the clock starts again."""
    limit = RESTART_STEPS * _median_step(time)
    cuts = [0]
    for i in np.flatnonzero(np.diff(time) < -limit):
        ahead = time[i + 1 : i + 1 + RESTART_STEPS]
        if len(ahead) >= RESTART_STEPS and ahead.max() < time[i] and i + 1 - cuts[-1] >= RESTART_STEPS:
            cuts.append(int(i) + 1)
    if len(cuts) == 1:
        return time, rows, []
    ends = [*cuts[1:], len(time)]
    longest = max(range(len(cuts)), key=lambda k: ends[k] - cuts[k])
    part = slice(cuts[longest], ends[longest])
    note = Note(
        "clock_restart",
        "warning",
        f"the clock starts again {len(cuts) - 1} time{'s' if len(cuts) > 2 else ''}: the file holds "
        f"{len(cuts)} runs; "
        f"run {longest + 1} ({ends[longest] - cuts[longest]} of {len(time)} rows) is read, the others "
        "are left out",
        channel=column,
        start=float(time[part][0]),
        end=float(time[part][-1]),
        evidence={
            "runs": float(len(cuts)),
            "rows_left_out": float(len(time) - (ends[longest] - cuts[longest])),
            "first_rows": ", ".join(str(int(rows[c]) + 1) for c in cuts[:10]),
        },
        remedy="split the file at the restart to read the other runs",
    )
    return time[part], rows[part], [note]


def _sorted(
    time: FloatArray, rows: NDArray[np.intp], column: str
) -> tuple[FloatArray, NDArray[np.intp], list[Note]]:
    """Sort rows whose time goes back (records written out of order)."""
    steps = np.diff(time)
    back = steps < 0
    if not back.any():
        return time, rows, []
    first = int(np.argmax(back))
    note = Note(
        "backward_time",
        "warning",
        f"time goes back {int(back.sum())} times, by up to {-steps.min():.4g} s: rows are sorted by time",
        channel=column,
        start=float(time[first]),
        evidence={
            "count": float(back.sum()),
            "share": float(back.mean()),
            "largest": float(-steps.min()),
            "first_row": float(rows[first] + 2),
        },
        remedy="if another column is the better clock, name it: `time: {channel: ..., unit: ...}`",
    )
    order = np.argsort(time, kind="stable")
    return time[order], rows[order], [note]


def _spacing(time: FloatArray, steps: FloatArray, column: str) -> list[Note]:
    """Report repeated stamps, gaps and jitter."""
    notes = []
    positive = steps[steps > 0] if len(steps) and steps.min() <= 0 else steps
    if not len(positive):
        return []
    middle = float(np.median(positive[:: max(1, len(positive) // 100000)]))
    repeated = len(steps) - len(positive)
    if repeated:
        notes.append(
            Note(
                "duplicate_time",
                "warning" if repeated > 0.01 * len(steps) else "info",
                f"{repeated} of {len(time)} rows ({100 * repeated / len(time):.1f} %) repeat the time "
                "before them",
                channel=column,
                evidence={"count": float(repeated), "share": repeated / len(time)},
                remedy="the clock is too coarse for the rate; nothing to do where 1 sample does not matter",
            )
        )
    limit = max(
        GAP_STEPS * middle, 3.0 * float(np.quantile(positive[:: max(1, len(positive) // 100000)], 0.99))
    )
    longest = float(positive.max())
    if longest > limit:
        notes.append(_gaps(time, steps, limit, middle, column))
    plain = positive[positive <= limit] if longest > limit else positive
    plain = plain[:: max(1, len(plain) // 100000)]
    spread = float(np.subtract(*np.quantile(plain, (0.95, 0.05)))) / middle
    if spread > 1.0:
        notes.append(
            Note(
                "jitter",
                "info",
                f"the sampling is uneven: steps of {np.quantile(plain, 0.05):.3g} to "
                f"{np.quantile(plain, 0.95):.3g} s, "
                f"median {middle:.3g} s",
                channel=column,
                evidence={"spread_of_steps": spread, "median_step": middle},
            )
        )
    return notes


def _gaps(time: FloatArray, steps: FloatArray, limit: float, middle: float, column: str) -> Note:
    at = np.flatnonzero(steps > limit)
    worst = int(at[np.argmax(steps[at])])
    total = float(steps[at].sum())
    small = float(steps[worst]) < 0.1 and total < 0.01 * float(time[-1] - time[0])
    return Note(
        "gap",
        "info" if small else "warning",
        f"{len(at)} gap{'s' if len(at) > 1 else ''} in time, the longest {steps[worst]:.3g} s at "
        f"{time[worst]:.6g} s (normal step {middle:.3g} s)",
        channel=column,
        start=float(time[worst]),
        end=float(time[worst + 1]),
        evidence={
            "count": float(len(at)),
            "longest": float(steps[worst]),
            "total": total,
            "median_step": middle,
        },
        remedy="nothing is interpolated; events inside a gap cannot be seen",
    )


def _without_time(count: int, total: int, column: str) -> Note:
    return Note(
        "rows_without_time",
        "warning",
        f"{count} of {total} rows have no time and are left out",
        channel=column,
        evidence={"count": float(count), "rows": float(total)},
    )


def _wild(count: int, column: str) -> Note:
    return Note(
        "wild_time",
        "warning",
        f"{count} time stamp{'s' if count > 1 else ''} jump{'s' if count == 1 else ''} ahead and "
        "back: interpolated",
        channel=column,
        evidence={"count": float(count)},
    )
