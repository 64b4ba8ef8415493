"""Parquet, HDF5 and TDMS into tables: columns of numbers, units from names or attributes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.log import FloatArray
from hotfire.physics.errors import LogError
from hotfire.telemetry.excel import cells_of
from hotfire.telemetry.labelling import build_table
from hotfire.telemetry.memory import refuse_if_too_large
from hotfire.telemetry.names import is_time_name
from hotfire.telemetry.table import Cells, Table

__all__ = ["read_hdf5", "read_parquet", "read_tdms"]

_FEWEST = 3
"""Rows below which columns are no record of a test."""
_UNITS = ("units", "unit", "unit_string", "Units", "Unit")
"""Attributes in which units are found."""
_Group = tuple[str, int]


def read_parquet(path: Path) -> list[Table]:
    """Read a Parquet file.

    Args:
        path: The file.

    Returns:
        Its one table.

    Raises:
        LogError: If it is broken, too large, or holds no numbers.
    """
    import polars as pl

    try:
        lazy = pl.scan_parquet(path)
        width = len(lazy.collect_schema())
        rows = int(lazy.select(pl.len()).collect().item())
        refuse_if_too_large(path, path.stat().st_size, rows=rows, width=width)
        frame = lazy.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _broken("Parquet", path, error) from None
    data = [cells_of(frame.to_series(i)) for i in range(frame.width)]
    if not any(values is not None and np.isfinite(values).any() for values, *_ in data):
        raise _no_numbers("Parquet", path)
    words = f"Parquet, {frame.width} columns of {frame.height} rows"
    return [build_table(data, tuple(frame.columns), None, dialect=words)]


def read_hdf5(path: Path) -> list[Table]:
    """Read the numeric datasets of an HDF5 file; those of one group and one length share a clock.

    Links that lead out of the file are not followed. Columns of a compound dataset are read one by one.

    Raises:
        LogError: If it is broken, too large, holds no numbers, or h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise _needs("h5py", "HDF5", path) from None
    groups: dict[_Group, list[tuple[str, FloatArray]]] = {}
    try:
        with h5py.File(path, "r") as file:
            sets = list(_datasets(file))
            total = sum(float(np.prod(d.shape, dtype=float)) * _width(d) for _, _, d in sets)
            refuse_if_too_large(path, path.stat().st_size, rows=total, width=1)
            for group, name, data in sets:
                for label, vector in _vectors(name, data):
                    groups.setdefault((group, len(vector)), []).append((label, vector))
    except OSError as error:
        raise _broken("HDF5", path, error) from None
    return _tables(groups, "HDF5", path)


def read_tdms(path: Path) -> list[Table]:
    """Read the numeric channels of a TDMS file; waveforms bring their clock in their properties.

    Raises:
        LogError: If it is broken, too large, holds no numbers, or npTDMS is not installed.
    """
    try:
        from nptdms import TdmsFile
    except ImportError:
        raise _needs("npTDMS", "TDMS", path) from None
    groups: dict[_Group, list[tuple[str, FloatArray]]] = {}
    try:
        with TdmsFile.open(str(path)) as file:
            channels = [(g.name, c) for g in file.groups() for c in g.channels()]
            total = float(sum(len(c) for _, c in channels))
            refuse_if_too_large(path, path.stat().st_size, rows=total, width=1)
            for group, channel in channels:
                if len(channel) == 0 or channel.dtype.kind not in "fiub":
                    continue
                values = np.asarray(channel[:], dtype=np.float64)
                key = (f"{group} {channel.properties.get('wf_increment', '')}", len(values))
                members = groups.setdefault(key, [])
                if not members and "wf_increment" in channel.properties:
                    members.append(("Time (s)", _clock(channel, len(values))))
                members.append((_labelled(channel.name, channel.properties), values))
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise _broken("TDMS", path, error) from None
    return _tables(groups, "TDMS", path)


def _clock(channel: Any, size: int) -> FloatArray:
    step, first = channel.properties["wf_increment"], channel.properties.get("wf_start_offset", 0.0)
    return np.asarray(float(first) + float(step) * np.arange(size), dtype=np.float64)


def _datasets(group: Any, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield group, name and dataset for what holds numbers."""
    for key in group:
        if group.get(key, getlink=True).__class__.__name__ != "HardLink":
            continue  # links may lead out of the file
        item = group[key]
        if not hasattr(item, "shape"):
            yield from _datasets(item, f"{prefix}{key}/")
        elif item.dtype.names is not None or (item.dtype.kind in "fiub" and len(item.shape) in (1, 2)):
            yield prefix, f"{prefix}{key}".replace("/", "."), item


def _width(data: Any) -> int:
    return len(data.dtype.names or (0,))


def _vectors(name: str, data: Any) -> Iterator[tuple[str, FloatArray]]:
    if data.dtype.names is not None:
        for field in data.dtype.names:
            if len(data.shape) == 1 and data.dtype[field].kind in "fiub" and data.dtype[field].shape == ():
                yield field, np.asarray(data[field], dtype=np.float64)
        return
    values = np.asarray(data[()], dtype=np.float64)
    if values.ndim == 1 or 1 in values.shape:
        yield _labelled(name, data.attrs), values.ravel()
        return
    rows = values if values.shape[0] < values.shape[1] else values.T
    for i, row in enumerate(rows, 1):
        yield f"{name}({i})", np.ascontiguousarray(row)


def _labelled(name: str, attributes: Any) -> str:
    """Return a name with its unit in brackets, where an attribute says one."""
    for key in _UNITS:
        unit = attributes.get(key, "")
        unit = unit.decode(errors="replace") if isinstance(unit, bytes) else str(unit)
        if unit.strip():
            return f"{name} ({unit.strip()})"
    return name


def _tables(groups: dict[_Group, list[tuple[str, FloatArray]]], form: str, path: Path) -> list[Table]:
    """Make tables: those with a clock first, large ones before small ones."""

    def rank(item: tuple[_Group, list[tuple[str, FloatArray]]]) -> tuple[bool, int]:
        (_, n), members = item
        return not any(_is_time(label) for label, _ in members), -n * len(members)

    tables = []
    for (_, n), members in sorted(groups.items(), key=rank):
        if n < _FEWEST:
            continue
        ordered = sorted(members, key=lambda m: not _is_time(m[0]))
        data: list[Cells] = [(vector, None, 0, ()) for _, vector in ordered]
        words = f"{form}, {len(members)} columns of {n} rows"
        tables.append(build_table(data, tuple(label for label, _ in ordered), None, dialect=words))
    if not tables:
        raise _no_numbers(form, path)
    return tables


def _is_time(label: str) -> bool:
    return is_time_name(label.split(" (", maxsplit=1)[0].rsplit(".", 1)[-1])


def _needs(package: str, form: str, path: Path) -> LogError:
    return LogError(
        f"the file is {form}",
        where=str(path),
        why=f"reading it needs {package}",
        remedy="pip install 'hotfire[formats]', or export the channels as CSV",
    )


def _broken(form: str, path: Path, error: Exception) -> LogError:
    return LogError(
        f"the {form} file cannot be read",
        where=str(path),
        why=(str(error).splitlines() or [type(error).__name__])[0][:200],
        remedy="copy it again, or export it as CSV",
    )


def _no_numbers(form: str, path: Path) -> LogError:
    return LogError(
        f"the {form} file holds no columns of numbers",
        where=str(path),
        why="only text, scalars or nothing",
        remedy="name the file that holds the samples",
    )
