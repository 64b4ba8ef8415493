"""A log as text in a dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from hotfire.log import Channel, FloatArray, Log
from hotfire.physics.errors import HotfireError
from hotfire.physics.units import from_si, parse_unit
from hotfire.recording.dialects import Dialect
from hotfire.telemetry.headers import split_unit

__all__ = ["channel_names", "write_dialect"]

_BEGIN = datetime(2026, 11, 23, 10, 15, 30)
"""When a log that is written with stamps began: any time would do."""
_TAGS = {"pressure": "PT", "temperature": "TT", "force": "LC", "mass_flow": "FM", "rotation": "ST"}
_UNEVEN = 1e-3
"""Departure of a step from the mean one, over it, beyond which rows cannot be counted for time."""


@dataclass(frozen=True, eq=False)
class _Column:
    """One column: name and unit as written, what its kind is called, and its cells."""

    name: str
    unit: str
    group: str
    cells: Sequence[str]


def write_dialect(log: Log, path: Path, ambient: float, dialect: Dialect) -> None:
    """Write a log as text.

    Args:
        log: What to write.
        path: Where to.
        ambient: Ambient pressure in Pa, for gauge pressures.
        dialect: How it is written.

    Raises:
        HotfireError: If rows are to be counted for time and are not even in time.
    """
    channels = list(log.channels.values())
    if dialect.order != "engine":
        channels.sort(key=lambda c: c.name)
    if dialect.order == "reversed":
        channels = list(log.channels.values())[::-1]
    names = channel_names(channels, dialect)
    columns: list[_Column] = []
    for clock in _clocks(channels, dialect):
        columns.append(_time_column(clock, dialect))
        columns += [
            _column(c, names[c.name], clock, ambient, dialect)
            for c in channels
            if dialect.clocks == "one" or np.array_equal(c.time, clock)
        ]
    lines = [*_preamble(channels, names, dialect), *_header(columns, dialect), *_body(columns, dialect)]
    if dialect.footer:
        lines.append("End of record")
    with path.open("w", encoding=dialect.encoding, newline="") as file:
        file.writelines(f"{line}{dialect.line_end}" for line in lines)


def channel_names(channels: Sequence[Channel], dialect: Dialect) -> dict[str, str]:
    """Return the names that channels are written under, without units, by their own."""
    if dialect.names == "tags":
        return {c.name: f"{_TAGS.get(c.kind or '', 'CH')}-{101 + i}" for i, c in enumerate(channels)}
    return {c.name: _styled(c.name, dialect.names) for c in channels}


def _styled(name: str, style: str) -> str:
    words = [w for w in re.split(r"[_\s]+", name) if w]
    match style:
        case "upper":
            return "_".join(words).upper()
        case "spaces":
            return " ".join(words).capitalize()
        case "camel":
            return words[0].lower() + "".join(w.capitalize() for w in words[1:])
    return name


def _clocks(channels: Sequence[Channel], dialect: Dialect) -> list[FloatArray]:
    """Return the clock of all channels together, or those that channels share."""
    if dialect.clocks == "one":
        return [np.unique(np.concatenate([c.time for c in channels])) if channels else np.empty(0)]
    found: list[FloatArray] = []
    for channel in channels:
        if not any(np.array_equal(channel.time, clock) for clock in found):
            found.append(channel.time)
    return found


def _time_column(clock: FloatArray, dialect: Dialect) -> _Column:
    match dialect.clock:
        case "counter":
            _mean_rate(clock)
            return _Column("Sample", "", "Row", [str(i) for i in range(clock.size)])
        case "seconds":
            return _Column("Time", "s", "Clock", [_number(f"{t:.6f}", dialect) for t in clock])
        case "milliseconds":
            return _Column("Time", "ms", "Clock", [_number(f"{1e3 * t:.3f}", dialect) for t in clock])
    stamps = (_BEGIN + timedelta(microseconds=round(1e6 * float(t))) for t in clock)
    return _Column("Time", "", "Clock", [_stamp(s, dialect.clock) for s in stamps])


def _stamp(moment: datetime, form: str) -> str:
    match form:
        case "labview":
            return f"{moment:%m/%d/%Y %I:%M:%S}.{moment.microsecond // 1000:03d} {moment:%p}"
        case "day":
            return f"{moment:%H:%M:%S}.{moment.microsecond // 100:04d}"
    return moment.isoformat(timespec="microseconds")


def _mean_rate(clock: FloatArray) -> float:
    """Return the rate in Hz of an even clock.

    Raises:
        HotfireError: If it is not even.
    """
    steps = np.diff(clock)
    if not steps.size or np.ptp(steps) > _UNEVEN * steps.mean():
        raise HotfireError(
            "the rows of this log are not even in time, so they cannot be counted for time",
            remedy="choose another dialect",
        )
    return float(1.0 / steps.mean())


def _column(channel: Channel, name: str, clock: FloatArray, ambient: float, dialect: Dialect) -> _Column:
    """Return a channel in the dialect's unit, with a cell for each instant of the clock."""
    wanted = dict(dialect.units_of).get(channel.kind or "", channel.unit or "")
    written, values = wanted if channel.unit else "", channel.values
    if written:
        unit = parse_unit(written, channel.kind)
        if unit.kind == "pressure" and unit.reference is None:
            unit = unit.with_reference("gauge")  # what a bare unit means at most stands
        values = from_si(values, unit, ambient)
    cells = [dialect.missing] * clock.size
    for row, value in zip(np.searchsorted(clock, channel.time), values, strict=True):
        if not np.isnan(value):
            cells[row] = _number(f"{value:.{dialect.digits}g}", dialect)
    return _Column(name, written, (channel.kind or "other").replace("_", " ").capitalize(), cells)


