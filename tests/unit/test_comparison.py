"""Figures of the comparison: what counts as right, calibration error, area under the curve, and the hybrid's bill."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from comparison.figures import area_under_curve, calibration_error, judged, policies  # noqa: E402
from comparison.paired import earned, right  # noqa: E402

from hotfire.experts.routing import Routing, settle  # noqa: E402


def row(**changes):
    base = {
        "axis": "familiar",
        "level": 0,
        "truth": ["fuel line: leak"],
        "detectable": True,
        "group": ["fuel line: leak", "fuel tank: vent leak"],
        "neural": {"fuel line: leak": 0.95, "nominal": 0.05},
        "symbolic": {"fuel line: leak": 1.0},
        "scores": {"doubt": 0.05},
        "agrees": True,
        "neural_cpu": 0.002,
        "check_cpu": 0.05,
        "symbolic_cpu": 2.0,
    }
    return base | changes


@pytest.mark.parametrize(
    ("changes", "claim", "expected"),
    [
        ({}, "fuel line: leak", True),
        ({}, "fuel tank: vent leak", True),
        ({}, "nominal", False),
        ({"detectable": False}, "nominal", True),
        ({"truth": [], "group": []}, "nominal", True),
        ({"truth": [], "group": []}, "fuel line: leak", False),
        ({"truth": ["a", "b"], "axis": "several"}, "a", False),
        ({"truth": ["a", "b"], "axis": "several"}, "b + a", True),
        ({"axis": "swap_undeclared"}, "fuel line: leak", False),
        ({"axis": "swap_undeclared"}, "model mismatch", True),
    ],
)
def test_what_is_right(changes, claim, expected):
    assert right(row(**changes), claim) is expected


def test_a_wide_answer_earns_its_share_only():
    wide = dict.fromkeys(("fuel line: leak", "fuel tank: vent leak", "nominal", "fuel line: blockage"), 0.25)
    assert earned(row(), wide) == pytest.approx(0.5)
    assert earned(row(), {"fuel line: leak": 1.0}) == 1.0


def test_calibration_error_of_one_who_is_as_sure_as_right():
    random = np.random.default_rng(0)
    sure = random.uniform(0.3, 1.0, 20_000)
    assert calibration_error(sure, random.random(20_000) < sure) < 0.015
    assert calibration_error(np.full(100, 0.99), [False] * 100) == pytest.approx(0.99)


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=2, max_size=60))
def test_the_area_counts_pairs(pairs):
    scores, wrong = zip(*pairs, strict=True)
    bad = [s for s, w in pairs if w]
    good = [s for s, w in pairs if not w]
    found = area_under_curve(scores, wrong)
    if not bad or not good:
        assert np.isnan(found)
        return
    counted = np.mean([(b > g) + 0.5 * (b == g) for b in bad for g in good])
    assert found == pytest.approx(counted)


def settled(alpha=0.1):
    random = np.random.default_rng(1)
    rows = []
    for _ in range(800):
        wrong = random.random() < 0.3
        doubt = float(np.clip(random.normal(0.6 if wrong else 0.2, 0.12), 0.0, 1.0))
        neural = {"nominal": 0.8, "fuel line: leak": 0.2} if wrong else {"fuel line: leak": 1.0}
        rows.append(row(neural=neural, scores={"doubt": doubt}))
    cases = [judged(r) for r in rows]
    return rows, settle(cases[::2], cases[1::2], alpha=alpha, delta=0.1)


def test_the_hybrid_pays_the_search_only_where_it_is_asked():
    rows, routing = settled()
    (neural, symbolic, hybrid), trusted = policies(rows, routing)
    assert 0.3 < trusted.mean() < 1.0
    assert np.allclose(hybrid.seconds, 0.052 + np.where(trusted, 0.0, 2.0))
    assert neural.right.mean() < hybrid.right.mean() <= symbolic.right.mean()


def test_a_claim_whose_check_fails_is_never_trusted():
    rows, routing = settled()
    refused = [r | {"agrees": False} for r in rows]
    _, trusted = policies(refused, routing)
    assert not trusted.any()


def test_a_routing_survives_a_file(tmp_path):
    rows, routing = settled()
    routing.write(tmp_path / "routing.json")
    again = Routing.read(tmp_path / "routing.json")
    assert again.promise == routing.promise
    assert np.array_equal(policies(rows, again)[1], policies(rows, routing)[1])
