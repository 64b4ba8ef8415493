"""Clocks: which column, what unit, and what is done when time misbehaves."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.telemetry.clock import order_clock
from hotfire.telemetry.held import find_held
from hotfire.telemetry.stamps import parse_stamps

STEADY = np.arange(500) * 0.01


def found(time: np.ndarray) -> dict[str, object]:
    return {n.code: n for n in order_clock(time, "t").notes}


def test_a_healthy_clock_has_no_findings() -> None:
    clock = order_clock(STEADY, "t")
    assert clock.notes == ()
    assert clock.rows is None


def test_rows_without_time_are_left_out() -> None:
    time = STEADY.copy()
    time[[3, 499]] = np.nan
    clock = order_clock(time, "t")
    assert len(clock.time) == 498
    assert clock.rows is not None
    assert 3 not in clock.rows


def test_repeated_stamps_are_reported_with_their_share() -> None:
    time = np.floor(np.arange(1000) * 0.092 * 10) / 10
    note = next(n for n in order_clock(time, "t").notes if n.code == "duplicate_time")
    assert note.evidence["share"] == pytest.approx(0.08, abs=0.01)


def test_backward_time_is_sorted_and_reported() -> None:
    random = np.random.default_rng(1)
    time = STEADY + random.uniform(-0.02, 0.02, len(STEADY))
    clock = order_clock(time, "t")
    assert (np.diff(clock.time) >= 0).all()
    assert clock.rows is not None
    assert np.array_equal(time[clock.rows], clock.time)
    assert "backward_time" in {n.code for n in clock.notes}


def test_a_restart_keeps_the_longer_run() -> None:
    time = np.concatenate((100 + STEADY[:80], STEADY))
    clock = order_clock(time, "t")
    assert np.array_equal(clock.time, STEADY)
    assert {n.code for n in clock.notes} == {"clock_restart"}


@pytest.mark.parametrize("value", [9999.0, -50.0, 0.0])
@pytest.mark.parametrize("at", [200, 201, 498])
def test_a_wild_stamp_is_interpolated(value: float, at: int) -> None:
    time = STEADY + 10.0
    time[at] = value
    clock = order_clock(time, "t")
    assert clock.time == pytest.approx(STEADY + 10.0, abs=0.02)
    assert "wild_time" in {n.code for n in clock.notes}


def test_gaps_are_counted() -> None:
    time = STEADY.copy()
    time[100:] += 2.0
    time[300:] += 5.0
    note = next(n for n in order_clock(time, "t").notes if n.code == "gap")
    assert note.evidence["count"] == 2.0
    assert note.evidence["longest"] == pytest.approx(5.01)
    assert note.start == pytest.approx(time[299])


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=0, max_size=60))
def test_any_clock_comes_out_in_order(values: list[float]) -> None:
    clock = order_clock(np.array(values, dtype=np.float64), "t")
    assert (np.diff(clock.time) >= 0).all()
    assert clock.rows is None or len(clock.rows) == len(clock.time)


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        (["2024-03-01T10:00:00.5Z", "2024-03-01T10:00:01.25Z"], 0.75),
        (["2024-03-01 23:59:59.900000", "2024-03-02 00:00:00.100000"], 0.2),
        (["01.03.2024 10:00:00", "01.03.2024 10:01:00"], 60.0),
        (["13/03/2024 10:00", "13/03/2024 10:01"], 60.0),
        (["3/25/2024 1:59:59 PM", "3/25/2024 2:00:00 PM"], 1.0),
        (["2024/02/28 10:00:00", "2024/02/29 10:00:00"], 86400.0),
        (["2024/02/29 10:00:00", "2024/03/01 10:00:00"], 86400.0),
        (["01-Mar-2024 10:00:00", "02-Mar-2024 10:00:00"], 86400.0),
        (["2024-03-01T10:00:00+02:00", "2024-03-01T10:00:00-01:30"], 3.5 * 3600),
        (["23:59:59.5", "00:00:00.5"], 1.0),
        (["59:59.9", "00:00.4"], 0.5),
        (["10:00:00,250", "10:00:00,750"], 0.5),
        (["12:59:59 AM", "1:00:00 AM"], 1.0),
    ],
)
def test_stamps(cells: list[str], seconds: float) -> None:
    stamps = parse_stamps(pl.Series(cells))
    assert stamps is not None
    assert stamps.seconds[0] == 0.0
    assert stamps.seconds[1] == pytest.approx(seconds, abs=1e-6)


def test_words_are_no_stamps() -> None:
    assert parse_stamps(pl.Series(["Mode: FILL", "open", "1:2:3:4"])) is None


def test_the_order_of_day_and_month_is_reported_when_open() -> None:
    stamps = parse_stamps(pl.Series(["01/02/2024 10:00:00", "01/02/2024 10:00:01"]))
    assert stamps is not None
    assert stamps.ambiguous


def test_a_held_signal_gets_its_own_rate() -> None:
    time = np.arange(20_000) / 1000.0
    slow = np.repeat(np.random.default_rng(3).normal(100, 20, 250), 80)
    held = find_held("F", time, slow)
    assert held is not None
    assert held.note.evidence["rate_hz"] == pytest.approx(12.5, rel=0.02)
    assert held.note.evidence["hold_s"] == pytest.approx(0.08, rel=0.02)
    assert len(held.values) == pytest.approx(250, abs=2)


@pytest.mark.parametrize("kind", ["noise", "quantised", "switch", "constant", "short"])
def test_other_signals_are_not_held(kind: str) -> None:
    random = np.random.default_rng(4)
    n = 20_000
    values = {
        "noise": random.normal(0, 1, n),
        "quantised": np.round(np.cumsum(random.normal(0, 0.02, n))),
        "switch": (np.arange(n) // 500 % 2).astype(float),
        "constant": np.full(n, 3.0),
        "short": np.repeat(random.normal(0, 1, 10), 10),
    }[kind]
    assert find_held("x", np.arange(len(values)) / 1000.0, values) is None
