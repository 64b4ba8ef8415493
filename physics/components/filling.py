"""Lines and manifolds that fill before anything leaves them (priming).

A share `filled` of the volume holds liquid: conservation of mass, rho V d(filled)/dt = flow in - flow out. What enters
stays until the liquid reaches the far end, over the last tenth of the volume; then what enters leaves. The column that
filled it unhindered is stopped by the orifices, which is the surge at priming. The gas that is driven out, and emptying
after the valves shut, are not described.
"""

from __future__ import annotations

from typing import Any

from hotfire.physics.declaration import Balance, Charge, Parameter, Variable
from hotfire.physics.ops import smooth_step

__all__ = ["FILLED", "VOLUME", "filling", "passing"]

VOLUME = Parameter(
    "volume", "m^3", "volume behind the valves that fills before anything leaves it", optional=True
)
FILLED = Variable("filled", "value", "share of the volume that is full", 1.0, rest=0.0, needs="volume")
_REACHED = 0.97
"""Share at which half of what enters leaves."""
_WIDTH = 0.02
"""Breadth of that; where all is full the slope is steep enough to get there in a fifth of the filling time."""


def passing(q: Any) -> Any:
    """Share of the entering flow that leaves: 1 exactly where the volume is full."""
    if q.volume is None:
        return 1.0
    return smooth_step(q.filled - _REACHED, _WIDTH) / smooth_step(1.0 - _REACHED, _WIDTH)


def filling(q: Any) -> Balance:
    """State that the volume is full; until it is, it keeps what does not leave.

    Stored is the share itself, so that it stands as it is in the equations; the mass that it means is volume x density.
    """
    density = q.inlet.properties["state"].density(q.inlet.pressure)
    kept = q.inlet.flow * (1.0 - passing(q))
    return Balance("filling", q.filled, 1.0, "value", Charge(q.filled, kept / (density * q.volume)))
