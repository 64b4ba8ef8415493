"""Which signal tells a run best, and whether the run was a flame or a cold flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hotfire.log import Channel, FloatArray, Log, Note
from hotfire.phases.burns import Reference, find_burns, measure, settled
from hotfire.phases.signals import Signal, resample, smooth

__all__ = ["SIDES", "VALVES", "amount", "choose_reference", "role_signals"]

SIDES = ("oxidizer", "fuel")
VALVES = tuple(f"{side}_valve_position" for side in SIDES)
_PRESSURES = ("chamber_pressure", *(f"{s}_{p}_pressure" for s in SIDES for p in ("tank", "manifold")))
_VACUUM = -3.0  # in ambient pressures; a zero offset of an atmosphere happens, lower is a broken reading
_OFF_ZERO = -0.05  # of what a sensor reads at most; in vacuum a sound zero is below nothing as often as above
_HIGH = 99.0  # percentile that is most, beside spikes
_NOISE = 12.0  # standard deviations of the smoothed noise by which a run must rise; noise alone spans eight
_ENDS_AGREE = 0.2  # of the range
_SAME_END, _AROUND, _CLEARLY = 0.3, 0.15, 0.3  # s; s; of both rises together
_CHOKED = 0.5  # in ambient pressures; a throat that is not even choked is no rocket's run
# Cold propellant through the throat makes at most about a seventh of the manifold's pressure, a flame a
# quarter and more: characteristic velocities of 300 m/s and less against 1500 m/s.
_FLAME = 0.15


def role_signals(log: Log, ambient: float) -> dict[str, Signal]:
    """Return the usable signals by role.

    Args:
        log: The log.
        ambient: Ambient pressure in the unit of the log's pressures.
    """
    found = {
        role: resample(
            log.role(role), floor=_floor(log.role(role), ambient) if role in _PRESSURES else -np.inf
        )
        for role in (*_PRESSURES, "thrust", *VALVES)
    }
    return {role: signal for role, signal in found.items() if signal is not None}


def _floor(channel: Channel | None, ambient: float) -> float:
    """Return what a pressure reads at least, unless its reading is broken."""
    good = np.empty(0) if channel is None else channel.values[np.isfinite(channel.values)]
    high = float(np.percentile(good, _HIGH)) if good.size else 0.0
    return min(_VACUUM * ambient, _OFF_ZERO * high)


def amount(value: float, reference: Reference) -> str:
    """Return a value of the reference's signal as people write it."""
    return f"{value / 1e5:.3g} bar" if reference.pressure else f"{value:.4g} N"


def choose_reference(
    signals: Mapping[str, Signal], ambient: float
) -> tuple[str, Reference, tuple[Note, ...]] | None:
    """Return the kind of run, its reference and notes; None when nothing ran.

    Args:
        signals: By role.
        ambient: Ambient pressure in the unit of the pressures.
    """
    chamber = signals.get("chamber_pressure")
    flow = _flow(signals, ambient)
    thrust = _thrust(signals)
    if chamber is not None:
        reference = measure(chamber, ambient)
        if reference.rise > max(_NOISE * reference.signal.unrest, _CHOKED * ambient):
            if flow is None or reference.rise > _FLAME * (flow.rest + flow.rise - ambient):
                if thrust is not None and _outvoted(reference, thrust):
                    return "hot_fire", thrust, (_disagrees(reference, thrust),)
                return "hot_fire", reference, ()
            return "cold_flow", flow, (_cold_chamber(reference, flow),)
        # A live chamber sensor that saw nothing outvotes the load cell: a cold flow pushes too.
        if chamber.noise > 0 and flow is not None:
            return "cold_flow", flow, ()
        if chamber.noise > 0 and thrust is not None and not _comes_or_goes(thrust):
            return None  # a load cell off zero in a record that ends before the run
    if thrust is not None:
        return "hot_fire", thrust, (_from_thrust(thrust),)
    return None if flow is None else ("cold_flow", flow, ())


