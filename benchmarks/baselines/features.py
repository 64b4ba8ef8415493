"""Descriptions as a matrix with fixed columns: what every learner on descriptions gets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import COURSES, Description, Symptom

__all__ = ["OWN", "Vocabulary", "channel"]

OWN = (
    "level size",
    "level sigma",
    "level given others",
    "change size",
    "change sigma",
    "change given others",
    "onset",
    "course",
    "signal",
)
"""Columns of one channel. `onset` is a share of the burn, `course` 0 for a step and 1 for a ramp, `signal` 0 for none
and else the place of the word in `COURSES`."""


def channel(symptom: Symptom) -> str:
    """Place and quantity of a symptom in words."""
    return f"{symptom.location.words} {symptom.quantity}"


class Vocabulary:
    """Channels and hardware that were seen in training; what is new has no column.

    Attributes:
        channels: In alphabetical order.
        words: Cycles and laws of the hardware, in alphabetical order.
        columns: Names of all columns of the matrix.
    """

    def __init__(self, descriptions: Sequence[Description]) -> None:
        """Take the descriptions of the training cases."""
        self.channels = sorted({channel(s) for d in descriptions for s in d.symptoms})
        self.words = sorted({w for d in descriptions for w in _words(d)})
        self._place = {c: i * len(OWN) for i, c in enumerate(self.channels)}
        self._word = {w: len(OWN) * len(self.channels) + i for i, w in enumerate(self.words)}
        self.columns = [*(f"{c}: {o}" for c in self.channels for o in OWN), *self.words, "burn"]

    def matrix(self, descriptions: Sequence[Description]) -> FloatArray:
        """Return the matrix, shape (n, columns); NaN where a channel is missing."""
        found = np.full((len(descriptions), len(self.columns)), np.nan)
        found[:, len(OWN) * len(self.channels) :] = 0.0
        for row, description in zip(found, descriptions, strict=True):
            for word in _words(description):
                if word in self._word:
                    row[self._word[word]] = 1.0
            row[-1] = description.burn
            self._fill(row, description)
        return found

    def _fill(self, row: FloatArray, description: Description) -> None:
        burn = max(description.burn, 1e-9)
        for symptom in description.symptoms:
            at = self._place.get(channel(symptom))
            if at is None:
                continue
            if np.isnan(row[at + 8]):
                row[at + 8] = 0.0
            figures = (symptom.size, symptom.sigma, symptom.given_others)
            if symptom.course == "level":
                row[at : at + 3] = figures
            elif symptom.course in ("step", "ramp"):
                row[at + 3 : at + 6] = figures
                row[at + 6] = (symptom.onset or 0.0) / burn
                row[at + 7] = float(symptom.course == "ramp")
            else:
                row[at + 8] = COURSES.index(symptom.course)


def _words(description: Description) -> tuple[str, ...]:
    return (f"cycle {description.cycle}", *(f"hardware {h}" for h in description.hardware))
