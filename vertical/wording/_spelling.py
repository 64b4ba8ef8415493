"""Words with one slip of the keys, mended where it is plain which word was meant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from hotfire.wording._lexicon import Lexicon

__all__ = ["mended"]

_SHORTEST = 5
"""Letters from which a word is mended: a slip in a shorter one makes too many others."""


def mended(word: str, words: Lexicon) -> str:
    """Return the word that was meant: one letter more, less, other, or two changed over; the first one is right.

    A word that may be two others stays as it is, unless both say the same direction.
    """
    if len(word) < _SHORTEST or not word.isalpha() or word in words.vocabulary:
        return word
    return _nearest(word, words)


@lru_cache(maxsize=4096)
def _nearest(word: str, words: Lexicon) -> str:
    near = [w for w in words.vocabulary if w[0] == word[0] and len(w) >= _SHORTEST and _one_slip(word, w)]
    if not near:
        return word
    ways = {_way(words.entries, w) for w in near}
    return min(near) if len(near) == 1 or (len(ways) == 1 and None not in ways) else word


def _way(entries: Mapping[tuple[str, ...], object], word: str) -> str | None:
    says = getattr(entries.get((word,)), "says", {})
    way = says.get("way")
    return None if way is None else str(way)


def _one_slip(a: str, b: str) -> bool:
    """Say whether one slip of the keys lies between two words."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest, other = a[start:], b[start:]
    swapped = len(rest) > 1 and rest[1] + rest[0] + rest[2:] == other
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]
