"""The examination over rows: what is right, mixes, the bill, the promise over many draws, and who may ask the judge."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.examination.figure import draw
from hotfire.examination.figures import area_under_curve, calibration_error
from hotfire.examination.figures import row as examined
from hotfire.examination.page import page, short
from hotfire.examination.page_experts import search
from hotfire.examination.page_tables import Facts
from hotfire.examination.policies import bill, break_even, paired, weights
from hotfire.examination.promise import Pool, pool, trials
from hotfire.examination.rows import Row, read_rows, write_rows
from hotfire.router.ledger import Rates
from hotfire.router.thresholds import Promise

LEAK, VENT = "fuel line: leak", "fuel tank: vent leak"


def row(expert: str = "neural", **changes: object) -> Row:
    base = Row(
        id="test-1",
        split="test",
        axis="familiar",
        level=0,
        engine="an engine",
        kind="hardware",
        truth=(LEAK,),
        detectable=True,
        group=(LEAK, VENT),
        expert=expert,
        posterior={LEAK: 0.95, "nominal": 0.05},
        cpu=0.002,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "claim", "expected"),
    [
        ({}, LEAK, True),
        ({}, VENT, True),
        ({}, "nominal", False),
        ({"detectable": False}, "nominal", True),
        ({"truth": (), "group": ()}, "nominal", True),
        ({"truth": (), "group": ()}, LEAK, False),
        ({"truth": ("a", "b"), "axis": "several"}, "a", False),
        ({"truth": ("a", "b"), "axis": "several"}, "b + a", True),
        ({"axis": "swap_undeclared"}, LEAK, False),
        ({"axis": "swap_undeclared"}, "model mismatch", True),
    ],
)
def test_what_is_right(changes: dict[str, object], claim: str, expected: bool) -> None:
    assert row(**changes).right(claim) is expected


def test_a_wide_answer_earns_its_share_only() -> None:
    wide = dict.fromkeys((LEAK, VENT, "nominal", "fuel line: blockage"), 0.25)
    assert row().earned(wide) == pytest.approx(0.5)
    assert row().earned({LEAK: 1.0}) == 1.0


def test_two_faults_are_scored_by_their_group_and_each_has_the_probability_of_all_that_hold_it() -> None:
    asked = row(axis="several", truth=("a", "b"), group=("a + b", "a + c"))
    told = figures([asked], {"a": 0.3, "a + b": 0.6, "nominal": 0.1})
    assert told["doubles"] == 1
    assert told["doubles_score"] == pytest.approx(1.0)
    assert told["several_first"] == 1.0
    assert asked.right("a + c")
    assert not asked.right("a")


def figures(cases, posterior):
    return examined("symbolic", cases, [posterior] * len(cases))


def test_calibration_error_of_one_who_is_as_sure_as_right() -> None:
    random = np.random.default_rng(0)
    sure = random.uniform(0.3, 1.0, 20_000)
    assert calibration_error(sure, random.random(20_000) < sure) < 0.015
    assert calibration_error(np.full(100, 0.99), [False] * 100) == pytest.approx(0.99)


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=2, max_size=60))
def test_the_area_counts_pairs(pairs: list[tuple[float, bool]]) -> None:
    scores, wrong = zip(*pairs, strict=True)
    bad = [s for s, w in pairs if w]
    good = [s for s, w in pairs if not w]
    found = area_under_curve(scores, wrong)
    if not bad or not good:
        assert np.isnan(found)
        return
    assert found == pytest.approx(np.mean([(b > g) + 0.5 * (b == g) for b in bad for g in good]))


def answered(count: int = 400, *, seed: int = 1) -> list[Row]:
    """Rows of three experts: where the model errs its risk is higher, and so is the time of the search."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        axis = "familiar" if i % 2 else "cycle"
        wrong = random.random() < (0.1 if axis == "familiar" else 0.5)
        risk = float(np.clip(random.normal(0.6 if wrong else 0.3, 0.15), 0.0, 1.0))
        seconds = 3.0 if wrong else 1.0
        told = {"nominal": 0.9, LEAK: 0.1} if wrong else {LEAK: 1.0}
        parts = {"risk": risk, "agrees": True, "scores": {"doubt": risk}, "neural_cpu": 0.002}
        parts |= {"check_cpu": 0.05, "router_cpu": 0.01}
        model = row(id=f"c{i}", axis=axis, level=3, posterior=told, model_calls=1, **parts)
        sure = replace(
            model, expert="symbolic", posterior={LEAK: 1.0}, cpu=seconds, solves=1000, model_calls=0
        )
        sure = replace(sure, truth_agrees=True, wrong_agrees=False)
        trusted = risk < 0.4
        both = replace(
            model,
            expert="hybrid",
            posterior=told if trusted else {LEAK: 1.0},
            route="trusted" if trusted else "strange",
            cpu=0.062 + (0.0 if trusted else seconds),
        )
        found += [model, sure, both]
    return found


def test_rows_survive_a_file(tmp_path: Path) -> None:
    rows = answered(6)
    write_rows(rows, tmp_path / "rows.parquet")
    assert read_rows([tmp_path / "rows.parquet"]) == rows


def test_the_bill_is_what_was_measured_beside_its_parts() -> None:
    own = paired(answered())
    found = bill(own, weights(own.shifted, 0.5))
    cases = len(own.cases)
    assert found.hybrid == pytest.approx(sum(r.cpu for r in own.rows["hybrid"]) / cases)
    assert found.own == pytest.approx(found.hybrid)
    assert found.handed > found.solver
    assert found.parts < found.hybrid
    assert not replace(found, hybrid=1.11 * found.parts).holds
    assert replace(found, hybrid=1.09 * found.parts).holds


