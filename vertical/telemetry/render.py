"""A description of a log as lines for the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from hotfire.log import Note

if TYPE_CHECKING:
    from hotfire.telemetry.inspect import ChannelView, Inspection

__all__ = ["render_inspection"]

_MARKS = {"error": "!!", "warning": " !", "info": "  "}
# Columns left out when the table is too wide: median, source of the unit, kind.
_SPARE = (6, 3, 1)
_SOURCES = {"units row (not trusted)": "units row?", "channel map": "map", "": ""}


def render_inspection(inspection: Inspection, width: int) -> str:
    """Write a description for people.

    Args:
        inspection: What to write.
        width: Longest line, in characters; at least 60.

    Returns:
        The lines.
    """
    width = max(60, width)
    lines = [inspection.source, f"  {inspection.dialect}"]
    for clock in inspection.clocks:
        lines.append(
            f"  clock: {clock.start:.6g} to {clock.end:.6g} s, {clock.samples} samples, "
            f"{_number(clock.rate)} Hz, "
            f"{clock.channels} channel{'s' if clock.channels != 1 else ''}"
        )
    lines += ["", *_table(inspection, width)]
    open_roles = [g for g in inspection.roles if g.channel is None and g.rivals]
    if open_roles:
        lines += ["", "Roles that several channels fit (say which in the channel map):"]
        lines += _wrapped([f"{g.role}: {', '.join(g.rivals)}" for g in open_roles], "  ", width)
    lines += ["", *_findings(inspection.notes, width)]
    return "\n".join(
        textwrap.shorten(x, width) if len(x) > width and " " in x.strip() else x[:width] for x in lines
    )


def _table(inspection: Inspection, width: int) -> list[str]:
    header = ("channel", "kind", "unit", "from", "Hz", "lowest", "median", "highest", "findings", "role")
    rows = [_row(c) for c in inspection.channels]
    limits = (24, 11, 9, 10, 6, 9, 9, 9, 30, 28)
    widths = [
        min(limit, max(len(header[i]), *(len(r[i]) for r in rows))) if rows else len(header[i])
        for i, limit in enumerate(limits)
    ]
    left = {0, 1, 2, 3, 8, 9}
    shown = list(range(len(header)))
    for spare in _SPARE:  # findings and roles are worth more than these
        if sum(widths[i] + 2 for i in shown) - 2 > width:
            shown.remove(spare)
    result = []
    for row in (header, *rows):
        cells = [
            f"{_cut(row[i], widths[i]):<{widths[i]}}" if i in left else f"{row[i]:>{widths[i]}}"
            for i in shown
        ]
        result.append(_fit("  ".join(cells).rstrip(), width))
    return result


def _fit(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 2].rstrip() + " >"


def _row(channel: ChannelView) -> tuple[str, ...]:
    unit = channel.unit or "-"
    if channel.reference in ("gauge", "absolute") and channel.unit:
        mark = channel.reference[0]
        unit = unit if unit.lower().rstrip(")").endswith(mark) else f"{unit}({mark})"
    if "not trusted" in channel.unit_source:
        unit += "?"
    role = channel.role or (f"{channel.likely_role}?" if channel.likely_role else "")
    return (
        channel.name,
        channel.kind or "-",
        unit,
        _SOURCES.get(channel.unit_source, channel.unit_source),
        _number(channel.rate),
        _number(channel.low),
        _number(channel.median),
        _number(channel.high),
        ", ".join(channel.findings),
        role,
    )


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "-"
    text = f"{value:.4g}"
    return f"{value:.3g}" if len(text) > 9 else text


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "~"


def _findings(notes: tuple[Note, ...], width: int) -> list[str]:
    if not notes:
        return ["No findings."]
    counts = {s: sum(n.severity == s for n in notes) for s in ("error", "warning", "info")}
    words = [f"{c} {s}{'s' if c != 1 and s != 'info' else ''}" for s, c in counts.items() if c]
    lines = [f"Findings: {', '.join(words)}"]
    for group in _grouped(notes):
        note = group[0]
        where = f"{note.channel}: " if note.channel else ""
        if len(group) > 1:
            where = f"{', '.join(str(n.channel) for n in group)}: "
        message = (
            note.message
            if len({n.message for n in group}) == 1
            else f"{note.message} (the first; others alike)"
        )
        text = f"{_MARKS.get(note.severity, '  ')} {note.code}: {where}{message}"
        lines += textwrap.wrap(text, width, subsequent_indent="     ", break_long_words=True)
        if note.remedy and note.severity != "info":
            lines += textwrap.wrap(f"     -> {note.remedy}", width, subsequent_indent="        ")
    return lines


def _grouped(notes: tuple[Note, ...]) -> list[list[Note]]:
    """Put three and more findings of one kind on several channels together."""
    groups: dict[tuple[str, str], list[Note]] = {}
    for note in notes:
        groups.setdefault((note.severity, note.code), []).append(note)
    result = []
    for members in groups.values():
        together = len(members) > 2 and all(n.channel for n in members)
        result += [members] if together else [[n] for n in members]
    return result


def _wrapped(texts: list[str], indent: str, width: int) -> list[str]:
    return [
        line
        for text in texts
        for line in textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ")
    ]
