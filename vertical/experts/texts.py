"""Who answers for a text: the symptoms against the physics of an engine, or the small model.

Nothing was measured, so there is no check of a claim against windows, no risk and no certificate. Where both can
answer, their opinions are pooled: each knows what the other does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hotfire.diagnosis import Cost
from hotfire.engine import Engine
from hotfire.experts.asked import Asked
from hotfire.experts.costs import with_total
from hotfire.experts.hypotheses import labels_of
from hotfire.experts.measuring import answer_set
from hotfire.locations import fault_labels
from hotfire.physics.description import Description
from hotfire.physics.errors import HotfireError
from hotfire.router.experts import Answer
from hotfire.stand_sensors import with_stand_sensors

__all__ = ["TextAnswer", "answer_description", "pooled"]

_MODEL, _PHYSICS, _LEAST = 0.5, 0.75, 1e-3
"""Weights of the model and of the physics of the symptoms, and the least probability that it is taken to give."""
_SEVERAL, _BEYOND = " + ", 0.5
"""What stands between labels of several faults, and their probability from which the physics answers alone."""
_REPORTED, _MOST = 1e-2, 10
_NO_CERTIFICATE = "a text has no certificate: nothing was measured"


@dataclass(frozen=True)
class TextAnswer:
    """The answer for a text.

    Attributes:
        hypotheses: Probability by label, likeliest first.
        answer_set: The fewest labels with at least 0.9 of it, at most ten.
        expert: Who answered: `symbolic`, `neural` or `both`.
        route: `pooled` (the opinions of both), `several` (the physics alone, since what is told takes several faults),
            `unchecked` (without an engine there is no physics), `no_model`, or "" where an expert was asked by name.
        route_reason: Why, in a sentence; "" where an expert was asked by name.
        certificate_reason: Why there is no certificate.
        cost: By expert, and in `total`.
    """

    hypotheses: Mapping[str, float]
    answer_set: tuple[str, ...]
    expert: str
    route: str = ""
    route_reason: str = ""
    certificate_reason: str = _NO_CERTIFICATE
    cost: Mapping[str, Cost] = field(default_factory=dict)


def answer_description(description: Description, engine: Engine | None, asked: Asked) -> TextAnswer | str:
    """Answer a text.

    Args:
        description: Of the text.
        engine: The engine, if it is known.
        asked: Which expert.

    Returns:
        The answer, or why nobody could be asked.

    Raises:
        HotfireError: If a model is asked for by name and there is none.
    """
    if not description.symptoms:
        return "nothing was understood that could be weighed"
    if asked.expert == "neural":
        return _told(_by_model(description, engine, asked))
    if asked.expert == "auto":
        return _by_either(description, engine, asked)
    if engine is None:
        return "the search needs an engine (--engine); without one only the small model answers (--expert neural)"
    return _told(_by_symptoms(description, engine))


def _by_either(description: Description, engine: Engine | None, asked: Asked) -> TextAnswer | str:
    """The model's answer where the physics of the symptoms does not disagree; the physics' elsewhere."""
    try:
        quick = _by_model(description, engine, asked)
    except HotfireError as error:
        if asked.model is not None or asked.provider == "cuda":  # asked for by name, it is not passed over
            raise
        if engine is None:
            return f"without an engine only the small model answers, and it could not be asked: {error.what}"
        return replace(_told(_by_symptoms(description, engine)), route="no_model", route_reason=error.what)
    if engine is None:
        reason = "without an engine, no physics can disagree with the model"
        return replace(_told(quick), route="unchecked", route_reason=reason)
    sure = _by_symptoms(description, engine)
    both = pooled(quick, sure)
    if both.expert == sure.expert:
        reason = "what is told takes more than one fault, and the small model knows single ones only"
        return replace(_told(both, quick, sure), route="several", route_reason=reason)
    return replace(_told(both, quick, sure), route="pooled", route_reason=_said(quick, sure))


def pooled(quick: Answer, sure: Answer, own: float = _MODEL, other: float = _PHYSICS) -> Answer:
    """Logarithmic opinion pool (Genest and Zidek, Statistical Science 1986, section 2): a weighted geometric mean.

    Both read the same text, so neither counts in full (`benchmarks/pooled_texts.py`). The model knows single faults
    only: where the physics holds it likelier that what is told takes several, the physics answers alone.

    Args:
        quick: Of the model.
        sure: Of the physics of the symptoms.
        own: Weight of the model.
        other: Weight of the physics.
    """
    if sum(p for h, p in sure.posterior.items() if _SEVERAL in h) > _BEYOND:
        return replace(sure)
    joint = {h: p**own * max(sure.posterior.get(h, 0.0), _LEAST) ** other for h, p in quick.posterior.items()}
    total = sum(joint.values())
    return Answer({h: p / total for h, p in joint.items()}, "both")


def _said(quick: Answer, sure: Answer) -> str:
    return (
        f"the small model has {quick.best} first ({quick.confidence:.0%}), the physics of the symptoms {sure.best} "
        f"({sure.confidence:.0%})"
    )


def _by_symptoms(description: Description, engine: Engine) -> Answer:
    from hotfire.experts.case import ExpertCase
    from hotfire.experts.symbolic import SymbolicExpert

    case = ExpertCase(engine, description, None, (), _hypotheses(description, engine))
    return SymbolicExpert().answer(case, {})


def _by_model(description: Description, engine: Engine | None, asked: Asked) -> Answer:
    from hotfire.experts.loading import neural_expert

    hypotheses = None if engine is None else _hypotheses(description, engine)
    return neural_expert(asked.model, asked.provider).read(description, hypotheses)


def _hypotheses(description: Description, engine: Engine) -> tuple[str, ...]:
    """Labels of an engine, and those of sensors that are told of: a stand may have more than the file names."""
    told = {(s.quantity, s.location) for s in description.symptoms}
    stand = fault_labels(with_stand_sensors(engine)).values()
    more = (label.words for label in stand if (label.quantity, label.location) in told)
    return tuple(dict.fromkeys([*labels_of(engine).words, *more]))


def _told(answer: Answer, *parts: Answer) -> TextAnswer:
    """An answer as it is told, with what it took, or what the answers took that it is made of."""
    ranked = sorted(answer.posterior.items(), key=lambda item: -item[1])
    shown = {label: p for label, p in ranked[:_MOST] if p >= _REPORTED} or dict(ranked[:1])
    costs = {a.expert: a.cost for a in parts or (answer,)}
    return TextAnswer(shown, tuple(answer_set(answer.posterior)), answer.expert, cost=with_total(costs))
