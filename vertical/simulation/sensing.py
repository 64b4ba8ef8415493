"""How a simulated test is sensed: chambers fill and roughen, and imperfect sensors record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.log import FloatArray
from hotfire.physics.sensors import Sensor
from hotfire.recording.spoiled_readings import Recording, lagged, spoiled
from hotfire.simulation.sequence import TestSequence

__all__ = ["ROUGHNESS_TIME", "SAMPLE_NOISE", "filled_and_rough", "partner", "read"]

_FILLING = 0.008
"""Time constant in s with which the chamber follows the quasi-steady pressure."""
ROUGHNESS_TIME = 0.004
"""Correlation time of combustion noise in s."""
SAMPLE_NOISE = 8e-4
"""Standard deviation of a sample by a sensor's own noise, as a share of its span; varied by 30 %."""


def filled_and_rough(
    engine: Engine, truth: dict[str, FloatArray], sequence: TestSequence, random: np.random.Generator
) -> dict[str, FloatArray]:
    """Let chambers fill, and add combustion noise to their pressures, and the main chamber's to the thrust."""
    ambient = engine.network.ambient_pressure
    shaken = dict(truth)
    for name, roughness in truth.items():
        chamber, output = name.rsplit(".", 1)
        if output != "roughness":
            continue
        noise = _coloured(roughness.size, ROUGHNESS_TIME * sequence.rate, random)
        filled = _filled(engine, truth[f"{chamber}.pressure"], sequence)
        shaken[f"{chamber}.pressure"] = filled + roughness * noise * (filled - ambient)
        if chamber == engine.network.burner:
            for thrust in (n for n in truth if n.endswith(".thrust")):
                shaken[thrust] = _filled(engine, truth[thrust], sequence) * (1.0 + roughness * noise)
    return shaken


def _filled(engine: Engine, values: FloatArray, sequence: TestSequence) -> FloatArray:
    """Let a chamber fill whose equations do not say how."""
    return values if engine.sequence is not None else lagged(values, _FILLING * sequence.rate)


def partner(engine: Engine, sensor: Sensor) -> Sensor:
    """Return the sensor that a swapped one is taken for: the next of its kind in the engine file, around."""
    alike = [s for s in engine.sensors.values() if s.kind == sensor.kind]
    return alike[(alike.index(sensor) + 1) % len(alike)]


def read(
    engine: Engine,
    sensor: Sensor,
    time: FloatArray,
    truth: FloatArray,
    sequence: TestSequence,
    random: np.random.Generator,
    faults: Sequence[Any],
) -> FloatArray:
    """Return what a sensor records, in SI."""
    rest = engine.network.ambient_pressure if sensor.kind == "pressure" else 0.0
    values = lagged(truth, max(sensor.lag, 0.003) * sequence.rate)
    gain = 1.0 + sensor.scale_tolerance * np.clip(random.normal(), -2.5, 2.5)
    zero = sensor.zero_tolerance * np.clip(random.normal(), -2.5, 2.5)
    creep = 0.4 * sensor.zero_tolerance * random.normal() * (time - time[0]) / (time[-1] - time[0])
    scatter = SAMPLE_NOISE * sensor.span * np.exp(0.3 * random.normal())
    scatter = scatter if sensor.noise is None else sensor.noise
    noise = scatter * random.normal(size=time.size)
    values = rest + gain * (values - rest) + zero + creep + noise
    if sequence.hum:
        angle = 2.0 * np.pi * (sequence.hum_frequency * time + random.random())
        values = values + sequence.hum * sensor.span * np.sin(angle)
    step = sensor.resolution or sensor.span / 2.0**14
    recording = Recording(sensor, time, sequence.burn, sequence.rate, scatter, random)
    for fault in faults:
        values = spoiled(values, fault, recording)
    return np.asarray(np.round(values / step) * step)


def _coloured(size: int, correlation: float, random: np.random.Generator) -> FloatArray:
    """Noise of unit variance with an exponential correlation of `correlation` samples."""
    from scipy.signal import lfilter

    keep = float(np.exp(-1.0 / max(correlation, 1e-6)))
    noise: FloatArray = lfilter([np.sqrt(1.0 - keep**2)], [1.0, -keep], random.normal(size=size))
    return noise
