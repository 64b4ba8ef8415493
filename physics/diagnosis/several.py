"""Fitting several faults at once, and whether the log asks for each of them: what pairs and triples share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation, Point
from hotfire.physics.diagnosis.hypotheses import Course
from hotfire.physics.diagnosis.refit import Fit, advance

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = [
    "BEHIND",
    "asked_for",
    "best_of_each",
    "fewer_again",
    "fitted",
    "leaders_of",
    "out_of_reach",
    "without_one",
]

_ROUNDS = ((2, 16), (3, 6), (6, 0))
"""Gauss-Newton steps of each round, and how many of the fits go on to the next."""
BEHIND = 20.0
"""How far behind the best one a fit may be to go on, in nats; farther where even the best fits badly."""
_AGAIN = 6
"""Gauss-Newton steps of fewer faults from where more were fitted."""
_ASKED = 3.0
"""Nats by which several faults must beat fewer of them with others that show nothing."""
_LEFT = 0.25
"""Chi-square per feature that even the truth leaves."""
_BEST, _HOPE = 3, 10.0
"""Sets of faults that are fitted again with one fault less, and nats by which they may be behind the best."""


def out_of_reach(search: Search, count: int, shares: FloatArray, best: Explanation) -> bool:
    """Say whether the best explanation leaves less than so many faults cost.

    Args:
        search: For the number of features.
        count: Of the faults.
        shares: Log of the prior of each fault that may be one of them.
        best: Explanation by fewer faults.
    """
    return best.log_evidence > count * float(shares.max()) - 0.5 * _LEFT * search.freedom


def leaders_of(weighed: Sequence[Explanation], count: int, most: int) -> list[Explanation]:
    """Return the best fitted course of each of the likeliest sets of so many faults, which one more is added to."""
    leaders: dict[str, Explanation] = {}
    for e in sorted(weighed, key=lambda e: -e.log_evidence):
        if e.course is not None and len(e.courses) == count and e.point is not None and len(leaders) < most:
            leaders.setdefault(e.course.key, e)
    return list(leaders.values())


def fitted(search: Search, fits: Sequence[Fit], least: float = -np.inf) -> list[Fit]:
    """Fit in rounds, those that get on to the end; components that fail in turn do not compete with other faults.

    Args:
        search: For the model and the scatter.
        fits: As begun.
        least: Log of the evidence that a fit must promise to go on.
    """
    in_turn = [f for f in fits if _in_turn(search, f)]
    if in_turn and len(in_turn) < len(fits):
        others = [f for f in fits if not _in_turn(search, f)]
        return [*fitted(search, others, least), *fitted(search, in_turn, least)]
    aside: list[Fit] = []
    for steps, count in _ROUNDS:
        fits, left = _ahead(search, advance(search, fits, steps), count)
        aside += left + [f for f in fits if count and _promised(f) < least]
        fits = [f for f in fits if not count or _promised(f) >= least]
    return [*fits, *aside]


def _in_turn(search: Search, fit: Fit) -> bool:
    course = fit.explanation.course
    return course is not None and search.in_turn(course)


def best_of_each(fits: Sequence[Fit]) -> list[Fit]:
    """Of several fits of one course, the best."""
    best: dict[object, Fit] = {}
    for fit in sorted(fits, key=lambda f: -f.outcome.log_evidence):
        best.setdefault(fit.explanation.course, fit)
    return list(best.values())


def _ahead(search: Search, fits: Sequence[Fit], count: int) -> tuple[list[Fit], list[Fit]]:
    """Split fits into those that go on and the rest; all go on for 0."""
    if not count or not fits:
        return list(fits), []
    order = sorted(fits, key=lambda f: -_promised(f))
    best = order[0].outcome
    behind = BEHIND + max(best.chi_square - search.freedom, 0.0)
    cut = sum(_promised(f) > best.log_evidence - behind for f in order[:count])
    return order[:cut], order[cut:]


def _promised(fit: Fit) -> float:
    """Log of the evidence as the last linearisation promises it."""
    return fit.result.log_evidence if fit.result else -np.inf


def fewer_again(
    search: Search, found: Sequence[Explanation], known: Sequence[Explanation]
) -> list[Explanation]:
    """Fit the likeliest sets of faults with one fault less from where they were fitted.

    A fit that was stuck beside a kink (a venturi that begins to cavitate) finds its way with another fault's help, and
    that fault would get the credit.

    Returns:
        What was known, each course as well as it can be explained, and pairs that were not.
    """
    fewer = [Fit(e, e.point) for e in without_one(found) if e.point is not None]
    best = {e.course: e for e in known}
    for fit in advance(search, fewer, _AGAIN):
        again, course = fit.outcome, fit.explanation.course
        before = best.get(course, again if len(again.courses) == 1 else None)
        if fit.result is not None and (before is None or again.log_evidence > before.log_evidence):
            best[course] = again
    return list(best.values())


def without_one(found: Sequence[Explanation]) -> list[Explanation]:
    """Return the likeliest sets of faults without each of their faults, its point where they were fitted."""
    best = sorted((e for e in found if e.point is not None), key=lambda e: -e.log_evidence)[:_BEST]
    return [
        _without(e, i)
        for e in best
        if e.log_evidence > best[0].log_evidence - _HOPE
        for i in range(len(e.courses))
    ]


def _without(explanation: Explanation, i: int) -> Explanation:
    """Several faults but one, where all were fitted."""
    point = explanation.point
    assert point is not None
    kept = [k for k in range(len(explanation.courses)) if k != i]
    first, *others = (explanation.courses[k] for k in kept)
    own = Point(point.tolerances, tuple(point.places[k] for k in kept), tuple(point.shifts[k] for k in kept))
    spreads = [explanation.spreads[k] for k in kept]
    sizes, weights = spreads[0]
    return replace(
        explanation,
        course=first.beside(others),
        sizes=sizes,
        weights=weights,
        beside=tuple(spreads[1:]),
        point=own,
    )


def asked_for(search: Search, found: Explanation, fewer: Sequence[Explanation]) -> bool:
    """Say whether the log asks for all of several faults: more than for fewer, that of the others paid in vain.

    Args:
        search: For the prior.
        found: Several faults.
        fewer: Explanations by fewer of them, and by the sound engine, among others.
    """
    best: dict[str, float] = {}
    for e in fewer:
        name = e.course.key if e.course else NOMINAL
        best[name] = max(best.get(name, -np.inf), e.log_evidence)
    nothing = best.get(NOMINAL, -np.inf) - search.log_share(None)
    for count in range(1, len(found.courses)):
        for first, *others in combinations(found.courses, count):
            some: Course = first.beside(others)
            nothing = max(nothing, best.get(some.key, -np.inf) - search.log_share(some))
    return found.log_evidence - search.log_share(found.course) > nothing + _ASKED
