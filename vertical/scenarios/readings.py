"""What the sensors of a rig read in each window: zero, gain, creep and noise, and what faults of sensors make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.scenarios.effects import Course
from hotfire.scenarios.rig import Rig

__all__ = ["Readings", "SensorFault", "read", "whitening_beside"]

_CREEP = 0.4
_NOISY = 3.0
"""Scatter over the usual from which a signal shows by itself that it is noisy."""
_SPIKY = 1e-3
"""Share of wrong samples from which a signal shows spikes."""
_CLIPPED = 0.6
_OPEN = -0.02
_LOST = 1e3
"""Standard deviation, in spans, of what a spoilt sensor says."""


@dataclass(frozen=True)
class SensorFault:
    """A fault of one sensor in one run.

    Attributes:
        sensor: Column.
        mode: As in `hotfire.physics.sensors.SENSOR_FAULTS`.
        size: As the mode means it.
        course: In time.
    """

    sensor: int
    mode: str
    size: float
    course: Course


@dataclass(frozen=True, eq=False)
class Readings:
    """Window means as recorded.

    Attributes:
        means: SI, shape (n, K, S); NaN where a sensor is lost.
        scatter: Standard deviation of each by scatter, same shape.
        rest: What stands before the test, SI, shape (n, S).
        rest_scatter: Standard deviation of each by scatter, same shape.
        signals: By run: column, what the signal shows by itself, and from when (None: from the start).
    """

    means: FloatArray
    scatter: FloatArray
    rest: FloatArray
    rest_scatter: FloatArray
    signals: tuple[tuple[tuple[int, str, float | None], ...], ...]


def read(
    rig: Rig, truth: FloatArray, faults: Sequence[Sequence[SensorFault]], random: np.random.Generator
) -> Readings:
    """Read runs.

    Args:
        rig: Whose sensors read.
        truth: True window means with the row before the test, SI, shape (n, K + 1, S).
        faults: Faults of the sensors of each run.
        random: Source of chance.
    """
    n, rows, count = truth.shape
    noise = rig.usual_noise * np.exp(0.3 * random.normal(size=(n, count)))
    scatter = rig.scatter(truth, noise)
    zero = np.array([s.zero_tolerance for s in rig.sensors])
    gain = np.array([s.scale_tolerance for s in rig.sensors]) * _clipped(random, (n, count))
    rest = np.array(
        [rig.engine.network.ambient_pressure if s.kind == "pressure" else 0.0 for s in rig.sensors]
    )
    creep = _CREEP * zero * random.normal(size=(n, count))
    course = np.linspace(0.0, 1.0, rows)[None, :, None]
    read = rest + (1.0 + gain[:, None]) * (truth - rest)
    read = read + (zero * _clipped(random, (n, count)))[:, None] + creep[:, None] * course
    read = read + _stray(rig, scatter, noise, random)
    signals: list[tuple[tuple[int, str, float | None], ...]] = []
    for run, own in enumerate(faults):
        shown = []
        for fault in own:
            spoil = _Spoilt(rig, fault, float(noise[run, fault.sensor]), random)
            signal = _MODES[fault.mode](read[run], scatter[run], spoil)
            if signal:
                shown.append((fault.sensor, signal, fault.course.onset))
        signals.append(tuple(shown))
    return Readings(read[:, 1:], scatter[:, 1:], read[:, 0], scatter[:, 0], tuple(signals))


def whitening_beside(rig: Rig, spoilt: Sequence[SensorFault]) -> FloatArray:
    """Root of the inverse covariance of a rig's features where sensors are spoilt, shape (d, d).

    A noisy one says less from its onset on; any other whose signal shows its fault says nothing, nor does the roughness
    of a chamber whose pressure is not known.
    """
    more = np.zeros(rig.blank.means.shape)
    for fault in spoilt:
        before = 1.0 if fault.course.onset is None else 0.0
        there = np.concatenate([[before], fault.course.shares(rig.edges)[1]]) > 0.0
        for column in rig.spoilt_with(fault.sensor):
            own = rig.usual_noise[column] / np.sqrt(rig.samples)
            stray = fault.size * own if fault.mode == "noise" else _LOST * rig.sensors[column].span
            more[there, column] += stray**2
    return rig.whitening_with(more)


def _stray(rig: Rig, scatter: FloatArray, noise: FloatArray, random: np.random.Generator) -> FloatArray:
    """How far means stray by scatter; what the chamber's oscillation moves, it moves together, shape (n, K + 1, S)."""
    own = (noise / np.sqrt(rig.samples))[:, None, :]
    alone, together = random.normal(size=scatter.shape), random.normal(size=scatter.shape[:2])
    stray = scatter * alone
    for i in rig.shaken:
        shaken = np.sqrt(np.maximum(scatter[..., i] ** 2 - own[..., i] ** 2, 0.0))
        stray[..., i] = own[..., i] * alone[..., i] + shaken * together
    return stray


