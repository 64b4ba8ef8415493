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
from hotfire.physics.certificate.choice import Chosen, choose
from hotfire.physics.certificate.ranking import BAD_FIT, allowed_lead
from hotfire.physics.certificate.values import (
    Bound,
    Equation,
    ModelSettings,
    RunOutClaim,
    Solution,
    StatedHypothesis,
)
from hotfire.physics.compiled import Batch
from hotfire.physics.declaration import KINDS
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.doubt import doubt_columns
from hotfire.physics.diagnosis.explanations import NOMINAL, Weighed
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.hypotheses import (
    coordinate,
    hardware_faults,
    sensor_effect,
    sensor_faults,
)
from hotfire.physics.diagnosis.linearised import Linearised, linearise_run
from hotfire.physics.diagnosis.search import Search
from hotfire.physics.diagnosis.two_sizes import integrate_sizes
from hotfire.physics.steady import solve_steady
from hotfire.physics.trajectory import Run, Schedule

__all__ = ["Statement", "state", "tolerance_names"]

_CLOSE = 1e-11
"""Scaled residual of what is stated: a line with little flow loses little against the pressures that scale its balance,
and its flow is held to a share of itself."""
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
    if search.forecaster.lag is not None:
        return (
            "the engine follows its steady state with a lag, which the balances of a certificate do not hold"
        )
    chosen = choose(search, ranked, claim or ranked[0].name)
    if isinstance(chosen, str):
        return chosen
    forecaster = search.forecaster
    cases = [c for s in chosen for c in reversed(s.cases)]
    schedule, run = _solved(forecaster, cases)
    if not run.solved.all():
        return "a stated point has no solution of its own"
    linearised = iter(linearise_run(forecaster, cases, schedule, run))
    solutions = iter(_solutions(forecaster, schedule, run))
    hypotheses: list[StatedHypothesis] = []
    for stated in chosen:
        own = [next(linearised) for _ in stated.cases]
        hypothesis = _hypothesis(search, stated, own[::-1], [next(solutions) for _ in own][::-1])
        if not hypotheses or not _on_a_hopeless_way(hypotheses[0], hypothesis):
            hypotheses.append(hypothesis)
    model = ModelSettings(
        _series(forecaster.grid.time),
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


def _on_a_hopeless_way(claimed: StatedHypothesis, rival: StatedHypothesis) -> bool:
    """Say whether a rival has not arrived, and would be behind the claim even with all that its point promises.

    Nothing follows from such a point but a promise, and that hangs on slopes, which no table vouches for about a kink.
    The sound engine is stated all the same, and beside a claim of several faults single ones, which it is held against.
    """
    held_against = rival.name == NOMINAL or len(rival.faults) < len(claimed.faults)
    left = rival.misfit - rival.promised - _ARRIVED
    return not held_against and left > 0.0 and rival.log_evidence + 0.5 * left < claimed.log_evidence


def _not_evident(search: Search, hypotheses: Sequence[StatedHypothesis]) -> str:
    """Say why what is stated would be no evidence for the claimed hypothesis; "" where it is."""
    claimed, observation = hypotheses[0], search.forecaster.observation
    if claimed.misfit > BAD_FIT * search.freedom:
        return f"the answer itself fits badly, chi-square {claimed.misfit:.0f} for {search.freedom} features"
    faults = len(hardware_faults(search.forecaster)) + len(sensor_faults(observation.sensors))
    for rival in hypotheses[1:]:
        ahead = rival.log_evidence - claimed.log_evidence
        if ahead > allowed_lead(claimed.name, rival.name, observation.windows, faults):
            return f"at its best point {rival.name} fits better than the answer, by {ahead:.1f} nats"
    return ""


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
    search: Search, stated: Chosen, runs: Sequence[Linearised], solutions: Sequence[Solution]
) -> StatedHypothesis:
    """Weigh a hypothesis about its point: residuals, the misfit there, and the evidence by Laplace's method.

    Args:
        search: For what was measured and its scatter.
        stated: The hypothesis.
        runs: Of the engine, the sound one first and that with all faults last.
        solutions: The same.
    """
    forecaster, used, own = search.forecaster, search.used, runs[-1]
    shape, edges = forecaster.observation.means.shape, forecaster.observation.edges
    physical, sensors = np.split(own.by_tolerance, [stated.tolerances.size], axis=1)
    tables, slopes, aside = [r.means for r in runs], [], [sensors]
    for k, (course, fault) in enumerate(zip(stated.courses, stated.faults, strict=True)):
        at_onset = replace(course, onset=fault.onset)
        hardware = k + 1 < len(runs)
        if hardware:
            slope = own.by_sizes[:, k]
        else:
            slope = sensor_effect(forecaster, at_onset, search.column(course), own.means)
            tables.append(tables[-1] + slope * fault.size)
        slopes.append(slope * _size_by_place(course.fault.upper, fault.size))
        change = (tables[k + 1] - tables[k]).reshape(shape)
        aside.append(doubt_columns(edges, at_onset, change, hardware=hardware))
    stray = np.concatenate(aside, axis=1)[used]
    around = stray @ stray.T + np.diag(search.scatter_variance(tables[-1])[used])
    off = search.measured - tables[-1][used]
    misfit = float(off @ np.linalg.solve(around, off) + stated.tolerances @ stated.tolerances)
    root = np.linalg.cholesky(around + physical[used] @ physical[used].T)
    residual = np.linalg.solve(root, off + physical[used] @ stated.tolerances)
    by_place = np.stack(slopes, axis=1) if slopes else np.zeros((used.size, 0))
    promised, log_mean = _over_sizes(stated, residual, np.linalg.solve(root, by_place[used]))
    evidence = log_mean - float(np.log(np.diag(root)).sum()) + stated.log_share
    evidence -= 0.5 * max(misfit - promised - _ARRIVED, 0.0)
    names = tolerance_names(forecaster.constant, [n for n, _ in forecaster.wandering], forecaster.knots.size)
    *without, features = (_table(np.where(used, t, np.nan).reshape(shape)) for t in tables)
    return StatedHypothesis(
        stated.name,
        stated.faults,
        dict(zip(names, stated.tolerances.tolist(), strict=True)),
        solutions[-1],
        tuple(solutions[:-1]),
        features,
        tuple(without),
        misfit,
        promised,
        evidence,
    )


