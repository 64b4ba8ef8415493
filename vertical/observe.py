"""From a log with roles and phases to the features that the diagnosis weighs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.phases import Phases
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.sensors import Sensor
from hotfire.sensor_noise import white_scatter
from hotfire.signal_faults import SignalFault

__all__ = ["ROUGHNESS", "Observed", "observe"]

ROUGHNESS = "chamber_roughness"
"""Name of the computed signal: chamber pressure oscillation, rms over mean."""

_LONGEST, _MOST, _FEWEST = 0.25, 12, 4
_SETTLING, _SETTLING_SHARE = 1.0, 0.2
"""Seconds after valve opening (and at most this share of the run) that are left out: feed surges, sensors shocked by
cold liquid and boiling that lags behind are not in the quasi-steady equations."""
_COMMAND_MOVES = 0.05
_FALLING, _CUT_SHORT = 0.12, 0.5
"""Seconds in which a sound run falls at its end, and from which a longer decay is part of the run."""
_STANDING, _LASTING = 0.05, 0.7
"""Share of the run's level above which a collapsed run is still one, and how much of it must last."""
_IGNITION, _START_WINDOW = 0.2, 0.2
"""Seconds after burn start that belong to the ignition itself, and width of the windows after it."""
_UNCORRELATED = 0.05
"""Correlation of neighbouring samples that no longer counts."""
_BENDS = 4
"""Third differences of window means from which their scatter is told."""
_ROUGHNESS_RATE = 50.0
_START_DOUBT = 0.15
"""Relative doubt about the roughness of the start, a median of few short windows."""
_SHAKEN = 0.05
"""Most that combustion noise moves the mean of a thrust window, as a share."""
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
    """

    observation: Observation
    origin: float
    used: dict[str, Channel]
    offsets: dict[str, float]


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
    start, end = phases.mainstage.start, _end(log, engine, phases)
    start = max(start, origin + min(_SETTLING, _SETTLING_SHARE * (end - origin)))
    end = _steady_commands(log, engine, start, end)
    count = int(np.clip((end - start) / _LONGEST, _FEWEST, _MOST))
    if (end - start) / count < 0.03:
        return None
    edges = np.linspace(start, end, count + 1)
    used = {s.name: c for s in engine.sensors.values() if (c := log.role(s.name)) is not None and c.unit}
    if not used:
        return None
    sensors = [engine.sensors[name] for name in used]
    columns, noises, offsets = [], [], {}
    for sensor in sensors:
        values = _without(used[sensor.name], faults)
        mean, noise = _windows(used[sensor.name].time - sensor.lag, values, edges)
        rest, scatter = _baseline(used[sensor.name].time, values, phases)
        offset = _offset(sensor, engine, rest)
        if offset:
            offsets[sensor.name] = offset
            mean, rest = mean - offset, float("nan")
        columns.append(np.concatenate([[rest], mean]))
        noises.append(np.concatenate([[scatter], noise]))
    rough = _roughness(engine, used, faults, edges, phases)
    if rough is not None:
        sensors.append(rough[0])
        columns.append(rough[1])
        noises.append(rough[2])
    means, noise = np.stack(columns, axis=1), np.stack(noises, axis=1)
    observation = Observation(
        tuple(sensors),
        edges - origin,
        means,
        _with_combustion_noise(engine, sensors, means, noise),
        _inputs(log, engine, edges),
    )
    return Observed(observation, origin, used, offsets)


def _end(log: Log, engine: Engine, phases: Phases) -> float:
    """End of the stretch to weigh: of the mainstage, or of the run where a fault cut the mainstage short.

    A run that collapsed with its valves open goes on at a low level until they shut.
    """
    assert phases.mainstage is not None
    assert phases.burn is not None
    shutdown = next((p for p in phases.phases if p.name == "shutdown"), None)
    if shutdown is not None and not phases.depletions and shutdown.end - shutdown.start > _CUT_SHORT:
        last = shutdown.end - _FALLING
        if _stands(log, engine, phases, shutdown.start + _FALLING, last):
            return last
    last = min([phases.burn.end - _FALLING, *(d.time for d in phases.depletions)])
    return last if last - phases.mainstage.end > _CUT_SHORT else phases.mainstage.end


def _stands(log: Log, engine: Engine, phases: Phases, start: float, end: float) -> bool:
    """Say whether the chamber pressure and another sensor of the flow stand above rest, instead of fading.

    One alone may be a sensor that is off.
    """
    chamber = _chamber_sensor(engine)
    resting = engine.network.at_tank_pressure
    tanks = set(resting.values())
    flow = [s for s in engine.sensors.values() if s.measures not in resting and s.measures not in tanks]
    standing = [
        s
        for s in flow
        if s.measures.endswith((".pressure", ".thrust"))
        and (channel := log.role(s.name)) is not None
        and _stands_above_rest(channel, phases, start, end)
    ]
    return chamber in standing and len(standing) > 1


def _stands_above_rest(channel: Channel, phases: Phases, start: float, end: float) -> bool:
    if phases.baseline is None or phases.mainstage is None:
        return False

    def level(first: float, last: float) -> float:
        inside = channel.values[(channel.time >= first) & (channel.time <= last)]
        inside = inside[np.isfinite(inside)]
        return float(np.median(inside)) if inside.size else float("nan")

    rest = level(phases.baseline.start, phases.baseline.end)
    full = level(phases.mainstage.start, phases.mainstage.end) - rest
    third = (end - start) / 3.0
    early, late = level(start, start + third) - rest, level(end - third, end) - rest
    return bool(early > _STANDING * full and late > _LASTING * early)


def _steady_commands(log: Log, engine: Engine, start: float, end: float) -> float:
    """End of the stretch in which recorded positions stay where they are for most of it."""
    for role in engine.recorded_inputs.values():
        channel = log.role(role)
        if channel is None:
            continue
        inside = (channel.time >= start) & (channel.time <= end) & np.isfinite(channel.values)
        if not inside.any():
            continue
        usual = float(np.median(channel.values[inside]))
        moved = inside & (np.abs(channel.values - usual) > _COMMAND_MOVES * max(abs(usual), 1e-9))
        if moved.any() and channel.time[moved][0] > 0.5 * (start + end):
            end = min(end, float(channel.time[moved][0]) - 0.02)
    return end


def _without(channel: Channel, faults: Sequence[SignalFault]) -> FloatArray:
    """Values with the samples that a signal fault spoils set to NaN."""
    values = channel.values.copy()
    for fault in faults:
        if fault.channel == channel.name and fault.spoils:
            start = -np.inf if fault.start is None else fault.start
            end = np.inf if fault.end is None else fault.end
            values[(channel.time >= start) & (channel.time <= end)] = np.nan
    return values


def _windows(time: FloatArray, values: FloatArray, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of each window and its standard deviation by scatter, both shape (K,); NaN where empty."""
    means = np.full(edges.size - 1, np.nan)
    noises = np.full(edges.size - 1, np.nan)
    bounds = np.searchsorted(time, edges)
    left: dict[int, FloatArray] = {}
    for k, (a, b) in enumerate(itertools.pairwise(bounds)):
        inside = values[a:b]
        good = np.isfinite(inside)
        if good.sum() < max(2, 0.5 * inside.size):
            continue
        means[k], left[k] = _mean(time[a:b][good], inside[good])
    repeats = _repeats(list(left.values()))
    for k, rest in left.items():
        noises[k] = _noise(means[k], rest, repeats)
    return means, np.fmax(noises, _between(means))


