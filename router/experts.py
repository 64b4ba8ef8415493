"""What an expert must offer, and what an answer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from hotfire.router.ledger import Cost

__all__ = ["Answer", "Checked", "Checker", "LearntExpert", "SureExpert"]

CaseT_contra = TypeVar("CaseT_contra", contravariant=True)
FloatArray = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Answer:
    """Hypotheses of one case.

    Attributes:
        posterior: Probability by hypothesis.
        expert: Who answered.
        features: What the expert saw of the case, shape (d,); empty where it does not say.
        evidence: Whatever backs the answer (a certificate, a report); None without.
        cost: What it took.
    """

    posterior: Mapping[str, float]
    expert: str
    features: FloatArray = field(default_factory=lambda: np.empty(0), compare=False)
    evidence: Any = None
    cost: Cost = field(default_factory=Cost)

    @property
    def best(self) -> str:
        """The likeliest hypothesis; "" where there is none."""
        return max(self.posterior, key=lambda name: (self.posterior[name], name), default="")

    @property
    def confidence(self) -> float:
        """Probability of the likeliest hypothesis."""
        return max(self.posterior.values(), default=0.0)


@dataclass(frozen=True)
class Checked:
    """What a check of a claimed hypothesis found.

    Attributes:
        agrees: Whether the claim explains the case within tolerance.
        misfit: How badly it does not: 0 is perfect, 1 the limit of agreement.
        words: One sentence of what was compared.
        evidence: What backs the check; None without.
        cost: What it took.
    """

    agrees: bool
    misfit: float
    words: str = ""
    evidence: Any = None
    cost: Cost = field(default_factory=Cost)


class LearntExpert(Protocol[CaseT_contra]):
    """Answers at once what resembles what it was trained on."""

    name: str

    def answer(self, case: CaseT_contra) -> Answer:
        """Answer a case, with the features that the answer rests on."""
        ...


class SureExpert(Protocol[CaseT_contra]):
    """Works an answer out, at a price."""

    name: str

    def answer(self, case: CaseT_contra, hints: Mapping[str, float]) -> Answer:
        """Answer a case.

        Args:
            case: The case.
            hints: Posterior of another expert, to begin with; may be empty or wrong.
        """
        ...


class Checker(Protocol[CaseT_contra]):
    """Holds a claim against the case: cheap beside working the answer out."""

    def check(self, case: CaseT_contra, claim: str) -> Checked:
        """Say whether a hypothesis explains the case."""
        ...
