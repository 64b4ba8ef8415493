"""Nearest signature: every label by the mean of its cases in a whitened space, the nearest ones weighed by distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baselines.dense import Dense
from baselines.expert import Settings
from hotfire.examination.cases import ExamCase
from hotfire.physics.arrays import FloatArray

__all__ = ["Nearest"]


class Nearest:
    """Mean signatures, several of each label: a bias has two signs, and a mode looks otherwise on another engine."""

    name = "nearest signature"
    labels: tuple[str, ...] = ()

    @staticmethod
    def draw(random: np.random.Generator) -> dict[str, Any]:
        """Draw settings to try."""
        return {
            "signatures": int(random.choice([1, 2, 4, 8])),
            "neighbours": int(random.choice([5, 10, 20, 40])),
            "width": float(np.exp(random.uniform(np.log(0.03), np.log(1.0)))),
            "shrinkage": float(random.choice([0.03, 0.1, 0.3])),
            "direction": bool(random.random() < 0.5),
        }

    def fit(self, cases: Sequence[ExamCase], settings: Settings, seed: int) -> None:
        """Learn from cases with one label each."""
        self._settings = settings
        self._dense = Dense([c.description for c in cases])
        matrix = self._dense.matrix([c.description for c in cases])
        labels = np.array([c.label for c in cases])
        self.labels = tuple(sorted(set(labels.tolist())))
        rows = [np.flatnonzero(labels == label) for label in self.labels]
        within = np.concatenate([matrix[own] - matrix[own].mean(axis=0) for own in rows])
        self._whitening = _whitening(within, settings["shrinkage"])
        white = self._white(matrix)
        found = [_means(white[own], settings["signatures"], seed) for own in rows]
        self._signatures = np.concatenate(found)
        self._owner = np.repeat(np.arange(len(found)), [len(f) for f in found])

    def _white(self, matrix: FloatArray) -> FloatArray:
        white = np.asarray(matrix @ self._whitening)
        if self._settings["direction"]:
            # Sizes of faults differ by decades: what tells them apart is where the departures point.
            white = white / (1.0 + np.linalg.norm(white, axis=1, keepdims=True))
        return white

    def probabilities(self, cases: Sequence[ExamCase]) -> FloatArray:
        """Return the probability of each label, shape (n, L)."""
        found = np.zeros((len(cases), len(self.labels)))
        white = self._white(self._dense.matrix([c.description for c in cases]))
        scale = float((white**2).sum(axis=1).mean()) if self._settings["direction"] else white.shape[1]
        column = {label: i for i, label in enumerate(self.labels)}
        for row, point, case in zip(found, white, cases, strict=True):
            admissible = np.zeros(len(self.labels), dtype=bool)
            admissible[[column[h] for h in case.hypotheses if h in column]] = True
            open_to = np.flatnonzero(admissible[self._owner])
            far = ((self._signatures[open_to] - point) ** 2).sum(axis=1) / scale
            near = np.argsort(far)[: self._settings["neighbours"]]
            weights = np.exp(-0.5 * (far[near] - far[near].min(initial=np.inf)) / self._settings["width"])
            np.maximum.at(row, self._owner[open_to[near]], weights)
        return found / np.maximum(found.sum(axis=1, keepdims=True), 1e-300)


def _whitening(within: FloatArray, shrinkage: float) -> FloatArray:
    """Root of the inverse covariance of rows, drawn towards equal variances, shape (columns, columns)."""
    covariance = within.T @ within / len(within)
    spread = np.trace(covariance) / len(covariance)
    values, vectors = np.linalg.eigh(
        (1.0 - shrinkage) * covariance + shrinkage * spread * np.eye(len(covariance))
    )
    return np.asarray(vectors / np.sqrt(values))


def _means(points: FloatArray, count: int, seed: int) -> FloatArray:
    """Return up to `count` means of points, shape (at most count, columns)."""
    from sklearn.cluster import KMeans

    if count == 1 or len(points) < 2 * count:
        return np.asarray(points.mean(axis=0, keepdims=True))
    return np.asarray(KMeans(count, n_init=1, random_state=seed).fit(points).cluster_centers_)
