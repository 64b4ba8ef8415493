"""The diagnosis of a log: match, phases, features, search, and the answer in the form of the contract."""

from __future__ import annotations

import math
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hotfire._phase_run_out import with_run_out
from hotfire.diagnosis import Cost, Diagnosis, FaultEstimate, PhaseSpan
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.matching import match_log
from hotfire.observe import Observed, observe
from hotfire.phases import Phases, find_phases
from hotfire.sensor_noise import noisy_sensors
from hotfire.signal_faults import SignalFault, estimate, signal_faults

if TYPE_CHECKING:
    from hotfire.physics.certificate.values import Certificate
    from hotfire.physics.compiled import CompiledNetwork
    from hotfire.physics.diagnosis.run_out import RunOut
    from hotfire.physics.diagnosis.search import Search, Weighed

__all__ = ["diagnose"]

_NOT_THIS_ENGINE = 0.99
"""Probability of none of the hypotheses from which one that explains less than half of the symptoms is no answer."""
_REPORTED = 1e-3
_DOUBTFUL = 7.0
"""Log odds up to which a run-out that was not taken is mentioned."""
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
    matched = match_log(log, engine)
    phases = find_phases(matched, ambient_pressure=engine.network.ambient_pressure)
    faults = (*signal_faults(matched), *noisy_sensors(matched, engine, phases))
    observed = observe(matched, engine, phases, faults)
    shared = clock.lap()
    context = _Context(matched, engine, phases, faults, observed)
    reason = _missing(context)
    if reason or observed is None:
        return _insufficient(context, reason, shared, clock.lap())
    from hotfire.physics.diagnosis.forecast import Forecaster
    from hotfire.physics.diagnosis.search import Search

    search = Search(Forecaster(compiled_engine(engine), observed.observation))
    ranked = search.run()
    solves, run_out = search.forecaster.solves, search.run_out
    if search.ran_out and run_out is not None:
        at, side = observed.origin + run_out.time, engine.network.side_of(run_out.tank)
        phases = with_run_out(phases, run_out.tank, side, at)
        shorter = observe(matched, engine, phases, faults)
        context = _Context(matched, engine, phases, faults, shorter, run_out, at)
        if shorter is None:
            return _insufficient(context, _missing(context), shared, clock.lap(solves))
        search = Search(Forecaster(compiled_engine(engine), shorter.observation))
        ranked = search.run()
        solves += search.forecaster.solves
    context = replace(context, run_out=run_out)
    certificate = _certificate(context, search, ranked) if certify else "not asked for"
    answer = _answer(context, search, ranked, shared, clock.lap(solves))
    return _with_certificate(answer, certificate)


@lru_cache(maxsize=8)
def _compiled(key: int, engine: _ById) -> CompiledNetwork:
    from hotfire.physics.compiled import CompiledNetwork

    return CompiledNetwork(engine.engine.network)


@dataclass(frozen=True, eq=False)
class _ById:
    """An engine that is hashed by identity, since its mappings cannot be."""

    engine: Engine

    def __hash__(self) -> int:
        return id(self.engine)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.engine is self.engine


def compiled_engine(engine: Engine) -> CompiledNetwork:
    """Compile an engine once."""
    return _compiled(id(engine), _ById(engine))


@dataclass(frozen=True, eq=False)
class _Context:
    log: Log
    engine: Engine
    phases: Phases
    faults: tuple[SignalFault, ...]
    observed: Observed | None
    run_out: RunOut | None = None
    ended: float | None = None
    """Time at which a tank is taken to have run out, s of the log's clock; None where none is."""


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


