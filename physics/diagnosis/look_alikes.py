"""Faults that would look like the one that an answer names: sought where few were weighed.

What a fault does in the last window, when it is as large as it gets, is compared with what every other fault of a
component does there from the start on, at a few sizes. It is a look before a search and no search: those that come near
are to be weighed like the others.
"""

from __future__ import annotations

import numpy as np

from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.hypotheses import hardware_faults, size_grid
from hotfire.physics.diagnosis.search import Search

__all__ = ["look_alikes"]

_SIZES = 4
_STRETCH = (0.75, 1.33)
"""How far a size between those that are tried is taken to do the same in proportion."""
_MOST = 3


def look_alikes(search: Search, explanation: Explanation, limit: float) -> tuple[str, ...]:
    """Return faults that the sensors can hardly tell from the one of an explanation, nearest first, three at most.

    Args:
        search: That the explanation is of.
        explanation: Of a single fault.
        limit: Distance in standard deviations, tolerances included, up to which two are alike.
    """
    if explanation.course is None:
        return ()
    forecaster = search.forecaster
    others = {
        n: f for n, f in hardware_faults(forecaster).items() if n != explanation.course.name and f.may_grow
    }
    cases = [Case(search.at, {n: float(s)}) for n, f in others.items() for s in size_grid(f, _SIZES)]
    owners = np.array([n for n, f in others.items() for _ in size_grid(f, _SIZES)])
    if not cases:
        return ()
    means, good = forecaster.features(cases)
    distances = np.where(good, _distances(search, explanation.best_means, means), np.inf)
    nearest = {n: float(distances[owners == n].min()) for n in others}
    return tuple(sorted((n for n, d in nearest.items() if d < limit), key=lambda n: nearest[n])[:_MOST])


def _distances(search: Search, own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance of what each of n others does in the last window from what is done there, each stretched to fit best.

    The last window is the last that anything was measured in.
    """
    measured = np.isfinite(search.forecaster.observation.means)
    last = np.zeros_like(measured)
    row = int(np.flatnonzero(measured.any(axis=1))[-1])
    last[row] = measured[row]
    there = last.ravel()
    slopes, scatter = search.jacobian[there], np.sqrt(search.scatter_variance(search.means)[there])
    whitener = np.linalg.inv(np.linalg.cholesky(slopes @ slopes.T + np.diag(scatter**2)))
    wanted = whitener @ (own - search.means)[there]
    made = np.nan_to_num((others - search.means)[:, there]) @ whitener.T
    along, length = made @ wanted, np.maximum((made**2).sum(axis=1), 1e-12)
    return np.asarray(np.linalg.norm(wanted - np.clip(along / length, *_STRETCH)[:, None] * made, axis=1))
