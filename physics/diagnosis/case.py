"""One run that is forecast: which faults, how large, since when."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotfire.physics.arrays import FloatArray

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """One run to forecast.

    Attributes:
        tolerances: Values of the model's tolerance variables, shape (m,); None for all zero.
        faults: Sizes by name (`fuel_injector.blockage`).
        onset: Seconds after the valves opened; None when present before.
        grows: Grow in proportion to time from onset to the end instead of stepping.
        cleared: Seconds after the valves opened at which a fault is gone, by name.
        runs_out: Tank that feeds gas from the onset on, whatever its load; "" for none.
        before: Faults that were there before the valves opened, whatever the onset of the others.
        apart: Onset, and whether it grows, of each fault that sets in at a time of its own.
    """

    tolerances: FloatArray | None = None
    faults: dict[str, float] = field(default_factory=dict)
    onset: float | None = None
    grows: bool = False
    cleared: dict[str, float] = field(default_factory=dict)
    runs_out: str = ""
    before: frozenset[str] = frozenset()
    apart: dict[str, tuple[float | None, bool]] = field(default_factory=dict)

    def set_in(self, fault: str) -> tuple[float | None, bool]:
        """Return when a fault sets in, None for before, and whether it grows from there."""
        return (None, False) if fault in self.before else self.apart.get(fault, (self.onset, self.grows))
