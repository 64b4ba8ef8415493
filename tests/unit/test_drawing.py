"""Helpers of drawings: axes with round ticks, signals that keep their extremes, elements that stay well formed."""

from __future__ import annotations

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import assume, given
from hypothesis import strategies as st

from hotfire.report import svg
from hotfire.report.axes import Axis, drawn_samples, spanning

FINITE = st.floats(-1e9, 1e9)


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    low = draw(FINITE)
    span = draw(st.floats(1e-6, 1e6))
    assume(low + span > low and span > 1e-6 * abs(low))
    return Axis(low, low + span, *draw(st.sampled_from([(0.0, 500.0), (300.0, 20.0)])))


@given(axes(), st.integers(2, 9))
def test_ticks_are_round_in_range_rising_and_no_more_than_asked_for(axis: Axis, most: int) -> None:
    ticks = axis.ticks(most)
    values = [v for v, _ in ticks]
    assert 1 <= len(ticks) <= most
    assert all(axis.low <= v <= axis.high for v in values)
    assert values == sorted(set(values))
    steps = np.diff(values)
    if steps.size:
        assert np.ptp(steps) <= 1e-3 * steps.max()
        power = 10.0 ** np.floor(np.log10(steps.mean() * (1 + 1e-6)))
        assert any(abs(steps.mean() / power - s) < 0.01 for s in (1, 2, 5))


@given(st.floats(-1e4, 1e4), st.floats(1e-2, 1e5), st.integers(2, 9))
def test_labels_of_ticks_say_their_values(low: float, span: float, most: int) -> None:
    for value, label in Axis(low, low + span, 0.0, 1.0).ticks(most):
        assert float(label) == pytest.approx(value, abs=1e-6 * span)
        assert label != "-0" and "e" not in label


@given(axes(), FINITE)
def test_a_value_is_drawn_within_the_axis_and_in_proportion(axis: Axis, value: float) -> None:
    at = axis.at(value)
    assert min(axis.start, axis.end) - 1e-6 <= at <= max(axis.start, axis.end) + 1e-6
    if axis.low <= value <= axis.high:
        share = (value - axis.low) / (axis.high - axis.low)
        assert at == pytest.approx(axis.start + share * (axis.end - axis.start), abs=1e-6)


@given(st.lists(st.one_of(FINITE, st.just(float("nan"))), max_size=20))
def test_an_axis_spans_all_finite_values_and_is_never_empty(values: list[float]) -> None:
    axis = spanning(values, 100.0, 0.0)
    assert axis.low < axis.high
    assert all(axis.low < v < axis.high for v in values if np.isfinite(v))


@given(st.integers(0, 2**32 - 1), st.integers(1, 3000), st.integers(1, 60))
def test_each_column_keeps_its_first_least_greatest_and_last_sample(
    seed: int, count: int, columns: int
) -> None:
    random = np.random.default_rng(seed)
    time = np.sort(random.uniform(0.0, 1.0, count))
    values = random.standard_normal(count)
    values[random.integers(0, count, count // 100)] = 1e3  # single spikes
    axis = Axis(0.0, 1.0, 0.0, float(columns))
    stretches = drawn_samples(time, values, axis)
    kept_time = np.concatenate([t for t, _ in stretches])
    kept = np.concatenate([v for _, v in stretches])
    assert (np.diff(kept_time) >= 0.0).all()
    assert kept.size <= 4 * (columns + len(stretches))
    column, kept_column = np.floor(columns * time), np.floor(columns * kept_time)
    for c in np.unique(column):
        own, shown = values[column == c], kept[kept_column == c]
        assert (own.min(), own.max()) == (shown.min(), shown.max())
        assert {own[0], own[-1]} <= set(shown)


def test_a_line_is_broken_where_samples_are_missing_for_long_and_nowhere_else() -> None:
    time = np.linspace(0.0, 10.0, 1001)
    values = np.sin(time)
    axis = Axis(0.0, 10.0, 0.0, 500.0)
    assert len(drawn_samples(time, values, axis)) == 1
    values[10:20] = np.nan
    assert len(drawn_samples(time, values, axis)) == 1
    values[400:700] = np.nan
    before, after = drawn_samples(time, values, axis)
    assert before[0][-1] < 4.0 and after[0][0] >= 7.0
    assert len(drawn_samples(np.arange(0.0, 10.0), np.ones(10), axis)) == 1  # slow, not missing


def test_samples_out_of_the_axis_and_signals_without_any_are_not_drawn() -> None:
    axis = Axis(2.0, 3.0, 0.0, 100.0)
    ((time, _),) = drawn_samples(np.linspace(0.0, 10.0, 101), np.ones(101), axis)
    assert time.min() >= 2.0 and time.max() <= 3.0
    assert drawn_samples(np.array([5.0]), np.array([1.0]), axis) == []
    assert drawn_samples(np.array([2.5]), np.array([np.nan]), axis) == []
    assert svg.trace([], axis, axis, "signal") == ""


@given(st.text(st.characters()), st.text(st.characters(categories=["Cs", "Cc", "Cn", "Ll"])))
def test_any_text_leaves_a_drawing_well_formed(words: str, title: str) -> None:
    drawn = svg.drawing(10.0, 10.0, title, words, [svg.text(1.0, 2.0, words, "tick")])
    root = fromstring(drawn.encode("utf-8"))
    assert root.tag.endswith("svg")
    assert "<script" not in drawn


def test_steps_are_broken_where_there_is_no_value() -> None:
    across, up = Axis(0.0, 4.0, 0.0, 4.0), Axis(0.0, 10.0, 10.0, 0.0)
    path = svg.steps([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0, None, 3.0], across, up, "with")
    assert path == '<path d="M0,9H1V8H2M3,7H4" class="with"/>'
    assert svg.steps([0.0, 1.0], [None], across, up, "with") == ""


def test_a_band_runs_along_its_upper_edge_and_back_along_its_lower() -> None:
    across, up = Axis(0.0, 2.0, 0.0, 2.0), Axis(0.0, 10.0, 10.0, 0.0)
    path = svg.band([0.0, 1.0, 2.0], [1.0, 2.0], [5.0, 6.0], across, up, "tolerance")
    assert path == '<path d="M0,5V5H1V4H2V8H1V9H0Z" class="tolerance"/>'
