"""What the equations alone say of the faults of an engine: detectable, and isolable from one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotfire.engine import Engine

__all__ = ["Structural", "structural"]


@dataclass(frozen=True)
class Structural:
    """Structural diagnosability of the faults of an engine.

    Attributes:
        detectable: Whether each fault is, by name.
        isolable_from: Faults from which each fault is isolable, by name.
    """

    detectable: Mapping[str, bool]
    isolable_from: Mapping[str, frozenset[str]]

    def isolable(self, first: str, second: str) -> bool:
        """Whether the equations alone tell the first fault from the second."""
        return second in self.isolable_from.get(first, frozenset())


def structural(engine: Engine, faults: Sequence[str]) -> Structural:
    """Work out the structural diagnosability of `faults`; sensor faults of one sensor share its equation."""
    return Structural({}, {})
