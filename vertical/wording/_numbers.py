"""Numbers as people write and say them: `2,740`, `18 400 rpm`, `twenty-six thousand`, `three six decimal four`."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["RANGE", "SPACED", "SPREAD_AFTER", "SPREAD_BEFORE", "in_digits", "in_words"]

_NUMBER = r"([0-9]+(?:[.,][0-9]+)?)"
RANGE = re.compile(rf"{_NUMBER}\s*[-–]\s*(?:to\s*[-–]\s*)?{_NUMBER}(?![0-9])")
"""Two numbers of which the middle is meant (`10-12 bar`)."""
SPREAD_BEFORE = re.compile(
    r"(?:±|\+\s*/\s*[-−–]|\+-|(?<![^\W_])(?:plus or minus|plus[ -/]minus|give or take|pi[uù]'? o meno))\s*$"
)
"""What stands before how far something swings, which is no departure."""
SPREAD_AFTER = re.compile(
    r"\s*(?:p-p|p-to-p|pk-pk|pk-to-pk|pp|peak[- ]to[- ]peak|peak[- ]peak|rms|picco[- ](?:a[- ])?picco)(?![^\W_])"
)
SPACED = re.compile(r"[1-9][0-9]{0,2}(?:[ \u00a0\u2009][0-9]{3})+(?![0-9.,])")
"""A number whose thousands are parted by blanks."""

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
]
_UNITS += ["sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {w: i for i, w in enumerate(_UNITS)} | {w: 20 + 10 * i for i, w in enumerate(_TENS)} | {"niner": 9}
_SCALES = {"hundred": 100.0, "thousand": 1000.0}
_POINTS = ("decimal", "point", "dot")
_LONGEST = 10
"""Words from which on no more of a number is looked for."""


def in_digits(word: str) -> float:
    """Return a number as written; a comma before three digits parts thousands, before others it is a point."""
    whole, comma, rest = word.partition(",")
    thousands = comma and whole != "0" and len(rest) % 4 == 3
    return float(word.replace(",", "")) if thousands else float(f"{whole}.{rest}" if comma else word)


def in_words(words: Sequence[str]) -> tuple[float, int]:
    """Return the number that a row of words begins with, and how many of them say it; 0 where they say none.

    Digits one by one (`three six decimal four`) are what is said on a loop; one word alone is no number here.
    """
    value, used, scaled = 0.0, 0, 0.0
    before: int | None = None
    for at, word in enumerate(words[:_LONGEST]):
        number = _VALUES.get(word)
        if number is not None:
            value = value + number if before is None or _adds(before, number) else 10.0 * value + number
        elif word in _SCALES and at:
            value *= _SCALES[word]
            if word == "thousand":
                scaled, value = scaled + value, 0.0
        elif word in _POINTS and at and words[at + 1 : at + 2] and words[at + 1] in _VALUES:
            fraction, more = _fraction(words[at + 1 : _LONGEST])
            return scaled + value + fraction, at + 1 + more
        elif not (word == "and" and at and words[at - 1] in _SCALES and words[at + 1 : at + 2]):
            break
        before, used = number, used if word == "and" else at + 1
    return (scaled + value, used) if used > 1 else (0.0, 0)


def _adds(before: int, number: int) -> bool:
    """Say whether a number adds to the one before it (`thirty five`), and is not its next digit."""
    return before >= 20 and before % 10 == 0 and 0 < number < 10


def _fraction(words: Sequence[str]) -> tuple[float, int]:
    """Digits behind a point, and how many."""
    digits = ""
    for word in words:
        if word not in _VALUES or _VALUES[word] > 9:
            break
        digits += str(_VALUES[word])
    return (float(f"0.{digits}"), len(digits)) if digits else (0.0, 0)
