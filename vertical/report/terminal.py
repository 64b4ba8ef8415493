"""A diagnosis as text for people at a test stand: the answer first, then what it rests on."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from hotfire.diagnosis import Diagnosis, FaultEstimate, Hypothesis, Symptom
from hotfire.log import Note
from hotfire.report.figures import number, pair, percent, share, size_text, time_text

__all__ = ["render"]

_VERDICTS = {
    "nominal": ("NOMINAL", "green"),
    "fault": ("FAULT", "red"),
    "sensor_fault": ("SENSOR FAULT", "yellow"),
    "control_or_limit": ("CONTROL OR LIMIT", "red"),
    "external": ("EXTERNAL CAUSE", "red"),
    "model_mismatch": ("ENGINE AND ENGINE FILE DIFFER", "yellow"),
    "unknown": ("UNKNOWN CAUSE", "yellow"),
    "insufficient_data": ("NOT ENOUGH DATA", "yellow"),
}
_CODES = {"bold": "1", "red": "1;31", "green": "1;32", "yellow": "1;33", "dim": "2"}
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:s|N|kN|K|MB|Hz|bar\w?|psi\w?|MPa|kg)\b|%)")
"""The space between a figure and its unit, where no line is broken."""
_HYPOTHESES = 5
_EFFECTS = 3
_SYMPTOMS = 8
_NOTES = 8
_SENSITIVITIES = 6


def render(diagnosis: Diagnosis, *, colour: bool = False, width: int = 100) -> str:
    """Write a diagnosis as text.

    Args:
        diagnosis: What to write.
        colour: Whether to use ANSI bold and colours.
        width: Longest line in characters.
    """
    return _Writer(diagnosis, colour=colour, width=width).text()


class _Writer:
    def __init__(self, diagnosis: Diagnosis, *, colour: bool, width: int) -> None:
        self.diagnosis, self.colour, self.width = diagnosis, colour, width

    def text(self) -> str:
        sections = (
            self.answer(),
            self.hypotheses(),
            self.ambiguity(),
            self.sensors(),
            self.symptoms(),
            self.sensitivity(),
            self.course(),
            self.data(),
            self.warnings(),
            self.closing(),
        )
        blocks = ["\n".join(lines) for lines in map(list, sections) if lines]
        return "\n\n".join(blocks) + "\n"

    def paint(self, text: str, style: str) -> str:
        return f"\033[{_CODES[style]}m{text}\033[0m" if self.colour else text

    def title(self, text: str) -> str:
        return self.paint(text, "bold")

    def wrap(self, text: str, indent: int = 2, first: str = "") -> list[str]:
        """Wrap a sentence; `first` stands in the indentation of the first line."""
        lead = first.ljust(indent)
        lines = textwrap.wrap(
            _BEFORE_UNIT.sub("\xa0", " ".join(text.split())),
            self.width,
            initial_indent=lead,
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        return [line.replace("\xa0", " ") for line in lines] or [lead.rstrip()]

    def answer(self) -> Iterator[str]:
        d = self.diagnosis
        word, colour = _VERDICTS.get(d.verdict, (d.verdict.upper().replace("_", " "), "yellow"))
        yield self.paint(word, colour)
        yield from self.wrap(d.headline)
        yield self.paint(f"  engine {d.engine}, log {d.source}", "dim")

    def hypotheses(self) -> Iterator[str]:
        d = self.diagnosis
        if not d.hypotheses:
            return
        yield self.title("What would explain the log")
        shown = [h for h in d.hypotheses if h.probability >= 0.005][:_HYPOTHESES] or list(d.hypotheses[:1])
        for hypothesis in shown:
            yield from self.hypothesis(hypothesis)
        rest = sum(h.probability for h in d.hypotheses if h not in shown)
        hidden = len(d.hypotheses) - len(shown)
        if hidden:
            yield from self.wrap(f"{hidden} others together", 11, f"  {share(rest):>6}")
        apart = d.none_of_these + sum(h.probability for h in d.hypotheses) > 1.005
        if d.none_of_these >= 0.005 and not apart:
            yield from self.wrap("None of these", 11, f"  {share(d.none_of_these):>6}")
        elif apart:
            yield from self.wrap(
                f"All this holds if one of them is right; that none of these is: {share(d.none_of_these)}."
            )
        if self.fit():
            yield from self.wrap(self.fit())

    def hypothesis(self, hypothesis: Hypothesis) -> Iterator[str]:
        yield from self.wrap(hypothesis.summary, 11, f"  {share(hypothesis.probability):>6}")
        for fault in hypothesis.faults:
            size = size_text(fault)
            if fault.size_text in hypothesis.summary:  # said above: the figure with its interval is enough
                size = size.removesuffix(f": {fault.size_text}")
            yield from self.wrap(f"{fault.name}, {time_text(fault.onset)}", 11)
            yield from self.wrap(size, 11)
        count = len(hypothesis.explained) + len(hypothesis.unexplained)
        if count and hypothesis.unexplained:
            left = ", ".join(hypothesis.unexplained)
            yield from self.wrap(f"explains {len(hypothesis.explained)} of {count} symptoms, not {left}", 11)
        for effect in hypothesis.effects[:_EFFECTS]:
            yield from self.wrap(effect.sentence, 15, "           -")

    def fit(self) -> str:
        d = self.diagnosis
        parts = []
        if math.isfinite(d.goodness_of_fit):
            judgement = (
                "good" if d.goodness_of_fit >= 0.05 else "poor" if d.goodness_of_fit >= 0.001 else "bad"
            )
            parts.append(f"The fit of the first is {judgement} (p = {number(d.goodness_of_fit, 2)}).")
        if d.left_out > 0:
            parts.append(f"Two faults at once were not searched; their prior is {percent(d.left_out)}.")
        return " ".join(parts)

    def ambiguity(self) -> Iterator[str]:
        d = self.diagnosis
        if len(d.ambiguity_group) > 1 or (d.ambiguity_group and d.splitting_channel):
            yield self.title("These sensors cannot tell apart")
            yield from self.wrap(", ".join(d.ambiguity_group))
            if d.splitting_channel:
                yield from self.wrap(f"To split them, measure {d.splitting_channel}.")

    def sensors(self) -> Iterator[str]:
        findings = self.diagnosis.sensor_findings
        if findings:
            yield self.title("Sensors not to be trusted")
            wide = max(len(f.component) for f in findings) + 4
            for fault in findings:
                yield from self.wrap(_finding(fault), wide, f"  {fault.component}")
                remedies = [
                    n.remedy for n in self.diagnosis.notes if n.remedy and n.message in fault.description
                ]
                for remedy in remedies[:1]:
                    yield from self.wrap(f"mend: {remedy}", wide)

    def symptoms(self) -> Iterator[str]:
        symptoms = self.diagnosis.symptoms
        if not symptoms:
            return
        yield self.title("Measured against a sound engine")
        shown = symptoms[:_SYMPTOMS]
        head = ("sensor", "phase", "measured", "expected", "unit", "off by", "sigma", "since")
        rows = [head, *(_symptom_row(s, with_channel=True) for s in shown)]
        if _width_of(rows) > self.width:
            rows = [head, *(_symptom_row(s, with_channel=False) for s in shown)]
        yield from _table(rows, right=(2, 3, 5, 6), width=self.width)
        if len(symptoms) > len(shown):
            yield f"  and {len(symptoms) - len(shown)} weaker ones"

    def sensitivity(self) -> Iterator[str]:
        """Say what the log could have shown; without a fault that is what the answer is worth."""
        d = self.diagnosis
        if not d.detectable or d.verdict not in ("nominal", "insufficient_data", "sensor_fault"):
            return
        seen = sorted((size, name) for name, size in d.detectable.items() if size is not None)
        blind = sorted(name for name, size in d.detectable.items() if size is None)
        yield self.title("What this log could have shown")
        if seen:
            text = ", ".join(f"{name} from {percent(size)}" for size, name in seen[:_SENSITIVITIES])
            yield from self.wrap(text + self.more(len(seen) - _SENSITIVITIES))
        if blind:
            text = ", ".join(blind[:_SENSITIVITIES])
            yield from self.wrap(f"at no size: {text}{self.more(len(blind) - _SENSITIVITIES)}")

    @staticmethod
    def more(count: int) -> str:
        return f", and {count} more" if count > 0 else ""

    def course(self) -> Iterator[str]:
        d = self.diagnosis
        if d.phases or d.depletion:
            yield self.title("Course of the test")
            if d.phases:
                yield from self.wrap("; ".join(f"{p.name} {p.start:.2f} to {p.end:.2f} s" for p in d.phases))
            for side, when in d.depletion.items():
                yield f"  liquid {side} ran out at {when:.2f} s"

    def data(self) -> Iterator[str]:
        d = self.diagnosis
        said = (*d.warnings, *(f.description for f in d.sensor_findings))
        fresh = [n for n in d.notes if not any(n.message in text for text in said)]
        notes = sorted((n for n in fresh if n.severity != "info"), key=lambda n: n.severity != "error")
        remarks = len(fresh) - len(notes)
        if not fresh:
            return
        yield self.title("Data")
        for note in notes[:_NOTES]:
            yield from self.wrap(_note(note), 4, "  !" if note.severity == "error" else "  -")
            if note.remedy:
                yield from self.wrap(f"mend: {note.remedy}", 4)
        hidden = max(len(notes) - _NOTES, 0)
        parts = [_count(hidden, "more finding"), _count(remarks, "remark")]
        if any(parts):
            yield f"  {' and '.join(p for p in parts if p)} in the JSON, or from `hotfire inspect`"

    def warnings(self) -> Iterator[str]:
        if self.diagnosis.warnings:
            yield self.paint("Before you trust this", "yellow")
            for warning in self.diagnosis.warnings:
                yield from self.wrap(warning, 4, "  -")

    def closing(self) -> Iterator[str]:
        d = self.diagnosis
        cost = d.cost.get("total")
        if cost:
            calls = _count(cost.model_calls, "call")
            model = f", {calls} of a learned model" if calls else ""
            time = f"{number(cost.wall, 2)} s ({number(cost.cpu, 2)} s of processor)"
            work = f"{cost.physics_solves} solutions of the engine's equations{model}"
            memory = f"{cost.peak_memory / 1e6:.0f} MB"
            route = f" ({d.route.replace('_', ' ')}: {d.route_reason})" if d.route else ""
            for line in self.wrap(f"{d.expert} expert{route}: {time}, {memory}, {work}", 0):
                yield self.paint(line, "dim")
        yield self.paint(
            "Intervals are 90 %. Every figure: --json (docs/reference/diagnosis-json.md).", "dim"
        )


def _finding(fault: FaultEstimate) -> str:
    size = "" if size_text(fault) == fault.size_text else f"; {size_text(fault)}"
    return f"{fault.description.rstrip('.')}, {time_text(fault.onset)}{size}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}" if count else ""


def _symptom_row(symptom: Symptom, *, with_channel: bool) -> tuple[str, ...]:
    measured, expected = pair(symptom.measured, symptom.expected)
    relative = (symptom.measured - symptom.expected) / abs(symptom.expected) if symptom.expected else math.nan
    name = symptom.sensor
    if with_channel and symptom.channel and symptom.channel != symptom.sensor:
        name += f" ({symptom.channel})"
    return (
        name,
        symptom.phase,
        measured,
        expected,
        symptom.unit,
        f"{100 * relative:+.1f} %" if abs(relative) < 10 else "",
        f"{abs(symptom.deviations):.1f}",
        f"{symptom.onset:.2f} s" if symptom.onset is not None else "start",
    )


def _note(note: Note) -> str:
    span = ""
    if note.start is not None and note.end is not None:
        span = f" ({note.start:.2f} to {note.end:.2f} s)"
    elif note.start is not None:
        span = f" (from {note.start:.2f} s)"
    channel = f"{note.channel}: " if note.channel else ""
    return f"{channel}{note.message}{span}"


def _width_of(rows: Sequence[tuple[str, ...]]) -> int:
    return sum(2 + max(map(len, column)) for column in zip(*rows, strict=True))


def _table(rows: Sequence[tuple[str, ...]], *, right: Iterable[int], width: int) -> Iterator[str]:
    """Lay out rows in columns; the first column gives way where the line would be too long."""
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    wide[0] = max(12, min(wide[0], width - 2 - sum(w + 2 for w in wide[1:])))
    for row in rows:
        cells = [row[0] if len(row[0]) <= wide[0] else row[0][: wide[0] - 2] + "..", *row[1:]]
        line = "  ".join(
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(cells, wide, strict=True))
        )
        yield f"  {line}".rstrip()
