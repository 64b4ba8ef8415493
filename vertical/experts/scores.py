"""How strange a case is to the small model: what the router weighs, beside the check of the claim.

No score names an engine or a cycle: they are distances in the model's own features, how much its answer wavers, how
many of the description's words were in no training case, and what the physics says of the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.experts.case import ExpertCase
from hotfire.experts.neural import Opinion
from hotfire.models.card import SHIPPED
from hotfire.models.encoding import encode
from hotfire.physics.description import Description
from hotfire.router.experts import Answer, Checked
from hotfire.router.shift import Distances, entropy

__all__ = ["FAMILIAR", "OF_TRAINING", "WEIGHED", "Familiar", "Scores"]

FAMILIAR = "familiar.npz"
WEIGHED = ("energy", "doubt", "entropy", "misfit")
"""Scores that the risk weighs, beside what the router finds of rivals; see docs/explanation/router.md."""
OF_TRAINING = frozenset({"distance", "relative_distance", "neighbours", "strange_words"})
"""Scores that ask what the training cases were like."""
_LARGEST = 1e3
"""Misfit beyond which a claim is as wrong as any."""


@dataclass(frozen=True, eq=False)
class Familiar:
    """What the training cases were like.

    Attributes:
        distances: Of features from theirs.
        phrases: Places, cycles, propellants and hardware that they used.
    """

    distances: Distances
    phrases: frozenset[str]

    @classmethod
    def of(cls, features: np.ndarray, labels: Sequence[str], phrases: Sequence[str]) -> Familiar:
        """Learn from training cases: features, shape (n, d), the label of each, and all phrases."""
        return cls(Distances.fit(features, labels, most=1000), frozenset(phrases))

    def write(self, path: Path) -> None:
        """Write to a file."""
        arrays = {f.name: getattr(self.distances, f.name).astype(np.float32) for f in fields(Distances)}
        arrays["reference"] = arrays["reference"].astype(np.float16)
        np.savez_compressed(path, phrases=np.array(sorted(self.phrases)), **arrays)

    @classmethod
    def read(cls, path: Path = SHIPPED / FAMILIAR) -> Familiar:
        """Read from a file."""
        with np.load(path) as kept:
            arrays = {f.name: kept[f.name].astype(np.float64) for f in fields(Distances)}
            return cls(Distances(**arrays), frozenset(kept["phrases"].tolist()))

    def strange_words(self, description: Description) -> float:
        """Share of a description's phrases that no training case used."""
        case = encode(description, ())
        phrases = [*case.context, *case.places]
        return float(np.mean([p not in self.phrases for p in phrases])) if phrases else 1.0


class Scores:
    """Scores a case with its learnt answer and the check of it; higher is stranger."""

    def __init__(self, familiar: Familiar | None = None, names: Collection[str] | None = None) -> None:
        """Take what the scores are of.

        Args:
            familiar: What the training cases were like; None where no score asks for it.
            names: Of the scores that are wanted, since those that nobody weighs cost as much; None for all.

        Raises:
            ValueError: If a score asks for training cases and there are none.
        """
        self._wanted = None if names is None else frozenset(names)
        self._familiar = familiar
        if familiar is None and (self._wanted is None or self._wanted & OF_TRAINING):
            raise ValueError("these scores ask for what the training cases were like")

    def __call__(self, case: ExpertCase, answer: Answer, check: Checked | None) -> Mapping[str, float]:
        """Return the scores by name; without a check, those of the features alone."""
        makers = {**self._of_answer(answer), **self._of_training(case, answer)}
        if check is not None:
            makers["misfit"] = lambda: min(check.misfit, _LARGEST)
        return {name: make() for name, make in makers.items() if self._wanted is None or name in self._wanted}

    @staticmethod
    def _of_answer(answer: Answer) -> dict[str, Callable[[], float]]:
        """How much the answer wavers."""
        opinion: Any = answer.evidence
        return {
            "energy": lambda: opinion.energy if isinstance(opinion, Opinion) else 0.0,
            "doubt": lambda: 1.0 - answer.confidence,
            "entropy": lambda: float(entropy(np.array([list(answer.posterior.values())]))[0]),
        }

    def _of_training(self, case: ExpertCase, answer: Answer) -> dict[str, Callable[[], float]]:
        """How far the case is from the training cases."""
        if self._familiar is None:
            return {}
        familiar, distances = self._familiar, self._familiar.distances
        features = np.asarray(answer.features, dtype=np.float64)[None]
        return {
            "distance": lambda: float(distances.mahalanobis(features)[0]),
            "relative_distance": lambda: float(distances.relative(features)[0]),
            "neighbours": lambda: float(distances.neighbours(features)[0]),
            "strange_words": lambda: familiar.strange_words(case.description),
        }
