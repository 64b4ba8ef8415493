"""What is in a log, before any diagnosis: dialect, clocks, channels, units, findings, likely roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.log import Channel, Log, Note
from hotfire.physics.units import from_si, parse_unit
from hotfire.telemetry.channel_map import ChannelMap
from hotfire.telemetry.read import read_log
from hotfire.telemetry.render import render_inspection
from hotfire.telemetry.roles import COMMON_ROLES, RoleGuess, guess_roles

__all__ = ["ChannelView", "Clocked", "Inspection", "inspect", "inspect_log", "render"]


@dataclass(frozen=True)
class Clocked:
    """One clock.

    Attributes:
        start: First time, s.
        end: Last time, s.
        samples: Count.
        rate: Hz.
        channels: How many channels it serves.
    """

    start: float
    end: float
    samples: int
    rate: float
    channels: int


@dataclass(frozen=True)
class ChannelView:
    """One channel for people; `low`, `median` and `high` are in `unit` (SI where no unit was written).

    Attributes:
        name: As written in the file.
        kind: Kind of quantity.
        unit: As written, with its reference.
        unit_source: Where the unit comes from.
        reference: gauge, absolute, differential or None.
        rate: Hz.
        samples: Count.
        missing: Share of missing values.
        low: Smallest value.
        median: Median.
        high: Largest value.
        role: Role given by the channel map.
        likely_role: Role that its name suggests.
        findings: Codes of warnings and errors on it.
    """

    name: str
    kind: str | None
    unit: str | None
    unit_source: str
    reference: str | None
    rate: float
    samples: int
    missing: float
    low: float
    median: float
    high: float
    role: str | None
    likely_role: str | None
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """What a look at a log shows.

    Attributes:
        source: The file.
        dialect: How it is written.
        clocks: Its clocks.
        channels: Its channels.
        roles: Guesses for the roles that were asked for.
        notes: All findings, worst first.
    """

    source: str
    dialect: str
    clocks: tuple[Clocked, ...]
    channels: tuple[ChannelView, ...]
    roles: tuple[RoleGuess, ...]
    notes: tuple[Note, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON (NaN becomes None), schema `hotfire.inspection/1`."""
        plain: dict[str, Any] = {
            "schema": "hotfire.inspection/1",
            "source": self.source,
            "dialect": self.dialect,
            "clocks": [vars(c) for c in self.clocks],
            "channels": [vars(c) for c in self.channels],
            "roles": [vars(r) for r in self.roles],
            "notes": [vars(n) for n in self.notes],
        }
        result: dict[str, Any] = _plain(plain)
        return result


def inspect(
    path: str | Path,
    *,
    channel_map: ChannelMap | str | Path | None = None,
    rate: float | None = None,
    sheet: str | None = None,
    roles: Iterable[str] = COMMON_ROLES,
) -> Inspection:
    """Read a log and describe it.

    Args:
        path: The file.
        channel_map: A channel map or the path of one.
        rate: Sampling rate in Hz, for a file without a clock.
        sheet: Sheet of a spreadsheet.
        roles: Roles to look for.

    Returns:
        The description.

    Raises:
        LogError: If the file cannot be read as it stands.
        ChannelMapError: If the map does not fit.
    """
    return inspect_log(read_log(path, channel_map=channel_map, rate=rate, sheet=sheet), roles)


def inspect_log(log: Log, roles: Iterable[str] = COMMON_ROLES) -> Inspection:
    """Describe a log that was read.

    Args:
        log: The log.
        roles: Roles to look for.

    Returns:
        The description.
    """
    guesses = guess_roles(log, roles)
    likely = {g.channel: g.role for g in guesses if g.channel is not None}
    order = {"error": 0, "warning": 1, "info": 2}
    notes = tuple(sorted(log.notes, key=lambda n: order.get(n.severity, 3)))
    channels = tuple(_view(c, likely.get(c.name), notes) for c in log.channels.values())
    return Inspection(str(log.source or ""), log.dialect, _clocks(log), channels, guesses, notes)


def render(inspection: Inspection, width: int = 110) -> str:
    """Write a description for the terminal.

    Args:
        inspection: What to write.
        width: Columns.

    Returns:
        Lines of at most `width` characters.
    """
    return render_inspection(inspection, width)


def _clocks(log: Log) -> tuple[Clocked, ...]:
    groups: dict[int, list[Channel]] = {}
    for channel in log.channels.values():
        groups.setdefault(id(channel.time), []).append(channel)
    return tuple(
        Clocked(float(g[0].time[0]), float(g[0].time[-1]), len(g[0].time), g[0].rate, len(g))
        for g in groups.values()
        if len(g[0].time)
    )


def _view(channel: Channel, likely: str | None, notes: tuple[Note, ...]) -> ChannelView:
    values = _as_written(channel)
    finite = values[np.isfinite(values)]
    low, median, high = (
        (float(finite.min()), float(np.median(finite)), float(finite.max()))
        if len(finite)
        else (float("nan"),) * 3
    )
    mine = [n for n in notes if n.channel == channel.name and n.severity != "info"]
    found = dict.fromkeys(
        [n.code for n in mine] + [n.code for n in notes if n.channel == channel.name and n.code == "held"]
    )
    missing = 1.0 - len(finite) / len(values) if len(values) else 1.0
    return ChannelView(
        channel.name,
        channel.kind,
        channel.unit,
        channel.unit_source,
        channel.reference,
        channel.rate,
        len(values),
        missing,
        low,
        median,
        high,
        channel.role,
        likely,
        tuple(found),
    )


def _as_written(channel: Channel) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values in the unit that people wrote."""
    if channel.unit is None or channel.kind is None:
        return channel.values
    kind = {"position": "length"}.get(channel.kind, channel.kind)
    for wanted in (kind, None):
        try:
            unit = parse_unit(channel.unit, wanted)
        except ValueError:
            continue
        if unit.kind == "pressure":
            unit = unit.with_reference(channel.reference or "absolute")
        return from_si(channel.values, unit)
    return channel.values


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
