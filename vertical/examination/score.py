"""The score of an answer, and the figures beside it.

An answer is a posterior over hypotheses. A is its smallest set with at least 0.9 of the probability; the score of a
case with fault h is [h in A] x min(1, |G*| / |A|), so that a set that swallows everything earns little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["FEW", "NOMINAL", "Scored", "answer_set", "score", "summary"]

NOMINAL = "nominal"
FEW = 5
"""Largest G* of a case that tells much: of two faults no wider one is scored, of texts it is told apart."""
_LEAST = 1e-3
"""Least probability that counts in the log loss, so that one case costs at most 6.9."""


@dataclass(frozen=True)
class Scored:
    """One case with its score.

    Attributes:
        truth: Name of the fault, or `nominal`.
        detectable: Whether the sensors show it.
        answer: Answer set, likeliest first.
        group: G*; empty for a sound engine.
        score: 0 to 1.
        log_loss: Of the probability of the truth.
    """

    truth: str
    detectable: bool
    answer: tuple[str, ...]
    group: tuple[str, ...]
    score: float
    log_loss: float


def answer_set(posterior: Mapping[str, float], mass: float = 0.9) -> tuple[str, ...]:
    """Return the smallest set of hypotheses with at least `mass` of the probability, likeliest first."""
    ranked = sorted(posterior, key=lambda n: (-posterior[n], n))
    total = sum(posterior.values()) or 1.0
    reached = np.cumsum([posterior[n] for n in ranked]) / total
    return tuple(ranked[: int(np.searchsorted(reached, mass - 1e-9)) + 1])


def score(
    posterior: Mapping[str, float],
    truth: str,
    group: Sequence[str],
    *,
    detectable: bool = True,
    mass: float = 0.9,
) -> Scored:
    """Score one answer.

    Args:
        posterior: Probability by hypothesis, `nominal` among them; an empty one answers nothing.
        truth: Name of the fault, or `nominal`.
        group: G* of the fault.
        detectable: Whether the fault is detectable on the plant.
        mass: Probability of an answer set.
    """
    answer = answer_set(posterior, mass) if posterior else ()
    size = max(len(group), 1)
    earned = float(truth in answer) * min(1.0, size / max(len(answer), 1))
    if not detectable and truth != NOMINAL:
        earned = float(bool(answer) and answer[0] == NOMINAL)
    total = sum(posterior.values()) or 1.0
    loss = -float(np.log(max(posterior.get(truth, 0.0) / total, _LEAST)))
    return Scored(truth, detectable, answer, tuple(group), earned, loss)


def summary(cases: Sequence[Scored]) -> dict[str, float]:
    """Return the figures of many cases: score and what stands beside it; NaN where there is no case."""
    seen = [c for c in cases if c.detectable and c.truth != NOMINAL]
    sound = [c for c in cases if c.truth == NOMINAL]
    hidden = [c for c in cases if not c.detectable and c.truth != NOMINAL]
    alone = [c for c in seen if len(c.group) == 1]
    return {
        "cases": len(seen),
        "score": _mean([c.score for c in seen]),
        "strict": _mean([c.answer[:1] == (c.truth,) for c in alone]),
        "log_loss": _mean([c.log_loss for c in seen]),
        "answer_over_group": float(np.median([len(c.answer) / len(c.group) for c in seen]))
        if seen
        else np.nan,
        "wide_groups": _mean([len(c.group) > 3 for c in seen]),
        "false_alarms": _mean([c.answer[:1] != (NOMINAL,) for c in sound]),
        "missed": _mean([c.answer[:1] == (NOMINAL,) for c in seen]),
        "undetectable": len(hidden),
        "undetectable_right": _mean([c.score for c in hidden]),
    }


def _mean(values: Sequence[float | bool]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
