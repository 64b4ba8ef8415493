"""Phases of a run whose propellant ran out, where the physics shows that and no signal does by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hotfire.phases.finding import Depletion, Phase, Phases

__all__ = ["with_run_out"]

_FADE = 0.15
"""Seconds before the last liquid leaves in which gas comes with it."""
_FALL = 0.5
"""Seconds after the run-out within which a fall that was taken for the shutdown begins."""


def with_run_out(phases: Phases, tank: str, side: str, at: float) -> Phases:
    """Let the mainstage end where a tank ran out of liquid; its gas flows until the valves shut.

    Args:
        phases: As found from the signals, with a mainstage.
        tank: Name of the tank.
        side: `oxidizer` or `fuel`.
        at: When the last liquid left, in s of the log's clock.
    """
    assert phases.mainstage is not None
    evidence = f"gas from {tank} explains the fall better than any fault does"
    spans = [cut for span in phases.phases for cut in _cut(span, at - _FADE, evidence)]
    main = replace(phases.mainstage, end=min(phases.mainstage.end, at - _FADE))
    others = [d for d in phases.depletions if d.side != side]
    depletions = tuple(sorted([*others, Depletion(side, at, evidence)], key=lambda d: d.time))
    return replace(phases, phases=_joined(spans), mainstage=main, depletions=depletions)


def _cut(span: Phase, at: float, evidence: str) -> tuple[Phase, ...]:
    """A span as it reads with the run-out: the mainstage up to it, gas where the fall was taken for the shutdown."""
    if span.name == "mainstage":
        return replace(span, end=min(span.end, at)), Phase("gas_tail", at, span.end, evidence)
    if span.name in ("tail_off", "shutdown") and span.start < at + _FALL:
        return (replace(span, name="gas_tail", evidence=evidence),)
    return (span,)


def _joined(spans: Iterable[Phase]) -> tuple[Phase, ...]:
    """Spans in order of time, neighbours of one name joined, empty ones left out."""
    joined: list[Phase] = []
    for span in spans:
        if joined and joined[-1].name == span.name:
            joined[-1] = replace(joined[-1], end=max(span.end, joined[-1].end))
        elif span.end > span.start:
            joined.append(span)
    return tuple(joined)
