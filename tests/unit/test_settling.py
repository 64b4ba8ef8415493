"""Engines that follow their steady state with a lag: modes, and the window means that the diagnosis forecasts."""

from __future__ import annotations

import dataclasses
import functools
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire import load_engine
from hotfire.answering.with_and_without import _sensor_pull
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.design_point import design_batch, design_solution
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.lag import Lag
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.settling import Settling, settling_of
from hotfire.physics.transient import Course, TransientSolver

SLOW = "methane-expander-bleed"
EDGES = np.linspace(3.0, 7.5, 10)


@functools.cache
def compiled(name: str) -> CompiledNetwork:
    return CompiledNetwork(load_engine(name).network)


@functools.cache
def integrator(name: str) -> TransientSolver:
    return TransientSolver(compiled(name).network)


def forecaster(name: str, still_since: float | None) -> Forecaster:
    sensors = tuple(load_engine(name).sensors.values())
    nothing = np.zeros((EDGES.size, len(sensors)))
    return Forecaster(compiled(name), Observation(sensors, EDGES, nothing, nothing, {}, still_since))


def modes(*times: float) -> Settling:
    """An engine with one output, that of what is stored."""
    rates = -1.0 / np.array(times)
    one = np.ones((len(times), 1))
    return Settling(rates, ("speed",), one, one.T / len(times), np.ones(1))


@pytest.mark.parametrize("fault", ["turbine.efficiency_loss", "jacket.fouling"])
def test_a_small_fault_comes_in_as_the_equations_in_time_say(fault: str) -> None:
    size, onset, ramp = 0.05, 4.2, 0.01
    forecast = forecaster(SLOW, 1.0)
    (sound, faulty), good = forecast.features([Case(), Case(None, {fault: size}, onset)])
    (_, at_once), _ = forecaster(SLOW, None).features([Case(), Case(None, {fault: size}, onset)])
    network = compiled(SLOW).network
    case = design_batch(compiled(SLOW))
    faults = np.zeros((4, len(network.faults)))
    faults[2:, list(network.faults).index(fault)] = size
    time = np.array([0.0, onset, onset + ramp, EDGES[-1]])
    course = Course(time, case.parameters, faults, case.inputs)
    solver = integrator(SLOW)
    unknowns = compiled(SLOW).unknowns(design_solution(compiled(SLOW)), case)[0]
    start = solver.at_steady(
        dict(zip(network.unknowns, map(float, unknowns), strict=True)), case.states[0], course
    )
    samples = np.linspace(EDGES[0], EDGES[-1], 40 * (EDGES.size - 1) + 1)
    outputs = solver.run(course, start, samples).outputs
    columns = [solver.output_names.index(s.measures) for s in forecast.observation.sensors]
    middle = 0.5 * (outputs[1:] + outputs[:-1])[:, columns]
    truth = middle.reshape(EDGES.size - 1, -1, len(columns)).mean(axis=1)
    shape = (EDGES.size, len(columns))
    change = truth - truth[0]
    told, steady = ((x - sound).reshape(shape)[1:] for x in (faulty, at_once))
    scale = np.abs(change).max(axis=0)
    assert good.all()
    off, off_at_once = (np.abs((x - change) / scale).max() for x in (told, steady))
    assert off < 0.15
    assert off < 0.3 * off_at_once


@given(
    times=st.lists(st.floats(0.05, 5.0), min_size=1, max_size=2),
    onset=st.floats(0.05, 3.95),
    jump=st.floats(-2.0, 2.0),
)
@settings(max_examples=40, deadline=None)
def test_a_jump_comes_in_with_the_times_of_the_modes(times: list[float], onset: float, jump: float) -> None:
    grid = np.linspace(0.0, 4.0, 9)
    settling = modes(*times)
    results = np.where(grid >= onset, jump, 0.0)[:, None, None]
    lag = Lag(settling, grid, 0)
    found = lag.departures(results, np.array([onset]), ("speed",), (0,), 1.0)[:, 0, 0]
    fine = np.linspace(0.0, 4.0, 80_001)
    missing = -jump * np.where(
        fine >= onset, np.mean([np.exp(-(fine - onset) / t) for t in times], axis=0), 0.0
    )
    exact = (0.5 * (missing[1:] + missing[:-1])).reshape(8, -1).mean(axis=1)
    np.testing.assert_allclose(found, exact, atol=3e-4)


@given(time=st.floats(0.05, 5.0), slope=st.floats(-2.0, 2.0))
@settings(max_examples=40, deadline=None)
def test_what_moves_evenly_is_followed_behind_by_the_time_of_the_mode(time: float, slope: float) -> None:
    grid = np.linspace(0.0, 4.0, 9)
    results = (slope * grid)[:, None, None]
    found = Lag(modes(time), grid, 0).departures(results, np.array([np.nan]), ("speed",), (0,), 1.0)[:, 0, 0]
    integral = -slope * time * (grid + time * np.exp(-grid / time))
    np.testing.assert_allclose(found, np.diff(integral) / np.diff(grid), atol=1e-9)


def test_a_start_that_still_settles_fades_with_the_slowest_mode() -> None:
    lag = Lag(modes(0.8), np.linspace(2.0, 6.0, 9), 0)
    start = lag.start(1.0, (0,))
    assert (np.diff(np.abs(start), axis=0) < 0.0).all()
    later = Lag(modes(0.8), np.linspace(3.0, 7.0, 9), 0).start(1.0, (0,))
    assert (np.abs(later) < np.abs(start)).all()


def test_what_a_start_has_left_is_in_the_line_that_explains_the_readings() -> None:
    """Else a wall that still warms stands tens of standard deviations off a line that the search calls a good fit."""
    forecast = forecaster(SLOW, 1.0)
    means = forecast.features([Case()])[0][0]
    left = 0.7 * forecast.stray_columns(means)[:, forecast.sensor_columns(means).shape[1]]
    shape = forecast.observation.means.shape
    forecast.observation = dataclasses.replace(forecast.observation, means=(means + left).reshape(shape))
    used = np.ones(means.size, dtype=bool)
    search = SimpleNamespace(
        forecaster=forecast, used=used, scatter_variance=lambda m: forecast.scatter(m) ** 2
    )
    pulled = _sensor_pull(cast(Any, search), means)
    scatter = forecast.scatter(means)
    assert np.abs(left / scatter).max() > 30.0
    assert np.abs((pulled - left) / scatter).max() < 3.0


def test_only_readings_of_an_engine_that_settles_slowly_have_a_lag() -> None:
    assert forecaster(SLOW, 1.0).lag is not None
    assert forecaster(SLOW, None).lag is None
    assert forecaster("electric-kerosene", 1.0).lag is None


@pytest.mark.parametrize("name", [SLOW, "j-2", "electric-kerosene"])
def test_every_engine_with_rotors_comes_back_to_its_design_point(name: str) -> None:
    settling = settling_of(compiled(name))
    assert settling is not None
    assert (settling.rates.real < 0.0).all()
    assert (np.diff(settling.times) <= 1e-12).all()
    # What tells a mode shows it: into and shown undo each other.
    rows = [compiled(name).output_names.index(t) for t in settling.told]
    np.testing.assert_allclose(settling.into @ settling.shown[rows], np.eye(len(rows)), atol=1e-8)
