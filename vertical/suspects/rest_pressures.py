"""Pressures that read wrong all alike before a test: a mixed-up unit, or gauge taken for absolute.

Places that are open to the surroundings stand at their pressure before a test. Where several channels of one unit rest
at one and the same other value, and figures in another unit or by the other reference would rest where they should, the
label is wrong, or the test ran in other surroundings (an altitude cell). Tanks decide: surroundings do not move them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.design_outputs import design_outputs
from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.observing.observe import quiet_until, told_at_rest
from hotfire.phases.finding import Phases
from hotfire.physics.sensors import Sensor
from hotfire.physics.units import parse_unit
from hotfire.signals.window_means import at_rest

__all__ = ["RestDoubt", "rest_doubts"]

_ATMOSPHERE = 101325.0
"""Pressure in Pa that gauge readings are taken to be above."""
_UNITS = ("bar", "psi", "kPa", "MPa", "mbar", "Pa", "torr")
_FEWEST, _FEWEST_WITH_TANKS = 3, 2
"""Open channels that say the same, and with tanks that do."""
_MOST_OF_THEM = 0.6
"""Share of the open channels of one unit that they must be."""
_FITS = 4.5
"""Standard deviations of its zero by which a sound sensor may be off, as when zeros are checked."""
_GAINED = 20.0
"""Chi-square that the other label must gain; of three sound channels it gains that with a probability of 2e-6."""
_EACH = 4.0
"""Chi-square that it must gain in each of most: one zero that is off is a sensor's."""
_COUNTED, _LEAST_ZERO = 1e3, 1.0
"""Chi-square of one channel that counts at most; least tolerance of a zero in Pa."""
_TANK = 0.1
"""Logarithm by which a tank's pressure may well differ from its file's."""
_TELLS = 0.05
"""Difference of logarithms by which tanks must be nearer to what their file says."""
_NAMED = 6
_OUTSIDE = (-0.05e5, 1.1e5)
"""Pressures in Pa that surroundings may have; nothing rests outside, whatever the test."""


_Label = tuple[str, bool]
"""Unit without reference, and whether it is gauge."""


@dataclass(frozen=True)
class _Resting:
    """A channel before the test: its reading in Pa, and its figure as the log has it."""

    channel: Channel
    sensor: Sensor
    reading: float
    figure: float

    @property
    def zero(self) -> float:
        """Tolerance of its zero in Pa."""
        return max(self.sensor.zero_tolerance, _LEAST_ZERO)

    def labelled(self, unit: str, gauge: bool) -> float:
        """Reading in Pa, were its figures labelled so."""
        return self.figure * parse_unit(unit, "pressure").scale + (_ATMOSPHERE if gauge else 0.0)


@dataclass(frozen=True)
class RestDoubt:
    """Channels whose label is in doubt.

    Attributes:
        channels: Names in the log.
        text: What they read, what they should, and which label would be right.
        remedy: What makes them right.
        decided: Whether it is the label for sure; else the test may have run in other surroundings than the file's.
    """

    channels: tuple[str, ...]
    text: str
    remedy: str
    decided: bool


def rest_doubts(log: Log, engine: Engine, phases: Phases) -> tuple[RestDoubt, ...]:
    """Return the labels that pressures at rest put in doubt, one for each unit of the log at most.

    Args:
        log: With the roles of the engine's sensors.
        engine: The engine.
        phases: Of the test; without a quiet time nothing is said.
    """
    if phases.baseline is None:
        return ()
    held = engine.network.at_tank_pressure
    resting = list(_resting(log, engine, phases))
    found = []
    for unit in dict.fromkeys(r.channel.unit for r in resting):
        alike = [r for r in resting if r.channel.unit == unit]
        open_ones = [r for r in alike if r.sensor.measures not in held]
        labels = _fitting(open_ones, engine.network.ambient_pressure)
        if labels:
            tanks = _Tanks.of([r for r in alike if r.sensor.measures in held], engine)
            found += _judged(labels, open_ones, tanks, engine.network.ambient_pressure)
    return tuple(found)


def _resting(log: Log, engine: Engine, phases: Phases) -> Iterator[_Resting]:
    """Pressures before the test that equations tell something of."""
    for sensor in engine.sensors.values():
        channel = log.role(sensor.name)
        if (
            sensor.kind != "pressure"
            or channel is None
            or not channel.unit
            or not told_at_rest(sensor, engine)
        ):
            continue
        reading, _ = at_rest(channel.time, channel.values, phases, quiet_until(engine, phases))
        if math.isfinite(reading):
            scale = parse_unit(channel.unit, "pressure").scale
            figure = (reading - (_ATMOSPHERE if channel.reference == "gauge" else 0.0)) / scale
            yield _Resting(channel, sensor, reading, figure)


def _labels(unit: str, reference: str | None) -> Iterator[_Label]:
    """Other labels that figures may have, the likeliest first: the same unit by the other reference, other units."""
    own, gauge = parse_unit(unit, "pressure").scale, reference == "gauge"
    others = [u for u in _UNITS if not math.isclose(parse_unit(u, "pressure").scale, own)]
    yield unit, not gauge
    yield from ((u, gauge) for u in others)
    yield from ((u, not gauge) for u in others)


