"""Reading a test log: from a file in some dialect to channels in SI, with everything found on the way."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from hotfire.log import Channel, Log, Note
from hotfire.physics.errors import LogError
from hotfire.telemetry.assembly import assemble, clock_of
from hotfire.telemetry.channel_map import ChannelMap, load_channel_map
from hotfire.telemetry.formats import format_of
from hotfire.telemetry.group_names import last_part
from hotfire.telemetry.names import is_time_name
from hotfire.telemetry.row_order import oldest_first
from hotfire.telemetry.table import Table, unique_names

__all__ = ["read_log"]


def read_log(
    path: str | Path,
    *,
    channel_map: ChannelMap | str | Path | None = None,
    rate: float | None = None,
    sheet: str | None = None,
    check: bool = True,
) -> Log:
    """Read a test log.

    Args:
        path: CSV, TSV or other delimited text, spreadsheet (.xlsx, .xls, .ods), MATLAB, Parquet, HDF5 or
            TDMS file.
        channel_map: What the channels are: a map or the path of its YAML file.
        rate: Sampling rate in Hz, for a file without a clock (it overrides one that is there).
        sheet: Sheet of a spreadsheet.
        check: False to skip the checks of the data (units and clocks are settled all the same).

    Returns:
        Channels in SI where the unit is known, and notes on everything that was found, mended or assumed.

    Raises:
        LogError: If the file cannot be read as it stands; says what settles it.
        ChannelMapError: If the map is wrong or names channels that are not there.
    """
    # Logs hold infinities and 1e308: what comes of them is NaN or inf, and no warning of numpy's.
    with np.errstate(over="ignore", invalid="ignore"):
        return _read(Path(path), channel_map, rate, sheet, check)


def _read(
    source: Path,
    channel_map: ChannelMap | str | Path | None,
    rate: float | None,
    sheet: str | None,
    check: bool,
) -> Log:
    mapping = channel_map if isinstance(channel_map, ChannelMap) else None
    if mapping is None:
        mapping = load_channel_map(channel_map) if isinstance(channel_map, str | Path) else ChannelMap()
    read = _tables(source, sheet)
    if rate is None and mapping.rate is None:
        read = [oldest_first(table, mapping.time_channel) for table in read]
    tables = [part for table in read for part in _own_clocks(table)]
    mapping = mapping.fitted([c.name for t in tables for c in t.columns])
    channels: dict[str, Channel] = {}
    notes: list[Note] = []
    failed: list[LogError] = []
    dialect = ""
    while tables:
        table = tables.pop(0)
        notes += table.notes
        try:
            clock, column = clock_of(table, mapping, rate, source)
        except LogError as error:
            failed.append(error)
            notes.append(_no_clock(table, error))
            continue
        notes += clock.notes
        dialect = dialect or table.dialect  # the first table is the largest
        found, more = assemble(table, mapping, clock, column, check)
        channels |= found
        notes += more
    if not channels:
        raise failed[0] if failed else LogError("the log holds no channels", where=str(source))
    _refuse_no_data(source, channels)
    notes += _without_units(channels)
    return Log(source, dialect, channels, tuple(notes))


def _tables(path: Path, sheet: str | None) -> list[Table]:
    kind = format_of(path)
    if kind == "spreadsheet":
        from hotfire.telemetry.excel import read_spreadsheet

        return [read_spreadsheet(path, sheet)]
    if kind == "matlab":
        from hotfire.telemetry.matlab import read_matlab

        return _distinct(read_matlab(path))
    if kind in ("parquet", "hdf5", "tdms"):
        from hotfire.telemetry import columnar

        readers = {"parquet": columnar.read_parquet, "hdf5": columnar.read_hdf5, "tdms": columnar.read_tdms}
        return _distinct(readers[kind](path))
    from hotfire.telemetry.text import read_text

    return [read_text(path)]


def _distinct(tables: list[Table]) -> list[Table]:
    """Make names unique across tables."""
    names, _ = unique_names([c.name for t in tables for c in t.columns])
    fresh = iter(names)
    return [replace(t, columns=tuple(replace(c, name=next(fresh)) for c in t.columns)) for t in tables]


def _own_clocks(table: Table) -> list[Table]:
    """Split a table whose first column and several others are clocks: time, a, time, b ..."""
    starts = [
        i
        for i, c in enumerate(table.columns)
        if c.numbers is not None and is_time_name(_base(c.name)) and _rises(c.numbers)
    ]
    repeated = {_base(table.columns[i].name).lower().rstrip("0123456789 _") for i in starts}
    if len(starts) < 2 or starts[0] != 0 or len(repeated) != 1 or starts[1] == 1:
        return [table]
    ends = [*starts[1:], len(table.columns)]
    parts = [replace(table, columns=table.columns[a:b], notes=()) for a, b in zip(starts, ends, strict=True)]
    note = Note(
        "several_clocks",
        "info",
        f"the file has {len(starts)} clocks; each holds for the columns after it",
        evidence={"clocks": ", ".join(table.columns[i].name for i in starts)[:200]},
    )
    parts[0] = replace(parts[0], notes=(*table.notes, note))
    return [p for p in parts if len(p.columns) > 1]


def _base(name: str) -> str:
    """Return a name without unit, groups and the number that made it unique: `Time (s) (2)` is Time."""
    return last_part(re.sub(r" \(\d+\)$", "", name))


def _rises(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    good = values[:: max(1, len(values) // 5000)]
    good = good[np.isfinite(good)]
    return len(good) > 2 and bool(np.mean(np.diff(good) >= 0) > 0.9) and bool(good[-1] > good[0])


def _no_clock(table: Table, error: LogError) -> Note:
    names = ", ".join(c.name for c in table.columns[:8])
    return Note(
        "no_clock",
        "error",
        f"{len(table.columns)} columns of {table.rows} rows have no clock and are not read: {names}",
        evidence={"rows": float(table.rows), "columns": names},
        remedy=error.remedy,
    )


def _refuse_no_data(path: Path, channels: dict[str, Channel]) -> None:
    """Refuse a log none of whose channels holds a single measured value."""
    measured = [c for c in channels.values() if c.kind not in ("text", "time", "index")]
    if any(np.isfinite(c.values).any() for c in measured):
        return
    raise LogError(
        "the log holds no data",
        where=str(path),
        why=f"{len(channels)} channels ({', '.join(list(channels)[:8])}), none with a measured value",
        remedy="check the link between sensors and logger; read another file of the same test",
    )


def _without_units(channels: dict[str, Channel]) -> list[Note]:
    """Report channels without units, once for the file."""
    bare = [
        c
        for c in channels.values()
        if c.unit is None
        and c.kind not in ("text", "time", "index", "command")
        and np.isfinite(c.values).any()
    ]
    if not bare:
        return []
    looks = [f"{c.name} looks like Pa" for c in bare if c.kind == "pressure" and _median(c) > 2e4]
    first = next((c for c in bare if c.kind == "pressure"), bare[0])
    return [
        Note(
            "unit_missing",
            "warning",
            f"{len(bare)} of {len(channels)} channels have no unit and stay as recorded: "
            + ", ".join(c.name for c in bare[:8])
            + (" ..." if len(bare) > 8 else "")
            + (f" ({'; '.join(looks[:3])})" if looks else ""),
            evidence={"count": float(len(bare)), "channels": ", ".join(c.name for c in bare)[:400]},
            remedy=f"give units in the channel map: `channels: {{{first.name}: {{unit: ..., role: ...}}}}`",
        )
    ]


def _median(channel: Channel) -> float:
    values = channel.values[:: max(1, len(channel.values) // 2000)]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else 0.0
