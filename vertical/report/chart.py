"""Charts of one sensor: the whole test, and the stretch that was weighed with what was to be expected there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.diagnosis import Interval, PhaseSpan, SensorWindows
from hotfire.report import svg
from hotfire.report.axes import Axis, drawn_samples, spanning
from hotfire.report.traces import Trace

__all__ = ["Onset", "enlarged", "sound_range", "whole_test"]

_WIDTH, _LEFT, _RIGHT = 640.0, 84.0, 8.0
_TOP, _BOTTOM = 32.0, 30.0
_WHOLE, _ENLARGED = 104.0, 216.0
_ROW, _ABOVE = 24.0, 13.0
_SMALL, _LARGE = 7.2, 12.0
"""Width of a letter as it is drawn on a wide page and on a narrow one, in units of the drawing."""
_AROUND = 0.2
"""Time before and after the test that is drawn, as a share of the test's duration."""
_QUIET = ("pre_test", "pre-test", "post")
_NINETY = 1.645


@dataclass(frozen=True)
class Onset:
    """A fault that sets in: what it is called in a chart, and when."""

    words: str
    time: Interval


def whole_test(trace: Trace, phases: Sequence[PhaseSpan], onsets: Sequence[Onset]) -> str:
    """Draw the recorded signal over the test, phases as shaded stretches; "" without a recorded signal."""
    if not trace.time.size:
        return ""
    across = _over_test(trace, phases)
    inside = (trace.time >= across.low) & (trace.time <= across.high)
    up = spanning(trace.values[inside], _TOP + _WHOLE, _TOP)
    parts = [
        *_frame(across, up, 3, trace.unit),
        *_phases(across, up, phases),
        *_phase_names(across, up, phases, trace.unit),
        *_onsets(across, up, onsets),
    ]
    if trace.windows is not None:
        edges = trace.windows.edges
        parts.append(svg.rect(across.at(edges[0]), up.end, across.at(edges[-1]), up.start, "weighed"))
    parts.append(svg.trace(drawn_samples(trace.time, trace.values, across), across, up, "signal"))
    words = "; ".join(f"{_spoken(p.name)} {p.start:.2f} to {p.end:.2f} s" for p in phases)
    return svg.drawing(
        _WIDTH,
        up.start + _BOTTOM,
        f"{_spoken(trace.name)} over the whole test",
        f"Recorded signal in {trace.unit or 'its own unit'} over s of the log's clock. Phases: {words or 'none'}.",
        parts,
    )


def enlarged(trace: Trace, phases: Sequence[PhaseSpan], onsets: Sequence[Onset]) -> str:
    """Draw the stretch that was weighed: signal, means, and the engine with and without the faults; "" without one."""
    windows = trace.windows
    if windows is None:
        return ""
    edges = windows.edges
    across = Axis(edges[0], edges[-1], _LEFT, _WIDTH - _RIGHT)
    named = _labelled(across, onsets, _end_of(trace.unit))
    top = _TOP + _ROW * max((row for *_, row in named), default=0)
    up = spanning(_of_interest(trace), top + _ENLARGED, top)
    parts = [
        svg.band(edges, *sound_range(windows), across, up, "tolerance"),
        *_frame(across, up, 5, trace.unit),
        *_phases(across, up, phases),
        *_onsets(across, up, onsets),
        *(
            svg.text(x, up.end - _ABOVE - _ROW * row, words, "onset-name", end)
            for x, words, end, row in named
        ),
        svg.trace(drawn_samples(trace.time, trace.values, across), across, up, "signal"),
    ]
    if windows.without_faults is not None:
        parts.append(svg.steps(edges, windows.without_faults, across, up, "without"))
    if windows.with_faults is not None:
        parts.append(svg.steps(edges, windows.with_faults, across, up, "with"))
    for left, right, value in zip(edges[:-1], edges[1:], windows.measured, strict=True):
        if value is not None:
            x, y = across.at(0.5 * (left + right)), up.at(value)
            parts.append(svg.line(x, y, x, y, "mean"))
    return svg.drawing(
        _WIDTH,
        up.start + _BOTTOM,
        f"{_spoken(trace.name)} in the stretch that was weighed",
        f"{trace.unit or 'without unit'} over s of the log's clock, {edges[0]:.2f} to {edges[-1]:.2f} s; "
        "the figures stand in the table below.",
        parts,
    )


def sound_range(windows: SensorWindows) -> tuple[list[float], list[float]]:
    """Return between which values 90 % of sound engines within tolerances read, by window."""
    pairs = list(zip(windows.nominal, windows.spread, strict=True))
    return [n - _NINETY * s for n, s in pairs], [n + _NINETY * s for n, s in pairs]


