"""What every baseline has in common: probabilities over the labels of its training, made a posterior over a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from hotfire.examination.cases import ExamCase
from hotfire.physics.arrays import FloatArray

__all__ = ["Expert", "best_temperature", "posteriors"]

Settings = Mapping[str, Any]
_TEMPERATURES = np.geomspace(0.02, 8.0, 40)
_LEAST = 1e-9


class Expert(Protocol):
    """A baseline.

    Attributes:
        name: In tables.
        labels: The L labels that were seen in training, `nominal` among them.
    """

    name: str
    labels: tuple[str, ...]

    @staticmethod
    def draw(random: np.random.Generator) -> dict[str, Any]:
        """Draw settings to try."""
        ...

    def fit(self, cases: Sequence[ExamCase], settings: Settings, seed: int) -> None:
        """Learn from cases with one label each."""
        ...

    def probabilities(self, cases: Sequence[ExamCase]) -> FloatArray:
        """Return the probability of each label, shape (n, L)."""
        ...


def posteriors(
    probabilities: FloatArray, labels: Sequence[str], cases: Sequence[ExamCase], temperature: float = 1.0
) -> list[dict[str, float]]:
    """Return the posterior of each case over its admissible hypotheses.

    A label that the engine cannot have loses its mass, and a hypothesis that was never seen in training gets none.
    Where nothing is left, every admissible hypothesis is as likely as every other.

    Args:
        probabilities: Of each label, shape (n, L).
        labels: Their words.
        cases: Whose hypotheses are admissible.
        temperature: By which logarithms of probabilities are divided.
    """
    column = {label: i for i, label in enumerate(labels)}
    found = []
    for row, case in zip(probabilities, cases, strict=True):
        known = [h for h in case.hypotheses if h in column]
        mass = row[[column[h] for h in known]] if known else np.zeros(0)
        warm = np.where(mass > _LEAST, np.maximum(mass, _LEAST) ** (1.0 / temperature), 0.0)
        if warm.sum() <= 0.0:
            known, warm = list(case.hypotheses), np.ones(len(case.hypotheses))
        own = dict.fromkeys(case.hypotheses, 0.0)
        found.append(own | dict(zip(known, (warm / warm.sum()).tolist(), strict=True)))
    return found


def best_temperature(probabilities: FloatArray, labels: Sequence[str], cases: Sequence[ExamCase]) -> float:
    """Return the temperature of the least mean log loss on cases that were not learned from."""
    column = {label: i for i, label in enumerate(labels)}
    allowed = np.array([[label in set(c.hypotheses) for label in labels] for c in cases])
    truth = np.array([column.get(c.label, -1) for c in cases])
    rows = np.flatnonzero(truth >= 0)
    logs = np.log(np.maximum(probabilities, _LEAST))
    logs[~(allowed & (probabilities > _LEAST))] = -np.inf

    def loss(temperature: float) -> float:
        warm = logs[rows] / temperature
        top = np.maximum(warm.max(axis=1), -1e9)
        total = top + np.log(np.maximum(np.exp(warm - top[:, None]).sum(axis=1), _LEAST))
        return float(np.minimum(total - warm[np.arange(rows.size), truth[rows]], 6.9).mean())

    return float(min(_TEMPERATURES, key=loss))
