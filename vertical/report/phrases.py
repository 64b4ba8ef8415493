"""What a diagnosis says in words and figures, for every report alike: which are shown, in which order, and how."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotfire.diagnosis import Diagnosis, FaultEstimate, Hypothesis, Symptom
from hotfire.figures import (
    difference_unit,
    has_offset,
    number,
    pair,
    percent,
    share,
    size_text,
    time_text,
)
from hotfire.log import Note

__all__ = [
    "SYMPTOM_HEAD",
    "Doubt",
    "clipped",
    "cost_words",
    "counted",
    "detectable_words",
    "doubt",
    "expert_words",
    "finding_words",
    "fit_words",
    "fresh_notes",
    "glued",
    "hypothesis_size",
    "interval_words",
    "note_words",
    "remedy_of",
    "shown_hypotheses",
    "symptom_row",
    "unexplained_words",
    "verdict_words",
]

_VERDICTS = {
    "nominal": ("NOMINAL", "green"),
    "fault": ("FAULT", "red"),
    "sensor_fault": ("SENSOR FAULT", "yellow"),
    "control_or_limit": ("CONTROL OR LIMIT", "red"),
    "external": ("EXTERNAL CAUSE", "red"),
    "model_mismatch": ("NOTHING SEARCHED EXPLAINS THIS LOG", "yellow"),
    "unknown": ("UNDECIDED", "yellow"),
    "insufficient_data": ("NOT ENOUGH DATA", "yellow"),
}
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:s|N|kN|K|MB|Hz|bar\w?|psi\w?|MPa|kg)\b|%)")
"""The space between a figure and its unit, where no line is broken."""
_NUMBERS = {2: "Two", 3: "Three", 4: "Four"}
_HYPOTHESES = 5
_SENSITIVITIES = 6
_WORTH_A_WORD = 0.005
"""Probability below which nothing is said of a hypothesis, or of none."""

INTERVALS = "Intervals are 90 %."
SYMPTOM_HEAD = ("sensor", "phase", "measured", "expected", "unit", "off by", "sigma", "since")


def verdict_words(diagnosis: Diagnosis) -> tuple[str, str]:
    """Return the verdict in capitals, and whether it is `green`, `yellow` or `red`."""
    verdict = diagnosis.verdict
    return _VERDICTS.get(verdict, (verdict.upper().replace("_", " "), "yellow"))


def shown_hypotheses(diagnosis: Diagnosis) -> tuple[tuple[Hypothesis, ...], str, float]:
    """Return the hypotheses worth showing, what to call the others ("" without any), and their probability."""
    all_of_them = diagnosis.hypotheses
    shown = tuple(h for h in all_of_them if h.probability >= _WORTH_A_WORD)[:_HYPOTHESES] or all_of_them[:1]
    hidden = len(all_of_them) - len(shown)
    rest = sum(h.probability for h in all_of_them if h not in shown)
    return shown, f"{hidden} others together" if hidden else "", rest


@dataclass(frozen=True)
class Doubt:
    """That none of the hypotheses is right.

    Attributes:
        probability: Of that.
        beside: Whether it stands beside theirs; otherwise theirs hold if one of them is right.
        words: Of the row beside them, or of a sentence below them.
    """

    probability: float
    beside: bool
    words: str


def doubt(diagnosis: Diagnosis) -> Doubt | None:
    """Return how likely none of the hypotheses is right; None where that is not worth a word."""
    none = diagnosis.none_of_these
    if none + sum(h.probability for h in diagnosis.hypotheses) > 1.005:
        text = f"All this holds if one of them is right; that none of these is: {share(none)}."
        return Doubt(none, False, text)
    return Doubt(none, True, "None of these") if none >= _WORTH_A_WORD else None


def hypothesis_size(fault: FaultEstimate, hypothesis: Hypothesis) -> str:
    """Say how large a fault is; what its summary says of that is not said again."""
    size = size_text(fault)
    return size.removesuffix(f": {fault.size_text}") if fault.size_text in hypothesis.summary else size


def unexplained_words(hypothesis: Hypothesis) -> str:
    """Say which symptoms a hypothesis leaves, or nothing."""
    count = len(hypothesis.explained) + len(hypothesis.unexplained)
    if not count or not hypothesis.unexplained:
        return ""
    return (
        f"explains {len(hypothesis.explained)} of {count} symptoms, not {', '.join(hypothesis.unexplained)}"
    )


def fit_words(diagnosis: Diagnosis) -> str:
    """Say how well the first hypothesis fits, and what was not searched."""
    parts, p = [], diagnosis.goodness_of_fit
    if math.isfinite(p):
        judgement = "good" if p >= 0.05 else "poor" if p >= 0.001 else "bad"
        parts.append(f"The fit of the first is {judgement} (p = {number(p, 2)}).")
    if diagnosis.left_out > 0:
        more = _NUMBERS.get(diagnosis.at_once + 1, str(diagnosis.at_once + 1))
        parts.append(
            f"{more} faults at once were not searched; their prior is {percent(diagnosis.left_out)}."
        )
    return " ".join(parts)


def finding_words(fault: FaultEstimate) -> str:
    """Say what is wrong with a sensor, since when, and by how much."""
    size = "" if size_text(fault) == fault.size_text else f"; {size_text(fault)}"
    return f"{fault.description.rstrip('.')}, {time_text(fault.onset)}{size}"


def remedy_of(fault: FaultEstimate, diagnosis: Diagnosis) -> str:
    """Return what mends a finding on a sensor, by the note that it comes from; "" where no note says."""
    return next((n.remedy for n in diagnosis.notes if n.remedy and n.message in fault.description), "")


def symptom_row(symptom: Symptom, *, with_channel: bool) -> tuple[str, ...]:
    """Return a symptom as a row below `SYMPTOM_HEAD`."""
    measured, expected = pair(symptom.measured, symptom.expected)
    name = symptom.sensor
    if with_channel and symptom.channel and symptom.channel != symptom.sensor:
        name += f" ({symptom.channel})"
    return (
        name,
        symptom.phase,
        measured,
        expected,
        symptom.unit,
        _off_by(symptom),
        f"{abs(symptom.deviations):.1f}",
        f"{symptom.onset:.2f} s" if symptom.onset is not None else "start",
    )


def _off_by(symptom: Symptom) -> str:
    """Say how far a reading is off: a share of what was expected; in a unit with an offset, the difference."""
    difference = symptom.measured - symptom.expected
    if has_offset(symptom.unit):
        sign = "-" if difference < 0.0 else "+"
        return f"{sign}{number(abs(difference), 2)} {difference_unit(symptom.unit)}"
    relative = difference / abs(symptom.expected) if symptom.expected else math.nan
    return f"{100 * relative:+.1f} %" if abs(relative) < 10 else ""


def interval_words(diagnosis: Diagnosis) -> str:
    """Say of which probability the intervals are, and where changes of temperatures are told in degrees Fahrenheit."""
    told = {s.unit for s in diagnosis.symptoms} | {e.unit for h in diagnosis.hypotheses for e in h.effects}
    offset = sorted(u for u in told if has_offset(u) and difference_unit(u) != "K")
    return INTERVALS + (
        f" Changes in {' and '.join(offset)} are differences of temperature." if offset else ""
    )


def detectable_words(diagnosis: Diagnosis) -> tuple[str, str]:
    """Say which faults the log could have shown from which size, and which at none.

    Without a fault of the hardware that is what the answer is worth; with one, both are "".
    """
    verdict = diagnosis.verdict
    if not diagnosis.detectable or verdict not in ("nominal", "insufficient_data", "sensor_fault"):
        return "", ""
    seen = sorted((size, name) for name, size in diagnosis.detectable.items() if size is not None)
    blind = sorted(name for name, size in diagnosis.detectable.items() if size is None)
    return (
        clipped([f"{name} from {percent(size)}" for size, name in seen], _SENSITIVITIES),
        clipped(blind, _SENSITIVITIES),
    )


def clipped(items: Sequence[str], most: int) -> str:
    """List the first items, and say how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f", and {more} more" if more > 0 else "")


