"""What an engine tells of the units of a log, as findings on its data."""

from __future__ import annotations

from hotfire.engine import Engine
from hotfire.log import Log, Note
from hotfire.observing.sighting import sight
from hotfire.suspects.burnt_after_all import burnt_after_all
from hotfire.suspects.rest_pressures import RestDoubt, rest_doubts

__all__ = ["unit_notes"]


def unit_notes(log: Log, engine: Engine) -> tuple[Note, ...]:
    """Return the findings on units that pressures at rest, and a burn in what looks like a cold flow, give.

    Args:
        log: As read.
        engine: The engine that ran.
    """
    seen = sight(log, engine)
    found = [_at_rest(d) for d in rest_doubts(seen.log, engine, seen.phases)]
    if seen.phases.kind == "cold_flow":
        text = burnt_after_all(seen.log, engine, seen.phases)
        found += [Note("burnt_after_all", "warning", text[0].upper() + text[1:] + ".")] if text else []
    return tuple(found)


def _at_rest(doubt: RestDoubt) -> Note:
    """Put a doubt by readings at rest as a finding."""
    return Note(
        "pressures_at_rest",
        "error" if doubt.decided else "warning",
        f"{doubt.text[0].upper()}{doubt.text[1:]}.",
        evidence={"channels": ", ".join(doubt.channels)},
        remedy=doubt.remedy,
    )