def _comes_or_goes(reference: Reference) -> bool:
    """Say whether a run begins or ends in the record."""
    return any(burn.began or burn.ended for burn in find_burns(reference))


def _outvoted(chamber: Reference, thrust: Reference) -> bool:
    """Say whether thrust tells the run's end better: the two disagree, and more falls when the thrust ends.

    At the end of a run both fall; where a broken sensor lets its own signal end, or never end, only one does.
    """
    ends = [max(find_burns(r), key=lambda b: b.level * b.duration, default=None) for r in (chamber, thrust)]
    if ends[0] is None or ends[1] is None or abs(ends[0].end - ends[1].end) < _SAME_END:
        return False
    by_chamber, by_thrust = (sum(_fall(r, end.end) for r in (chamber, thrust)) for end in ends if end)
    return by_thrust > by_chamber + _CLEARLY


def _fall(reference: Reference, time: float) -> float:
    """Share of its rise by which a signal falls about a time; 0 where it has no values."""
    signal = reference.signal
    before, after = (
        signal.light[(signal.time >= time + a) & (signal.time < time + b)]
        for a, b in ((-2.0 * _AROUND, -_AROUND), (_AROUND, 2.0 * _AROUND))
    )
    if not np.isfinite(before).any() or not np.isfinite(after).any():
        return 0.0
    return float(np.clip((np.nanmedian(before) - np.nanmedian(after)) / reference.rise, 0.0, 1.0))


def _disagrees(chamber: Reference, thrust: Reference) -> Note:
    text = "Chamber pressure and thrust end at different times; more falls when the thrust ends: taken from thrust."
    return Note("end_from_thrust", "warning", text, chamber.signal.name)


def _flow(signals: Mapping[str, Signal], ambient: float) -> Reference | None:
    """The manifold that moved most."""
    roles = [f"{side}_manifold_pressure" for side in SIDES]
    found = [measure(signals[role], ambient) for role in roles if role in signals]
    moved = [f for f in found if f.rise > max(_NOISE * f.signal.unrest, _CHOKED * ambient)]
    return max(moved, key=lambda f: f.rise, default=None)


def _thrust(signals: Mapping[str, Signal]) -> Reference | None:
    """The thrust where it shows a run: load cells drift, so the rise must be quick as well as large."""
    if "thrust" not in signals:
        return None
    signal = signals["thrust"]
    # A load cell pulled instead of pushed reads negative: the run is where it goes furthest from rest.
    rest = _rest_of_record(signal.heavy)
    if rest - float(signal.heavy.min()) > float(signal.heavy.max()) - rest:
        signal = smooth(replace(signal, light=-signal.light), signal.width)
    reference = measure(signal, None)
    if reference.rise <= 2 * _NOISE * reference.signal.unrest:
        return None
    for burn in find_burns(reference):
        span = settled(reference, burn)
        if span is not None and span[0] - burn.start < 0.5 * burn.duration:
            return reference
    return None


def _rest_of_record(values: FloatArray) -> float:
    """Level at the record's two ends where they agree; else the end nearer to nothing, since the other is in a run."""
    edge = max(values.size // 20, 1)
    first, last = float(np.median(values[:edge])), float(np.median(values[-edge:]))
    if abs(first - last) < _ENDS_AGREE * float(values.max() - values.min()):
        return 0.5 * (first + last)
    return min(first, last, key=abs)


def _cold_chamber(chamber: Reference, flow: Reference) -> Note:
    text = (
        f"The chamber rose by {amount(chamber.rise, chamber)} only, with {amount(flow.rise, flow)} in the "
        "manifold: taken as a cold flow."
    )
    figures = {"chamber_rise": chamber.rise, "manifold_rise": flow.rise}
    return Note("cold_chamber", "info", text, chamber.signal.name, evidence=figures)


def _from_thrust(thrust: Reference) -> Note:
    text = "No chamber pressure shows this run: thrust gives its times, but cannot tell flame from cold flow."
    remedy = "Map the channel that reads the chamber pressure."
    return Note("kind_from_thrust", "warning", text, thrust.signal.name, remedy=remedy)
