"""Quasi-steady run of an engine in time: tank and grain states integrated, flows solved at each instant.

Line inertia, chamber filling and ignition delay are not in these equations; a start or a shutdown is therefore
only its quasi-steady shape.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import solve_steady

__all__ = ["Run", "Schedule", "first_states", "integrate"]

_FEW = 4
"""Runs for which every instant is worth other starting points."""
_PATIENCE = 12
"""Newton steps after which a run of a batch is given up, so that one lost case does not hold up the rest."""
_STATE_ERROR = 1e-4
"""Correction of a state, as a share of its first value, from which an instant is solved again."""
_CORRECTIONS, _NEARER = 4, 0.5
"""Most corrections of one instant, since after a step of a fault the first is made from rates of before it; and the
share of the last that another may be: where a tank runs dry they do not settle."""
_LEAST, _MOST = 0.005, 1.6
"""Scaled unknowns between which a solution is foretold, where it does not stand beyond them already."""
_JUMP = 0.1
"""Change of a scaled unknown in a step from which the course is no guide to the next instant: a fault set in."""


@dataclass(frozen=True)
class Schedule:
    """What is imposed on n runs over T instants. Axes of length 1 mean "the same everywhere".

    Attributes:
        time: Instants in s, shape (T,), rising.
        parameters: Shape (T or 1, n or 1, parameters), SI.
        faults: Fault sizes, shape (T or 1, n or 1, faults).
        inputs: Commands and positions, shape (T or 1, n or 1, inputs).
        like_end: Share of each step that passes as its end does, shape (T - 1 or 1, n or 1): a half where all goes
            smoothly, less or more where a fault sets in late or early in the step.
    """

    time: FloatArray
    parameters: FloatArray
    faults: FloatArray
    inputs: FloatArray
    like_end: FloatArray = field(default_factory=lambda: np.array([[0.5]]))

    @property
    def runs(self) -> int:
        """Number of runs."""
        return int(max(a.shape[1] for a in (self.parameters, self.faults, self.inputs)))

    def share(self, step: int) -> FloatArray:
        """Share of a step that passes as its end does, shape (n, 1) or (1, 1)."""
        share: FloatArray = self.like_end[min(step, self.like_end.shape[0] - 1)][:, None]
        return share

    def at(self, instant: int) -> list[FloatArray]:
        """Return parameters, faults and inputs of all runs at one instant."""
        n = self.runs

        def rows(array: FloatArray) -> FloatArray:
            chosen = array[min(instant, array.shape[0] - 1)]
            return np.broadcast_to(chosen, (n, chosen.shape[1]))

        return [rows(self.parameters), rows(self.faults), rows(self.inputs)]


@dataclass(frozen=True, eq=False)
class Run:
    """What n runs over T instants did.

    Attributes:
        outputs: Measurable quantities in SI, shape (T, n, outputs).
        solved: Which runs were solved at every instant, shape (n,).
        states: Shape (T, n, states), SI.
        rates: Of the states, shape (T, n, states), SI.
        unknowns: Scaled unknowns, shape (T, n, k).
    """

    outputs: FloatArray
    solved: np.ndarray
    states: FloatArray
    rates: FloatArray
    unknowns: FloatArray


def integrate(
    compiled: CompiledNetwork, schedule: Schedule, *, tolerance: float = 1e-7, strict: bool = True
) -> Run:
    """Run the engine.

    States are foretold by the Adams-Bashforth method of second order with variable steps and corrected by the
    trapezoidal rule; an instant is solved again where the correction matters.

    Args:
        compiled: The engine.
        schedule: What is imposed.
        tolerance: Largest scaled residual at each instant.
        strict: Raise on a case that does not converge; otherwise mark it.

    Raises:
        SolutionError: If `strict` and an instant has no solution.
    """
    n, steps = schedule.runs, schedule.time.size
    states = first_states(compiled, schedule.at(0)[0])
    least = np.array(compiled.network.least_states)
    scale = np.maximum(np.abs(states), 1e-3)
    course, pace = np.full((2, steps, *states.shape), np.nan)
    unknowns = np.full((steps, n, len(compiled.torn)), np.nan)
    results = np.full((steps, n, len(compiled.output_names)), np.nan)
    good = np.ones(n, dtype=bool)
    z = _first_guess(compiled, Batch(states, *schedule.at(0)))
    most = 60 if strict or n <= _FEW else _PATIENCE
    z_before, states_before = z, states
    rates_before: FloatArray | None = None
    turn = np.zeros_like(states)
    last_step = step_ratio = 0.0
    for k in range(steps):
        batch = Batch(states, *schedule.at(k))
        change = z - z_before
        steady_course = np.abs(change).max(axis=1, keepdims=True) < _JUMP
        foretold = z + step_ratio * change * steady_course
        ahead = np.clip(foretold, np.minimum(z, _LEAST), np.maximum(z, _MOST))
        z_before = z
        z, good = solve_steady(
            compiled,
            batch,
            ahead,
            tolerance=tolerance,
            strict=strict,
            active=good,
            iterations=60 if k == 0 else most,
        )
        rates, results[k] = compiled.rates(z, batch)
        rates = np.where(good[:, None] & np.isfinite(rates), rates, 0.0)
        if rates_before is not None:
            share = schedule.share(k - 1)
            bent = (0.5 - share) * last_step * turn
            off_before = np.full(n, np.inf)
            for _ in range(_CORRECTIONS):
                passed = (1.0 - share) * rates_before + share * rates
                better = np.maximum(states_before + last_step * (passed + bent), least)
                states, off_before, wrong = _taken(better, states, scale, off_before)
                wrong &= good
                if not wrong.any():
                    break
                again = Batch(better, *schedule.at(k)).rows(wrong)
                z[wrong], good[wrong] = solve_steady(
                    compiled, again, z[wrong], tolerance=tolerance, strict=strict, iterations=most
                )
                new_rates, results[k, wrong] = compiled.rates(z[wrong], again)
                rates[wrong] = np.where(good[wrong, None] & np.isfinite(new_rates), new_rates, 0.0)
        course[k], pace[k], unknowns[k] = states, rates, z
        if k + 1 == steps or not good.any():
            break
        step = float(schedule.time[k + 1] - schedule.time[k])
        if rates_before is not None:
            turn = steady_course * (rates - rates_before) / last_step
        bend = 0.5 * step * turn
        states_before, rates_before = states, rates
        states = np.maximum(states + step * (rates + bend), least)
        step_ratio = step / last_step if k > 0 else 0.0
        last_step = step
    return Run(results, good, course, pace, unknowns)


def _taken(
    better: FloatArray, states: FloatArray, scale: FloatArray, off_before: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Take corrections of states, shape (n, states), where they are smaller than the last by enough.

    Returns:
        States; what the corrections are over the states' scale, shape (n,); and where one was taken that matters.
    """
    off = (np.abs(better - states) / scale).max(axis=1, initial=0.0)
    nearer = off < _NEARER * off_before
    return np.where(nearer[:, None], better, states), off, nearer & (off > _STATE_ERROR)


def _first_guess(compiled: CompiledNetwork, batch: Batch) -> FloatArray:
    """Start every run from the solution of the first, which is most often the unperturbed engine."""
    z, _ = solve_steady(compiled, batch.rows(slice(0, 1)), strict=False)
    return np.repeat(z, batch.states.shape[0], axis=0)


def first_states(compiled: CompiledNetwork, parameters: FloatArray) -> FloatArray:
    """Return the states before the valves open for parameters in SI, shapes (n, states) and (n, parameters)."""
    columns = [parameters[:, i] for i in range(parameters.shape[1])]
    named = dict(zip(compiled.parameter_names, columns, strict=True))
    initial = compiled.network.initial_states(named)  # type: ignore[arg-type]
    n = parameters.shape[0]
    wanted = [np.broadcast_to(np.asarray(initial[s]), (n,)) for s in compiled.state_names]
    return np.stack(wanted, axis=1) if wanted else np.zeros((n, 0))