def _over_test(trace: Trace, phases: Sequence[PhaseSpan]) -> Axis:
    """Axis over the phases in which something happens, and a little around them."""
    first, last = float(trace.time[0]), float(trace.time[-1])
    busy = [p for p in phases if p.name not in _QUIET]
    if busy:
        start, end = min(p.start for p in busy), max(p.end for p in busy)
        around = _AROUND * (end - start)
        first, last = max(first, start - around), min(last, end + around)
    return Axis(first, last if last > first else first + 1.0, _LEFT, _WIDTH - _RIGHT)


def _of_interest(trace: Trace) -> np.ndarray:
    """Values that must be seen in the stretch that was weighed; single spikes and tolerances may reach beyond.

    Where readings lie outside of what sound engines read, the nearest of that must be seen.
    """
    windows = trace.windows
    assert windows is not None
    inside = (trace.time >= windows.edges[0]) & (trace.time <= windows.edges[-1])
    samples = trace.values[inside]
    samples = samples[np.isfinite(samples)]
    usual = np.quantile(samples, [0.01, 0.99]) if samples.size else np.empty(0)
    means = [v for v in windows.measured if v is not None]
    ranges = zip(windows.measured, *sound_range(windows), strict=True)
    means += [min(max(v, low), high) for v, low, high in ranges if v is not None]
    return np.concatenate(
        [usual, means, windows.without_faults or windows.nominal, windows.with_faults or ()]
    )


def _frame(across: Axis, up: Axis, most: int, unit: str) -> Iterator[str]:
    """Grid with labels; the unit stands above those of the values, and at the last one of the time."""
    long = _end_of(unit) > across.start
    yield svg.text(
        0.0 if long else across.start - 6.0, up.end - _ABOVE, unit, "tick", "start" if long else "end"
    )
    for value, label in up.ticks(most):
        y = up.at(value)
        yield svg.line(across.start, y, across.end, y, "grid")
        yield svg.text(across.start - 6.0, y + 5.0, label, "tick", "end")
    ticks = across.ticks(6)
    for value, label in ticks:
        x = across.at(value)
        yield svg.line(x, up.start, x, up.start + 5.0, "axis")
        near_end = x > across.end - 20.0
        words = f"{label} s" if (value, label) == ticks[-1] else label
        yield svg.text(min(x, across.end), up.start + 22.0, words, "tick", "end" if near_end else "middle")
    yield svg.line(across.start, up.start, across.end, up.start, "axis")


def _end_of(unit: str) -> float:
    """Return where a unit above the frame ends, on a narrow page."""
    return _LARGE * len(unit)


def _phases(across: Axis, up: Axis, phases: Sequence[PhaseSpan]) -> Iterator[str]:
    """Shade every other phase."""
    for i, phase in enumerate(phases):
        left, right = _drawn(phase, across)
        if i % 2 and right - left >= 1.0:
            yield svg.rect(left, up.end, right, up.start, "phase")


def _phase_names(across: Axis, up: Axis, phases: Sequence[PhaseSpan], unit: str) -> Iterator[str]:
    """Name the phases that have room for their name beside the unit; `roomy` are those that have it on a wide page."""
    for phase in phases:
        left, right = _drawn(phase, across)
        middle, name = 0.5 * (left + right), _spoken(phase.name)
        for letter, kind in ((_LARGE, "phase-name"), (_SMALL, "phase-name roomy")):
            half = 0.5 * letter * len(name)
            if 2.0 * half < right - left and middle - half > letter * len(unit):
                yield svg.text(middle, up.end - _ABOVE, name, kind, "middle")
                break


def _drawn(phase: PhaseSpan, across: Axis) -> tuple[float, float]:
    return across.at(phase.start), across.at(phase.end)


def _onsets(across: Axis, up: Axis, onsets: Sequence[Onset]) -> Iterator[str]:
    """Mark when faults set in: a stretch for the interval, a line for the best estimate."""
    for onset in onsets:
        when = onset.time
        if across.low <= when.value <= across.high:
            yield svg.rect(across.at(when.low), up.end, across.at(when.high), up.start, "onset")
            yield svg.line(across.at(when.value), up.end, across.at(when.value), up.start, "onset-line")


def _labelled(across: Axis, onsets: Sequence[Onset], unit: float) -> list[tuple[float, str, str, int]]:
    """Give the names of onsets places above the frame: x, words, anchor, and a row in which nothing overlaps.

    The lowest row holds the unit, which ends at `unit`.
    """
    taken = [unit]
    placed = []
    for onset in sorted(onsets, key=lambda o: o.time.value):
        if not across.low <= onset.time.value <= across.high:
            continue
        x, wide = across.at(onset.time.value), _LARGE * len(onset.words)
        left = min(x, across.end - wide)
        row = next((i for i, end in enumerate(taken) if end < left), len(taken))
        taken[row : row + 1] = [left + wide]
        late = left < x
        placed.append((across.end if late else x, onset.words, "end" if late else "start", row))
    return placed


def _spoken(name: str) -> str:
    return name.replace("_", " ")
