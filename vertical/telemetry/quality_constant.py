"""Channels that say nothing: dead, frozen, held at a code for "no sensor", full of missing values."""

from __future__ import annotations

import numpy as np

from hotfire.log import FloatArray, Note
from hotfire.telemetry.signals import Signal, runs_of_equal

__all__ = ["check_constant", "check_frozen", "check_missing", "check_thermocouple"]

# What loggers write for "no value", told where `no_reading` left it in: it may be a reading.
_CODES = (-9999.0, 9999.0, -999.0, -99999.0, 99999.0, -999.25, 1e30, -1e30)
_COLDEST = -200.0  # °C: below, no propellant of common engines but hydrogen and helium
_LAST_SAMPLES = 0.01  # share of the record that still counts as its end
_FEW, _NEAR = 20, 200  # samples before a run that tell its usual steps: at least, at most
_NO_JUMP = 6.0  # standard deviations of these steps
_BESIDE = 5  # values nearest to an extreme that tell how often noise meets one value there
_HOT_AT_START = 450.0  # °C: an engine at rest is not that hot


def check_missing(signal: Signal) -> list[Note]:
    """Report missing values and codes for "no value"."""
    notes: list[Note] = []
    if signal.kind in ("text", "time", "index"):
        return notes
    total = len(signal.values)
    missing = total - signal.finite
    if missing:
        share = missing / total
        severity = "error" if signal.finite == 0 else "warning" if share > 0.05 else "info"
        notes.append(
            Note(
                "missing_values",
                severity,
                "holds no values at all"
                if signal.finite == 0
                else f"{100 * share:.3g} % of the values are missing",
                channel=signal.name,
                evidence={"share": share, "count": float(missing)},
            )
        )
    for code in _CODES:
        if signal.finite and signal.low <= code <= signal.high and code in (signal.low, signal.high):
            count = int(np.count_nonzero(signal.values == code))
            notes.append(
                Note(
                    "sentinel",
                    "warning",
                    f"{count} values are {code:g}, which loggers write for `no value`",
                    channel=signal.name,
                    evidence={"value": code, "count": float(count), "share": count / total},
                    remedy="exclude these samples, or mend the channel's wiring",
                )
            )
    return notes


def check_constant(signal: Signal) -> list[Note]:
    """Report a channel that never changes."""
    if signal.finite < 2 or signal.kind in ("text", "time", "index"):
        return []
    if signal.low != signal.high:
        return _nearly_constant(signal)
    code = "dead" if signal.low == 0.0 else "frozen"
    if signal.kind == "command":
        return [
            Note(
                "constant",
                "info",
                f"constant {signal.low:g} during the whole record",
                channel=signal.name,
                evidence={"value": signal.low},
            )
        ]
    return [
        Note(
            code,
            "error",
            "all values are zero: not connected, or not recorded"
            if code == "dead"
            else f"constant {signal.low:g} during the whole record: no live sensor is that quiet",
            channel=signal.name,
            evidence={"value": signal.low, "samples": float(signal.finite)},
            remedy="check plug, range and the logger's channel; the channel is not used",
        )
    ]


def _nearly_constant(signal: Signal) -> list[Note]:
    """Report a measured channel that stands at one value but for a few glitches."""
    if signal.is_set or signal.still < 0.98 or signal.kind is None:
        return []
    value = float(np.median(signal.sample))
    other = int(np.count_nonzero(signal.values != value)) - (len(signal.values) - signal.finite)
    if other > 0.01 * signal.finite:
        return []
    return [
        Note(
            "frozen",
            "error",
            f"stands at {value:g} during the whole record but for {other} samples: railed or not connected",
            channel=signal.name,
            evidence={"value": value, "samples": float(signal.finite), "other": float(other)},
            remedy="check plug, range and the logger's channel; the channel is not used",
        )
    ]


