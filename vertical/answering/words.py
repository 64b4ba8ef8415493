"""Hypotheses and symptoms in an engineer's words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotfire.answering.effect_words import Wording
from hotfire.answering.unexplained import unexplained
from hotfire.diagnosis import Diagnosis, FaultEstimate, Hypothesis, Interval, Symptom
from hotfire.engine import Engine
from hotfire.log import FloatArray
from hotfire.observing.observe import Observed
from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.hypotheses import FAULTY_TESTS

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Explanation, Search, Weighed

__all__ = ["explains", "headline", "hypothesis", "left_out", "symptoms", "unweighed", "zero_offsets"]

_NOTABLE = 2.5
_UNDECIDED = 0.5
_EDGE = 0.01
"""Share of a least or largest size within which a fitted one lies at it."""


def _words(name: str) -> str:
    return name.replace("_", " ")


def zero_offsets(observed: Observed, engine: Engine) -> list[FaultEstimate]:
    """Sensors that were off zero before the test beyond their tolerance."""
    found, words = [], Wording(engine, observed.used)
    for name, offset in observed.offsets.items():
        sensor = engine.sensors[name]
        size = offset / sensor.span
        spread = 1.64 * sensor.zero_tolerance / sensor.span
        amount = words.amount(offset, sensor)
        found.append(
            FaultEstimate(
                name,
                "zero_offset",
                "sensor",
                Interval(size, size - spread, size + spread),
                "offset over the span",
                None,
                f"{_words(name)} was off zero by {amount} before the test",
                "sensor_fault",
            )
        )
    return found


def symptoms(search: Search, observed: Observed, engine: Engine) -> tuple[Symptom, ...]:
    """Sensors that depart from the sound engine within its tolerances, in level or in course."""
    expected = search.means - search.prior_shift
    found, words = [], Wording(engine, observed.used)
    for column, sensor in enumerate(observed.observation.sensors):
        departure = _departure(search, column, expected)
        if departure is None or abs(departure[0]) < _NOTABLE:
            continue
        deviations, measured, forecast, onset = departure
        channel = observed.used.get(sensor.name)
        found.append(
            Symptom(
                sensor=sensor.name,
                channel=channel.name if channel else "computed",
                phase="mainstage",
                direction="high" if deviations > 0 else "low",
                measured=words.reading(measured, sensor),
                expected=words.reading(forecast, sensor),
                unit=words.unit_of_sensor(sensor),
                deviations=abs(deviations),
                onset=None if onset is None else observed.origin + onset,
            )
        )
    return tuple(sorted(found, key=lambda s: -s.deviations))


def _departure(
    search: Search, column: int, expected: FloatArray
) -> tuple[float, float, float, float | None] | None:
    """Deviation, measured, expected and onset of one sensor: of its level, or of its change where that is larger."""
    observation = search.forecaster.observation
    count = observation.means.shape[1]
    windows = np.flatnonzero(np.isfinite(observation.means[1:, column])) + 1
    if windows.size < 2:
        return None
    features = windows * count + column
    position = np.cumsum(search.used)[features] - 1
    measured, forecast = observation.means[windows, column], expected[features]
    block = search.covariance[np.ix_(position, position)]
    residual = measured - forecast
    level = residual.mean() / np.sqrt(block.mean())
    half = windows.size // 2
    contrast = np.concatenate([-np.ones(half) / half, np.ones(windows.size - half) / (windows.size - half)])
    change = float(contrast @ residual / np.sqrt(contrast @ block @ contrast))
    if abs(change) <= abs(level):
        return float(level), float(measured.mean()), float(forecast.mean()), None
    step = int(np.argmax(np.abs(np.diff(residual)))) + 1
    at = float(observation.edges[windows[step] - 1])
    return change, float(measured[step:].mean()), float(forecast[step:].mean()), at


def hypothesis(
    weighed: Weighed, search: Search, observed: Observed, engine: Engine, seen: Sequence[Symptom]
) -> Hypothesis:
    """Put a weighed hypothesis into words."""
    best = weighed.best
    explained, unexplained = explains(best, search, observed, seen)
    misfit = best.chi_square / max(search.freedom, 1)
    if best.course is None:
        return Hypothesis(
            (),
            weighed.probability,
            explained,
            unexplained,
            misfit,
            "nominal_no_fault",
            "no fault: the engine is within its tolerances",
        )
    faults = tuple(_fault(weighed, i, observed, engine) for i in range(len(best.courses)))
    summary = "; and ".join(f.description for f in faults)
    return Hypothesis(
        faults, weighed.probability, explained, unexplained, misfit, faults[0].category, summary
    )


def unweighed(name: str, probability: float, engine: Engine, findings: Sequence[FaultEstimate]) -> Hypothesis:
    """Put a fault that window means do not show into words: as its signal shows it, where it does."""
    from hotfire.physics.sensors import SENSOR_FAULTS

    component, mode = name.split(".", 1)
    shown = next((f for f in findings if f.component == component and f.mode == mode), None)
    if shown is None:
        sensor = component in engine.sensors
        fault = SENSOR_FAULTS[mode] if sensor else engine.network.faults[name]
        text = f"{_words(component)} {fault.description}"
        kind = "sensor" if sensor else "hardware"
        shown = FaultEstimate(component, mode, kind, None, "not measured", None, text, fault.category)
    return Hypothesis((shown,), probability, (), (), float("nan"), shown.category, shown.description)


def _fault(weighed: Weighed, which: int, observed: Observed, engine: Engine) -> FaultEstimate:
    """Put one of a hypothesis's faults into words."""
    course = weighed.best.courses[which]
    component, mode = course.name.split(".")
    size = _size(weighed.best, which)
    sensor = engine.sensors.get(component)
    amount = _share(size, sensor is not None, course.fault.size_text)
    if sensor is not None and mode in ("bias", "drift"):
        amount = Wording(engine, observed.used).amount(size.value * sensor.span, sensor)
    text = f"{_words(component)} {course.fault.description}: {amount}"
    if course.grows and sensor is None:
        text += ", growing"
    if course.clears_at is not None:
        text += f", until {observed.origin + course.clears_at:.2f} s"
    return FaultEstimate(
        component,
        mode,
        "sensor" if sensor else "hardware",
        size,
        course.fault.size_text,
        _onset(weighed, which, observed),
        text,
        course.fault.category,
        _at_edge(size.value, course.fault),
    )


