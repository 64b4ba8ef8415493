"""What a monitor reads: gauges on a network, and actuators that follow a command."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["Actuator", "Gauge", "scatter"]


@dataclass(frozen=True)
class Gauge:
    """One recorded quantity. All in SI.

    Attributes:
        name: As the log calls it.
        measures: Output of the network, as in `fuel_pipe.inlet.flow`.
        span: Full scale.
        less: Output that is taken off it, for a gauge of differences; "" for none.
        stands_for: Input or parameter of the network that it records, as in `fuel_valve.position`; "" for none.
        limits: Readings between which it can move.
        scatter: Standard deviation of a sample; None where the record is to tell.
        resolution: Least standard deviation over the span; by default half a step of a 14-bit converter.
    """

    name: str
    measures: str
    span: float
    less: str = ""
    stands_for: str = ""
    limits: tuple[float, float] = (-np.inf, np.inf)
    scatter: float | None = None
    resolution: float = 0.5**15


@dataclass(frozen=True)
class Actuator:
    """A valve that follows its command with a lag of first order.

    Attributes:
        name: Component that it moves.
        command: Channel of the commanded opening.
        position: Gauge of the opening.
        time_constant: Of a sound one, s.
    """

    name: str
    command: str
    position: str
    time_constant: float


def scatter(readings: FloatArray, gauges: Sequence[Gauge]) -> FloatArray:
    """Return the standard deviation of a sample of each gauge, as a stretch of the record tells it.

    The second difference of white noise has six times its variance; what the engine does within three samples has
    next to none. The median is not moved by a step.

    Args:
        readings: SI, shape (..., samples, gauges), at least three samples.
        gauges: Whose spans bound it from below.

    Returns:
        SI, shape (..., gauges).
    """
    second = np.abs(np.diff(readings, n=2, axis=-2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a gauge that never reads has the least scatter
        told = np.nanmedian(second, axis=-2) / (0.6745 * np.sqrt(6.0))
    declared = np.array([np.nan if g.scatter is None else g.scatter for g in gauges])
    found: FloatArray = np.where(np.isnan(declared), told, declared)
    return np.maximum(np.nan_to_num(found), [g.resolution * g.span for g in gauges])
