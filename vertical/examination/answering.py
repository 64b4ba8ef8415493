"""Who answers a case, and what it took: the small model, the search, both behind the router, or the symptoms alone."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hotfire.examination.cases import ExamCase, stand
from hotfire.examination.journal import Journal
from hotfire.examination.rows import Asked, Row, from_answer
from hotfire.experts.case import ExpertCase
from hotfire.experts.check import PhysicsChecker
from hotfire.experts.neural import NeuralExpert
from hotfire.experts.routing import ROUTING, Routing
from hotfire.experts.scores import FAMILIAR, OF_TRAINING, Familiar, Scores
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.experts.texts import pooled
from hotfire.models.runtime import SmallModel
from hotfire.router.claims import RIVAL, examine
from hotfire.router.controller import Controller
from hotfire.router.experts import Answer, Checked
from hotfire.router.ledger import Cost, metered

__all__ = ["EXPERTS", "MASKED", "Panel"]

EXPERTS = ("neural", "symbolic", "hybrid", "symptoms")
"""Who can be asked: `symptoms` holds the description alone against what each fault would show, without a search."""
MASKED = "names masked"
"""Risk by scores of a model that is not told what engine it is, beside the check of the claim and its rivals."""
_NEVER = 0.0
"""Budget with which no case goes to the search."""


class Panel:
    """The experts that are examined.

    Attributes:
        experts: Their names.
        journal: The search.
        provider: What the model runs on: `cuda` or `cpu`; "" where it is not asked.
    """

    def __init__(self, experts: tuple[str, ...], model: Path, provider: str, journal: Journal) -> None:
        """Take the experts.

        Args:
            experts: Which of `EXPERTS`.
            model: Folder of the small model.
            provider: What it runs on.
            journal: The search.

        Raises:
            HotfireError: If a model is needed and there is none, or a router and it is not calibrated.
        """
        self.experts, self.journal = experts, journal
        self.provider = ""
        self._physics = SymbolicExpert()
        self._controller: Controller[ExpertCase] | None = None
        if {"neural", "hybrid"} & set(experts):
            self.neural = NeuralExpert(SmallModel(model, provider=provider))
            self.provider = self.neural.model.provider
            self._familiar = Familiar.read(model / FAMILIAR)
            self._scores = Scores(self._familiar)
            self._checker = PhysicsChecker()
        if "hybrid" in experts:
            self._controller = self._router(Routing.read(model / ROUTING))

    def _router(self, routing: Routing) -> Controller[ExpertCase]:
        """The router as it is used, but that it audits nothing: an audit is not part of an answer."""
        names = routing.combination.names
        scores = Scores(self._familiar if OF_TRAINING & set(names) else None, names)
        own = (self._checker, scores, routing.combination, routing.promise)
        return Controller(self.neural, self.journal, *own, usual=1.0, audited=0.0)

    def rows(self, told: Asked, case: ExamCase, *, searched: bool) -> Iterator[Row]:
        """Yield the rows of a case that a log describes.

        Args:
            told: The case as rows tell it.
            case: With what experts on physics see.
            searched: Whether the search, and what needs it, answers as well.
        """
        assert case.observed is not None
        if {"neural", "hybrid"} & set(self.experts):
            yield from self._learnt(told, case.observed, searched=searched)
        if searched and {"symbolic", "hybrid"} & set(self.experts):
            self.journal.at(told.id).answer(case.observed, {})
            self.journal.keep(told, case)
            yield self.journal.row(told)
        if searched and "symptoms" in self.experts:
            yield _by_symptoms(told, case.observed)

    def told(self, told: Asked, case: ExamCase) -> Iterator[Row]:
        """Yield the rows of a case that an operator tells of.

        Nothing was measured, so no claim is checked: the physics is that of the symptoms, and both is their pool. Where
        nothing was understood, the physics has nothing to add to the model.
        """
        quick = sure = None
        if {"neural", "hybrid"} & set(self.experts):
            quick = self.neural.read(case.description, case.hypotheses)
            yield from_answer(told, quick, neural_cpu=quick.cost.cpu)
        if {"symbolic", "hybrid"} & set(self.experts):
            own = ExpertCase(stand(case.engine)[0], case.description, None, (), case.hypotheses)
            silent = quick is not None and not case.description.symptoms
            sure = quick if silent else self._physics.answer(own, {})
        if sure is not None:
            yield from_answer(told, replace(sure, expert="symbolic"), solver_cpu=sure.cost.cpu)
        if quick is not None and sure is not None and "hybrid" in self.experts:
            both = pooled(quick, sure)
            yield from_answer(told, replace(both, expert="hybrid", cost=quick.cost + sure.cost))

    def _learnt(self, told: Asked, case: ExpertCase, *, searched: bool) -> Iterator[Row]:
        """The model's answer with the check of its claim, and the hybrid's where the case is searched."""
        if self._controller is None:
            answer = self.neural.answer(case)
            with metered() as meter:
                examined = examine(self._checker, case, answer)
                scores = {**self._scores(case, answer, examined.check), RIVAL: examined.rival}
            agrees = examined.check.agrees
            yield from_answer(
                told, answer, agrees=agrees, scores=scores, **_parts(answer, examined.cost, meter.cost)
            )
            return
        self.journal.at(told.id)
        before, start = time.process_time(), time.perf_counter()
        routed = self._controller.route(case, budget=math.inf if searched else _NEVER)
        spent, passed = time.process_time() - before, time.perf_counter() - start
        assert routed.learnt is not None
        parts = _parts(routed.learnt, routed.checking, routed.costs["router"])
        # Scores that the router does not weigh are examined as well, but are no part of what it takes.
        scores = {**self._scores(case, routed.learnt, routed.check), **routed.scores}
        scores[MASKED] = self._controller.combination.risk_of({**scores, **self._masked(case, routed.check)})
        found = {"agrees": routed.check.agrees, "scores": scores, "risk": routed.risk, **parts}
        yield from_answer(told, routed.learnt, **found)
        if searched:
            search = routed.costs.get(self.journal.name, Cost())
            # What was read and not worked out here takes its recorded time as well.
            read = search if self.journal.knows(told.id) else Cost()
            whole = sum(routed.costs.values(), Cost())
            cost = replace(whole, wall=passed + read.wall, cpu=spent + read.cpu)
            answer = Answer(routed.answer.posterior, "hybrid", cost=cost)
            yield from_answer(told, answer, **found, route=routed.route, solver_cpu=search.cpu)

    def _masked(self, case: ExpertCase, check: Checked) -> Mapping[str, float]:
        """The same scores where the model is not told the engine's cycle, propellants and hardware.

        What the router sees of an error must not be that it knows the engine by its name.
        """
        nameless = replace(case.description, cycle="", propellants=("", ""), hardware=())
        own = replace(case, description=nameless)
        return self._scores(own, self.neural.answer(own), check)


def _parts(answer: Answer, checks: Cost, router: Cost) -> dict[str, Any]:
    """Parts of what the router took: the model, the checks of its claim and the rivals, and the rest."""
    return {
        "neural_cpu": answer.cost.cpu,
        "check_cpu": checks.cpu,
        "router_cpu": router.cpu - checks.cpu,
        "check_solves": checks.solves,
    }


def _by_symptoms(told: Asked, case: ExpertCase) -> Row:
    from hotfire.experts.described import by_symptoms, departing  # builds a rig for each engine

    table, _ = departing(case.engine)  # what an engine's faults show is worked out once, before any case
    with metered() as meter:
        posterior = by_symptoms(case.description, table, case.hypotheses)
    return from_answer(told, Answer(posterior, "symptoms", cost=meter.cost))
