"""The learnt expert: the small model, answering at once what resembles its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.experts.case import ExpertCase
from hotfire.experts.hypotheses import MISMATCH
from hotfire.models.runtime import SmallModel, shipped
from hotfire.physics.description import Description
from hotfire.router.experts import Answer
from hotfire.router.ledger import metered

__all__ = ["NeuralExpert", "Opinion"]


@dataclass(frozen=True, eq=False)
class Opinion:
    """What backs an answer of the model.

    Attributes:
        energy: Free energy of its logits.
        provider: What it ran on: `cuda` or `cpu`.
    """

    energy: float
    provider: str


class NeuralExpert:
    """Answers by the small model over the hypotheses that an engine admits."""

    name = "neural"

    def __init__(self, model: SmallModel | None = None) -> None:
        """Take a model; None for the one that ships."""
        self.model = model or shipped()

    def answer(self, case: ExpertCase) -> Answer:
        """Answer a case; no probability goes to a model mismatch, which it never met."""
        return self.read(case.description, tuple(h for h in case.hypotheses if h != MISMATCH))

    def read(self, description: Description, hypotheses: Sequence[str] | None) -> Answer:
        """Answer a description.

        Args:
            description: Of the case.
            hypotheses: Admissible answers; None for whatever was true in training, where the engine is not known.
        """
        with metered() as meter:
            (found,) = self.model.answer([description], [hypotheses])
            meter.count(model_calls=1)
        opinion = Opinion(found.energy, self.model.provider)
        features = found.features.astype(np.float64)
        return Answer(found.posterior, self.name, features, opinion, meter.cost)
