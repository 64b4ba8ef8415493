"""The size of a fault integrated out, against brute force."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.physics.diagnosis.size_integral import integrate_size


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), stretch=st.floats(0.1, 300.0), nodes=st.integers(2, 7))
def test_the_integral_along_a_broken_line_is_that_of_a_fine_sum(
    seed: int, stretch: float, nodes: int
) -> None:
    random = np.random.default_rng(seed)
    places = np.sort(random.uniform(-3.0, 3.0, nodes))
    residuals = stretch * random.normal(size=(nodes, 4))
    fine = np.unique(np.concatenate([np.linspace(a, b, 40_001) for a, b in pairwise(places)]))
    chi = sum(np.interp(fine, places, residuals[:, i]) ** 2 for i in range(4))
    peak = -0.5 * chi.min()
    brute = peak + np.log(np.trapezoid(np.exp(-0.5 * chi - peak), fine) / (fine[-1] - fine[0]))
    found = integrate_size(places, residuals)
    assert found.log_mean == pytest.approx(brute, rel=1e-4, abs=2e-3)
    assert found.chi_square == pytest.approx(chi.min(), rel=1e-3, abs=1e-3)
    assert found.weights.sum() == pytest.approx(1.0)


def test_a_narrow_peak_between_far_nodes_is_not_missed() -> None:
    found = integrate_size(np.array([0.0, 1.0]), np.array([[-3000.0], [7000.0]]))
    assert found.best == pytest.approx(0.3)
    assert found.chi_square == pytest.approx(0.0, abs=1e-6)
    assert found.log_mean == pytest.approx(np.log(np.sqrt(2.0 * np.pi) / 10_000.0))


def test_one_node_is_its_own_likelihood() -> None:
    found = integrate_size(np.array([0.0]), np.array([[1.0, 2.0]]))
    assert found.log_mean == pytest.approx(-2.5)
