"""The phases of a test: when it was quiet, when the engine started, ran steadily, ran dry and was shut.

Only the channels' roles are used, and only shapes and ratios of what they read. The criteria, and what they
rest on, are in `docs/explanation/phases.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hotfire.log import Log, Note
from hotfire.phases.burns import Burn, Reference, find_burns, settled
from hotfire.phases.depletion import Kink, find_kink
from hotfire.phases.reference import SIDES, amount, choose_reference, role_signals
from hotfire.phases.rest import find_rest
from hotfire.phases.signals import Signal

__all__ = ["Depletion", "Phase", "Phases", "find_phases"]

_STANDING = ("frozen", "rail")
_ECHO = 0.5  # of the sharper kink of the two sides; below, it is that kink's consequence


@dataclass(frozen=True)
class Phase:
    """One stretch of a test.

    Attributes:
        name: `pre_test`, `start`, `mainstage`, `tail_off`, `gas_tail`, `shutdown`, `post`; or `burn`,
            `baseline`.
        start: Start in s of the log's clock.
        end: End in s of the log's clock.
        evidence: What it rests on, with numbers.
    """

    name: str
    start: float
    end: float
    evidence: str


@dataclass(frozen=True)
class Depletion:
    """A propellant that ran out.

    Attributes:
        side: `oxidizer` or `fuel`.
        time: When the last liquid left the tank, in s of the log's clock.
        evidence: What it rests on, with numbers.
    """

    side: str
    time: float
    evidence: str


@dataclass(frozen=True)
class Phases:
    """What happened when.

    Attributes:
        phases: In order of time, without gaps, for the main run.
        burn: The main run: of the flame in a hot fire, of the flow in a cold flow; None when nothing ran.
        mainstage: Its steady part, None when it never settled.
        baseline: Quiet stretch before anything moved, None when the log has none.
        depletions: Propellants that ran out, first to last.
        notes: Findings, with codes.
        kind: `hot_fire`, `cold_flow` or `no_run`.
        burns: Every run in the log, in order of time; `burn` is the strongest.
    """

    phases: tuple[Phase, ...]
    burn: Phase | None
    mainstage: Phase | None
    baseline: Phase | None
    depletions: tuple[Depletion, ...]
    notes: tuple[Note, ...]
    kind: str
    burns: tuple[Phase, ...] = ()


def find_phases(log: Log, *, ambient_pressure: float = 101325.0, lead: float = 0.0) -> Phases:
    """Return the phases of a test from its channels' roles.

    Args:
        log: The log; channels without a role are not looked at.
        ambient_pressure: Ambient pressure in the unit of the log's pressures (Pa).
        lead: Time in s before the chamber lights from which the start may have been commanded.
    """
    signals = role_signals(log, ambient_pressure)
    chosen = choose_reference(signals, ambient_pressure)
    found = find_burns(chosen[1]) if chosen is not None else []
    if chosen is None or not found:
        return _no_run(signals)
    kind, reference, notes = chosen
    main = max(found, key=lambda burn: burn.level * burn.duration)
    kinks, echoes = _kinks(_moving(log, signals, main), reference, main, kind, ambient_pressure)
    stage = _mainstage(reference, main, kinks if kind == "cold_flow" else [])
    baseline = _baseline(signals, main, lead)
    return Phases(
        phases=_sequence(signals, reference, main, stage, kinks),
        burn=_burn_phase(reference, main),
        mainstage=stage,
        baseline=baseline,
        depletions=tuple(_depletion(side, kink) for side, kink in kinks),
        notes=(*notes, *echoes, *_notes(reference, main, found, baseline, stage)),
        kind=kind,
        burns=tuple(_burn_phase(reference, burn) for burn in found),
    )


def _no_run(signals: Mapping[str, Signal]) -> Phases:
    seen = ", ".join(sorted(signals)) or "no channel with a role that shows a run"
    note = Note("no_run", "warning", f"Nothing ran: no lasting rise was found ({seen}).")
    phases: tuple[Phase, ...] = ()
    if signals:
        phases = (Phase("pre_test", *_extent(signals), "no lasting rise of chamber, thrust or manifold"),)
    return Phases(phases, None, None, None, (), (note,), "no_run")


def _extent(signals: Mapping[str, Signal]) -> tuple[float, float]:
    first = min(float(s.time[0]) for s in signals.values())
    return first, max(float(s.time[-1]) for s in signals.values())


def _moving(log: Log, signals: Mapping[str, Signal], main: Burn) -> dict[str, Signal]:
    """Signals that still follow what they measure when the run ends: a tank's that stands still shows no kink."""
    still = {n.channel for n in log.notes if n.code in _STANDING and n.end is not None and n.end >= main.end}
    return {role: signal for role, signal in signals.items() if signal.name not in still}


