"""The unit and kind of one channel: from the map, the header or the units row, with the name as witness."""

from __future__ import annotations

from hotfire.log import Note
from hotfire.physics.errors import ChannelMapError, UnitError
from hotfire.physics.units import Unit, parse_unit
from hotfire.telemetry.channel_map import Entry
from hotfire.telemetry.group_names import last_part
from hotfire.telemetry.map_roles import common_kinds, misfit
from hotfire.telemetry.names import kinds_of
from hotfire.telemetry.table import Column

__all__ = ["channel_kind", "settle_unit"]

# Kinds of units whose channel has another word.
_CHANNEL_KINDS = {"length": "position", "standard_flow": "volume_flow"}


def settle_unit(column: Column, entry: Entry) -> tuple[Unit | None, str, list[Note]]:
    """Read the unit of a column.

    Args:
        column: As read.
        entry: What the channel map says.

    Returns:
        The unit or None, its source, and what was found.

    Raises:
        ChannelMapError: If the map's unit is ambiguous for this channel, or does not fit the role it gives.
    """
    text, source = (entry.unit, "channel map") if entry.unit else (column.unit, column.unit_source)
    if not text:
        return None, "", []
    kinds = _expected(column, entry)
    for kind in kinds:
        try:
            return parse_unit(text, kind), source, []
        except UnitError:
            continue
    if source == "channel map" and entry.role and entry.kind is None and (needed := common_kinds(entry.role)):
        raise misfit(column.name, entry.role, text, needed[0], entry.place)
    try:
        unit = parse_unit(text)
    except UnitError as error:
        if source == "channel map":
            raise ChannelMapError(
                f"channel {column.name!r}: {error.what}",
                where=entry.place,
                why=error.why,
                remedy=error.remedy,
            ) from None
        if not kinds and text.strip() in ("C", "F", "c", "f"):
            return parse_unit(text, "temperature"), source, [_letter(column, text)]
        return None, "", [_unclear(column, text, error)]
    if kinds and unit.kind != "dimensionless" and source != "channel map":
        return unit, source, [_other_kind(column, unit, kinds)]
    return unit, source, []


def channel_kind(column: Column, entry: Entry, unit: Unit | None) -> str | None:
    """Return the kind of quantity: the map's word, else the unit's, else the name's."""
    if entry.kind is not None:
        return entry.kind
    if unit is not None and unit.kind != "dimensionless":
        return _CHANNEL_KINDS.get(unit.kind, unit.kind)
    kinds = _expected(column, entry)
    return kinds[0] if kinds else None


def _expected(column: Column, entry: Entry) -> tuple[str, ...]:
    """Return the kinds that role and name allow."""
    if entry.kind is not None:
        return (entry.kind,)
    by_role = kinds_of(entry.role) if entry.role else ()
    return by_role or kinds_of(last_part(column.name))


def _letter(column: Column, text: str) -> Note:
    word = {"C": "degrees Celsius", "F": "degrees Fahrenheit"}[text.strip().upper()]
    return Note(
        "unit_read_as",
        "info",
        f"unit {text!r} read as {word} (nothing else is logged in {text!r} at a test stand)",
        channel=column.name,
        remedy=f"confirm: `{column.name}: {{unit: deg{text.strip().upper()}}}`",
    )


def _unclear(column: Column, text: str, error: UnitError) -> Note:
    return Note(
        "unit_unclear",
        "warning",
        f"{error.what}: values stay as recorded",
        channel=column.name,
        evidence={"unit": text, "why": error.why},
        remedy=f"settle it in the channel map: `{column.name}: {{unit: ...}}` ({error.remedy})",
    )


def _other_kind(column: Column, unit: Unit, kinds: tuple[str, ...]) -> Note:
    return Note(
        "unit_against_name",
        "warning" if {unit.kind, *kinds} <= {"pressure", "temperature", "force", "mass"} else "info",
        f"the name says {' or '.join(kinds)}, the unit {unit.symbol!r} says {unit.kind}: read as {unit.kind}",
        channel=column.name,
        evidence={"unit": unit.symbol, "kind_by_unit": unit.kind, "kind_by_name": kinds[0]},
        remedy=f"if the unit is wrong: `{column.name}: {{unit: ...}}` in the channel map",
    )
