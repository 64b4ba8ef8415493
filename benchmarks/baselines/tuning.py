"""The same number of trials for every baseline, on the same cases, by the same criterion; then training on all."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from baselines.expert import Expert, best_temperature, posteriors
from hotfire.examination.cases import ExamCase
from hotfire.examination.score import score

__all__ = ["Fitted", "Trial", "tune"]


@dataclass(frozen=True)
class Trial:
    """One try of settings on the tuning subset.

    Attributes:
        expert: Name.
        settings: As JSON.
        temperature: Fitted on the validation cases.
        criterion: Mean of the score over all validation cases, sound and undetectable ones by their own rules.
        seconds: CPU of training.
    """

    expert: str
    settings: str
    temperature: float
    criterion: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Fitted:
    """A baseline that was trained on everything.

    Attributes:
        expert: It.
        trial: The last training: best settings, the temperature of its posteriors, criterion on the validation cases.
        trials: What was tried.
    """

    expert: Expert
    trial: Trial
    trials: tuple[Trial, ...]

    def answer(self, cases: Sequence[ExamCase]) -> list[dict[str, float]]:
        """Return calibrated posteriors."""
        found = self.expert.probabilities(cases)
        return posteriors(found, self.expert.labels, cases, self.trial.temperature)


def tune(
    kind: type[Expert],
    training: Sequence[ExamCase],
    validation: Sequence[ExamCase],
    *,
    trials: int,
    subset: int,
    seed: int,
) -> Fitted:
    """Try random settings on a subset of the training cases, and train on all with the best.

    Args:
        kind: Which baseline.
        training: Cases to learn from.
        validation: Cases to choose by and to fit the temperature on.
        trials: Number of settings.
        subset: Number of training cases of a trial.
        seed: Of settings, subset and training.
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(len(training))[:subset]
    part = [training[i] for i in rows]
    tried = [_try(kind(), kind.draw(random), part, validation, seed) for _ in range(trials)]
    best = max(tried, key=lambda t: t.criterion)
    expert = kind()
    final = _try(expert, json.loads(best.settings), training, validation, seed)
    return Fitted(expert, final, tuple(tried))


def _try(
    expert: Expert,
    settings: dict[str, Any],
    training: Sequence[ExamCase],
    validation: Sequence[ExamCase],
    seed: int,
) -> Trial:
    start = time.process_time()
    expert.fit(training, settings, seed)
    seconds = time.process_time() - start
    found = expert.probabilities(validation)
    temperature = best_temperature(found, expert.labels, validation)
    answers = posteriors(found, expert.labels, validation, temperature)
    earned = [
        score(a, c.label, c.group, detectable=c.detectable).score
        for a, c in zip(answers, validation, strict=True)
    ]
    mean = float(np.mean(earned))
    return Trial(expert.name, json.dumps(settings), round(temperature, 3), round(mean, 4), round(seconds, 2))
