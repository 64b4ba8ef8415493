"""What is told of a case, a statement at a time, as concepts: places, quantities, ways, events and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from hotfire.failures.case import FailureCase, Row

__all__ = ["Statement", "Words", "failure_words", "statements_of"]

_CLAUSE = re.compile(r"(?<=[.;!?])\s+|;\s*|,\s+(?:but|while|whereas|although|yet)\s+|\s+but\s+|\s+while\s+")
_OF_PHASE = {
    "start": "start",
    "restart": "start",
    "ground_loading": "before",
    "pressurisation": "before",
    "coast": "before",
    "chill": "before",
    "shutdown": "after",
    "post": "after",
}
_STARTING = 4.0
"""Seconds after its start in which an engine is starting."""


@dataclass(frozen=True)
class Words:
    """Words of concepts, of one role each.

    Attributes:
        patterns: What finds each concept in plain words.
        roles: `places`, `quantities`, `ways` or `events` of each concept.
        negation: What finds a negation.
        reach: Words after a negation that it denies.
        compound: What finds words that are to be read as one.
        when: What says when something was.
    """

    patterns: Mapping[str, re.Pattern[str]]
    roles: Mapping[str, str]
    negation: re.Pattern[str]
    reach: int
    compound: re.Pattern[str]
    when: Mapping[str, re.Pattern[str]]

    def concepts(self, text: str) -> frozenset[str]:
        """Return the concepts of a piece of text; a denied way or event as `no:CONCEPT`, with `none`."""
        words = plain(text, self.compound)
        denied = [m.end() for m in self.negation.finditer(words)]
        found = {"none"} if denied else set()
        for concept, pattern in self.patterns.items():
            for match in pattern.finditer(words):
                near = any(
                    end <= match.start() and self._reaches(words[end : match.start()]) for end in denied
                )
                turns = near and self.roles[concept] in ("ways", "events")
                found.add(f"no:{concept}" if turns else concept)
        return frozenset(found)

    def _reaches(self, between: str) -> bool:
        return len(between.split()) < self.reach


@dataclass(frozen=True)
class Statement:
    """One thing that is told.

    Attributes:
        text: As written.
        concepts: That it holds; when it was, as `@before`, `@start`, `@steady`, `@after`, among them.
        is_normal: Whether it says that something was as it should be, and of nothing that it was not.
    """

    text: str
    concepts: frozenset[str]
    is_normal: bool


def statements_of(case: FailureCase) -> tuple[Statement, ...]:
    """Return what a case tells: its rows, and the clauses of its narrative."""
    told = [_statement(_text(row), case, row.time_s) for row in case.rows]
    clauses = [c.strip() for c in _CLAUSE.split(case.narrative) if c and c.strip(" .;")]
    return tuple(told + [_statement(c, case, None) for c in clauses])


def plain(text: str, compound: re.Pattern[str] | None = None) -> str:
    """Return words in lower case with single blanks; a mark becomes a blank, and a compound one word."""
    lowered = text.lower().replace("_", " ")
    if compound is not None:
        lowered = compound.sub(lambda m: re.sub("[- ]", "", m[0]), lowered)
    return " ".join(re.findall(r"[a-z0-9']+(?:\.[0-9]+)?", lowered))


@cache
def failure_words() -> Words:
    """Return the words of the package."""
    source = resources.files("hotfire.failures").joinpath("words.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(source)
    patterns, roles = {}, {}
    for role in ("places", "quantities", "ways", "events"):
        for concept, words in document[role].items():
            patterns[concept], roles[concept] = _pattern(words), role
    negations = document["negations"]
    first, whole = _pattern(document["compounds"]["first"]), _pattern(document["compounds"]["whole"])
    compound = re.compile(rf"{first.pattern}-[a-z]+|{whole.pattern}")
    when = {name: _pattern(words) for name, words in document["when"].items()}
    return Words(patterns, roles, _pattern(negations["words"]), negations["reach"], compound, when)


def _pattern(words: str) -> re.Pattern[str]:
    phrases = (re.escape(w.strip()).replace(r"\*", "[a-z]*").replace(r"\ ", " ") for w in words.split(","))
    return re.compile(r"\b(?:" + "|".join(phrases) + r")\b")


def _text(row: Row) -> str:
    where = f" ({row.location})" if row.location else ""
    amount = f", {row.magnitude}" if row.magnitude else ""
    return f"{row.parameter}{where}: {row.behaviour}{amount}"


def _statement(text: str, case: FailureCase, time: float | None) -> Statement:
    words = failure_words()
    concepts = words.concepts(text)
    changes = {c for c in concepts if words.roles.get(c) in ("ways", "events")} - {"normal"}
    is_normal = "normal" in concepts and not changes
    return Statement(text, concepts | {f"@{_when(text, case, time)}"}, is_normal)


def _when(text: str, case: FailureCase, time: float | None) -> str:
    """When something was: as its words say, else by its time, else by the phase of the case."""
    said = next((w for w, pattern in failure_words().when.items() if pattern.search(plain(text))), "")
    return said or _by_time(case, time) or _OF_PHASE.get(case.phase, "steady")


def _by_time(case: FailureCase, time: float | None) -> str:
    if time is None:
        return ""
    if case.time_ref == "engine_cutoff":
        return "after" if time > 0.0 else "steady"
    if case.time_ref == "engine_start":
        return "before" if time < 0.0 else ("start" if time < _STARTING else "steady")
    return ""
