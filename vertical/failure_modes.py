"""The catalogue of failure modes of rocket engines, and which faults of an engine's components each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from hotfire.command_faults import COMMAND_FAULTS
from hotfire.engine import Engine
from hotfire.physics.declaration import Fault
from hotfire.physics.sensors import SENSOR_FAULTS

__all__ = ["FailureMode", "Place", "failure_modes", "faults_of", "usual_size"]

_USUAL = 0.1
"""Size of a fault where the catalogue gives none."""


@dataclass(frozen=True)
class Place:
    """Where a failure mode shows as a fault of a component, a sensor or a command.

    Attributes:
        owner: Component type, `sensor` or `command`.
        mode: Name of the fault.
        side: `oxidizer` or `fuel` where only one of them is meant.
        at: `chamber` or `preburner` where only one of them is fed.
        kind: Kind of the sensor, where one is meant.
        input: Input of the command, where one is meant.
        size: Usual size; None for the general one.
    """

    owner: str
    mode: str
    side: str = ""
    at: str = ""
    kind: str = ""
    input: str = ""
    size: float | None = None


@dataclass(frozen=True)
class FailureMode:
    """One failure mode.

    Attributes:
        identifier: As `INJ-01`.
        name: What failed.
        places: What it is in an engine; empty where it is known by its text only.
        companion: Component type, fault and size of what comes along with it; None without.
        text_only: Why no equation shows it; "" where one does.
        note: What of it is not described; "" where nothing is left out.
    """

    identifier: str
    name: str
    places: tuple[Place, ...]
    companion: tuple[str, str, float] | None
    text_only: str
    note: str


@cache
def failure_modes() -> dict[str, FailureMode]:
    """Return the catalogue by identifier, in its order."""
    import yaml

    text = resources.files("hotfire").joinpath("failure_modes.yaml").read_text(encoding="utf-8")
    return {identifier: _mode(identifier, entry) for identifier, entry in yaml.safe_load(text).items()}


def _mode(identifier: str, entry: dict[str, Any]) -> FailureMode:
    companion = None
    if "with" in entry:
        fault, size = entry["with"].split("=")
        owner, name = fault.split(".")
        companion = (owner, name, float(size))
    places = tuple(
        Place(*given["fault"].split("."), **{k: v for k, v in given.items() if k != "fault"})
        for given in entry.get("faults", ())
    )
    return FailureMode(
        identifier, entry["name"], places, companion, entry.get("text_only", ""), entry.get("note", "")
    )


def faults_of(mode: FailureMode, engine: Engine) -> dict[str, float]:
    """Return the faults of an engine that are this failure mode, with a usual size; empty where it cannot have it."""
    return {
        name: usual_size(fault, place.size)
        for place in mode.places
        for name, fault in _candidates(place, engine)
    }


def usual_size(fault: Fault, wanted: float | None = None) -> float:
    """Return the size wanted, or a usual one, within what the fault admits."""
    size = _USUAL if wanted is None else wanted
    return -min(-size, fault.upper) if size < 0.0 else min(max(size, fault.lower), fault.upper)


def _candidates(place: Place, engine: Engine) -> Iterator[tuple[str, Fault]]:
    if place.owner == "sensor":
        for sensor in engine.sensors.values():
            if not place.kind or sensor.kind == place.kind:
                yield f"{sensor.name}.{place.mode}", SENSOR_FAULTS[place.mode]
    elif place.owner == "command":
        for name in engine.network.input_defaults:
            if not place.input or name.endswith(f".{place.input}"):
                yield f"{name}.{place.mode}", COMMAND_FAULTS[place.mode]
    else:
        for component in engine.network.components.values():
            name = f"{component.name}.{place.mode}"
            suits = component.kind.type_name == place.owner and name in engine.network.faults
            if suits and _stands_there(place, engine, component.name):
                yield name, engine.network.faults[name]


def _stands_there(place: Place, engine: Engine, component: str) -> bool:
    chamber, side = engine.network.burnt_at(component)
    if place.side and side != place.side:
        return False
    if not place.at:
        return True
    return bool(chamber) and (chamber == engine.network.burner) == (place.at == "chamber")
