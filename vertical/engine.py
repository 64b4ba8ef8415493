"""An engine as a value: its network, its sensors, and where every number comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hotfire.physics.network import Network
from hotfire.physics.sensors import Sensor
from hotfire.sequence import CommandSequence

__all__ = ["ById", "Engine", "Provenance"]


@dataclass(frozen=True)
class Provenance:
    """Where a number comes from.

    Attributes:
        status: `source`, `assumed` or `unknown`.
        text: The source, or the reason for the assumption.
    """

    status: str
    text: str


@dataclass(frozen=True)
class Engine:
    """A described engine.

    Attributes:
        name: As written in its file.
        description: One line.
        network: Components and streams.
        sensors: By role.
        recorded_inputs: Role of the channel that records an input, by input (`fuel_valve.position`).
        input_ranges: Reading when shut and when open of a recorded input, in SI, by input.
        provenance: By parameter (`nozzle.throat_area`).
        channel_units: Unit that a known channel is recorded in, by channel name as in `Sensor.channels`.
        propellants: Oxidizer and fuel by name.
        path: The file.
        sequence: What is commanded in a test; None where the file does not say.
    """

    name: str
    description: str
    network: Network
    sensors: Mapping[str, Sensor]
    recorded_inputs: Mapping[str, str]
    input_ranges: Mapping[str, tuple[float, float]]
    provenance: Mapping[str, Provenance]
    channel_units: Mapping[str, str]
    propellants: Mapping[str, str]
    path: Path | None = None
    sequence: CommandSequence | None = None


@dataclass(frozen=True, eq=False)
class ById:
    """An engine that is hashed by identity, since its mappings cannot be: a key of what is worked out once."""

    engine: Engine

    def __hash__(self) -> int:
        return id(self.engine)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.engine is self.engine
