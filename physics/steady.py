"""Quasi-steady solution of a batch: damped Newton, and a failure that names the equation."""

from __future__ import annotations

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.errors import SolutionError

__all__ = ["solve_steady"]

_HALVINGS = 6
_AFRESH = 40
"""Least number of Newton steps from another starting point."""
_CHAMBER_LEVELS = (0.5, 0.15, 0.75, 0.03)
"""Chamber pressures to start from, over tank pressure, when a start is lost."""


def _start(compiled: CompiledNetwork, n: int, chamber: float) -> FloatArray:
    """Guess: pressures fall evenly along the flow, from the tanks to `chamber` as a share of tank pressure."""
    levels = np.linspace(0.95, chamber, len(compiled.torn))
    return np.tile(np.asarray(levels), (n, 1))


def solve_steady(
    compiled: CompiledNetwork,
    batch: Batch,
    guess: FloatArray | None = None,
    *,
    tolerance: float = 1e-8,
    iterations: int = 60,
    strict: bool = True,
    active: np.ndarray | None = None,
) -> tuple[FloatArray, np.ndarray]:
    """Solve the balances of n cases; those that are lost start again from other points.

    Args:
        compiled: The engine.
        batch: The n cases.
        guess: Scaled unknowns to start from, shape (n, k).
        tolerance: Largest scaled residual that counts as solved.
        iterations: Most Newton steps.
        strict: Raise when a case is not solved; otherwise only report it.
        active: Cases to solve, shape (n,); the others keep their guess and count as not solved.

    Returns:
        Scaled unknowns (n, k), and which cases are solved (n,).

    Raises:
        SolutionError: With the largest residual, its equation and component.
    """
    n = batch.states.shape[0]
    wanted = np.ones(n, dtype=bool) if active is None else active
    z = _start(compiled, n, _CHAMBER_LEVELS[0]) if guess is None else guess.copy()
    residual, error = _newton(compiled, batch, z, wanted, tolerance, iterations)
    for level in _CHAMBER_LEVELS:
        lost = np.flatnonzero(wanted & (error > tolerance))
        if lost.size == 0:
            break
        again = _start(compiled, lost.size, level)
        new_residual, new_error = _newton(
            compiled,
            batch.rows(lost),
            again,
            np.ones(lost.size, dtype=bool),
            tolerance,
            max(iterations, _AFRESH),
        )
        found = new_error < error[lost]
        z[lost[found]], residual[lost[found]], error[lost[found]] = (
            again[found],
            new_residual[found],
            new_error[found],
        )
    solved = (error <= tolerance) & wanted
    if strict and not solved.all():
        _explain(compiled, residual, error)
    return z, solved


def _newton(
    compiled: CompiledNetwork,
    batch: Batch,
    z: FloatArray,
    wanted: np.ndarray,
    tolerance: float,
    iterations: int,
) -> tuple[FloatArray, FloatArray]:
    """Iterate on `z` in place; return residuals and the largest of each case (zero where not wanted)."""
    residual, jacobian = compiled.residuals(z, batch)
    error = np.where(wanted, _largest(residual), 0.0)
    for _ in range(iterations):
        open_cases = np.flatnonzero(error > tolerance)
        if open_cases.size == 0:
            break
        _step(compiled, batch, z, residual, jacobian, error, open_cases)
    return residual, error


def _largest(residual: FloatArray) -> FloatArray:
    worst: FloatArray = np.abs(residual).max(axis=1)
    return np.where(np.isfinite(worst), worst, np.inf)


def _step(
    compiled: CompiledNetwork,
    batch: Batch,
    z: FloatArray,
    residual: FloatArray,
    jacobian: FloatArray,
    error: FloatArray,
    cases: np.ndarray,
) -> None:
    """Make one damped Newton step for the open cases, in place; halve it where the residual would grow."""
    matrix = jacobian[cases] + 1e-12 * np.eye(z.shape[1])
    step = -np.linalg.solve(matrix, residual[cases][..., None])[..., 0]
    step *= np.minimum(1.0, 0.5 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
    factor = np.ones(cases.size)
    waiting = np.arange(cases.size)
    for halving in range(_HALVINGS):
        rows = cases[waiting]
        trial = z[rows] + factor[waiting, None] * step[waiting]
        new_residual, new_jacobian = compiled.residuals(trial, batch.rows(rows))
        new_error = _largest(new_residual)
        better = new_error < error[rows]
        if halving == _HALVINGS - 1:
            better |= np.isfinite(new_error)
        keep = rows[better]
        z[keep], residual[keep], jacobian[keep] = trial[better], new_residual[better], new_jacobian[better]
        error[keep] = new_error[better]
        waiting = waiting[~better]
        if waiting.size == 0:
            return
        factor[waiting] *= 0.4


def _explain(compiled: CompiledNetwork, residual: FloatArray, error: FloatArray) -> None:
    """Raise the error of the worst case."""
    case = int(np.argmax(error))
    worst = int(np.argmax(np.abs(residual[case])))
    raise SolutionError(
        f"the equations did not converge in {int((error > 1e-8).sum())} of {error.size} cases",
        equation=compiled.residual_names[worst],
        residual=float(residual[case, worst]),
        where=compiled.residual_names[worst],
        why=f"its scaled residual is {residual[case, worst]:.2e}",
        remedy="look for a parameter of that component with a wrong unit or an impossible value",
    )
