"""Figures as people read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotfire.answering.words import _at_edge, _share
from hotfire.diagnosis import FaultEstimate, Interval
from hotfire.engine_files.reading import load_engine
from hotfire.figures import interval_text, number, pair, share, size_text, time_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234.56, "1230"),
        (0.01234, "0.0123"),
        (-2.5, "-2.50"),
        (float("nan"), "-"),
        (3.2e9, "3.20e+09"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_two_figures_keep_the_digits_of_their_difference() -> None:
    assert pair(101.31, 101.92) == ("101.31", "101.92")
    assert pair(1210.0, 2874.0) == ("1210", "2870")
    assert pair(float("nan"), 3.0) == ("-", "3.00")


def test_probabilities_never_round_to_certainty() -> None:
    assert (share(1.0), share(0.9991), share(0.0), share(1e-5)) == ("> 99 %", "> 99 %", "0 %", "< 1 %")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (Interval(0.182, 0.153, 0.214), "18 % (15 to 21)"),
        (Interval(41.0, 22.0, 63.0), "41 times (22 to 63)"),
        (Interval(0.5, 0.5, 0.5), "50.0 %"),
        (Interval(12.31, 12.1, 12.5, "bar"), "12.3 bar (12.1 to 12.5)"),
    ],
)
def test_sizes_carry_their_interval(size: Interval, text: str) -> None:
    assert interval_text(size) == text


def test_a_size_at_the_edge_of_its_range_has_no_interval() -> None:
    size = Interval(0.01002, 0.01001, 0.01004)
    leak = FaultEstimate("jacket", "leak", "hardware", size, "leak area", None, "leaks", "leak", True)
    assert size_text(leak) == "at the edge of its range (1 %): leak area"
    assert size_text(replace(leak, at_edge=False)).startswith("1.00 % (1.00 to 1.00)")
    whole = replace(leak, size=Interval(0.999, 0.99, 1.0))
    assert size_text(whole) == "at the edge of its range (100 %): leak area"


@pytest.mark.parametrize(
    ("size", "text"), [(0.996, "+100 %"), (1.18, "+120 %"), (-0.0512, "-5.1 %"), (12.0, "+1200 %")]
)
def test_no_share_is_written_in_powers_of_ten(size: float, text: str) -> None:
    assert _share(Interval(size, size, size), signed=True, size_text="gain") == f"{text} (gain)"


def test_the_edge_is_that_of_the_declared_range() -> None:
    leak = load_engine("imperial-dmt").network.faults["jacket.leak"]
    assert (leak.lower, leak.upper) == (0.01, 1.0)
    assert [_at_edge(s, leak) for s in (0.01, 0.0100999, 0.0102, 0.5, 0.985, 0.995)] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]
    only = replace(leak, lower=1.0)
    assert not _at_edge(1.0, only)
    assert _at_edge(-0.01, leak)


def test_a_fault_that_only_is_or_is_not_has_no_figure() -> None:
    one = Interval(1.0, 1.0, 1.0)
    lost = FaultEstimate("thrust", "dropout", "sensor", one, "lost", None, "is lost", "sensor_fault")
    assert size_text(lost) == "lost"
    assert time_text(None) == "from the first usable sample on"
