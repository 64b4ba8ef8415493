"""Departures: sizes are recovered, sigmas are what they claim, neighbours excuse or accuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.observing.symptoms import Symptoms
from hotfire.physics.description import Location
from hotfire.physics.diagnosis.departures import Expectation
from hotfire.physics.sensors import Sensor

WINDOWS, SENSORS = 6, 4
MEANS = np.tile(np.array([30.0, 25.0, 20.0, 1.0]), (WINDOWS, 1))


def _expectation(shared: float = 1.0, own: float = 0.1) -> Expectation:
    """One tolerance moves all sensors alike, and each has one of its own."""
    by_tolerance = np.zeros((WINDOWS, SENSORS, 1 + SENSORS))
    by_tolerance[:, :, 0] = shared
    for i in range(SENSORS):
        by_tolerance[:, i, 1 + i] = own
    return Expectation(MEANS, by_tolerance)


def _scatter(runs: int = 1, size: float = 0.01) -> np.ndarray:
    return np.full((runs, WINDOWS, SENSORS), size)


@given(st.integers(1, WINDOWS - 1), st.floats(0.2, 5.0), st.sampled_from([-1.0, 1.0]))
def test_a_step_is_found_with_its_size_and_its_window(window: int, size: float, sign: float) -> None:
    readings = np.tile(MEANS, (1, 1, 1))
    readings[0, window:, 1] += sign * size
    expectation = _expectation()
    found = expectation.departures(readings, _scatter())
    template = expectation.templates[found.template[0, 1]]
    assert (template.course, template.window) == ("step", window)
    assert found.change.size[0, 1] == pytest.approx(sign * size)
    assert np.sign(found.change.given_others[0, 1]) == sign
    assert abs(found.level.size[0, 1]) < 1e-9


@given(st.integers(0, WINDOWS - 3), st.floats(0.5, 5.0))
def test_a_ramp_is_told_from_a_step(window: int, size: float) -> None:
    readings = np.tile(MEANS, (1, 1, 1))
    centres = np.arange(WINDOWS) + 0.5
    readings[0, :, 2] += size * np.clip((centres - window) / (WINDOWS - window), 0.0, None)
    expectation = _expectation()
    found = expectation.departures(readings, _scatter())
    assert expectation.templates[found.template[0, 2]].course == "ramp"
    assert expectation.templates[found.template[0, 2]].window == window
    assert found.change.size[0, 2] == pytest.approx(size, rel=1e-6)


def test_a_shared_tolerance_excuses_the_level_of_all_but_not_of_one() -> None:
    expectation = _expectation()
    together = expectation.departures(MEANS[None] + 1.5, _scatter())
    assert np.all(np.abs(together.level.sigma) < 2.0)
    assert np.all(np.abs(together.level.given_others) < 2.0)
    alone = np.tile(MEANS, (1, 1, 1))
    alone[0, :, 0] += 1.5
    found = expectation.departures(alone, _scatter())
    assert abs(found.level.sigma[0, 0]) < 2.0
    assert abs(found.level.given_others[0, 0]) > 10.0


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 2**31))
def test_sigmas_of_sound_runs_have_unit_variance(seed: int) -> None:
    random = np.random.default_rng(seed)
    runs = 400
    shared = random.normal(size=(runs, 1, 1)) + 0.1 * random.normal(size=(runs, 1, SENSORS))
    readings = MEANS + shared + 0.01 * random.normal(size=(runs, WINDOWS, SENSORS))
    found = _expectation().departures(readings, _scatter(runs))
    assert np.std(found.level.sigma) == pytest.approx(1.0, abs=0.15)
    assert np.std(found.level.given_others) == pytest.approx(1.0, abs=0.15)


def test_a_lost_sensor_says_nothing_and_hides_nothing() -> None:
    readings = np.tile(MEANS, (2, 1, 1))
    readings[:, 3:, 0] += 1.0
    readings[1, :, 3] = np.nan
    found = _expectation().departures(readings, _scatter(2))
    assert np.isnan(found.level.size[1, 3])
    assert found.change.given_others[1, 0] == pytest.approx(found.change.given_others[0, 0], rel=0.3)
    assert found.change.size[1, 0] == pytest.approx(1.0)


def test_a_gap_in_a_sensor_is_no_step() -> None:
    readings = np.tile(MEANS, (1, 1, 1))
    readings[0, 4:, 1] = np.nan
    found = _expectation().departures(readings, _scatter())
    assert np.abs(found.change.sigma).max() < 1e-6


def test_where_nothing_changes_a_description_says_exactly_nothing() -> None:
    """A sensor that is lost but for one window: what is left of its constant is no rounding error, whatever it is."""
    sensors = [Sensor(f"p{i}", f"chamber{i}.pressure", "pressure", 50.0, 0.0, 0.0) for i in range(SENSORS)]
    places = {f"chamber{i}": Location("chamber", number=i + 1) for i in range(SENSORS)}
    named = Symptoms(sensors, places, _expectation(), np.arange(WINDOWS + 1.0), 1.0)
    readings = np.tile(MEANS, (300, 1, 1)) + np.random.default_rng(1).normal(size=(300, 1, SENSORS))
    readings[:, 1:, 1] = np.nan
    for symptoms in named.of(readings, _scatter(300), [()] * 300):
        changes = [s for s in symptoms if s.course != "level"]
        assert len(changes) == SENSORS
        assert {repr(v) for s in changes for v in (s.size, s.sigma, s.given_others)} == {"0.0"}
