"""Pairs of faults screened about the fit of one of them: every second fault is held against what that leaves.

Where large faults do not add, this finds what adding effects about the sound engine does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.about import about, shift_beside, sizes_at
from hotfire.physics.diagnosis.explanations import Explanation, Point
from hotfire.physics.diagnosis.hypotheses import coordinate
from hotfire.physics.diagnosis.linearised import Linearised, linearise
from hotfire.physics.diagnosis.pair_columns import (
    Columns,
    doubtful_effects,
    may_stand_beside,
    narrowness,
    rank,
    squares,
    whitening,
)
from hotfire.physics.diagnosis.refit import Fit, case_of
from hotfire.physics.diagnosis.screened_pair import ScreenedPair
from hotfire.physics.diagnosis.two_sizes import best_of_two

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["beside_each"]

_KEPT = 40
"""Pairs that are returned for each fit at most, and the one that promises most."""
_STEP = 0.7
"""Most that the size of a fitted fault is moved in its coordinate as a second one is added."""


def beside_each(search: Search, columns: Columns, leaders: Sequence[Explanation]) -> list[ScreenedPair]:
    """Screen every second fault about the fits of several single ones."""
    if not leaders:
        return []
    points = linearise(search.forecaster, [case_of(search, Fit(e, _at(e)), _at(e)) for e in leaders])
    pairs = zip(leaders, points, strict=True)
    return [found for leader, point in pairs for found in _beside(search, columns, leader, point)]


def _at(explanation: Explanation) -> Point:
    assert explanation.point is not None
    return explanation.point


def _beside(
    search: Search, columns: Columns, leader: Explanation, linearised: Linearised
) -> list[ScreenedPair]:
    """Screen every second fault about the fit of a single one."""
    course, point = leader.course, leader.point
    assert course is not None
    assert point is not None
    if not np.isfinite(linearised.means).all():
        return []
    here = about(search, leader.courses, point, linearised)
    used = search.used
    off = search.measured - here.prior_means[used]
    physical = here.physical[used]
    whitener, volume = whitening(search, here.around + physical @ physical.T + doubtful_effects(search, off))
    white, residual = columns.effects[:, used] @ whitener.T, whitener @ off
    slope = whitener @ here.slopes[used, 0]
    chosen = np.flatnonzero(may_stand_beside(columns, course))
    if not chosen.size:
        return []
    ends = coordinate(course.fault, np.array([course.fault.lower, course.fault.upper])) - point.place
    own = np.clip(ends, -_STEP, _STEP)[:, None] * np.ones(chosen.size)
    white = white[chosen]
    square = squares(white)
    steep = float(slope @ slope) + 1e-9
    pull = np.stack([np.full(chosen.size, slope @ residual), white @ residual])
    best, gain = best_of_two(
        (np.full(chosen.size, steep), white @ slope, square), pull, own, columns.scales[:, chosen]
    )
    chi = float(residual @ residual) - gain
    step = float(np.clip(slope @ residual / steep, *own[:, 0]))
    alone = 2.0 * step * float(slope @ residual) - step**2 * steep
    price = columns.shares[chosen] + narrowness(best[1] * np.sqrt(square), columns.widths[chosen])
    score = -0.5 * chi - volume + search.log_share(course) + price
    score += narrowness(np.array([np.sqrt(steep)]), np.array([float(ends[1] - ends[0])]))
    hoped = leader.log_evidence + 0.5 * (gain - alone) + price
    order = np.unique(np.append(np.argsort(-score)[:_KEPT], np.argmax(hoped)))
    weights = np.stack([score, hoped, chi])
    return [_added(search, columns, leader, int(chosen[k]), best[:, k], weights[:, k]) for k in order]


def _added(
    search: Search,
    columns: Columns,
    leader: Explanation,
    k: int,
    best: FloatArray,
    weights: FloatArray,
) -> ScreenedPair:
    """Put a pair of a fitted single fault and a second one together."""
    course, point, other = leader.course, leader.point, columns.courses[k]
    assert course is not None
    assert point is not None
    fault = course.fault
    low, high = coordinate(fault, np.array([fault.lower, fault.upper]))
    place = float(np.clip(point.place + best[0], low, high))
    size = float(np.clip(columns.sizes[k] * best[1], other.fault.lower, other.fault.upper))
    other_place = float(coordinate(other.fault, np.array([size]))[0])
    shift = shift_beside(search, [course], point.shifts, other)
    parts = [(course, place, point.shift), (other, other_place, shift)]
    if rank(search, other) > rank(search, course):
        parts.reverse()
    (a, *at_a), (b, *at_b) = parts
    joined = a.beside([b])
    together = search.log_share(joined) - search.log_share(course) - float(columns.shares[k])
    score, hoped, chi_square = map(float, weights)
    begin_at = Point(point.tolerances, (at_a[0], at_b[0]), (at_a[1], at_b[1]))
    sizes = sizes_at(joined.parts, begin_at)
    effect = best[1] * columns.effects[k]
    shown = (sizes[0], sizes[1])
    return ScreenedPair(score + together, hoped + together, joined, shown, effect, chi_square, begin_at)
