"""What of a sentence is about this run, and not about a rule, a plan, another day or a limit that was not met."""

from __future__ import annotations

from collections.abc import Sequence

from hotfire.wording._amounts import EXPECTED
from hotfire.wording._statements import Statement
from hotfire.wording._tokens import Token

__all__ = ["of_this_run"]

_NOW = {
    "today",
    "oggi",
    "stavolta",
    "questa volta",
    "this time",
    "this run",
    "this test",
    "this burn",
    "this firing",
    "this one",
    "on this run",
}
"""Words with which a sentence comes back to this run."""
_COMPARED = {
    "than",
    "then",
    "to",
    "as",
    "like",
    "with",
    "from",
    "vs",
    "versus",
    "against",
    "since",
    "of",
    "that",
    "between",
    "what",
}
"""Words before another day that only hold this run against it."""
_RUNS = ("run", "test", "shot", "burn", "firing", "hotfire", "hot fire", "campaign", "series")


def of_this_run(sentence: Sequence[Statement]) -> dict[int, Statement]:
    """Return the statements of a sentence that are about this run, by their index."""
    met = any(s.of("trip") for s in sentence)
    found: dict[int, Statement] = {}
    for stretch in _stretches(sentence):
        hard = any(_hard(sentence[i]) for i in stretch)
        if hard:
            continue
        first = stretch[0]
        for i in stretch:
            if _elsewhere(sentence, i, first, met=met):
                break
            found[i] = sentence[i]
    return found


def _stretches(sentence: Sequence[Statement]) -> list[list[int]]:
    """Indices of statements that stand or fall together: parted by semicolons, and where it comes back to this run."""
    found: list[list[int]] = [[]]
    for i, statement in enumerate(sentence):
        now = any(t.text in _NOW for t in statement.tokens[:3]) or statement.tokens[0].text == "now"
        if found[-1] and (statement.joint == ";" or now):
            found.append([])
        found[-1].append(i)
    return found


def _hard(statement: Statement) -> bool:
    """Say whether a statement makes all that stands with it a condition or a rule."""
    said = [t for t in statement.of("aside") if not t.says.get("soft") and not _compared(statement, t)]
    head = next((t for t in statement.tokens if t.role not in ("glue", "mark")), None)
    return any(not t.says.get("head") or (t is head and not statement.joint) for t in said)


def _elsewhere(sentence: Sequence[Statement], i: int, first: int, *, met: bool) -> bool:
    """Say whether a statement, and what follows it, is a plan, about another day, or a limit."""
    statement = sentence[i]
    if any(t.says.get("soft") and not _compared(statement, t) for t in statement.of("aside")):
        return True
    if statement.of("limit") and not met:
        return True
    return i == first and _of_other_run(statement.tokens)


def _compared(statement: Statement, aside: Token) -> bool:
    """Say whether another day, or what should have been, is only what this run is held against."""
    words = {w for t in statement.tokens for w in t.text.split()}
    if words & (EXPECTED - {"should", "last", "previous"}) and not aside.says.get("rule"):
        return True
    if not aside.says.get("day"):
        return False
    at = statement.tokens.index(aside)
    before = {t.text for t in statement.tokens[max(at - 6, 0) : at]}
    near = {t.text for t in statement.tokens[max(at - 2, 0) : at]}
    before |= {"than"} if near & {"below", "above", "under", "over"} else set()
    on = aside.text.startswith("on ") and at and statement.tokens[at - 1].text in ("up", "down")  # `up on`
    from_it = (
        at and statement.tokens[at - 1].text == "from"
    )  # `the dip from last week`, but `3 % up from last week`
    if from_it and not any(
        t.role == "amount" or t.text in ("up", "down") for t in statement.tokens[at - 2 : at]
    ):
        return False
    return statement.joint in ("than", "then") or bool(before & _COMPARED) or bool(on)


def _of_other_run(tokens: tuple[Token, ...]) -> bool:
    """Say whether a statement begins with the number of a run (`On hotfire 2 Pc was low`)."""
    row = [t for t in tokens if t.text not in ("back", "the")]
    if len(row) < 3 or row[0].text not in ("on", "in", "during", "at"):
        return False
    return row[1].text in _RUNS and row[2].role == "number"
