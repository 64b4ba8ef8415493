"""Sensors far noisier than they should be.

Before the test, scatter is the sensor's own. During the run the flow itself is rough, and roughness is coloured:
neighbouring samples resemble one another. White scatter is what a sensor adds.
"""

from __future__ import annotations

import itertools

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.phases.finding import Phases
from hotfire.physics.sensors import Sensor
from hotfire.signals.signal_faults import SignalFault

__all__ = ["noisy_sensors", "white_scatter"]

_USUAL = 1e-3
"""Scatter of a sample of a sound sensor, as a share of its span, where nothing better is known."""
_NOISY, _RISEN = 3.2, 3.0
"""Scatter over the usual, and over that of earlier in the run, from which a sensor is called noisy."""
_NOISY_WHERE_CALM = 1.5
"""The same for a rise that is seen on a component that does not oscillate."""
_ROUGH, _ROUGH_WHEN_SLOW, _FAST = 0.01, 0.06, 150.0
"""White scatter that the flow itself may add, over the level; a slow logger sees all roughness as white."""
_WINDOWS, _FEWEST = 24, 16
_SUSTAINED = 3


def noisy_sensors(log: Log, engine: Engine, phases: Phases) -> tuple[SignalFault, ...]:
    """Find sensors whose white scatter is large from the start, or rises during the run and stays.

    Args:
        log: With roles.
        engine: For the sensors' spans.
        phases: For the quiet time and the mainstage.
    """
    found = []
    for sensor in engine.sensors.values():
        channel = log.role(sensor.name)
        if channel is not None and channel.unit:
            fault = _noisy(sensor, channel, phases, engine)
            if fault is not None:
                found.append(fault)
    return tuple(found)


def _noisy(sensor: Sensor, channel: Channel, phases: Phases, engine: Engine) -> SignalFault | None:
    limit = max(_NOISY * _USUAL * sensor.span, _digit(channel))
    before = _before(channel, phases)
    if before > limit:
        return _fault(channel, None, before, sensor)
    if phases.mainstage is None:
        return None
    edges = np.linspace(phases.mainstage.start, phases.mainstage.end, _WINDOWS + 1)
    scatter = np.array([white_scatter(_inside(channel, a, b)) for a, b in itertools.pairwise(edges)])
    usual = max(before, _USUAL * sensor.span) if np.isfinite(before) else _USUAL * sensor.span
    running = _inside(channel, edges[0], edges[-1])
    if running.size < _FEWEST:
        return None
    level = abs(float(running.mean()) - _rest(channel, phases))
    rough = (_ROUGH if channel.rate >= _FAST else _ROUGH_WHEN_SLOW) * level
    # A slow sensor smooths what the flow does between samples; a feed line is no rougher later than earlier.
    rough /= 1.0 + sensor.lag * channel.rate
    early = scatter[: _WINDOWS // 4]
    if sensor.measures.split(".")[0] != engine.network.burner and np.isfinite(early).any():
        rough = min(rough, _RISEN * float(np.nanmedian(early)))
        usual = max(before, float(np.nanmedian(early))) if np.isfinite(before) else usual
        limit = max(_NOISY_WHERE_CALM * _USUAL * sensor.span, _digit(channel))
    loud = np.nan_to_num(scatter) > max(limit, _RISEN * usual, rough)
    if loud.sum() < _SUSTAINED or not loud[-_SUSTAINED:].all():
        return None
    first = _WINDOWS - int(np.argmin(loud[::-1])) if not loud.all() else 0
    if first > _WINDOWS - _SUSTAINED:
        return None
    return _fault(channel, float(edges[first]), float(np.nanmedian(scatter[first:])), sensor)


def _digit(channel: Channel) -> float:
    """Smallest difference of two readings: to and fro between neighbours is how coarse a reading is, no noise."""
    steps = np.diff(np.unique(channel.values[np.isfinite(channel.values)]))
    return float(steps.min()) if steps.size else 0.0


def _before(channel: Channel, phases: Phases) -> float:
    """White scatter in the quiet time before the test; NaN without one."""
    if phases.baseline is None:
        return float("nan")
    return white_scatter(_inside(channel, phases.baseline.start, phases.baseline.end))


def _rest(channel: Channel, phases: Phases) -> float:
    """Mean reading before the test; 0 without a quiet time."""
    if phases.baseline is None:
        return 0.0
    before = _inside(channel, phases.baseline.start, phases.baseline.end)
    return float(before.mean()) if before.size else 0.0


def _inside(channel: Channel, start: float, end: float) -> FloatArray:
    values = channel.values[(channel.time >= start) & (channel.time < end)]
    finite: FloatArray = values[np.isfinite(values)]
    return finite


def white_scatter(values: FloatArray) -> float:
    """Standard deviation of the white part of a signal; NaN for fewer than `_FEWEST` samples.

    With autocovariances g0, g1, g2 of what is left about a parabola, the coloured part of a first-order process has
    the variance g1^2 / g2; the rest of g0 is white. A correlation below one half is not told from chance.
    """
    if values.size < _FEWEST:
        return float("nan")
    at = np.linspace(-1.0, 1.0, values.size)
    rest = values - np.polyval(np.polyfit(at, values, 2), at)
    g0, g1, g2 = (float(rest[lag:] @ rest[: rest.size - lag]) / rest.size for lag in (0, 1, 2))
    coloured = 0.0 if g1 <= 0.0 else 2.0 * g1 if g2 <= 0.0 else min(max(g1 * g1 / g2, g1), 2.0 * g1)
    return float(np.sqrt(max(g0 - coloured, 0.0)))


def _fault(channel: Channel, start: float | None, scatter: float, sensor: Sensor) -> SignalFault:
    share = scatter / sensor.span
    since = "" if start is None else f" from {start:.2f} s on"
    return SignalFault(
        channel.name,
        channel.role,
        "noise",
        start,
        None,
        False,
        f"{channel.name} is far noisier than it should be{since}: its samples scatter by {100 * share:.2g} % of "
        "the span by themselves",
    )
