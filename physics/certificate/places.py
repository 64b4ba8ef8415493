"""Faults that are weighed, and the coordinate in which their sizes are spread evenly."""

from __future__ import annotations

import math

from hotfire.physics.certificate.plain import Frame
from hotfire.physics.declaration import Fault
from hotfire.physics.sensors import SENSOR_FAULTS

__all__ = ["SENSOR_MODES", "declared_fault", "place_of", "range_of", "size_by_place", "size_of"]

SENSOR_MODES = ("bias", "scale", "drift")
"""Faults of sensors that shift window means."""
_NEARLY_ALL = 0.85
"""Largest size from which the coordinate is the logit, not the logarithm."""


def declared_fault(frame: Frame, name: str) -> Fault | None:
    """The declaration of a fault of a component or of a sensor, if the search weighs it; None for another name."""
    found = frame.network.faults.get(name)
    if found is not None:
        return found if found.weighed else None
    sensor, _, mode = name.rpartition(".")
    known = any(s.name == sensor and s.kind for s in frame.sensors)
    return SENSOR_FAULTS[mode] if known and mode in SENSOR_MODES else None


def place_of(fault: Fault, size: float) -> float:
    """Return the coordinate of a size: the logarithm, or the logit where nearly all can be lost."""
    return math.log(size) - (math.log1p(-size) if _NEARLY_ALL < fault.upper < 1.0 else 0.0)


def size_of(fault: Fault, place: float) -> float:
    """Return the size at a coordinate."""
    return 1.0 / (1.0 + math.exp(-place)) if _NEARLY_ALL < fault.upper < 1.0 else math.exp(place)


def range_of(fault: Fault) -> tuple[float, float]:
    """Return the coordinates of the least and the greatest size."""
    return place_of(fault, fault.lower), place_of(fault, fault.upper)


def size_by_place(fault: Fault, size: float) -> float:
    """Return the derivative of a size by its coordinate."""
    return size * (1.0 - size) if _NEARLY_ALL < fault.upper < 1.0 else size
