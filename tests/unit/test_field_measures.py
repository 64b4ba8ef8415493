"""The field's measures of answers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.examination.field import area_under_risk, brier, classification_error, measures
from hotfire.examination.rows import Row

NAMES = ("nominal", "a: leak", "b: leak", "a: leak + b: leak")


def posteriors() -> st.SearchStrategy[dict[str, float]]:
    weights = st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4).filter(lambda w: sum(w) > 1e-6)
    return weights.map(lambda w: {n: v / sum(w) for n, v in zip(NAMES, w, strict=True)})


def row(truth: tuple[str, ...], posterior: dict[str, float], *, group: tuple[str, ...] = ()) -> Row:
    case = ("case", "test", "familiar", 0, "demo-engine", "hardware" if truth else "nominal")
    return Row(*case, truth, True, group or truth, expert="neural", posterior=posterior)


@given(posteriors(), st.sampled_from(NAMES))
def test_brier_is_nothing_for_certainty_of_the_truth_and_at_most_two(
    posterior: dict[str, float], truth: str
) -> None:
    assert brier({truth: 1.0}, truth) == 0.0
    assert brier({next(n for n in NAMES if n != truth): 1.0}, truth) == 2.0
    assert 0.0 <= brier(posterior, truth) <= 2.0 + 1e-9


@given(posteriors(), st.sampled_from(NAMES))
def test_brier_is_proper(posterior: dict[str, float], answer: str) -> None:
    """Whoever believes the posterior loses nothing by saying it rather than one name."""
    said = sum(p * brier(posterior, h) for h, p in posterior.items())
    one = sum(p * brier({answer: 1.0}, h) for h, p in posterior.items())
    assert said <= one + 1e-9


@pytest.mark.parametrize(
    ("posterior", "truth", "expected"),
    [
        ({"a: leak": 1.0}, "a: leak", 0.0),
        ({"b: leak": 1.0}, "a: leak", 2.0),
        ({"nominal": 1.0}, "a: leak + b: leak", 2.0),
        ({"a: leak": 0.5, "a: leak + b: leak": 0.5}, "a: leak", 0.5),
        ({"a: leak": 0.2}, "nominal", 1.0),
    ],
)
def test_classification_errors_count_faults(posterior: dict[str, float], truth: str, expected: float) -> None:
    assert classification_error(posterior, truth) == pytest.approx(expected)


def test_risk_is_the_mean_over_all_shares() -> None:
    assert area_under_risk([0.9, 0.8, 0.1, 0.2], [False, False, True, True]) == pytest.approx(
        (0.0 + 0.0 + 1 / 3 + 2 / 4) / 4
    )
    assert area_under_risk([0.9, 0.8], [False, False]) == 0.0
    assert math.isnan(area_under_risk([], []))


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=30))
def test_errors_that_are_the_least_sure_cost_least(cases: list[tuple[float, bool]]) -> None:
    wrong = [w for _, w in cases]
    best = area_under_risk([1.0 - w for w in wrong], wrong)
    worst = area_under_risk([float(w) for w in wrong], wrong)
    own = area_under_risk([c for c, _ in cases], wrong)
    assert best - 1e-12 <= own <= worst + 1e-12


def test_measures_of_some_answers() -> None:
    found = measures(
        [
            row((), {"nominal": 0.9, "a: leak": 0.1}),
            row((), {"a: leak": 0.6, "nominal": 0.4}),
            row(("a: leak",), {"nominal": 0.7, "b: leak": 0.2, "a: leak": 0.1}),
            row(("a: leak",), {"b: leak": 1.0}, group=("a: leak", "b: leak")),
        ]
    )
    assert found["cases"] == 4
    assert found["detection accuracy"] == 0.5
    assert found["false positives"] == 0.5
    assert found["false negatives"] == 0.5
    assert found["first right"] == 0.5
    assert found["right in three"] == 1.0
    assert found["classification errors"] == pytest.approx((0.1 + 0.6 + (0.7 + 0.4) + 2.0) / 4)


def test_what_cannot_be_seen_is_not_counted() -> None:
    hidden = Row(
        "case", "test", "familiar", 0, "demo-engine", "hardware", ("a: leak",), False, (), posterior={}
    )
    assert measures([hidden])["cases"] == 0
    assert math.isnan(measures([hidden])["Brier score"])
