"""Sensor faults that a signal shows by itself, from the findings on its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.diagnosis import FaultEstimate, Interval
from hotfire.log import Channel, FloatArray, Log, Note
from hotfire.signals.spikes import without_spikes

__all__ = ["SignalFault", "estimate", "signal_faults", "without_spoilt"]

_MODES = {
    "alias": ("alias", "is a copy of another channel", True),
    "dead": ("dropout", "is dead", True),
    "frozen": ("freeze", "is frozen", True),
    "impossible": ("zero_offset", "reads what cannot be", False),
    "lost": ("dropout", "is lost", True),
    "open_thermocouple": ("open_circuit", "is an open thermocouple", True),
    "rail": ("saturation", "is at its limit", True),
    "sentinel": ("dropout", "holds the logger's code for no value", True),
    "spikes": ("spikes", "throws single wrong samples", False),
    "zero_drift": ("drift", "has another zero after the test than before", False),
}
_MANY_SPIKES = 1e-3
_MISSING = 0.02


@dataclass(frozen=True)
class SignalFault:
    """A sensor fault seen in the signal alone.

    Attributes:
        channel: Name in the log.
        role: Sensor of the engine, None for a channel that the engine does not know.
        mode: As in `hotfire.physics.sensors.SENSOR_FAULTS`.
        start: From when, in s of the log's clock; None when always.
        end: Until when; None when to the end.
        spoils: True when the samples concerned say nothing of the quantity.
        text: One sentence with the evidence.
    """

    channel: str
    role: str | None
    mode: str
    start: float | None
    end: float | None
    spoils: bool
    text: str


def signal_faults(log: Log) -> tuple[SignalFault, ...]:
    """Collect them from the notes of a log; one for each channel and mode."""
    found: dict[tuple[str, str], SignalFault] = {}
    for note in log.notes:
        fault = _from_note(note, log)
        if fault is not None:
            found.setdefault((fault.channel, fault.mode), fault)
    return tuple(found.values())


def _from_note(note: Note, log: Log) -> SignalFault | None:
    if note.channel is None or note.channel not in log.channels or note.severity == "info":
        return None
    channel = log.channels[note.channel]
    if note.code == "missing_values":
        share = float(note.evidence.get("share", 0.0) or 0.0)
        if channel.role is None or share < _MISSING:
            return None
        return SignalFault(channel.name, channel.role, "dropout", note.start, note.end, True, note.message)
    if note.code not in _MODES:
        return None
    mode, text, spoils = _MODES[note.code]
    if mode == "spikes" and float(note.evidence.get("count", 0.0)) < max(
        _MANY_SPIKES * channel.values.size, 4
    ):
        return None
    if mode == "alias" and channel.role is None:
        return None
    return SignalFault(
        channel.name,
        channel.role,
        mode,
        note.start,
        note.end,
        spoils,
        f"{channel.name} {text}: {note.message}",
    )


def estimate(fault: SignalFault) -> FaultEstimate:
    """Return the fault in the form of the diagnosis."""
    onset = None if fault.start is None else Interval(fault.start, fault.start, fault.start, "s")
    return FaultEstimate(
        component=fault.role or fault.channel,
        mode=fault.mode,
        kind="sensor",
        size=None,
        size_text="",
        onset=onset,
        description=fault.text,
        category="sensor_fault",
    )


def without_spoilt(channel: Channel, faults: Sequence[SignalFault]) -> FloatArray:
    """Values with single wrong samples and those that a signal fault spoils set to NaN."""
    values = without_spikes(channel.values)
    for fault in faults:
        if fault.channel == channel.name and fault.spoils:
            start = -np.inf if fault.start is None else fault.start
            end = np.inf if fault.end is None else fault.end
            values[(channel.time >= start) & (channel.time <= end)] = np.nan
    return values
