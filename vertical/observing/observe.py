"""From a log with roles and phases to the features that the diagnosis weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.observing.followed import Followed, commanding, follow
from hotfire.observing.recorded_inputs import inputs_at_edges, jumps, moves
from hotfire.observing.weighed_stretch import weighed_stretch
from hotfire.phases.finding import Phases
from hotfire.physics.declaration import Port
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.sensors import Sensor
from hotfire.signals.oscillation import chamber_sensor, roughness
from hotfire.signals.signal_faults import SignalFault, without_spoilt
from hotfire.signals.window_means import at_rest, window_means

__all__ = ["Observed", "commanded_before", "observe", "open_at_rest", "quiet_until", "told_at_rest"]

_LONGEST, _MOST, _FEWEST = 0.25, 12, 4
"""Seconds that a window lasts at most where there are fewer than the most; the most and the fewest windows."""
_MOST_MOVED = 24
"""Windows at most where a position is known to move: those in which it bends are lost."""
_SHAKEN = 0.05
"""Most that combustion noise moves the mean of a thrust window, as a share."""
_NO_ZERO = ("temperature", "voltage", "mass")
"""Kinds whose reading before the test no equation tells, except in a tank."""
_CATCHING_UP = 3.0
"""Lags in which a sensor has caught up with a start, to a twentieth of what was missing."""
_ZERO_LIMIT = 4.5
"""Standard deviations of its zero by which a sensor may be off before the test and still be called sound."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Features of a log, and what was settled on the way.

    Attributes:
        observation: The features.
        origin: Time of valve opening in s of the log's clock.
        used: Channel by sensor.
        offsets: Zero offset taken off, in SI, by sensor (only those beyond tolerance).
        followed: Commanded inputs as their actuators follow them, by input.
    """

    observation: Observation
    origin: float
    used: dict[str, Channel]
    offsets: dict[str, float]
    followed: dict[str, Followed]


def observe(log: Log, engine: Engine, phases: Phases, faults: Sequence[SignalFault]) -> Observed | None:
    """Average the mainstage over windows.

    Args:
        log: With roles.
        engine: The engine.
        phases: Of that log.
        faults: Sensor faults that the signals show; the samples concerned are left out.

    Returns:
        The features, or None when there is no mainstage long enough.
    """
    if phases.mainstage is None or phases.burn is None:
        return None
    origin = phases.burn.start
    followed = follow(log, engine, origin)
    start, end = weighed_stretch(log, engine, phases, followed)
    most = _MOST_MOVED if moves(followed, start - origin, end - origin) else _MOST
    count = int(np.clip((end - start) / _LONGEST, _FEWEST, most))
    if (end - start) / count < 0.03:
        return None
    edges = np.linspace(start, end, count + 1)
    used = {s.name: c for s in engine.sensors.values() if (c := log.role(s.name)) is not None and c.unit}
    if not used:
        return None
    sensors = [engine.sensors[name] for name in used]
    columns, noises, offsets = [], [], {}
    commanded = 0.0 if engine.sequence is None else engine.sequence.commanded
    quiet = quiet_until(engine, phases)
    for sensor in sensors:
        values = without_spoilt(used[sensor.name], faults)
        mean, noise = window_means(used[sensor.name].time - sensor.lag, values, edges)
        mean[edges[:-1] < origin + _caught_up(sensor, engine, phases)] = np.nan
        rest, scatter = at_rest(used[sensor.name].time, values, phases, quiet)
        if not told_at_rest(sensor, engine):
            rest = float("nan")
        offset = _zero_offset(sensor, engine, rest)
        if offset:
            offsets[sensor.name] = offset
            mean, rest = mean - offset, float("nan")
        columns.append(np.concatenate([[rest], mean]))
        noises.append(np.concatenate([[scatter], noise]))
    rough = roughness(engine, used, offsets, faults, edges, phases)
    if rough is not None:
        sensors.append(rough[0])
        columns.append(rough[1])
        noises.append(rough[2])
    means, noise = np.stack(columns, axis=1), np.stack(noises, axis=1)
    means[1:][jumps(log, engine, edges, followed, origin)] = np.nan
    observation = Observation(
        tuple(sensors),
        edges - origin,
        means,
        _with_combustion_noise(engine, sensors, means, noise),
        inputs_at_edges(log, engine, edges, followed, origin),
        None if engine.sequence is None else commanded,
    )
    return Observed(observation, origin, used, offsets, followed)


def _caught_up(sensor: Sensor, engine: Engine, phases: Phases) -> float:
    """Time in s after the chamber lit at which a slow sensor, its readings set back by its lag, has caught up.

    0 where the start is not in the log, or no file says how long it takes.
    """
    if engine.sequence is None or any(note.code == "starts_in_burn" for note in phases.notes):
        return 0.0
    return engine.sequence.starting + (_CATCHING_UP - 1.0) * sensor.lag if sensor.lag > 0.0 else 0.0


def commanded_before(engine: Engine) -> float:
    """Time in s before the run is seen to begin from which its start may have been commanded.

    Turbopumps that spin up slowly, and a stage at tank pressure before, look quiet until the chamber lights, which is
    where the run is seen to begin.
    """
    spins = any(stream.medium == "shaft" for stream in engine.network.streams)
    return engine.sequence.commanded if spins and engine.sequence is not None else 0.0


def quiet_until(engine: Engine, phases: Phases) -> float:
    """Time in s of the log's clock up to which an engine is at rest."""
    return np.inf if phases.burn is None else phases.burn.start - commanded_before(engine)


