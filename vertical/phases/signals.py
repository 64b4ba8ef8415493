"""A channel on an even clock, cleaned of spikes, for finding the phases of a run.

All widths are times, never sample counts, so a log at another rate gives the same answer; where a log is
slower than a width, three samples are the least a median can vote over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hotfire.log import Channel, FloatArray

__all__ = ["BoolArray", "Signal", "quiet_level", "resample", "runs", "slopes", "smooth"]

BoolArray = NDArray[np.bool_]

# s; electrical spikes are a few ms. Not longer: a median bends the mean of chugging and popping flames.
_SPIKE_WIDTH = 0.005
_FINEST_STEP = 1e-3  # s; no phase of an engine is settled more finely
_MOST_POINTS = 2_000_000  # an hour-long record coarsens rather than fill the memory
_REST = 3.0  # in ambient pressures; no zero offset lifts a sensor at rest above
_QUIET_WIDTH = 0.25  # s; slower than any line of sight between valve, manifold and chamber


@dataclass(frozen=True, eq=False)
class Signal:
    """A channel on an even clock.

    Attributes:
        name: The channel's name.
        time: Grid in s, even, shape (n,).
        light: Values without spikes, edges kept.
        heavy: `light` after a centred mean of `width`: oscillation gone, edges widened but not shifted.
        noise: Standard deviation of the sample-to-sample noise, in the channel's unit.
        width: Width of the mean in s.
        sample: Median time between the log's own samples in s.
    """

    name: str
    time: FloatArray
    light: FloatArray
    heavy: FloatArray
    noise: float
    width: float
    sample: float

    @property
    def step(self) -> float:
        """Time between grid points in s."""
        return float(self.time[1] - self.time[0])

    @property
    def unrest(self) -> float:
        """Standard deviation of the noise left in `heavy`."""
        return self.noise * float(np.sqrt(min(self.sample / self.width, 1.0 / 3.0)))

    def at(self, time: float) -> int:
        """Return the index of the grid point nearest to a time in s."""
        return int(np.clip(round((time - float(self.time[0])) / self.step), 0, self.time.size - 1))

    def count(self, seconds: float, least: int = 1) -> int:
        """Return how many grid points a time span covers."""
        return max(least, round(seconds / self.step))


def smooth(signal: Signal, width: float) -> Signal:
    """Return the signal with `heavy` averaged over `width` s, at least three of the log's samples."""
    from scipy.ndimage import uniform_filter1d

    width = max(width, 3 * signal.sample)
    # An odd count keeps the mean centred: edges must not move with the rate.
    size = 2 * (signal.count(width) // 2) + 1
    heavy = uniform_filter1d(signal.light, min(size, signal.light.size), mode="nearest")
    return replace(signal, heavy=heavy, width=width)


def resample(channel: Channel | None, *, floor: float = -np.inf) -> Signal | None:
    """Return a channel without spikes on an even clock.

    Args:
        channel: The channel; None passes through.
        floor: Values below are broken readings, not measurements (in the channel's unit).

    Returns:
        The signal, or None with fewer than eight usable samples.
    """
    if channel is None:
        return None
    time, values = _usable(channel, floor)
    if time.size < 8:
        return None
    sample = float(np.median(np.diff(time)))
    time, values = _thin(time, values, sample)
    noise = _noise(values)
    values = _despike(values, max(sample, _FINEST_STEP))
    step = max(sample / 2, _FINEST_STEP, float(time[-1] - time[0]) / _MOST_POINTS)
    grid = time[0] + step * np.arange(int((time[-1] - time[0]) / step) + 1)
    if grid.size < 8:
        return None
    light = np.interp(grid, time, values)
    return smooth(Signal(channel.name, grid, light, light, noise, 0.0, sample), 0.1)


def _usable(channel: Channel, floor: float) -> tuple[FloatArray, FloatArray]:
    with np.errstate(invalid="ignore"):
        good = np.isfinite(channel.values) & np.isfinite(channel.time) & (channel.values >= floor)
    time, first = np.unique(channel.time[good], return_index=True)
    return time, channel.values[good][first]


def _thin(time: FloatArray, values: FloatArray, sample: float) -> tuple[FloatArray, FloatArray]:
    """Take medians of neighbours until the record is no faster than the finest step."""
    group = int(_FINEST_STEP / sample)
    if group < 2:
        return time, values
    count = time.size // group * group
    return (
        np.median(time[:count].reshape(-1, group), axis=1),
        np.median(values[:count].reshape(-1, group), axis=1),
    )


def _despike(values: FloatArray, sample: float) -> FloatArray:
    from scipy.ndimage import median_filter

    size = max(3, 2 * int(_SPIKE_WIDTH / sample / 2) + 1)
    # Mirrored at the ends: repeating the first sample would make the majority of a spike there.
    result: FloatArray = median_filter(values, size, mode="mirror")
    # Two spikes in a row outvote a median of three; far outside all that lasts longer, they are still no reading.
    lasting = median_filter(values, size + 2, mode="nearest")
    span = float(np.ptp(lasting))
    far = (result > lasting.max() + span) | (result < lasting.min() - span)
    return np.where(far, lasting, result)


def _noise(values: FloatArray) -> float:
    """Standard deviation of the noise where the record is calm, from second differences: blind to drift."""
    bends = np.array_split(np.abs(np.diff(values, 2)), min(20, values.size // 8))
    # A held channel repeats itself: only the steps that were measured tell the noise.
    typical = [float(np.median(part[part > 0])) if (part > 0).any() else 0.0 for part in bends]
    # Constant parts are a lost sensor; a record of hardly anything else is held and shows no noise.
    alive = [t for t in typical if t > 0]
    if 4 * len(alive) < len(typical) or not alive:
        return 0.0
    # The calmest quarter, since an unstable flame is no noise of the sensor.
    return float(np.quantile(alive, 0.25) / (0.6745 * np.sqrt(6.0)))


def runs(mask: BoolArray) -> list[tuple[int, int]]:
    """Return the stretches where a mask is true as (first, last) indices, both inside."""
    edges = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    return [
        (int(a), int(b) - 1)
        for a, b in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    ]


def slopes(values: FloatArray, step: float, width: float) -> FloatArray:
    """Return the slope of a straight line fitted to a centred window, per s.

    Args:
        values: Samples on an even clock.
        step: Time between samples in s.
        width: Width of the window in s.
    """
    from scipy.ndimage import correlate1d

    half = max(1, round(width / step / 2))
    ramp = np.arange(-half, half + 1, dtype=float)
    result: FloatArray = correlate1d(values, ramp / (ramp @ ramp) / step, mode="nearest")
    return result


def quiet_level(signal: Signal, ambient: float | None) -> float:
    """Return the level at rest.

    The rest before the run counts, since a sensor may be lost in it; the rest after serves a log that starts
    late. Without either, a pressure rests at ambient, a force at zero.

    Args:
        signal: The signal.
        ambient: Ambient pressure in the signal's unit; None for what is not a pressure.
    """
    low, high = float(signal.heavy.min()), float(signal.heavy.max())
    loud = np.flatnonzero(signal.heavy > (low + high) / 2)
    if loud.size == 0:
        return float(np.median(signal.light))
    tolerance = max(6 * signal.noise, 0.02 * (high - low))
    before = _rest(signal, 0, int(loud[0]), tolerance)
    after = _rest(signal, int(loud[-1]) + 1, signal.time.size, tolerance)
    if before is None and after is not None and ambient is not None and after > _REST * ambient:
        # Flat, but no zero offset is that large: the record ends in the run.
        after = None
    if before is None:
        return min(low, 0.0 if ambient is None else ambient) if after is None else after
    if after is None or ambient is None or abs(before - after) < 0.1 * (high - low):
        return before
    return min(before, after, key=lambda level: abs(level - ambient))


def _rest(signal: Signal, first: int, stop: int, tolerance: float) -> float | None:
    """Level of the flattest windows of a stretch; None where no window is flat."""
    size = signal.count(max(_QUIET_WIDTH, 5 * signal.sample))
    windows = signal.light[first : first + (stop - first) // size * size].reshape(-1, size)
    if windows.shape[0] == 0:
        return None
    swing = np.ptp(windows, axis=1)
    flat = windows[np.argsort(swing)[: max(1, windows.shape[0] // 4)]]
    flat = flat[np.ptp(flat, axis=1) <= tolerance]
    return float(np.median(flat)) if flat.size else None
