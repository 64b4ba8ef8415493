"""The chamber's oscillation as a signal: rms of its pressure over the mean, the sensor's own noise taken off."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray
from hotfire.phases.finding import Phases
from hotfire.physics.sensors import Sensor
from hotfire.signals.sensor_noise import white_scatter
from hotfire.signals.signal_faults import SignalFault, without_spoilt
from hotfire.signals.window_means import repeats

__all__ = ["chamber_sensor", "roughness"]

_NAME = "chamber_roughness"
"""Name of the computed signal: chamber pressure oscillation, rms over mean."""

_IGNITION, _START_WINDOW = 0.2, 0.2
"""Seconds after burn start that belong to the ignition itself, and width of the windows after it."""
_ROUGHNESS_RATE = 50.0
_START_DOUBT = 0.15
"""Relative doubt about the roughness of the start, a median of few short windows."""


def chamber_sensor(engine: Engine) -> Sensor | None:
    """Return the pressure sensor on the component that oscillates."""
    measured = f"{engine.network.burner}.pressure"
    return next((s for s in engine.sensors.values() if s.measures == measured), None)


def roughness(
    engine: Engine,
    used: dict[str, Channel],
    offsets: dict[str, float],
    faults: Sequence[SignalFault],
    edges: FloatArray,
    phases: Phases,
) -> tuple[Sensor, FloatArray, FloatArray] | None:
    """Oscillation of the chamber pressure: rms over mean in each window, sensor noise taken off.

    Args:
        engine: For the sensor and the surroundings.
        used: Channel by sensor.
        offsets: What sensors are off at rest, in Pa.
        faults: Sensor faults that the signals show.
        edges: Of the windows, in s of the log's clock, shape (K + 1,).
        phases: For the quiet time and the burn's start.

    Returns:
        The computed sensor, its value before the first window and in each, and their doubt, both shape (K + 1,); None
        where the log is too slow to tell.
    """
    sensor = chamber_sensor(engine)
    if sensor is None or sensor.name not in used or not used[sensor.name].rate > _ROUGHNESS_RATE:
        return None
    channel = used[sensor.name]
    values = without_spoilt(channel, faults)
    quiet = _baseline_scatter(channel.time, values, phases)
    ambient = engine.network.ambient_pressure
    offset = offsets.get(sensor.name, 0.0)
    rough, variance, left = np.full(edges.size, np.nan), np.zeros(edges.size), {}
    bounds = np.searchsorted(channel.time, edges)
    for k, (a, b) in enumerate(itertools.pairwise(bounds)):
        inside = values[a:b][np.isfinite(values[a:b])]
        level = inside.mean() - offset - ambient if inside.size > 8 else 0.0
        if level > 0.2 * ambient:
            rest = inside - np.polyval(np.polyfit(np.arange(inside.size), inside, 2), np.arange(inside.size))
            own = white_scatter(inside) if _noisy_at(faults, channel, edges[k]) else quiet
            rough[k + 1] = np.sqrt(max(rest.var() - max(own, quiet) ** 2, 0.0)) / level
            variance[k + 1] = rest.var() / level**2
            left[k] = rest
    same = repeats([r**2 - r.var() for r in left.values()])
    shares = np.full(edges.size, 2.0 * _START_DOUBT)
    shares[1:][list(left)] = [np.sqrt(2.0 * same / r.size) for r in left.values()]
    noisy = _noisy_at(faults, channel, edges[0])
    start = (edges[0], offset + ambient, quiet)
    rough[0], variance[0] = _start_roughness(channel.time, values, phases, *start, noisy=noisy)
    known = np.nan_to_num(rough)
    # The doubt is about the variance with the sensor's noise in it: little is known of what lies under the noise.
    doubt = np.sqrt(known**2 + shares * variance) - known
    computed = Sensor(_NAME, f"{engine.network.burner}.roughness", "", 1.0, 0.0, 0.0)
    return computed, rough, doubt + 0.001


def _noisy_at(faults: Sequence[SignalFault], channel: Channel, time: float) -> bool:
    """Say whether a channel was found to be noisy at a time."""
    return any(
        f.mode == "noise" and f.channel == channel.name and (f.start is None or f.start <= time)
        for f in faults
    )


def _start_roughness(
    time: FloatArray,
    values: FloatArray,
    phases: Phases,
    end: float,
    rest: float,
    quiet: float,
    *,
    noisy: bool,
) -> tuple[float, float]:
    """Median oscillation between ignition and the first window, and its square with the sensor's noise in it.

    NaN and 0 where that is too short to tell.
    """
    if phases.burn is None:
        return float("nan"), 0.0
    starts = np.arange(phases.burn.start + _IGNITION, end - _START_WINDOW, 0.5 * _START_WINDOW)
    found = []
    for start in starts:
        inside = values[(time >= start) & (time < start + _START_WINDOW)]
        inside = inside[np.isfinite(inside)]
        level = inside.mean() - rest if inside.size > 8 else 0.0
        if level > 0.0:
            line = np.polyval(np.polyfit(np.arange(inside.size), inside, 2), np.arange(inside.size))
            variance = (inside - line).var()
            own = max(white_scatter(inside), quiet) if noisy else quiet
            found.append((np.sqrt(max(variance - own**2, 0.0)) / level, variance / level**2))
    if len(found) < 3:
        return float("nan"), 0.0
    rough, variance = np.median(found, axis=0)
    return float(rough), float(variance)


def _baseline_scatter(time: FloatArray, values: FloatArray, phases: Phases) -> float:
    """Standard deviation of single samples before the test; 0 without a baseline."""
    if phases.baseline is None:
        return 0.0
    inside = values[(time >= phases.baseline.start) & (time <= phases.baseline.end)]
    inside = inside[np.isfinite(inside)]
    return float(np.std(np.diff(inside)) / np.sqrt(2.0)) if inside.size > 8 else 0.0
