"""Sensors that became noisy, told from a flow that is rough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.diagnose import diagnose
from hotfire.engine_files.reading import load_engine
from hotfire.observing.sighting import sight
from hotfire.signals.sensor_noise import white_scatter
from hotfire.simulate import Plant, SimulatedFault

ENGINE = load_engine("demo-engine")
PLANT = Plant(ENGINE)


def coloured(size: int, keep: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = np.zeros(size)
    for i in range(1, size):
        values[i] = keep * values[i - 1] + np.sqrt(1 - keep**2) * random.normal()
    return values


@pytest.mark.parametrize("keep", [0.55, 0.8, 0.95])
def test_rough_flow_is_not_white(keep: float) -> None:
    assert white_scatter(coloured(4000, keep, 3)) < 0.35


def test_white_noise_is_found_beside_rough_flow() -> None:
    noise = np.random.default_rng(5).normal(size=4000)
    assert white_scatter(coloured(4000, 0.8, 4) + 2.0 * noise) == pytest.approx(2.0, rel=0.15)


@pytest.mark.parametrize("onset", [None, 2.0])
def test_a_noisy_tank_sensor_is_named_and_nothing_else_alleged(onset: float | None) -> None:
    sensor = next(s for s in ENGINE.sensors.values() if s.measures == "fuel_tank.pressure")
    answer = diagnose(
        PLANT.run([SimulatedFault(f"{sensor.name}.noise", 15.0, onset)], seed=31), ENGINE, expert="symbolic"
    )
    assert answer.verdict == "sensor_fault"
    assert (sensor.name, "noise") in {(f.component, f.mode) for f in answer.sensor_findings}


def test_a_sound_engine_has_no_noisy_sensor() -> None:
    answer = diagnose(PLANT.run(seed=32), ENGINE, expert="symbolic")
    assert not [f for f in answer.sensor_findings if f.mode == "noise"]


def test_a_coarse_reading_that_goes_to_and_fro_between_two_digits_is_not_noisy() -> None:
    log = PLANT.run(seed=2)
    name = "fuel_tank_pressure"
    channel, span = log.channels[name], ENGINE.sensors[name].span
    coarse = np.round(channel.values / (0.02 * span)) * (0.02 * span)
    flips = np.random.default_rng(1).random(coarse.size) < 0.3
    read = replace(channel, values=coarse + flips * 0.02 * span, role=name)
    own = replace(log, channels={**log.channels, name: read})
    assert not [f for f in sight(own, ENGINE).faults if f.channel == name and f.mode == "noise"]
