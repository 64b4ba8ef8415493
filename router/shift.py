"""How strange a case is to a learnt expert: scores that rise with the distance from what it was trained on.

Unfamiliar is not the same as wrong: each score is one opinion, and `hotfire.router.combination` weighs them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Distances", "energy", "entropy"]

FloatArray = np.ndarray[Any, np.dtype[np.float64]]

_NEIGHBOURS = 10
_SHRINKAGE = 0.05
"""Share of an isotropic covariance that keeps the inverse tame where there are few cases."""


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances of feature vectors from the training cases.

    Attributes:
        means: Mean of each class, shape (c, d).
        precision: Inverse of the covariance within classes, shape (d, d).
        mean, precision_of_all: Of all classes together, for the relative distance.
        reference: Normalised training features, shape (n, d), for the nearest neighbours.
    """

    means: FloatArray
    precision: FloatArray
    mean: FloatArray
    precision_of_all: FloatArray
    reference: FloatArray

    @classmethod
    def fit(cls, features: FloatArray, labels: Sequence[str], *, most: int = 5000) -> Distances:
        """Learn from training cases.

        Args:
            features: Shape (n, d).
            labels: Class of each.
            most: Cases that are kept for the nearest neighbours; evenly spread.

        Raises:
            ValueError: If there are fewer than two cases or the two differ in length.
        """
        if len(features) != len(labels) or len(features) < 2:
            raise ValueError(f"{len(features)} features and {len(labels)} labels cannot be learnt from")
        names, which = np.unique(np.asarray(labels), return_inverse=True)
        means = np.stack([features[which == k].mean(axis=0) for k in range(names.size)])
        step = max(1, len(features) // most)
        return cls(
            means,
            _precision(features - means[which]),
            features.mean(axis=0),
            _precision(features - features.mean(axis=0)),
            _normalised(features[::step]),
        )

    def mahalanobis(self, features: FloatArray) -> FloatArray:
        """Squared distance from the nearest class (Lee et al., arXiv 1807.03888), shape (n,)."""
        away = features[:, None, :] - self.means[None, :, :]
        squared: FloatArray = ((away @ self.precision) * away).sum(axis=-1)
        nearest: FloatArray = squared.min(axis=1)
        return nearest

    def relative(self, features: FloatArray) -> FloatArray:
        """Mahalanobis distance less that from all classes together (Ren et al., arXiv 2106.09022), shape (n,)."""
        away = features - self.mean
        background: FloatArray = ((away @ self.precision_of_all) * away).sum(axis=-1)
        return self.mahalanobis(features) - background

    def neighbours(self, features: FloatArray) -> FloatArray:
        """Distance from the tenth nearest case on the unit sphere (Sun et al., arXiv 2204.06507), shape (n,)."""
        near = 1.0 - _normalised(features) @ self.reference.T
        k = min(_NEIGHBOURS, near.shape[1]) - 1
        found: FloatArray = np.partition(near, k, axis=1)[:, k]
        return found


def energy(logits: FloatArray) -> FloatArray:
    """Free energy of the logits (Liu et al., arXiv 2010.03759): low where one class stands out, shape (n,)."""
    top = logits.max(axis=1)
    found: FloatArray = -(top + np.log(np.exp(logits - top[:, None]).sum(axis=1)))
    return found


def entropy(probabilities: FloatArray) -> FloatArray:
    """Entropy of an answer in nats, shape (n,)."""
    found: FloatArray = -(probabilities * np.log(np.clip(probabilities, 1e-12, None))).sum(axis=1)
    return found


def _precision(away: FloatArray) -> FloatArray:
    covariance = np.cov(away, rowvar=False).reshape(away.shape[1], away.shape[1])
    level = np.trace(covariance) / covariance.shape[0]
    tame = (1.0 - _SHRINKAGE) * covariance + (_SHRINKAGE * level + 1e-12) * np.eye(covariance.shape[0])
    inverse: FloatArray = np.linalg.inv(tame)
    return inverse


def _normalised(features: FloatArray) -> FloatArray:
    normalised: FloatArray = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return normalised
