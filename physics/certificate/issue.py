"""Stating what a search found, so that it can be checked without a solver.

The likelier hypotheses are run once more at the points that their fits stand at, in one batch, and solved closer than
a search needs. What is stated of them follows from that run alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.ranking import BAD_FIT, allowed_lead
from hotfire.physics.certificate.values import (
    Bound,
    Equation,
    ModelSettings,
    RunOutClaim,
    Solution,
    StatedFault,
    StatedHypothesis,
)
from hotfire.physics.compiled import Batch
from hotfire.physics.declaration import KINDS
from hotfire.physics.diagnosis.doubt import doubt_columns
from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation, Point, Weighed
from hotfire.physics.diagnosis.forecast import Case, Forecaster
from hotfire.physics.diagnosis.hypotheses import (
    coordinate,
    hardware_faults,
    sensor_effect,
    sensor_faults,
    size_at,
)
from hotfire.physics.diagnosis.linearised import Linearised, linearise_run
from hotfire.physics.diagnosis.refit import case_at
from hotfire.physics.diagnosis.search import Search
from hotfire.physics.diagnosis.size_integral import integrate_size
from hotfire.physics.steady import solve_steady
from hotfire.physics.trajectory import Run, Schedule

__all__ = ["RIVALS", "Statement", "state", "tolerance_names"]

RIVALS = 5
"""Most rivals that are stated, beside the claimed hypothesis and the sound engine."""
_CLOSE = 1e-9
"""Scaled residual of what is stated."""
_ARRIVED = 2.0
"""Chi-square that the linear model about a point may promise beyond what the point shows."""
_FARTHEST = 5.0
"""Standard deviations by which a fit lets a tolerance leave its nominal value."""


@dataclass(frozen=True)
class Statement:
    """What the physics has to say in a certificate; see the fields of the same names there."""

    model: ModelSettings
    hypotheses: tuple[StatedHypothesis, ...]
    equations: tuple[Equation, ...]
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, eq=False)
class _Stated:
    """One explanation on the way into a certificate: the point, and the runs with and without the fault."""

    name: str
    explanation: Explanation
    point: Point
    case: Case
    sound: Case | None


def state(
    search: Search,
    ranked: Sequence[Weighed],
    *,
    claim: str = "",
    run_out: RunOutClaim | None = None,
    evident: bool = True,
) -> Statement | str:
    """State the claimed hypothesis, the sound engine, and the likeliest rivals.

    Args:
        search: After it has run.
        ranked: What it returned.
        claim: Name of the hypothesis to claim; the first for "".
        run_out: As claimed.
        evident: State nothing that would be no evidence for the claim.

    Returns:
        The statement, or why there is none.
    """
    chosen = _chosen(search, ranked, claim or ranked[0].name)
    if isinstance(chosen, str):
        return chosen
    forecaster = search.forecaster
    cases = [c for s in chosen for c in (s.case, s.sound) if c is not None]
    schedule, run = _solved(forecaster, cases)
    if not run.solved.all():
        return "a stated point has no solution of its own"
    linearised = iter(
        zip(
            linearise_run(forecaster, cases, schedule, run),
            _solutions(forecaster, schedule, run),
            strict=True,
        )
    )
    hypotheses, solutions = [], []
    for stated in chosen:
        own, solution = next(linearised)
        sound = next(linearised) if stated.sound is not None else None
        hypotheses.append(_hypothesis(search, stated, own, solution, sound))
        solutions.append(solution)
    names = tolerance_names(forecaster.constant, [n for n, _ in forecaster.wandering], forecaster.knots.size)
    hypotheses = [
        replace(h, tolerances=dict(zip(names, s.point.tolerances.tolist(), strict=True)))
        for h, s in zip(hypotheses, chosen, strict=True)
    ]
    model = ModelSettings(
        _series(forecaster.time),
        {n: float(v) for n, v in forecaster.spare_load.items()},
        float(forecaster.discrepancy),
        {s.name: float(w) for s, w in zip(forecaster.observation.sensors, search.widening, strict=True)},
        run_out,
    )
    why = _not_evident(search, hypotheses)
    if evident and why:
        return why
    equations = _equations(forecaster, schedule, run)
    return Statement(model, tuple(hypotheses), equations, _bounds(search, chosen[0], hypotheses[0]))


def tolerance_names(constant: Sequence[str], wandering: Sequence[str], knots: int) -> list[str]:
    """Names of the tolerance variables: of parameters, and `~1` and so on for the slow wander of a parameter."""
    return [*constant, *(f"{name} ~{k + 1}" for name in wandering for k in range(knots))]


def _chosen(search: Search, ranked: Sequence[Weighed], claim: str) -> list[_Stated] | str:
    """The claimed hypothesis, the sound engine and rivals in the order of their probability."""
    by_name = {w.name: w for w in ranked}
    if claim not in by_name:
        return f"{claim} was not weighed"
    if " + " in claim:
        return (
            "two faults at once are weighed on a grid of sizes, without a fitted point that could be stated"
        )
    found: list[_Stated] = []
    for name in dict.fromkeys([claim, NOMINAL, *by_name]):
        stated = _stated(search, by_name[name]) if name in by_name else None
        if stated is None and name in (claim, NOMINAL):
            return f"{name} was not fitted by itself"
        if stated is not None and len(found) < RIVALS + (2 if claim != NOMINAL else 1):
            found.append(stated)
    return found


def _not_evident(search: Search, hypotheses: Sequence[StatedHypothesis]) -> str:
    """Say why what is stated would be no evidence for the claimed hypothesis; "" where it is."""
    claimed, observation = hypotheses[0], search.forecaster.observation
    if claimed.misfit > BAD_FIT * search.freedom:
        return f"the answer itself fits badly, chi-square {claimed.misfit:.0f} for {search.freedom} features"
    faults = len(hardware_faults(search.forecaster)) + len(sensor_faults(observation.sensors))
    best = max(hypotheses, key=lambda h: h.log_evidence)
    ahead = best.log_evidence - claimed.log_evidence
    if ahead > allowed_lead(claimed.name, observation.windows, faults):
        return f"at its best point {best.name} fits better than the answer, by {ahead:.1f} nats"
    return ""


def _stated(search: Search, weighed: Weighed) -> _Stated | None:
    """The likeliest course of a hypothesis that was fitted by itself."""
    for explanation in weighed.explanations:
        course, point = explanation.course, explanation.point
        if point is None or (course is not None and course.partner is not None):
            continue
        tolerances = Case(point.tolerances)
        if course is None or not search.is_hardware(course):
            return _Stated(weighed.name, explanation, point, tolerances, None)
        return _Stated(weighed.name, explanation, point, case_at(search, course, point), tolerances)
    return None


def _solved(forecaster: Forecaster, cases: Sequence[Case]) -> tuple[Schedule, Run]:
    """Run cases, and solve each instant at its corrected states to the last digits."""
    schedule, run = forecaster.run(cases)
    instants, runs = run.states.shape[:2]
    imposed = [np.concatenate([schedule.at(k)[i] for k in range(instants)]) for i in range(3)]
    batch = Batch(run.states.reshape(instants * runs, -1), *imposed)
    guess = run.unknowns.reshape(instants * runs, -1)
    guess = np.where(np.isfinite(guess), guess, 0.5)
    z, good = solve_steady(forecaster.compiled, batch, guess, tolerance=_CLOSE, strict=False, iterations=20)
    rates, outputs = forecaster.compiled.rates(z, batch)

    def along(array: FloatArray) -> FloatArray:
        return array.reshape(instants, runs, -1)

    solved = run.solved & good.reshape(instants, runs).all(axis=0)
    return schedule, Run(along(outputs), solved, run.states, along(rates), along(z))


def _solutions(forecaster: Forecaster, schedule: Schedule, run: Run) -> list[Solution]:
    """Unknowns and states of each run, by name."""
    compiled = forecaster.compiled
    instants, runs = run.states.shape[:2]
    imposed = [np.concatenate([schedule.at(k)[i] for k in range(instants)]) for i in range(3)]
    batch = Batch(run.states.reshape(instants * runs, -1), *imposed)
    unknowns = compiled.unknowns(run.unknowns.reshape(instants * runs, -1), batch)
    shaped = unknowns.reshape(instants, runs, -1)
    return [
        Solution(
            {n: _series(shaped[:, i, k]) for k, n in enumerate(compiled.network.unknowns)},
            {n: _series(run.states[:, i, k]) for k, n in enumerate(compiled.state_names)},
        )
        for i in range(runs)
    ]


def _hypothesis(
    search: Search,
    stated: _Stated,
    own: Linearised,
    solution: Solution,
    sound: tuple[Linearised, Solution] | None,
) -> StatedHypothesis:
    """Weigh a hypothesis about its point: residuals, the misfit there, and the evidence by Laplace's method."""
    course, point = stated.explanation.course, stated.point
    observation, used = search.forecaster.observation, search.used
    features, slope, change, fault = own.means, np.zeros(used.size), np.zeros(used.size), None
    without: FloatArray | None = None
    hardware = sound is not None
    if course is not None:
        size = float(size_at(course.fault, np.array([point.place]))[0])
        onset = stated.case.onset if hardware else course.onset
        course = replace(course, onset=onset)
        fault = StatedFault(course.name, size, onset, course.grows, course.sign, course.clears_at)
        by_place = _size_by_place(course.fault.upper, size)
        if sound is not None:
            without = sound[0].means
            slope, change = own.by_size * by_place, own.means - without
        else:
            effect = sensor_effect(search.forecaster, course, search.column(course), own.means)
            slope, change = effect * by_place, effect * size
            without, features = own.means, own.means + change
    shape = observation.means.shape
    doubt = doubt_columns(observation.edges, course, change.reshape(shape), hardware=hardware)
    physical, sensors = np.split(own.by_tolerance, [point.tolerances.size], axis=1)
    aside = np.concatenate([sensors, doubt], axis=1)[used]
    around = aside @ aside.T + np.diag(search.scatter_variance(features)[used])
    off = search.measured - features[used]
    misfit = float(off @ np.linalg.solve(around, off) + point.tolerances @ point.tolerances)
    root = np.linalg.cholesky(around + physical[used] @ physical[used].T)
    residual = np.linalg.solve(root, off + physical[used] @ point.tolerances)
    promised, log_mean = _over_sizes(search, course, point, residual, np.linalg.solve(root, slope[used]))
    evidence = log_mean - float(np.log(np.diag(root)).sum()) + search.log_share(stated.explanation.course)
    evidence -= 0.5 * max(misfit - promised - _ARRIVED, 0.0)
    return StatedHypothesis(
        stated.name,
        fault,
        {},
        solution,
        None if sound is None else sound[1],
        _table(np.where(used, features, np.nan).reshape(shape)),
        None if without is None else _table(np.where(used, without, np.nan).reshape(shape)),
        misfit,
        promised,
        evidence,
    )


