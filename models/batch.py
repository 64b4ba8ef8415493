"""Several cases as arrays: the one form in which training and the runtime hand cases to the network.

Phrases that recur (places, hypotheses, hardware) stand once in a table; cases refer to its rows. Row 0 is the empty
phrase, and 0 stands for padding everywhere, so that no masks need to be handed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from hotfire.models.encoding import NOMINAL, NUMBERS, Encoded
from hotfire.models.words import Words

__all__ = ["INPUTS", "Batch", "collate", "columns", "posteriors"]

IntArray = np.ndarray[Any, np.dtype[np.int64]]
FloatArray = np.ndarray[Any, np.dtype[np.float32]]

INPUTS = ("phrases", "context", "places", "numbers", "faults", "text")
"""Inputs of the network, in order."""


@dataclass(frozen=True, eq=False)
class Batch:
    """n cases.

    Attributes:
        phrases: Word pieces of the table, shape (U, P).
        context: Rows of cycle, propellants and hardware, shape (n, C).
        places: Rows of the sensors' places, shape (n, S).
        numbers: Departures, shape (n, S, `NUMBERS`).
        faults: Rows of the hypotheses about hardware, shape (n, H).
        text: Word pieces of the operator's text, shape (n, T); T is at least 1.
    """

    phrases: IntArray
    context: IntArray
    places: IntArray
    numbers: FloatArray
    faults: IntArray
    text: IntArray

    def feed(self) -> dict[str, np.ndarray]:
        """Return the inputs by name."""
        return {name: getattr(self, name) for name in INPUTS}


def collate(cases: Sequence[Encoded], words: Words) -> Batch:
    """Return cases as arrays."""
    rows: dict[str, int] = {"": 0}

    def numbered(phrases: Sequence[Sequence[str]]) -> IntArray:
        return _padded([[rows.setdefault(p, len(rows)) for p in own] for own in phrases])

    context = numbered([c.context for c in cases])
    places = numbered([c.places for c in cases])
    faults = numbered([c.faults for c in cases])
    numbers = np.zeros((*places.shape, NUMBERS), dtype=np.float32)
    for own, case in zip(numbers, cases, strict=True):
        own[: len(case.places)] = case.numbers
    table = _padded([words.phrase(p) for p in rows])
    return Batch(table, context, places, numbers, faults, _padded([words.text(c.text) for c in cases]))


def _padded(rows: Sequence[Sequence[int]]) -> IntArray:
    """Rows of different length, padded with 0; at least one column."""
    padded = np.zeros((len(rows), max([1, *(len(r) for r in rows)])), dtype=np.int64)
    for own, row in zip(padded, rows, strict=True):
        own[: len(row)] = row
    return padded


def columns(cases: Sequence[Encoded], modes: Sequence[str]) -> list[dict[str, int]]:
    """Return, for each case, the column of each hypothesis in the network's answer.

    Columns are: nominal; H faults of hardware; S sensors times M modes. A sensor mode that the network does not know
    has no column.

    Args:
        cases: Of one batch.
        modes: Faults of sensors that the network knows, M.
    """
    widest = max([1, *(len(c.faults) for c in cases)])
    return [_columns(c.faults, c.sensor_faults, tuple(modes), widest) for c in cases]


@lru_cache(maxsize=1024)
def _columns(
    faults: tuple[str, ...], sensor_faults: tuple[tuple[str, int, str], ...], modes: tuple[str, ...], widest: int
) -> dict[str, int]:
    number = {mode: i for i, mode in enumerate(modes)}
    own = {NOMINAL: 0, **{f: 1 + i for i, f in enumerate(faults)}}
    for words, place, mode in sensor_faults:
        if mode in number:
            own[words] = 1 + widest + place * len(modes) + number[mode]
    return own


def posteriors(
    logits: np.ndarray, cases: Sequence[Encoded], modes: Sequence[str], temperature: float
) -> list[dict[str, float]]:
    """Return the posterior of each case over its hypotheses.

    Args:
        logits: The network's answer, shape (n, 1 + H + S M).
        cases: Of the same batch.
        modes: Faults of sensors that the network knows.
        temperature: By which logits are divided.
    """
    found = []
    for row, case, own in zip(logits, cases, columns(cases, modes), strict=True):
        chosen = row[list(own.values())].astype(np.float64) / temperature
        mass = np.exp(chosen - chosen.max())
        unknown = {words: 0.0 for words, _, _ in case.sensor_faults if words not in own}
        found.append(dict(zip(own, (mass / mass.sum()).tolist(), strict=True)) | unknown)
    return found
