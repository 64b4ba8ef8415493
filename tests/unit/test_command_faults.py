"""Commands that come late, slowly, wrongly or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.cli._fault_option import parse_fault
from hotfire.command_faults import COMMAND_FAULTS, altered, command_faults
from hotfire.engine_files.reading import load_engine
from hotfire.physics.errors import HotfireError
from hotfire.sequence import Corners, value_at
from hotfire.simulate import Plant, SimulatedFault, TestSequence

STROKE: Corners = ((1.0, 0.0), (1.2, 1.0), (5.0, 1.0), (5.1, 0.0))


def changed(mode: str, size: float = 1.0, onset: float | None = None) -> Corners:
    return altered(STROKE, [SimulatedFault(f"valve.position.{mode}", size, onset)])


def test_a_late_command_is_the_same_command_later() -> None:
    time = np.linspace(0.0, 8.0, 400)
    assert np.allclose(value_at(changed("late", 0.5), time + 0.5), value_at(STROKE, time))


@given(st.floats(0.01, 20.0))
def test_no_travel_is_faster_than_its_stroke(stroke: float) -> None:
    time = np.linspace(0.0, 60.0, 6001)
    rate = np.abs(np.diff(value_at(changed("slow", stroke), time)) / np.diff(time))
    own = 1.0 / 0.1
    assert rate.max() <= min(own, 1.0 / stroke) * (1.0 + 1e-6)
    assert value_at(changed("slow", stroke), 60.0) == pytest.approx(0.0)


def test_a_stuck_valve_stays_where_it_was() -> None:
    assert value_at(changed("stuck", onset=1.1), 9.0) == pytest.approx(0.5)
    assert value_at(changed("stuck"), 9.0) == 0.0


def test_a_wrong_value_sets_in_and_stays_shut_where_shut() -> None:
    wrong = changed("wrong_value", -0.3, 2.0)
    assert value_at(wrong, 1.9) == pytest.approx(1.0)
    assert value_at(wrong, 3.0) == pytest.approx(0.7)
    assert value_at(wrong, 6.0) == 0.0


def test_every_mode_is_applied() -> None:
    for mode, fault in COMMAND_FAULTS.items():
        assert changed(mode, min(fault.upper, 2.0), 1.1) != STROKE, mode


@pytest.mark.parametrize("name", ["demo-engine", "n2o4-mmh"])
def test_a_valve_that_sticks_at_shutdown_lets_the_engine_burn_on(name: str) -> None:
    engine = load_engine(name)
    plant = Plant(engine)
    valve = next(n for n in engine.network.input_defaults if n.endswith(".position"))
    sound = plant.run((), 3).channels["chamber_pressure"]
    stuck = plant.run([SimulatedFault(f"{valve}.stuck", 1.0, 2.0)], 3).channels["chamber_pressure"]
    burn = TestSequence.of(plant.engine).burn
    running = sound.time < burn + 2.0
    assert np.allclose(sound.values[running], stuck.values[running], rtol=1e-3, atol=2e4)
    assert stuck.values[-1] > sound.values[-1] + 1e5


def test_the_option_names_the_input_and_refuses_what_it_cannot_suffer() -> None:
    engine = load_engine("demo-engine")
    fault = parse_fault("fuel_valve.position.late=0.2", engine)
    assert (fault.name, fault.size) == ("fuel_valve.position.late", 0.2)
    assert parse_fault("fuel_valve.position.wrong_value=-30%@2s", engine).size == pytest.approx(-0.3)
    with pytest.raises(HotfireError, match=r"fuel_valve\.position\.sticky"):
        parse_fault("fuel_valve.position.sticky=1", engine)
    assert len(command_faults(engine.network.input_defaults)) == 4 * len(engine.network.input_defaults)
