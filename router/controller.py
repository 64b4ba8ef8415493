"""Answer, check, or hand over.

The learnt expert answers. Its claim is checked against the case, and where it holds, so are its likeliest rivals. A
claim that fails the check, and a case whose risk lies above the threshold, go to the sure expert, which starts from
the learnt one's ranking. A small share of trusted answers goes there anyway, so that the promise can be audited in use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np

from hotfire.router.claims import RIVAL, examine
from hotfire.router.combination import Combination
from hotfire.router.experts import Answer, Checked, Checker, LearntExpert, SureExpert
from hotfire.router.ledger import Cost, Ledger, metered
from hotfire.router.thresholds import Promise

__all__ = ["Controller", "Routed", "Scorer"]

Case = TypeVar("Case")
Scorer = Callable[[Any, Answer, Checked], Mapping[str, float]]
"""Scores of a case with its learnt answer and the check of it; higher is stranger."""

AUDITED = 0.02
"""Share of trusted answers that the sure expert answers as well."""


@dataclass(frozen=True)
class Routed:
    """An answer with how it came about.

    Attributes:
        answer: The answer.
        route: `trusted`, `checked_out` (the check failed), `strange` (the risk is above the threshold) or
            `unaffordable` (it should have gone to the sure expert, but the budget did not allow it).
        risk: Probability that the learnt expert errs.
        check: The check of its claim.
        reason: One sentence.
        audit: Answer of the sure expert beside a trusted one; None without.
        costs: What it took, by the names of the experts, `router` and `audit`.
        learnt: What the learnt expert answered, trusted or not.
        scores: Of strangeness, by name.
        checking: What checks of the claim and its rivals took, a part of `router`.
    """

    answer: Answer
    route: str
    risk: float
    check: Checked
    reason: str
    audit: Answer | None = None
    costs: Mapping[str, Cost] = field(default_factory=dict)
    learnt: Answer | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    checking: Cost = field(default_factory=Cost)


class Controller(Generic[Case]):
    """Routes cases between two experts."""

    def __init__(
        self,
        learnt: LearntExpert[Case],
        sure: SureExpert[Case],
        checker: Checker[Case],
        scorer: Scorer,
        combination: Combination,
        promise: Promise,
        *,
        usual: float = 0.0,
        audited: float = AUDITED,
        seed: int = 0,
    ) -> None:
        """Take the experts, and how cases are routed between them.

        Args:
            learnt: Answers at once.
            sure: Works answers out.
            checker: Holds claims against cases.
            scorer: How strange a case is.
            combination: One risk from its scores.
            promise: The threshold of the risk.
            usual: Processor time in s that the sure expert takes as a rule; its first answer here takes its place.
            audited: Share of trusted answers that the sure expert answers as well.
            seed: Of the choice of these.
        """
        self.learnt, self.sure, self.checker, self.scorer = learnt, sure, checker, scorer
        self.combination, self.promise = combination, promise
        self.ledger = Ledger()
        self._usually = usual
        self._audited, self._random = audited, np.random.default_rng(seed)

    def route(self, case: Case, *, budget: float = float("inf")) -> Routed:
        """Answer one case.

        Args:
            case: The case.
            budget: Processor time in s that may be spent on the sure expert; less than it usually takes means that the
                learnt answer is given with its doubt.
        """
        quick = answer = self.learnt.answer(case)
        with metered() as meter:
            examined = examine(self.checker, case, quick)
            check = examined.check
            scores = {**self.scorer(case, quick, check), RIVAL: examined.rival}
            risk = self.combination.risk_of(scores)
            meter.count(solves=examined.cost.solves)
        costs = {self.learnt.name: quick.cost, "router": meter.cost}
        route, reason = self._decide(check, risk, scores)
        audit = None
        if route == "trusted":
            audit = self._audit(case, quick)
            costs |= {} if audit is None else {"audit": audit.cost}
        elif budget < self._usual():
            route, reason = "unaffordable", f"{reason}; the budget does not allow the sure expert"
        else:
            answer = self.sure.answer(case, quick.posterior)
            costs[self.sure.name] = answer.cost
            answer = replace(answer, cost=quick.cost + meter.cost + answer.cost)
        for account, cost in costs.items():
            self.ledger.enter(account, cost)
        return Routed(answer, route, risk, check, reason, audit, costs, quick, scores, examined.cost)

    def _decide(self, check: Checked, risk: float, scores: Mapping[str, float]) -> tuple[str, str]:
        """Choose the route and say why."""
        if not check.agrees:
            return (
                "checked_out",
                f"the claim does not explain the case: {check.words or f'misfit {check.misfit:.2g}'}",
            )
        if risk <= self.promise.threshold:
            return (
                "trusted",
                f"the claim explains the case, and the risk of {risk:.1%} is within the threshold",
            )
        name, _ = self.combination.reasons(scores)[0]
        return "strange", (
            f"the risk of {risk:.1%} is above the threshold of {self.promise.threshold:.1%}, most of it by "
            f"{name.replace('_', ' ')}"
        )

    def _audit(self, case: Case, quick: Answer) -> Answer | None:
        if self._random.random() >= self._audited:
            return None
        return self.sure.answer(case, quick.posterior)

    def _usual(self) -> float:
        """Processor time in s that the sure expert has taken on average; before its first answer as a rule."""
        count = self.ledger.entries(self.sure.name)
        return self.ledger.total(self.sure.name).cpu / count if count else self._usually
