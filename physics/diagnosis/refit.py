"""Fitting one explanation by itself: its size and all tolerances together, on the model with the fault in it.

The screening takes tolerances linear about the sound engine. That is rough for a large fault: a nearly shut valve
makes the flow hang on that valve and on little else. Here each explanation gets its own linearisation, moved along
until it fits (Gauss-Newton), and its evidence by Laplace's method there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.doubt import WITHIN_WINDOW, doubt_columns
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.forecast import Case
from hotfire.physics.diagnosis.hypotheses import Course, coordinate, sensor_effect, size_at
from hotfire.physics.diagnosis.linearised import Linearised, linearise
from hotfire.physics.diagnosis.size_integral import integrate_size

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["Fit", "advance", "begin"]

_START = 1.0
"""Standard deviations from the nominal value within which a fit begins."""
_STILL = 0.15
"""Change of a tolerance (in standard deviations) and of the size's coordinate below which a fit has arrived."""
_LONGEST_STEP, _LONGEST_MOVE = 0.7, 2.0
"""Most that a step moves the size's coordinate, and a tolerance in standard deviations."""
_LONGEST_SHIFT = 0.7
"""Windows by which a fit moves the onset from the middle of its window."""
_FARTHEST = 5.0
"""Standard deviations by which a tolerance may leave its nominal value."""
_DIFFERENCE = 1e-4


@dataclass(frozen=True, eq=False)
class Fit:
    """Where the fit of one explanation stands.

    Attributes:
        explanation: As screened.
        tolerances: Point of linearisation, shape (physical,).
        place: Coordinate of the size there.
        shift: Onset there, after that of the course, in windows.
        result: The explanation as last weighed.
        still: The fit has arrived.
    """

    explanation: Explanation
    tolerances: FloatArray
    place: float
    shift: float = 0.0
    result: Explanation | None = None
    still: bool = False

    @property
    def outcome(self) -> Explanation:
        """The explanation as last weighed; as screened if the model could not run it."""
        return self.result or self.explanation


def begin(search: Search, explanation: Explanation, size: float | None = None) -> Fit:
    """Begin a fit near the nominal engine, at the screened size or at `size`."""
    course = explanation.course
    place = 0.0
    if course is not None:
        chosen = explanation.best_size if size is None else size
        place = float(coordinate(course.fault, np.array([min(chosen, _below_one(course))]))[0])
    return Fit(explanation, np.clip(search.tolerances_with(explanation), -_START, _START), place)


def advance(search: Search, fits: Sequence[Fit], steps: int) -> list[Fit]:
    """Move fits by so many Gauss-Newton steps, all in common batches; those that have arrived rest."""
    moved = list(fits)
    for _ in range(steps):
        moving = [i for i, f in enumerate(moved) if not f.still]
        if not moving:
            break
        linearised = linearise(search.forecaster, [_case(search, moved[i]) for i in moving])
        for i, point in zip(moving, linearised, strict=True):
            moved[i] = _moved(search, moved[i], point)
    return moved


def _below_one(course: Course) -> float:
    return course.fault.upper if course.fault.upper < 1.0 else max(course.fault.upper, 1.0)


def _bounds(course: Course) -> tuple[float, float]:
    low, high = coordinate(course.fault, np.array([course.fault.lower, course.fault.upper]))
    return float(low), float(high)


def _case(search: Search, fit: Fit) -> Case:
    course = fit.explanation.course
    if course is None or not search.is_hardware(course):
        return Case(fit.tolerances)
    size = float(size_at(course.fault, np.array([fit.place]))[0])
    cleared = {} if course.clears_at is None else {course.name: course.clears_at}
    onset = None if course.onset is None else course.onset + fit.shift * _window(search)
    return Case(fit.tolerances, {course.name: size}, onset, course.grows, cleared)


def _window(search: Search) -> float:
    """Width of a window in s."""
    edges = search.forecaster.observation.edges
    return float(edges[-1] - edges[0]) / (edges.size - 1)


