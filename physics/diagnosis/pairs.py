"""Two faults at once, of components and of sensors alike, weighed beside the single ones.

All pairs are screened in closed form (`pair_screening.py`); those that may matter are fitted as single faults are, both
sizes and onsets and all tolerances together. A pair is named only where the log asks for both of its faults: a second
fault too small to be seen fits as well as none, and would do so with every first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation
from hotfire.physics.diagnosis.pair_screening import alone_of_best, screen_kin, screen_pairs
from hotfire.physics.diagnosis.refit import Fit, advance

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["weigh_pairs"]

_ROUNDS = ((2, 16), (3, 6), (6, 0))
"""Gauss-Newton steps of each round, and how many of the fits go on to the next."""
_BEHIND = 20.0
"""How far behind the best one a fit may be to go on, in nats; farther where even the best fits badly."""
_AGAIN = 6
"""Gauss-Newton steps of a single fault from where a pair was fitted."""
_ASKED = 3.0
"""Nats by which a pair must beat either of its faults with a second one that shows nothing."""


def weigh_pairs(search: Search, singles: Sequence[Explanation]) -> list[Explanation]:
    """Weigh the pairs that may matter beside single faults.

    Args:
        search: For the forecaster, the covariance and the point of linearisation.
        singles: Weighed single faults and the sound engine.

    Returns:
        The single ones, and an explanation for each pair and time course that may matter.
    """
    fits = _best_of_each(_fitted(search, screen_pairs(search, singles)))
    if not fits:
        return list(singles)
    near = fits[0].outcome.log_evidence - _BEHIND
    settled = {f.explanation.course for f in fits if f.outcome.log_evidence > near}
    kin = screen_kin(search, [f.outcome for f in fits])
    fits = _best_of_each([*fits, *_fitted(search, [f for f in kin if f.explanation.course not in settled])])
    pairs = [f.outcome for f in fits if f.result is not None]
    better = _singles_again(search, pairs, singles)
    return better + [e for e in pairs if _asked_for(search, e, better)]


def _singles_again(
    search: Search, pairs: Sequence[Explanation], singles: Sequence[Explanation]
) -> list[Explanation]:
    """Fit each fault of the likeliest pairs alone from where the pair was fitted.

    A fit that was stuck beside a kink (a venturi that begins to cavitate) finds its way with a second fault's help, and
    that fault would get the credit.
    """
    lone = [Fit(e, e.point) for e in alone_of_best(pairs) if e.point is not None]
    best = {e.course: e for e in singles}
    for fit in advance(search, lone, _AGAIN):
        found, course = fit.outcome, fit.explanation.course
        if fit.result is not None and found.log_evidence > best.get(course, found).log_evidence:
            best[course] = found
    return list(best.values())


def _fitted(search: Search, fits: Sequence[Fit]) -> list[Fit]:
    """Fit in rounds, those that get on to the end."""
    aside: list[Fit] = []
    for steps, count in _ROUNDS:
        fits, left = _ahead(search, advance(search, fits, steps), count)
        aside += left
    return [*fits, *aside]


def _best_of_each(fits: Sequence[Fit]) -> list[Fit]:
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
    behind = _BEHIND + max(best.chi_square - search.freedom, 0.0)
    cut = sum(_promised(f) > best.log_evidence - behind for f in order[:count])
    return order[:cut], order[cut:]


def _promised(fit: Fit) -> float:
    """Log of the evidence as the last linearisation promises it."""
    return fit.result.log_evidence if fit.result else -np.inf


def _asked_for(search: Search, pair: Explanation, singles: Sequence[Explanation]) -> bool:
    """Whether the log asks for both faults: more than for either, with the price of the other paid for nothing."""
    assert pair.course is not None
    alone = {c.name: -np.inf for c in pair.courses}
    sound = -np.inf
    for e in singles:
        name = e.course.name if e.course else NOMINAL
        if name in alone:
            alone[name] = max(alone[name], e.log_evidence)
        elif name == NOMINAL:
            sound = e.log_evidence
    price = search.log_share(pair.course)
    first, second = pair.courses
    free = [alone[c.name] - search.log_share(c) for c in (first, second)]
    nothing = max(*free, sound - search.log_share(None))
    return pair.log_evidence - price > nothing + _ASKED
