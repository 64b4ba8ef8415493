"""Measures that the diagnosis field uses, beside the protocol's score: detection, isolation, calibration, selection.

False positives and negatives, detection accuracy and classification errors follow the diagnostic competition framework
(Kurtoglu et al., DX-09) as it is commonly told; the paper itself was not at hand. Times
of detection and isolation are of signals that are watched, not of whole logs; the rebuild of the hopper has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hotfire.examination.rows import Row
from hotfire.examination.score import NOMINAL
from hotfire.experts.hypotheses import joined, parts

__all__ = ["area_under_risk", "brier", "classification_error", "measures"]

_FIRST = 3


def brier(posterior: Mapping[str, float], truth: str) -> float:
    """Squared distance of the posterior from certainty of the truth, 0 to 2 (Brier, Monthly Weather Review 1950)."""
    missed = (1.0 - posterior.get(truth, 0.0)) ** 2
    return missed + sum(p * p for h, p in posterior.items() if h != truth)


def classification_error(posterior: Mapping[str, float], truth: str) -> float:
    """Faults named in vain and faults left out, in the mean over hypotheses by their probability."""
    real = set(parts(truth))
    total = sum(posterior.values()) or 1.0
    return sum(p * len(real ^ set(parts(h))) for h, p in posterior.items()) / total


def area_under_risk(confidence: Sequence[float], wrong: Sequence[bool]) -> float:
    """Mean share of wrong answers among the surest, over all shares of cases that are answered (AURC).

    Geifman, Uziel and El-Yaniv, "Bias-reduced uncertainty estimation", ICLR 2019; NaN of no case.
    """
    if not len(confidence):
        return float("nan")
    order = np.argsort(-np.asarray(confidence, dtype=float), kind="stable")
    errors = np.asarray(wrong, dtype=float)[order]
    return float(np.mean(np.cumsum(errors) / np.arange(1, errors.size + 1)))


def measures(rows: Sequence[Row]) -> dict[str, float]:
    """Return the measures of one expert's rows, detectable faults and sound engines alone; NaN where there is no case.

    The claim is right where the sensors cannot tell it from the truth, in the first three and in the risk alike.
    """
    seen = [r for r in rows if r.detectable or not r.truth]
    faulty, sound = [r for r in seen if r.truth], [r for r in seen if not r.truth]
    flagged = [r.answer != NOMINAL for r in seen]
    truths = [joined(r.truth) for r in seen]
    confidence = [max(r.posterior.values(), default=0.0) for r in seen]
    return {
        "cases": len(seen),
        "detection accuracy": _mean([f == bool(r.truth) for f, r in zip(flagged, seen, strict=True)]),
        "false positives": _mean([r.answer != NOMINAL for r in sound]),
        "false negatives": _mean([r.answer == NOMINAL for r in faulty]),
        "first right": _mean([r.is_right for r in seen]),
        "right in three": _mean([any(r.right(h) for h in _likeliest(r)) for r in seen]),
        "Brier score": _mean([brier(r.posterior, t) for r, t in zip(seen, truths, strict=True)]),
        "AURC": area_under_risk(confidence, [not r.is_right for r in seen]),
        "classification errors": _mean(
            [classification_error(r.posterior, t) for r, t in zip(seen, truths, strict=True)]
        ),
    }


def _likeliest(row: Row) -> list[str]:
    return sorted(row.posterior, key=lambda h: (-row.posterior[h], h))[:_FIRST]


def _mean(values: Sequence[float | bool]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
