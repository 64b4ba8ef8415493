"""Roles that a channel map gives, held against the sensors of an engine: known words, and units that fit."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from hotfire.log import Channel, Log, Note
from hotfire.physics.errors import ChannelMapError, UnitError
from hotfire.physics.units import parse_unit
from hotfire.telemetry.channel_map import NO_ROLES
from hotfire.telemetry.names import kinds_of
from hotfire.telemetry.roles import COMMON_ROLES, things_of

__all__ = ["check_roles", "common_kinds", "misfit"]

_SET = ("position",)
"""Kinds that are recorded in anything: shares, volts, counts, angles."""
_SAME = {"thrust": "force", "flow": "mass_flow", "length": "position", "displacement": "position"}


def common_kinds(role: str) -> tuple[str, ...]:
    """Return the kinds of quantity that one of the usual roles allows; empty for other roles, and where any does."""
    kinds = kinds_of(role) if role in COMMON_ROLES else ()
    return () if kinds == _SET else kinds


def check_roles(log: Log, kinds: Mapping[str, str], inputs: Collection[str]) -> tuple[Note, ...]:
    """Refuse roles of the channel map that the engine does not know, or whose unit is of another kind.

    Args:
        log: As read.
        kinds: Kind of quantity by sensor of the engine, "" where it has none.
        inputs: Roles of channels that record what is set at the engine.

    Returns:
        Findings on usual roles that this engine has no sensor for.

    Raises:
        ChannelMapError: With the line of the map.
    """
    notes = []
    for channel in log.channels.values():
        role = channel.role
        if role is None or not channel.role_source or role in inputs or role.lower() in NO_ROLES:
            continue
        if role in kinds:
            _check_kind(channel, role, kinds[role])
        elif role in COMMON_ROLES:
            notes.append(_unused(channel, role, list(kinds)))
        else:
            raise _unknown(channel, role, (*kinds, *inputs))
    return tuple(notes)


def misfit(channel: str, role: str, unit: str, kind: str, where: str) -> ChannelMapError:
    """Return the error for a unit that no sensor of a kind is read in.

    Args:
        channel: Name.
        role: That the map gives it.
        unit: As written.
        kind: Of quantity, that the role is.
        where: File and line of the map.
    """
    try:
        parse_unit(unit, kind)
        why, remedy = "it was read as another kind of quantity", f"write `kind: {kind}`"
    except UnitError as error:
        why, remedy = error.what, error.remedy
    return ChannelMapError(
        f"channel {channel!r}: the unit {unit!r} does not fit the role {role!r}, which is a {_words(kind)}",
        where=where,
        why=why,
        remedy=f"{remedy}; or give the channel another role",
    )


def _check_kind(channel: Channel, role: str, kind: str) -> None:
    if not kind or channel.unit is None:
        return
    own = _SAME.get(channel.kind or "", channel.kind)
    try:
        parse_unit(channel.unit, kind)
    except UnitError:
        own = None
    if own != kind:
        raise misfit(channel.name, role, channel.unit, kind, channel.role_source)


def _unknown(channel: Channel, role: str, known: tuple[str, ...]) -> ChannelMapError:
    near = _nearest(role, known)
    return ChannelMapError(
        f"channel {channel.name!r}: the engine has no sensor {role!r}",
        where=channel.role_source,
        why="its sensors: " + ", ".join(known[:20]) + (" ..." if len(known) > 20 else ""),
        remedy="perhaps " + " or ".join(repr(n) for n in near)
        if near
        else "write the name of a sensor of the engine file, or no role",
    )


def _nearest(role: str, known: tuple[str, ...]) -> list[str]:
    """Return the sensors that a word may mean: by its letters, else by what it speaks of."""
    near = difflib.get_close_matches(role, known, n=3, cutoff=0.6)
    things = set(things_of(role))
    return near or [n for n in known if things & set(things_of(n))][:3]


def _unused(channel: Channel, role: str, known: list[str]) -> Note:
    near = difflib.get_close_matches(role, known, n=2, cutoff=0.6)
    return Note(
        "role_unused",
        "warning",
        f"the engine has no sensor {role}: the channel is not used",
        channel=channel.name,
        evidence={"role": role},
        remedy=f"if it is {' or '.join(near)}, write that as its role" if near else "",
    )


def _words(kind: str) -> str:
    return kind.replace("_", " ")