def _clipped(random: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    return np.clip(random.normal(size=shape), -2.5, 2.5)


class _Spoilt:
    """One faulty sensor of one run."""

    def __init__(self, rig: Rig, fault: SensorFault, noise: float, random: np.random.Generator) -> None:
        self.rig, self.fault, self.noise, self.random = rig, fault, noise, random
        self.column, self.size = fault.sensor, fault.size
        self.sensor = rig.sensors[fault.sensor]
        self.rest = rig.engine.network.ambient_pressure if self.sensor.kind == "pressure" else 0.0
        grown, there = fault.course.shares(rig.edges)
        first = 1.0 if fault.course.onset is None else 0.0
        self.share = np.concatenate([[first], grown * there])
        self.there = np.concatenate([[first], there])


def _bias(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    read[:, s.column] += s.size * s.sensor.span * s.share
    return ""


def _drift(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    grown, _ = Course(s.fault.course.onset, grows=True).shares(s.rig.edges)
    read[1:, s.column] += s.size * s.sensor.span * grown
    return ""


def _scale(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    read[:, s.column] += s.size * (read[:, s.column] - s.rest) * s.share
    return ""


def _freeze(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    first = int(np.argmax(s.there > 0.0))
    held = read[max(first - 1, 0), s.column]
    read[:, s.column] = np.where(s.there > 0.0, held, read[:, s.column])
    return "frozen"


def _dropout(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    read[s.there > 0.5, s.column] = np.nan
    return "lost"


def _noise(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    more = s.size * s.noise / np.sqrt(s.rig.samples) * s.there
    read[:, s.column] += more * s.random.normal(size=more.size)
    scatter[:, s.column] = np.hypot(scatter[:, s.column], more)
    usual = s.rig.usual_noise[s.column]
    return "noisy" if np.hypot(s.size * s.noise, s.noise) >= _NOISY * usual else ""


def _spikes(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    return "spiky" if s.size >= _SPIKY else ""


def _saturation(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    limit = _CLIPPED * np.nanmax(read[:, s.column])
    read[:, s.column] = np.where(s.there > 0.5, np.minimum(read[:, s.column], limit), read[:, s.column])
    return "clipped"


def _open_circuit(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    read[s.there > 0.5, s.column] = _OPEN * s.sensor.span
    return "open"


def _wrong_multiple(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    read[:, s.column] += (s.size - 1.0) * read[:, s.column] * s.there
    return ""


def _reversed(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    turned = 2.0 * (read[0, s.column] - read[:, s.column])
    read[:, s.column] += turned * s.there
    return ""


def _swapped(read: FloatArray, scatter: FloatArray, s: _Spoilt) -> str:
    read[:, s.column] = read[:, s.rig.partner(s.column)]
    return ""


_MODES: dict[str, Callable[[FloatArray, FloatArray, _Spoilt], str]] = {
    "bias": _bias,
    "drift": _drift,
    "dropout": _dropout,
    "freeze": _freeze,
    "noise": _noise,
    "open_circuit": _open_circuit,
    "reversed": _reversed,
    "saturation": _saturation,
    "scale": _scale,
    "spikes": _spikes,
    "swapped": _swapped,
    "wrong_multiple": _wrong_multiple,
    "zero_offset": _bias,
}
"""Faults of sensors as window means show them; `lag` and `delay` show in starts alone."""
