"""Nearest points of bilinear surfaces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.examination.surfaces import nearest
from hotfire.physics.arrays import FloatArray


def _steps(random: np.random.Generator, m: int, n: int, d: int) -> FloatArray:
    """What a fault of n sizes shows that steps in at m onsets: more for what is larger and sooner."""
    onsets, sizes = np.linspace(0.0, 1.0, m), np.geomspace(1.0, 30.0, n)
    windows = np.clip(np.linspace(0.3, 1.3, d) - onsets[:, None], 0.0, 0.3)
    bent = windows * (1.0 + 0.1 * random.random(d))
    return np.asarray(sizes[None, :, None] * bent[:, None, :] * (1.0 + 0.02 * sizes[None, :, None]))


def _at(surface: FloatArray, u: float, v: float) -> FloatArray:
    i, j = min(int(u), surface.shape[0] - 2), min(int(v), surface.shape[1] - 2)
    u, v = u - i, v - j
    low = (1 - v) * surface[i, j] + v * surface[i, j + 1]
    high = (1 - v) * surface[i + 1, j] + v * surface[i + 1, j + 1]
    return np.asarray((1 - u) * low + u * high)


@given(st.integers(0, 10_000), st.floats(0.0, 3.5), st.floats(0.0, 7.0))
def test_a_point_of_the_surface_is_found(seed: int, u: float, v: float) -> None:
    surface = _steps(np.random.default_rng(seed), 5, 8, 6)
    point = _at(surface, u, v)
    least, *_ = nearest(point, surface)
    assert least <= 1e-2 * np.linalg.norm(point) + 1e-3


@given(st.integers(0, 10_000))
def test_no_other_place_is_much_nearer(seed: int) -> None:
    random = np.random.default_rng(seed)
    surface = _steps(random, 4, 6, 5)
    point = _at(surface, 3.0 * random.random(), 5.0 * random.random()) + random.normal(size=5)
    least, u, v = nearest(point, surface)
    tried = [_at(surface, a, b) for a in np.linspace(0, 3, 61) for b in np.linspace(0, 5, 101)]
    assert least <= min(float(np.linalg.norm(t - point)) for t in tried) + 0.05
    assert least == pytest.approx(float(np.linalg.norm(_at(surface, u, v) - point)), abs=1e-6)


def test_a_path_has_one_row() -> None:
    path = np.array([[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]]])
    least, since, at = nearest(np.array([1.0, 0.5]), path)
    assert (least, since, at) == pytest.approx((0.5, 0.0, 0.5))


def test_places_that_the_plant_cannot_do_are_left_out() -> None:
    surface = np.array([[[0.0, 0.0], [np.inf, np.inf]], [[0.0, 1.0], [4.0, 1.0]]])
    least, since, at = nearest(np.array([2.0, 0.0]), surface)
    assert least == pytest.approx(1.0)
    assert (since, at) == pytest.approx((1.0, 0.5))
