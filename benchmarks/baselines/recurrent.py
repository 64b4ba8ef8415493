"""An LSTM on raw channels: it sees absolute readings, and no forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baselines.expert import Settings
from hotfire.examination.cases import ExamCase
from hotfire.physics.arrays import FloatArray

__all__ = ["Recurrent", "stacked"]


def stacked(cases: Sequence[ExamCase], channels: Sequence[str]) -> np.ndarray:
    """Return the series of cases in fixed channels, shape (n, windows, channels), NaN where there is none."""
    column = {c: i for i, c in enumerate(channels)}
    found = np.full((len(cases), len(cases[0].series), len(channels)), np.nan, dtype=np.float32)
    for own, case in zip(found, cases, strict=True):
        known = [(i, column[c]) for i, c in enumerate(case.channels) if c in column]
        own[:, [to for _, to in known]] = case.series[:, [at for at, _ in known]]
    return found


class Recurrent:
    """Readings by linear or logarithmic scale, standardised by the training; gaps are 0 with a flag beside."""

    name = "LSTM on raw channels"
    labels: tuple[str, ...] = ()

    @staticmethod
    def draw(random: np.random.Generator) -> dict[str, Any]:
        """Draw settings to try."""
        return {
            "hidden": int(random.choice([48, 96])),
            "layers": int(random.choice([1, 2])),
            "rate": float(np.exp(random.uniform(np.log(1e-3), np.log(6e-3)))),
            "dropout": float(random.choice([0.0, 0.2])),
            "epochs": int(random.choice([10, 16, 25, 40])),
            "logarithm": bool(random.random() < 0.5),
        }

    def fit(self, cases: Sequence[ExamCase], settings: Settings, seed: int) -> None:
        """Learn from cases with one label each."""
        import torch

        from baselines.network import train

        torch.set_num_threads(1)
        self._channels = sorted({c for case in cases for c in case.channels})
        self._logarithm = settings["logarithm"]
        series = stacked(cases, self._channels)
        self._unit = np.nan_to_num(np.nanmedian(np.abs(series), axis=(0, 1)), nan=1.0) * 1e-3 + 1e-12
        scaled = self._scaled(series)
        self._mean, self._spread = np.nanmean(scaled, axis=(0, 1)), np.nanstd(scaled, axis=(0, 1)) + 1e-6
        self.labels = tuple(sorted({c.label for c in cases}))
        targets = np.array([self.labels.index(c.label) for c in cases])
        self._network = train((scaled - self._mean) / self._spread, targets, len(self.labels), settings, seed)

    def _scaled(self, series: np.ndarray) -> np.ndarray:
        """Readings as they are, or logarithms above a thousandth of the usual."""
        return np.asarray(np.arcsinh(series / self._unit) if self._logarithm else series)

    def probabilities(self, cases: Sequence[ExamCase]) -> FloatArray:
        """Return the probability of each label, shape (n, L)."""
        from baselines.network import answer

        series = (self._scaled(stacked(cases, self._channels)) - self._mean) / self._spread
        return answer(self._network, series)
