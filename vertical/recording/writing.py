"""A log as a file: CSV, Parquet, HDF5 or TDMS, in the units that the channels carry; or text in another dialect."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hotfire.log import Channel, FloatArray, Log
from hotfire.physics.errors import HotfireError
from hotfire.physics.units import from_si, parse_unit
from hotfire.recording.dialects import DIALECTS, Dialect

__all__ = ["WRITTEN", "ending_of", "write_csv", "write_log"]

_TIME = "Time"
_GROUP = "log"


@dataclass(frozen=True, eq=False)
class _Written:
    """One column: name, unit as written ("" without), values in that unit."""

    name: str
    unit: str
    values: FloatArray

    @property
    def header(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name


def write_log(
    log: Log,
    path: str | Path,
    ambient: float = 101325.0,
    *,
    form: str | None = None,
    dialect: Dialect | str | None = None,
) -> None:
    """Write a log; channels with clocks of their own have no value where they have no sample.

    Args:
        log: What to write.
        path: Where to; its ending chooses the format: one of `WRITTEN`.
        ambient: Ambient pressure in Pa, for gauge pressures.
        form: Ending to write as, where the name has another.
        dialect: How text is written, or the name of one of `hotfire.recording.dialects.DIALECTS`; the ending is then
            free.

    Raises:
        HotfireError: If the format is not written, or what writes it is not installed.
    """
    path = Path(path)
    if dialect is None:
        WRITTEN[ending_of(path, form)](log, path, ambient)
        return
    from hotfire.recording.dialect_text import write_dialect

    write_dialect(log, path, ambient, _named(dialect) if isinstance(dialect, str) else dialect)


def _named(name: str) -> Dialect:
    if name not in DIALECTS:
        raise HotfireError(f"no dialect is called {name!r}", remedy=f"choose one of {', '.join(DIALECTS)}")
    return DIALECTS[name]


def ending_of(path: Path, form: str | None = None) -> str:
    """Return the ending that says how a log is written: that of `form`, or else of the path.

    Raises:
        HotfireError: If no log is written so.
    """
    ending = (form or path.suffix).lower()
    if ending not in WRITTEN:
        raise HotfireError(
            f"logs are not written as {ending or 'a file without an ending'}",
            where=str(path),
            remedy=f"let the name end with {', '.join(WRITTEN)}",
        )
    return ending


def write_csv(log: Log, path: Path, ambient: float) -> None:
    """Write a log as CSV; see `write_log`."""
    time, columns = _table(log, ambient)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([f"{_TIME} (s)", *(c.header for c in columns)])
        for row, instant in enumerate(time):
            cells = ("" if np.isnan(c.values[row]) else f"{c.values[row]:.7g}" for c in columns)
            writer.writerow([f"{instant:.6f}", *cells])


def _write_parquet(log: Log, path: Path, ambient: float) -> None:
    import polars as pl

    time, columns = _table(log, ambient)
    series = [pl.Series(f"{_TIME} (s)", time)]
    series += [pl.Series(c.header, c.values, nan_to_null=True) for c in columns]
    pl.DataFrame(series).write_parquet(path)


def _write_hdf5(log: Log, path: Path, ambient: float) -> None:
    """Write a dataset a channel, with the attribute `units`."""
    try:
        import h5py
    except ImportError:
        raise _missing("h5py", path) from None
    time, columns = _table(log, ambient)
    with h5py.File(path, "w", track_order=True) as file:
        for column in (_Written(_TIME, "s", time), *columns):
            data = file.create_dataset(column.name.replace("/", "_"), data=column.values, compression="gzip")
            data.attrs["units"] = column.unit


def _write_tdms(log: Log, path: Path, ambient: float) -> None:
    """Write a group with a channel for each column, its unit as `unit_string`."""
    try:
        from nptdms import ChannelObject, TdmsWriter
    except ImportError:
        raise _missing("npTDMS", path) from None
    time, columns = _table(log, ambient)
    objects = [
        ChannelObject(_GROUP, c.name, c.values, properties={"unit_string": c.unit})
        for c in (_Written(_TIME, "s", time), *columns)
    ]
    with TdmsWriter(str(path)) as file:
        file.write_segment(objects)


WRITTEN: dict[str, Callable[[Log, Path, float], None]] = {
    ".csv": write_csv,
    ".parquet": _write_parquet,
    ".h5": _write_hdf5,
    ".hdf5": _write_hdf5,
    ".tdms": _write_tdms,
}
"""Writers by the ending of the name."""


def _missing(package: str, path: Path) -> HotfireError:
    return HotfireError(
        f"writing this format needs {package}",
        where=str(path),
        remedy="pip install 'hotfire[formats]', or write CSV or Parquet",
    )


def _table(log: Log, ambient: float) -> tuple[FloatArray, list[_Written]]:
    """Return one clock for all channels, and the columns on it."""
    channels = list(log.channels.values())
    time = np.unique(np.concatenate([c.time for c in channels])) if channels else np.empty(0)
    return time, [_written(time, c, ambient) for c in channels]


def _written(time: FloatArray, channel: Channel, ambient: float) -> _Written:
    """Return a channel in its own unit; pressures say that they are absolute."""
    written, values = channel.unit or "", channel.values
    if channel.unit:
        unit = parse_unit(channel.unit, channel.kind)
        if unit.kind == "pressure" and unit.reference is None:
            unit, written = unit.with_reference("absolute"), f"{written}a"
        values = from_si(values, unit, ambient)
    if channel.time.size != time.size:
        column = np.full(time.size, np.nan)
        column[np.searchsorted(time, channel.time)] = values
        values = column
    return _Written(channel.name, written, values)
