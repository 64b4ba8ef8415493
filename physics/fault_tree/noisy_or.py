"""Findings and their causes, where each cause brings each finding about by itself (noisy-or).

A finding is absent where every present cause fails to bring it about, and so does its leak (Pearl 1988, section 4.3).
Quickscore (Heckerman 1989) sums over subsets of the positive findings with alternating signs, and loses the digits of
what is improbable. Here the causes are passed one by one, with the probability of each set of positive findings that
is explained so far: as exponential in the positive findings, linear in causes, and all terms are positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.fault_tree.model import FaultTreeError

__all__ = ["NoisyOr"]

_MOST = 20
"""Positive findings of one case: each doubles the time and the memory."""


@dataclass(frozen=True, eq=False)
class NoisyOr:
    """Causes with findings.

    Attributes:
        causes: Names.
        findings: Names.
        prior: Probability of each cause, shape (causes,).
        strength: Probability that a present cause brings a finding about, shape (causes, findings).
        leak: Probability of each finding without a cause, shape (findings,).
    """

    causes: tuple[str, ...]
    findings: tuple[str, ...]
    prior: FloatArray
    strength: FloatArray
    leak: FloatArray

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit and what is no probability."""
        shapes = {"prior": (len(self.causes),), "strength": (len(self.causes), len(self.findings))}
        for name, shape in (shapes | {"leak": (len(self.findings),)}).items():
            values = np.asarray(getattr(self, name))
            if values.shape != shape or not ((values >= 0.0) & (values <= 1.0)).all():
                raise FaultTreeError(
                    f"`{name}` is not an array of probabilities of shape {shape}",
                    where="noisy-or",
                    remedy="give numbers from 0 to 1, a row a cause and a column a finding",
                )

    def posterior(self, seen: Mapping[str, bool]) -> tuple[float, FloatArray]:
        """Return the probability of what was seen, and of each cause given that; exact.

        Args:
            seen: Findings that are there or not; the others are not known.

        Raises:
            FaultTreeError: If a finding is unknown, too many are positive, or what was seen cannot be.
        """
        columns = {n: i for i, n in enumerate(self.findings)}
        unknown = [n for n in seen if n not in columns]
        positive = [columns[n] for n, there in seen.items() if there and n in columns]
        if unknown or len(positive) > _MOST:
            raise FaultTreeError(
                f"there is no finding {unknown[0]!r}"
                if unknown
                else f"{len(positive)} findings are positive",
                where="noisy-or",
                remedy="name one of the findings" if unknown else f"give at most {_MOST} positive ones",
            )
        negative = [columns[n] for n, there in seen.items() if not there]
        silent = np.prod(1.0 - self.strength[:, negative], axis=1)
        chance, joint = self._passed(self.strength[:, positive], self.leak[positive], silent)
        chance_negative = float(np.prod(1.0 - self.leak[negative]))
        if chance * chance_negative <= 0.0:
            raise FaultTreeError(
                "what was seen cannot be", where="noisy-or", remedy="give the findings a leak, or look again"
            )
        return chance * chance_negative, joint / chance

    def _passed(self, strength: FloatArray, leak: FloatArray, silent: FloatArray) -> tuple[float, FloatArray]:
        """Probability that all positive findings are explained, alone and together with each cause."""
        start = np.zeros(2**leak.size)
        start[0] = 1.0
        explained = _spread(start, leak)
        linked = np.flatnonzero(strength.any(axis=1) & (self.prior > 0.0))
        with_cause = []
        for cause in linked:
            with_cause.append(self.prior[cause] * silent[cause] * _spread(explained, strength[cause]))
            explained = (1.0 - self.prior[cause]) * explained + with_cause[-1]
        # A cause without a part in the positive findings only multiplies by the silence of the negative ones.
        present, absent = self.prior * silent, 1.0 - self.prior
        aside = np.ones(self.prior.size, dtype=bool)
        aside[linked] = False
        others = float(np.prod((present + absent)[aside]))
        chance = float(explained[-1])
        joint = chance * present / np.where(present + absent > 0.0, present + absent, 1.0)
        rest = np.zeros_like(start)
        rest[-1] = 1.0
        for cause, own in zip(linked[::-1], with_cause[::-1], strict=True):
            joint[cause] = own @ rest
            rest = absent[cause] * rest + present[cause] * _gathered(rest, strength[cause])
        return chance * others, joint * others


def _spread(explained: FloatArray, strength: FloatArray) -> FloatArray:
    """Explain each finding with its probability: from the sets without it to those with it."""
    found = explained.copy()
    for i in np.flatnonzero(strength):
        pairs = found.reshape(-1, 2, 2**i)
        pairs[:, 1] += strength[i] * pairs[:, 0]
        pairs[:, 0] *= 1.0 - strength[i]
    return found


def _gathered(rest: FloatArray, strength: FloatArray) -> FloatArray:
    """The transpose of `_spread`."""
    found = rest.copy()
    for i in np.flatnonzero(strength):
        pairs = found.reshape(-1, 2, 2**i)
        pairs[:, 0] += strength[i] * (pairs[:, 1] - pairs[:, 0])
    return found
