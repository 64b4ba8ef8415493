"""What is there of each sample: readings that are lost are held, and what follows from them is not believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray

__all__ = ["Held", "Steps"]


class Held:
    """Fills what is lost with what was last there, for n streams."""

    def __init__(self, first: FloatArray, streams: int) -> None:
        """Take what stands for a channel that was never there, shape (channels,)."""
        self._last = np.tile(first, (streams, 1))

    def filled(self, values: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Fill samples that are NaN or infinite.

        Args:
            values: Shape (samples, n, channels).

        Returns:
            The same without gaps, and which were there.
        """
        there = np.isfinite(values)
        whole = values
        if not there.all():
            whole = values.copy()
            for k, (own, known) in enumerate(zip(whole, there, strict=True)):
                own[~known] = (whole[k - 1] if k else self._last)[~known]
        if whole.shape[0]:
            self._last = whole[-1].copy()
        return whole, there


@dataclass
class Steps:
    """Steps of time between samples: how many are lost, and which sample comes too late to be taken.

    Attributes:
        rate: Samples per second.
        last: Time of the last sample that was taken, s; None before the first.
    """

    rate: float
    last: float | None = None

    def lost(self, time: float) -> float | None:
        """Return how many samples are lost before this one; None if it is not later than the last, or has no time."""
        if not np.isfinite(time) or (self.last is not None and time <= self.last):
            return None
        step = 1.0 if self.last is None else (time - self.last) * self.rate
        self.last = time
        return step - 1.0 if step > _GAP else 0.0


_GAP = 1.5
"""Steps of the rate from which samples are lost."""
