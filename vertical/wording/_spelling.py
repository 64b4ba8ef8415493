"""Words with one slip of the keys, mended where it is plain which word was meant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from hotfire.wording._lexicon import Lexicon

__all__ = ["mended"]

_SHORTEST = 5
"""Letters from which a word is mended: a slip in a shorter one makes too many others."""

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NO_SLIPS = frozenset(
    [
        "trust",
        "tested",
        "tester",
        "bursts",
        "spare",
        "though",
        "thought",
        "threw",
        "thread",
        "trial",
        "trials",
        "frost",
        "frozen",
        "plugged",
        "plugging",
        "fired",
        "firing",
        "setting",
        "hoping",
        "holes",
        "files",
        "fines",
        "pitting",
        "coking",
        "share",
        "shares",
        "tapes",
        "throughput",
        "gassy",
        "parete",
        "stacked",
        "heard",
        "board",
        "valve",
        "valves",
        "value",
        "values",
        "mancata",
        "mancato",
        "mancati",
        "mancate",
    ]
)
"""Words that are what they are, though one slip makes another one of them."""


def mended(word: str, words: Lexicon) -> str:
    """Return the word that was meant: one letter left out, doubled, hit beside its key, or two changed over.

    The first letter is right, and the last one is there: words that differ in their ending are other words.

    A word that may be two others stays as it is, unless both say the same direction.
    """
    if len(word) < _SHORTEST or not word.isalpha() or word in words.vocabulary or word in _NO_SLIPS:
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


def _one_slip(typed: str, meant: str) -> bool:
    """Say whether one slip of the keys lies between two words."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(typed, meant, strict=False)) if x != y), -1)
    if start < 0:
        return False  # another ending
    rest, other = typed[start:], meant[start:]
    if len(rest) > 1 and rest[1] + rest[0] + rest[2:] == other:
        return True
    if rest == other[1:]:
        return True
    near = _beside(rest[0], other[0]) or rest[0] == typed[start - 1]
    if rest[1:] == other:
        return near
    return rest[1:] == other[1:] and _beside(rest[0], other[0]) and len(rest) > 1


def _beside(key: str, other: str) -> bool:
    """Say whether two keys are neighbours."""
    places = [(r, row.index(k)) for k in (key, other) for r, row in enumerate(_KEYS) if k in row]
    return len(places) == 2 and all(abs(x - y) <= 1 for x, y in zip(*places, strict=True))