def fresh_notes(diagnosis: Diagnosis) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Return the notes that are not said elsewhere: findings, errors first, and remarks."""
    said = (*diagnosis.warnings, *(f.description for f in diagnosis.sensor_findings))
    fresh = [n for n in diagnosis.notes if not any(n.message in text for text in said)]
    findings = sorted((n for n in fresh if n.severity != "info"), key=lambda n: n.severity != "error")
    return tuple(findings), tuple(n for n in fresh if n.severity == "info")


def note_words(note: Note) -> str:
    """Return a note with its channel and times."""
    span = ""
    if note.start is not None and note.end is not None:
        span = f" ({note.start:.2f} to {note.end:.2f} s)"
    elif note.start is not None:
        span = f" (from {note.start:.2f} s)"
    channel = f"{note.channel}: " if note.channel else ""
    return f"{channel}{note.message}{span}"


def expert_words(diagnosis: Diagnosis) -> str:
    """Say who answered and why."""
    if diagnosis.verdict == "insufficient_data":
        return "no expert was asked"
    route = f" ({diagnosis.route.replace('_', ' ')}: {diagnosis.route_reason})" if diagnosis.route else ""
    return f"{diagnosis.expert} expert{route}"


def cost_words(diagnosis: Diagnosis) -> str:
    """Say what the answer cost, or nothing."""
    cost = diagnosis.cost.get("total")
    if cost is None:
        return ""
    calls = counted(cost.model_calls, "call")
    model = f", {calls} of a learned model" if calls else ""
    time = f"{number(cost.wall, 2)} s ({number(cost.cpu, 2)} s of processor)"
    work = f"{cost.physics_solves} solutions of the engine's equations{model}"
    return f"{time}, {cost.peak_memory / 1e6:.0f} MB, {work}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, or nothing."""
    return f"{count} {noun}{'' if count == 1 else 's'}" if count else ""


def glued(text: str) -> str:
    """Return a text in which no line is broken between a figure and its unit."""
    return _BEFORE_UNIT.sub("\xa0", text)
