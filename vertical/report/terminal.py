"""A diagnosis as text for people at a test stand: the answer first, then what it rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from hotfire.diagnosis import Diagnosis, Hypothesis
from hotfire.figures import share, time_text
from hotfire.report import phrases

__all__ = ["render"]

_CODES = {"bold": "1", "red": "1;31", "green": "1;32", "yellow": "1;33", "dim": "2"}
_EFFECTS = 3
_SYMPTOMS = 8
_NOTES = 8


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
            phrases.glued(" ".join(text.split())),
            self.width,
            initial_indent=lead,
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        return [line.replace("\xa0", " ") for line in lines] or [lead.rstrip()]

    def answer(self) -> Iterator[str]:
        d = self.diagnosis
        yield self.paint(*phrases.verdict_words(d))
        yield from self.wrap(d.headline)
        yield self.paint(f"  engine {d.engine}, log {d.source}", "dim")

    def hypotheses(self) -> Iterator[str]:
        d = self.diagnosis
        if not d.hypotheses:
            return
        yield self.title("What would explain the log")
        shown, others, rest = phrases.shown_hypotheses(d)
        for hypothesis in shown:
            yield from self.hypothesis(hypothesis)
        if others:
            yield from self.wrap(others, 11, f"  {share(rest):>6}")
        doubt = phrases.doubt(d)
        if doubt and doubt.beside:
            yield from self.wrap(doubt.words, 11, f"  {share(doubt.probability):>6}")
        elif doubt:
            yield from self.wrap(doubt.words)
        if phrases.fit_words(d):
            yield from self.wrap(phrases.fit_words(d))

    def hypothesis(self, hypothesis: Hypothesis) -> Iterator[str]:
        yield from self.wrap(hypothesis.summary, 11, f"  {share(hypothesis.probability):>6}")
        for fault in hypothesis.faults:
            yield from self.wrap(f"{fault.name}, {time_text(fault.onset)}", 11)
            yield from self.wrap(phrases.hypothesis_size(fault, hypothesis), 11)
        if phrases.unexplained_words(hypothesis):
            yield from self.wrap(phrases.unexplained_words(hypothesis), 11)
        for effect in hypothesis.effects[:_EFFECTS]:
            yield from self.wrap(effect.sentence, 15, "           -")

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
                yield from self.wrap(phrases.finding_words(fault), wide, f"  {fault.component}")
                remedy = phrases.remedy_of(fault, self.diagnosis)
                if remedy:
                    yield from self.wrap(f"mend: {remedy}", wide)

    def symptoms(self) -> Iterator[str]:
        symptoms = self.diagnosis.symptoms
        if not symptoms:
            return
        yield self.title("Measured against a sound engine")
        shown = symptoms[:_SYMPTOMS]
        head = phrases.SYMPTOM_HEAD
        rows = [head, *(phrases.symptom_row(s, with_channel=True) for s in shown)]
        if _width_of(rows) > self.width:
            rows = [head, *(phrases.symptom_row(s, with_channel=False) for s in shown)]
        yield from _table(rows, right=(2, 3, 5, 6), width=self.width)
        if len(symptoms) > len(shown):
            yield f"  and {len(symptoms) - len(shown)} weaker ones"

    def sensitivity(self) -> Iterator[str]:
        """Say what the log could have shown; without a fault that is what the answer is worth."""
        seen, blind = phrases.detectable_words(self.diagnosis)
        if seen or blind:
            yield self.title("What this log could have shown")
        if seen:
            yield from self.wrap(seen)
        if blind:
            yield from self.wrap(f"at no size: {blind}")

    def course(self) -> Iterator[str]:
        d = self.diagnosis
        if d.phases or d.depletion:
            yield self.title("Course of the test")
            if d.phases:
                yield from self.wrap("; ".join(f"{p.name} {p.start:.2f} to {p.end:.2f} s" for p in d.phases))
            for side, when in d.depletion.items():
                yield f"  liquid {side} ran out at {when:.2f} s"

    def data(self) -> Iterator[str]:
        notes, remarks = phrases.fresh_notes(self.diagnosis)
        if not notes and not remarks:
            return
        yield self.title("Data")
        for note in notes[:_NOTES]:
            yield from self.wrap(phrases.note_words(note), 4, "  !" if note.severity == "error" else "  -")
            if note.remedy:
                yield from self.wrap(f"mend: {note.remedy}", 4)
        hidden = max(len(notes) - _NOTES, 0)
        parts = [phrases.counted(hidden, "more finding"), phrases.counted(len(remarks), "remark")]
        if any(parts):
            yield f"  {' and '.join(p for p in parts if p)} in the JSON, or from `hotfire inspect`"

    def warnings(self) -> Iterator[str]:
        if self.diagnosis.warnings:
            yield self.paint("Before you trust this", "yellow")
            for warning in self.diagnosis.warnings:
                yield from self.wrap(warning, 4, "  -")

    def closing(self) -> Iterator[str]:
        d = self.diagnosis
        cost = phrases.cost_words(d)
        if cost:
            for line in self.wrap(f"{phrases.expert_words(d)}: {cost}", 0):
                yield self.paint(line, "dim")
        words = f"{phrases.interval_words(d)} Every figure: --json (docs/reference/diagnosis-json.md)."
        for line in self.wrap(words, 0):
            yield self.paint(line, "dim")


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
