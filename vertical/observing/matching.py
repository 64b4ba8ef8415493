"""Which channel of a log is which sensor of an engine, and in which unit it was recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, Log, Note
from hotfire.observing.position_units import with_position_units
from hotfire.observing.tank_references import with_tank_references
from hotfire.physics.errors import LogError
from hotfire.telemetry.group_names import by_last_part
from hotfire.telemetry.headers import split_unit
from hotfire.telemetry.map_roles import check_roles
from hotfire.telemetry.table import copies_of, first_of

__all__ = ["match_log"]


def match_log(log: Log, engine: Engine) -> Log:
    """Give channels the roles of the engine's sensors, and the units and references that the engine file knows.

    A role that the channel map gave stays, where the engine has such a sensor and its unit fits. Then come the names
    that the engine file lists, then a guess from the words in the name, which is noted, and refused where two
    channels fit alike.

    Args:
        log: As read.
        engine: The engine.

    Returns:
        The log with roles; channels that the engine does not know stay as they are.

    Raises:
        ChannelMapError: If the channel map gives a role that the engine does not know, or one whose unit does not fit.
        LogError: If a name that the engine file takes as a sensor's is that of several columns that differ.
    """
    kinds = {s.name: s.kind for s in engine.sensors.values()}
    unused = check_roles(log, kinds, engine.recorded_inputs.values())
    taken = {c.role for c in log.channels.values() if c.role}
    channels = {}
    notes = [*log.notes, *(n for n in unused if n not in log.notes)]
    by_name = {alias: s.name for s in engine.sensors.values() for alias in (s.name, *s.channels)}
    last_parts = {name: last for last, name in by_last_part(log.channels).items()}
    for name, channel in log.channels.items():
        named = next((by_name[n] for n in _called(name, last_parts) if n in by_name), None)
        role = channel.role or (named if named not in taken else None)
        if role is not None and channel.role is None:
            _refuse_twins(log, channel, role, by_name)
        known = replace(channel, role=role)
        channels[name] = _with_unit(known, engine, _called(name, last_parts), notes)
    roles = [*engine.sensors, *engine.recorded_inputs.values()]
    matched = replace(log, channels=channels, notes=tuple(notes))
    if all(matched.role(r) for r in roles):
        return _read_by_engine(matched, engine)
    from hotfire.telemetry import assign_roles

    # What the engine file names as a channel but gives to no sensor is something else, not a guess's last resort.
    others = {n for n in channels if n in engine.channel_units and n not in by_name and not channels[n].role}
    guessed = assign_roles(
        replace(matched, channels={n: c for n, c in channels.items() if n not in others}), roles
    )
    whole = replace(guessed, channels={n: guessed.channels.get(n, c) for n, c in channels.items()})
    return _read_by_engine(whole, engine)


def _read_by_engine(log: Log, engine: Engine) -> Log:
    """Read what only an engine tells: units of positions, and references of tanks."""
    read = with_position_units(log, engine)
    notes = tuple(n for n in read.notes if not _settled(n, read.channels))
    return with_tank_references(replace(read, notes=notes), engine)


def _called(name: str, last_parts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names by which an engine file may know a channel: in full, without its unit, without its groups."""
    return (name, split_unit(name)[0], *((last_parts[name],) if name in last_parts else ()))


def _settled(note: Note, channels: Mapping[str, Channel]) -> bool:
    """Say whether a finding on missing units is none any more, since the engine file knows them all."""
    named = str(note.evidence.get("channels", ""))
    return note.code == "unit_missing" and not any(
        c.unit is None and c.name in named for c in channels.values()
    )


def _refuse_twins(log: Log, channel: Channel, role: str, known: Mapping[str, str]) -> None:
    """Refuse to choose between columns of one name whose readings differ."""
    copies = copies_of(channel.name, log.channels)
    rivals = [c for n in copies if (c := log.channels[n]).role is None and n not in known]
    if not any(_says_otherwise(rival, channel) for rival in rivals):
        return
    first, *others = (
        json.dumps(n, ensure_ascii=False) for n in (first_of(channel.name), *(c.name for c in rivals))
    )
    line = f"`channels: {{{first}: {{role: {role}}}}}`"
    raise LogError(
        f"{len(rivals) + 1} columns have the name {channel.name!r}, which the engine file takes as {role}",
        where=str(log.source or ""),
        why="their readings differ, and the order of columns does not tell which one it is",
        remedy=f"say which in the channel map: {line}, or so with {' or '.join(others)}",
    )


def _says_otherwise(rival: Channel, channel: Channel) -> bool:
    """Say whether a column holds readings, and others than a channel."""
    if not np.isfinite(rival.values).any():
        return False
    return not np.array_equal(rival.values, channel.values, equal_nan=True)


def _with_unit(channel: Channel, engine: Engine, called: tuple[str, ...], notes: list[Note]) -> Channel:
    """Settle the unit by the engine file where the log gave none, or one that is not to be trusted."""
    unit = next((engine.channel_units[n] for n in called if n in engine.channel_units), None)
    settled = channel.unit is not None and "not trusted" not in channel.unit_source
    if unit is None or settled:
        return channel
    from hotfire.physics.units import STANDARD_ATMOSPHERE, from_si, parse_unit, to_si

    recorded = channel.values
    ambient = engine.network.ambient_pressure
    if channel.unit is not None:
        read_as = parse_unit(channel.unit, channel.kind)
        if channel.reference:
            read_as = read_as.with_reference(channel.reference)
        recorded = from_si(recorded, read_as, ambient=STANDARD_ATMOSPHERE)
    # The engine file knows better what its channel is than a guess from the name.
    target = parse_unit(unit)
    values = to_si(recorded, target, ambient=ambient)
    notes.append(
        Note(
            "unit_from_engine",
            "info",
            f"{channel.name} is taken as {unit}, as the engine file says",
            channel=channel.name,
        )
    )
    return replace(channel, values=values, unit=unit, unit_source="engine file", kind=target.kind)
