"""The model about a point of a fit: features, derivatives, and the covariance that no fitted tolerance takes away."""

from __future__ import annotations

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

__all__ = ["About", "about", "effect_at", "window_of"]

_DIFFERENCE = 1e-4


@dataclass(frozen=True, eq=False)
class About:
    """The model about a point of a fit.

    Attributes:
        means: Features there, shape (d,).
        prior_means: Features with all tolerances at zero, by the linearisation there, shape (d,).
        physical: Derivatives by the tolerances that act through the physics, shape (d, physical).
        slope: Derivative by the coordinate of the size, shape (d,).
        by_onset: Derivative by the onset per width of a window, shape (d,); None without an onset of a part's fault.
        scatter: Independent variance of the used features, shape (used,).
        around: Covariance of the used features by sensors, doubt and scatter, shape (used, used).
    """

    means: FloatArray
    prior_means: FloatArray
    physical: FloatArray
    slope: FloatArray
    by_onset: FloatArray | None
    scatter: FloatArray
    around: FloatArray


def about(search: Search, course: Course | None, point: Point, linearised: Linearised) -> About:
    """Put together what is known about a point at which the model has been linearised and has a solution."""
    means = linearised.means
    slope, change = np.zeros(means.size), np.zeros(means.size)
    by_onset: FloatArray | None = None
    hardware = course is not None and search.is_hardware(course)
    if course is not None and hardware:
        slope = linearised.by_size * _size_by_place(course, point.place)
        size = float(size_at(course.fault, np.array([point.place]))[0])
        change = effect_at(search, linearised, point.tolerances, size)
        if course.onset is not None:
            by_onset = linearised.by_onset * window_of(search)
    elif course is not None:
        change, by_onset = _misread(search, course, point, means)
        slope = change
        means = means + change
    observation, used = search.forecaster.observation, search.used
    shape = observation.means.shape
    doubt = doubt_columns(
        observation.edges,
        course,
        change.reshape(shape),
        hardware=hardware,
        by_onset=None if by_onset is None else by_onset.reshape(shape),
    )
    jacobian = linearised.by_tolerance
    physical = jacobian[:, : point.tolerances.size]
    prior_means = means - physical @ point.tolerances
    if by_onset is not None:
        prior_means = prior_means - point.shift * by_onset
    scatter = search.scatter_variance(prior_means)[used]
    aside = np.concatenate([jacobian[:, point.tolerances.size :], doubt], axis=1)[used]
    around = aside @ aside.T + np.diag(scatter)
    return About(means, prior_means, physical, slope, by_onset, scatter, around)


def effect_at(search: Search, linearised: Linearised, tolerances: FloatArray, size: float) -> FloatArray:
    """Effect of a part's fault on the features where the model was linearised, for the doubt about it, shape (d,).

    The sound engine at the same tolerances is known linear about the search's point only, and what that is wrong by is
    none of the fault's. As long as effect and size are in proportion, the size times the slope is the effect: the
    smaller of the two as a whole counts.
    """
    shown = linearised.means - search.sound_at(tolerances)
    promised = size * linearised.by_size
    scatter = search.forecaster.scatter(search.means)[search.used]
    lengths = [np.linalg.norm(e[search.used] / scatter) for e in (shown, promised)]
    return promised if lengths[1] < lengths[0] else shown


def _misread(
    search: Search, course: Course, point: Point, means: FloatArray
) -> tuple[FloatArray, FloatArray | None]:
    """Effect of a fault of a sensor at a point, and its derivative by the onset per width of a window."""
    size = float(size_at(course.fault, np.array([point.place]))[0])
    column = search.column(course)
    if course.onset is None:
        return size * sensor_effect(search.forecaster, course, column, means), None
    at = [course.onset + (point.shift + s) * window_of(search) for s in (0.0, -_DIFFERENCE, _DIFFERENCE)]
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
