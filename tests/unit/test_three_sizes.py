"""Integrals over three sizes: against a quadrature, and against two sizes where the third shows nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.physics.diagnosis.three_sizes import best_of_three, integrate_three
from hotfire.physics.diagnosis.two_sizes import integrate_sizes

lengths = st.floats(0.01, 12.0)
seeds = st.integers(0, 2**31)


def _drawn(seed: int, scale: tuple[float, float, float], alike: float) -> tuple[np.ndarray, ...]:
    """Slopes of given lengths, the later ones partly along the first, and a residual that they explain in part."""
    random = np.random.default_rng(seed)
    slopes = random.normal(size=(12, 3))
    slopes[:, 1:] = (1.0 - alike) * slopes[:, 1:] + alike * slopes[:, :1]
    slopes *= np.array(scale) / np.linalg.norm(slopes, axis=0)
    ends = np.sort(random.uniform(-2.0, 2.0, size=(3, 2)), axis=1)
    ends[:, 1] += 0.2
    residual = slopes @ random.uniform(-2.0, 2.0, size=3) + random.normal(size=12)
    return residual, slopes, ends


def _by_quadrature(residual: np.ndarray, slopes: np.ndarray, ends: np.ndarray, count: int = 81) -> float:
    """Log of the mean likelihood by Gauss and Legendre's rule along each size."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    axes = [0.5 * (a + b + (b - a) * nodes) for a, b in ends]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    shares = np.einsum("i,j,k->ijk", weights, weights, weights).ravel() / 8.0
    square, pull = slopes.T @ slopes, slopes.T @ residual
    logs = places @ pull - 0.5 * np.einsum("ni,ij,nj->n", places, square, places)
    peak = logs.max()
    return float(peak + np.log(np.exp(logs - peak) @ shares) - 0.5 * residual @ residual)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, scale=st.tuples(lengths, lengths, lengths), alike=st.floats(0.0, 0.95))
def test_the_mean_likelihood_is_that_of_a_quadrature(seed, scale, alike) -> None:
    residual, slopes, ends = _drawn(seed, scale, alike)
    log_mean, found = integrate_three(residual, slopes, ends)
    assert log_mean == pytest.approx(_by_quadrature(residual, slopes, ends), abs=0.03)
    for own, (low, high) in zip(found, ends, strict=True):
        assert own.weights.sum() == pytest.approx(1.0)
        assert (np.diff(own.places) >= 0.0).all()
        assert low <= own.best <= high


@settings(max_examples=25, deadline=None)
@given(seed=seeds, scale=st.tuples(lengths, lengths, lengths))
def test_all_three_orders_of_summing_agree(seed, scale) -> None:
    residual, slopes, ends = _drawn(seed, scale, 0.5)
    first, _ = integrate_three(residual, slopes, ends)
    turned, _ = integrate_three(residual, slopes[:, [2, 0, 1]], ends[[2, 0, 1]])
    assert turned == pytest.approx(first, abs=0.02)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, scale=st.tuples(lengths, lengths, lengths))
def test_a_third_size_that_shows_nothing_changes_nothing(seed, scale) -> None:
    residual, slopes, ends = _drawn(seed, scale, 0.3)
    slopes[:, 2] = 0.0
    two, _ = integrate_sizes(residual, slopes[:, :2], ends[:2])
    three, found = integrate_three(residual, slopes, ends)
    assert three == pytest.approx(two, abs=0.02)
    middle = float(found[2].places @ found[2].weights)
    assert middle == pytest.approx(ends[2].mean(), abs=0.02 * (ends[2, 1] - ends[2, 0]) + 1e-6)


@settings(max_examples=50, deadline=None)
@given(seed=seeds, scale=st.tuples(lengths, lengths, lengths), alike=st.floats(0.0, 0.99))
def test_nothing_in_the_box_is_better_than_the_best(seed, scale, alike) -> None:
    residual, slopes, ends = _drawn(seed, scale, alike)
    square, pull = slopes.T @ slopes + 1e-9 * np.eye(3), slopes.T @ residual

    def gain(x: np.ndarray) -> np.ndarray:
        return x @ pull - 0.5 * np.einsum("...i,ij,...j->...", x, square, x)

    best = best_of_three(square, pull, ends)
    others = np.random.default_rng(seed).uniform(ends[:, 0], ends[:, 1], size=(500, 3))
    assert gain(others).max() <= gain(best) + 1e-9 * (1.0 + abs(gain(best)))
