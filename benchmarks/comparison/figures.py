"""Figures of the comparison: calibration, separation of errors, the router's policies and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from comparison.paired import earned, right
from hotfire.experts.routing import Judged, Routing

__all__ = ["Policy", "area_under_curve", "calibration_error", "claim", "judged", "policies"]

_BINS = 10


def calibration_error(confidence: Sequence[float], correct: Sequence[bool]) -> float:
    """Expected calibration error in ten bins (Guo et al., arXiv 1706.04599, equation 3)."""
    sure, hit = np.asarray(confidence), np.asarray(correct, dtype=float)
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [
        (place == b).mean() * abs(hit[place == b].mean() - sure[place == b].mean())
        for b in range(_BINS)
        if (place == b).any()
    ]
    return float(np.sum(gaps))


def area_under_curve(score: Sequence[float], wrong: Sequence[bool]) -> float:
    """Chance that a wrong case scores above a right one (Mann and Whitney); NaN where there is but one kind."""
    values, errors = np.asarray(score, dtype=float), np.asarray(wrong, dtype=bool)
    bad, good = int(errors.sum()), int((~errors).sum())
    if not bad or not good:
        return float("nan")
    ranks = rankdata(values)
    return float((ranks[errors].sum() - bad * (bad + 1) / 2) / (bad * good))


def claim(posterior: Mapping[str, float]) -> str:
    """The likeliest hypothesis."""
    return max(posterior, key=lambda h: (posterior[h], h))


def judged(row: Mapping[str, Any]) -> Judged:
    """A row as a calibration takes it."""
    return Judged(row["scores"], row["agrees"], not right(row, claim(row["neural"])))


@dataclass(frozen=True, eq=False)
class Policy:
    """A way of answering, over cases.

    Attributes:
        name: In tables.
        score: Of each case.
        right: Whether the likeliest claim of each is right.
        seconds: Processor time of each, s.
    """

    name: str
    score: np.ndarray
    right: np.ndarray
    seconds: np.ndarray


def policies(rows: Sequence[Mapping[str, Any]], routing: Routing) -> tuple[list[Policy], np.ndarray]:
    """Return the experts alone and the hybrid, and which cases the hybrid trusts to the model."""
    risk = routing.combination.risk({n: [r["scores"][n] for r in rows] for n in rows[0]["scores"]})
    trusted = (risk <= routing.promise.threshold) & np.array([r["agrees"] for r in rows])
    neural, symbolic = _alone("neural", rows), _alone("symbolic", rows)
    extra = np.array([r["check_cpu"] for r in rows])
    hybrid = Policy(
        "hybrid",
        np.where(trusted, neural.score, symbolic.score),
        np.where(trusted, neural.right, symbolic.right),
        neural.seconds + extra + np.where(trusted, 0.0, symbolic.seconds),
    )
    return [neural, symbolic, hybrid], trusted


def _alone(name: str, rows: Sequence[Mapping[str, Any]]) -> Policy:
    return Policy(
        name,
        np.array([earned(r, r[name]) for r in rows]),
        np.array([right(r, claim(r[name])) for r in rows]),
        np.array([r[f"{name}_cpu"] for r in rows]),
    )
