"""How actuators follow what an engine file commands: by their time constant, or as the log's own positions tell.

The forecast is of steady states, in which a position is its command. An actuator of half a second is still on its way
long after a command; what the engine gets then is the command as the actuator has followed it. Where a sensor on it is
in the log, its opening tells when the command came and how fast the actuator really is, whatever the sensor's zero and
gain; a position that is read wrongly later is left to the search.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.sequence import Corners

__all__ = ["ACTUATOR", "Followed", "commanding", "follow", "response"]

ACTUATOR = "actuator"
_CONSTANTS = (1.0, 4.0, 16.0)
"""Time constants from which the true one is looked for, over that of the engine file."""
_EARLIEST, _LATEST, _SLOWEST = -5.0, 1.0, 100.0
"""Times of the command in s after the run is seen to begin, and time constant over the file's, that are looked at."""
_GAIN = 0.03
"""Doubt of a position sensor's gain, for an actuator so slow that its opening tells no end of its travel."""
_SAMPLES = 400
"""Samples of an opening that are enough."""
_LEFT = 0.01
"""Share of the travel that may be left unexplained."""
_LEAST = 1e-4
"""Least scatter of a position, as a share of travel."""


@dataclass(frozen=True)
class Followed:
    """A commanded input as its actuator follows it.

    Attributes:
        actuator: Name of the component.
        corners: Of the command, s after the start command.
        time_constant: Of the actuator, s.
        delay: Time of the start command in s after the run is seen to begin.
        doubt: Standard deviation of the logarithm of the time constant; None where nothing in the log tells it.
    """

    actuator: str
    corners: Corners
    time_constant: float
    delay: float = 0.0
    doubt: float | None = None

    @property
    def told(self) -> bool:
        """Whether the log tells how it was followed."""
        return self.doubt is not None

    def at(self, times: FloatArray) -> FloatArray:
        """Return it at times in s after the run is seen to begin."""
        return response(self.corners, times - self.delay, self.time_constant)


def response(corners: Corners, times: FloatArray, time_constant: float) -> FloatArray:
    """Return what follows a command with a lag of first order, at rest before the first corner.

    Args:
        corners: Of the command; straight between them.
        times: In s.
        time_constant: In s.
    """
    value = corners[0][1]
    values = np.full(times.shape, value)
    last = (math.inf, corners[-1][1])
    for (start, before), (end, after) in itertools.pairwise((*corners, last)):
        slope = (after - before) / (end - start) if end > start else 0.0
        # Behind a ramp it stays back by what the ramp rises in a time constant, once what was left has gone.
        left = value - before + slope * time_constant
        since = np.maximum(times - start, 0.0)
        course = before + slope * (since - time_constant) + left * np.exp(-since / time_constant)
        values = np.where(times >= start, course, values)
        if end > start and math.isfinite(end):
            gone = math.exp(-(end - start) / time_constant)
            value = before + slope * (end - start - time_constant) + left * gone
    return np.asarray(values)


def commanding(engine: Engine) -> dict[str, str]:
    """Return actuators whose command comes from the test sequence, by the input that commands them."""
    components = engine.network.components
    return {
        f"{source}.value": target
        for (source, _), (target, port) in ((s.source, s.target) for s in engine.network.streams)
        if port == "command" and f"{source}.value" in engine.network.input_defaults
        if components[target].kind.type_name == ACTUATOR
    }


def follow(log: Log, engine: Engine, origin: float) -> dict[str, Followed]:
    """Return how each commanded input is followed that has an actuator.

    Args:
        log: With roles.
        engine: The engine.
        origin: Time in s of the log's clock at which the run is seen to begin.
    """
    if engine.sequence is None:
        return {}
    found = {}
    for name, actuator in commanding(engine).items():
        corners = engine.sequence.start.get(name, ())
        if len(corners) < 2:  # one corner commands no move
            continue
        by_file = Followed(actuator, corners, engine.network.parameter_values[f"{actuator}.time_constant"])
        told = (_told(by_file, c, origin, engine.sequence.burn) for c in _positions(log, engine, actuator))
        found[name] = next((f for f in told if f is not None), by_file)
    return found


def _positions(log: Log, engine: Engine, actuator: str) -> Iterator[Channel]:
    """Channels that record the position of an actuator in a known unit."""
    measured = (f"{actuator}.position", f"{actuator}.position.value")
    for sensor in engine.sensors.values():
        channel = log.role(sensor.name) if sensor.measures in measured else None
        if channel is not None and channel.unit is not None:
            yield channel


def _told(by_file: Followed, channel: Channel, origin: float, burn: float) -> Followed | None:
    """Fit command time and time constant to the opening; None where it is not that of an actuator."""
    from scipy.optimize import least_squares

    moves = [(a, b) for a, b in itertools.pairwise(by_file.corners) if a[1] != b[1]]
    if not moves:
        return None
    (_, before), (opened, after) = moves[0]
    until = next((a[0] for a, _ in moves[1:]), burn)
    time = channel.time - origin
    inside = np.flatnonzero((time > _EARLIEST) & (time < until) & np.isfinite(channel.values))
    inside = inside[:: max(1, inside.size // _SAMPLES)]
    time, values = time[inside], (channel.values[inside] - before) / (after - before)
    if until - opened < by_file.time_constant or time.size < _SAMPLES // 10 or not (time < 0.0).any():
        return None
    scatter = max(float(np.std(np.diff(values)[: time.size // 20 + 3])) / math.sqrt(2.0), _LEAST)
    opening = ((moves[0][0][0], 0.0), (opened, 1.0))

    def left(at: FloatArray) -> FloatArray:
        constant, delay, zero, gain = at
        course = response(opening, time - delay, by_file.time_constant * math.exp(constant))
        return np.append((zero + gain * course - values) / scatter, (gain - 1.0) / _GAIN)

    low, high = [-2.0, _EARLIEST, -1.0, 0.3], [math.log(_SLOWEST), _LATEST, 1.0, 1.7]
    fits = [
        least_squares(left, [math.log(c), 0.0, 0.0, 1.0], bounds=(low, high), loss="soft_l1")
        for c in _CONSTANTS
    ]
    best = min(fits, key=lambda fit: float(fit.cost))
    unexplained = float(np.sqrt(np.mean(left(best.x)[:-1] ** 2))) * scatter
    seen = best.x[1] + opening[0][0] > time[0]
    if unexplained > _LEFT or not seen or best.active_mask.any():
        return None
    doubt = math.sqrt(float(np.linalg.pinv(best.jac.T @ best.jac)[0, 0]))
    constant, delay = by_file.time_constant * math.exp(best.x[0]), float(best.x[1])
    return Followed(by_file.actuator, by_file.corners, constant, delay, doubt)
