"""Three faults at once, by option: where two leave something unexplained, a third is tried beside the best of them.

About the fit of each of the best pairs every third fault is held against what is left, the sizes of the two free to
move. The most hopeful are fitted as pairs are. Three are named only where the log asks for each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.about import about, shift_beside, sizes_at
from hotfire.physics.diagnosis.explanations import Explanation, Point
from hotfire.physics.diagnosis.hypotheses import Course, coordinate
from hotfire.physics.diagnosis.linearised import Linearised, linearise
from hotfire.physics.diagnosis.pair_columns import (
    Columns,
    columns_of,
    doubtful_effects,
    may_stand_beside,
    narrowness,
    rank,
    whitening,
)
from hotfire.physics.diagnosis.pair_screening import screen_beside
from hotfire.physics.diagnosis.refit import Fit, advance, case_of
from hotfire.physics.diagnosis.several import (
    asked_for,
    best_of_each,
    fewer_again,
    fitted,
    leaders_of,
    out_of_reach,
)

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["weigh_triples"]

_LEADERS, _KEPT = 6, 24
"""Pairs that a third fault is added to, and triples that are fitted."""
_BEGUN, _STEPS = 16, 5
"""Pairs that are fitted beside those that were weighed, and Gauss-Newton steps of each."""
_NEAR, _ROUGH = 3.0, 0.1
"""As for pairs: how far behind the best explanation screened triples may be for any to be fitted."""
_STEP = 0.7
"""Standard deviation of the coordinates of a pair's sizes as a third fault is added."""


def weigh_triples(search: Search, weighed: Sequence[Explanation]) -> list[Explanation]:
    """Weigh three faults at once beside what was weighed before.

    Args:
        search: For the forecaster, the covariance and the signatures of single faults.
        weighed: The sound engine, single faults and pairs.

    Returns:
        The same, and an explanation of each triple and time course that the log asks for.
    """
    best = max(weighed, key=lambda e: e.log_evidence)
    columns = columns_of(search)
    if not columns.courses or out_of_reach(search, 3, columns.shares, best):
        return list(weighed)
    leaders = leaders_of([*weighed, *_more_pairs(search, weighed)], 2, _LEADERS)
    if not leaders:
        return list(weighed)
    points = linearise(search.forecaster, [case_of(search, Fit(e, _at(e)), _at(e)) for e in leaders])
    screened = [
        found
        for leader, point in zip(leaders, points, strict=True)
        for found in _beside(search, columns, leader, point)
    ]
    least = best.log_evidence - _NEAR - _ROUGH * max(best.chi_square - search.freedom, 0.0)
    if max((hoped for hoped, _ in screened), default=-np.inf) < least:
        return list(weighed)
    fits = best_of_each(fitted(search, _chosen(screened)))
    triples = [f.outcome for f in fits if f.result is not None]
    better = fewer_again(search, triples, weighed)
    known = {e.course for e in weighed}
    kept = [e for e in better if e.course in known or asked_for(search, e, better)]
    return kept + [e for e in triples if asked_for(search, e, better)]


def _more_pairs(search: Search, weighed: Sequence[Explanation]) -> list[Explanation]:
    """Pairs that the log does not ask for by themselves, since a third fault is missing beside them."""
    singles = [e for e in weighed if len(e.courses) == 1]
    fits = advance(search, screen_beside(search, singles, _BEGUN), _STEPS)
    return [f.outcome for f in fits if f.result is not None]


def _at(explanation: Explanation) -> Point:
    assert explanation.point is not None
    return explanation.point


def _beside(
    search: Search, columns: Columns, leader: Explanation, linearised: Linearised
) -> list[tuple[float, Fit]]:
    """Hold every third fault against what a pair leaves: the log of the evidence to hope for, and the fit begun."""
    point = _at(leader)
    chosen = np.all([may_stand_beside(columns, c) for c in leader.courses], axis=0)
    if not np.isfinite(linearised.means).all() or not chosen.any():
        return []
    here, used = about(search, leader.courses, point, linearised), search.used
    off = search.measured - here.prior_means[used]
    physical, moved = here.physical[used], _STEP * here.slopes[used]
    around = here.around + physical @ physical.T + moved @ moved.T + doubtful_effects(search, off)
    whitener, _ = whitening(search, around)
    white, residual = columns.effects[chosen][:, used] @ whitener.T, whitener @ off
    square = np.maximum((white * white).sum(axis=1), 1e-30)
    pull = white @ residual
    scale = np.clip(pull / square, *columns.scales[:, chosen])
    gain = 2.0 * pull * scale - square * scale**2
    price = columns.shares[chosen] + narrowness(scale * np.sqrt(square), columns.widths[chosen])
    hoped = leader.log_evidence + 0.5 * gain + price
    order = np.argsort(-hoped)[:_KEPT]
    which = np.flatnonzero(chosen)
    return [(float(hoped[k]), _begun(search, columns, leader, int(which[k]), float(scale[k]))) for k in order]


def _begun(search: Search, columns: Columns, leader: Explanation, k: int, scale: float) -> Fit:
    """Begin the fit of a pair and a third fault where the pair was fitted."""
    point, third = _at(leader), columns.courses[k]
    size = float(np.clip(columns.sizes[k] * scale, third.fault.lower, third.fault.upper))
    place = float(coordinate(third.fault, np.array([size]))[0])
    shift = shift_beside(search, leader.courses, point.shifts, third)
    parts = [*zip(leader.courses, point.places, point.shifts, strict=True), (third, place, shift)]
    parts.sort(key=lambda part: rank(search, part[0]), reverse=True)
    first, *others = (c for c, _, _ in parts)
    course = first.beside(others)
    begin_at = Point(point.tolerances, tuple(p for _, p, _ in parts), tuple(s for _, _, s in parts))
    spreads = [(np.array([s]), np.ones(1)) for s in sizes_at(course.parts, begin_at)]
    effect: FloatArray = leader.best_means + scale * columns.effects[k]
    explanation = Explanation(course, -np.inf, *spreads[0], effect, np.inf, tuple(spreads[1:]))
    return Fit(explanation, begin_at)


def _chosen(screened: Sequence[tuple[float, Fit]]) -> list[Fit]:
    """The most hopeful, each time course of three faults once."""
    found: dict[frozenset[Course], Fit] = {}
    for _, fit in sorted(screened, key=lambda s: -s[0]):
        if len(found) < _KEPT:
            found.setdefault(frozenset(fit.explanation.courses), fit)
    return list(found.values())
