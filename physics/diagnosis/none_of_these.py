"""Whether the truth is on the list at all: an engine that departs in ways that no hypothesis describes.

Two judges, the severer of which counts. A broad hypothesis competes with the others: features that scatter about the
sound forecast several times as far as tolerances and noise allow. And the misfit of the best explanation has a p value;
the odds that it gives against its hypothesis are at most 1 / (-e p ln p) (Sellke, Bayarri and Berger, The American
Statistician 55 (2001) 62), times the prior odds of an engine that is not that of its file. The model of a damaged part
is rougher than that of a sound one, so an explanation may miss a small share of what it explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.diagnosis.explanations import Explanation

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["broad_share", "chi_square_tail", "misfit_share", "share_by_tail", "share_of_misfit"]

_BROAD, _BROAD_RATE = 5.0, 1e-3
"""Factor on all scatter of the broad hypothesis, and its prior."""
_MISMATCH_RATE = 0.01
"""Prior odds that the hardware is not what the engine file says."""
_MISSED = 0.03
"""Share of what an explanation explains, in standard deviations, that it may miss."""
_LEAST = 1e-15
"""Least p value that is told apart from nothing."""


def broad_share(search: Search, explanations: Sequence[Explanation]) -> float:
    """Posterior probability of the broad hypothesis beside all explanations."""
    sound = next(e for e in explanations if e.course is None)
    evidence = -0.5 * sound.chi_square / _BROAD**2 - search.freedom * np.log(_BROAD) + np.log(_BROAD_RATE)
    peak = max(evidence, *(e.log_evidence for e in explanations))
    named = sum(np.exp(e.log_evidence - peak) for e in explanations)
    return float(np.exp(evidence - peak) / (named + np.exp(evidence - peak)))


def chi_square_tail(misfit: float, freedom: int, missed: float = 0.0) -> float:
    """Probability of a misfit at least so large, were its explanation true.

    Args:
        misfit: Chi-square.
        freedom: Number of features.
        missed: Chi-square of what the explanation may miss (non-central).
    """
    from scipy.special import chdtrc, chndtr

    if missed > 0.0:
        return max(1.0 - float(chndtr(misfit, freedom, missed)), _LEAST)
    return float(chdtrc(freedom, misfit))


def misfit_share(search: Search, explanations: Sequence[Explanation]) -> float:
    """Posterior probability of another engine than the file's, by the misfit of the explanation that fits best."""
    sound = next(e for e in explanations if e.course is None).chi_square
    return share_of_misfit(min(e.chi_square for e in explanations), sound, search.freedom)


def share_of_misfit(misfit: float, sound: float, freedom: int) -> float:
    """Posterior probability of another engine than the file's, by what an explanation leaves of the sound one's."""
    return share_by_tail(chi_square_tail(misfit, freedom, _MISSED**2 * max(sound - misfit, 0.0)))


def share_by_tail(p_value: float) -> float:
    """Posterior probability of another engine by a p value; one above 1/e says nothing."""
    if p_value >= np.exp(-1.0):
        return 0.0
    p = max(p_value, _LEAST)
    odds = _MISMATCH_RATE / (-np.e * p * np.log(p))
    return float(odds / (1.0 + odds))
