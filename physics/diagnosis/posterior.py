"""From evidences to probabilities of hypotheses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation, Weighed

__all__ = ["posterior"]

_SHARED_ERROR = 0.7
"""Power of the weights of faults among themselves; from development seeds, see docs/explanation/diagnosis.md."""


def posterior(explanations: Sequence[Explanation]) -> tuple[Weighed, ...]:
    """Return the hypotheses with their courses, most probable first."""
    by_name: dict[str, list[Explanation]] = {}
    for e in explanations:
        by_name.setdefault(e.course.key if e.course else NOMINAL, []).append(e)
    peak = max(e.log_evidence for es in by_name.values() for e in es)
    masses = {n: float(np.exp([e.log_evidence - peak for e in es]).sum()) for n, es in by_name.items()}
    masses = _hedged(masses)
    total = sum(masses.values())
    ranked = sorted(masses, key=lambda n: -masses[n])
    return tuple(
        Weighed(n, masses[n] / total, tuple(sorted(by_name[n], key=lambda e: -e.log_evidence)))
        for n in ranked
    )


def _hedged(masses: dict[str, float]) -> dict[str, float]:
    """Level the weights of faults among themselves a little; their sum, against the sound engine, stays.

    All likelihoods share the errors of one model, so what separates two faults is less sure than what separates a
    fault from the sound engine, which the tolerances were set on.
    """
    faults = {n: m for n, m in masses.items() if n != NOMINAL}
    total = sum(faults.values())
    if not total > 0.0:
        return masses
    levelled = {n: (m / total) ** _SHARED_ERROR for n, m in faults.items()}
    scale = total / sum(levelled.values())
    return {n: levelled[n] * scale if n in levelled else m for n, m in masses.items()}
