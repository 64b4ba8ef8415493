"""A pair of faults as it is screened, and which of many are worth a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.explanations import Explanation, Point
from hotfire.physics.diagnosis.hypotheses import Course
from hotfire.physics.diagnosis.refit import Fit, begin

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["ScreenedPair", "chosen", "hoped_of"]

_EACH = 2
"""Courses of a pair that are fitted."""
_IN_TURN, _LESS = 12, 3.0
"""Pairs of components that fail one after the other that are fitted besides, and nats by which the best of them may
promise less than the best other pair."""


@dataclass(frozen=True, eq=False)
class ScreenedPair:
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


def hoped_of(screened: Sequence[ScreenedPair]) -> float:
    """Return the highest log evidence that any of the pairs promises."""
    return max((s.hoped for s in screened), default=-np.inf)


def chosen(search: Search, screened: Sequence[ScreenedPair], most: int) -> list[Fit]:
    """Begin the fits of the best pairs; where components failing in turn promise as much, of some of these as well."""
    in_turn = [s for s in screened if search.in_turn(s.course)]
    others = [s for s in screened if not search.in_turn(s.course)]
    fits = _begun(search, others, most)
    return fits + (_begun(search, in_turn, _IN_TURN) if hoped_of(in_turn) > hoped_of(others) - _LESS else [])


def _begun(search: Search, screened: Sequence[ScreenedPair], most: int) -> list[Fit]:
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
