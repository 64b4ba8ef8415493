"""Screening of pairs of faults: which are worth a fit, by the misfit that each could leave at best, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.pair_columns import columns_of
from hotfire.physics.diagnosis.pairs_beside import beside_each
from hotfire.physics.diagnosis.pairs_by_adding import by_adding
from hotfire.physics.diagnosis.refit import Fit
from hotfire.physics.diagnosis.screened_pair import ScreenedPair, chosen, hoped_of
from hotfire.physics.diagnosis.several import leaders_of, out_of_reach, without_one

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["screen_beside", "screen_kin", "screen_pairs"]

_KEPT, _FEW, _LEADERS = 40, 16, 6
"""Pairs that are fitted where screening promises more than single faults and where it does not, and single faults that
a second one is added to."""
_KIN = 24
"""Pairs kin to the best that are fitted."""
_NEAR, _BEHIND, _ROUGH = 4.0, 7.0, 0.1
"""Nats by which the best screened pair may be behind the best single fault for many or for few pairs to be fitted, and
the share of the misfit of that fault by which it may be farther behind: screening is rough where nothing fits."""
_HOPE = 10.0
"""Nats by which pairs that are kin to the best may be behind it to be fitted."""


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
    screened = beside_each(search, columns, leaders_of(singles, 1, _LEADERS))
    if best.chi_square > search.freedom or hoped_of(screened) > rough - _BEHIND:
        screened += by_adding(search, columns, best)
    if hoped_of(screened) < rough - _BEHIND:
        return []
    return chosen(search, screened, _KEPT if hoped_of(screened) > rough - _NEAR else _FEW)


def screen_kin(search: Search, pairs: Sequence[Explanation]) -> list[Fit]:
    """Return pairs that hold one fault of the likeliest pairs and another second one, where they may be as likely.

    Args:
        search: For the covariance and the signatures of single faults.
        pairs: That were fitted.
    """
    screened = beside_each(search, columns_of(search), without_one(pairs))
    highest = max((s.score for s in screened), default=0.0)
    near = [s for s in screened if s.score > highest - _HOPE]
    return chosen(search, near, _KIN)


def screen_beside(search: Search, singles: Sequence[Explanation], most: int) -> list[Fit]:
    """Return pairs of one of the best single faults and a second one, by what that promises to gain over the single.

    Where a third fault hides, the pair of which most is true may fit no better than many others.

    Args:
        search: For the covariance and the signatures of single faults.
        singles: Weighed single faults and the sound engine.
        most: Pairs that are returned at most.
    """
    found: dict[str, ScreenedPair] = {}
    screened = beside_each(search, columns_of(search), leaders_of(singles, 1, _LEADERS))
    for one in sorted(screened, key=lambda s: -s.hoped):
        if len(found) < most:
            found.setdefault(one.course.key, one)
    return [one.begun(search) for one in found.values()]
