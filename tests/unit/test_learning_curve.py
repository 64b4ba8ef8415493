"""The slope of a learning curve and its interval, on curves that are known."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from curve.page import page
from curve.slopes import Answered, curve

SIZES, SEEDS, CASES = (1_000, 4_000, 16_000, 64_000), (0, 1, 2), 400


def models(slope: float, *, at_thousand: float = 0.7, seed: int = 3) -> list[Answered]:
    """Models that err by chance alone; the same cases are hard for all of them."""
    random = np.random.default_rng(seed)
    hardness = random.random(CASES)
    found = []
    for n in SIZES:
        for s in SEEDS:
            error = at_thousand + slope * (np.log10(n) - 3.0)
            noise = random.normal(0.0, 0.1, CASES)
            found.append(Answered(n, s, {"familiar": (hardness + noise >= error).astype(float)}))
    return found


@pytest.mark.parametrize("slope", [-0.25, -0.05, 0.0])
def test_a_slope_is_found_within_its_interval(slope: float) -> None:
    found = curve("familiar", models(slope))
    assert found.low < slope < found.high
    assert found.high - found.low < 0.1
    assert found.slope == pytest.approx(slope, abs=0.04)
    assert found.errors.shape == (len(SIZES), len(SEEDS))


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = [c.low <= -0.15 <= c.high for c in (curve("familiar", models(-0.15, seed=s)) for s in range(20))]
    assert 16 <= sum(held) <= 20


def test_a_size_that_a_seed_lacks_is_left_out_and_one_size_is_no_curve() -> None:
    made = models(-0.2)
    assert list(curve("familiar", made[:-1]).sizes) == list(SIZES[:-1])
    with pytest.raises(ValueError, match="two"):
        curve("familiar", made[:3])


def test_the_page_states_slopes_and_intervals() -> None:
    facts = dict.fromkeys(("date", "seed", "machine", "command", "epochs", "steps", "levels", "again"), "x")
    text = page([curve("familiar", models(-0.2))], facts | {"validation": 10, "hours": 1.0})
    assert "| familiar | 400 | 0.7" in text
    assert "95 %" in text
