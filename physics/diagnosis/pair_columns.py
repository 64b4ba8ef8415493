"""Effects of single faults as columns, of which two are added in the screening of pairs; and how far to trust that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.hypotheses import Course, coordinate

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = [
    "Columns",
    "columns_of",
    "doubtful_effects",
    "may_stand_beside",
    "may_stand_together",
    "narrowness",
    "rank",
    "squares",
    "whitening",
]

_DOUBT, _UNEVEN = 0.02, 0.3
"""Doubt about an effect, as a share of what departs, and of its steps between windows, where onsets are rough."""
_SHOWN = 3.0
"""Length of a column, in standard deviations, from which it is tried."""
_NOTHING = 1e-30
"""Squared length in standard deviations of an effect that shows nothing."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Effects of faults on the features, one for each course and size.

    Attributes:
        courses: Of the n columns.
        sizes: Of the n columns.
        effects: Features less those of the sound engine, shape (n, d).
        scales: Least and largest factor on each, shape (2, n).
        owners: Number of the component or sensor of each, shape (n,).
        parts: Which are of components, shape (n,).
        times: Number of the onset and shape in time of each, shape (n,); 0 from the start.
        shares: Log of the prior of each, its size not included, shape (n,).
        widths: Length of the range of the coordinate of the size, shape (n,).
    """

    courses: tuple[Course, ...]
    sizes: FloatArray
    effects: FloatArray
    scales: FloatArray
    owners: np.ndarray
    parts: np.ndarray
    times: np.ndarray
    shares: FloatArray
    widths: FloatArray


def columns_of(search: Search) -> Columns:
    """Every course of every fault at the sizes of its signature; what no sensor shows is left out."""
    courses, sizes, effects, scales = [], [], [], []
    shares, widths = [], []
    for course, own, means in search.signatures:
        share = search.log_share(course)
        first, last = coordinate(course.fault, np.array([course.fault.lower, course.fault.upper]))
        change = means - search.means
        lengths = np.maximum(np.linalg.norm(search.whiten(change), axis=1), 1e-9)
        if search.is_hardware(course):
            chosen = np.arange(own.size)
            low = np.minimum(lengths[np.maximum(chosen - 1, 0)] / lengths, 1.0)
            high = np.maximum(lengths[np.minimum(chosen + 1, own.size - 1)] / lengths, 1.0)
        else:
            chosen = np.array([own.size - 1])
            low, high = own[:1] / own[-1], np.ones(1)
        for k, least, most in zip(chosen, low, high, strict=True):
            if lengths[k] * most >= _SHOWN:
                courses.append(course)
                sizes.append(own[k])
                effects.append(change[k])
                scales.append((least, most))
                shares.append(share)
                widths.append(float(last - first))
    owners = [c.name.rsplit(".", 1)[0] for c in courses]
    times = [(c.onset, c.grows) if search.is_hardware(c) else (None, False) for c in courses]
    known = {o: i for i, o in enumerate(dict.fromkeys(owners))}
    order = {t: i for i, t in enumerate(dict.fromkeys([(None, False), *times]))}
    return Columns(
        tuple(courses),
        np.array(sizes),
        np.array(effects),
        np.array(scales).reshape(-1, 2).T,
        np.array([known[o] for o in owners]),
        np.array([search.is_hardware(c) for c in courses]),
        np.array([order[t] for t in times]),
        np.array(shares),
        np.array(widths),
    )


def may_stand_together(columns: Columns, rows: slice) -> np.ndarray:
    """Which columns may stand with those of some rows: of other places, and of components at compatible times."""
    first = np.arange(len(columns.courses))[rows]
    times, parts = columns.times, columns.parts
    together = (times[first][:, None] == times) | (times[first][:, None] == 0) | (times == 0)
    both = parts[first][:, None] & parts
    apart = columns.owners[first][:, None] != columns.owners
    return np.asarray(apart & (first[:, None] < np.arange(times.size)) & (together | ~both))


def may_stand_beside(columns: Columns, course: Course) -> np.ndarray:
    """Which columns may stand beside a fitted fault: those of other places, whenever they set in."""
    owner = course.name.rsplit(".", 1)[0]
    return np.array([c.name.rsplit(".", 1)[0] != owner for c in columns.courses])


def rank(search: Search, course: Course) -> tuple[bool, bool, str]:
    """Rank of a fault in a pair, the same whichever was found first."""
    return search.is_hardware(course), course.onset is not None or course.grows, course.name


def doubtful_effects(search: Search, off: FloatArray) -> FloatArray:
    """Covariance of what is doubtful about effects that add up to what departs, shape (used, used)."""
    rows, count = search.forecaster.observation.means.shape
    flat = np.zeros(search.used.size)
    flat[search.used] = off
    departure = flat.reshape(rows, count)
    by_sensor = np.zeros((rows, count, count))
    by_sensor[:, np.arange(count), np.arange(count)] = _DOUBT * departure
    steps = np.zeros((rows, count))
    jumps = np.abs(np.diff(departure[1:], axis=0))
    steps[1:-1], steps[2:] = jumps, np.maximum(steps[2:], jumps)
    wide = by_sensor.reshape(-1, count)[search.used]
    return np.asarray(wide @ wide.T + np.diag((_UNEVEN * steps.ravel()[search.used]) ** 2))


def whitening(search: Search, covariance: FloatArray) -> tuple[FloatArray, float]:
    """Inverse root of a covariance of the used features, and the log of its volume over the sound engine's."""
    root = np.linalg.cholesky(covariance)
    return np.linalg.inv(root), float(np.log(np.diag(root)).sum()) - search.log_volume


def narrowness(lengths: FloatArray, widths: FloatArray) -> FloatArray:
    """Log of the share of a size's range that suits as well as the best, given its effect in standard deviations."""
    share: FloatArray = -np.log(np.maximum(lengths * np.maximum(widths, 1e-9) / np.sqrt(2.0 * np.pi), 1.0))
    return share


def squares(white: FloatArray) -> FloatArray:
    """Squared lengths of effects, shape (n,); of one that shows nothing a little, so that its size is as it may be."""
    return np.asarray(np.maximum((white * white).sum(axis=1), _NOTHING))
