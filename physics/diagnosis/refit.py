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
from hotfire.physics.diagnosis.about import About, about, window_of
from hotfire.physics.diagnosis.doubt import WITHIN_WINDOW
from hotfire.physics.diagnosis.explanations import Explanation, Point
from hotfire.physics.diagnosis.forecast import Case
from hotfire.physics.diagnosis.hypotheses import Course, coordinate, size_at
from hotfire.physics.diagnosis.linearised import Linearised, linearise
from hotfire.physics.diagnosis.size_integral import integrate_size

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["Fit", "advance", "begin", "case_at", "case_of"]

_START = 1.0
"""Standard deviations from the nominal value within which a fit begins."""
_STILL = 0.5
"""Difference of the misfit at a point and that which its linearisation promises, from which a fit has arrived."""
_LONGEST_STEP, _LONGEST_MOVE = 0.7, 2.0
"""Most that a step moves the size's coordinate, and a tolerance in standard deviations."""
_LONGEST_SHIFT = 0.7
"""Windows by which a fit moves the onset from the middle of its window."""
_BACK, _TRIES = 0.4, 3
"""Share of a step that is tried after the whole of it made the fit worse, and how often."""
_WORSE = 0.5
"""Rise of the misfit that is no worse: the doubt about an effect varies along the way."""
_AGREEMENT = 2.0
"""Difference of the misfit at a point and that which its linearisation promises, at the end of a fit."""
_FARTHEST = 5.0
"""Standard deviations by which a tolerance may leave its nominal value."""


@dataclass(frozen=True, eq=False)
class Fit:
    """The fit of one explanation.

    Attributes:
        explanation: As screened.
        point: To be tried next.
        kept: The best point so far; None before the first.
        cost: Misfit there, tolerances and sensors at their best, with what they cost themselves.
        result: The explanation as weighed there.
        refused: Tries since then that were worse.
        still: The fit has arrived.
        runs_out: Tank of the sound engine that feeds gas from `ran_out_at` (s after the valves opened) on; "" for none.
    """

    explanation: Explanation
    point: Point
    kept: Point | None = None
    cost: float = float("inf")
    result: Explanation | None = None
    refused: int = 0
    still: bool = False
    runs_out: str = ""
    ran_out_at: float | None = None

    @property
    def outcome(self) -> Explanation:
        """The explanation as last weighed, no better than its best point fits; as screened if the model never ran.

        Before a fit has arrived, its linearisation promises more than any point has shown.
        """
        if self.result is None:
            return self.explanation
        promised = self.cost - self.result.chi_square - _AGREEMENT
        if promised <= 0.0:
            return self.result
        shown = self.result.log_evidence - 0.5 * promised
        return replace(self.result, log_evidence=shown, chi_square=self.cost)


def begin(search: Search, explanation: Explanation, size: float | None = None) -> Fit:
    """Begin a fit near the nominal engine, at the screened size or at `size`."""
    course = explanation.course
    place = 0.0
    if course is not None:
        chosen = explanation.best_size if size is None else size
        place = float(coordinate(course.fault, np.array([min(chosen, _below_one(course))]))[0])
    return Fit(explanation, Point(np.clip(search.tolerances_with(explanation), -_START, _START), place))


def advance(search: Search, fits: Sequence[Fit], steps: int) -> list[Fit]:
    """Move fits by so many Gauss-Newton steps, all in common batches; those that have arrived rest."""
    moved = list(fits)
    for _ in range(steps):
        moving = [i for i, f in enumerate(moved) if not f.still]
        if not moving:
            break
        cases = [case_of(search, moved[i], moved[i].point) for i in moving]
        linearised = linearise(search.forecaster, cases)
        for i, point in zip(moving, linearised, strict=True):
            moved[i] = _moved(search, moved[i], point)
    return moved


def _below_one(course: Course) -> float:
    return course.fault.upper if course.fault.upper < 1.0 else max(course.fault.upper, 1.0)


def _bounds(course: Course) -> tuple[float, float]:
    low, high = coordinate(course.fault, np.array([course.fault.lower, course.fault.upper]))
    return float(low), float(high)


