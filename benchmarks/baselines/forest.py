"""Isolation forest: tells sound engines from others, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baselines.dense import Dense
from baselines.expert import Settings
from hotfire.examination.cases import ExamCase
from hotfire.examination.score import NOMINAL
from hotfire.physics.arrays import FloatArray

__all__ = ["Forest"]


class Forest:
    """Grown on sound engines; what is isolated early is a fault, each as likely as every other."""

    name = "isolation forest"
    labels: tuple[str, ...] = ()

    @staticmethod
    def draw(random: np.random.Generator) -> dict[str, Any]:
        """Draw settings to try."""
        return {
            "n_estimators": int(random.choice([50, 100, 200])),
            "max_samples": float(random.choice([0.25, 0.5, 1.0])),
            "max_features": float(random.choice([0.1, 0.3, 1.0])),
        }

    def fit(self, cases: Sequence[ExamCase], settings: Settings, seed: int) -> None:
        """Learn from cases with one label each."""
        from sklearn.ensemble import IsolationForest
        from sklearn.linear_model import LogisticRegression

        self._dense = Dense([c.description for c in cases])
        matrix = self._dense.matrix([c.description for c in cases])
        sound = np.array([c.label == NOMINAL for c in cases])
        self.labels = tuple(sorted({c.label for c in cases}))
        self._forest = IsolationForest(**settings, random_state=seed, n_jobs=1).fit(matrix[sound])
        self._chance = LogisticRegression(C=100.0).fit(self._forest.score_samples(matrix)[:, None], sound)

    def probabilities(self, cases: Sequence[ExamCase]) -> FloatArray:
        """Return the probability of each label, shape (n, L)."""
        scores = self._forest.score_samples(self._dense.matrix([c.description for c in cases]))
        sound = self._chance.predict_proba(scores[:, None])[:, 1]
        at = self.labels.index(NOMINAL)
        found = np.zeros((len(cases), len(self.labels)))
        for row, case, chance in zip(found, cases, sound, strict=True):
            own = set(case.hypotheses)
            faults = [i for i, label in enumerate(self.labels) if label in own and i != at]
            row[faults] = (1.0 - chance) / max(len(faults), 1)
            row[at] = chance
        return found
