"""Places and faults of an engine in words that do not depend on it."""

from __future__ import annotations

from collections.abc import Mapping

from hotfire.engine import Engine
from hotfire.physics.description import FaultLabel, Location
from hotfire.physics.network import Network
from hotfire.physics.sensors import SENSOR_FAULTS, Sensor

__all__ = ["fault_labels", "hardware_of", "kind_words", "locations", "sensor_location", "sensor_quantity"]

_QUANTITIES = {"force": "thrust", "mass_flow": "mass flow", "rotation": "speed"}
_WORDS = {
    "combustor": "chamber",
    "hybrid_combustor": "chamber",
    "regulated_tank": "tank",
    "blowdown_tank": "tank",
    "saturated_tank": "tank",
}
"""What is called the same whatever law it follows."""
_LAWS = ("tank", "venturi", "orifice", "regulator", "controller", "manifold")
"""Endings of component types whose law an expert must be told."""


def locations(network: Network) -> dict[str, Location]:
    """Return the place of every component, by its name."""
    bare = {name: _bare(network, name) for name in network.order}
    alike: dict[Location, list[str]] = {}
    for name, place in bare.items():
        alike.setdefault(place, []).append(name)
    found = {}
    for place, names in alike.items():
        for i, name in enumerate(names):
            number = i + 1 if len(names) > 1 else 0
            found[name] = Location(place.kind, place.side, place.burner, number)
    return found


def kind_words(type_name: str) -> str:
    """Return what a type of component is called, whatever law it follows."""
    return _WORDS.get(type_name, type_name.replace("_", " "))


def _bare(network: Network, name: str) -> Location:
    """Place of a component, not yet numbered among its like."""
    kind = network.components[name].kind.type_name
    burner, side = network.burnt_at(name)
    if not burner:
        side = _driven_side(network, name)
    elsewhere = burner if burner not in ("", network.burner) else ""
    words = network.components[elsewhere].kind.type_name.replace("_", " ") if elsewhere else ""
    return Location(kind_words(kind), side, words)


def _driven_side(network: Network, name: str) -> str:
    """Side of what a machine drives by a shaft or a wire; "" where it drives both or nothing."""
    sides, seen, open_ends = set(), {name}, [name]
    while open_ends:
        at = open_ends.pop()
        for stream in network.streams:
            partner = stream.target[0]
            if (
                stream.source[0] != at
                or stream.medium not in ("shaft", "electric", "signal")
                or partner in seen
            ):
                continue
            seen.add(partner)
            open_ends.append(partner)
            sides.add(network.side_of(partner))
    sides.discard("")
    return next(iter(sides)) if len(sides) == 1 else ""


def sensor_location(sensor: Sensor, places: Mapping[str, Location]) -> Location:
    """Return where a sensor measures."""
    component, *path = sensor.measures.split(".")
    place = places[component]
    end = path[0] if len(path) > 1 else ""
    end = end if end in ("inlet", "outlet") else ""
    return Location(place.kind, place.side, place.burner, place.number, end)


def sensor_quantity(sensor: Sensor) -> str:
    """Return what a sensor measures in a word or two."""
    if not sensor.kind:
        return sensor.measures.rsplit(".", 1)[1].replace("_", " ")
    return _QUANTITIES.get(sensor.kind, sensor.kind)


def fault_labels(engine: Engine) -> dict[str, FaultLabel]:
    """Return the label of every fault of components and sensors, by its name in the engine (`thrust.bias`)."""
    places = locations(engine.network)
    found = {}
    for name in engine.network.faults:
        component, mode = name.split(".", 1)
        found[name] = FaultLabel(places[component], mode)
    for sensor in engine.sensors.values():
        where, quantity = sensor_location(sensor, places), sensor_quantity(sensor)
        found |= {f"{sensor.name}.{mode}": FaultLabel(where, mode, quantity) for mode in SENSOR_FAULTS}
    return found


def hardware_of(network: Network) -> tuple[str, ...]:
    """Return what stands where, as far as different laws could hold there, in the order of the flow."""
    found = []
    for name in network.order:
        placed = network.components[name]
        kind = placed.kind.type_name
        if kind.endswith(_LAWS) and kind != "manifold":
            side = network.burnt_at(name)[1] or _driven_side(network, name)
            law = f"reversed {kind}" if placed.parameters.get("gain", 0.0) < 0.0 else kind
            found.append(f"{side} {law.replace('_', ' ')}".strip())
    return tuple(dict.fromkeys(found))
