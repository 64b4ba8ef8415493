"""Two faults at once, of components and of sensors alike, weighed beside the single ones.

All pairs are screened in closed form (`pair_screening.py`); those that may matter are fitted as single faults are, both
sizes and onsets and all tolerances together. A pair is named only where the log asks for both of its faults: a second
fault too small to be seen fits as well as none, and would do so with every first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.pair_screening import screen_kin, screen_pairs
from hotfire.physics.diagnosis.several import BEHIND, asked_for, best_of_each, fewer_again, fitted

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["weigh_pairs"]

_PROMISED = 9.0
"""Nats by which a pair may be behind the best single fault while it is fitted."""


def weigh_pairs(search: Search, singles: Sequence[Explanation]) -> list[Explanation]:
    """Weigh the pairs that may matter beside single faults.

    Args:
        search: For the forecaster, the covariance and the point of linearisation.
        singles: Weighed single faults and the sound engine.

    Returns:
        The single ones, and an explanation for each pair and time course that may matter.
    """
    best = max(e.log_evidence for e in singles)
    fits = best_of_each(fitted(search, screen_pairs(search, singles), best - _PROMISED))
    if not fits:
        return list(singles)
    near = fits[0].outcome.log_evidence - BEHIND
    settled = {f.explanation.course for f in fits if f.outcome.log_evidence > near}
    kin = screen_kin(search, [f.outcome for f in fits])
    fits = best_of_each([*fits, *fitted(search, [f for f in kin if f.explanation.course not in settled])])
    pairs = [f.outcome for f in fits if f.result is not None]
    better = fewer_again(search, pairs, singles)
    return better + [e for e in pairs if asked_for(search, e, better)]
