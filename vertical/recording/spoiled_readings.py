"""What a faulty sensor records instead of what a sound one would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.log import FloatArray
from hotfire.physics.sensors import Sensor

__all__ = ["Recording", "lagged", "spoiled"]

_CLIPPED = 0.6
"""Where a saturated sensor clips, over its highest reading."""
_OPEN = -0.02
"""Reading of an open circuit over the span."""


@dataclass(frozen=True, eq=False)
class Recording:
    """How a sensor was read.

    Attributes:
        sensor: The sensor.
        time: Times in s after the valves opened, shape (T,).
        burn: Time of the shutdown command in s.
        rate: Samples per second.
        scatter: Standard deviation of a sound sample, SI.
        random: Source of chance.
    """

    sensor: Sensor
    time: FloatArray
    burn: float
    rate: float
    scatter: float
    random: np.random.Generator


def lagged(values: FloatArray, samples: float) -> FloatArray:
    """First-order lag with a time constant of `samples`."""
    from scipy.signal import lfilter

    keep = float(np.exp(-1.0 / max(samples, 1e-6)))
    followed, _ = lfilter([1.0 - keep], [1.0, -keep], values, zi=[keep * values[0]])
    return np.asarray(followed)


def spoiled(values: FloatArray, fault: Any, recording: Recording) -> FloatArray:
    """Return readings in SI as a fault leaves them.

    Args:
        values: Readings of the sound sensor in SI, shape (T,).
        fault: Object with `name`, `size`, `onset`; its mode is one of `hotfire.physics.sensors.SENSOR_FAULTS`.
        recording: How they were read.
    """
    onset = recording.time[0] if fault.onset is None else fault.onset
    after = recording.time >= onset
    return _MODES[fault.name.rsplit(".", 1)[1]](values, fault.size, after, recording)


def _bias(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, values + size * r.sensor.span, values)


def _scale(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    rest = 101325.0 if r.sensor.kind == "pressure" else 0.0
    return np.where(after, values + size * (values - rest), values)


def _drift(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    start = max(float(r.time[np.argmax(after)]), 0.0)
    course: FloatArray = np.clip((r.time - start) / (r.burn - start), 0.0, None)
    return values + size * r.sensor.span * course


def _freeze(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, values[int(np.argmax(after))], values)


def _dropout(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, np.nan, values)


def _open_circuit(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, _OPEN * r.sensor.span, values)


def _noise(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    values = values.copy()
    values[after] += size * r.scatter * r.random.normal(size=int(after.sum()))
    return values


def _spikes(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    values = values.copy()
    hit = after & (r.random.random(r.time.size) < size)
    count = int(hit.sum())
    values[hit] += r.sensor.span * r.random.choice([-1.0, 1.0], count) * r.random.uniform(0.3, 1.0, count)
    return values


def _saturation(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, np.minimum(values, _CLIPPED * np.nanmax(values)), values)


def _lag(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    values = values.copy()
    values[after] = lagged(values[after], size * r.rate)
    return values


def _delay(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, np.interp(r.time - size, r.time, values), values)


def _wrong_multiple(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, size * values, values)


def _reversed(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    return np.where(after, 2.0 * np.nanmedian(values[r.time < 0.0]) - values, values)


def _as_read(values: FloatArray, size: float, after: np.ndarray, r: Recording) -> FloatArray:
    """Leave a swapped sensor as it is: it has been given the other quantity to read."""
    return values


_MODES: dict[str, Callable[[FloatArray, float, np.ndarray, Recording], FloatArray]] = {
    "bias": _bias,
    "delay": _delay,
    "drift": _drift,
    "dropout": _dropout,
    "freeze": _freeze,
    "lag": _lag,
    "noise": _noise,
    "open_circuit": _open_circuit,
    "reversed": _reversed,
    "saturation": _saturation,
    "scale": _scale,
    "spikes": _spikes,
    "swapped": _as_read,
    "wrong_multiple": _wrong_multiple,
    "zero_offset": _bias,
}
