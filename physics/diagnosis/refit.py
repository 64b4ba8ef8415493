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
from hotfire.physics.diagnosis.about import About, about, sizes_at, together, window_of
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.doubt import WITHIN_WINDOW
from hotfire.physics.diagnosis.explanations import Explanation, Point
from hotfire.physics.diagnosis.hypotheses import Course, coordinate, size_at
from hotfire.physics.diagnosis.linearised import Linearised, linearise
from hotfire.physics.diagnosis.three_sizes import integrate_three
from hotfire.physics.diagnosis.two_sizes import integrate_sizes

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
    """Begin a fit near the nominal engine, at the screened sizes or the first fault's at `size`."""
    sizes = explanation.best_sizes if size is None else (size, *explanation.best_sizes[1:])
    places = tuple(
        float(coordinate(c.fault, np.array([min(s, c.fault.upper)]))[0])
        for c, s in zip(explanation.courses, sizes, strict=False)
    )
    tolerances = np.clip(search.tolerances_with(explanation), -_START, _START)
    return Fit(explanation, Point(tolerances, places, (0.0,) * len(places)))


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


def _bounds(course: Course) -> tuple[float, float]:
    low, high = coordinate(course.fault, np.array([course.fault.lower, course.fault.upper]))
    return float(low), float(high)


def case_of(search: Search, fit: Fit, point: Point) -> Case:
    """Return the run of a fit at a point; a fault of a sensor leaves the engine sound."""
    course = fit.explanation.course
    if course is None or not any(map(search.is_hardware, course.parts)):
        return Case(point.tolerances, onset=fit.ran_out_at, runs_out=fit.runs_out)
    return case_at(search, course, point)


def case_at(search: Search, course: Course, point: Point) -> Case:
    """Return the run of faults at a point of their fit; those of sensors are left out."""
    faults = [
        (c, size, shift)
        for c, size, shift in zip(course.parts, sizes_at(course.parts, point), point.shifts, strict=True)
        if search.is_hardware(c)
    ]
    window = window_of(search)
    later = {
        c.name: (None if c.onset is None else c.onset + shift * window, c.grows)
        for c, _, shift in faults
        if c.onset is not None or c.grows
    }
    lead = next(iter(later.values()), (None, False))
    return Case(
        point.tolerances,
        {c.name: size for c, size, _ in faults},
        *lead,
        {c.name: c.clears_at for c, _, _ in faults if c.clears_at is not None},
        before=frozenset(c.name for c, _, _ in faults if later and c.name not in later),
        apart={name: own for name, own in later.items() if own != lead},
    )


def _moved(search: Search, fit: Fit, linearised: Linearised) -> Fit:
    """Make one Gauss-Newton step from where the model was run; go back half the way if the fit was better before."""
    if not np.isfinite(linearised.means).all():
        return _refused(fit)
    here = about(search, fit.explanation.courses, fit.point, linearised)
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
    courses, point, used = fit.explanation.courses, fit.point, search.used
    covariance = here.around + here.physical[used] @ here.physical[used].T
    root = np.linalg.cholesky(covariance)
    whitener = np.linalg.inv(root)
    residual = whitener @ (search.measured - here.prior_means[used])
    white_slopes = whitener @ here.slopes[used]
    sized = _size(point.places, courses, residual, white_slopes)
    left = residual - white_slopes @ sized.step
    log_volume = float(np.log(np.diag(root)).sum()) - search.log_volume
    pulled = here.physical[used].T @ (whitener.T @ left)
    shifts = tuple(
        shift if own is None else _later(float(own[used] @ (whitener.T @ left)))
        for shift, own in zip(point.shifts, here.by_onset, strict=True)
    )
    places = tuple(float(p) for p in point.places + sized.step)
    goal = Point(np.clip(pulled, -_FARTHEST, _FARTHEST), places, together(search, courses, shifts))
    far = float(np.abs(goal.tolerances - point.tolerances).max(initial=0.0))
    longest = float(np.abs(sized.step).max(initial=0.0))
    bounded = point.towards(goal, 1.0 / max(far / _LONGEST_MOVE, longest / _LONGEST_STEP, 1.0))
    result = replace(
        fit.explanation,
        log_evidence=sized.log_mean - log_volume + search.log_share(fit.explanation.course),
        sizes=sized.spreads[0][0],
        weights=sized.spreads[0][1],
        beside=sized.spreads[1:],
        best_means=here.prior_means + here.slopes @ sized.step + search.prior_shift,
        chi_square=float(left @ left),
        tolerances=bounded.tolerances,
        point=point,
        left=np.sqrt(here.scatter * search.widened[used]) * (whitener.T @ left),
    )
    still = cost - float(left @ left) < _STILL
    return replace(fit, point=bounded, kept=point, cost=cost, result=result, refused=0, still=still)


def _later(pull: float) -> float:
    """Return the best shift of an onset in windows, given how hard what is left pulls at it."""
    return float(np.clip(WITHIN_WINDOW**2 * pull, -_LONGEST_SHIFT, _LONGEST_SHIFT))


@dataclass(frozen=True, eq=False)
class _Sized:
    """Sizes along their slopes.

    Attributes:
        step: To the best in the coordinates, shape (faults,).
        log_mean: Log of the mean likelihood.
        spreads: Sizes of each fault and their weights; of the sound engine one size that means nothing.
    """

    step: FloatArray
    log_mean: float
    spreads: tuple[tuple[FloatArray, FloatArray], ...]


def _size(at: Sequence[float], courses: Sequence[Course], residual: FloatArray, slopes: FloatArray) -> _Sized:
    """Fit the sizes of none to three faults along their slopes, shape (used, faults)."""
    ends = np.array([_bounds(c) for c in courses]).reshape(-1, 2) - np.array(at)[:, None]
    free = [i for i, (low, high) in enumerate(ends) if high > low]
    step, spread = np.zeros(len(courses)), [(np.array([c.fault.upper]), np.ones(1)) for c in courses]
    integrate = integrate_three if len(free) == 3 else integrate_sizes
    log_mean, found = integrate(residual, slopes[:, free], ends[free])
    for i, own in zip(free, found, strict=True):
        step[i] = own.best
        spread[i] = size_at(courses[i].fault, at[i] + own.places), own.weights
    spread += [(np.ones(1), np.ones(1))] if not spread else []
    return _Sized(step, log_mean, tuple(spread))
