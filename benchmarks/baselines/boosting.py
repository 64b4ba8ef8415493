"""Gradient boosting over all labels, on the matrix of descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baselines.expert import Settings
from baselines.features import Vocabulary
from hotfire.examination.cases import ExamCase
from hotfire.physics.arrays import FloatArray

__all__ = ["Boosting"]


class Boosting:
    """LightGBM with one tree a label and round; rare labels need its regularisation to stay stable."""

    name = "gradient boosting"
    labels: tuple[str, ...] = ()

    @staticmethod
    def draw(random: np.random.Generator) -> dict[str, Any]:
        """Draw settings to try."""
        return {
            "n_estimators": int(random.choice([15, 30, 60, 120])),
            "learning_rate": float(np.exp(random.uniform(np.log(0.02), np.log(0.25)))),
            "num_leaves": int(random.choice([5, 7, 12])),
            "min_child_samples": int(random.choice([2, 5, 10])),
            "colsample_bytree": float(random.choice([0.15, 0.3])),
            "reg_lambda": float(random.choice([0.3, 1.0, 3.0])),
        }

    def fit(self, cases: Sequence[ExamCase], settings: Settings, seed: int) -> None:
        """Learn from cases with one label each."""
        from lightgbm import LGBMClassifier

        self._vocabulary = Vocabulary([c.description for c in cases])
        matrix = self._vocabulary.matrix([c.description for c in cases])
        self._model = LGBMClassifier(
            **settings, subsample=0.5, subsample_freq=1, max_bin=63, n_jobs=1, random_state=seed, verbose=-1
        )
        self._model.fit(matrix, np.array([c.label for c in cases]))
        self.labels = tuple(str(c) for c in self._model.classes_)

    def probabilities(self, cases: Sequence[ExamCase]) -> FloatArray:
        """Return the probability of each label, shape (n, L)."""
        matrix = self._vocabulary.matrix([c.description for c in cases])
        # The booster itself: the wrapper warns of columns without names.
        return np.asarray(self._model.booster_.predict(matrix, num_threads=1), dtype=float)