@given(st.floats(0.0, 1.0), st.integers(1, 30), st.integers(1, 30))
def test_weights_give_the_mix(share: float, familiar: int, shifted: int) -> None:
    kinds = np.array([False] * familiar + [True] * shifted)
    found = weights(kinds, share)
    assert found.sum() == pytest.approx(1.0)
    assert found[kinds].sum() == pytest.approx(share)


def test_no_mix_is_made_of_what_is_not_there() -> None:
    assert np.isnan(weights(np.array([True, True]), 0.5)).all()
    assert np.isnan(weights(np.array([False]), 0.05)).all()


def test_training_is_paid_back_by_what_a_search_would_have_cost() -> None:
    own = paired(answered())
    rates = Rates(cpu_hour=3600.0, training=100.0, calls=10)
    saved = own.figures("symbolic", "cpu").mean() - own.figures("hybrid", "cpu").mean()
    assert break_even(own, rates) == pytest.approx(100.0 / saved)


def world(count: int, *, seed: int = 2) -> Pool:
    random = np.random.default_rng(seed)
    shifted = random.random(count) < 0.5
    wrong = random.random(count) < np.where(shifted, 0.5, 0.1)
    risk = np.clip(random.normal(np.where(wrong, 0.6, 0.35), 0.15), 0.0, 1.0)
    return Pool(risk, wrong, shifted, 0.3)


@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_a_promise_is_kept_over_a_hundred_calibrations(alpha: float) -> None:
    found = trials(world(3000), alpha=alpha, seed=4)
    assert found.draws == 100
    assert found.limit == 15
    assert found.exact <= found.limit
    assert 0.3 < found.coverage < found.oracle
    assert found.calibration + found.test == 3000
    assert found.error < alpha


def test_a_threshold_that_promises_too_much_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from hotfire.examination import promise

    def careless(risk: list[float], wrong: list[bool], *, alpha: float, delta: float) -> Promise:
        order = np.argsort(risk)
        share = np.cumsum(np.asarray(wrong)[order]) / len(risk)
        return Promise(float(np.asarray(risk)[order][share <= alpha][-1]), alpha, delta, len(risk), 0.0, 0.0)

    monkeypatch.setattr(promise, "learn_then_test", careless)
    found = trials(world(3000), alpha=0.05, seed=4)
    assert found.exact > found.limit


def test_a_refused_claim_is_never_trusted_in_the_pool() -> None:
    rows = [replace(r, agrees=False) for r in answered() if r.expert == "neural"]
    own = pool(rows)
    assert own is not None
    assert trials(own, alpha=0.1, draws=5).coverage == 0.0


def test_the_pool_is_mixed_until_the_model_errs_often_enough() -> None:
    own = pool(answered())
    assert own is not None
    assert own.erring(own.share) >= 0.2 > own.erring(own.share - 0.05)
    assert pool([r for r in answered() if r.axis == "familiar"]) is None


FACTS = Facts("2026-11-29", "a machine", 1, "cpu", ("hotfire bench -o b",), {}, Rates(), None, "bench.svg")


def test_the_page_keeps_kinds_of_cases_apart_and_draws_in_svg() -> None:
    promise = Promise(0.4, 0.05, 0.1, 100, 0.5, 0.01)
    rows = answered()
    rows += [replace(r, id=f"s{r.id}", axis="several", truth=("a", "b"), group=()) for r in rows[:9]]
    rows += [replace(r, id=f"u{r.id}", axis="swap_undeclared") for r in rows[:9]]
    text = page(rows, replace(FACTS, promise=promise))
    for title in ("Several faults at once", "Undeclared swaps", "The hybrid's bill", "The promise over 100"):
        assert f"## {title}" in text
    together = text[text.index("## All experts on the same cases") :]
    single = together[: together.index("Several faults:")]
    assert "| several" not in single
    assert "| swap undeclared" not in single
    drawn = ElementTree.fromstring(draw(paired(rows)))
    labels = [t.text for t in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"neural", "symbolic", "hybrid", "familiar (200)"} <= set(labels)
    assert "hybrid" in short(rows, Rates())


@settings(max_examples=20, deadline=None)
@given(st.sets(st.sampled_from(["neural", "symbolic", "hybrid"]), min_size=1))
def test_a_page_is_made_of_whatever_rows_there_are(experts: set[str]) -> None:
    assert page([r for r in answered(40) if r.expert in experts], FACTS).startswith("# Neural")


def test_the_search_is_told_by_mode_the_worst_first() -> None:
    wrong = {"nominal": 0.99, LEAK: 0.01}
    bias = "fuel tank pressure sensor: bias"
    rows = [
        row("symbolic", id="a", truth=(bias,), group=(bias,), kind="sensor", posterior={bias: 1.0}),
        row("symbolic", id="b", posterior=wrong),
        row("symbolic", id="c", truth=(), group=(), kind="nominal", posterior={"nominal": 1.0}),
    ]
    told = search(rows)
    modes = told[told.index("| mode, familiar") :].splitlines()[2:5]
    assert [line.split(" | ")[0].strip("| ") for line in modes] == ["leak", "sensor: bias", "nominal"]


def test_no_expert_asks_the_judge() -> None:
    """Truth and score are for those who examine; nothing that answers may import them."""
    root = Path(__file__).parents[2]
    for folder in ("vertical", "physics", "models", "router"):
        for path in (root / folder).rglob("*.py"):
            if "examination" in path.parts or path == root / "vertical" / "cli" / "bench.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not any("hotfire.examination" in n for n in names), path
