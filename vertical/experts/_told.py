"""How likely somebody tells what a text tells, under each fault.

Who tells of a departure has seen one, and tells a few of those that he sees. So a departure is told of a sensor as
often as it stands out there, in the told direction, among all sensors on which the fault stands out; its size, where a
number is given, lies about the forecast within what tolerances, the size of the fault and rounding leave open. What is
told to be quiet does not stand out. The rest is said of something else: misread, misheard or mistaken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Symptom
from hotfire.wording import IN_WORDS

if TYPE_CHECKING:
    from hotfire.experts.described import Departing

__all__ = ["log_told"]

_STANDS_OUT = 3.0
"""Standard deviations from which a departure is seen, as in descriptions of logs."""
_QUIET = 2.0
"""Standard deviations above which a channel is not told to be quiet."""
_ASTRAY = 0.01
"""Probability that what is told has to do with nothing, or is read wrongly."""
_ROUNDED = 0.1
"""Relative error of a told size."""
_UNSURE = 0.3
"""Relative distance between sizes of a fault that are forecast."""
_LOOSE = 0.1
"""Probability that what is told as a level is a change, or the other way round."""
_LEAST = 0.003
"""Least error of a size, as a share of what is expected."""
_TAIL = 0.05
"""Probability that a told size follows from nothing forecast."""
_USUAL = 0.05
"""Size that a departure usually has, as a share: the scale of sizes that follow from nothing."""
_UNKNOWN = 0.02
"""Tolerance of a reading, as a share, where no forecast tells it."""


def log_told(symptoms: Sequence[Symptom], table: Departing, columns: Sequence[Sequence[int]]) -> FloatArray:
    """Return the log likelihood of telling symptoms under each course of the table, shape (n,).

    Args:
        symptoms: Departures that are told, and quantities that are told to be quiet (size 0).
        table: What n courses show on S sensors.
        columns: Sensors that each symptom may be of; where there is none, it says nothing.
    """
    strength = np.maximum(np.abs(table.sigmas), np.abs(table.given))
    seen = ndtr(strength - _STANDS_OUT)
    visible = seen.max(axis=1).sum(axis=1)
    logs = np.zeros(len(table.labels))
    told = 0
    for symptom, own in zip(symptoms, columns, strict=True):
        if not own:
            continue
        if symptom.size == 0.0:
            quiet = np.min([ndtr(_QUIET - strength[:, :, i].max(axis=1)) for i in own], axis=0)
            logs += np.log((1.0 - _ASTRAY) * quiet + _ASTRAY)
            continue
        chance = np.sum(list(_chances(symptom, table, seen, own)), axis=0) / np.maximum(visible - told, 1.0)
        logs += np.log((1.0 - _ASTRAY) * chance + _ASTRAY / (2.0 * len(table.places)))
        told += 1
    return logs


def _chances(
    symptom: Symptom, table: Departing, seen: FloatArray, columns: Sequence[int]
) -> Iterator[FloatArray]:
    """Chance that a symptom is seen as it is told, by each sensor that it may be of, shape (n,)."""
    meant = 0 if symptom.course == "level" else 1
    for i in columns:
        for row in (0, 1):
            chance = seen[:, row, i] * ndtr(np.sign(symptom.size) * table.sigmas[:, row, i])
            if abs(symptom.sigma) != IN_WORDS:
                chance = chance * _fit(symptom.size, table.shares[:, row, i], table.sigmas[:, row, i])
            yield chance * (1.0 - _LOOSE if row == meant else _LOOSE)


def _fit(size: float, forecast: FloatArray, sigmas: FloatArray) -> FloatArray:
    """Density of a told size over that of a size which follows from nothing."""
    clear = np.abs(sigmas) > 0.5
    tolerance = float(np.median(np.abs(forecast[clear] / sigmas[clear]))) if clear.any() else _UNKNOWN
    variance = _LEAST**2 + tolerance**2 + (_UNSURE * forecast) ** 2 + (_ROUNDED * size) ** 2
    near = np.exp(-0.5 * (size - forecast) ** 2 / variance) / np.sqrt(variance)
    anything = 1.0 / (abs(size) + _USUAL)
    return np.asarray((1.0 - _TAIL) * near / anything + 0.5 * _TAIL)
