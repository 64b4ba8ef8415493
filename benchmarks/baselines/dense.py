"""The matrix of descriptions for learners that measure distances: no gaps, and tails drawn in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from baselines.features import OWN, Vocabulary
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import COURSES, Description

__all__ = ["Dense"]

_PERCENT = 100.0


class Dense:
    """Departures of each channel by inverse hyperbolic sine, and a flag for each signal; 0 where a channel is missing.

    A departure of no standard deviations and a channel that is not there both say nothing, so both are 0.
    """

    def __init__(self, descriptions: Sequence[Description]) -> None:
        """Take the descriptions of the training cases."""
        self.vocabulary = Vocabulary(descriptions)

    def matrix(self, descriptions: Sequence[Description]) -> FloatArray:
        """Return the matrix, shape (n, columns)."""
        raw = self.vocabulary.matrix(descriptions)
        count = len(OWN) * len(self.vocabulary.channels)
        own = raw[:, :count].reshape(len(raw), -1, len(OWN))
        departures = own[:, :, :6].copy()
        departures[:, :, [0, 3]] *= _PERCENT
        flags = [own[:, :, 8] == COURSES.index(c) for c in COURSES[3:]]
        parts = [np.arcsinh(np.nan_to_num(departures)), np.stack(flags, axis=2).astype(float)]
        return np.concatenate([p.reshape(len(raw), -1) for p in parts], axis=1)
