"""A text as lexemes: numbers, words and marks, and where its sentences end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["LEXEME", "ends_sentence", "joins", "lowered", "spelled", "told_apart"]

LEXEME = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+(?:[.,][0-9]+)?"
    r"|(?<![^\W_])(?:l|d|un|all|dall|dell|nell|sull|quest|quell|anch|tutt|mezz|c)'(?=[^\W\d_]|$)"
    r"|[^\W\d_]*[aeiou]'(?![^\W_])"
    r"|[^\W\d_]+[0-9]*(?:['’][^\W\d_]+)?|\S"
)
"""A number, a word, or a mark. Words take digits at their end (`rp1`), and an apostrophe inside (`didn't`); an Italian
article before a vowel is a word of its own (`dell'`), and an apostrophe may be an accent (`giu'`)."""
_AMPERES = re.compile(r"(?<=[0-9][ \u00a0])A(?![^\W_])|(?<=[0-9])A(?![^\W_])")
_THOUSANDS = re.compile(r"(?<=[0-9])k(?![^\W_])")
_ABBREVIATED = frozenset(
    [
        "vs",
        "approx",
        "appr",
        "ca",
        "circa",
        "avg",
        "resp",
        "nr",
        "fig",
        "i.e",
        "e.g",
        "incl",
        "cf",
        "ref",
        "rif",
        "temp",
        "temps",
        "press",
        "pres",
        "dr",
        "mr",
    ]
)
"""Words whose full stop ends no sentence."""
_SHORT = frozenset(
    [
        "req",
        "exp",
        "pred",
        "tgt",
        "cmd",
        "calc",
        "des",
        "prev",
        "att",
        "rich",
        "spec",
        "max",
        "min",
        "nom",
        "no",
    ]
)
"""Words whose full stop ends none before a number (`pred. 20.0`)."""


def lowered(text: str) -> str:
    """Return a text in lower case, letter by letter, so that places in it stay where they were."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := c.lower()) == 1 else c for c in text).replace("’", "'")


def spelled(word: str) -> str:
    """Return a lexeme as the lexicon has it: without accents, of which an apostrophe at the end may be one."""
    if word in ("è", "é", "e'"):
        return "è"  # `is`, which must not be `and`
    if word.endswith("'") and len(word) > 1 and word[-2] in "aeiou":
        word = word[:-1]
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)) or word


def told_apart(text: str, low: str) -> str:
    """Keep apart behind a number what only a capital tells: amperes from an article, and `20k` from kelvins."""
    for match in _AMPERES.finditer(text):
        low = f"{low[: match.start()]}A{low[match.end() :]}"
    for match in _THOUSANDS.finditer(text):
        low = f"{low[: match.start()]}ĸ{low[match.end() :]}"
    return low


def ends_sentence(text: str, word: str, start: int, end: int) -> bool:
    """Say whether a full stop or another mark ends a sentence, and no abbreviation or ellipsis."""
    if word != ".":
        return True
    last = text[:start].rsplit(None, 1)[-1:] if start else []
    before = last[0].strip("([") if last else ""
    ahead = text[end:].lstrip(" ")[:1]
    if (before in _ABBREVIATED and ahead not in ("", "\n")) or (before in _SHORT and ahead.isdigit()):
        return False
    return end == len(text) or text[end].isspace() or text[end] in "\"')"


def joins(found: Sequence[tuple[str, int, int]], at: int) -> bool:
    """Say whether a lexeme is a hyphen inside a word, or an underscore inside a channel's name."""
    if found[at][0] not in "-–_" or not 0 < at < len(found) - 1:
        return False
    before, after = found[at - 1], found[at + 1]
    touching = before[2] == found[at][1] and found[at][2] == after[1]
    return touching and before[0][0].isalnum() and after[0][0].isalnum()
