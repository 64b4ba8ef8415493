"""Actuators that follow commands with a lag: what a log's positions tell of it, and what can be weighed then."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import hotfire
from hotfire.experts.searching import search_log
from hotfire.log import Log
from hotfire.observing.followed import Followed, follow, response
from hotfire.observing.matching import match_log
from hotfire.observing.observe import told_at_rest
from hotfire.observing.pace import paces
from hotfire.observing.recorded_inputs import inputs_at_edges, jumps
from hotfire.observing.sighting import Sighting, sight
from hotfire.sequence import CommandSequence
from hotfire.simulate import SimulatedFault, simulate_log

HOPPER = hotfire.load_engine("tum-hopper")
INPUT, ACTUATOR, POSITION = "oxidizer_command.value", "oxidizer_actuator", "oxidizer_valve_position"


@cache
def recorded(*faults: SimulatedFault) -> Log:
    return simulate_log(HOPPER, list(faults), 5)


@cache
def seen(*faults: SimulatedFault) -> Sighting:
    return sight(recorded(*faults), HOPPER)


def followed(sighting: Sighting) -> Followed:
    assert sighting.phases.burn is not None
    return follow(sighting.log, HOPPER, sighting.phases.burn.start)[INPUT]


def bare(log: Log, factor: float = 1.0) -> Log:
    """Leave the position without a unit, times a factor."""
    channel = log.channels[POSITION]
    changed = replace(channel, values=factor * channel.values, unit=None, unit_source="")
    return replace(log, channels={**log.channels, POSITION: changed})


def test_a_position_lags_behind_its_command() -> None:
    corners, constant = ((0.0, 0.0), (0.01, 1.0), (2.0, 1.0), (2.5, 0.6), (2.5, 0.7)), 0.4
    times = np.linspace(-0.5, 5.0, 551)
    fine = np.linspace(-0.5, 5.0, 55_001)
    command = np.interp(fine, [t for t, _ in corners], [v for _, v in corners])
    value, course = 0.0, []
    for wanted in command:
        value += (wanted - value) * (fine[1] - fine[0]) / constant
        course.append(value)
    assert response(corners, times, constant) == pytest.approx(np.array(course)[::100], abs=1e-3)


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "-"), (100.0, "%"), (4095.0, None), (5.0, None)])
def test_a_position_without_a_unit_is_read_as_its_values_say(factor: float, unit: str | None) -> None:
    matched = match_log(bare(recorded(), factor), HOPPER)
    channel = matched.channels[POSITION]
    assert channel.unit == unit
    told = [n for n in matched.notes if n.code == "unit_read_as" and n.channel == POSITION]
    assert len(told) == (unit is not None)
    if unit is not None:
        assert np.nanmax(channel.values) == pytest.approx(1.0, abs=0.05)


def test_the_opening_tells_the_command_and_the_pace_whatever_the_sensor_reads_wrongly() -> None:
    sound = followed(seen())
    assert sound.told
    assert sound.time_constant == pytest.approx(0.5, rel=0.3)
    off = bare(recorded())
    wrong = replace(off.channels[POSITION], values=0.05 + 1.1 * off.channels[POSITION].values)
    misread = followed(sight(replace(off, channels={**off.channels, POSITION: wrong}), HOPPER))
    assert misread.time_constant == pytest.approx(sound.time_constant, rel=0.01)
    assert misread.delay == pytest.approx(sound.delay, abs=0.01)


def test_a_position_that_stands_still_tells_nothing() -> None:
    frozen = bare(recorded())
    still = replace(frozen.channels[POSITION], values=np.full_like(frozen.channels[POSITION].values, 0.7))
    assert not followed(sight(replace(frozen, channels={**frozen.channels, POSITION: still}), HOPPER)).told


def test_the_whole_mainstage_is_weighed_where_positions_are_recorded() -> None:
    sighting = seen()
    assert sighting.observed is not None
    edges, origin = sighting.observed.observation.edges, sighting.observed.origin
    assert edges[0] <= 1.01
    shutdown = HOPPER.sequence.burn + followed(sighting).delay if HOPPER.sequence else math.nan
    assert shutdown - 0.5 < edges[-1] <= shutdown
    left_out = jumps(sighting.log, HOPPER, edges + origin, sighting.observed.followed, origin)
    middles = 0.5 * (edges[1:] + edges[:-1])
    assert left_out[(middles > 3.9) & (middles < 4.6)].all()
    assert not left_out[((middles > 2.5) & (middles < 3.4)) | ((middles > 5.7) & (middles < 6.5))].any()
    taken = inputs_at_edges(sighting.log, HOPPER, edges + origin, sighting.observed.followed, origin)[INPUT]
    assert taken[np.searchsorted(edges, 3.4) - 1] == pytest.approx(1.0, abs=0.01)
    assert taken[np.searchsorted(edges, 6.5) - 1] == pytest.approx(0.6, abs=0.015)


def test_without_positions_slow_actuators_are_given_their_time() -> None:
    """Four time constants of 0.5 s are longer than what any actuator is given."""
    log = recorded()
    few = replace(log, channels={n: c for n, c in log.channels.items() if "position" not in n})
    sighting = sight(few, HOPPER)
    assert sighting.observed is not None
    first, last = sighting.observed.observation.edges[[0, -1]]
    assert first == pytest.approx(2.01)
    assert last == pytest.approx(3.8)
    programme = CommandSequence(10.0, start={INPUT: ((0.0, 0.0), (0.1, 1.0), (4.0, 1.0), (4.5, 0.6))})
    assert programme.held(follows={INPUT: 2.0}) == [pytest.approx((2.1, 3.8)), pytest.approx((6.5, 9.8))]


def test_a_slow_actuator_is_told_by_its_pace() -> None:
    sighting = seen(SimulatedFault(f"{ACTUATOR}.slow", 8.0))
    (pace,) = (p for p in paces(sighting) if p.fault.startswith(ACTUATOR))
    assert math.expm1(pace.gained) == pytest.approx(8.0, rel=0.3)
    found = search_log(sighting, frozenset({pace.fault, "oxidizer_feed.blockage"}), most=1)
    first = found.ranked[0]
    assert first.name == pace.fault
    assert first.best.best_size == pytest.approx(math.expm1(pace.gained))
    assert first.probability > 0.9


def test_the_pace_of_a_sound_actuator_accuses_nobody() -> None:
    for pace in paces(seen()):
        assert pace.slow() < pace.sound()


def test_a_position_is_compared_at_rest_where_it_is_commanded_from_zero() -> None:
    sensor = HOPPER.sensors[POSITION]
    assert told_at_rest(sensor, HOPPER)
    assert HOPPER.sequence is not None
    opened = replace(HOPPER.sequence, start={**HOPPER.sequence.start, INPUT: ((0.0, 0.4), (0.1, 1.0))})
    assert not told_at_rest(sensor, replace(HOPPER, sequence=opened))
    assert not told_at_rest(sensor, replace(HOPPER, sequence=None))