def case_of(search: Search, fit: Fit, point: Point) -> Case:
    """Return the run of a fit at a point; a fault of a sensor leaves the engine sound."""
    course = fit.explanation.course
    if course is None or not search.is_hardware(course):
        return Case(point.tolerances, onset=fit.ran_out_at, runs_out=fit.runs_out)
    return case_at(search, course, point)


def case_at(search: Search, course: Course, point: Point) -> Case:
    """Return the run of a hardware fault at a point of its fit."""
    size = float(size_at(course.fault, np.array([point.place]))[0])
    cleared = {} if course.clears_at is None else {course.name: course.clears_at}
    onset = None if course.onset is None else course.onset + point.shift * window_of(search)
    return Case(point.tolerances, {course.name: size}, onset, course.grows, cleared)


def _moved(search: Search, fit: Fit, linearised: Linearised) -> Fit:
    """Make one Gauss-Newton step from where the model was run; go back half the way if the fit was better before."""
    if not np.isfinite(linearised.means).all():
        return _refused(fit)
    here = about(search, fit.explanation.course, fit.point, linearised)
    off = search.measured - here.means[search.used]
    tolerances = fit.point.tolerances
    cost = float(off @ np.linalg.solve(here.around, off)) + float(tolerances @ tolerances)
    return _refused(fit) if cost > fit.cost + _WORSE else _stepped(search, fit, here, cost)


def _refused(fit: Fit) -> Fit:
    """Try nearer to the best point so far; rest where there is none, or after several tries."""
    if fit.kept is None or fit.refused >= _TRIES:
        return replace(fit, still=True)
    return replace(fit, point=fit.kept.towards(fit.point, _BACK), refused=fit.refused + 1)


def _stepped(search: Search, fit: Fit, here: About, cost: float) -> Fit:
    """Weigh a fit about where the model was run, and choose where to run it next."""
    course, point, used = fit.explanation.course, fit.point, search.used
    covariance = here.around + here.physical[used] @ here.physical[used].T
    root = np.linalg.cholesky(covariance)
    whitener = np.linalg.inv(root)
    residual = whitener @ (search.measured - here.prior_means[used])
    white_slope = whitener @ here.slope[used]
    step, log_mean, sizes, weights = _size(point.place, course, residual, white_slope)
    left = residual - step * white_slope
    log_volume = float(np.log(np.diag(root)).sum()) - search.log_volume
    pulled = here.physical[used].T @ (whitener.T @ left)
    shift = point.shift
    if here.by_onset is not None:
        later = WITHIN_WINDOW**2 * float(here.by_onset[used] @ (whitener.T @ left))
        shift = float(np.clip(later, -_LONGEST_SHIFT, _LONGEST_SHIFT))
    goal = Point(np.clip(pulled, -_FARTHEST, _FARTHEST), point.place + step, shift)
    far = float(np.abs(goal.tolerances - point.tolerances).max(initial=0.0))
    bounded = point.towards(goal, 1.0 / max(far / _LONGEST_MOVE, abs(step) / _LONGEST_STEP, 1.0))
    result = replace(
        fit.explanation,
        log_evidence=log_mean - log_volume + search.log_share(course),
        sizes=sizes,
        weights=weights,
        best_means=here.prior_means + step * here.slope + search.prior_shift,
        chi_square=float(left @ left),
        tolerances=bounded.tolerances,
        point=point,
        left=np.sqrt(here.scatter * search.widened[used]) * (whitener.T @ left),
    )
    still = cost - float(left @ left) < _STILL
    return replace(fit, point=bounded, kept=point, cost=cost, result=result, refused=0, still=still)


def _size(
    at: float, course: Course | None, residual: FloatArray, slope: FloatArray
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
    place = float(np.clip(at + float(slope @ residual) / max(steepness, 1e-9), low, high))
    ends = np.array([low, high])
    line = residual - (ends - at)[:, None] * slope
    found = integrate_size(ends, line)
    return place - at, found.log_mean, size_at(course.fault, found.places), found.weights
