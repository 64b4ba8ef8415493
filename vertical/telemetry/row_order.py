"""Rows that stand newest first: turned round, so that time rises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hotfire.log import FloatArray, Note
from hotfire.telemetry.group_names import last_part, meant_by
from hotfire.telemetry.names import is_time_name
from hotfire.telemetry.stamps import parse_stamps
from hotfire.telemetry.table import Column, Table

__all__ = ["oldest_first"]

_FALLING = 0.95  # share of the steps that move which go back
_FEWEST = 3  # rows that show an order


def oldest_first(table: Table, clock: str | None = None) -> Table:
    """Turn the rows of a table round where its clock falls from row to row.

    Args:
        table: As read.
        clock: Column that somebody named as the clock; None for whatever is named as time.

    Returns:
        The table, with a finding where rows were turned round. A clock that rises beside one that falls leaves the
        rows as they are: what falls may count down.
    """
    clocks = [c for c in table.columns if _is_clock(c, clock)]
    falls = [(c, times) for c in clocks if (times := _times(c)) is not None]
    steps = [(c, times, _share_back(times)) for c, times in falls]
    backwards = [(c, times, share) for c, times, share in steps if share >= _FALLING]
    if not backwards or any(share < _FALLING for _, _, share in steps):
        return table
    column, times, share = backwards[0]
    return replace(
        table,
        columns=tuple(_turned(c) for c in table.columns),
        notes=(*table.notes, _note(column, times, share)),
    )


def _is_clock(column: Column, clock: str | None) -> bool:
    if clock is not None:
        return bool(meant_by(clock, [column.name]))
    return is_time_name(last_part(column.name)) or is_time_name(column.name)


def _times(column: Column) -> FloatArray | None:
    """Return what a clock counts, its finite values; None where that is no order."""
    times = column.numbers
    if times is None:
        stamps = parse_stamps(column.text)
        if stamps is None:
            return None
        times = stamps.seconds
    times = times[np.isfinite(times)]
    return times if len(times) >= _FEWEST and times[0] != times[-1] else None


def _share_back(times: FloatArray) -> float:
    """Return the share of steps that go back, those of zero left out; 0 where time rises on the whole."""
    if times[-1] > times[0]:
        return 0.0
    steps = np.diff(times)
    moving = np.count_nonzero(steps)
    return float(np.count_nonzero(steps < 0) / moving) if moving else 0.0


def _turned(column: Column) -> Column:
    if column.numbers is not None:
        return replace(column, numbers=column.numbers[::-1])
    return replace(column, text=column.text.reverse())


def _note(column: Column, times: FloatArray, share: float) -> Note:
    return Note(
        "rows_reversed",
        "warning",
        f"the time falls from row to row ({times[0]:.6g} to {times[-1]:.6g}): the rows stand in reverse order, newest "
        "first, and are read from the last to the first",
        channel=column.name,
        evidence={"first": float(times[0]), "last": float(times[-1]), "share_of_steps_back": share},
        remedy="if the rows are in order and this clock counts down, give --rate HZ: rows are counted then",
    )