def _missing(context: _Context) -> str:
    """Say why there can be no diagnosis, or nothing."""
    if context.phases.kind == "no_run":
        return "the log shows no run: no channel that could tell rises and stays up"
    if context.phases.kind == "cold_flow":
        return "this is a cold flow: the chamber never burnt, so combustion and nozzle cannot be judged"
    if context.observed is None:
        return "there is no steady stretch long enough to be compared with the physics"
    measured = {s.measures for s in context.observed.observation.sensors if s.kind}
    if len(measured) < 2:
        return (
            "fewer than two of the engine's sensors are in the log, so nothing can be held against anything"
        )
    if not any(
        m.endswith(("chamber.pressure", ".thrust", ".outlet.flow")) or "pressure" in m for m in measured
    ):
        return "no pressure and no thrust is in the log"
    return ""


def _insufficient(context: _Context, reason: str, shared: Cost, expert: Cost) -> Diagnosis:
    findings = tuple(estimate(f) for f in context.faults)
    return Diagnosis(
        verdict="insufficient_data",
        headline=f"No diagnosis: {reason or 'too little data'}.",
        engine=context.engine.name,
        source=context.log.source.name if context.log.source else "",
        hypotheses=(),
        sensor_findings=findings,
        phases=_spans(context.phases),
        depletion={d.side: d.time for d in context.phases.depletions},
        notes=(*context.log.notes, *context.phases.notes),
        warnings=_warnings(context),
        cost=_costs(shared, expert),
    )


def _spans(phases: Phases) -> tuple[PhaseSpan, ...]:
    return tuple(PhaseSpan(p.name, p.start, p.end) for p in phases.phases)


def _warnings(context: _Context) -> tuple[str, ...]:
    """What the reader must know before trusting the answer."""
    found = []
    if context.phases.baseline is None and context.phases.burn is not None:
        found.append("no quiet stretch before the test: sensor zeros could not be checked")
    missing = [s for s in context.engine.sensors if context.log.role(s) is None]
    if missing:
        found.append(f"the log has no channel for {', '.join(missing)}")
    bare = [s for s in context.engine.sensors if (c := context.log.role(s)) is not None and not c.unit]
    if bare:
        found.append(f"no unit is known for {', '.join(bare)}: not used; give it in a channel map")
    if context.observed is not None:
        for name, offset in context.observed.offsets.items():
            sensor = context.engine.sensors[name]
            found.append(
                f"{name} was off zero by {_shown(offset, sensor.unit, sensor.kind)} before the test; "
                "taken off before comparing"
            )
    if context.run_out is not None and context.observed is not None:
        found += _run_out_warning(context.run_out, context.observed.origin, context.engine)
    found += [n.message for n in context.log.notes if n.code in ("units_row_mismatch", "role_open")]
    unknown = sum(p.status == "unknown" for p in context.engine.provenance.values())
    if unknown:
        found.append(
            f"{unknown} numbers of the engine file are marked unknown and stand with wide tolerances"
        )
    return tuple(found)


def _run_out_warning(run_out: RunOut, origin: float, engine: Engine) -> list[str]:
    """Say how sure it is that a propellant ran out or did not, where that is in doubt."""
    what = (
        f"{run_out.tank} ran out of {engine.network.side_of(run_out.tank)} at {origin + run_out.time:.2f} s"
    )
    odds = f"{math.exp(min(abs(run_out.log_odds), 20.0)):.2g}"
    if run_out.log_odds > 0.0:
        return [f"that {what} rests on the fit alone, {odds} to 1 against a fault: compare what was loaded"]
    if run_out.log_odds > -_DOUBTFUL:
        return [f"it may also be that {what}, 1 to {odds} against a fault: compare what was loaded"]
    return []


def _shown(value: float, unit: str, kind: str) -> str:
    """A difference in SI as people read it."""
    from hotfire.physics.units import parse_unit

    scale = parse_unit(unit, kind).scale if unit else 1.0
    return f"{value / scale:+.3g} {unit}".strip()


