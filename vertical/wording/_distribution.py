"""`Fuel and LOX pump discharge were 6,120 and 4,015 psia`: as many numbers as subjects, each of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hotfire.wording._tokens import Token

__all__ = ["one_by_one"]

_NUMBERS = ("number", "amount")
_ENDS = ("stop",)


def one_by_one(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return tokens in which sentences that give several subjects as many numbers say it one subject at a time."""
    found: list[Token] = []
    row: list[Token] = []
    for token in (*tokens, None):
        if token is not None:
            row.append(token)
        if token is None or token.role in _ENDS:
            found += _parted(row)
            row = []
    return tuple(found)


def _parted(row: list[Token]) -> list[Token]:
    """One sentence, for each of its subjects in turn where there are as many numbers as subjects."""
    groups = _groups(row)
    if not groups:
        return row
    count = len(groups[0])
    subjects = _subjects(row[: groups[0][0]], count)
    if subjects is None or any(len(g) != count for g in groups):
        return row
    first, last, items = subjects
    found: list[Token] = []
    for k in range(count):
        chosen: dict[int, list[Token]] = {}
        for group in groups:
            chosen |= {i: [] for i in range(group[0], group[-1] + 1)}
            chosen[group[0]] = [_with_unit(row, group, k)]
        chosen |= {i: [] for i in range(first, last + 1)}
        chosen[first] = items[k]
        for i, token in enumerate(row):
            if not (i == len(row) - 1 and token.role == "stop"):
                found += chosen.get(i, [token])
        end = row[-1]
        found.append(replace(end, role="comma", text=";") if k < count - 1 or end.role != "stop" else end)
    return found


def _groups(row: Sequence[Token]) -> list[list[int]]:
    """Numbers that are said in one breath (`6,120 and 4,015 psia`), by their indices."""
    found: list[list[int]] = []
    for i, token in enumerate(row):
        if token.role not in _NUMBERS:
            continue
        if found and all(t.text in ("and", ",", "the", "of") for t in row[found[-1][-1] + 1 : i]):
            found[-1].append(i)
        else:
            found.append([i])
    several = [g for g in found if len(g) > 1 and any(t.text == "and" for t in row[g[0] : g[-1]])]
    spans = [t.text for t in row]
    return [g for g in several if "between" not in spans[max(g[0] - 2, 0) : g[0]]]


def _subjects(row: Sequence[Token], count: int) -> tuple[int, int, list[list[Token]]] | None:
    """Where the subjects stand and what they are, each with the noun that the last one has for all."""
    parts = [i for i, t in enumerate(row) if t.role == "part"]
    if not parts:
        return None
    first, last = parts[0], parts[-1]
    items: list[list[Token]] = [[]]
    for token in row[first : last + 1]:
        if token.text in ("and", ",", "e", "&"):
            items.append([])
        elif token.role == "part":
            items[-1].append(token)
        elif token.role not in ("glue", "mark"):
            return None
    if len(items) != count or not all(items):
        return None
    tail = [t for t in items[-1] if "side" not in t.says]
    return first, last, [*([*i, *tail] if _only_side(i) else i for i in items[:-1]), items[-1]]


def _only_side(item: Sequence[Token]) -> bool:
    return all(set(t.says) <= {"side"} for t in item)


def _with_unit(row: Sequence[Token], group: Sequence[int], k: int) -> Token:
    """A number of a group, with the unit that only the last one has."""
    token, last = row[group[k]], row[group[-1]]
    if token.role == "number" and last.role == "amount":
        return replace(token, role="amount", units=last.units)
    return token
