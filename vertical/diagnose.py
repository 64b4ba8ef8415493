"""The diagnosis of a log: match, phases, features, search, and the answer in the form of the contract."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hotfire._mismatch import fits_no_fault
from hotfire._warnings import warnings
from hotfire.diagnosis import Cost, Diagnosis, FaultEstimate, PhaseSpan
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.phases import Phases
from hotfire.sighting import Sighting, compiled_engine, missing, sight
from hotfire.signal_faults import estimate

if TYPE_CHECKING:
    from hotfire.physics.certificate.values import Certificate
    from hotfire.physics.diagnosis.search import Search, Weighed

__all__ = ["diagnose"]

_REPORTED = 1e-3
_ANSWER = 0.9
_TELL_APART = 3.0
_ALARM = 0.02
"""Probability of the sound engine below which a fault is alleged; set on simulated sound engines, see
docs/explanation/diagnosis.md."""


def diagnose(log: Log, engine: Engine, *, channel_map: object = None, certify: bool = False) -> Diagnosis:
    """Diagnose a log.

    Args:
        log: As read by `hotfire.read_log`.
        engine: As loaded by `hotfire.load_engine`.
        channel_map: Already applied when the log was read; accepted so that callers may pass it on.
        certify: Issue a certificate as well, where one can be issued.

    Returns:
        Ranked hypotheses, phases, symptoms, findings on sensors and data, and what it cost.
    """
    clock = _Clock()
    seen = sight(log, engine)
    shared = clock.lap()
    reason = missing(seen)
    if reason or seen.observed is None:
        return _insufficient(seen, reason, shared, clock.lap())
    from hotfire.physics.diagnosis.forecast import Forecaster
    from hotfire.physics.diagnosis.search import Search

    search = Search(Forecaster(compiled_engine(engine), seen.observed.observation))
    ranked = search.run()
    solves, run_out = search.forecaster.solves, search.run_out
    if search.ran_out and run_out is not None:
        seen = seen.up_to(run_out.tank, seen.observed.origin + run_out.time)
        if seen.observed is None:
            return _insufficient(replace(seen, run_out=run_out), missing(seen), shared, clock.lap(solves))
        search = Search(Forecaster(compiled_engine(engine), seen.observed.observation))
        ranked = search.run()
        solves += search.forecaster.solves
    seen = replace(seen, run_out=run_out)
    certificate = _certificate(seen, search, ranked) if certify else "not asked for"
    answer = _answer(seen, search, ranked, shared, clock.lap(solves))
    return _with_certificate(answer, certificate)


class _Clock:
    """Measures wall and processor time in laps."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def lap(self, solves: int = 0) -> Cost:
        wall, cpu = time.perf_counter(), time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        cost = Cost(wall - self._wall, cpu - self._cpu, peak, 0, solves)
        self._wall, self._cpu = wall, cpu
        return cost


def _costs(shared: Cost, expert: Cost) -> dict[str, Cost]:
    total = Cost(
        shared.wall + expert.wall,
        shared.cpu + expert.cpu,
        max(shared.peak_memory, expert.peak_memory),
        expert.model_calls,
        expert.physics_solves,
    )
    return {"shared": shared, "expert": expert, "total": total}


def _insufficient(seen: Sighting, reason: str, shared: Cost, expert: Cost) -> Diagnosis:
    findings = tuple(estimate(f) for f in seen.faults)
    return Diagnosis(
        verdict="insufficient_data",
        headline=f"No diagnosis: {reason or 'too little data'}.",
        engine=seen.engine.name,
        source=seen.log.source.name if seen.log.source else "",
        hypotheses=(),
        sensor_findings=findings,
        phases=_spans(seen.phases),
        depletion={d.side: d.time for d in seen.phases.depletions},
        notes=(*seen.log.notes, *seen.phases.notes),
        warnings=warnings(seen),
        cost=_costs(shared, expert),
    )


def _spans(phases: Phases) -> tuple[PhaseSpan, ...]:
    return tuple(PhaseSpan(p.name, p.start, p.end) for p in phases.phases)