def _answer(
    context: _Context, search: Search, ranked: Sequence[Weighed], shared: Cost, expert: Cost
) -> Diagnosis:
    from hotfire import _wording as words
    from hotfire.physics.diagnosis.judgement import (
        ambiguity_group,
        answer_set,
        detectable_sizes,
        goodness_of_fit,
    )

    observed = context.observed
    assert observed is not None
    findings = [
        estimate(f)
        for f in context.faults
        if f.mode != "zero_offset" or f.role not in context.engine.sensors or f.role in observed.offsets
    ]
    findings += words.zero_offsets(observed, context.engine)
    symptoms = words.symptoms(search, observed, context.engine)
    hypotheses = tuple(
        words.hypothesis(w, search, observed, context.engine, symptoms)
        for w in ranked
        if w.probability >= _REPORTED
    )[:10]
    group, splitter = ambiguity_group(search, ranked, _TELL_APART)
    verdict = _verdict(ranked, findings, search, context)
    if search.none_of_these > _NOT_THIS_ENGINE and 2 * len(hypotheses[0].explained) < len(symptoms):
        verdict = "model_mismatch"
    diagnosis = Diagnosis(
        verdict=verdict,
        headline="",
        engine=context.engine.name,
        source=context.log.source.name if context.log.source else "",
        hypotheses=hypotheses,
        ambiguity_group=group,
        splitting_channel=splitter,
        answer_set=answer_set(ranked, _ANSWER),
        sensor_findings=tuple(findings),
        symptoms=symptoms,
        phases=_spans(context.phases),
        depletion={d.side: d.time for d in context.phases.depletions},
        detectable=detectable_sizes(search),
        none_of_these=search.none_of_these,
        goodness_of_fit=goodness_of_fit(search),
        left_out=words.left_out(ranked),
        notes=(*context.log.notes, *context.phases.notes),
        warnings=_warnings(context),
        cost=_costs(shared, expert),
    )
    return replace(diagnosis, headline=words.headline(diagnosis))


def _certificate(context: _Context, search: Search, ranked: Sequence[Weighed]) -> Certificate | str:
    """Issue the certificate, or say why there is none."""
    from hotfire.certificate import issue
    from hotfire.physics.certificate.values import RunOutClaim
    from hotfire.physics.diagnosis.judgement import answer_set

    assert context.observed is not None
    run_out = None
    if context.ended is not None and context.run_out is not None:
        run_out = RunOutClaim(context.run_out.tank, context.ended)
    answer = answer_set(ranked, _ANSWER)
    return issue(
        context.log, context.engine, context.observed, search, ranked, answer=answer, run_out=run_out
    )


def _with_certificate(diagnosis: Diagnosis, certificate: Certificate | str) -> Diagnosis:
    """Hand a certificate out with a diagnosis that it is evidence of."""
    if isinstance(certificate, str):
        return replace(diagnosis, certificate_reason=certificate)
    if diagnosis.verdict == "model_mismatch":
        return replace(diagnosis, certificate_reason="the log does not fit this engine")
    return replace(diagnosis, certificate=certificate, certificate_reason="")


def _verdict(
    ranked: Sequence[Weighed], findings: Sequence[FaultEstimate], search: Search, context: _Context
) -> str:
    """Choose the verdict from the probabilities of the kinds of explanation."""
    hardware = sum(w.probability for w in ranked if w.name.split(" + ")[0] in context.engine.network.faults)
    sound = sum(w.probability for w in ranked if w.name == "nominal")
    sensor = 1.0 - hardware - sound
    certain = max(hardware, sensor) > 0.0 and sound < _ALARM
    offsets = context.observed.offsets if context.observed else {}
    own = [
        f
        for f in findings
        if f.component in context.engine.sensors
        and f.mode not in ("spikes", "drift")
        and (f.mode != "zero_offset" or f.component in offsets)
        and _matters_to_the_run(f, context.phases)
    ]
    if certain and hardware >= sensor:
        return "fault"
    if certain or own:
        return "sensor_fault"
    return "nominal"


def _matters_to_the_run(finding: FaultEstimate, phases: Phases) -> bool:
    """Say whether a finding concerns the run itself; one that sets in as the run ends is only listed."""
    return finding.onset is None or phases.mainstage is None or finding.onset.value < phases.mainstage.end
