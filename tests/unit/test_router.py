"""The router: thresholds that keep their promise, scores that notice a shift, and a second domain where it pays off."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.router.claims import RIVAL, examine
from hotfire.router.combination import Combination
from hotfire.router.controller import Controller, Routed
from hotfire.router.experts import Answer, Checked
from hotfire.router.ledger import Cost, Ledger, Rates, metered
from hotfire.router.memory import CaseMemory
from hotfire.router.shift import Distances, energy, entropy
from hotfire.router.thresholds import Promise, learn_then_test, least_error, most_error


def _second_domain() -> Any:
    spec = importlib.util.spec_from_file_location(
        "hydraulic_loop", Path(__file__).parent.parent / "hydraulic_loop.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hydraulic_loop"] = module
    spec.loader.exec_module(module)
    return module


loop = _second_domain()


@pytest.mark.parametrize("trusted_only", [False, True])
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_the_promise_holds_over_many_calibrations(alpha: float, trusted_only: bool) -> None:
    """The learnt expert errs in a quarter of the cases; of 200 calibrations no more than delta may fail, and chance."""
    random = np.random.default_rng(7)

    def cases(count: int) -> tuple[np.ndarray, np.ndarray]:
        risk = random.beta(0.7, 2.0, count)
        return risk, random.random(count) < risk

    risk, wrong = cases(200_000)
    assert 0.2 < wrong.mean() < 0.3
    failed, delta, draws, coverage = 0, 0.1, 200, []
    for _ in range(draws):
        promise = learn_then_test(*cases(800), alpha=alpha, delta=delta, trusted_only=trusted_only)
        coverage.append(promise.coverage)
        trusted = risk <= promise.threshold
        if trusted.any():
            share = wrong[trusted].mean() if trusted_only else (trusted & wrong).mean()
            failed += bool(share > alpha)
    assert least_error(failed, draws, 0.025) <= delta
    assert np.mean(coverage) > 0.05


@given(st.integers(0, 50), st.integers(1, 50), st.floats(0.01, 0.3))
def test_bounds_hold_the_share_that_was_seen(mistakes: int, more: int, delta: float) -> None:
    count = mistakes + more
    assert least_error(mistakes, count, delta) <= mistakes / count <= most_error(mistakes, count, delta)


def test_no_threshold_where_nothing_can_be_promised() -> None:
    promise = learn_then_test([0.1] * 50, [True] * 50, alpha=0.05, delta=0.1)
    assert promise.threshold == -np.inf
    assert promise.coverage == 0.0


@pytest.mark.parametrize(
    ("risk", "wrong", "alpha"),
    [([], [], 0.1), ([0.1], [True, False], 0.1), ([0.1], [True], 0.0), ([0.1], [True], 1.0)],
)
def test_calibrations_that_make_no_sense_are_refused(
    risk: list[float], wrong: list[bool], alpha: float
) -> None:
    with pytest.raises(ValueError, match=r"calibration|between 0 and 1"):
        learn_then_test(risk, wrong, alpha=alpha, delta=0.1)


def test_distances_notice_what_was_not_seen() -> None:
    random = np.random.default_rng(3)
    known = np.concatenate([random.normal(c, 1.0, (200, 6)) for c in (-3.0, 3.0)])
    labels = ["a"] * 200 + ["b"] * 200
    distances = Distances.fit(known, labels)
    usual, strange = (
        random.normal(3.0, 1.0, (100, 6)),
        random.normal(0.0, 1.0, (100, 6)) * np.array([8, 1, 1, 1, 1, 1]),
    )
    for score in (distances.mahalanobis, distances.neighbours):
        assert np.median(score(strange)) > np.quantile(score(usual), 0.9)
    assert distances.relative(usual).shape == (100,)


def test_a_distance_is_that_of_the_textbook() -> None:
    random = np.random.default_rng(8)
    known, strange = random.normal(size=(60, 4)) * np.array([1, 2, 3, 4]), random.normal(size=(5, 4))
    distances = Distances.fit(known, ["a"] * 30 + ["b"] * 30)
    for point, found in zip(strange, distances.mahalanobis(strange), strict=True):
        own = [(point - mean) @ distances.precision @ (point - mean) for mean in distances.means]
        assert found == pytest.approx(min(own))
    away = strange[0] - distances.mean
    least = distances.mahalanobis(strange)[0]
    assert distances.relative(strange)[0] == pytest.approx(least - away @ distances.precision_of_all @ away)


def test_energy_and_entropy_rise_with_doubt() -> None:
    logits = np.array([[9.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    assert energy(logits)[0] < energy(logits)[1]
    assert entropy(np.array([[1.0, 0.0], [0.5, 0.5]])) == pytest.approx([0.0, np.log(2.0)], abs=1e-9)


def test_a_combination_is_better_than_its_parts_and_calibrated() -> None:
    random = np.random.default_rng(5)
    one, other = random.normal(size=(2, 4000))
    wrong = random.random(4000) < 1.0 / (1.0 + np.exp(2.0 - 1.5 * one - 1.5 * other))
    combination = Combination.fit({"one": one, "other": other}, wrong)
    risk = combination.risk({"one": one, "other": other})

    def separation(score: np.ndarray) -> float:
        rank = np.argsort(np.argsort(score))
        return float((rank[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum())

    assert separation(risk) > max(separation(one), separation(other)) + 0.05
    high = risk > 0.5
    assert risk[high].mean() == pytest.approx(wrong[high].mean(), abs=0.08)
    assert combination.reasons({"one": 9.0, "other": -9.0})[0][0] == "one"
    for own in ({"one": a, "other": b} for a, b in zip([*one[:20], np.nan, np.inf], other[:22], strict=True)):
        assert combination.risk_of(own) == pytest.approx(
            combination.risk({n: [v] for n, v in own.items()})[0]
        )


def test_costs_add_up_by_account() -> None:
    ledger = Ledger(Rates(cpu_hour=3600.0, model_call=0.5))
    with metered() as meter:
        meter.count(model_calls=2, solves=3)
    assert (meter.cost.model_calls, meter.cost.solves) == (2, 3)
    ledger.enter("learnt", Cost(wall=1.0, cpu=2.0, peak_memory=10, model_calls=1))
    ledger.enter("learnt", Cost(wall=1.0, cpu=1.0, peak_memory=30, model_calls=1))
    ledger.enter("sure", Cost(cpu=4.0, solves=7))
    assert ledger.total("learnt") == Cost(2.0, 3.0, 30, 2, 0)
    assert ledger.bill()["learnt"]["price"] == pytest.approx(3.0 + 1.0)
    assert ledger.bill()["total"]["cpu"] == 7.0
    assert ledger.bill()["total"]["price"] == pytest.approx(
        sum(ledger.bill()[a]["price"] for a in ("learnt", "sure"))
    )
    assert Rates(cpu_hour=0.0, training=100.0, calls=50).price(Cost(model_calls=3)) == pytest.approx(6.0)


def test_memory_keeps_the_last_answer_of_a_case(tmp_path: Path) -> None:
    memory = CaseMemory(tmp_path / "new" / "cases.sqlite")
    for answer in ({"a": 0.4, "b": 0.6}, {"a": 1.0}):
        memory.keep("case-1", {"readings": [1.0, 2.0]}, answer, expert="solver", route="strange")
    again = CaseMemory(tmp_path / "new" / "cases.sqlite")
    assert len(again) == 1
    assert list(again) == [({"readings": [1.0, 2.0]}, {"a": 1.0})]


class _Fixed:
    """An expert whose answers are given."""

    def __init__(self, name: str, posterior: dict[str, float], cpu: float) -> None:
        self.name, self._posterior, self._cpu = name, posterior, cpu
        self.hints: dict[str, float] = {}

    def answer(self, case: float, hints: Any = None) -> Answer:
        self.hints = dict(hints or {})
        return Answer(self._posterior, self.name, np.array([case]), cost=Cost(cpu=self._cpu))


class _Limit:
    def check(self, case: float, claim: str) -> Checked:
        return Checked(case < 10.0, case / 10.0, f"{claim} at {case:g}")


def _controller(threshold: float, audited: float = 0.0) -> Controller[float]:
    scores = np.linspace(0.0, 1.0, 101)
    combination = Combination.fit({"size": scores.tolist()}, (scores > 0.5).tolist())
    promise = Promise(threshold, 0.05, 0.1, 101, 0.5, 0.0)
    learnt, sure = _Fixed("learnt", {"a": 0.7, "b": 0.3}, 0.001), _Fixed("sure", {"b": 1.0}, 2.0)
    return Controller(
        learnt, sure, _Limit(), lambda case, _a, _c: {"size": case}, combination, promise, audited=audited
    )


@pytest.mark.parametrize(
    ("case", "route", "expert"),
    [(0.1, "trusted", "learnt"), (0.9, "strange", "sure"), (12.0, "checked_out", "sure")],
)
def test_routes(case: float, route: str, expert: str) -> None:
    controller = _controller(0.3)
    routed = controller.route(case)
    assert (routed.route, routed.answer.expert) == (route, expert)
    assert routed.reason
    if expert == "sure":
        assert controller.sure.hints == {"a": 0.7, "b": 0.3}  # type: ignore[attr-defined]
        assert routed.answer.cost.cpu > 2.0


class _Known:
    """Agrees with what it is told to agree with."""

    def __init__(self, *agreeing: str) -> None:
        self._agreeing, self.asked = agreeing, list[str]()

    def check(self, case: float, claim: str) -> Checked:
        self.asked.append(claim)
        return Checked(claim in self._agreeing, 0.5, cost=Cost(cpu=1.0, solves=3))


@pytest.mark.parametrize(
    ("agreeing", "asked", "rival"),
    [
        (("a",), ["a", "b", "c"], 0.0),
        (("a", "b"), ["a", "b", "c"], 0.5),
        (("a", "c"), ["a", "b", "c"], 0.3),
        (("b", "c"), ["a"], 0.0),
    ],
)
def test_rivals_are_held_against_a_case_that_the_claim_explains(
    agreeing: tuple[str, ...], asked: list[str], rival: float
) -> None:
    checker = _Known(*agreeing)
    answer = Answer({"d": 0.02, "c": 0.15, "a": 0.5, "b": 0.25, "e": 0.08}, "learnt")
    examined = examine(checker, 0.0, answer, 2)
    assert checker.asked == asked
    assert examined.rival == pytest.approx(rival)
    assert examined.check.agrees == ("a" in agreeing)
    assert tuple(examined.rivals) == tuple(asked[1:])
    assert examined.cost.solves == 3 * len(asked)


def test_the_doubt_by_rivals_is_one_of_the_scores() -> None:
    combination = Combination.fit({RIVAL: [0.0] * 50 + [0.9] * 50}, [False] * 50 + [True] * 50)
    promise = Promise(0.5, 0.05, 0.1, 100, 0.5, 0.0)
    learnt, sure = _Fixed("learnt", {"a": 0.7, "b": 0.3}, 0.001), _Fixed("sure", {"b": 1.0}, 2.0)
    routes = [
        Controller(learnt, sure, _Known(*known), lambda *_: {}, combination, promise).route(0.0).route
        for known in (("a",), ("a", "b"))
    ]
    assert routes == ["trusted", "strange"]


def test_what_cannot_be_paid_is_not_bought() -> None:
    controller = _controller(0.3)
    controller.route(0.9)
    routed = controller.route(0.9, budget=0.5)
    assert (routed.route, routed.answer.expert) == ("unaffordable", "learnt")
    assert controller.ledger.entries("sure") == 1


def test_some_trusted_answers_are_audited() -> None:
    controller = _controller(0.3, audited=0.2)
    audits = sum(controller.route(0.1).audit is not None for _ in range(300))
    assert 30 <= audits <= 90
    assert controller.ledger.entries("audit") == audits


def test_a_loop_of_oil_is_routed_like_anything_else() -> None:
    """Real solver, real faults, trained classifier: the hybrid is nearly as good as the better expert, and cheaper."""
    random = np.random.default_rng(2)
    training = [loop.draw(random) for _ in range(1500)]
    classifier = loop.Classifier([c for c, _ in training], [y for _, y in training])
    solver = loop.Solver()
    distances = Distances.fit(np.stack([loop.features(c) for c, _ in training]), [y for _, y in training])

    def scores(case: Any, answer: Answer, check: Checked) -> dict[str, float]:
        return {
            "distance": float(distances.neighbours(answer.features[None])[0]),
            "doubt": 1.0 - answer.confidence,
            "misfit": check.misfit,
        }

    def judged(cases: list[tuple[Any, str]]) -> tuple[dict[str, list[float]], list[bool], list[bool]]:
        found: dict[str, list[float]] = {"distance": [], "doubt": [], "misfit": []}
        wrong, agrees = [], []
        for case, truth in cases:
            answer = classifier.answer(case)
            check = solver.check(case, answer.best)
            for name, value in scores(case, answer, check).items():
                found[name].append(value)
            wrong.append(answer.best != truth)
            agrees.append(check.agrees)
        return found, wrong, agrees

    mixed = [loop.draw(random, strange=bool(random.random() < 0.3)) for _ in range(500)]
    found, wrong, _ = judged(mixed[:250])
    assert np.mean(wrong) > 0.1
    combination = Combination.fit(found, wrong)
    found, wrong, agrees = judged(mixed[250:])
    risk = np.where(agrees, combination.risk(found), np.inf)
    promise = learn_then_test(risk.tolist(), wrong, alpha=0.1, delta=0.1)
    assert promise.coverage > 0.3
    controller: Controller[Any] = Controller(
        classifier, solver, solver, scores, combination, promise, audited=0.0
    )
    fresh = [loop.draw(random, strange=k % 3 == 0) for k in range(240)]
    routed: list[Routed] = [controller.route(case) for case, _ in fresh]
    truths = [truth for _, truth in fresh]

    def right(answers: list[str]) -> float:
        return float(np.mean([a == t for a, t in zip(answers, truths, strict=True)]))

    alone = right([classifier.answer(c).best for c, _ in fresh])
    sure = right([solver.answer(c, {}).best for c, _ in fresh])
    hybrid = right([r.answer.best for r in routed])
    trusted = [r.route == "trusted" for r in routed]
    assert alone < sure - 0.1
    assert hybrid > sure - 0.05
    assert 0.2 < np.mean(trusted) < 0.9
    strange = np.array([k % 3 == 0 for k in range(240)])
    assert np.mean(np.array(trusted)[strange]) < 0.5 * np.mean(np.array(trusted)[~strange])
    solved = controller.ledger.total("solver").solves
    assert solved < 0.8 * 240 * 40 * (len(loop.FAULTS) + 1)