def _size_by_place(upper: float, size: float) -> float:
    """Derivative of a size by its coordinate, the logarithm or the logit."""
    return size * (1.0 - size) if 0.85 < upper < 1.0 else size


def _over_sizes(
    search: Search, course: Any, point: Point, residual: FloatArray, slope: FloatArray
) -> tuple[float, float]:
    """Least misfit along the size's coordinate, and the log of the mean likelihood over its range."""
    if course is None or not course.fault.upper > course.fault.lower:
        least = float(residual @ residual)
        return least, -0.5 * least
    ends = coordinate(course.fault, np.array([course.fault.lower, course.fault.upper]))
    found = integrate_size(ends, residual - (ends - point.place)[:, None] * slope)
    return found.chi_square, found.log_mean


def _equations(forecaster: Forecaster, schedule: Schedule, run: Run) -> tuple[Equation, ...]:
    """Both sides of every balance of the first run at every instant."""
    compiled, instants = forecaster.compiled, run.states.shape[0]
    solution = _solutions(forecaster, schedule, run)[0]
    columns = [np.stack([schedule.at(k)[i][0] for k in range(instants)], axis=1) for i in range(3)]
    values: dict[str, Any] = {n: np.array(v) for n, v in (solution.unknowns | solution.states).items()}  # type: ignore[operator]
    named: list[tuple[Sequence[str], FloatArray]] = list(
        zip((compiled.parameter_names, compiled.fault_names, compiled.input_names), columns, strict=True)
    )
    for names, rows in named:
        values |= dict(zip(names, rows, strict=True))
    values["ambient_pressure"] = np.full(instants, compiled.network.ambient_pressure)
    return tuple(
        Equation(
            component,
            b.name,
            KINDS[b.scale],
            *(_series(np.broadcast_to(x, instants)) for x in (b.left, b.right)),
        )
        for component, b in compiled.network.evaluate(values).balances
    )


