"""Slips of the keys, and articles left out."""

from __future__ import annotations

import numpy as np

__all__ = ["mistyped"]

_ARTICLES = ("the", "a", "an")


def mistyped(text: str, random: np.random.Generator, share: float) -> str:
    """Leave out articles and mistype a share of the longer words; every word takes three draws, whatever it is."""
    words = []
    for word in text.split(" "):
        chance, place, kind = random.random(), random.random(), random.random()
        if word.lower() in _ARTICLES:
            continue
        at = 1 + int(place * (len(word) - 2)) if len(word) > 4 else 0
        if chance < share and at and word.isalpha():
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :] if at + 1 < len(word) else word
            word = swapped if kind < 0.5 else word[:at] + word[at + 1 :]  # noqa: PLW2901
        words.append(word)
    return " ".join(words)
