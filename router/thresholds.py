"""The threshold that keeps a promise: learn then test with a fixed sequence and exact binomial bounds.

With confidence 1 - delta over the draw of the calibration cases, the share of all cases that are trusted and wrong is
at most alpha, on cases drawn as those were. Nothing is promised under shift. (Angelopoulos, Bates, Candes, Jordan and
Lei, Learn then test, arXiv 2110.01052; bounds of Clopper and Pearson, Biometrika 26 (1934) 404.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Promise", "learn_then_test", "least_error", "most_error"]

_GRID = 200
"""Thresholds that are tested, at most."""
_AHEAD = 4


@dataclass(frozen=True)
class Promise:
    """A threshold with what it promises.

    Attributes:
        threshold: Largest risk score that is trusted; minus infinity where nothing can be promised.
        alpha: Bound of the share of cases that are trusted and wrong.
        delta: Chance, over the calibration cases, that the promise does not hold.
        cases: Number of calibration cases.
        coverage: Share of them that is trusted.
        error: Share of them that is trusted and wrong.
    """

    threshold: float
    alpha: float
    delta: float
    cases: int
    coverage: float
    error: float


def learn_then_test(
    risk: Sequence[float], wrong: Sequence[bool], *, alpha: float, delta: float, trusted_only: bool = False
) -> Promise:
    """Return the largest threshold whose error is at most alpha with confidence 1 - delta.

    Thresholds are tested from the strictest to the loosest, each at level delta, until one fails: by the fixed sequence
    no correction for many tests is needed.

    Args:
        risk: Score of each calibration case; what is at most the threshold is trusted.
        wrong: Whether trusting it would be an error.
        alpha: Error to keep.
        delta: Chance of failing.
        trusted_only: Bound the error among trusted cases instead of among all.

    Raises:
        ValueError: If the two differ in length, nothing is given, or alpha or delta is not between 0 and 1.
    """
    scores, errors = np.asarray(risk, dtype=float), np.asarray(wrong, dtype=bool)
    if scores.size != errors.size or not scores.size:
        raise ValueError(f"{scores.size} scores and {errors.size} outcomes do not make a calibration")
    if not (0.0 < alpha < 1.0 and 0.0 < delta < 1.0):
        raise ValueError(f"alpha {alpha} and delta {delta} must lie between 0 and 1")
    chosen, found = -np.inf, (0.0, 0.0)
    # Where errors are counted among the trusted alone, few of them can promise nothing, and one mistake among few more
    # would end the sequence. It begins, whatever the outcomes are, at four times as many as could promise anything.
    fewest = _AHEAD * int(np.ceil(np.log(delta) / np.log(1.0 - alpha))) if trusted_only else 1
    for threshold in _sequence(scores):
        trusted = scores <= threshold
        count = int(trusted.sum()) if trusted_only else scores.size
        if trusted.sum() < fewest:
            continue
        mistakes = int((trusted & errors).sum())
        if most_error(mistakes, count, delta) > alpha:
            break
        chosen, found = float(threshold), (float(trusted.mean()), mistakes / scores.size)
    return Promise(chosen, alpha, delta, scores.size, *found)


def _sequence(scores: np.ndarray) -> np.ndarray:
    """Thresholds from strict to loose: quantiles of the scores."""
    levels = np.linspace(0.0, 1.0, min(_GRID, scores.size))
    return np.unique(np.quantile(scores, levels, method="higher"))


def most_error(mistakes: int, count: int, delta: float) -> float:
    """Upper bound of a share of which `mistakes` of `count` were seen, exact, with confidence 1 - delta."""
    from scipy.special import betaincinv

    return 1.0 if mistakes >= count else float(betaincinv(mistakes + 1, count - mistakes, 1.0 - delta))


def least_error(mistakes: int, count: int, delta: float) -> float:
    """Lower bound of a share of which `mistakes` of `count` were seen, exact, with confidence 1 - delta."""
    from scipy.special import betaincinv

    return 0.0 if mistakes <= 0 else float(betaincinv(mistakes, count - mistakes + 1, delta))
