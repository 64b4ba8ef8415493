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
    masses = {n: m for alike in _by_number(masses) for n, m in _hedged(alike).items()}
    total = sum(masses.values())
    ranked = sorted(masses, key=lambda n: -masses[n])
    return tuple(
        Weighed(n, masses[n] / total, tuple(sorted(by_name[n], key=lambda e: -e.log_evidence)))
        for n in ranked
    )


def _by_number(masses: dict[str, float]) -> list[dict[str, float]]:
    """Split hypotheses by their number of faults: none, one, two."""
    numbers = {n: 0 if n == NOMINAL else 1 + n.count(" + ") for n in masses}
    return [{n: masses[n] for n in masses if numbers[n] == k} for k in sorted(set(numbers.values()))]


def _hedged(masses: dict[str, float]) -> dict[str, float]:
    """Level the weights of hypotheses with as many faults a little; their sum stays.

    All likelihoods share the errors of one model, so what separates two faults is less sure than what separates a
    fault from the sound engine, which the tolerances were set on. How many faults there are is told by what the log
    leaves unexplained, and many pairs that are each unlikely must not add up to something by being levelled.
    """
    total = sum(masses.values())
    if not total > 0.0:
        return masses
    levelled = {n: (m / total) ** _SHARED_ERROR for n, m in masses.items()}
    scale = total / sum(levelled.values())
    return {n: share * scale for n, share in levelled.items()}
