"""Noisy-or against enumeration of all sets of causes."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.physics.fault_tree import FaultTreeError
from hotfire.physics.fault_tree.noisy_or import NoisyOr


def _random(seed: int, causes: int, findings: int) -> NoisyOr:
    rng = np.random.default_rng(seed)
    strength = rng.uniform(0.0, 1.0, (causes, findings)) * (rng.random((causes, findings)) < 0.6)
    return NoisyOr(
        tuple(f"c{i}" for i in range(causes)),
        tuple(f"f{i}" for i in range(findings)),
        rng.uniform(1e-4, 0.2, causes),
        strength,
        rng.uniform(1e-4, 0.05, findings),
    )


def _enumerated(model: NoisyOr, seen: dict[str, bool]) -> tuple[float, np.ndarray]:
    def table(first: float, absent: np.ndarray, present: np.ndarray) -> np.ndarray:
        found = np.array([first])
        for a, p in zip(absent, present, strict=True):
            found = np.concatenate([found * a, found * p])
        return found

    n = len(model.causes)
    weight = table(1.0, 1.0 - model.prior, model.prior)
    for name, there in seen.items():
        i = model.findings.index(name)
        fails = table(1.0 - model.leak[i], np.ones(n), 1.0 - model.strength[:, i])
        weight *= 1.0 - fails if there else fails
    whole = weight.sum()
    return float(whole), np.array([weight.reshape(-1, 2, 2**i)[:, 1].sum() for i in range(n)]) / whole


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 12))
def test_equals_enumeration_at_20_causes(seed: int, positive: int) -> None:
    model = _random(seed, 20, 14)
    seen = {f"f{i}": i < positive for i in range(13)}
    chance, beliefs = model.posterior(seen)
    truth, wanted = _enumerated(model, seen)
    assert chance == pytest.approx(truth, rel=1e-9)
    assert np.abs(beliefs - wanted).max() < 1e-9


def test_40_findings_with_12_positive_take_less_than_100_ms() -> None:
    model = _random(1, 60, 40)
    seen = {f"f{i}": i < 12 for i in range(40)}
    model.posterior(seen)
    spent = []
    for _ in range(5):
        start = time.process_time()
        model.posterior(seen)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.1


def test_what_cannot_be_is_refused() -> None:
    model = NoisyOr(("c",), ("f",), np.array([0.1]), np.array([[0.0]]), np.array([0.0]))
    with pytest.raises(FaultTreeError, match="cannot be"):
        model.posterior({"f": True})
    with pytest.raises(FaultTreeError, match="no finding"):
        model.posterior({"g": True})