def told_at_rest(sensor: Sensor, engine: Engine) -> bool:
    """Whether the equations say what a sensor reads before the test: all of a tank, nothing of a battery."""
    first = _first_port(sensor, engine)
    if first.medium == "signal":
        return _starts_shut(sensor.measures.split(".")[0], engine)
    if first.direction == "out":
        return first.medium in ("liquid", "gas")
    return sensor.kind not in _NO_ZERO


def _starts_shut(actuator: str, engine: Engine) -> bool:
    """Whether the engine file commands an actuator from zero, and says so; others may rest at any position."""
    own = [name for name, target in commanding(engine).items() if target == actuator]
    corners = engine.sequence.start.get(own[0], ()) if own and engine.sequence is not None else ()
    return bool(corners) and corners[0][1] == 0.0


def open_at_rest(sensor: Sensor, engine: Engine) -> bool:
    """Whether a sensor stands open to the surroundings before the test and after it, so that it reads its zero then.

    What a tank holds, its mass as well as its pressure, is there before the test and gone after it.
    """
    if sensor.measures in engine.network.at_tank_pressure:
        return False
    first = _first_port(sensor, engine)
    in_tank = first.direction == "out" and first.medium in ("liquid", "gas")
    return not in_tank or sensor.measures.endswith("flow")


def _first_port(sensor: Sensor, engine: Engine) -> Port:
    return engine.network.components[sensor.measures.split(".")[0]].kind.ports[0]


def _zero_offset(sensor: Sensor, engine: Engine, rest: float) -> float:
    """Offset at rest of a sensor that stands open to the surroundings; 0 within its tolerance."""
    if not np.isfinite(rest) or not open_at_rest(sensor, engine):
        return 0.0
    expected = engine.network.ambient_pressure if sensor.kind == "pressure" else 0.0
    return rest - expected if abs(rest - expected) > _ZERO_LIMIT * sensor.zero_tolerance else 0.0


def _with_combustion_noise(
    engine: Engine, sensors: Sequence[Sensor], means: FloatArray, noise: FloatArray
) -> FloatArray:
    """Let the means of the thrust stray as far as those of the chamber pressure, shape (K + 1, S).

    Thrust oscillates with the chamber pressure. A slow load cell smooths the oscillation, so its scatter inside a
    window says little of how far the mean strays.
    """
    chamber = chamber_sensor(engine)
    if chamber is None or chamber not in sensors:
        return noise
    column = list(sensors).index(chamber)
    relative = noise[1:, column] / np.maximum(means[1:, column] - engine.network.ambient_pressure, 1.0)
    shaken = noise.copy()
    for i, sensor in enumerate(sensors):
        if sensor.measures.endswith(".thrust"):
            shaken[1:, i] = np.fmax(noise[1:, i], np.abs(means[1:, i]) * np.clip(relative, 0.0, _SHAKEN))
    return shaken
