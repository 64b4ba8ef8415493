"""Which channel of a log is which sensor of an engine, and in which unit it was recorded."""

from __future__ import annotations

from dataclasses import replace

from hotfire.engine import Engine
from hotfire.log import Channel, Log, Note
from hotfire.telemetry.headers import split_unit

__all__ = ["match_log"]


def match_log(log: Log, engine: Engine) -> Log:
    """Give channels the roles of the engine's sensors, and the units that the engine file knows.

    A role that the channel map gave stays. Then come the names that the engine file lists, then a guess from
    the words in the name, which is noted, and refused where two channels fit alike.

    Args:
        log: As read.
        engine: The engine.

    Returns:
        The log with roles; channels that the engine does not know stay as they are.
    """
    taken = {c.role for c in log.channels.values() if c.role}
    channels = {}
    notes = list(log.notes)
    by_name = {alias: s.name for s in engine.sensors.values() for alias in (s.name, *s.channels)}
    for name, channel in log.channels.items():
        named = by_name.get(name) or by_name.get(split_unit(name)[0])
        role = channel.role or (named if named not in taken else None)
        known = replace(channel, role=role)
        channels[name] = _with_unit(known, engine, notes)
    roles = [*engine.sensors, *engine.recorded_inputs.values()]
    matched = replace(log, channels=channels, notes=tuple(notes))
    if all(matched.role(r) for r in roles):
        return matched
    from hotfire.telemetry import assign_roles

    # What the engine file names as a channel but gives to no sensor is something else, not a guess's last resort.
    others = {n for n in channels if n in engine.channel_units and n not in by_name and not channels[n].role}
    guessed = assign_roles(
        replace(matched, channels={n: c for n, c in channels.items() if n not in others}), roles
    )
    return replace(guessed, channels={n: guessed.channels.get(n, c) for n, c in channels.items()})


def _with_unit(channel: Channel, engine: Engine, notes: list[Note]) -> Channel:
    """Settle the unit by the engine file where the log gave none, or one that is not to be trusted."""
    unit = engine.channel_units.get(channel.name)
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
