"""Quasi-steady run of an engine in time: tank and grain states integrated, flows solved at each instant.

Line inertia, chamber filling and ignition delay are not in these equations; a start or a shutdown is therefore
only its quasi-steady shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import solve_steady

__all__ = ["Schedule", "integrate"]

_FEW = 4
"""Runs for which every instant is worth other starting points."""
_PATIENCE = 12
"""Newton steps after which a run of a batch is given up, so that one lost case does not hold up the rest."""
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
    """

    time: FloatArray
    parameters: FloatArray
    faults: FloatArray
    inputs: FloatArray

    @property
    def runs(self) -> int:
        """Number of runs."""
        return int(max(a.shape[1] for a in (self.parameters, self.faults, self.inputs)))

    def at(self, instant: int) -> list[FloatArray]:
        """Return parameters, faults and inputs of all runs at one instant."""
        n = self.runs

        def rows(array: FloatArray) -> FloatArray:
            chosen = array[min(instant, array.shape[0] - 1)]
            return np.broadcast_to(chosen, (n, chosen.shape[1]))

        return [rows(self.parameters), rows(self.faults), rows(self.inputs)]


def integrate(
    compiled: CompiledNetwork, schedule: Schedule, *, tolerance: float = 1e-7, strict: bool = True
) -> tuple[FloatArray, np.ndarray]:
    """Run the engine.

    The second-order Adams-Bashforth method with variable steps: one solution an instant, which is ample for
    states that change over seconds.

    Args:
        compiled: The engine.
        schedule: What is imposed.
        tolerance: Largest scaled residual at each instant.
        strict: Raise on a case that does not converge; otherwise mark it.

    Returns:
        Outputs in SI, shape (T, n, outputs), and which runs were solved at every instant, shape (n,).

    Raises:
        SolutionError: If `strict` and an instant has no solution.
    """
    n, steps = schedule.runs, schedule.time.size
    states = _initial_states(compiled, schedule)
    results = np.full((steps, n, len(compiled.output_names)), np.nan)
    good = np.ones(n, dtype=bool)
    z = _first_guess(compiled, Batch(states, *schedule.at(0)))
    most = 60 if strict or n <= _FEW else _PATIENCE
    before: FloatArray | None = None
    z_before = z
    last_step = 0.0
    step_ratio = 0.0
    for k in range(steps):
        batch = Batch(states, *schedule.at(k))
        first = 60 if k == 0 else most
        change = z - z_before
        steady_course = np.abs(change).max(axis=1, keepdims=True) < _JUMP
        ahead = np.clip(z + step_ratio * change * steady_course, 0.005, 1.6)
        z_before = z
        z, good = solve_steady(
            compiled,
            batch,
            ahead,
            tolerance=tolerance,
            strict=strict,
            active=good,
            iterations=first,
        )
        rates, results[k] = compiled.rates(z, batch)
        if k + 1 == steps or not good.any():
            break
        step = float(schedule.time[k + 1] - schedule.time[k])
        rates = np.where(good[:, None] & np.isfinite(rates), rates, 0.0)
        bend = 0.0 if before is None else 0.5 * step / last_step * (rates - before)
        states = np.maximum(states + step * (rates + bend), compiled.network.least_states)
        before = rates
        step_ratio = step / last_step if k > 0 else 0.0
        last_step = step
    return results, good


def _first_guess(compiled: CompiledNetwork, batch: Batch) -> FloatArray:
    """Start every run from the solution of the first, which is most often the unperturbed engine."""
    z, _ = solve_steady(compiled, batch.rows(slice(0, 1)), strict=False)
    return np.repeat(z, batch.states.shape[0], axis=0)


def _initial_states(compiled: CompiledNetwork, schedule: Schedule) -> FloatArray:
    parameters = schedule.at(0)[0]
    columns = [parameters[:, i] for i in range(parameters.shape[1])]
    first = dict(zip(compiled.parameter_names, columns, strict=True))
    initial = compiled.network.initial_states(first)  # type: ignore[arg-type]
    wanted = [np.broadcast_to(np.asarray(initial[s]), (schedule.runs,)) for s in compiled.state_names]
    return np.stack(wanted, axis=1) if wanted else np.zeros((schedule.runs, 0))
