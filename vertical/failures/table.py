"""The declared table of labels: what each kind of failure shows, how often, and where it can occur."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from hotfire.failures.case import FailureCase
from hotfire.failures.statements import Statement, failure_words
from hotfire.physics.errors import HotfireError
from hotfire.wording import cycle_named

__all__ = ["Label", "LabelTable", "Sign", "label_table"]

_AT = "at "
_IMPOSSIBLE = 1e-3
"""What is left of the prior of a label that the cycle or the propellants rule out: they may be told wrongly."""
_OF_OTHERS = frozenset({"other_engine", "until"})
"""Concepts of a statement that all was well elsewhere, or before."""
_NEVER = 0.2
"""Share of its leak with which a sign is said of a label that never shows it."""


@dataclass(frozen=True)
class Sign:
    """Something that an account may say.

    Attributes:
        name: In words.
        says: Expressions, one of which a statement must meet: terms that it must all hold, each of alternatives.
        bars: Concepts that a statement may not hold, for each expression.
        leak: Probability that an account says it of any failure.
    """

    name: str
    says: tuple[tuple[frozenset[str], ...], ...]
    bars: tuple[frozenset[str], ...]
    leak: float

    def said_by(self, statement: Statement) -> bool:
        """Whether a statement says it."""
        held = statement.concepts
        return any(
            all(term & held for term in terms) and not bar & held and _open(terms, statement)
            for terms, bar in zip(self.says, self.bars, strict=True)
        )

    def denied_by(self, statement: Statement) -> bool:
        """Whether a statement says that it was not so."""
        return not self.said_by(statement) and any(_denies(terms, statement) for terms in self.says)


@dataclass(frozen=True)
class Label:
    """One kind of failure.

    Attributes:
        name: As the taxonomy has it.
        group: Its letter.
        rate: Relative frequency.
        needs: What an engine must have.
        phases: Factor of the rate by phase.
        cycles: Factor of the rate by cycle.
        shows: Probability of each sign; zero of what it never shows.
    """

    name: str
    group: str
    rate: float
    needs: frozenset[str]
    phases: Mapping[str, float]
    cycles: Mapping[str, float]
    shows: Mapping[str, float]

    def chance(self, sign: Sign) -> float:
        """Return the probability that an account of such a failure says a sign."""
        shown = self.shows.get(sign.name)
        if shown == 0.0:
            return _NEVER * sign.leak
        return 1.0 - (1.0 - sign.leak) * (1.0 - (shown or 0.0))


@dataclass(frozen=True)
class LabelTable:
    """All labels and signs.

    Attributes:
        labels: By name.
        signs: By name.
        cycles: What an engine has, by its cycle.
        propellants: Words in the names of propellants, by what they bring along.
    """

    labels: Mapping[str, Label]
    signs: Mapping[str, Sign]
    cycles: Mapping[str, frozenset[str]]
    propellants: Mapping[str, tuple[str, ...]]

    def priors(self, case: FailureCase) -> dict[str, float]:
        """Return the prior of each label by cycle, propellants and phase; they sum to one."""
        lacking = self._lacking(case)
        weights = {
            label.name: label.rate
            * label.phases.get(case.phase, 1.0)
            * label.cycles.get(self._cycle(case), 1.0)
            * (_IMPOSSIBLE if label.needs & lacking else 1.0)
            for label in self.labels.values()
        }
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}

    def _cycle(self, case: FailureCase) -> str:
        """The cycle of a case as the table names it; "" where it is not known to it."""
        if case.cycle in self.cycles:
            return case.cycle
        try:
            return cycle_named(case.cycle)
        except HotfireError:
            return ""

    def _lacking(self, case: FailureCase) -> frozenset[str]:
        """What the engine of a case does not have; what is not known is taken to be there."""
        known: set[str] = set().union(*self.cycles.values())
        cycle = self._cycle(case)
        lacking = known - self.cycles[cycle] if cycle else set()
        names = case.propellants.lower()
        if names:
            brought = {what for what, words in self.propellants.items() if any(w in names for w in words)}
            lacking |= set(self.propellants) - brought - {"hypergolic"}
            if "hypergolic" in brought or cycle == "monopropellant":
                lacking.add("ignition")
        if case.time_ref == "test_start":
            lacking.add("flight")
        return frozenset(lacking)


@cache
def label_table() -> LabelTable:
    """Return the table of the package."""
    source = resources.files("hotfire.failures").joinpath("labels.yaml").read_text(encoding="utf-8")
    return read_table(yaml.safe_load(source))


def read_table(document: Mapping[str, Any]) -> LabelTable:
    """Return a table as declared.

    Raises:
        KeyError: If a label shows a sign, or a sign names a concept, that is not declared.
    """
    leaks, strengths = document["leaks"], document["strengths"]
    concepts = failure_words().roles
    signs = {
        f"{_AT}{place}": Sign(
            f"{_AT}{place}", ((frozenset({place}),),), (frozenset(),), leaks.get(place, leaks["place"])
        )
        for place, role in concepts.items()
        if role == "places"
    }
    for name, entry in document["signs"].items():
        signs[name] = _sign(name, entry["says"], entry.get("leak", leaks["sign"]))
    labels = {}
    for name, entry in document["labels"].items():
        shows = {sign: strengths[how] for how, names in entry["shows"].items() for sign in names}
        if unknown := shows.keys() - signs.keys():
            raise KeyError(f"{name} shows {sorted(unknown)}, which no sign is")
        labels[name] = Label(
            name,
            entry["group"],
            entry["rate"],
            frozenset(entry.get("needs", ())),
            entry.get("phases", {}),
            entry.get("cycles", {}),
            shows,
        )
    cycles = {name: frozenset(has) for name, has in document["cycles"].items()}
    return LabelTable(labels, signs, cycles, {k: tuple(v) for k, v in document["propellants"].items()})


def _sign(name: str, expressions: list[str], leak: float) -> Sign:
    says, bars = [], []
    for expression in expressions:
        terms = expression.split()
        says.append(tuple(frozenset(t.split("|")) for t in terms if not t.startswith("-")))
        bars.append(frozenset(t[1:] for t in terms if t.startswith("-")))
    for concept in frozenset().union(*(t for terms in says for t in terms), *bars):
        bare = re.sub("^no:", "", concept)
        if not bare.startswith("@") and bare not in {*failure_words().roles, "none"}:
            raise KeyError(f"{name} names {concept}, which no concept is")
    return Sign(name, tuple(says), tuple(bars), leak)


def _open(terms: tuple[frozenset[str], ...], statement: Statement) -> bool:
    """Whether an expression may be met by a statement that all was well: only where it asks for that."""
    return not statement.is_normal or any("normal" in term for term in terms)


def _denies(terms: tuple[frozenset[str], ...], statement: Statement) -> bool:
    """Whether a statement says of what an expression names that it did not do what the expression says."""
    held, denied = statement.concepts, False
    if any("normal" in term for term in terms) or held & _OF_OTHERS:
        return False
    for term in terms:
        named = term & held
        if named and statement.is_normal:
            denied |= any(failure_words().roles.get(c) in ("places", "quantities") for c in named)
        elif not named and any(f"no:{c}" in held for c in term):
            denied = True
        elif not named and not (statement.is_normal and all(map(_is_change, term))):
            return False
    return denied


def _is_change(concept: str) -> bool:
    return concept == "none" or failure_words().roles.get(concept.removeprefix("no:")) in ("ways", "events")
