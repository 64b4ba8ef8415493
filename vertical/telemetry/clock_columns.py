"""Which column is the clock, and in what unit it counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.log import FloatArray, Note
from hotfire.physics.errors import LogError, UnitError
from hotfire.physics.units import parse_unit
from hotfire.telemetry.group_names import last_part, meant_by
from hotfire.telemetry.headers import split_unit
from hotfire.telemetry.names import is_time_name, time_unit_of
from hotfire.telemetry.stamps import Stamps, parse_stamps
from hotfire.telemetry.table import Column, Table

__all__ = ["RawClock", "choose_clock", "is_row_number"]

# Since 1970, between the years 2000 and 2100, in s.
_EPOCH = (946684800.0, 4102444800.0)


@dataclass(frozen=True, eq=False)
class RawClock:
    """Time of each row before it is put in order.

    Attributes:
        seconds: Shape (rows,), NaN where a row has no time.
        column: Name of the column it comes from.
        notes: What was found.
    """

    seconds: FloatArray
    column: str
    notes: tuple[Note, ...]


def choose_clock(
    table: Table, *, column: str | None = None, unit: str | None = None, where: str = ""
) -> RawClock | None:
    """Find the clock of a table.

    Args:
        table: Columns as read.
        column: The column that somebody named; None to look for it.
        unit: Its unit, when somebody named it.
        where: The file, for errors.

    Returns:
        The clock, or None when no column is one.

    Raises:
        LogError: If the named column is missing or no clock, or the unit of the clock cannot be told.
    """
    if column is not None:
        found = _named(table, column, where)
        stamps = parse_stamps(found.text) if found.text is not None else None
        if found.text is not None and stamps is None:
            raise LogError(
                f"column {column!r} holds no times", where=where, remedy="name another column as time"
            )
        return (
            _from_stamps(found, stamps) if stamps is not None else _from_numbers(found, unit, None, where, ())
        )
    stamped = [
        (c, s) for c in table.columns if c.text is not None and (s := parse_stamps(c.text)) is not None
    ]
    stamp = max(stamped, key=lambda cs: _rising(cs[1].seconds)) if stamped else None
    ranked = sorted(
        ((_merit(c), i, c) for i, c in enumerate(table.columns) if c.numbers is not None), key=_by_merit
    )
    merit, _, best = ranked[0] if ranked else (0.0, 0, None)
    if best is not None and merit >= 2.0 and (stamp is None or _rising(best.numbers) >= 0.9):
        return _from_numbers(best, unit, stamp, where, ())
    if (
        best is not None
        and merit >= 1.0
        and stamp is not None
        and 0.8 < _against(best.numbers, stamp[1]) < 1.25
    ):
        return _from_numbers(best, unit, stamp, where, (_finer(best, stamp[0]),))
    if stamp is not None and stamp[1].readable > 0.5 and _rising(stamp[1].seconds) > 0.5:
        return _from_stamps(*stamp)
    if best is not None and merit >= 1.0:
        notes = (_guessed(best, _regularity(best.numbers)),) if merit < 2.0 else ()
        return _from_numbers(best, unit, None, where, notes)
    return None


def is_row_number(column: Column) -> bool:
    """Say whether a column only counts the rows and its name does not say time."""
    values = column.numbers
    if values is None or len(values) < 3 or is_time_name(column.name) or is_time_name(last_part(column.name)):
        return False
    return bool(values[0] in (0.0, 1.0) and np.all(np.diff(values) == 1.0))


def _by_merit(entry: tuple[float, int, Column]) -> tuple[float, int]:
    return -entry[0], entry[1]


def _named(table: Table, name: str, where: str) -> Column:
    for column in table.columns:
        if name in (column.name, split_unit(column.name)[0]):
            return column
    meant = meant_by(name, [c.name for c in table.columns])
    if len(meant) == 1:
        return next(c for c in table.columns if c.name == meant[0])
    raise LogError(
        f"there is no column {name!r} to take the time from",
        where=where,
        why="columns: " + ", ".join(c.name for c in table.columns[:20]),
        remedy="name one of them",
    )


def _sample(values: FloatArray | None) -> FloatArray:
    """Return stretches of the finite values: enough to judge a clock."""
    assert values is not None
    if len(values) > 20000:
        values = np.concatenate((values[:8000], values[-8000:]))
    return values[np.isfinite(values)]


def _rising(values: FloatArray | None) -> float:
    """Return the share of steps that do not go back; 0 when it does not rise on the whole."""
    sample = _sample(values)
    if len(sample) < 2 or np.ptp(sample) == 0.0:
        return 0.0
    return float(np.mean(np.diff(sample) >= 0))


def _regularity(values: FloatArray | None) -> float:
    """Return the share of steps between half and twice the median step, those of zero left out."""
    steps = np.diff(_sample(values))
    steps = steps[steps != 0]
    if len(steps) < 3:
        return 0.0
    middle = np.median(steps)
    return float(np.mean((steps > 0.5 * middle) & (steps < 2.0 * middle))) if middle > 0 else 0.0


def _merit(column: Column) -> float:
    """Return how much a column looks like a clock: 2 and more with a name, 1 to 2 by its values alone."""
    if column.numbers is None or is_row_number(column):
        return 0.0
    rising = _rising(column.numbers)
    name = is_time_name(last_part(column.name)) or is_time_name(column.name)
    if name and (rising > 0.6 or (len(column) <= 2 and np.isfinite(column.numbers).any())):
        seconds = 0.3 * (time_unit_of(column.name) != "" or column.unit != "")
        return 2.0 + rising + 0.5 * _regularity(column.numbers) + seconds
    sample = _sample(column.numbers)
    if rising < 0.98 or len(sample) < 5 or len(sample) < 0.9 * min(len(column), 16000):
        return 0.0
    steps = np.diff(sample)
    distinct = float(np.mean(steps > 0))
    regular = _regularity(column.numbers)
    # Counters of events also rise: a clock moves on nearly every row, or by even steps.
    steady = distinct > 0.5 and (regular > 0.8 or (rising == 1.0 and regular > 0.5))
    return 1.0 + 0.5 * regular * distinct if steady else 0.0


def _guessed(column: Column, regular: float) -> Note:
    return Note(
        "time_guessed",
        "warning",
        "no column is named as time: this one rises steadily and is taken",
        channel=column.name,
        evidence={"share_of_regular_steps": regular},
        remedy=f"confirm in the channel map: `time: {{channel: {column.name}, unit: s}}`, or give --rate",
    )


def _finer(column: Column, stamped: Column) -> Note:
    return Note(
        "clock",
        "info",
        f"counts seconds beside the wall clock in {stamped.name!r} and is taken as the clock",
        channel=column.name,
        evidence={"first": str(stamped.text[0]) if len(stamped) else ""},
        remedy=f"to use the other: `time: {{channel: {stamped.name}}}`",
    )


def _from_stamps(column: Column, stamps: Stamps | None) -> RawClock:
    assert stamps is not None
    notes = [
        Note(
            "clock",
            "info",
            f"times are {stamps.form} in {column.name!r}; t = 0 is {stamps.first}",
            channel=column.name,
            evidence={"first": stamps.first, "readable": stamps.readable},
        )
    ]
    if stamps.ambiguous:
        notes.append(Note("date_order", "warning", stamps.ambiguous, channel=column.name))
    return RawClock(stamps.seconds, column.name, tuple(notes))


def _from_numbers(
    column: Column, unit: str | None, stamp: tuple[Column, Stamps] | None, where: str, notes: tuple[Note, ...]
) -> RawClock:
    """Scale a column of numbers to s: by its stated unit, by the wall clock beside it, or by its size."""
    assert column.numbers is not None
    values = column.numbers
    ratio = _against(values, stamp[1]) if stamp is not None else float("nan")
    stated = unit or (column.unit if _is_time_unit(column.unit) else "") or time_unit_of(column.name)
    found = list(notes)
    if stated:
        try:
            scale = parse_unit(stated, "time").scale
        except UnitError as error:
            raise LogError(
                f"the clock's unit {stated!r} is no unit of time",
                where=where,
                why=error.what,
                remedy="write s, ms or us",
            ) from None
        if np.isfinite(ratio) and not 0.8 < ratio / scale < 1.25 and stamp is not None:
            found.append(_disagreement(column, stated, ratio / scale, stamp[0].name))
    else:
        scale, note = _scale_by_size(column, ratio, where)
        if note is not None:
            found.append(note)
    return RawClock(values * scale if scale != 1.0 else values, column.name, tuple(found))


def _is_time_unit(unit: str) -> bool:
    try:
        return bool(unit) and parse_unit(unit, "time").kind == "time"
    except UnitError:
        return False


def _against(values: FloatArray | None, stamps: Stamps) -> float:
    """Return s of wall clock per count of a column, NaN when it cannot be told."""
    assert values is not None
    both = np.isfinite(values) & np.isfinite(stamps.seconds)
    if both.sum() < 3:
        return float("nan")
    # Quantiles: one wild stamp must not decide the unit of a clock.
    counts = float(np.subtract(*np.quantile(values[both], (0.9, 0.1))))
    seconds = float(np.subtract(*np.quantile(stamps.seconds[both], (0.9, 0.1))))
    return seconds / counts if counts > 0 and seconds > 0 else float("nan")


def _scale_by_size(column: Column, ratio: float, where: str) -> tuple[float, Note | None]:
    """Tell s, ms, us and ns apart where nobody wrote the unit."""
    for scale, word in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")):
        if np.isfinite(ratio) and 0.8 < ratio / scale < 1.25:
            return scale, (
                None
                if word == "s"
                else _assumed(column, word, "the wall clock beside it", {"s_per_count": ratio})
            )
    sample = _sample(column.numbers)
    steps = np.diff(sample)
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    for scale, word in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")):
        if len(sample) and _EPOCH[0] < sample[0] * scale < _EPOCH[1] and sample[0] >= 1e9:
            return scale, None if word == "s" else _assumed(
                column, word, "counts since 1970", {"first": float(sample[0])}
            )
    evidence = {"median_step": step}
    if step < 2.0:
        return 1.0, None
    if step < 500.0:
        return 1e-3, _assumed(column, "ms", "steps too long for s, too short a record for us", evidence)
    if 5000.0 <= step < 5e5:
        return 1e-6, _assumed(column, "us", "steps too long for ms", evidence)
    raise LogError(
        f"the unit of the clock {column.name!r} cannot be told: it advances by {step:g} a sample",
        where=where,
        why=f"that is {1 / step:.3g} Hz in s, {1e3 / step:.3g} Hz in ms, {1e6 / step:.3g} Hz in us",
        remedy=f"say it in the channel map: `time: {{channel: {column.name}, unit: ms}}`, or give --rate",
    )


def _assumed(column: Column, word: str, why: str, evidence: dict[str, float]) -> Note:
    return Note(
        "time_unit_assumed",
        "warning" if "beside" not in why else "info",
        f"the clock has no unit; read as {word}: {why}",
        channel=column.name,
        evidence=dict(evidence),
        remedy=f"confirm in the channel map: `time: {{channel: {column.name}, unit: {word}}}`",
    )


def _disagreement(column: Column, stated: str, factor: float, other: str) -> Note:
    return Note(
        "clocks_disagree",
        "warning",
        f"the clock says {stated}, but {other!r} advances {factor:.4g} times as fast",
        channel=column.name,
        evidence={"factor": factor},
        remedy="name the clock to trust in the channel map: `time: {channel: ..., unit: ...}`",
    )
