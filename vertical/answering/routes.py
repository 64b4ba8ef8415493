"""Who answers for a log: the search, the small model, or whom of them the router trusts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hotfire.experts.asked import MOST_FAULTS, Asked
from hotfire.experts.measuring import MOST, measured
from hotfire.experts.searching import Found, search_log
from hotfire.log import Note
from hotfire.observing.sighting import Sighting
from hotfire.physics.errors import HotfireError
from hotfire.router.ledger import Cost, metered

if TYPE_CHECKING:
    from hotfire.experts.case import SightedCase
    from hotfire.router.experts import Answer, Checked

__all__ = ["Answered", "answered"]

_MODELS = (
    "the probabilities are the small model's, that of its first answer shared with what the sensors cannot tell from "
    "it; the physics measured sizes and onsets among these alone"
)


@dataclass(frozen=True, eq=False)
class Answered:
    """An answer for a log, with how it came about.

    Attributes:
        found: Hypotheses with sizes and onsets.
        expert: Whose the probabilities are: `symbolic` or `neural`.
        route: As in `hotfire.router.controller.Routed`; `no_model` where none could be asked, "" where one expert
            was asked by name.
        reason: Of the route.
        risk: Probability that the model errs; None where nothing was routed.
        remarks: What the reader must know of it.
        notes: What could not be done as asked.
        costs: By `shared` (describing the log for the model), `neural`, `router` and `expert`.
    """

    found: Found
    expert: str = "symbolic"
    route: str = ""
    reason: str = ""
    risk: float | None = None
    remarks: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    costs: Mapping[str, Cost] = field(default_factory=dict)


def answered(seen: Sighting, asked: Asked, *, rivals: int = 0) -> Answered:
    """Have a log answered.

    Args:
        seen: With features.
        asked: Which expert, and how.
        rivals: Hypotheses that are weighed at least, whoever answers: what a certificate has to reject.

    Raises:
        HotfireError: If a model is asked for by name and there is none.
    """
    if asked.expert == "symbolic" or asked.faults != MOST_FAULTS:
        return _by_search(seen, asked.faults)
    if asked.expert == "neural":
        return _by_model(seen, asked, rivals)
    return _by_router(seen, asked, rivals)


def _by_search(seen: Sighting, faults: int = MOST_FAULTS) -> Answered:
    with metered() as meter:
        found = search_log(seen, most=faults)
        meter.count(solves=found.solves)
    return Answered(found, costs={"expert": meter.cost})


def _by_model(seen: Sighting, asked: Asked, rivals: int) -> Answered:
    """The model's answer, with the check of its claim, whatever that says."""
    from hotfire.experts.check import PhysicsChecker
    from hotfire.experts.loading import neural_expert

    with metered() as loading:
        expert = neural_expert(asked.model, asked.provider)
    case, describing = _described(seen)
    answer = expert.answer(case)
    check = PhysicsChecker().check(case, answer.best)
    costs = {"shared": describing, "neural": loading.cost + answer.cost, "router": check.cost}
    return _claimed(case, answer, check, costs, rivals=rivals)


def _by_router(seen: Sighting, asked: Asked, rivals: int) -> Answered:
    """The model's answer where the router trusts it, or cannot afford the search; that of the search elsewhere."""
    from hotfire.experts.loading import log_router

    try:
        with metered() as loading:
            controller = log_router(asked.model, asked.provider)
    except HotfireError as error:
        if asked.model is not None or asked.provider == "cuda":  # asked for by name, it is not passed over
            raise
        return _without_model(seen, error)
    case, describing = _described(seen)
    routed = controller.route(case, budget=math.inf if asked.budget is None else asked.budget)
    costs = {
        "shared": describing,
        "neural": loading.cost + routed.costs[controller.learnt.name],
        "router": routed.costs["router"],
    }
    if isinstance(routed.answer.evidence, Found):
        costs["expert"] = routed.costs[controller.sure.name]
        own = Answered(routed.answer.evidence, costs=costs)
    else:
        most = 1 if routed.route == "unaffordable" else MOST
        own = _claimed(case, routed.answer, routed.check, costs, most=most, rivals=rivals)
    if routed.audit is not None:
        audit = f"this trusted answer was audited: the search says {routed.audit.best}"
        costs = {**own.costs, "expert": own.costs["expert"] + routed.audit.cost}
        own = replace(own, remarks=(*own.remarks, audit), costs=costs)
    return replace(own, route=routed.route, reason=routed.reason, risk=routed.risk)


def _without_model(seen: Sighting, error: HotfireError) -> Answered:
    note = Note(
        "no_model",
        "warning",
        f"the small model could not be asked, the physics was searched: {error.what}",
        remedy=error.remedy,
    )
    return replace(_by_search(seen), route="no_model", reason=error.what, notes=(note,))


def _described(seen: Sighting) -> tuple[SightedCase, Cost]:
    """The case as the model gets it, and what that took."""
    from hotfire.experts.case import case_of_sighting

    with metered() as meter:
        case = case_of_sighting(seen)
    return case, meter.cost


def _claimed(
    case: SightedCase,
    answer: Answer,
    check: Checked,
    costs: Mapping[str, Cost],
    *,
    most: int = MOST,
    rivals: int,
) -> Answered:
    """The model's answer, `most` of its hypotheses measured; with what a check says of its claim."""
    with metered() as meter:
        found = measured(case, answer.posterior, most=most, rivals=rivals)
        meter.count(solves=found.solves)
    agrees = "agrees" if check.agrees else "does not agree"
    words = f"the physics check of its claim {agrees}: {check.words or f'misfit {check.misfit:.2g}'}"
    return Answered(found, "neural", remarks=(_MODELS, words), costs={**costs, "expert": meter.cost})
