"""One risk from several scores: the probability that the learnt expert errs, fitted on cases with known outcome."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Combination"]

FloatArray = np.ndarray[Any, np.dtype[np.float64]]

_RIDGE = 1e-2
_STEPS = 100
_CONVERGED = 1e-9


@dataclass(frozen=True)
class Combination:
    """Logistic regression on ranks of scores.

    Scores of different kinds live on different scales, with heavy tails under shift; their ranks among the fitting
    cases do not. A score beyond all that were seen counts as the highest rank.

    Attributes:
        names: Names of the scores, in the order of the weights.
        quantiles: Sorted scores of the fitting cases, by name.
        weights: Weight of each rank, and last the offset.
    """

    names: tuple[str, ...]
    quantiles: Mapping[str, tuple[float, ...]]
    weights: tuple[float, ...]

    @classmethod
    def fit(cls, scores: Mapping[str, Sequence[float]], wrong: Sequence[bool]) -> Combination:
        """Fit on cases with known outcome.

        Args:
            scores: By name, one for each case; higher is stranger.
            wrong: Whether the learnt expert erred.

        Raises:
            ValueError: If lengths differ or all outcomes are the same.
        """
        outcome = np.asarray(wrong, dtype=float)
        if any(len(v) != outcome.size for v in scores.values()):
            raise ValueError("every score needs one value for each case")
        if not 0.0 < outcome.mean() < 1.0:
            raise ValueError("all outcomes are the same: nothing to learn from")
        names = tuple(scores)
        quantiles = {
            n: tuple(np.quantile(np.asarray(scores[n], dtype=float), np.linspace(0, 1, 201))) for n in names
        }
        ranks = np.stack([_rank(np.asarray(scores[n], dtype=float), quantiles[n]) for n in names], axis=1)
        return cls(names, quantiles, tuple(_logistic(_with_offset(ranks), outcome).tolist()))

    def risk(self, scores: Mapping[str, Sequence[float]]) -> FloatArray:
        """Probability of an error of each case, shape (n,)."""
        ranks = np.stack(
            [_rank(np.asarray(scores[n], dtype=float), self.quantiles[n]) for n in self.names], axis=1
        )
        found: FloatArray = 1.0 / (1.0 + np.exp(-_with_offset(ranks) @ np.array(self.weights)))
        return found

    def reasons(self, scores: Mapping[str, float]) -> list[tuple[str, float]]:
        """What each score adds to the log odds of an error beyond its median, the largest first."""
        own = (bisect_left(self.quantiles[n], _known(scores[n])) / len(self.quantiles[n]) for n in self.names)
        parts = [(n, w * (rank - 0.5)) for n, rank, w in zip(self.names, own, self.weights, strict=False)]
        return sorted(parts, key=lambda part: -part[1])

    def risk_of(self, scores: Mapping[str, float]) -> float:
        """Probability of an error of one case: as `risk`, without arrays, since it is asked at every answer."""
        own = (bisect_left(self.quantiles[n], _known(scores[n])) / len(self.quantiles[n]) for n in self.names)
        odds = sum(w * rank for w, rank in zip(self.weights, own, strict=False)) + self.weights[-1]
        return 1.0 / (1.0 + math.exp(-odds))


def _known(score: float) -> float:
    """A score that is not a number is as strange as any."""
    return math.inf if math.isnan(score) else score


def _rank(values: FloatArray, quantiles: Sequence[float]) -> FloatArray:
    """Share of the fitting cases below a value."""
    found: FloatArray = np.searchsorted(np.asarray(quantiles), np.nan_to_num(values, nan=np.inf)) / len(
        quantiles
    )
    return found


def _with_offset(ranks: FloatArray) -> FloatArray:
    joined: FloatArray = np.concatenate([ranks, np.ones((len(ranks), 1))], axis=1)
    return joined


def _logistic(design: FloatArray, outcome: FloatArray) -> FloatArray:
    """Weights by Newton's method with a small ridge (Hastie, Tibshirani and Friedman, 2nd ed., section 4.4.1)."""
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-design @ weights))
        slope = design.T @ (outcome - chance) - _RIDGE * weights
        curvature = (design * (chance * (1.0 - chance))[:, None]).T @ design + _RIDGE * np.eye(weights.size)
        step = np.linalg.solve(curvature, slope)
        weights = weights + step
        if np.abs(step).max() < _CONVERGED:
            break
    return weights
