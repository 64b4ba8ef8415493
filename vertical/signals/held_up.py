"""Sensors that still read the run after it, as a stuck one does, though its noise goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.engine import Engine
from hotfire.locations import locations, sensor_location, sensor_quantity
from hotfire.log import Channel, FloatArray, Log
from hotfire.phases.finding import Phase, Phases
from hotfire.physics.sensors import Sensor
from hotfire.signals.signal_faults import SignalFault

__all__ = ["held_up"]

_VENTED = {("pressure", "chamber"), ("pressure", "injector"), ("thrust", "nozzle"), ("mass flow", "injector")}
"""What is over within a second of the run: nothing is trapped there."""
_LEAST = 0.5
"""Seconds after the run of which the second half is looked at."""
_HELD, _BACK = 0.5, 0.2
"""Share of its rise that a sensor still reads if it is stuck, and at most if it came back."""


@dataclass(frozen=True)
class _End:
    """Share of its rise that a sensor still reads after the run."""

    channel: Channel
    role: str
    left: float


def held_up(log: Log, engine: Engine, phases: Phases) -> tuple[SignalFault, ...]:
    """Return the sensors that hold what they read in the run, where another one shows that the run is over.

    Args:
        log: With the roles of the engine's sensors.
        engine: The engine.
        phases: Of the test.
    """
    post = next((p for p in phases.phases if p.name == "post"), None)
    if post is None or phases.mainstage is None or post.end - post.start < _LEAST:
        return ()
    places = locations(engine.network)
    ends = []
    for sensor in engine.sensors.values():
        place, channel = sensor_location(sensor, places), log.role(sensor.name)
        if channel is not None and (sensor_quantity(sensor), place.kind) in _VENTED:
            ends += _end(channel, sensor, engine, phases, post)
    if not any(e.left < _BACK for e in ends):
        return ()
    return tuple(_fault(e, post) for e in ends if e.left > _HELD)


def _end(channel: Channel, sensor: Sensor, engine: Engine, phases: Phases, post: Phase) -> list[_End]:
    rest = engine.network.ambient_pressure if sensor.kind == "pressure" else 0.0
    if phases.baseline is not None:
        rest = _mean(channel.time, channel.values, phases.baseline.start, phases.baseline.end)
    assert phases.mainstage is not None
    run = _mean(channel.time, channel.values, phases.mainstage.start, phases.mainstage.end)
    after = _mean(channel.time, channel.values, 0.5 * (post.start + post.end), post.end)
    rise = run - rest
    if not np.isfinite([rest, run, after]).all() or abs(rise) < 10.0 * sensor.zero_tolerance:
        return []
    return [_End(channel, sensor.name, (after - rest) / rise)]


def _mean(time: FloatArray, values: FloatArray, start: float, end: float) -> float:
    inside = (time >= start) & (time <= end) & np.isfinite(values)
    return float(values[inside].mean()) if inside.sum() >= 3 else float("nan")


def _fault(end: _End, post: Phase) -> SignalFault:
    text = (
        f"{end.channel.name} still reads {end.left:.0%} of its rise {post.end - post.start:.1f} s after the run, "
        "which the others show to be over: it is stuck, since when cannot be told, or its line is blocked"
    )
    return SignalFault(end.channel.name, end.role, "freeze", None, None, True, text)