def _at_edge(size: float, fault: Fault) -> bool:
    """Say whether a size lies at the least or the largest that a fault is declared to have."""
    if not fault.upper > fault.lower:
        return False
    return any(abs(abs(size) - edge) <= _EDGE * edge for edge in (fault.lower, fault.upper))


def _size(explanation: Explanation, which: int) -> Interval:
    """Median and 90 % interval of the size of one of the faults."""
    sizes, weights = explanation.spreads[which]
    cumulative = np.cumsum(weights)
    low, middle, high = (float(np.interp(q, cumulative, sizes)) for q in (0.05, 0.5, 0.95))
    below = explanation.courses[which].sign < 0
    return Interval(-middle, -high, -low) if below else Interval(middle, low, high)


def _share(size: Interval, signed: bool, size_text: str) -> str:
    sign = "+" if signed else ""
    rounded = float(f"{100.0 * size.value:.2g}")  # two digits, and no exponent from 100 % on
    return f"{rounded:{sign}g} % ({size_text})"


def _onset(weighed: Weighed, which: int, observed: Observed) -> Interval | None:
    """Onset of a fault with the windows that its probability spreads over; None when there before the valves opened."""
    edges = observed.observation.edges
    course = weighed.best.courses[which]
    if course.onset is None:
        return None
    peak = weighed.best.log_evidence
    near = [c for e in weighed.explanations if e.log_evidence > peak - 1.35 for c in e.courses]
    likely = [c.onset for c in near if c.name == course.name and c.onset is not None]
    half = 0.5 * float(np.diff(edges).mean())
    origin = observed.origin
    return Interval(origin + course.onset, origin + min(likely) - half, origin + max(likely) + half, "s")


