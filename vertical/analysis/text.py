"""An analysis for people, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hotfire.analysis.adding import Gain
from hotfire.analysis.result import Analysis, FaultReach, InCourse, Strength
from hotfire.figures import number, percent

__all__ = ["analysis_text", "merged"]

_STRONG = 3.0
"""Standard deviations from which a sensor's departure is written out."""
_SHOWN = 4
"""Sensors named for a fault, and candidates that are listed."""
_SUITES = {
    "stand": "those of the engine file and of a usual stand",
    "file": "those of the engine file; `--sensors stand` adds those of a usual stand",
}


def analysis_text(analysis: Analysis, width: int = 100) -> str:
    """Write an analysis."""
    hardware = sum(f.kind == "hardware" for f in analysis.faults)
    lines = [
        f"{analysis.engine}: {len(analysis.sensors)} sensors "
        f"({_SUITES[analysis.suite]}), "
        f"{hardware} hardware faults, {len(analysis.faults) - hardware} sensor faults",
        "",
        "Smallest size that stands 5 standard deviations of noise and tolerances out: of a fault that is there from",
        f"the start, of one that sets in at {number(analysis.onset)} s; and what shows it then, in standard deviations",
        *_table([_row(f) for f in analysis.faults]),
        "",
        *_not_seen(analysis, width),
        *_groups(analysis, width),
        "",
        *_candidates(analysis),
    ]
    return "\n".join(lines)


def merged(names: Iterable[str]) -> list[str]:
    """Write the faults of one component or sensor together: `thrust.bias|scale`."""
    found: dict[str, list[str]] = {}
    for name in names:
        owner, mode = name.rsplit(".", 1)
        found.setdefault(owner, []).append(mode)
    return [f"{owner}.{'|'.join(modes)}" for owner, modes in found.items()]


def _row(fault: FaultReach) -> tuple[str, ...]:
    strong = sorted(
        ((_strength(s), name, s) for name, s in fault.signs.items()), reverse=True, key=lambda s: s[0]
    )
    shown = [
        f"{name} {'+' if s.alone >= 0 else '-'}{value:.0f}" for value, name, s in strong if value >= _STRONG
    ]
    return (
        fault.name,
        _size(fault, fault.from_start),
        _size(fault, fault.sets_in),
        ", ".join(shown[:_SHOWN]),
    )


def _strength(strength: Strength) -> float:
    """How clearly a sensor shows a fault: by itself or given the others, whichever is more."""
    return max(abs(strength.alone), abs(strength.given_others))


def _size(fault: FaultReach, course: InCourse) -> str:
    if course.smallest is None:
        return f"not to {_measure(fault, fault.largest)}"
    return ("<= " if course.smallest <= fault.least else "") + _measure(fault, course.smallest)


def _measure(fault: FaultReach, size: float) -> str:
    plain = fault.size_text.endswith(" s") or "over normal" in fault.size_text
    return number(size) if plain else percent(size)


def _not_seen(analysis: Analysis, width: int) -> Iterator[str]:
    never = [f.name for f in analysis.faults if f.from_start.smallest is None and f.sets_in.smallest is None]
    only = [n for n in never if n in analysis.structural_only]
    if only:
        yield "Detectable by the equations alone, but not by size, within noise and tolerances:"
        yield from _wrapped(merged(only), width)
    others = [n for n in never if n not in only]
    if others:
        yield "Not detectable:"
        yield from _wrapped(merged(others), width)
    for reason in dict.fromkeys(analysis.left_out.values()):
        yield f"Not weighed ({reason}):"
        yield from _wrapped(merged(n for n, r in analysis.left_out.items() if r == reason), width)


def _groups(analysis: Analysis, width: int) -> Iterator[str]:
    first, later = analysis.pairs_alike
    yield f"Faults that cannot be told apart, at {analysis.size} size (distance at most 3):"
    yield f"  {first} pairs when they are there from the start, {later} when they set in half-way:"
    for group in analysis.groups:
        yield from _wrapped(merged(group), width, bullet="  - ")
    if analysis.structural_pairs:
        yield f"  Of the latter, {len(analysis.structural_pairs)} are told apart by the equations alone."


def _candidates(analysis: Analysis) -> Iterator[str]:
    best, seen = analysis.splits_most, analysis.detects_most
    if best is None and seen is None:
        yield "No further sensor tells more faults apart or detects more of them."
        return
    if best is not None:
        yield f"The one sensor that tells most apart: {best.measures} ({_gain(best)})"
    if seen is not None:
        yield f"The one sensor that detects most: {seen.measures} ({_gain(seen)})"
    if len(analysis.added) > 1:
        yield "Added one by one:"
        yield from _table([(g.measures, _gain(g), f"{g.left} pairs left") for g in analysis.added])


def _gain(gain: Gain) -> str:
    parts = [f"{gain.split} pairs told apart"]
    if gain.detected:
        parts.append(f"detects {', '.join(gain.detected)}")
    if gain.sharper > 1.005:
        parts.append(f"smallest sizes fall by a factor of {gain.sharper:.2f}")
    return ", ".join(parts)


def _wrapped(words: Sequence[str], width: int, bullet: str = "  ") -> Iterator[str]:
    import textwrap

    indent = " " * len(bullet)
    yield from textwrap.wrap(
        ", ".join(words), width, initial_indent=bullet, subsequent_indent=indent, break_on_hyphens=False
    )


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  " + "  ".join(f"{c:<{w}}" for c, w in zip(row, wide, strict=True)).rstrip() for row in rows]
