"""Means over windows and their scatter, against what many draws of the same noise show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.signals.window_means import window_means

TIME = np.arange(4000) / 1000.0
EDGES = np.linspace(0.5, 3.5, 13)


def coloured(random: np.random.Generator, samples: float) -> np.ndarray:
    keep = np.exp(-1.0 / samples)
    noise = random.normal(size=TIME.size)
    for k in range(1, noise.size):
        noise[k] = keep * noise[k - 1] + np.sqrt(1.0 - keep**2) * noise[k]
    return noise


@pytest.mark.parametrize("samples", [0.01, 4.0, 12.0])
def test_the_scatter_is_that_of_the_means(samples: float) -> None:
    drawn = [
        window_means(TIME, 100.0 - 3.0 * TIME + coloured(np.random.default_rng(k), samples), EDGES)
        for k in range(40)
    ]
    means, noises = np.array([d[0] for d in drawn]), np.array([d[1] for d in drawn])
    actual = float(np.sqrt(means.var(axis=0, ddof=1).mean()))
    told = float(np.sqrt((noises**2).mean()))
    assert 0.9 * actual < told < 1.5 * actual


@given(st.floats(-5.0, 5.0), st.floats(-50.0, 50.0), st.floats(-20.0, 20.0))
@settings(max_examples=30, deadline=None)
def test_a_smooth_course_adds_no_scatter(level: float, slope: float, bend: float) -> None:
    _, noises = window_means(TIME, level + slope * TIME + bend * TIME**2, EDGES)
    width = float(np.diff(EDGES)[0])
    assert noises.max() <= 0.4 * abs(bend) * width**2 + 1e-9


@pytest.mark.parametrize("at", [1.0, 1.3, 2.6])
def test_a_step_is_hardly_taken_for_scatter(at: float) -> None:
    beside = np.abs(0.5 * (EDGES[1:] + EDGES[:-1]) - at) > np.diff(EDGES)[0]
    calm, stepped = [], []
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=TIME.size)
        calm.append(np.median(window_means(TIME, noise, EDGES)[1]))
        stepped.append(np.median(window_means(TIME, noise + 20.0 * (at < TIME), EDGES)[1][beside]))
    assert np.mean(stepped) < 2.0 * np.mean(calm)


def test_wander_between_windows_counts_as_scatter() -> None:
    random = np.random.default_rng(4)
    level = np.repeat(random.normal(size=40), TIME.size // 40)
    _, noises = window_means(TIME, level + 1e-3 * random.normal(size=TIME.size), np.linspace(0.5, 3.5, 11))
    assert np.median(noises) > 0.1


def test_windows_without_samples_have_no_mean() -> None:
    values = np.where((TIME > 1.0) & (TIME < 2.0), np.nan, 1.0)
    means, noises = window_means(TIME, values, EDGES)
    inside = (EDGES[:-1] >= 1.0) & (EDGES[1:] <= 2.0)
    assert np.isnan(means[inside]).all()
    assert np.isfinite(means[~inside]).sum() >= 7
    assert means.shape == noises.shape == (12,)


@pytest.mark.parametrize("at", [0, 40, -1])
def test_single_outliers_are_left_out_of_a_mean(at: int) -> None:
    values = 10.0 + 0.01 * np.random.default_rng(6).standard_normal(TIME.size)
    first, end = np.searchsorted(TIME, EDGES[3:5])
    values[np.arange(first, end)[at]] = 99.0
    means, _ = window_means(TIME, values, EDGES)
    assert means[3] == pytest.approx(10.0, abs=0.01)


@given(st.floats(0.06, 0.5))
@settings(max_examples=20, deadline=None)
def test_a_coarse_reading_that_goes_to_and_fro_has_the_mean_of_both(share: float) -> None:
    lower = np.random.default_rng(3).random(TIME.size) < share
    means, _ = window_means(TIME, np.where(lower, 99.0, 100.0), EDGES)
    assert means.mean() == pytest.approx(100.0 - share, abs=0.05)


def test_a_single_wrong_sample_of_a_steady_reading_is_left_out() -> None:
    values = np.full(TIME.size, 100.0)
    values[1000] = 5000.0
    means, _ = window_means(TIME, values, EDGES)
    assert np.all(means == 100.0)
