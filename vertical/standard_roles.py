"""Which sensors of an engine read what the phases of a test are told from, whatever the engine's file calls them."""

from __future__ import annotations

from dataclasses import replace

from hotfire.engine import Engine
from hotfire.locations import locations, sensor_location, sensor_quantity
from hotfire.log import Log
from hotfire.physics.description import Location

__all__ = ["standard_roles", "with_standard_roles"]

_ROLES = {
    ("pressure", "chamber", ""): "chamber_pressure",
    ("pressure", "catalyst bed", ""): "chamber_pressure",
    ("thrust", "nozzle", ""): "thrust",
    ("pressure", "tank", ""): "tank_pressure",
    ("pressure", "injector", "inlet"): "manifold_pressure",
    ("position", "actuator", ""): "valve_position",
    ("position", "valve", ""): "valve_position",
}
"""Standard role by what a sensor measures: quantity, kind of place and end. Those of a side begin with it."""
_SIDELESS = ("chamber_pressure", "thrust")
_NAMES = {f"{side}_{role}" for side in ("oxidizer", "fuel") for role in _ROLES.values()} | {*_SIDELESS}


def standard_roles(engine: Engine) -> dict[str, str]:
    """Return the standard role of each sensor that reads one and does not have its name.

    So does a channel that records the position of a side's valve. A role that one has by its name is not given to
    another, nor one that two would have.
    """
    places = locations(engine.network)
    found: dict[str, list[str]] = {}
    for sensor in engine.sensors.values():
        role = _role(sensor_quantity(sensor), sensor_location(sensor, places))
        if role and role not in engine.sensors and sensor.name not in _NAMES:
            found.setdefault(role, []).append(sensor.name)
    for recorded, name in engine.recorded_inputs.items():
        component, _, what = recorded.rpartition(".")
        role = _role(what, places[component]) if component in places else ""
        if role and role not in engine.recorded_inputs.values() and name not in _NAMES:
            found.setdefault(role, []).append(name)
    return {names[0]: role for role, names in found.items() if len(names) == 1}


def _role(quantity: str, place: Location) -> str:
    role = _ROLES.get((quantity, place.kind, place.end), "")
    if not role or place.burner or place.number > 1:
        return ""
    return role if role in _SIDELESS else f"{place.side}_{role}" if place.side else ""


def with_standard_roles(log: Log, engine: Engine) -> Log:
    """Return a log whose channels have the standard roles in place of the engine's own names for them."""
    own = standard_roles(engine)
    channels = {
        name: replace(channel, role=own.get(channel.role or "", channel.role))
        for name, channel in log.channels.items()
    }
    return replace(log, channels=channels)
