"""Families of phrases, written as one: `(right|bang|) on the (money|line)`, `climb~ up`, Italian `calat*`."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["family"]

_CHOICE = re.compile(r"\(([^()]*)\)")
_VERB = re.compile(r"([^\W\d_]+)~")
_ITALIAN_ENDINGS = "oaie"
"""What a star at the end of an Italian word stands for."""
_VOWELS = "aeiou"


def family(phrase: str) -> Iterator[str]:
    """Yield all phrases that one stands for.

    Words between bars are alternatives, of which one may be nothing. A tilde stands for the endings of an English verb,
    a star for those of an Italian adjective.
    """
    choice = _CHOICE.search(phrase)
    if choice is not None:
        for one in choice[1].split("|"):
            yield from family(f"{phrase[: choice.start()]}{one}{phrase[choice.end() :]}")
        return
    verb = _VERB.search(phrase)
    if verb is not None:
        for form in _conjugated(verb[1]):
            yield from family(f"{phrase[: verb.start()]}{form}{phrase[verb.end() :]}")
        return
    for ending in _ITALIAN_ENDINGS if "*" in phrase else ("",):
        yield " ".join(phrase.replace("*", ending).split())


def _conjugated(verb: str) -> tuple[str, str, str, str]:
    """The forms of a regular English verb: `sag`, `sags`, `sagged`, `sagging`."""
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    third = f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "z")) else f"{verb}s"
    stem = verb + verb[-1] if _doubles(verb) else verb
    return verb, third, f"{stem}ed", f"{stem}ing"


def _doubles(verb: str) -> bool:
    """Say whether a verb of one syllable doubles its last letter before an ending (`drop`, `sag`)."""
    short = sum(c in _VOWELS for c in verb) == 1
    return short and len(verb) > 2 and verb[-1] not in "wxy" + _VOWELS and verb[-2] in _VOWELS
