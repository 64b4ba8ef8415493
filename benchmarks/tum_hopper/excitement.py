"""When a slow valve shows itself: only after its command has moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tum_hopper.definition import definition, number
from tum_hopper.flights import FloatArray
from tum_hopper.readings import Readings, index_of

__all__ = ["SEEN", "shown_from"]

SEEN = 0.02
"""Distance in opening from where a sound valve would stand, from which a slow one can be seen."""


def shown_from(readings: Readings, valve: str) -> int | None:
    """Return the first sample at which a slow valve stands off from where a sound one would; None for never.

    Args:
        readings: Record of the run.
        valve: `oxidizer_valve` or `fuel_valve`.
    """
    command = readings.values[:, index_of(f"{valve}_command")]
    position = readings.values[:, index_of(f"{valve}_position")]
    off = np.abs(position - _followed(command, float(position[0]))) > SEEN
    seen: NDArray[np.int64] = np.flatnonzero(off & (readings.labels > 0))
    return int(seen[0]) if seen.size else None


def _followed(command: FloatArray, start: float) -> FloatArray:
    """Course of a sound valve under a command, shape (n,)."""
    from scipy.signal import lfilter

    keep = float(np.exp(-1.0 / definition()["rate"]["value"] / number("plant", "valve_time_constant")))
    course, _ = lfilter([0.0, 1.0 - keep], [1.0, -keep], command, zi=[start])
    return np.asarray(course)
