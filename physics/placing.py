"""What a network is made of: components in their places, and the streams between their ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotfire.physics.declaration import MEDIA, Component, Parameter, Port, Variable

__all__ = ["PlacedComponent", "Stream"]


@dataclass(frozen=True)
class PlacedComponent:
    """A component of one engine.

    Attributes:
        name: Unique in the engine (`fuel_injector`).
        kind: The declaration.
        parameters: Values in SI by parameter name, complete.
        tolerances: Relative standard deviations by parameter name, complete.
        options: Words (propellant names).
        table: Combustion table, for components that burn; None otherwise.
        fluid: Property table of what it supplies; None where the file gives constants.
        wanders: Slow relative changes during a test by parameter name, where the file gives others than are declared.
    """

    name: str
    kind: Component
    parameters: Mapping[str, float]
    tolerances: Mapping[str, float]
    options: Mapping[str, str]
    table: Any = None
    fluid: Any = None
    wanders: Mapping[str, float] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Unknowns of its own that it has with the parameters that the file gives."""
        return tuple(v for v in self.kind.variables if not v.needs or v.needs in self.parameters)

    @property
    def declared(self) -> tuple[Parameter, ...]:
        """Parameters that have a value here; the file may leave optional ones out."""
        return tuple(p for p in self.kind.parameters if p.name in self.parameters)

    @property
    def wandering(self) -> dict[str, float]:
        """Parameters that change slowly during a test, with the relative amplitude."""
        found = {p.name: self.wanders.get(p.name, p.wander) for p in self.declared}
        return {name: amplitude for name, amplitude in found.items() if amplitude}

    def port(self, name: str) -> Port:
        """Return the port of that name."""
        return next(p for p in self.kind.ports if p.name == name)


@dataclass(frozen=True)
class Stream:
    """A connection from an outlet port to an inlet port; it carries the two unknowns of its medium.

    Attributes:
        source: Component name and port name upstream.
        target: Component name and port name downstream.
        medium: As the ports declare it.
        shared: True when several streams leave the same port.
        returns: True when it runs back to a place upstream; the order of the flow is cut here.
    """

    source: tuple[str, str]
    target: tuple[str, str]
    medium: str = "liquid"
    shared: bool = False
    returns: bool = False

    @property
    def name(self) -> str:
        """Name of the stream: the port that it leaves, and where that port is shared the component that it reaches."""
        name = f"{self.source[0]}.{self.source[1]}"
        return f"{name}.{self.target[0]}" if self.shared else name

    @property
    def fluid(self) -> bool:
        """Whether matter flows."""
        return self.medium in ("liquid", "gas")

    def unknowns(self) -> dict[str, str]:
        """Kind of each unknown, by name."""
        return {f"{self.name}.{kind}": kind for kind in MEDIA[self.medium]}
