"""All checks of the data, each with its evidence; no channel name and no engine is known here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.log import Note
from hotfire.telemetry.quality_constant import check_constant, check_frozen, check_missing, check_thermocouple
from hotfire.telemetry.quality_physical import check_impossible, check_lost
from hotfire.telemetry.quality_shape import check_quantisation, check_spikes, check_zero_drift
from hotfire.telemetry.signals import Signal

__all__ = ["check_signals"]


def check_signals(signals: Sequence[Signal], ambient: float) -> tuple[Note, ...]:
    """Check all channels of a log.

    Args:
        signals: Channels as recorded.
        ambient: Ambient pressure in Pa.

    Returns:
        The findings, channel by channel.
    """
    notes: list[Note] = []
    alive = [_alive_at_end(s) for s in signals]
    for i, signal in enumerate(signals):
        notes += check_missing(signal)
        open_circuit = check_thermocouple(signal)
        constant = check_constant(signal)
        notes += open_circuit or constant
        if constant or signal.finite == 0:
            continue
        others = any(a for j, a in enumerate(alive) if j != i)
        beside = [s for j, s in enumerate(signals) if j != i]
        lost = check_lost(signal, others, ambient, beside)
        notes += lost
        notes += check_impossible(signal, ambient)
        if not open_circuit:
            notes += check_frozen(signal)
            notes += check_spikes(signal)
        notes += check_quantisation(signal)
        notes += check_zero_drift(signal)
    return tuple(notes + _aliases(signals))


def _alive_at_end(signal: Signal) -> bool:
    """Say whether a channel still moves, beyond its noise, in the last tenth of the record."""
    if signal.is_set or signal.sigma == 0.0 or signal.finite < 200:
        return False
    tail = signal.values[-len(signal.values) // 4 :]
    part = len(tail) // 8
    thin = max(1, part // 500)
    first, last = tail[:part:thin], tail[-part::thin]
    if not (np.isfinite(first).any() and np.isfinite(last).any()):
        return False
    return bool(abs(np.nanmedian(last) - np.nanmedian(first)) > 4.0 * signal.sigma)


def _aliases(signals: Sequence[Signal]) -> list[Note]:
    """Report channels that are copies of one another."""
    notes = []
    groups: dict[tuple[float, float, int, float], list[Signal]] = {}
    for signal in signals:
        if signal.finite < 20 or signal.low == signal.high or signal.is_set:
            continue
        middle = float(signal.sample[len(signal.sample) // 2])
        groups.setdefault((signal.low, signal.high, len(signal.values), middle), []).append(signal)
    for group in groups.values():
        first, *rest = group
        for other in rest:
            if np.array_equal(first.values, other.values, equal_nan=True):
                notes.append(
                    Note(
                        "alias",
                        "warning",
                        f"a copy of {first.name!r}: all {len(other.values)} values are equal",
                        channel=other.name,
                        evidence={"of": first.name, "samples": float(len(other.values))},
                        remedy="not an independent measurement: give only one of the two a role",
                    )
                )
    return notes
