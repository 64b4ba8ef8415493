"""Gauge or absolute, inferred anew by whoever knows which pressures stand at a tank's before a test.

A reader takes a bare `bar` that rests near the surroundings' pressure for absolute. So rests a tank of two bar that is
read as gauge, and all that is open to it; an engine tells which these are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hotfire.design_outputs import design_outputs
from hotfire.engine import Engine
from hotfire.log import Channel, Log
from hotfire.physics.units import STANDARD_ATMOSPHERE, from_si, parse_unit
from hotfire.telemetry.pressure_reference import INFERENCES, Pressure, infer_references

__all__ = ["with_tank_references"]

_GUESSED = ("inferred", "assumed")


def with_tank_references(log: Log, engine: Engine) -> Log:
    """Return the log with its guessed references inferred anew, a tank's level at rest being no sign of any.

    Args:
        log: With roles. References that a unit or a channel map gave stay.
        engine: The engine.
    """
    guessed = {n: c for n, c in log.channels.items() if c.reference_source in _GUESSED and not _told(c)}
    tanks = _tanks(guessed.values(), engine)
    if not any(guessed[name].reference == "absolute" for name in tanks):
        return log
    notes = [n for n in log.notes if n.code in INFERENCES]
    ambient = next((float(n.evidence["ambient_pa"]) for n in notes), STANDARD_ATMOSPHERE)
    full = design_outputs(engine)
    pressures = [_recorded(c, ambient, full.get(tanks.get(c.name, ""))) for c in guessed.values()]
    found, notes = infer_references(pressures, ambient)
    changed = {n: _read_as(c, *found[n], ambient) for n, c in guessed.items()}
    kept = (n for n in log.notes if n.code not in INFERENCES)
    return replace(log, channels={**log.channels, **changed}, notes=(*kept, *notes))


def _told(channel: Channel) -> bool:
    """Say whether the engine file gave the unit, which a reader's guess is older than."""
    return channel.unit_source == "engine file"


def _tanks(channels: Iterable[Channel], engine: Engine) -> dict[str, str]:
    """Return the pressure of the tank at which a channel stands before a test, as output of the engine, by channel."""
    held = engine.network.at_tank_pressure
    measured = {
        c.name: engine.sensors[c.role].measures for c in channels if c.role and c.role in engine.sensors
    }
    return {name: held[measures] for name, measures in measured.items() if measures in held}


def _recorded(channel: Channel, ambient: float, tank: float | None) -> Pressure:
    """Return a channel as recorded."""
    unit = parse_unit(str(channel.unit), "pressure")
    values = from_si(channel.values, unit.with_reference(channel.reference), ambient)
    return Pressure(channel.name, unit.symbol, unit.scale, values, tank)


def _read_as(channel: Channel, reference: str, source: str, ambient: float) -> Channel:
    """Return a channel read by another reference."""
    higher = ambient * ((reference == "gauge") - (channel.reference == "gauge"))
    values = channel.values + higher if higher else channel.values
    return replace(channel, values=values, reference=reference, reference_source=source)