def _bounds(search: Search, stated: _Stated, hypothesis: StatedHypothesis) -> tuple[Bound, ...]:
    """Inequalities that the claimed hypothesis must hold: size, tolerances, pressures, liquid that only leaves."""
    tolerances = stated.point.tolerances
    found = [Bound("largest tolerance", float(np.abs(tolerances).max(initial=0.0)), None, _FARTHEST)]
    if hypothesis.fault is not None and stated.explanation.course is not None:
        declared = stated.explanation.course.fault
        found.append(Bound("size of the fault", hypothesis.fault.size, declared.lower, declared.upper))
    found.append(Bound("least pressure", least_pressure(hypothesis.solution, search), 0.0, None))
    found += [
        Bound(f"greatest rise of {name}", greatest_rise(values), None, 0.0)
        for name, values in hypothesis.solution.states.items()
        if name.endswith(".mass")
    ]
    return tuple(found)


def least_pressure(solution: Solution, search: Search) -> float:
    """Least of all pressures at all instants, Pa."""
    kinds = search.forecaster.compiled.network.unknown_kinds
    return min(min(v) for n, v in solution.unknowns.items() if kinds[n] == "pressure")


def greatest_rise(values: Sequence[float]) -> float:
    """Greatest rise from one instant to the next."""
    return max((b - a for a, b in itertools.pairwise(values)), default=0.0)


def _series(values: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def _table(values: FloatArray) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(float(v) if np.isfinite(v) else None for v in row) for row in values)