def _fitting(open_ones: Sequence[_Resting], ambient: float) -> dict[_Label, float]:
    """Other labels by which most channels would rest as they should, with the chi-square that each leaves."""
    if len(open_ones) < _FEWEST_WITH_TANKS:
        return {}
    first = open_ones[0].channel
    own = _misses(open_ones, None, ambient)
    found: dict[_Label, float] = {}
    for label in _labels(str(first.unit), first.reference):
        if label[1] and label[0] != first.unit and (str(first.unit), True) not in found:
            continue  # gauge figures are about zero at rest, whatever their unit
        other = _misses(open_ones, label, ambient)
        fits = np.abs(other) < _FITS
        gained = (np.minimum(own**2, _COUNTED) - other**2)[fits]
        enough = fits.sum() >= max(_FEWEST_WITH_TANKS, _MOST_OF_THEM * len(open_ones))
        if enough and gained.sum() > _GAINED and (gained > _EACH).sum() > 0.5 * fits.sum():
            found[label] = float((other[fits] ** 2).sum())
    return found


def _misses(open_ones: Sequence[_Resting], label: _Label | None, ambient: float) -> FloatArray:
    """Distances from the surroundings, in deviations of each zero; as labelled where no other label is given."""
    values = np.array([r.reading if label is None else r.labelled(*label) for r in open_ones])
    zeros = np.array([r.zero for r in open_ones])
    return np.asarray((values - ambient) / zeros)


def _judged(
    labels: Mapping[_Label, float], open_ones: Sequence[_Resting], tanks: _Tanks, ambient: float
) -> list[RestDoubt]:
    """Choose the label that fits open places and tanks best, and say how sure it is; none where tanks read right."""
    best = min(labels, key=lambda label: labels[label] + (tanks.miss(label) / _TANK) ** 2)
    doubtful = [r for r in open_ones if abs(r.labelled(*best) - ambient) < _FITS * r.zero]
    level = float(np.median([r.reading for r in doubtful]))
    gained = tanks.miss(None) - tanks.miss(best)
    possible = _OUTSIDE[0] < level < _OUTSIDE[1]
    if (possible and gained < -_TELLS) or (len(doubtful) < _FEWEST and gained <= _TELLS):
        return []
    # Where nobody said how a pressure was read, it is the reading of the log that erred, and no label.
    said = any(r.channel.reference_source not in ("inferred", "assumed") for r in doubtful)
    same = best[0] == doubtful[0].channel.unit
    decided = (not possible or gained > _TELLS) and (said or not same)
    return [_told(doubtful, *best, ambient, decided=decided)]


@dataclass(frozen=True)
class _Tanks:
    """Channels that stand at tank pressure before a test, and what the file says of it in Pa."""

    read: tuple[_Resting, ...]
    wanted: tuple[float, ...]

    @classmethod
    def of(cls, read: Sequence[_Resting], engine: Engine) -> _Tanks:
        sources = engine.network.at_tank_pressure
        full = design_outputs(engine) if read else {}
        known = [r for r in read if sources[r.sensor.measures] in full]
        return cls(tuple(known), tuple(full[sources[r.sensor.measures]] for r in known))

    def miss(self, label: _Label | None) -> float:
        """Logarithm by which they miss what they should read; 0 without any."""
        values = (r.reading if label is None else r.labelled(*label) for r in self.read)
        logs = [abs(math.log(max(v, 1.0) / w)) for v, w in zip(values, self.wanted, strict=True)]
        return float(np.median(logs)) if logs else 0.0


def _told(
    doubtful: Sequence[_Resting], unit: str, gauge: bool, ambient: float, *, decided: bool
) -> RestDoubt:
    """Put a doubt into words."""
    names = [r.channel.name for r in doubtful]
    level = float(np.median([r.reading for r in doubtful])) / 1e5
    channel = doubtful[0].channel
    own = parse_unit(str(channel.unit), "pressure").scale
    factor = parse_unit(unit, "pressure").scale / own
    was_gauge = channel.reference == "gauge"
    parts, mend = [], []
    if not math.isclose(factor, 1.0):
        parts.append(f"{unit} taken for {channel.unit}")
        mend.append(f"times {factor:.6g}")
    if gauge != was_gauge:
        parts.append("absolute taken for gauge" if was_gauge else "gauge taken for absolute")
        mend.append(f"{'less' if was_gauge else 'plus'} {_ATMOSPHERE / 1e5:.5f} bar")
    listed = f"{', '.join(names[:_NAMED])}{' ...' if len(names) > _NAMED else ''}"
    text = (
        f"at rest these {len(names)} channels read {level:.2f} bar, the surroundings are at {ambient / 1e5:.2f}: "
        f"{listed}. Figures {' and '.join(parts)}? {', '.join(mend)}, they would be right"
    )
    if not decided:
        text += "; or the test ran in other surroundings than the engine file says"
    plain = unit.rstrip("ag") if unit.startswith(("bar", "psi")) else unit
    label = f"`unit: {plain}` and `reference: {'gauge' if gauge else 'absolute'}`"
    surroundings = "" if decided else ", or give the engine file the ambient_pressure of the test"
    remedy = f"give the channels {label} in a channel map, or mend the log{surroundings}"
    return RestDoubt(tuple(names), text, remedy, decided)