def _kinks(
    signals: Mapping[str, Signal], reference: Reference, main: Burn, kind: str, ambient: float
) -> tuple[list[tuple[str, Kink]], list[Note]]:
    """Kinks by side, first to last; a run whose end is not in the log cannot be said to have run dry."""
    if not main.ended:
        return [], []
    span = settled(reference, main)
    when = {"start": main.start, "end": main.end, "fading": main.end if span is None else span[1]}
    found = []
    for side in SIDES:
        feeds = {p: signals.get(f"{side}_{p}_pressure") for p in ("tank", "manifold")}
        feeds |= {"valve": signals.get(f"{side}_valve_position"), "chamber": signals.get("chamber_pressure")}
        kink = find_kink(feeds, cold=kind == "cold_flow", ambient=ambient, **when)
        if kink is not None:
            found.append((side, kink))
    sharpest = max((kink.bend for _, kink in found), default=0.0)
    # When one side runs dry, the other falls faster too: less back pressure, or one pressurant for both.
    clear = [(side, kink) for side, kink in found if kink.bend >= _ECHO * sharpest]
    echoes = [_echo(side, kink) for side, kink in found if kink.bend < _ECHO * sharpest]
    return sorted(clear, key=lambda pair: pair[1].time), echoes


def _echo(side: str, kink: Kink) -> Note:
    text = (
        f"The {side} tank's pressure also falls faster from {kink.time:.2f} s ({kink.before:.3f} to "
        f"{kink.after:.3f} per s), but far less than the other side's: taken as its consequence."
    )
    return Note("kink_follows", "info", text, kink.channel, start=kink.time)


def _mainstage(reference: Reference, main: Burn, cuts: list[tuple[str, Kink]]) -> Phase | None:
    """The settled stretch; in a cold flow it ends where gas follows the liquid, however smoothly."""
    span = settled(reference, main)
    if span is None:
        return None
    start, end = span[0], min([span[1], main.end, *(kink.time for _, kink in cuts)])
    if end <= start:
        return None
    signal = reference.signal
    inside = signal.heavy[signal.at(start) : signal.at(end) + 1]
    text = (
        f"{signal.name} between {amount(float(inside.min()), reference)} and "
        f"{amount(float(inside.max()), reference)}, varying slowly"
    )
    return Phase("mainstage", start, end, text)


def _burn_phase(reference: Reference, burn: Burn) -> Phase:
    start = "rises from rest at" if burn.began else "is already up at the first sample,"
    end = "falls by half for good at" if burn.ended else "is still up at the last sample,"
    text = (
        f"{reference.signal.name} {start} {burn.start:.3f} s, stands {amount(burn.level, reference)} above "
        f"rest on average and {end} {burn.end:.3f} s"
    )
    return Phase("burn", burn.start, burn.end, text)


def _depletion(side: str, kink: Kink) -> Depletion:
    text = (
        f"slope of ln p of {kink.channel} from {kink.before:.3f} to {kink.after:.3f} per s at "
        f"{kink.time:.2f} s, no valve moving; gas until {kink.gas_end:.2f} s"
    )
    return Depletion(side, kink.time, text)