def _size_by_place(upper: float, size: float) -> float:
    """Derivative of a size by its coordinate, the logarithm or the logit."""
    return size * (1.0 - size) if 0.85 < upper < 1.0 else size


def _over_sizes(stated: Chosen, residual: FloatArray, slopes: FloatArray) -> tuple[float, float]:
    """Least misfit over the sizes' coordinates, and the log of the mean likelihood over their range."""
    free = [i for i, c in enumerate(stated.courses) if c.fault.upper > c.fault.lower]
    bounds = [coordinate(c.fault, np.array([c.fault.lower, c.fault.upper])) for c in stated.courses]
    ends = np.array([bounds[i] - stated.places[i] for i in free]).reshape(-1, 2)
    log_mean, found = integrate_sizes(residual, slopes[:, free], ends)
    left = residual - slopes[:, free] @ np.array([own.best for own in found])
    return float(left @ left), log_mean


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


def _bounds(search: Search, stated: Chosen, hypothesis: StatedHypothesis) -> tuple[Bound, ...]:
    """Inequalities that the claimed hypothesis must hold: sizes, tolerances, pressures, liquid that only leaves."""
    far = float(np.abs(stated.tolerances).max(initial=0.0))
    found = [Bound("largest tolerance", far, None, _FARTHEST)]
    for course, fault in zip(stated.courses, stated.faults, strict=True):
        found.append(Bound(f"size of {fault.name}", fault.size, course.fault.lower, course.fault.upper))
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
