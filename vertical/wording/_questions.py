"""What questions say: one that takes a departure for granted reports it, one that asks whether there is one not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hotfire.wording._statements import Statement
from hotfire.wording._tokens import Token

__all__ = ["said_in_question"]

_ASKING = {
    *("did", "does", "do", "was", "were", "is", "are", "has", "have", "had", "can", "could", "will", "would"),
    *("should", "may", "might", "didn't", "doesn't", "don't", "wasn't", "isn't", "hasn't", "haven't", "any"),
    *("anything", "did not", "was not", "is not"),
}
"""Words with which a question begins that asks whether something was so."""
_GRANTING = {
    "why",
    "how",
    "what",
    "when",
    "where",
    "who",
    "which",
    "how come",
    "do we know why",
    "any idea why",
}
"""Words with which one begins that takes for granted that it was."""
_SEEING = {
    "notice",
    "noticed",
    "see",
    "seen",
    "spot",
    "spotted",
    "catch",
    "know",
    "find",
    "observe",
    "observed",
    "saw",
}
_CAUSE = {
    "come",
    "be",
    "from",
    "explain",
    "stem",
    "result",
    "due",
    "caused",
    "mean",
    "have",
    "indicate",
    "point",
    "due to",
}
_DEFINITE = {"the", "that", "our", "this", "how", "why", "these", "those", "its"}
_JUDGED = {"just", "common", "me", "usual"}
_OR_NOT = {"not", "no", "non"}


def said_in_question(sentence: Sequence[Statement]) -> list[Statement]:
    """Return the statements of a question that report something, without the words that ask."""
    found: list[Statement] = []
    for i, statement in enumerate(sentence):
        tokens = statement.tokens
        at = _begin(tokens)
        text = tokens[at].text if at < len(tokens) else ""
        if text in _ASKING:
            granted = _granted(tokens[at:])
            if not granted:
                return found + [n for s in sentence[i:] if (n := _named(s)).tokens]
            found.append(replace(statement, tokens=granted))
            continue
        if statement.joint == "or" and tokens[0].text in _OR_NOT and len(tokens) == 1:
            return found[:-1]
        found.append(statement)
    return found


def _named(statement: Statement) -> Statement:
    """Only what a statement names, of which the next sentence may speak."""
    return replace(statement, tokens=tuple(t for t in statement.tokens if t.role == "part"))


def _begin(tokens: Sequence[Token]) -> int:
    """Index of the first word of a question, behind a call or a word that opens it."""
    for i, token in enumerate(tokens):
        if (
            token.text in _ASKING
            or token.text.partition(" ")[0] in _GRANTING
            or token.role not in ("glue", "mark")
        ):
            return i
    return len(tokens)


def _granted(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """What a question that begins like one for yes or no takes for granted; nothing where it does not."""
    for i, token in enumerate(tokens[:_OPENING], 1):
        after = tokens[i : i + 1]
        if not after:
            return ()
        if token.text in _SEEING and (after[0].text in _DEFINITE or after[0].role == "part"):
            return tokens[i:]  # `Did anyone else notice the ox tank sagging?`
        if (token.text.split()[-1:] == ["why"] or token.text in ("how", "how come")) and i > 1:
            return tokens[i:]  # `Did we ever find out why it sags?`
        judged = token.text in ("that", "which") and any(
            t.role == "predicate" or t.text in _JUDGED for t in tokens[:i]
        )
        if judged and not any(t.role == "part" for t in tokens[:i]):
            return tokens[i:]  # `Is it normal that the tank pressure creeps up?`
    return _blamed(tokens)


_OPENING = 7
"""Words within which a question has said what it takes for granted."""


def _blamed(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """What a cause is sought of: `Could the low Pc come from a valve?`."""
    if tokens[0].text not in ("could", "can", "might", "may", "would") or len(tokens) < 3:
        return ()
    ends = next((i for i, t in enumerate(tokens) if t.text.partition(" ")[0] in _CAUSE), 0)
    head = tokens[1:ends]
    said = next((i for i, t in enumerate(head) if t.role == "predicate"), None)
    named = next((i for i, t in enumerate(head) if t.role == "part"), None)
    return head if said is not None and named is not None and head[0].text in _DEFINITE else ()
