"""A case as the model reads it: one token for each sensor, its place in words and its departures in numbers.

Numbers stay numbers. Written out as text, a pump-fed engine takes some eight hundred word pieces, and a network has to
learn from digits what it is told here; in this form the same engine takes thirty tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from hotfire.physics.description import Description, Symptom

__all__ = ["NOMINAL", "NUMBERS", "SENSOR", "Encoded", "encode"]

FloatArray = np.ndarray[Any, np.dtype[np.float32]]

NOMINAL = "nominal"
"""The hypothesis that nothing is wrong."""
SENSOR = " sensor: "
"""Stands between channel and mode in the words of a sensor's fault."""
_SIGNALS = ("frozen", "lost", "noisy", "clipped", "spiky", "open")
_SOFT = 3.0
"""Standard deviations over which the soft sign saturates."""
_EACH = 9
"""Numbers of a level or of a change."""
NUMBERS = 2 * _EACH + 3 + 2 * len(_SIGNALS)
"""Numbers of one token."""
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Encoded:
    """One case.

    Attributes:
        context: Cycle, propellants and hardware in words; a token each.
        places: Place and quantity of each of the S sensors in words.
        numbers: Their departures, shape (S, `NUMBERS`).
        faults: Hypotheses about hardware in words.
        sensor_faults: Hypotheses about sensors: words, sensor and mode.
        text: What an operator said.
    """

    context: tuple[str, ...]
    places: tuple[str, ...]
    numbers: FloatArray
    faults: tuple[str, ...]
    sensor_faults: tuple[tuple[str, int, str], ...]
    text: str = ""


def encode(description: Description, hypotheses: Sequence[str]) -> Encoded:
    """Return a case as the model reads it.

    Args:
        description: What is known of it.
        hypotheses: What may be wrong, in the words of `FaultLabel`; `nominal` is always asked for.
    """
    described = tuple(dict.fromkeys(_channel(s) for s in description.symptoms))
    places, faults, sensor_faults = _asked(described, tuple(hypotheses))
    numbers = _numbers(description, {p: i for i, p in enumerate(places)})
    return Encoded(_context(description), places, numbers, faults, sensor_faults, description.text)


@lru_cache(maxsize=256)
def _asked(
    described: tuple[str, ...], hypotheses: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, int, str], ...]]:
    """Places, faults and sensor faults of a case: the same for all cases of an engine, so kept."""
    rows = {place: i for i, place in enumerate(described)}
    split = [(h, *h.split(SENSOR)) for h in hypotheses if SENSOR in h]
    for _, place, _mode in split:
        rows.setdefault(place, len(rows))
    faults = tuple(h for h in hypotheses if SENSOR not in h and h != NOMINAL)
    return tuple(rows), faults, tuple((h, rows[place], mode) for h, place, mode in split)


def _channel(symptom: Symptom) -> str:
    """Place and quantity, as sensor faults are named by (`fuel injector inlet pressure`)."""
    return f"{symptom.location.words} {symptom.quantity}"


def _context(description: Description) -> tuple[str, ...]:
    pair = " and ".join(p for p in description.propellants if p)
    return tuple(w for w in (description.cycle, pair, *description.hardware) if w)


def _numbers(description: Description, rows: dict[str, int]) -> FloatArray:
    """Departures of the S sensors, shape (S, `NUMBERS`): level, change, when, whether described, signals."""
    burn = max(description.burn, 1e-3)
    raw = np.zeros((2, 3, len(rows)))
    rest = np.zeros((len(rows), NUMBERS - 2 * _EACH))
    for symptom in description.symptoms:
        row = rows[_channel(symptom)]
        share = 0.0 if symptom.onset is None else symptom.onset / burn
        rest[row, 2] = 1.0
        if symptom.course in _SIGNALS:
            at = 3 + 2 * _SIGNALS.index(symptom.course)
            rest[row, at : at + 2] = 1.0, share
            continue
        changes = symptom.course != "level"
        raw[int(changes), :, row] = symptom.size, symptom.sigma, symptom.given_others
        if changes:
            rest[row, :2] = share, float(symptom.course == "ramp")
    return np.concatenate([_scaled(*raw[0]), _scaled(*raw[1]), rest], axis=1).astype(np.float32)


def _scaled(size: np.ndarray, sigma: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Departures of S sensors, how large and in which pattern, on scales that a network can read; (S, `_EACH`)."""
    return np.stack(
        [
            np.arcsinh(30.0 * size) / 3.0,
            np.arcsinh(sigma) / 3.0,
            np.arcsinh(given) / 3.0,
            np.tanh(sigma / _SOFT),
            np.tanh(given / _SOFT),
            np.clip(given / 10.0, -3.0, 3.0),
            _pattern(size),
            _pattern(sigma),
            _pattern(given),
        ],
        axis=1,
    )


def _pattern(values: np.ndarray) -> np.ndarray:
    """Values over their root mean square: what does not grow with the fault."""
    scale = float(np.sqrt(np.mean(values**2))) if values.size else 0.0
    return values / scale if scale > _TINY else np.zeros_like(values)