def explains(
    explanation: Explanation, search: Search, observed: Observed, seen: Sequence[Symptom]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the symptoms into those that the explanation accounts for and those that it does not.

    It does where it leaves a sensor within tolerance, and where its faults move the sensor the symptom's way as the
    readings show: the rest of such a symptom is tolerance, since a test that is off by tolerances may have a fault too.
    """
    names = [s.name for s in observed.observation.sensors]
    left = []
    for symptom in seen:
        departure = _departure(
            search, names.index(symptom.sensor), explanation.best_means - search.prior_shift
        )
        if departure is not None and abs(departure[0]) > max(_NOTABLE, 0.5 * symptom.deviations):
            moved = search.moves_as_measured(explanation, names.index(symptom.sensor))
            if moved * (1.0 if symptom.direction == "high" else -1.0) < _NOTABLE:
                left.append(symptom.sensor)
    return tuple(s.sensor for s in seen if s.sensor not in left), tuple(left)


def left_out(at_once: int) -> float:
    """Prior probability of one fault more at once than were weighed, if faults come independently of one another."""
    return FAULTY_TESTS ** (at_once + 1) / math.factorial(at_once + 1)


def headline(diagnosis: Diagnosis) -> str:
    """Say the answer in one or two sentences."""
    first = diagnosis.hypotheses[0] if diagnosis.hypotheses else None
    sensors = _sensor_sentence(diagnosis)
    if first is None:
        return "No hypothesis." + sensors
    if diagnosis.verdict == "model_mismatch":
        return _mismatch_sentence(diagnosis, first) + sensors
    if diagnosis.expert == "neural" and first.probability < _UNDECIDED:
        text = (
            f"The small model is undecided. First of its answers ({first.probability:.0%}): {first.summary}"
        )
        return f"{text}.{sensors}"
    if not first.faults:
        what = "No hardware fault: the engine ran within its tolerances"
        what += f" (probability {first.probability:.0%})." if first.probability < 0.995 else "."
        dry = [f"{side} ran out at {at:.2f} s" for side, at in diagnosis.depletion.items()]
        gas = any(p.name == "gas_tail" for p in diagnosis.phases)
        what += f" The {' and the '.join(dry)}{', a gas tail followed' if gas else ''}." if dry else ""
        return what + sensors
    sound = next((h.probability for h in diagnosis.hypotheses if not h.faults), 0.0)
    text = f"Most likely ({first.probability:.0%}): {first.summary}"
    if diagnosis.verdict == "unknown" and diagnosis.expert != "neural":
        text = f"Not sure enough for a verdict: no fault has {sound:.0%}. {text}"
    if diagnosis.ambiguity_group:
        others = [_words(n).replace(".", ", ") for n in diagnosis.ambiguity_group[1:]]
        text += f"; not to be told from {' or '.join(others)} with these sensors"
    if unexplained(diagnosis.none_of_these):  # of a search, that is a verdict by itself
        text += ". By the physics, none of the small model's answers explains all of it"
    return text + "." + sensors


def _mismatch_sentence(diagnosis: Diagnosis, first: Hypothesis) -> str:
    """Say that nothing explains the log, why that may be, and what comes nearest."""
    more = "more faults at once" if diagnosis.at_once > 1 else "several faults at once"
    return (
        "Nothing that was searched explains this log: it may be another engine's, the engine may differ from its "
        f"file, or suffer {more} or a fault that is not on the list. Nearest, no finding "
        f"({first.probability:.0%} among what was searched): {first.summary}."
    )


def _sensor_sentence(diagnosis: Diagnosis) -> str:
    if not diagnosis.sensor_findings:
        return ""
    names = list(dict.fromkeys(_words(f.component) for f in diagnosis.sensor_findings))
    return f" Sensors to look at: {', '.join(names[:5])}{' ...' if len(names) > 5 else ''}."