def _answer(
    seen: Sighting, search: Search, ranked: Sequence[Weighed], shared: Cost, expert: Cost
) -> Diagnosis:
    from hotfire import _wording as words
    from hotfire.physics.diagnosis.judgement import (
        ambiguity_group,
        answer_set,
        detectable_sizes,
        goodness_of_fit,
    )

    observed = seen.observed
    assert observed is not None
    findings = [
        estimate(f)
        for f in seen.faults
        if f.mode != "zero_offset" or f.role not in seen.engine.sensors or f.role in observed.offsets
    ]
    findings += words.zero_offsets(observed, seen.engine)
    symptoms = words.symptoms(search, observed, seen.engine)
    hypotheses = tuple(
        words.hypothesis(w, search, observed, seen.engine, symptoms)
        for w in ranked
        if w.probability >= _REPORTED
    )[:10]
    group, splitter = ambiguity_group(search, ranked, _TELL_APART)
    verdict = _verdict(ranked, findings, search, seen)
    if fits_no_fault(search, ranked[0], observed, seen.engine):
        verdict = "model_mismatch"
    diagnosis = Diagnosis(
        verdict=verdict,
        headline="",
        engine=seen.engine.name,
        source=seen.log.source.name if seen.log.source else "",
        hypotheses=hypotheses,
        ambiguity_group=group,
        splitting_channel=splitter,
        answer_set=answer_set(ranked, _ANSWER),
        sensor_findings=tuple(findings),
        symptoms=symptoms,
        phases=_spans(seen.phases),
        depletion={d.side: d.time for d in seen.phases.depletions},
        detectable=detectable_sizes(search),
        none_of_these=search.none_of_these,
        goodness_of_fit=goodness_of_fit(search),
        left_out=words.left_out(ranked),
        notes=(*seen.log.notes, *seen.phases.notes),
        warnings=warnings(seen),
        cost=_costs(shared, expert),
    )
    return replace(diagnosis, headline=words.headline(diagnosis))


def _certificate(seen: Sighting, search: Search, ranked: Sequence[Weighed]) -> Certificate | str:
    """Issue the certificate, or say why there is none."""
    from hotfire.certificate import issue
    from hotfire.physics.certificate.values import RunOutClaim
    from hotfire.physics.diagnosis.judgement import answer_set

    assert seen.observed is not None
    run_out = None
    if seen.ended is not None and seen.run_out is not None:
        run_out = RunOutClaim(seen.run_out.tank, seen.ended)
    answer = answer_set(ranked, _ANSWER)
    return issue(seen.log, seen.engine, seen.observed, search, ranked, answer=answer, run_out=run_out)


def _with_certificate(diagnosis: Diagnosis, certificate: Certificate | str) -> Diagnosis:
    """Hand a certificate out with a diagnosis that it is evidence of."""
    if isinstance(certificate, str):
        return replace(diagnosis, certificate_reason=certificate)
    if diagnosis.verdict == "model_mismatch":
        return replace(diagnosis, certificate_reason="the log does not fit this engine")
    return replace(diagnosis, certificate=certificate, certificate_reason="")


def _verdict(
    ranked: Sequence[Weighed], findings: Sequence[FaultEstimate], search: Search, seen: Sighting
) -> str:
    """Choose the verdict from the probabilities of the kinds of explanation."""
    hardware = sum(w.probability for w in ranked if w.name.split(" + ")[0] in seen.engine.network.faults)
    sound = sum(w.probability for w in ranked if w.name == "nominal")
    sensor = 1.0 - hardware - sound
    certain = max(hardware, sensor) > 0.0 and sound < _ALARM
    offsets = seen.observed.offsets if seen.observed else {}
    own = [
        f
        for f in findings
        if f.component in seen.engine.sensors
        and f.mode not in ("spikes", "drift")
        and (f.mode != "zero_offset" or f.component in offsets)
        and _matters_to_the_run(f, seen.phases)
    ]
    if certain and hardware >= sensor:
        return "fault"
    if certain or own:
        return "sensor_fault"
    return "nominal"


def _matters_to_the_run(finding: FaultEstimate, phases: Phases) -> bool:
    """Say whether a finding concerns the run itself; one that sets in as the run ends is only listed."""
    return finding.onset is None or phases.mainstage is None or finding.onset.value < phases.mainstage.end
