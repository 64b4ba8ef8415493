"""Runs that are throttled: recorded positions at the edges of windows, jumps inside them, and throttle programmes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hotfire
from hotfire.answering.slow_engines import taken_to_follow_at_once
from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.observing.recorded_inputs import inputs_at_edges, jumps
from hotfire.sequence import CommandSequence
from hotfire.simulate import simulate_log

ENGINE = hotfire.load_engine("imperial-dmt")
NAME, ROLE = next(iter(ENGINE.recorded_inputs.items()))
EDGES = np.linspace(2.0, 8.0, 7)


def recorded(share: FloatArray, time: FloatArray, noise: float = 0.0) -> Log:
    shut, opened = ENGINE.input_ranges[NAME]
    values = shut + (opened - shut) * share + noise * np.random.default_rng(4).normal(size=time.size)
    channel = Channel(ROLE, time, values, kind="angle", role=ROLE)
    return replace(simulate_log(ENGINE, [], 3), channels={ROLE: channel})


TIME = np.arange(0.0, 10.0, 0.005)


@pytest.mark.parametrize("at", [3.2, 5.45, 6.8])
def test_a_step_is_one_from_edge_to_edge_and_its_window_is_left_out(at: float) -> None:
    log = recorded(np.where(at > TIME, 1.0, 0.8), TIME, 0.003)
    values = inputs_at_edges(log, ENGINE, EDGES, {}, 1.0)[NAME]
    assert values == pytest.approx(np.where(at > EDGES, 1.0, 0.8), abs=0.003)
    window = int(np.searchsorted(EDGES, at)) - 1
    assert np.flatnonzero(jumps(log, ENGINE, EDGES, {}, 1.0)).tolist() == [window]
    slow = replace(ENGINE, sequence=CommandSequence())
    assert np.flatnonzero(jumps(log, slow, EDGES, {}, 1.0)).tolist() == [window, window + 1]


def test_an_even_ramp_and_noise_leave_all_windows_in() -> None:
    for share in (np.ones(TIME.size), np.interp(TIME, [2.0, 8.0], [1.0, 0.7])):
        log = recorded(share, TIME, 0.004)
        assert not jumps(log, ENGINE, EDGES, {}, 1.0).any()
        values = inputs_at_edges(log, ENGINE, EDGES, {}, 1.0)[NAME]
        assert values[1:-1] == pytest.approx(np.interp(EDGES, TIME, share)[1:-1], abs=0.002)


def test_a_throttle_that_is_always_at_work_leaves_all_windows_in() -> None:
    assert not jumps(recorded(0.8 + 0.2 * np.sin(9.0 * TIME), TIME), ENGINE, EDGES, {}, 1.0).any()


def test_a_position_that_the_log_does_not_tell_is_full_opening() -> None:
    assert inputs_at_edges(recorded(np.full(TIME.size, np.nan), TIME), ENGINE, EDGES, {}, 1.0)[
        NAME
    ] == pytest.approx(1.0)


def test_a_programme_holds_still_between_its_moves() -> None:
    start = {
        "throttle.position": ((0.0, 0.0), (0.1, 1.0), (4.0, 1.0), (4.5, 0.6)),
        "igniter": ((0.05, 0.0), (0.1, 1.0)),
    }
    held = CommandSequence(10.0, 3.0, start).held()
    assert held == [pytest.approx((1.6, 3.8)), pytest.approx((6.0, 9.8))]
    assert len(CommandSequence(10.0, 3.0, start).held({"throttle.position"})) == 1
    assert len(CommandSequence(10.0, 3.0, {"v.position": ((0.0, 0.0), (1.0, 1.0))}).held()) == 1


@pytest.mark.parametrize(
    ("faults", "verdict"), [([], "nominal"), (["fuel_injector.blockage=0.2@2s"], "fault")]
)
def test_a_run_by_a_throttle_programme_is_diagnosed_where_it_holds_still(
    faults: list[str], verdict: str, tmp_path: Path
) -> None:
    """The hopper's file throttles from 4 s to 7.5 s, and no channel records the commands, but the positions."""
    hopper: Engine = hotfire.load_engine("tum-hopper")
    path = tmp_path / "run.csv"
    from hotfire.__main__ import main

    told = [word for fault in faults for word in ("--fault", fault)]
    main(["simulate", "tum-hopper", "--seed", "5", "-o", str(path), *told])
    answer = hotfire.diagnose(hotfire.read_log(path), hopper, expert="symbolic")
    assert answer.verdict == verdict
    if faults:
        (fault,) = answer.hypotheses[0].faults
        assert (fault.component, fault.mode) == ("fuel_injector", "blockage")


def test_a_slow_engine_whose_file_has_no_sequence_is_told_to_be_one() -> None:
    engine = hotfire.load_engine("rl10a-3-3a")
    assert not taken_to_follow_at_once(engine)
    assert "no `sequence`" in taken_to_follow_at_once(replace(engine, sequence=None))
    assert not taken_to_follow_at_once(ENGINE)


def test_a_coarse_position_that_goes_to_and_fro_is_the_same_at_edges_and_in_windows() -> None:
    """Edges took the digit most seen beside them, windows the digit most seen: a sound run was explained by nothing."""
    flips = np.random.default_rng(5).random(TIME.size) < 0.35
    log = recorded(np.where(flips, 0.99, 1.0), TIME)
    values = inputs_at_edges(log, ENGINE, EDGES, {}, 1.0)[NAME]
    assert values == pytest.approx(np.full(EDGES.size, 0.9965), abs=0.002)
    assert not jumps(log, ENGINE, EDGES, {}, 1.0).any()
