"""Runs that are over, and records that break off, before the start has faded; short runs that are fair."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

import hotfire
from hotfire.compiled_engines import compiled_engine
from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.log import Log
from hotfire.observing.sighting import sight
from hotfire.phases.finding import find_phases
from hotfire.physics.settling import settling_of
from hotfire.simulate import Plant, TestSequence
from hotfire.standard_roles import with_standard_roles
from hotfire.suspects.missing import missing

EXPANDER = "methane-expander-bleed"
OPENED = 2.0
"""Time on a simulated log's clock at which the start is commanded."""


@cache
def run(engine: str, burn: float) -> Log:
    return Plant(load_engine(engine)).run((), 4, sequence=TestSequence(burn=burn, end=burn + 0.6, rate=200.0))


def until(log: Log, time: float) -> Log:
    channels = {}
    for name, channel in log.channels.items():
        kept = channel.time < time
        channels[name] = dataclasses.replace(channel, time=channel.time[kept], values=channel.values[kept])
    return dataclasses.replace(log, channels=channels)


def slow_sensor(engine: Engine, name: str, lag: float) -> Engine:
    sensors = dict(engine.sensors) | {name: dataclasses.replace(engine.sensors[name], lag=lag)}
    return dataclasses.replace(engine, sensors=sensors)


@pytest.mark.parametrize("after", [1.3, 1.7])
def test_a_record_that_breaks_off_in_the_start_is_not_judged(after: float) -> None:
    """Commands last 1.2 s, the wall takes 0.47 s."""
    engine = load_engine(EXPANDER)
    found = hotfire.diagnose(until(run(EXPANDER, 4.0), OPENED + after), engine, expert="symbolic")
    assert found.verdict == "insufficient_data"
    assert "before the log ends is too short to be judged" in found.headline
    assert "commands of the start 1.2 s, slowest wall or rotor 0.47 s" in found.headline
    assert "give the whole record" in found.headline


def test_it_is_judged_when_walls_and_rotors_have_had_their_time() -> None:
    assert not missing(sight(until(run(EXPANDER, 4.0), OPENED + 3.5), load_engine(EXPANDER)))


def test_a_slow_sensor_asks_for_more_of_a_record_that_breaks_off() -> None:
    engine = load_engine(EXPANDER)
    settling = settling_of(compiled_engine(engine))
    assert settling is not None
    slow = slow_sensor(engine, "chamber_pressure", 5.0)
    said = missing(sight(until(run(EXPANDER, 4.0), OPENED + 3.5), slow))
    assert "slowest sensor 5 s" in said


@pytest.mark.parametrize("engine", ["hydrazine-thruster", "n2o4-mmh"])
def test_a_pulse_of_a_second_is_judged(engine: str) -> None:
    assert not missing(sight(run(engine, 1.0), load_engine(engine)))


def test_an_engine_whose_file_says_nothing_of_its_start_is_judged_in_half_a_second() -> None:
    log = Plant(load_engine("demo-engine")).run((), 1, sequence=TestSequence(burn=3.0, end=3.5))
    found = hotfire.diagnose(until(log, OPENED + 0.6), load_engine("demo-engine"), expert="symbolic")
    assert found.verdict == "nominal"


def test_a_slow_sensor_is_heard_when_it_has_caught_up() -> None:
    log, engine = run("n2o4-mmh", 1.5), slow_sensor(load_engine("n2o4-mmh"), "thrust", 0.3)
    observed = sight(log, engine).observed
    assert observed is not None
    column = [s.name for s in observed.observation.sensors].index("thrust")
    starts, read = observed.observation.edges[:-1], observed.observation.means[1:, column]
    assert np.array_equal(np.isfinite(read), starts >= 0.25 + 2.0 * 0.3)
    assert np.isfinite(read).any()


def test_a_load_cell_off_zero_is_no_run() -> None:
    """A record that ends before the start: the chamber reads nothing, thrust the same from first to last."""
    log, engine = until(run("n2o4-mmh", 1.5), OPENED - 0.2), load_engine("n2o4-mmh")
    thrust = log.channels["thrust"]
    off = dataclasses.replace(thrust, values=thrust.values - 30.0 * np.ptp(thrust.values))
    log = dataclasses.replace(log, channels=log.channels | {"thrust": off})
    assert find_phases(with_standard_roles(log, engine)).kind == "no_run"