def _moved(search: Search, fit: Fit, point: Linearised) -> Fit:
    """Make one Gauss-Newton step and weigh the explanation by the linearisation that the step was made on."""
    means = point.means
    if not np.isfinite(means).all():
        return replace(fit, still=True)
    course = fit.explanation.course
    slope, change = np.zeros(means.size), np.zeros(means.size)
    by_onset: FloatArray | None = None
    prior_means = means - point.by_tolerance[:, : fit.tolerances.size] @ fit.tolerances
    if course is not None and search.is_hardware(course):
        slope = point.by_size * _size_by_place(course, fit.place)
        change = means - search.sound_at(fit.tolerances)
        if course.onset is not None:
            by_onset = point.by_onset * _window(search)
            prior_means = prior_means - fit.shift * by_onset
    elif course is not None:
        size = float(size_at(course.fault, np.array([fit.place]))[0])
        change = slope = size * sensor_effect(search.forecaster, course, search.column(course), means)
        prior_means = prior_means + change
    return _weighed(search, fit, prior_means, point.by_tolerance, slope, change, by_onset)


def _size_by_place(course: Course, place: float) -> float:
    """Derivative of a size by its coordinate."""
    below, above = size_at(course.fault, np.array([place - _DIFFERENCE, place + _DIFFERENCE]))
    return float(above - below) / (2.0 * _DIFFERENCE)


def _weighed(
    search: Search,
    fit: Fit,
    prior_means: FloatArray,
    jacobian: FloatArray,
    slope: FloatArray,
    change: FloatArray,
    by_onset: FloatArray | None,
) -> Fit:
    course = fit.explanation.course
    observation = search.forecaster.observation
    hardware = course is not None and search.is_hardware(course)
    shape = observation.means.shape
    doubt = doubt_columns(
        observation.edges,
        course,
        change.reshape(shape),
        hardware=hardware,
        by_onset=None if by_onset is None else by_onset.reshape(shape),
    )
    used = search.used
    columns = np.concatenate([jacobian, doubt], axis=1)[used]
    covariance = columns @ columns.T + np.diag(search.scatter_variance(prior_means)[used])
    root = np.linalg.cholesky(covariance)
    whitener = np.linalg.inv(root)
    residual = whitener @ (search.measured - prior_means[used])
    white_slope = whitener @ slope[used]
    step, log_mean, sizes, weights = _size(fit, course, residual, white_slope)
    left = residual - step * white_slope
    chi = float(left @ left)
    log_volume = float(np.log(np.diag(root)).sum()) - search.log_volume
    pulled = jacobian[used, : fit.tolerances.size].T @ (whitener.T @ left)
    move = np.clip(pulled, -_FARTHEST, _FARTHEST) - fit.tolerances
    shift = fit.shift
    if by_onset is not None:
        later = WITHIN_WINDOW**2 * float(by_onset[used] @ (whitener.T @ left))
        shift = float(np.clip(later, -_LONGEST_SHIFT, _LONGEST_SHIFT))
    far = max(float(np.abs(move).max(initial=0.0)) / _LONGEST_MOVE, abs(step) / _LONGEST_STEP, 1.0)
    tolerances, bounded = fit.tolerances + move / far, step / far
    still = max(float(np.abs(move).max(initial=0.0)), abs(step), abs(shift - fit.shift)) < _STILL
    result = replace(
        fit.explanation,
        log_evidence=log_mean - log_volume + search.log_share(course),
        sizes=sizes,
        weights=weights,
        best_means=prior_means + step * slope + search.prior_shift,
        chi_square=chi,
        tolerances=tolerances,
    )
    return Fit(fit.explanation, tolerances, fit.place + bounded, shift, result, still)


def _size(
    fit: Fit, course: Course | None, residual: FloatArray, slope: FloatArray
) -> tuple[float, float, FloatArray, FloatArray]:
    """Fit the size along its slope.

    Returns:
        Step in the coordinate, log of the mean likelihood, and sizes with their weights.
    """
    ones = np.ones(1)
    if course is None:
        return 0.0, -0.5 * float(residual @ residual), ones, ones
    low, high = _bounds(course)
    steepness = float(slope @ slope)
    if not high > low:
        return 0.0, -0.5 * float(residual @ residual), np.array([course.fault.upper]), ones
    place = float(np.clip(fit.place + float(slope @ residual) / max(steepness, 1e-9), low, high))
    ends = np.array([low, high])
    line = residual - (ends - fit.place)[:, None] * slope
    found = integrate_size(ends, line)
    return place - fit.place, found.log_mean, size_at(course.fault, found.places), found.weights
