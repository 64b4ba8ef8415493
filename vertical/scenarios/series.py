"""Cases as series of raw readings: the same draws, hardware and sensors as descriptions tell of, in finer windows.

An expert on raw channels gets absolute readings in SI, not departures from a forecast. The plant runs each case again
with more windows, about ten in a second; sensors have the zero, gain and noise that they have in the description.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hotfire.locations import sensor_location, sensor_quantity
from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.scenarios.cases import Maker, Runs
from hotfire.scenarios.readings import read
from hotfire.scenarios.rig import Rig

__all__ = ["WINDOWS", "Series", "SeriesReader"]

WINDOWS = 40


@dataclass(frozen=True, eq=False)
class Series:
    """Readings of n runs.

    Attributes:
        channels: Place and quantity of each of the S sensors in words that do not depend on the engine.
        values: Window means in SI, shape (n, windows, S); NaN where a sensor is lost.
    """

    channels: tuple[str, ...]
    values: FloatArray


class SeriesReader:
    """Reads the runs of one maker as series."""

    def __init__(self, maker: Maker, windows: int = WINDOWS) -> None:
        """Take the maker whose runs are read, and the number of windows of a run."""
        rig = maker.rig
        self._dice = maker.dice
        self._rig = Rig(rig.engine, rig.actual, replace(rig.stand, windows=windows))
        # The compiled plant is the same whatever the windows are, and so is the wander that is drawn for it.
        self._plant = Forecaster(rig.plant.compiled, self._rig.blank, rig.plant.knots)
        self.channels = tuple(
            f"{sensor_location(s, rig.places).words} {sensor_quantity(s)}" for s in rig.sensors
        )

    def read(self, runs: Runs, random: np.random.Generator) -> Series:
        """Read runs as series.

        Args:
            runs: That the plant could do in its usual windows. Of one that it cannot do in finer ones, the usual
                windows are repeated.
            random: Source of chance. A copy of the one that `Maker.read` gets draws the same zeros and gains.
        """
        means, good = self._plant.features(runs.cases)
        truth = means.reshape(len(runs.cases), *self._rig.blank.means.shape)
        truth[~good] = _stretched(runs.truth[~good], truth.shape[1] - 1)
        faults = [self._dice.read_faults(d) for d in runs.draws]
        return Series(self.channels, read(self._rig, truth, faults, random).means)


def _stretched(truth: FloatArray, windows: int) -> FloatArray:
    """Repeat windows, shape (n, K + 1, S), to more of them, shape (n, windows + 1, S)."""
    usual = truth.shape[1] - 1
    rows = 1 + np.arange(windows) * usual // windows
    return np.asarray(truth[:, [0, *rows.tolist()]])
