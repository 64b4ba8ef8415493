"""From a table to channels: clock, order of rows, units to SI, held signals, checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.log import Channel, FloatArray, Note
from hotfire.physics.errors import LogError
from hotfire.physics.units import Unit, to_si
from hotfire.telemetry.channel_map import ChannelMap, Entry
from hotfire.telemetry.channel_units import channel_kind, settle_unit
from hotfire.telemetry.clock import Clock, order_clock
from hotfire.telemetry.clock_columns import choose_clock, is_row_number
from hotfire.telemetry.group_names import last_part
from hotfire.telemetry.held import find_held
from hotfire.telemetry.names import is_time_name
from hotfire.telemetry.no_reading import without_codes
from hotfire.telemetry.pressure_reference import Pressure, infer_references
from hotfire.telemetry.quality import check_signals
from hotfire.telemetry.signals import Signal, measure
from hotfire.telemetry.stamps import parse_stamps
from hotfire.telemetry.table import Column, Table

__all__ = ["assemble", "clock_of"]

_LABELS = 64


@dataclass(frozen=True, eq=False)
class _Raw:
    """A channel as recorded, in order, with its unit settled as far as it goes."""

    name: str
    time: FloatArray
    values: FloatArray
    kind: str | None
    unit: Unit | None
    unit_source: str
    entry: Entry
    labels: tuple[str, ...] = ()


def clock_of(table: Table, mapping: ChannelMap, rate: float | None, path: Path) -> tuple[Clock, str]:
    """Find and order the clock of a table.

    Args:
        table: Columns as read.
        mapping: The channel map.
        rate: Sampling rate in Hz that somebody gave; it overrides any clock.
        path: The file, for errors.

    Returns:
        The clock and the name of its column ("" when it comes from a rate).

    Raises:
        LogError: If there is no clock and no rate.
    """
    wanted = rate or mapping.rate
    if wanted is not None:
        if not (np.isfinite(wanted) and wanted > 0):
            raise LogError(
                f"the rate {wanted:g} Hz is not positive", where=str(path), remedy="give --rate in Hz"
            )
        return Clock(np.arange(table.rows) / wanted, None, (_by_rate(wanted, "given"),)), ""
    raw = choose_clock(table, column=mapping.time_channel, unit=mapping.time_unit, where=str(path))
    if raw is not None:
        clock = order_clock(raw.seconds, raw.column)
        if len(clock.time) < 2:
            raise LogError(
                "fewer than two rows have a time",
                where=f"{path}, column {raw.column!r}",
                why=f"{table.rows} rows, {len(clock.time)} of them with a time",
                remedy="name another column (`time: {channel: ...}`), or give --rate",
            )
        return replace(clock, notes=(*raw.notes, *clock.notes)), raw.column
    stated = float(table.facts.get("rate", "nan"))
    if np.isfinite(stated) and stated > 0:
        note = _by_rate(stated, f"stated in the file ({table.facts['rate_line']!r})")
        return Clock(np.arange(table.rows) / stated, None, (note,)), ""
    raise LogError(
        "the log has no time column",
        where=str(path),
        why="no column is named as time or rises steadily; columns: "
        + ", ".join(c.name for c in table.columns[:12]),
        remedy="give the sampling rate: --rate 1000 (Hz), or `time: {rate: 1000}` in the channel map",
    )


def _by_rate(rate: float, why: str) -> Note:
    return Note(
        "clock_from_rate", "info", f"the clock counts rows at {rate:g} Hz ({why})", evidence={"rate_hz": rate}
    )


def assemble(
    table: Table, mapping: ChannelMap, clock: Clock, clock_column: str, check: bool
) -> tuple[dict[str, Channel], list[Note]]:
    """Make channels of a table's columns.

    Args:
        table: Columns as read; its list of columns is used up.
        mapping: The channel map.
        clock: The clock in order.
        clock_column: Name of its column, left out of the channels.
        check: True to look for faults in the data.

    Returns:
        Channels by name, and the findings.
    """
    notes: list[Note] = []
    raws = []
    for column in table.columns:
        if column.name == clock_column:
            continue
        raw = _raw(column, mapping, clock, notes)
        if raw is not None:
            raws.append(raw)
    references, more = _references(raws, mapping)
    notes += more
    if check:
        notes += check_signals([_signal(raw, references) for raw in raws], mapping.ambient_pressure)
    channels: dict[str, Channel] = {}
    while raws:
        raw = raws.pop(0)
        channels[raw.name] = _channel(raw, references, mapping, notes if check else None)
    return channels, notes


def _raw(column: Column, mapping: ChannelMap, clock: Clock, notes: list[Note]) -> _Raw | None:
    """Settle kind and unit of a column, and put its rows in order."""
    entry = mapping.entry(column.name)
    labels: tuple[str, ...] = ()
    kind: str | None
    unit: Unit | None = None
    source = ""
    if column.numbers is None:
        values, labels, kind = _text_values(column)
    else:
        values = column.numbers
        unit, source, said = settle_unit(column, entry)
        notes += said
        kind = channel_kind(column, entry, unit)
        if is_row_number(column):
            kind = "index"
        elif kind is None and is_time_name(last_part(column.name)):
            kind = "time"
    if column.unreadable:
        notes.append(_unreadable(column))
    if clock.rows is not None:
        values = values[clock.rows]
    if kind not in ("text", "time", "index", "command"):
        values, found = without_codes(column.name, clock.time, values)
        notes += found
    if entry.scale != 1.0 or entry.offset != 0.0:
        values = values * entry.scale + entry.offset
    return _Raw(column.name, clock.time, values, kind, unit, source, entry, labels)


def _text_values(column: Column) -> tuple[FloatArray, tuple[str, ...], str]:
    """Turn words into numbers: times into s, modes into 0, 1, 2 ... in order of appearance."""
    import polars as pl

    stamps = parse_stamps(column.text)
    if stamps is not None:
        return stamps.seconds, (), "time"
    words: Any = column.text.str.strip_chars()
    labels = words.drop_nulls().unique(maintain_order=True)
    if len(labels) > _LABELS:
        return np.full(len(words), np.nan), tuple(labels.head(_LABELS).to_list()), "text"
    codes = words.replace_strict(labels, pl.Series(range(len(labels)), dtype=pl.Float64), default=None)
    return (
        np.array(codes.cast(pl.Float64).fill_null(float("nan")).to_numpy()),
        tuple(labels.to_list()),
        "text",
    )


def _unreadable(column: Column) -> Note:
    examples = ", ".join(repr(e) for e in column.examples)
    return Note(
        "not_numbers",
        "warning",
        f"{column.unreadable} cells hold text where numbers are expected ({examples}): read as missing",
        channel=column.name,
        evidence={"count": float(column.unreadable), "examples": "; ".join(column.examples)[:120]},
        remedy="check the logger's columns; cells that belong to another column shift the meaning of a row",
    )


def _references(raws: list[_Raw], mapping: ChannelMap) -> tuple[dict[str, tuple[str, str]], list[Note]]:
    """Settle gauge or absolute of every pressure: unit, channel map, or inference."""
    settled: dict[str, tuple[str, str]] = {}
    open_ones = []
    for raw in raws:
        if raw.unit is None or raw.unit.kind != "pressure":
            continue
        if raw.entry.reference is not None:
            settled[raw.name] = (raw.entry.reference, "channel map")
        elif raw.unit.reference is not None:
            settled[raw.name] = (raw.unit.reference, "unit")
        else:
            open_ones.append(Pressure(raw.name, raw.unit.symbol, raw.unit.scale, raw.values))
    if not open_ones:
        return settled, []
    inferred, notes = infer_references(open_ones, mapping.ambient_pressure)
    return settled | inferred, notes


def _signal(raw: _Raw, references: dict[str, tuple[str, str]]) -> Signal:
    unit = raw.unit
    celsius = (
        (unit.scale, unit.offset - 273.15) if unit is not None and unit.kind == "temperature" else (1.0, 0.0)
    )
    pascal = unit.scale if unit is not None and unit.kind == "pressure" else float("nan")
    reference = references.get(raw.name, ("", ""))[0] or None
    return measure(
        raw.name, raw.kind, raw.time, raw.values, celsius=celsius, pascal=pascal, reference=reference
    )


def _converted(values: FloatArray, unit: Unit, ambient: float) -> FloatArray:
    """Convert to SI, in place where the array is ours: the recorded numbers are not needed any more."""
    if not values.flags.writeable:
        return to_si(values, unit, ambient)
    shift = float(to_si(0.0, unit, ambient))
    if unit.scale != 1.0:
        values *= unit.scale
    if shift:
        values += shift
    return values


def _channel(
    raw: _Raw, references: dict[str, tuple[str, str]], mapping: ChannelMap, notes: list[Note] | None
) -> Channel:
    time, values = raw.time, raw.values
    if notes is not None and raw.kind not in ("text", "time", "index", "command"):
        held = find_held(raw.name, time, values)
        if held is not None:
            time, values = held.time, held.values
            notes.append(held.note)
    reference, source = references.get(raw.name, (None, ""))
    if raw.unit is not None and not (
        raw.unit.scale == 1.0 and raw.unit.offset == 0.0 and reference != "gauge"
    ):
        unit = raw.unit.with_reference(reference) if reference is not None else raw.unit
        values = _converted(values, unit, mapping.ambient_pressure)
    return Channel(
        raw.name,
        time,
        values,
        kind=raw.kind,
        unit=raw.unit.symbol if raw.unit is not None else None,
        unit_source=raw.unit_source,
        role=raw.entry.role,
        sensor=raw.entry.sensor,
        reference=reference,
        reference_source=source,
        labels=raw.labels,
        role_source=raw.entry.place if raw.entry.role is not None else "",
    )