def _number(text: str, dialect: Dialect) -> str:
    return text.replace(".", dialect.decimal)


def _preamble(channels: Sequence[Channel], names: dict[str, str], dialect: Dialect) -> Iterator[str]:
    """Yield the lines above the header."""
    if not dialect.preamble:
        return
    facts = ["Stand: 2", f"Begin: {_BEGIN:%Y-%m-%d}", "Article: engine under test"]
    if dialect.clock == "counter":
        rate = _mean_rate(np.unique(np.concatenate([c.time for c in channels])))
        facts.append(f"Sample rate: {rate:.7g} Hz")
    if dialect.names == "tags":
        facts += [f"{tag}: {name}" for name, tag in names.items()]
    for fact in facts:
        yield f"# {fact}" if dialect.preamble == "comments" else fact


def _header(columns: Sequence[_Column], dialect: Dialect) -> Iterator[str]:
    """Yield the rows of groups, names and units."""
    if dialect.group_row:
        yield _joined([c.group for c in columns], dialect)
    names = [c.name if dialect.units == "row" else _with_unit(c, dialect) for c in columns]
    yield _joined([f'"{n}"' if dialect.quoted else n for n in names], dialect)
    if dialect.units == "row":
        yield _joined([c.unit or "-" for c in columns], dialect)


def _with_unit(column: _Column, dialect: Dialect) -> str:
    """Return name and unit in one; a unit that no suffix can say stands in brackets."""
    if not column.unit:
        return column.name
    gap = "" if dialect.separator == " " else " "
    suffixed = f"{column.name}_{column.unit}"
    if dialect.units == "suffix" and split_unit(suffixed)[1] == column.unit:
        return suffixed
    return (
        f"{column.name}{gap}[{column.unit}]"
        if dialect.units == "square"
        else f"{column.name}{gap}({column.unit})"
    )


def _body(columns: Sequence[_Column], dialect: Dialect) -> Iterator[str]:
    """Yield the rows of data; shorter columns end in empty cells."""
    for row in range(max((len(c.cells) for c in columns), default=0)):
        yield _joined([c.cells[row] if row < len(c.cells) else "" for c in columns], dialect)


def _joined(cells: Sequence[str], dialect: Dialect) -> str:
    if dialect.separator == " ":
        return " ".join(f"{cell:>14}" for cell in cells)
    return dialect.separator.join(cells)
