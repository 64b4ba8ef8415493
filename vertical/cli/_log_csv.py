"""A log as CSV: one time column, units in the header, in the units that the channels carry."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hotfire.log import Channel, FloatArray, Log
from hotfire.physics.units import from_si, parse_unit

__all__ = ["write_csv"]


def write_csv(log: Log, path: Path) -> None:
    """Write a log. Channels with clocks of their own leave cells empty where they have no sample.

    Args:
        log: What to write.
        path: Where to.
    """
    channels = list(log.channels.values())
    time = np.unique(np.concatenate([c.time for c in channels])) if channels else np.empty(0)
    columns = [_on(time, c) for c in channels]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(["Time (s)", *map(_header, channels)]) + "\n")
        for row, instant in enumerate(time):
            cells = [f"{instant:.6f}", *("" if np.isnan(c[row]) else f"{c[row]:.7g}" for c in columns)]
            file.write(",".join(cells) + "\n")


def _header(channel: Channel) -> str:
    name = f"{channel.name} ({channel.unit})" if channel.unit else channel.name
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\n') else name


def _on(time: FloatArray, channel: Channel) -> FloatArray:
    values = channel.values
    if channel.unit:
        values = from_si(values, parse_unit(channel.unit, channel.kind))
    if channel.time.size == time.size:
        return values
    column = np.full(time.size, np.nan)
    column[np.searchsorted(time, channel.time)] = values
    return column
