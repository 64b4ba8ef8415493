"""What the diagnosis sees of a log: means over windows, one row before the test and one for each window."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.sensors import Sensor

__all__ = ["Observation"]


@dataclass(frozen=True, eq=False)
class Observation:
    """Features of one log.

    Row 0 of the arrays is the quiet time before the test, rows 1 to K are the windows of the mainstage.

    Attributes:
        sensors: The S sensors, in the order of the columns.
        edges: Edges of the windows in s after the valves opened, shape (K + 1,).
        means: Mean readings in SI, shape (K + 1, S); NaN where there is none.
        noise: Standard deviation of each mean by scatter alone, shape (K + 1, S).
        inputs: Recorded commands and positions at the edges of the windows by name, each of shape (K + 1,).
        still_since: Time in s at which the commands of the start were done, where the readings are of an engine that
            follows its steady state with a lag; None where they are of steady states.
    """

    sensors: tuple[Sensor, ...]
    edges: FloatArray
    means: FloatArray
    noise: FloatArray
    inputs: dict[str, FloatArray]
    still_since: float | None = None

    def up_to(self, time: float) -> Observation:
        """Return the windows that are over at a time in s after the valves opened."""
        rows = 1 + int(np.searchsorted(self.edges[1:], time, side="right"))
        inputs = {name: values[:rows] for name, values in self.inputs.items()}
        return replace(
            self, edges=self.edges[:rows], means=self.means[:rows], noise=self.noise[:rows], inputs=inputs
        )

    @property
    def windows(self) -> int:
        """Number of windows K."""
        return self.edges.size - 1

    @property
    def used(self) -> np.ndarray:
        """Which features exist, shape ((K + 1) S,)."""
        return np.isfinite(self.means).ravel()
