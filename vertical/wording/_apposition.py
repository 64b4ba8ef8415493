"""Instruments that are named by a tag and explained beside it: `PT-118, fuel pump inlet, has an offset`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hotfire.wording._statements import Mention, Statement

__all__ = ["explained"]

_BARE = ("part", "glue", "mark", "number")
_NAMING = {"one", "that's", "it's", "which", "i.e.", "that", "namely", "the"}
"""Words with which a tag is explained behind what is said of it (`that's the turbine inlet one`)."""
_AS_WELL = {"as well", "too", "also", "both", "the same", "same", "likewise"}


def explained(sentence: Sequence[Statement]) -> list[Statement]:
    """Return statements in which an instrument's tag and what explains it are one subject."""
    found = list(sentence)
    for i in range(len(found) - 1):
        tag = _tag(found[i])
        name = _name(found[i + 1])
        if tag is None or name is None or (name.quantity and name.quantity != tag.quantity):
            continue
        said = [
            k for k, t in enumerate(found[i].tokens) if t.role in ("predicate", "amount") and k > tag.last
        ]
        if said and not (_NAMING & {t.text for t in found[i + 1].tokens[: name.first]}):
            continue
        at = tag.last + 2
        parts = tuple(t for t in found[i + 1].tokens if t.role == "part")
        found[i] = replace(found[i], tokens=(*found[i].tokens[:at], *parts, *found[i].tokens[at:]))
        found[i + 1] = replace(
            found[i + 1],
            tokens=tuple(replace(t, role="mark", says={}, text=",") for t in found[i + 1].tokens),
        )
    return found


def _tag(statement: Statement) -> Mention | None:
    """The only subject of a statement where it is a tag: a quantity with a number, and no place."""
    places = statement.places
    if len(places) != 1:
        return None
    mention, tokens = places[0], statement.tokens
    number = tokens[mention.last + 1 : mention.last + 2]
    alone = mention.quantity and not (mention.kind or mention.side or mention.burner or mention.name)
    return mention if alone and number and number[0].role == "number" else None


def _name(statement: Statement) -> Mention | None:
    """What a statement names that says nothing else."""
    if statement.joint not in ("", ",", "-", "–", "—", "which") or len(statement.places) != 1:
        return None
    words = {t.text for t in statement.tokens}
    bare = all(t.role in _BARE for t in statement.tokens) and not words & _AS_WELL
    mention = statement.places[0]
    placed = mention.kind or mention.side or mention.burner
    return mention if bare and placed and not mention.many else None