def _between(means: FloatArray) -> float:
    """Scatter of window means from one to the next, robust against steps; 0 where too few to tell.

    By third differences, which leave out whatever is smooth: the third difference of white scatter has twenty times
    its variance.
    """
    bends = np.abs(np.diff(means, 3))
    bends = bends[np.isfinite(bends)]
    return float(1.4826 * np.median(bends) / np.sqrt(20.0)) if bends.size >= _BENDS else 0.0


def _mean(time: FloatArray, values: FloatArray) -> tuple[float, FloatArray]:
    """Mean without single outliers, and what is left about a straight line."""
    middle = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - middle)) + 1e-30
    kept = np.abs(values - middle) < max(12.0 * spread, 1e-12)
    values, time = values[kept], time[kept]
    mean = float(values.mean())
    if values.size < 4:
        return mean, values - mean
    centred = time - time.mean()
    return mean, values - np.polyval(np.polyfit(centred, values, 1), centred)


def _repeats(residuals: Sequence[FloatArray]) -> float:
    """How many neighbouring samples say the same: 1 + 2 times the sum of the autocorrelations.

    Taken over all windows together, up to the lag at which the correlation is gone; one window alone is too short.
    """
    long = [r for r in residuals if r.size >= 8]
    variance = sum(float(r @ r) for r in long)
    if not variance > 0.0:
        return 1.0
    total = 1.0
    for lag in range(1, min(r.size for r in long) // 3):
        correlation = sum(float(r[lag:] @ r[:-lag]) for r in long) / variance
        if correlation < _UNCORRELATED:
            break
        total += 2.0 * correlation
    return total


def _noise(mean: float, rest: FloatArray, repeats: float) -> float:
    """Standard deviation of a mean."""
    if rest.size < 4:
        return float(rest.std() / np.sqrt(rest.size)) + abs(mean) * 2e-3
    return float(np.sqrt(rest.var() * min(repeats / rest.size, 0.7)))


def _baseline(time: FloatArray, values: FloatArray, phases: Phases) -> tuple[float, float]:
    """Mean and scatter in the quiet time before the test; NaN without one."""
    if phases.baseline is None:
        return float("nan"), float("nan")
    inside = (time >= phases.baseline.start) & (time <= phases.baseline.end) & np.isfinite(values)
    if inside.sum() < 3:
        return float("nan"), float("nan")
    mean, left = _mean(time[inside], values[inside])
    return mean, _noise(mean, left, _repeats([left]))


def _offset(sensor: Sensor, engine: Engine, rest: float) -> float:
    """Offset at rest of a sensor that stands open to the surroundings; 0 within its tolerance."""
    if not np.isfinite(rest) or sensor.measures in engine.network.at_tank_pressure:
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
    chamber = _chamber_sensor(engine)
    if chamber is None or chamber not in sensors:
        return noise
    column = list(sensors).index(chamber)
    relative = noise[1:, column] / np.maximum(means[1:, column] - engine.network.ambient_pressure, 1.0)
    shaken = noise.copy()
    for i, sensor in enumerate(sensors):
        if sensor.measures.endswith(".thrust"):
            shaken[1:, i] = np.fmax(noise[1:, i], np.abs(means[1:, i]) * np.clip(relative, 0.0, _SHAKEN))
    return shaken


def _chamber_sensor(engine: Engine) -> Sensor | None:
    """Return the pressure sensor on the component that oscillates."""
    pressures = [s for s in engine.sensors.values() if s.measures.endswith(".pressure")]
    return next((s for s in pressures if f"{s.measures[:-9]}.roughness" in _outputs(engine)), None)


def _roughness(
    engine: Engine, used: dict[str, Channel], faults: Sequence[SignalFault], edges: FloatArray, phases: Phases
) -> tuple[Sensor, FloatArray, FloatArray] | None:
    """Oscillation of the chamber pressure: rms over mean in each window, sensor noise taken off."""
    sensor = _chamber_sensor(engine)
    if sensor is None or sensor.name not in used or not used[sensor.name].rate > _ROUGHNESS_RATE:
        return None
    channel = used[sensor.name]
    values = _without(channel, faults)
    quiet = _baseline_scatter(channel.time, values, phases)
    ambient = engine.network.ambient_pressure
    offset = _offset(sensor, engine, _baseline(channel.time, values, phases)[0])
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
    same = _repeats([r**2 - r.var() for r in left.values()])
    shares = np.full(edges.size, 2.0 * _START_DOUBT)
    shares[1:][list(left)] = [np.sqrt(2.0 * same / r.size) for r in left.values()]
    rough[0], variance[0] = _start_roughness(channel.time, values, phases, edges[0], offset + ambient, quiet)
    known = np.nan_to_num(rough)
    # The doubt is about the variance with the sensor's noise in it: little is known of what lies under the noise.
    doubt = np.sqrt(known**2 + shares * variance) - known
    computed = Sensor(ROUGHNESS, f"{sensor.measures[:-9]}.roughness", "", 1.0, 0.0, 0.0)
    return computed, rough, doubt + 0.001


def _noisy_at(faults: Sequence[SignalFault], channel: Channel, time: float) -> bool:
    """Say whether a channel was found to be noisy at a time."""
    return any(
        f.mode == "noise" and f.channel == channel.name and (f.start is None or f.start <= time)
        for f in faults
    )


def _start_roughness(
    time: FloatArray, values: FloatArray, phases: Phases, end: float, rest: float, quiet: float
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
            found.append((np.sqrt(max(variance - quiet**2, 0.0)) / level, variance / level**2))
    if len(found) < 3:
        return float("nan"), 0.0
    rough, variance = np.median(found, axis=0)
    return float(rough), float(variance)


def _outputs(engine: Engine) -> set[str]:
    return {f"{c.name}.{o}" for c in engine.network.components.values() for o, _ in c.kind.outputs}


def _baseline_scatter(time: FloatArray, values: FloatArray, phases: Phases) -> float:
    """Standard deviation of single samples before the test; 0 without a baseline."""
    if phases.baseline is None:
        return 0.0
    inside = values[(time >= phases.baseline.start) & (time <= phases.baseline.end)]
    inside = inside[np.isfinite(inside)]
    return float(np.std(np.diff(inside)) / np.sqrt(2.0)) if inside.size > 8 else 0.0


def _inputs(log: Log, engine: Engine, edges: FloatArray) -> dict[str, FloatArray]:
    """Recorded positions as a share of full opening, a row before the test first."""
    found = {}
    for name, role in engine.recorded_inputs.items():
        channel = log.role(role)
        if channel is None:
            continue
        shut, opened = engine.input_ranges[name]
        share = (channel.values - shut) / (opened - shut)
        mean, _ = _windows(channel.time, share, edges)
        filled = np.where(np.isfinite(mean), mean, 1.0)
        found[name] = np.concatenate([[0.0], np.clip(filled, 0.01, 1.2)])
    return found
