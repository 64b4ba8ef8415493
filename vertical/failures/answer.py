"""What kind of failure a case is: each label's share by what it shows and what was told, and why.

A label shows a sign with its own probability, or the account says it anyway (a leak): a noisy OR. Signs are taken as
independent given the label, tempered since they are not; what is not mentioned counts little, what is denied in full.
Beside the signs counts how near the words of the account are to those of the label's meaning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from hotfire.failures.case import FailureCase
from hotfire.failures.meanings import meanings
from hotfire.failures.statements import Statement, statements_of
from hotfire.failures.table import Label, LabelTable, Sign, label_table

__all__ = ["FailureAnswer", "Ranked", "Said", "diagnose_case"]

_TEMPER = 0.5
"""Power of the likelihood of all signs together: one statement often says several."""
_UNSAID = 0.3
"""Power of the likelihood of a sign that an account does not mention."""
_NEARNESS = 5.0
"""Logarithm of the odds that words wholly those of a meaning speak for it."""
_WORDS = "words of its meaning"
_MOST = 10
_TOLD = 0.2
"""Least part of a logarithm by which a sign must speak to be listed."""


@dataclass(frozen=True)
class Said:
    """A sign that spoke for or against a label.

    Attributes:
        sign: In words.
        text: The statement that says or denies it, or the stems of words that are shared; "" where nothing does.
        weight: Logarithm of the factor by which it changed the odds against the average label.
    """

    sign: str
    text: str
    weight: float


@dataclass(frozen=True)
class Ranked:
    """One label.

    Attributes:
        category: Name of the label.
        meaning: What it is, in a sentence.
        group: Its letter.
        probability: Posterior.
        prior: By cycle, propellants and phase.
        spoke_for: Signs, strongest first.
        spoke_against: Signs, strongest first.
    """

    category: str
    meaning: str
    group: str
    probability: float
    prior: float
    spoke_for: tuple[Said, ...]
    spoke_against: tuple[Said, ...]


@dataclass(frozen=True)
class FailureAnswer:
    """The answer for one case.

    Attributes:
        identifier: Of the case.
        hypotheses: Likeliest first, at most ten.
        not_understood: Statements that say no sign and deny none.
    """

    identifier: str
    hypotheses: tuple[Ranked, ...]
    not_understood: tuple[str, ...]


def diagnose_case(case: FailureCase, table: LabelTable | None = None) -> FailureAnswer:
    """Say what kind of failure a case is.

    Args:
        case: As read.
        table: What labels show; that of the package unless another is given.
    """
    table = table or label_table()
    statements = statements_of(case)
    found = {name: _found(sign, statements) for name, sign in table.signs.items()}
    priors = table.priors(case)
    near = meanings().nearness(case)
    terms = {label.name: _terms(label, table, found, near[label.name][0]) for label in table.labels.values()}
    mean = {
        n: sum(share * terms[label][n] for label, share in priors.items()) for n in (*table.signs, _WORDS)
    }
    posterior = _posterior(priors, terms)
    ranked = sorted(posterior, key=lambda name: -posterior[name])[:_MOST]
    texts = {name: "" if statement is None else statement.text for name, (_, statement) in found.items()}
    hypotheses = tuple(
        Ranked(
            name,
            meanings().sentences[name],
            table.labels[name].group,
            posterior[name],
            priors[name],
            *_spoken(terms[name], mean, {**texts, _WORDS: ", ".join(near[name][1])}),
        )
        for name in ranked
    )
    signs = table.signs.values()
    unheard = (s.text for s in statements if not any(x.said_by(s) or x.denied_by(s) for x in signs))
    return FailureAnswer(case.identifier, hypotheses, tuple(unheard))


def _found(sign: Sign, statements: tuple[Statement, ...]) -> tuple[str, Statement | None]:
    """`said`, `denied` or `unsaid`, and by which statement; what is said once is not denied by another."""
    for statement in statements:
        if sign.said_by(statement):
            return "said", statement
    for statement in statements:
        if sign.denied_by(statement):
            return "denied", statement
    return "unsaid", None


def _terms(
    label: Label, table: LabelTable, found: Mapping[str, tuple[str, Statement | None]], nearness: float
) -> dict[str, float]:
    """Logarithm of the likelihood of each sign as it was found, tempered, and of the words."""
    terms = {n: _TEMPER * _log_likelihood(label, sign, found[n][0]) for n, sign in table.signs.items()}
    return {**terms, _WORDS: _NEARNESS * nearness}


def _log_likelihood(label: Label, sign: Sign, found: str) -> float:
    chance = label.chance(sign)
    if found == "said":
        return math.log(chance)
    return (1.0 if found == "denied" else _UNSAID) * math.log(1.0 - chance)


def _posterior(priors: Mapping[str, float], terms: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    logs = {name: math.log(prior) + sum(terms[name].values()) for name, prior in priors.items()}
    top = max(logs.values())
    weights = {name: math.exp(value - top) for name, value in logs.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _spoken(
    terms: Mapping[str, float], mean: Mapping[str, float], texts: Mapping[str, str]
) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """What spoke for a label and what against it."""
    said = [Said(name, texts[name], round(value - mean[name], 3)) for name, value in terms.items()]
    heavy = sorted((s for s in said if abs(s.weight) >= _TOLD), key=lambda s: -abs(s.weight))
    return tuple(s for s in heavy if s.weight > 0.0), tuple(s for s in heavy if s.weight < 0.0)