def check_thermocouple(signal: Signal) -> list[Note]:
    """Report open thermocouples: below any reading, or hotter at rest than an engine can be."""
    if signal.kind != "temperature" or signal.finite < 2:
        return []
    scale, offset = signal.celsius
    low, high = signal.low * scale + offset, signal.high * scale + offset
    if low <= _COLDEST:
        cold = signal.values * scale + offset <= _COLDEST
        share = float(np.count_nonzero(cold)) / signal.finite
        if share > 1e-3:
            whole = share > 0.99
            first = int(np.argmax(cold))
            return [
                Note(
                    "open_thermocouple",
                    "error" if share > 0.2 else "warning",
                    f"open thermocouple: {low:.6g} °C "
                    f"{'always' if whole else f'in {100 * share:.3g} % of the samples'}",
                    channel=signal.name,
                    start=None if whole else float(signal.time[first]),
                    evidence={"share": share, "lowest_degc": low},
                    remedy="check plug and polarity of the thermocouple",
                )
            ]
    head = signal.values[: max(3, min(2000, len(signal.values) // 50))]
    head = head[np.isfinite(head)] * scale + offset
    begin = float(np.median(head)) if len(head) else 0.0
    if begin > _HOT_AT_START and high - low < 0.5 * begin:
        return [
            Note(
                "open_thermocouple",
                "error" if begin > 800 or low == high else "warning",
                f"likely an open thermocouple: {begin:.4g} °C from the first sample on, within "
                f"{low:.4g} to {high:.4g} °C",
                channel=signal.name,
                evidence={"at_start_degc": begin, "lowest_degc": low, "highest_degc": high},
                remedy="check its plug; if the unit is not °C, say so in the channel map",
            )
        ]
    return []


def check_frozen(signal: Signal) -> list[Note]:
    """Report stretches where a noisy channel stands still, and rails where it stands still at its extreme."""
    if signal.finite < 100 or signal.low == signal.high or signal.is_set:
        return []
    # Judged without the extremes and the commonest value: a clipped peak stands still, and so does a channel
    # that froze halfway; both were noisy before.
    levels, counts = np.unique(signal.sample, return_counts=True)
    common = levels[int(np.argmax(counts))]
    inner = signal.sample[
        (signal.sample != signal.low) & (signal.sample != signal.high) & (signal.sample != common)
    ]
    still = float(np.mean(inner[1:] == inner[:-1])) if len(inner) > 50 else 1.0
    if still > 0.3:
        return []
    usual = 1.0 / (1.0 - still)
    shortest = int(max(40, 40 * usual, 0.002 * len(signal.values)))
    runs = runs_of_equal(signal.values, shortest)
    notes = []
    rails = [
        r for r in runs if signal.values[r[0]] in (signal.low, signal.high) and not _stopped_there(signal, r)
    ]
    for where, extreme in ((signal.low, "lowest"), (signal.high, "highest")):
        mine = [r for r in rails if signal.values[r[0]] == where]
        if mine and signal.kind != "position":  # a valve stands still on its stop
            notes.append(_rail(signal, mine, where, extreme))
    stuck = [r for r in runs if r not in rails]
    if stuck:
        start, end = max(stuck, key=lambda r: r[1] - r[0])
        seconds = float(signal.time[end] - signal.time[start])
        notes.append(
            Note(
                "frozen",
                "warning",
                f"stands still at {signal.values[start]:g} for {seconds:.3g} s ({end - start + 1} samples), "
                f"although it is otherwise noisy ({len(stuck)} such stretch{'es' if len(stuck) > 1 else ''})",
                channel=signal.name,
                start=float(signal.time[start]),
                end=float(signal.time[end]),
                evidence={
                    "value": float(signal.values[start]),
                    "samples": float(end - start + 1),
                    "noise": signal.sigma,
                },
                remedy="the logger repeated an old value: do not use the stretch",
            )
        )
    return notes


def _stopped_there(signal: Signal, run: tuple[int, int]) -> bool:
    """Say whether a run at an extreme is a channel that froze on its way, not one that met its limit.

    It goes on to the end of the record, begins without a jump, and noise had not touched that value before, or no
    oftener than the values beside it: a limit gathers all that lies beyond it.
    """
    start, end = run
    values = signal.values
    if start == 0 or end < values.size - 1 - _LAST_SAMPLES * values.size:
        return False
    before = values[:start]
    before = before[np.isfinite(before)]
    if before.size < _FEW or _gathers(before, float(values[start])):
        return False
    usual = float(np.std(np.diff(before[-_NEAR:])))
    return abs(float(values[start] - before[-1])) <= _NO_JUMP * usual


def _gathers(before: FloatArray, extreme: float) -> bool:
    """Say whether an extreme value was met oftener than those beside it."""
    values, counts = np.unique(before, return_counts=True)
    order = np.argsort(np.abs(values - extreme))[: _BESIDE + 1]
    met = int(counts[values == extreme].sum())
    return met > int(counts[order][values[order] != extreme].max(initial=0))


def _rail(signal: Signal, runs: list[tuple[int, int]], value: float, extreme: str) -> Note:
    start, end = max(runs, key=lambda r: r[1] - r[0])
    count = sum(e - s + 1 for s, e in runs)
    return Note(
        "rail",
        "warning",
        f"stands at its {extreme} value {value + 0.0:g} for {count} samples (longest "
        f"{float(signal.time[end] - signal.time[start]):.3g} s): out of range, clipped",
        channel=signal.name,
        start=float(signal.time[start]),
        end=float(signal.time[end]),
        evidence={"value": value, "samples": float(count), "share": count / len(signal.values)},
        remedy="take a transducer or amplifier with more range; the true value is beyond",
    )
