"""Labelled cases as the network is trained on them: in batches of cases of like length, so that little is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.models.batch import Batch, collate, columns
from hotfire.models.encoding import Encoded
from hotfire.models.words import Words

__all__ = ["Batches", "Example", "LabelledBatch", "labelled"]

_WITH_TEXT = 1000
"""Added to the length of a case with a text: one such in a batch makes all others as long."""
_ALIKE = 40
"""Batches over which cases are sorted by length: enough to save padding, few enough to mix engines."""


@dataclass(frozen=True, eq=False)
class Example:
    """One case with its truth.

    Attributes:
        case: As the model reads it.
        label: Hypothesis that is true, in words.
    """

    case: Encoded
    label: str

    @property
    def length(self) -> int:
        """Tokens and questions, about, by which cases are put together; those with a text come after all others."""
        text = len(self.case.text)
        return len(self.case.places) + len(self.case.faults) // 2 + (_WITH_TEXT + text // 5 if text else 0)


@dataclass(frozen=True, eq=False)
class LabelledBatch:
    """n cases with their truth.

    Attributes:
        inputs: As the network takes them.
        allowed: Whether a column is a hypothesis of the case, shape (n, columns).
        truth: Column of the truth, shape (n,).
    """

    inputs: Batch
    allowed: np.ndarray[Any, np.dtype[np.bool_]]
    truth: np.ndarray[Any, np.dtype[np.int64]]


def labelled(examples: Sequence[Example], words: Words, modes: tuple[str, ...]) -> LabelledBatch:
    """Return examples as arrays; each label must be among the hypotheses of its case."""
    cases = [e.case for e in examples]
    inputs = collate(cases, words)
    sizes = inputs.faults.shape[1], inputs.places.shape[1]
    allowed = np.zeros((len(cases), 1 + sizes[0] + sizes[1] * len(modes)), dtype=bool)
    truth = np.zeros(len(cases), dtype=np.int64)
    for i, (example, own) in enumerate(zip(examples, columns(cases, modes), strict=True)):
        allowed[i, list(own.values())] = True
        truth[i] = own[example.label]
    return LabelledBatch(inputs, allowed, truth)


class Batches:
    """Order of the examples of one epoch after another: shuffled, then sorted by length within stretches."""

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        self._lengths, self._size, self._seed = np.asarray(lengths), size, seed
        self.epoch = 0

    def __len__(self) -> int:
        return (self._lengths.size + self._size - 1) // self._size

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng([self._seed, self.epoch])
        self.epoch += 1
        order = random.permutation(self._lengths.size)
        stretch = self._size * _ALIKE
        pieces = [order[i : i + stretch] for i in range(0, order.size, stretch)]
        order = np.concatenate([p[np.argsort(self._lengths[p], kind="stable")] for p in pieces])
        batches = [order[i : i + self._size].tolist() for i in range(0, order.size, self._size)]
        for i in random.permutation(len(batches)):
            yield batches[i]
