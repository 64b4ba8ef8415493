"""Screening of pairs of faults: the misfit that each could leave at best, in closed form.

Effects of two faults are added. Every course of every fault at a few sizes is a column, which may be scaled as far as
its neighbouring sizes; the misfit of two columns is a parabola in their two scales with bounds. Where large faults do
not add, the best single faults serve as well: about the fit of each, every second fault is held against what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    may_stand_together,
    narrowness,
    rank,
    whitening,
)
from hotfire.physics.diagnosis.refit import Fit, begin, case_of
from hotfire.physics.diagnosis.several import leaders_of, out_of_reach, without_one
from hotfire.physics.diagnosis.two_sizes import best_of_two

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["screen_beside", "screen_kin", "screen_pairs"]

_KEPT, _FEW, _LEADERS, _EACH = 40, 16, 6, 2
"""Pairs that are fitted where screening promises more than single faults and where it does not, single faults that a
second one is added to, and courses of a pair."""
_KIN = 24
"""Pairs kin to the best that are fitted."""
_IN_TURN, _LESS = 12, 3.0
"""Pairs of components that fail one after the other that are fitted besides, and nats by which the best of them may
promise less than the best other pair."""
_NEAR, _BEHIND, _ROUGH = 4.0, 7.0, 0.1
"""Nats by which the best screened pair may be behind the best single fault for many or for few pairs to be fitted, and
the share of the misfit of that fault by which it may be farther behind: screening is rough where nothing fits."""
_HOPE = 10.0
"""Nats by which pairs that are kin to the best may be behind it to be fitted."""
_NOTHING = 1e-30
"""Squared length in standard deviations of an effect that shows nothing."""
_STEP = 0.7
"""Most that the size of a fitted fault is moved in its coordinate as a second one is added."""
_BLOCK = 256


def screen_pairs(search: Search, singles: Sequence[Explanation]) -> list[Fit]:
    """Return the pairs that are worth a fit, each begun at its sizes as screened; none where none could matter.

    Args:
        search: For the covariance and the signatures of single faults.
        singles: Weighed single faults and the sound engine.
    """
    columns = columns_of(search)
    best = max(singles, key=lambda e: e.log_evidence)
    if not columns.courses or out_of_reach(search, 2, columns.shares, best):
        return []
    rough = best.log_evidence - _ROUGH * max(best.chi_square - search.freedom, 0.0)
    screened = _beside_each(search, columns, leaders_of(singles, 1, _LEADERS))
    if best.chi_square > search.freedom or _hoped(screened) > rough - _BEHIND:
        screened += _by_adding(search, columns, best)
    if _hoped(screened) < rough - _BEHIND:
        return []
    return _chosen(search, screened, _KEPT if _hoped(screened) > rough - _NEAR else _FEW)


def screen_kin(search: Search, pairs: Sequence[Explanation]) -> list[Fit]:
    """Return pairs that hold one fault of the likeliest pairs and another second one, where they may be as likely.

    Args:
        search: For the covariance and the signatures of single faults.
        pairs: That were fitted.
    """
    screened = _beside_each(search, columns_of(search), without_one(pairs))
    highest = max((s.score for s in screened), default=0.0)
    near = [s for s in screened if s.score > highest - _HOPE]
    return _chosen(search, near, _KIN)


def screen_beside(search: Search, singles: Sequence[Explanation], most: int) -> list[Fit]:
    """Return pairs of one of the best single faults and a second one, by what that promises to gain over the single.

    Where a third fault hides, the pair of which most is true may fit no better than many others.

    Args:
        search: For the covariance and the signatures of single faults.
        singles: Weighed single faults and the sound engine.
        most: Pairs that are returned at most.
    """
    found: dict[str, _Screened] = {}
    screened = _beside_each(search, columns_of(search), leaders_of(singles, 1, _LEADERS))
    for one in sorted(screened, key=lambda s: -s.hoped):
        if len(found) < most:
            found.setdefault(one.course.key, one)
    return [one.begun(search) for one in found.values()]


def _hoped(screened: Sequence[_Screened]) -> float:
    return max((s.hoped for s in screened), default=-np.inf)


def _beside_each(search: Search, columns: Columns, leaders: Sequence[Explanation]) -> list[_Screened]:
    """Screen every second fault about the fits of several single ones."""
    if not leaders:
        return []
    points = linearise(search.forecaster, [case_of(search, Fit(e, _at(e)), _at(e)) for e in leaders])
    pairs = zip(leaders, points, strict=True)
    return [found for leader, point in pairs for found in _beside(search, columns, leader, point)]


def _chosen(search: Search, screened: Sequence[_Screened], most: int) -> list[Fit]:
    """Begin the fits of the best pairs; where components failing in turn promise as much, of some of these as well."""
    in_turn = [s for s in screened if search.in_turn(s.course)]
    others = [s for s in screened if not search.in_turn(s.course)]
    fits = _begun(search, others, most)
    return fits + (_begun(search, in_turn, _IN_TURN) if _hoped(in_turn) > _hoped(others) - _LESS else [])


def _begun(search: Search, screened: Sequence[_Screened], most: int) -> list[Fit]:
    """Begin the fits of the best, few of each pair; of a course from its sizes about the sound engine and a leader."""
    taken: dict[object, int] = {}
    fits: list[Fit] = []
    for one in sorted(screened, key=lambda s: -s.score):
        begun = (one.course, one.point is None)
        if begun in taken or taken.get(one.course.key, 0) == _EACH or len(fits) == most:
            continue
        taken |= {begun: 1, one.course.key: taken.get(one.course.key, 0) + 1}
        fits.append(one.begun(search))
    return fits


@dataclass(frozen=True, eq=False)
class _Screened:
    """A pair as screened.

    Attributes:
        score: Log of its evidence with effects as doubtful as in screening, by which pairs are compared.
        hoped: Log of its evidence if it gained over a fitted single fault what it gains in screening.
        course: Of both faults.
        sizes: Of both.
        effect: Features less those of the sound engine, shape (d,).
        chi_square: Misfit.
        point: Where its fit begins; None for the tolerances that suit it best.
    """

    score: float
    hoped: float
    course: Course
    sizes: tuple[float, ...]
    effect: FloatArray
    chi_square: float
    point: Point | None = None

    def begun(self, search: Search) -> Fit:
        """Begin a fit."""
        one = np.ones(1)
        explanation = Explanation(
            self.course,
            self.score,
            np.array([self.sizes[0]]),
            one,
            search.means + self.effect,
            self.chi_square,
            tuple((np.array([size]), one) for size in self.sizes[1:]),
        )
        return begin(search, explanation) if self.point is None else Fit(explanation, self.point)


def _at(explanation: Explanation) -> Point:
    assert explanation.point is not None
    return explanation.point


def _squares(white: FloatArray) -> FloatArray:
    """Squared lengths of effects, shape (n,); of one that shows nothing a little, so that its size is as it may be."""
    return np.asarray(np.maximum((white * white).sum(axis=1), _NOTHING))


def _by_adding(search: Search, columns: Columns, best_single: Explanation) -> list[_Screened]:
    """Screen all pairs about the sound engine, their effects added."""
    off = search.measured - (search.means - search.prior_shift)[search.used]
    whitener, volume = whitening(search, search.covariance + doubtful_effects(search, off))
    white = columns.effects[:, search.used] @ whitener.T
    residual = whitener @ off
    pull, square = white @ residual, _squares(white)
    found: list[tuple[float, int, int, float, float, float]] = []
    chi = float(residual @ residual)
    scale = np.clip(pull / square, *columns.scales)
    alone = -0.5 * (chi - 2.0 * pull * scale + square * scale**2) + columns.shares
    alone += narrowness(scale * np.sqrt(square), columns.widths)
    over = best_single.log_evidence - max(float(alone.max()), -0.5 * chi + search.log_share(None))
    for start in range(0, len(columns.courses), _BLOCK):
        rows = slice(start, start + _BLOCK)
        allowed = may_stand_together(columns, rows)
        i, j = np.nonzero(allowed)
        if not i.size:
            continue
        i += start
        across = (white[rows] @ white.T)[allowed]
        best, gain = best_of_two(
            (square[i], across, square[j]),
            np.stack([pull[i], pull[j]]),
            columns.scales[:, i],
            columns.scales[:, j],
        )
        score = -0.5 * (chi - gain) - volume + columns.shares[i] + columns.shares[j]
        score += narrowness(best[0] * np.sqrt(square[i]), columns.widths[i])
        score += narrowness(best[1] * np.sqrt(square[j]), columns.widths[j])
        most = min(4 * _KEPT, score.size)
        top = np.argpartition(-score, most - 1)[:most]
        x, y = best
        found += [
            (float(score[k]), int(i[k]), int(j[k]), float(x[k]), float(y[k]), chi - float(gain[k]))
            for k in top
        ]
    found.sort(key=lambda f: -f[0])
    return [_paired(search, columns, over + volume, *f) for f in found[: 8 * _KEPT]]


def _paired(
    search: Search,
    columns: Columns,
    over: float,
    score: float,
    i: int,
    j: int,
    x: float,
    y: float,
    chi_square: float,
) -> _Screened:
    """Put a pair together."""
    if _follows(search, columns, i, j):
        i, j, x, y = j, i, y, x
    a, b = columns.courses[i], columns.courses[j]
    effect = x * columns.effects[i] + y * columns.effects[j]
    course = a.beside([b])
    score += search.log_share(course) - columns.shares[i] - columns.shares[j]
    sizes = tuple(
        float(np.clip(columns.sizes[k] * s, c.fault.lower, c.fault.upper))
        for k, s, c in ((i, x, a), (j, y, b))
    )
    return _Screened(score, score + over, course, (sizes[0], sizes[1]), effect, chi_square)


def _follows(search: Search, columns: Columns, i: int, j: int) -> bool:
    """Whether the second of two columns leads: components before sensors, what sets in before what was there."""
    return rank(search, columns.courses[j]) > rank(search, columns.courses[i])


def _beside(search: Search, columns: Columns, leader: Explanation, linearised: Linearised) -> list[_Screened]:
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
    square = _squares(white)
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
) -> _Screened:
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
    return _Screened(score + together, hoped + together, joined, shown, effect, chi_square, begin_at)
