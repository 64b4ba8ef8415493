"""The model about a point of a fit: features, derivatives, and the covariance that no fitted tolerance takes away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.doubt import doubt_columns
from hotfire.physics.diagnosis.explanations import Point
from hotfire.physics.diagnosis.hypotheses import Course, sensor_effect, size_at
from hotfire.physics.diagnosis.linearised import Linearised

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["About", "about", "shift_beside", "sizes_at", "together", "window_of"]

_DIFFERENCE = 1e-4


@dataclass(frozen=True, eq=False)
class About:
    """The model about a point of a fit.

    Attributes:
        means: Features there, shape (d,).
        prior_means: Features with all tolerances at zero, by the linearisation there, shape (d,).
        physical: Derivatives by the tolerances that act through the physics, shape (d, physical).
        slopes: Derivatives by the coordinates of the sizes, shape (d, faults).
        by_onset: Derivative of each fault's features by its onset per width of a window, shape (d,); None for a fault
            from the start, zero for one that sets in with another, where the first stands for both.
        scatter: Independent variance of the used features, shape (used,).
        around: Covariance of the used features by sensors, doubt and scatter, shape (used, used).
    """

    means: FloatArray
    prior_means: FloatArray
    physical: FloatArray
    slopes: FloatArray
    by_onset: tuple[FloatArray | None, ...]
    scatter: FloatArray
    around: FloatArray


def about(search: Search, courses: Sequence[Course], point: Point, linearised: Linearised) -> About:
    """Put together what is known about a point at which the model has been linearised and has a solution."""
    parts = [c for c in courses if search.is_hardware(c)]
    sizes = sizes_at(courses, point)
    own_sizes = [s for c, s in zip(courses, sizes, strict=True) if c in parts]
    shown = _shown(search, linearised, point.tolerances, own_sizes)
    means, edges = linearised.means, search.forecaster.observation.edges
    shape = search.forecaster.observation.means.shape
    slopes, by_onset = [], []
    aside = [linearised.by_tolerance[:, point.tolerances.size :], linearised.by_pace]
    for i, course in enumerate(courses):
        own: FloatArray | None = None
        hardware = course in parts
        if hardware:
            k = parts.index(course)
            change = shown[k]
            slopes.append(linearised.by_sizes[:, k] * _size_by_place(course, point.places[i]))
            if course.onset is not None:
                alike = [j for j, c in enumerate(parts) if _in_step(c, course)]
                own = linearised.by_onset[:, alike].sum(axis=1) * (
                    window_of(search) if alike[0] == k else 0.0
                )
        else:
            change, own = _misread(search, course, sizes[i], point.shifts[i], linearised.means)
            slopes.append(change)
            means = means + change
        by_onset.append(own)
        told = None if own is None else own.reshape(shape)
        aside.append(doubt_columns(edges, course, change.reshape(shape), hardware=hardware, by_onset=told))
    physical = linearised.by_tolerance[:, : point.tolerances.size]
    prior_means = means - physical @ point.tolerances
    for shift, own in zip(point.shifts, by_onset, strict=True):
        if own is not None:
            prior_means = prior_means - shift * own
    scatter = search.scatter_variance(prior_means)[search.used]
    stray = np.concatenate(aside, axis=1)[search.used]
    around = stray @ stray.T + np.diag(scatter)
    by_place = np.stack(slopes, axis=1) if slopes else np.zeros((means.size, 0))
    return About(means, prior_means, physical, by_place, tuple(by_onset), scatter, around)


def sizes_at(courses: Sequence[Course], point: Point) -> list[float]:
    """Sizes of faults at a point."""
    return [
        float(size_at(c.fault, np.array([place]))[0]) for c, place in zip(courses, point.places, strict=True)
    ]


def shift_beside(search: Search, courses: Sequence[Course], shifts: Sequence[float], other: Course) -> float:
    """Shift of the onset with which another fault begins beside some: with the components that it sets in with."""
    if not search.is_hardware(other) or other.onset is None:
        return 0.0
    own = (s for c, s in zip(courses, shifts, strict=True) if search.is_hardware(c) and _in_step(c, other))
    return next(own, 0.0)


def together(search: Search, courses: Sequence[Course], shifts: Sequence[float]) -> tuple[float, ...]:
    """Shifts of onsets where components of one course set in with the first of them."""
    return tuple(
        shift_beside(search, courses, shifts, c) if search.is_hardware(c) and c.onset is not None else s
        for c, s in zip(courses, shifts, strict=True)
    )


def _in_step(one: Course, other: Course) -> bool:
    return (one.onset, one.grows) == (other.onset, other.grows)


def _shown(
    search: Search, linearised: Linearised, tolerances: FloatArray, sizes: Sequence[float]
) -> list[FloatArray]:
    """Effects of the faults of parts on the features, for the doubt about them, shape (d,) each.

    The sound engine at the same tolerances is known linear about the search's point only, and what that is wrong by is
    none of the fault's. As long as effect and size are in proportion, the size times the slope is the effect: the
    smaller of the two as a whole counts.
    """
    if not sizes:
        return []
    shown = linearised.means - search.sound_at(tolerances)
    promised = [size * linearised.by_sizes[:, k] for k, size in enumerate(sizes)]
    scatter = search.forecaster.scatter(search.means)[search.used]
    far, least = (np.linalg.norm(e[search.used] / scatter) for e in (shown, np.sum(promised, axis=0)))
    if least < far:
        return promised
    return [shown] if len(sizes) == 1 else [effect * (far / least) for effect in promised]


def _misread(
    search: Search, course: Course, size: float, shift: float, means: FloatArray
) -> tuple[FloatArray, FloatArray | None]:
    """Effect of a fault of a sensor, and its derivative by the onset per width of a window."""
    column = search.column(course)
    if course.onset is None:
        return size * sensor_effect(search.forecaster, course, column, means), None
    at = [course.onset + (shift + s) * window_of(search) for s in (0.0, -_DIFFERENCE, _DIFFERENCE)]
    here, earlier, later = (
        size * sensor_effect(search.forecaster, replace(course, onset=t), column, means) for t in at
    )
    return here, (later - earlier) / (2.0 * _DIFFERENCE)


def _size_by_place(course: Course, place: float) -> float:
    """Derivative of a size by its coordinate."""
    below, above = size_at(course.fault, np.array([place - _DIFFERENCE, place + _DIFFERENCE]))
    return float(above - below) / (2.0 * _DIFFERENCE)


def window_of(search: Search) -> float:
    """Width of a window in s."""
    edges = search.forecaster.observation.edges
    return float(edges[-1] - edges[0]) / (edges.size - 1)
