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
    """Work out the structural diagnosability of `faults`.

    States are integrated from what was loaded, as the diagnosis does, and never differentiated: integral causality. The
    modes of a sensor are one fault here, since its equation may be wrong in any way.
    """
    from hotfire.physics.structure import detectable, isolable_from, structural_model

    sensors = {s.name: s.measures for s in engine.sensors.values()}
    modes = dict.fromkeys(f.rsplit(".", 1)[1] for f in faults if f.rsplit(".", 1)[0] in sensors)
    model = structural_model(engine.network, sensors, sensor_modes=tuple(modes)).with_fault_variables()
    seen, apart = detectable(model, "integral"), isolable_from(model, "integral")
    wanted = frozenset(faults)
    return Structural(
        {f: f in seen for f in faults}, {f: others & wanted for f, others in apart.items() if f in wanted}
    )
