"""A log as CSV: one time column, units in the header, in the units that the channels carry."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from hotfire.log import Channel, FloatArray, Log
from hotfire.physics.units import from_si, parse_unit

__all__ = ["write_csv"]


def write_csv(log: Log, path: Path, ambient: float) -> None:
    """Write a log. Channels with clocks of their own leave cells empty where they have no sample.

    Args:
        log: What to write.
        path: Where to.
        ambient: Ambient pressure in Pa, for gauge pressures.
    """
    channels = list(log.channels.values())
    time = np.unique(np.concatenate([c.time for c in channels])) if channels else np.empty(0)
    columns = [_written(time, c, ambient) for c in channels]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["Time (s)", *(name for name, _ in columns)])
        for row, instant in enumerate(time):
            cells = ("" if np.isnan(values[row]) else f"{values[row]:.7g}" for _, values in columns)
            writer.writerow([f"{instant:.6f}", *cells])


def _written(time: FloatArray, channel: Channel, ambient: float) -> tuple[str, FloatArray]:
    """Return name with unit and the values in that unit; pressures say that they are absolute."""
    name, values = channel.name, channel.values
    if channel.unit:
        unit, written = parse_unit(channel.unit, channel.kind), channel.unit
        if unit.kind == "pressure" and unit.reference is None:
            unit, written = unit.with_reference("absolute"), f"{written}a"
        name, values = f"{name} ({written})", from_si(values, unit, ambient)
    if channel.time.size == time.size:
        return name, values
    column = np.full(time.size, np.nan)
    column[np.searchsorted(time, channel.time)] = values
    return name, column
