"""One run as it was and as it was labelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Outcome"]

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Outcome:
    """A run as it was and as it was labelled.

    Attributes:
        index: Within its split.
        at: Samples looked at, rising, shape (m,).
        even: Which of them are evenly spaced and count for shares, shape (m,).
        truth: Classes, shape (m,).
        answer: Classes that the network gives, shape (m,).
        onset: First faulty sample; None for a sound run.
        shown: First sample at which a slow valve can be seen; None where that is not asked or never.
    """

    index: int
    at: Labels
    even: NDArray[np.bool_]
    truth: Labels
    answer: Labels
    onset: int | None
    shown: int | None

    @property
    def named_after(self) -> int | None:
        """Samples from the onset to the first that is named right, as published; None if none is."""
        right = (self.answer == self.truth) & (self.truth > 0)
        return int(self.at[np.argmax(right)]) - self.onset if self.onset is not None and right.any() else None
