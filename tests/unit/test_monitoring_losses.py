"""The monitor where data are lost, where nothing can be said, and where nothing on its list explains what departs."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine_files.reading import load_engine
from hotfire.physics.monitoring.actuators import SLOWNESS
from hotfire.physics.monitoring.flight import INSUFFICIENT_DATA, NONE_OF_THESE, FlightMonitor
from hotfire.physics.monitoring.gauges import Actuator, Gauge
from hotfire.physics.monitoring.presence import Held, Steps
from hotfire.physics.monitoring.relations import Relations

NOISE = 1e-3
"""Standard deviation of a sample over the span; that of the position is a hundredth of it."""
GAUGES = tuple(
    Gauge(name, measures, span, scatter=NOISE * span)
    for name, measures, span in (
        ("before", "fuel_line.inlet.pressure", 1e7),
        ("before_too", "fuel_line.inlet.pressure", 1e7),
        ("after", "fuel_line.outlet.pressure", 1e7),
        ("after_too", "fuel_line.outlet.pressure", 1e7),
        ("flow", "fuel_line.inlet.flow", 2.0),
        ("flow_too", "fuel_line.inlet.flow", 2.0),
    )
)
GAUGES += (
    Gauge("position", "fuel_valve.opening", 1.0, stands_for="fuel_valve.position", scatter=1e-2 * NOISE),
)
ACTUATOR = Actuator("fuel_valve", "command", "position", 0.5)
NAMES = [g.name for g in GAUGES]


@cache
def relations():
    return Relations(load_engine("demo-engine").network, GAUGES)


def monitor():
    return FlightMonitor(relations(), [ACTUATOR], rate=100.0)


def steady(samples, seed, still=0.7):
    """Readings at the design point with noise, the position at rest, shape (samples, 1, gauges), and commands."""
    design = np.array([relations().design_reading(g) for g in GAUGES])
    scattered = np.array([g.scatter for g in GAUGES])
    readings = design + scattered * np.random.default_rng(seed).normal(size=(samples, 1, len(GAUGES)))
    commands = np.full((samples, 1, 1), still)
    readings[:, :, NAMES.index("position")] += still - design[NAMES.index("position")]
    return readings, commands


def said(readings, commands, times=None):
    """Answers by name, and the monitor."""
    judge = monitor()
    return [judge.answers[i] for i in judge.follow(readings, commands, times)[:, 0]], judge


@given(st.integers(0, 2**16), st.sampled_from([0.02, 0.3]))
@settings(max_examples=4, deadline=None)
def test_samples_that_drop_out_accuse_nobody(seed, share) -> None:
    readings, commands = steady(250, seed)
    random = np.random.default_rng(seed + 1)
    readings[random.random(readings.shape) < share] = np.nan
    commands[random.random(commands.shape) < share] = np.nan
    answers, _ = said(readings, commands)
    assert set(answers) <= {"nominal", INSUFFICIENT_DATA}
    assert answers.count("nominal") > 200


@pytest.mark.parametrize("lost", ["before", "flow_too", "position"])
def test_a_channel_that_was_never_there_accuses_nobody(lost) -> None:
    readings, commands = steady(200, 3)
    readings[:, :, NAMES.index(lost)] = np.nan
    answers, _ = said(readings, commands)
    assert set(answers) == {"nominal"}


@pytest.mark.parametrize("lost", ["before", "flow_too", "position"])
def test_a_channel_that_goes_and_comes_back_accuses_nobody(lost) -> None:
    readings, commands = steady(300, 4)
    readings[100:200, :, NAMES.index(lost)] = np.inf
    answers, _ = said(readings, commands)
    assert set(answers) == {"nominal"}


def test_a_fault_is_named_by_what_is_left() -> None:
    readings, commands = steady(300, 5)
    readings[80:, :, NAMES.index("before_too")] = np.nan
    readings[150:, :, NAMES.index("flow")] += 0.1
    answers, _ = said(readings, commands)
    assert set(answers[:150]) == {"nominal"}
    assert answers[160:].count("flow.bias") > 130


def test_an_error_is_told_again_when_its_gauge_is_back() -> None:
    readings, commands = steady(300, 6)
    readings[100:, :, NAMES.index("flow")] += 0.1
    readings[50:200, :, NAMES.index("flow")] = np.nan
    answers, _ = said(readings, commands)
    assert set(answers[:200]) == {"nominal"}
    assert answers[205:].count("flow.bias") > 80


def test_without_any_relation_the_data_do_not_suffice() -> None:
    readings, commands = steady(200, 7)
    readings[100:150] = np.nan
    answers, _ = said(readings, commands)
    assert set(answers[100:150]) == {INSUFFICIENT_DATA}
    assert set(answers[:100]) == set(answers[150:]) == {"nominal"}


def test_a_single_sample_of_nothing_but_nan_is_no_error() -> None:
    judge = monitor()
    nothing = np.full((1, len(GAUGES)), np.nan)
    told = [judge.push(nothing, np.full((1, 1), np.nan))[0] for _ in range(40)]
    assert judge.answers[told[-1]] == INSUFFICIENT_DATA


def moving(samples, constant, seed=8):
    """A valve that follows a command to and fro, with a little scatter."""
    readings, _ = steady(samples, seed)
    commands = 0.5 + 0.2 * np.sin(np.arange(samples) * 0.05)
    position = [commands[0]]
    for command in commands[:-1]:
        position.append(command + (position[-1] - command) * np.exp(-0.01 / constant))
    scattered = 1e-2 * NOISE * np.random.default_rng(seed).normal(size=samples)
    readings[:, 0, NAMES.index("position")] = position + scattered
    return readings, commands[:, None, None]


def test_time_that_is_missing_is_no_slow_valve_and_no_frozen_gauge() -> None:
    readings, commands = moving(600, 0.5)
    kept = np.r_[0:200, 260:600]
    times = 0.01 * kept
    answers, judge = said(readings[kept], commands[kept], times)
    assert set(answers) == {"nominal"}
    assert SLOWNESS[judge.slowness[0, 0]] == "sound"


def test_the_same_samples_without_their_times_are_not_those_of_a_sound_valve() -> None:
    readings, commands = moving(600, 0.5)
    kept = np.r_[0:200, 260:600]
    answers, _ = said(readings[kept], commands[kept])
    assert set(answers) != {"nominal"}


def test_samples_that_are_not_later_than_the_last_are_not_taken() -> None:
    readings, commands = steady(200, 9)
    times = 0.01 * np.arange(200)
    wild = readings.copy()
    times[120:125], wild[120:125] = 0.5, 0.0
    times[130] = np.nan
    wild[130] = 0.0
    answers, _ = said(wild, commands, times)
    assert set(answers) == {"nominal"}


@pytest.mark.parametrize(("constant", "known"), [(0.5, "sound"), (4.0, "slow")])
def test_a_valve_is_judged_after_it_was_asked_to_move(constant, known) -> None:
    readings, commands = moving(300, constant)
    answers, judge = said(readings, commands)
    assert SLOWNESS[judge.slowness[0, 0]] == known
    assert (answers[-1] == "fuel_valve.slow") == (known == "slow")


def test_of_a_valve_that_was_never_asked_to_move_nothing_is_said() -> None:
    answers, judge = said(*steady(400, 10))
    assert SLOWNESS[judge.slowness[0, 0]] == "insufficient_data"
    assert set(answers) == {"nominal"}


def test_a_valve_whose_position_is_lost_is_not_judged() -> None:
    readings, commands = moving(300, 4.0)
    readings[:, :, NAMES.index("position")] = np.nan
    answers, judge = said(readings, commands)
    assert SLOWNESS[judge.slowness[0, 0]] == "insufficient_data"
    assert set(answers) == {"nominal"}


def test_what_no_single_candidate_explains_is_none_of_these() -> None:
    readings, commands = steady(300, 13)
    readings[150:, :, NAMES.index("before_too")] += 5e5
    readings[150:, :, NAMES.index("flow_too")] += 0.1
    answers, _ = said(readings, commands)
    assert answers[200:].count(NONE_OF_THESE) > 90


def test_a_valve_that_reads_shut_stops_nothing() -> None:
    readings, commands = steady(200, 14)
    readings[100:110] = 0.0
    answers, _ = said(readings, commands)
    assert set(answers[:100]) == {"nominal"}
    assert answers[-1] == "nominal"


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_what_is_lost_is_held(there) -> None:
    values = np.where(there, np.arange(1.0, len(there) + 1.0), np.nan)[:, None, None]
    whole, present = Held(np.zeros(1), 1).filled(values)
    last = 0.0
    for value, known, filled in zip(values.ravel(), there, whole.ravel(), strict=True):
        last = value if known else last
        assert filled == last
    assert present.ravel().tolist() == there


def test_steps_of_time() -> None:
    steps = Steps(100.0)
    assert steps.lost(5.0) == 0.0
    assert steps.lost(5.01) == 0.0
    assert steps.lost(5.06) == pytest.approx(4.0)
    assert steps.lost(5.06) is None
    assert steps.lost(float("nan")) is None
