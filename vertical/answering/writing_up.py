"""An answer for a log in the form of the contract: verdict, hypotheses in words, what they rest on, and the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hotfire.answering import words
from hotfire.answering.explaining import with_effects
from hotfire.answering.routes import Answered
from hotfire.answering.sensor_windows import sensor_windows
from hotfire.answering.unexplained import unexplained
from hotfire.answering.warnings import warnings
from hotfire.answering.with_and_without import with_and_without
from hotfire.diagnosis import Diagnosis, FaultEstimate, Hypothesis, PhaseSpan, Symptom
from hotfire.experts.costs import with_total
from hotfire.experts.measuring import ANSWER, answer_set
from hotfire.experts.searching import Found
from hotfire.observing.observe import Observed
from hotfire.observing.sighting import Sighting
from hotfire.phases.finding import Phases
from hotfire.physics.diagnosis.explanations import NOMINAL
from hotfire.physics.diagnosis.judgement import ambiguity_group, detectable_sizes, goodness_of_fit
from hotfire.router import ledger
from hotfire.signals.signal_faults import estimate
from hotfire.suspects.exchanged import exchange_warning, with_exchange, with_exchange_weighed
from hotfire.suspects.missing import missing
from hotfire.suspects.unit_suspects import unit_suspects

__all__ = ["unanswered", "written"]

_REPORTED, _MOST = 1e-3, 10
_TELL_APART = 3.0
_ALARM = 0.02
"""Probability of the sound engine below which the search alleges a fault; set on simulated sound engines, see
docs/explanation/diagnosis.md."""
_UNDECIDED = 0.5
"""Probability of a kind of explanation below which the small model alleges none."""


def unanswered(seen: Sighting, costs: Mapping[str, ledger.Cost]) -> Diagnosis:
    """Write what is seen of a log, without an answer.

    Args:
        seen: The log.
        costs: By account, `shared` and `expert` among them.
    """
    return Diagnosis(
        verdict="insufficient_data",
        headline=f"No diagnosis: {missing(seen) or 'too little data'}.",
        engine=seen.engine.name,
        source=seen.log.source.name if seen.log.source else "",
        hypotheses=(),
        sensor_findings=tuple(estimate(f) for f in seen.faults),
        phases=tuple(PhaseSpan(p.name, p.start, p.end) for p in seen.phases.phases),
        depletion={d.side: d.time for d in seen.phases.depletions},
        notes=(*seen.log.notes, *seen.phases.notes),
        warnings=warnings(seen),
        cost=with_total(costs),
    )


def written(answer: Answered, sighting: ledger.Cost, *, explain: int = 1) -> Diagnosis:
    """Write an answer.

    Args:
        answer: Of an expert.
        sighting: What looking at the log took.
        explain: Hypotheses of which the way from the fault to the sensors is told.
    """
    found, seen, search = answer.found, answer.found.seen, answer.found.search
    shared = sighting + answer.costs.get("shared", ledger.Cost())
    own = replace(
        unanswered(seen, {"shared": shared, **{n: c for n, c in answer.costs.items() if n != "shared"}}),
        expert=answer.expert,
        route=answer.route,
        route_reason=answer.reason,
        risk=answer.risk,
    )
    own = replace(own, notes=(*own.notes, *answer.notes), warnings=(*own.warnings, *answer.remarks))
    if seen.observed is None:
        return own
    findings = _findings(seen, seen.observed)
    symptoms = words.symptoms(search, seen.observed, seen.engine)
    own = replace(own, warnings=(*_about_channels(found, seen.observed), *own.warnings))
    ranked = with_exchange_weighed(_ranked(found), found.exchange)
    certain = bool(found.ranked) and next(iter(ranked)) == found.ranked[0].name
    group, splitter = ambiguity_group(search, found.ranked, _TELL_APART) if certain else ((), None)
    hypotheses = _hypotheses(found, seen.observed, findings, symptoms)
    with ledger.metered() as meter:
        before = search.forecaster.solves
        runs = with_and_without(hypotheses, found, most=max(explain, 1))
        told = {rank: both for rank, both in runs.items() if rank < explain}
        hypotheses = with_effects(hypotheses, told, found, symptoms)
        told_first = with_exchange(hypotheses, found.exchange, symptoms, least=_REPORTED, most=_MOST)
        exchanged = (
            bool(told_first) and told_first[0].faults[:1] and told_first[0].faults[0].mode == "swapped"
        )
        nominal = bool(hypotheses) and not hypotheses[0].faults and not exchanged
        first = None if exchanged else runs.get(0)
        windows = sensor_windows(found, seen.observed, first, nominal=nominal)
        hypotheses = told_first
        meter.count(solves=search.forecaster.solves - before)
    costs = {n: c for n, c in answer.costs.items() if n != "shared"}
    costs["expert"] = costs.get("expert", ledger.Cost()) + meter.cost
    diagnosis = replace(
        own,
        cost=with_total({"shared": shared, **costs}),
        verdict=_verdict(answer, ranked, findings),
        hypotheses=hypotheses,
        ambiguity_group=group,
        splitting_channel=splitter,
        answer_set=tuple(answer_set(ranked, ANSWER, len(ranked))),
        sensor_findings=tuple(findings),
        symptoms=symptoms,
        windows=windows,
        detectable=detectable_sizes(search),
        none_of_these=_none_of_these(found),
        goodness_of_fit=found.exchange.p_value if exchanged and found.exchange else goodness_of_fit(search),
        at_once=search.at_once,
        left_out=words.left_out(search.at_once),
    )
    return replace(diagnosis, headline=words.headline(diagnosis))


def _about_channels(found: Found, observed: Observed) -> tuple[str, ...]:
    """What is to be checked of units and of the places of sensors; units of exchanged ones are not."""
    suspects = unit_suspects(found.search, observed, found.seen.engine)
    exchange = found.exchange
    if exchange is None or not (exchange.probability >= _UNDECIDED or not exchange.explains):
        return suspects
    theirs = tuple(f"{c.name} reads" for s in exchange.sensors if (c := observed.used.get(s)) is not None)
    others = tuple(s for s in suspects if not s.startswith(theirs)) if theirs else suspects
    return (exchange_warning(exchange, observed), *others)


def _none_of_these(found: Found) -> float:
    """Probability that none of the hypotheses is right, an exchange of sensors among them."""
    exchange = found.exchange
    if exchange is None or not exchange.explains:
        return found.search.none_of_these
    return exchange.probability * exchange.doubt + (1.0 - exchange.probability) * found.search.none_of_these


def _findings(seen: Sighting, observed: Observed) -> list[FaultEstimate]:
    """Faults of sensors that signals and readings at rest show by themselves."""
    shown = [
        estimate(f)
        for f in seen.faults
        if f.mode != "zero_offset" or f.role not in seen.engine.sensors or f.role in observed.offsets
    ]
    return shown + words.zero_offsets(observed, seen.engine)


def _ranked(found: Found) -> dict[str, float]:
    """Probability of all hypotheses by name, likeliest first."""
    own = {w.name: w.probability for w in found.ranked} | dict(found.unweighed)
    return dict(sorted(own.items(), key=lambda item: -item[1]))


def _hypotheses(
    found: Found, observed: Observed, findings: Sequence[FaultEstimate], symptoms: Sequence[Symptom]
) -> tuple[Hypothesis, ...]:
    """Hypotheses in words, likeliest first."""
    engine = found.seen.engine
    named = [
        words.hypothesis(w, found.search, observed, engine, symptoms)
        for w in found.ranked
        if w.probability >= _REPORTED
    ]
    named += [words.unweighed(n, p, engine, findings) for n, p in found.unweighed.items() if p >= _REPORTED]
    return tuple(sorted(named, key=lambda h: -h.probability))[:_MOST]


def _verdict(answer: Answered, ranked: Mapping[str, float], findings: Sequence[FaultEstimate]) -> str:
    """Choose the verdict: by the probabilities of the kinds of explanation, and by what signals show."""
    found, seen = answer.found, answer.found.seen
    assert seen.observed is not None
    kinds = _kinds(ranked, seen)
    if answer.expert == "neural":
        alleged = max(kinds, key=lambda kind: kinds[kind])
        if kinds[alleged] < _UNDECIDED or unexplained(_none_of_these(found)):
            return "unknown"
    elif unexplained(_none_of_these(found)):
        return "model_mismatch"
    else:
        alleged = _alleged(kinds)
    if alleged == "hardware":
        return "fault"
    own = [
        f
        for f in findings
        if f.component in seen.engine.sensors
        and f.mode not in ("spikes", "drift")
        and (f.mode != "zero_offset" or f.component in seen.observed.offsets)
        and _matters_to_the_run(f, seen.phases)
    ]
    if alleged == "sensor" or own:
        return "sensor_fault"
    # A fault is likelier than none, but not so much that it is alleged.
    return "nominal" if next(iter(ranked)) == NOMINAL else "unknown"


def _kinds(ranked: Mapping[str, float], seen: Sighting) -> dict[str, float]:
    """Probability of faults of the hardware, with or without those of sensors, of these alone, and of no fault."""
    faults = seen.engine.network.faults.keys()
    hardware = sum(p for n, p in ranked.items() if faults & set(n.split(" + ")))
    sound = ranked.get(NOMINAL, 0.0)
    return {"hardware": hardware, "sensor": sum(ranked.values()) - hardware - sound, "sound": sound}


def _alleged(kinds: Mapping[str, float]) -> str:
    """Kind of explanation that a search alleges."""
    if kinds["sound"] >= _ALARM or not max(kinds["hardware"], kinds["sensor"]) > 0.0:
        return "sound"
    return "hardware" if kinds["hardware"] >= kinds["sensor"] else "sensor"


def _matters_to_the_run(finding: FaultEstimate, phases: Phases) -> bool:
    """Say whether a finding concerns the run itself; one that sets in as the run ends is only listed."""
    return finding.onset is None or phases.mainstage is None or finding.onset.value < phases.mainstage.end
