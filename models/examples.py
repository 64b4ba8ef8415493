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
"""Added to the length of a case with a text: one such in a batch makes all others as long, so they are kept apart."""
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
        """What makes a case long, about, by which cases are put together.

        Those with a text come after all others, and go by their text: its words and single digits are most of the work.
        """
        text = self.case.text
        if text:
            return _WITH_TEXT + len(text) + 4 * sum(map(str.isdigit, text))
        return len(self.case.places) + len(self.case.faults) // 2


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
    """Order of the examples of one epoch after another: shuffled, then sorted by length within stretches.

    Texts are among themselves: where they shared stretches with the other cases, five batches of them spanned all
    lengths, and two fifths of what the pretrained layers worked on was padding.
    """

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        self._lengths, self._size, self._seed = np.asarray(lengths), size, seed
        self.epoch = 0

    def __len__(self) -> int:
        texts = int((self._lengths >= _WITH_TEXT).sum())
        return sum(-(-count // self._size) for count in (texts, self._lengths.size - texts))

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng([self._seed, self.epoch])
        self.epoch += 1
        with_text = self._lengths >= _WITH_TEXT
        batches = [
            batch
            for alike in (~with_text, with_text)
            for batch in self._batches(random.permutation(np.flatnonzero(alike)))
        ]
        for i in random.permutation(len(batches)):
            yield batches[i]

    def _batches(self, order: np.ndarray) -> Iterator[list[int]]:
        stretch = self._size * _ALIKE
        for start in range(0, order.size, stretch):
            piece = order[start : start + stretch]
            piece = piece[np.argsort(self._lengths[piece], kind="stable")]
            yield from (piece[i : i + self._size].tolist() for i in range(0, piece.size, self._size))
