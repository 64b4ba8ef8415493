"""Which sensors a report draws, with their recorded signals in the units of the log."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from hotfire.diagnosis import Diagnosis, FaultEstimate, SensorWindows
from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log

__all__ = ["Trace", "traces"]

_MOST, _BESIDE, _UNTRUSTED, _WITHOUT_ANSWER = 8, 6, 4, 6
"""Sensors that are drawn: at most; at least where a fault is alleged, which sound ones may speak against; beside those
if they are not to be trusted; where there is no answer."""

_UNHANDY = 1e5
"""Figures from which multiples are written."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_NOTABLE = 1.0
"""Standard deviations of the scatter from which a sensor that the faults move is worth drawing."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What is drawn of one sensor.

    Attributes:
        name: Of the sensor, or of the channel where the engine does not know it.
        channel: Of the log; "" where there is none.
        unit: Of all figures.
        time: Of the recorded samples, s of the log's clock, shape (n,); empty where they are not at hand.
        values: Recorded samples, shape (n,), NaN where missing; the zero offset is taken off.
        windows: What was weighed; None where nothing was.
        findings: Faults of this sensor that its signal shows.
    """

    name: str
    channel: str
    unit: str
    time: FloatArray
    values: FloatArray
    windows: SensorWindows | None
    findings: tuple[FaultEstimate, ...]


def traces(diagnosis: Diagnosis, log: Log | None, engine: Engine | None) -> tuple[Trace, ...]:
    """Choose the sensors that matter most and return what is drawn of them.

    First come those that the first hypothesis moves or blames, then other symptoms, then those that are not to be
    trusted; where there is no answer, the first sensors of the engine that the log holds.

    Args:
        diagnosis: The answer.
        log: That it is of; without it windows alone are drawn.
        engine: That it is of; it knows which channel is which sensor.
    """
    matched = log
    if log is not None and engine is not None:
        from hotfire.observing.matching import match_log

        matched = match_log(log, engine)
    ambient = None if engine is None else engine.network.ambient_pressure
    found = []
    for name in _chosen(diagnosis, matched, engine):
        trace = _trace(name, diagnosis, matched, ambient)
        if trace.time.size or trace.windows is not None:
            found.append(_handy(trace))
    return tuple(found)


def _chosen(diagnosis: Diagnosis, log: Log | None, engine: Engine | None) -> list[str]:
    there = {w.sensor for w in diagnosis.windows}
    if log is not None:
        there |= {*log.channels, *(c.role for c in log.channels.values() if c.role)}
    ranked = [n for n in dict.fromkeys(_by_weight(diagnosis)) if n in there][:_MOST]
    others = [w.sensor for w in diagnosis.windows if w.sensor not in ranked]
    ranked += others[: max((_BESIDE if _blamed(diagnosis) else _MOST) - len(ranked), 0)]
    untrusted = list(
        dict.fromkeys(f.component for f in diagnosis.sensor_findings if f.component not in ranked)
    )
    if not ranked and log is not None:
        known = [] if engine is None else [n for n in engine.sensors if log.role(n) is not None]
        ranked = (known or [n for n, c in log.channels.items() if c.unit])[:_WITHOUT_ANSWER]
        untrusted = [n for n in untrusted if n not in ranked]
    return ranked + untrusted[:_UNTRUSTED]


def _blamed(diagnosis: Diagnosis) -> bool:
    return bool(diagnosis.hypotheses) and bool(diagnosis.hypotheses[0].faults)


def _by_weight(diagnosis: Diagnosis) -> Iterator[str]:
    """Names of sensors, those first that say most of the answer; names may come again."""
    first = diagnosis.hypotheses[0] if diagnosis.hypotheses else None
    if first is not None:
        yield from (f.component for f in first.faults if f.kind == "sensor")
        yield from (e.sensor for e in first.effects)
    yield from (s.sensor for s in diagnosis.symptoms)
    yield from (
        w.sensor for w in sorted(diagnosis.windows, key=lambda w: -_moved(w)) if _moved(w) >= _NOTABLE
    )


def _moved(windows: SensorWindows) -> float:
    """How far the faults of the first hypothesis move a sensor, in standard deviations of its scatter."""
    if windows.with_faults is None or windows.without_faults is None:
        return 0.0
    pairs = zip(windows.with_faults, windows.without_faults, windows.scatter, strict=True)
    return max(abs(a - b) / s for a, b, s in pairs)


def _trace(name: str, diagnosis: Diagnosis, log: Log | None, ambient: float | None) -> Trace:
    windows = next((w for w in diagnosis.windows if w.sensor == name), None)
    findings = tuple(f for f in diagnosis.sensor_findings if f.component == name)
    channel = None if log is None else _channel(name, windows, log)
    if channel is None:
        unit, recorded = "" if windows is None else windows.unit, ""
        empty = np.empty(0)
        return Trace(name, windows.channel if windows else recorded, unit, empty, empty, windows, findings)
    unit = (windows.unit if windows else channel.unit) or ""
    values = _in_unit(channel, unit, ambient) - (windows.zero_offset if windows else 0.0)
    return Trace(name, channel.name, unit, channel.time, values, windows, findings)


def _handy(trace: Trace) -> Trace:
    """Write large figures as multiples of a thousand, a million ...: nobody reads 2512428 Pa."""
    seen = trace.values if trace.windows is None else np.array(trace.windows.nominal)
    largest = float(np.nanmax(np.abs(seen), initial=0.0))
    if largest < _UNHANDY or not math.isfinite(largest):
        return trace
    power = 3 * int(math.log10(largest) // 3)
    unit, scale = f"10{str(power).translate(_RAISED)} {trace.unit}".rstrip(), 10.0**-power
    windows = None if trace.windows is None else _scaled(trace.windows, scale, unit)
    return replace(trace, unit=unit, values=scale * trace.values, windows=windows)


def _scaled(windows: SensorWindows, scale: float, unit: str) -> SensorWindows:
    def by(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(scale * v for v in values)

    return replace(
        windows,
        unit=unit,
        measured=tuple(None if v is None else scale * v for v in windows.measured),
        scatter=by(windows.scatter),
        nominal=by(windows.nominal),
        spread=by(windows.spread),
        without_faults=None if windows.without_faults is None else by(windows.without_faults),
        with_faults=None if windows.with_faults is None else by(windows.with_faults),
        zero_offset=scale * windows.zero_offset,
    )


def _channel(name: str, windows: SensorWindows | None, log: Log) -> Channel | None:
    if windows is not None:
        return log.channels.get(windows.channel)
    return log.role(name) or log.channels.get(name)


def _in_unit(channel: Channel, written: str, ambient: float | None) -> FloatArray:
    """Return the samples of a channel in the unit that is written, pressures absolute where it does not say."""
    from hotfire.physics.units import STANDARD_ATMOSPHERE, from_si, parse_unit

    if not written or channel.unit is None:
        return channel.values
    unit = parse_unit(written, channel.kind)
    if unit.kind == "pressure" and unit.reference is None:
        unit = unit.with_reference("absolute")
    return from_si(channel.values, unit, STANDARD_ATMOSPHERE if ambient is None else ambient)
