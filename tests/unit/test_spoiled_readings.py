"""What faulty sensors record."""

from __future__ import annotations

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.log import FloatArray
from hotfire.physics.sensors import SENSOR_FAULTS, Sensor
from hotfire.recording.spoiled_readings import Recording, spoiled
from hotfire.simulate import Plant, SimulatedFault

TIME = np.arange(-1.0, 4.0, 0.01)
TRUE = 1e5 + 2e6 * np.clip(TIME / 0.2, 0.0, 1.0)


def read(mode: str, size: float, onset: float | None = None) -> FloatArray:
    sensor = Sensor("chamber_pressure", "chamber.pressure", "pressure", 4e6, 1e3, 1e-3)
    recording = Recording(sensor, TIME, 3.0, 100.0, 1e3, np.random.default_rng(1))
    return spoiled(TRUE, SimulatedFault(f"chamber_pressure.{mode}", size, onset), recording)


def at(values: FloatArray, time: float) -> float:
    return float(values[np.argmin(np.abs(TIME - time))])


def test_every_sensor_fault_can_be_simulated_and_leaves_its_input_alone() -> None:
    before = TRUE.copy()
    for mode, fault in SENSOR_FAULTS.items():
        values = read(mode, fault.upper)
        assert values.shape == TRUE.shape
        assert mode == "swapped" or not np.array_equal(values, TRUE), mode
    assert np.array_equal(TRUE, before)


@pytest.mark.parametrize("mode", [m for m, f in SENSOR_FAULTS.items() if not f.initial])
def test_nothing_is_wrong_before_the_onset(mode: str) -> None:
    values = read(mode, SENSOR_FAULTS[mode].upper, 1.0)
    assert np.array_equal(values[TIME < 1.0], TRUE[TIME < 1.0])


def test_a_lag_reaches_63_percent_after_its_time_constant() -> None:
    values = read("lag", 0.5)
    assert at(values, 0.1 + 0.5) == pytest.approx(1e5 + 2e6 * (1.0 - np.exp(-1.0)), rel=0.03)


def test_a_delay_shifts_the_record() -> None:
    assert at(read("delay", 0.3), 0.4) == pytest.approx(at(TRUE, 0.1))


def test_a_wrong_multiple_and_a_reversed_sensor() -> None:
    assert at(read("wrong_multiple", 2.0), 2.0) == pytest.approx(2.0 * at(TRUE, 2.0))
    assert at(read("reversed", 1.0), 2.0) == pytest.approx(1e5 - 2e6)


def test_swapped_sensors_read_each_others_quantity() -> None:
    engine = load_engine("demo-engine")
    alike = [s.name for s in engine.sensors.values() if s.kind == "pressure"]
    plant = Plant(engine)
    sound = plant.run((), 5).channels
    swapped = plant.run([SimulatedFault(f"{alike[0]}.swapped", 1.0)], 5).channels
    middle = slice(800, 1000)
    wanted = np.median(sound[alike[1]].values[middle])
    assert np.median(swapped[alike[0]].values[middle]) == pytest.approx(wanted, rel=0.02)