def _baseline(signals: Mapping[str, Signal], main: Burn, lead: float) -> Phase | None:
    span = find_rest(signals, main, lead)
    return span and Phase(
        "baseline", *span, f"{len(signals)} channels still within noise or 2 % of their range"
    )


def _notes(
    reference: Reference, main: Burn, found: list[Burn], baseline: Phase | None, stage: Phase | None
) -> list[Note]:
    name = reference.signal.name
    notes = []
    if not main.began:
        text = f"The run is under way at the first sample ({main.start:.3f} s): its start was not recorded."
        notes.append(Note("starts_in_burn", "warning", text, name, start=main.start))
    if baseline is None:
        text = "No stretch with everything quiet before the run: sensor zeros cannot be checked."
        remedy = "Start recording before the first valve opens."
        notes.append(Note("no_baseline", "warning", text, remedy=remedy))
    if not main.ended:
        text = f"The run has not ended at the last sample ({main.end:.3f} s)."
        notes.append(Note("burn_not_ended", "warning", text, name, end=main.end))
    if stage is None:
        notes.append(
            Note("no_mainstage", "warning", "The run never settled.", name, start=main.start, end=main.end)
        )
    if len(found) > 1:
        spans = ", ".join(f"{b.start:.2f}-{b.end:.2f} s" for b in found)
        taken = f"{main.start:.2f}-{main.end:.2f} s"
        text = f"{len(found)} runs: {spans}. The strongest, {taken}, is taken, nothing is said of the others."
        remedy = "Cut the log and diagnose each run by itself."
        evidence = {"burns": float(len(found))}
        notes.append(Note("several_burns", "warning", text, name, evidence=evidence, remedy=remedy))
    return notes


def _sequence(
    signals: Mapping[str, Signal],
    reference: Reference,
    main: Burn,
    stage: Phase | None,
    kinks: list[tuple[str, Kink]],
) -> tuple[Phase, ...]:
    """The phases of the main run one after another, without gaps; what has no length is left out."""
    name = reference.signal.name
    first, last = _extent(signals)
    settled_at = stage.start if stage else main.end
    fading = stage.end if stage else main.end
    gas = max((kink.gas_end for _, kink in kinks), default=main.end)
    dry = min((kink.time for _, kink in kinks), default=main.end)
    burnt = min(main.end, max(fading, dry)) if kinks and fading >= dry else main.end
    marks = [
        ("pre_test", main.start, f"{name} at rest"),
        ("start", settled_at, f"{name} rises and settles"),
        ("mainstage", fading, stage.evidence if stage else ""),
        ("tail_off", burnt, f"{name} falls to half"),
        ("gas_tail", gas, ", ".join(f"{side} liquid out at {kink.time:.2f} s" for side, kink in kinks)),
        ("shutdown", _shut(signals, main, gas), f"{name} falls to rest"),
        ("post", last, ""),
    ]
    result, before = [], first
    for phase, end, evidence in marks:
        if end > before:
            result.append(Phase(phase, before, end, evidence))
            before = end
        if phase == "tail_off" and not main.ended:
            break
    return tuple(result)


def _shut(signals: Mapping[str, Signal], main: Burn, gas: float) -> float:
    """When the chamber is at rest; after a gas tail also when the manifolds have lost what they will lose."""
    end = max(main.faded, gas)
    if gas <= main.end:
        return end
    for role in (f"{side}_manifold_pressure" for side in SIDES):
        signal = signals.get(role)
        if signal is None or signal.time[-1] <= gas:
            continue
        rest = signal.light[signal.at(gas) : signal.at(gas + main.duration) + 1]
        left = rest - rest.min()
        gone = np.flatnonzero(left <= 0.1 * left[0])
        end = max(end, gas + float(gone[0]) * signal.step) if gone.size else end
    return end
