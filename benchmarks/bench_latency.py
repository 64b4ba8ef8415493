"""What each piece of an answer takes, on the demo log: processor time, medians.

    pytest benchmarks/bench_latency.py --benchmark-columns=median,min,rounds --benchmark-sort=name

The head of the table says which engine it is and how long its case is: tokens (one a sensor), questions (one a fault
of hardware) and word pieces of the phrases. `test_answer` is what a user waits for: encoding, tokenising and network.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from itertools import count
from typing import Any

import pytest

import hotfire
from hotfire.experts.case import ExpertCase, SightedCase, case_of_log
from hotfire.experts.check import PhysicsChecker
from hotfire.experts.neural import NeuralExpert
from hotfire.experts.routing import ROUTING, Routing
from hotfire.experts.scores import WEIGHED, Scores
from hotfire.experts.searching import LogSearch
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.models.batch import collate
from hotfire.models.card import SHIPPED
from hotfire.models.encoding import encode
from hotfire.models.runtime import SmallModel
from hotfire.router.claims import examine
from hotfire.router.controller import Controller
from hotfire.router.experts import Answer, Checked

pytestmark = pytest.mark.benchmark(timer=time.process_time, disable_gc=True)
_ROUNDS = 200


@pytest.fixture(scope="module")
def case() -> SightedCase:
    log = resources.files("hotfire") / "data" / "demo.csv"
    return case_of_log(hotfire.read_log(str(log)), hotfire.load_engine("demo-engine"))


@pytest.fixture(scope="module")
def model() -> SmallModel:
    return SmallModel(provider="cpu")


@pytest.fixture(scope="module")
def answer(model: SmallModel, case: SightedCase) -> Answer:
    return NeuralExpert(model).answer(case)


@pytest.fixture(scope="module")
def check(case: SightedCase, answer: Answer) -> Checked:
    return PhysicsChecker().check(case, answer.best)


@pytest.fixture
def often(benchmark: Any, model: SmallModel, case: SightedCase) -> Callable[..., Any]:
    """Time something many times, under a head that says what the case is."""
    return lambda work: benchmark.pedantic(work, rounds=_ROUNDS, warmup_rounds=5)


@pytest.fixture(autouse=True)
def head(benchmark: Any, model: SmallModel, case: SightedCase) -> None:
    encoded = encode(case.description, case.hypotheses)
    pieces = collate([encoded], model.words).phrases
    benchmark.group = (
        f"{case.engine.name}: {len(encoded.places)} tokens, {len(encoded.faults)} questions, {(pieces > 0).sum()} word "
        f"pieces in {len(pieces) - 1} phrases; processor time"
    )


def test_encoding_and_tokenising(often: Callable[..., Any], model: SmallModel, case: SightedCase) -> None:
    """From a description to arrays."""
    often(lambda: collate([encode(case.description, case.hypotheses)], model.words))


def test_network(often: Callable[..., Any], model: SmallModel, case: SightedCase) -> None:
    """From arrays to logits."""
    batch = collate([encode(case.description, case.hypotheses)], model.words)
    often(lambda: model.logits(batch))


def test_answer(often: Callable[..., Any], model: SmallModel, case: SightedCase) -> None:
    """The whole answer of the small model."""
    expert = NeuralExpert(model)
    often(lambda: expert.answer(case))


def test_scores(often: Callable[..., Any], case: SightedCase, answer: Answer, check: Checked) -> None:
    """How strange the case is, by the scores that the router weighs."""
    scores = Scores(names=WEIGHED)
    often(lambda: scores(case, answer, check))


def test_router_decision(
    often: Callable[..., Any], case: SightedCase, answer: Answer, check: Checked
) -> None:
    """The controller with everything that it asks for at hand: risk, threshold, reason, ledger."""
    routing, scores = Routing.read(SHIPPED / ROUTING), Scores(names=WEIGHED)(case, answer, check)

    class Ready:
        name = "ready"

        def answer(self, _case: ExpertCase, _hints: object = None) -> Answer:
            return answer

        def check(self, _case: ExpertCase, _claim: str) -> Checked:
            return check

    ready = Ready()
    own = (routing.combination, routing.promise)
    controller: Controller[ExpertCase] = Controller(ready, ready, ready, lambda *_: scores, *own, audited=0.0)
    often(lambda: controller.route(case))


@pytest.mark.parametrize("windows", ["known", "new"])
def test_check(benchmark: Any, case: SightedCase, answer: Answer, windows: str) -> None:
    """One check of the model's claim; in new windows the signatures of the fault are worked out first."""
    assert case.observation is not None
    seen, rounds = case.observation, count(1)
    checker = PhysicsChecker()
    checker.check(case, answer.best)

    def prepared() -> tuple[tuple[ExpertCase, str], dict[str, Any]]:
        later = 0.0 if windows == "known" else 1e-12 * next(rounds)
        return (replace(case, observation=replace(seen, edges=seen.edges + later)), answer.best), {}

    benchmark.pedantic(checker.check, setup=prepared, rounds=20)


def test_claim_and_rivals(benchmark: Any, case: SightedCase, answer: Answer) -> None:
    """What the router checks: the claim and, where it holds, its likeliest rivals; signatures known."""
    checker = PhysicsChecker()
    benchmark.pedantic(lambda: examine(checker, case, answer), rounds=20, warmup_rounds=1)


def test_search(benchmark: Any, case: SightedCase) -> None:
    """One search of all faults over the windows of the log."""
    benchmark.pedantic(lambda: SymbolicExpert().answer(case, {}), rounds=2)


def test_search_as_diagnosed(benchmark: Any, case: SightedCase) -> None:
    """The same with all that a diagnosis is written from."""
    benchmark.pedantic(lambda: LogSearch().answer(case, {}), rounds=2)
