"""What a certificate states, at which points: the claimed hypothesis, the sound engine and the likeliest rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.values import StatedFault
from hotfire.physics.diagnosis.about import window_of
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation, Point, Weighed
from hotfire.physics.diagnosis.hypotheses import Course, size_at
from hotfire.physics.diagnosis.refit import Fit, advance, case_at
from hotfire.physics.diagnosis.search import Search

__all__ = ["RIVALS", "Chosen", "choose"]

RIVALS = 5
"""Most rivals that are stated, beside the claimed hypothesis and the sound engine."""
_FAULTS = 2
"""Faults at once that can be stated."""
_SINGLES = 2
"""Single faults among the rivals of two, at least."""
_POLISH = 6
"""Most Gauss-Newton steps that a point still goes before it is stated."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """One explanation on the way into a certificate.

    Attributes:
        name: Of its hypothesis.
        courses: Its faults, those of components first.
        faults: The same as they are stated.
        places: Coordinates of their sizes.
        log_share: Log of the prior.
        tolerances: Of the point.
        cases: The sound engine, and the engine with one and so on to all of the faults of components.
    """

    name: str
    courses: tuple[Course, ...]
    faults: tuple[StatedFault, ...]
    places: FloatArray
    log_share: float
    tolerances: FloatArray
    cases: tuple[Case, ...]


def choose(search: Search, ranked: Sequence[Weighed], claim: str) -> list[Chosen] | str:
    """The claimed hypothesis, the sound engine and rivals in the order of their probability."""
    if claim.count(" + ") >= _FAULTS:
        return f"a certificate states at most {_FAULTS} faults at once, and {claim} is more"
    by_name = {w.name: w for w in ranked if w.name.count(" + ") < _FAULTS}
    if claim not in by_name:
        return f"{claim} was not weighed"
    singles = [n for n in by_name if n != NOMINAL and " + " not in n]
    order = [claim, NOMINAL, *(singles[:_SINGLES] if " + " in claim else []), *by_name]
    found: dict[str, Explanation] = {}
    for name in dict.fromkeys(order):
        explanation = _fitted(search, by_name[name]) if name in by_name else None
        if explanation is None and name in (claim, NOMINAL):
            apart = name in by_name and _in_turn(search, by_name[name])
            why = "its components fail one after the other, and a certificate states one onset"
            return f"{name}: {why}" if apart else f"{name} was not fitted by itself"
        if explanation is not None and len(found) < RIVALS + (2 if claim != NOMINAL else 1):
            found[name] = explanation
    points = _polished(search, [*found.values()])
    return [_stated(search, n, e, p) for (n, e), p in zip(found.items(), points, strict=True)]


def _fitted(search: Search, weighed: Weighed) -> Explanation | None:
    """The likeliest course of a hypothesis that was fitted by itself; None where it cannot be stated."""
    if _in_turn(search, weighed):
        return None
    return next((e for e in weighed.explanations if e.point is not None), None)


def _polished(search: Search, explanations: Sequence[Explanation]) -> list[Point]:
    """Go on with fits from their points until they have arrived.

    A search leaves a fit where it cannot turn out to be likely any more. What the linear model promises beyond such a
    point hangs on its slopes, and these are as rough as the tables they are of: where solid carbon begins to form they
    differ from Cantera's by a tenth.
    """
    begun = [Fit(e, e.point) for e in explanations if e.point is not None]
    return [fit.kept or fit.point for fit in advance(search, begun, _POLISH)]


def _stated(search: Search, name: str, explanation: Explanation, point: Point) -> Chosen:
    """One explanation as it is stated at a point."""
    course = explanation.course
    order = sorted(
        range(len(explanation.courses)), key=lambda i: not search.is_hardware(explanation.courses[i])
    )
    courses = tuple(explanation.courses[i] for i in order)
    places = np.array([point.places[i] for i in order])
    parts = [c for c in courses if search.is_hardware(c)]
    whole = case_at(search, course, point) if course is not None and parts else Case(point.tolerances)
    faults = []
    for i, own, place in zip(order, courses, places, strict=True):
        size = float(size_at(own.fault, np.array([place]))[0])
        onset = own.onset
        if onset is not None:
            onset = whole.onset if own in parts else onset + point.shifts[i] * window_of(search)
        faults.append(StatedFault(own.name, size, onset, own.grows, own.sign, own.clears_at))
    cases = tuple(_with_only(whole, [c.name for c in parts[:k]]) for k in range(len(parts) + 1))
    share = search.log_share(course)
    return Chosen(name, courses, tuple(faults), places, share, point.tolerances, cases)


def _in_turn(search: Search, weighed: Weighed) -> bool:
    """Say whether components fail one after the other by the likeliest course: a certificate states one onset."""
    best = next((e for e in weighed.explanations if e.point is not None), weighed.best)
    return best.course is not None and search.in_turn(best.course)


def _with_only(case: Case, names: Sequence[str]) -> Case:
    """A run with some of its faults."""
    sets_in = any(n not in case.before for n in names)
    return replace(
        case,
        faults={n: case.faults[n] for n in names},
        onset=case.onset if sets_in else None,
        grows=case.grows and sets_in,
        cleared={n: t for n, t in case.cleared.items() if n in names},
        before=case.before & frozenset(names),
    )
