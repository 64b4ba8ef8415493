"""Damped Newton's method on the torn unknowns of many cases at once, or of one with little ado."""

from __future__ import annotations

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork, Equations

__all__ = ["largest", "newton"]

_HALVINGS = 6
_SHORTENED = 0.4
_LONGEST = 0.5
"""Largest change of a scaled unknown in one step."""
_PATIENCE, _PROGRESS = 8, 0.5
"""Steps in which the residual of a case must fall to this share, or the case is given up: it crawls about where nothing
is solved."""
_SHIFT = 1e-12
"""Added to the diagonal, so that an unknown that nothing depends on does not stop the rest."""


def newton(
    compiled: CompiledNetwork | Equations,
    batch: Batch,
    z: FloatArray,
    wanted: np.ndarray,
    tolerance: float,
    iterations: int,
) -> tuple[FloatArray, FloatArray]:
    """Iterate in place.

    Args:
        compiled: The engine, or its equations with nothing torn.
        batch: The n cases.
        z: Scaled unknowns, shape (n, k); overwritten.
        wanted: Cases to solve, shape (n,).
        tolerance: Largest scaled residual that counts as solved.
        iterations: Most steps.

    Returns:
        Scaled residuals (n, k), and the largest of each case (n,): zero where not wanted.
    """
    if z.shape[0] == 1 and wanted[0] and z.shape[1]:
        return _one(compiled, batch, z, tolerance, iterations)
    residual, jacobian = compiled.residuals(z, batch)
    error = np.where(wanted, largest(residual), 0.0)
    goal, crawled = _PROGRESS * error, np.zeros(error.size, dtype=int)
    for _ in range(iterations):
        open_cases = np.flatnonzero((error > tolerance) & (crawled < _PATIENCE))
        if open_cases.size == 0:
            break
        _step(compiled, batch, z, residual, jacobian, error, open_cases)
        fell = error <= goal
        goal, crawled = np.where(fell, _PROGRESS * error, goal), np.where(fell, 0, crawled + 1)
    return residual, error


def largest(residual: FloatArray) -> FloatArray:
    """Return the largest residual of each case; infinite where any is not a number."""
    worst: FloatArray = np.abs(residual).max(axis=1)
    return np.where(np.isfinite(worst), worst, np.inf)


def _one(
    compiled: CompiledNetwork | Equations, batch: Batch, z: FloatArray, tolerance: float, iterations: int
) -> tuple[FloatArray, FloatArray]:
    """The same for one case, whose figures are handed to the compiled function once instead of at each step."""
    evaluate = compiled.held(batch)
    at, unit = z[0], _SHIFT * np.eye(z.shape[1])
    residual, jacobian = evaluate(at)
    error = _worst(residual)
    goal, crawled = _PROGRESS * error, 0
    for _ in range(iterations):
        if error <= tolerance or crawled == _PATIENCE:
            break
        step = np.linalg.solve(jacobian + unit, residual)
        longest = float(np.abs(step).max())
        factor = min(1.0, _LONGEST / longest) if longest > 0.0 else 1.0
        for halving in range(_HALVINGS):
            trial = at - factor * step
            new_residual, new_jacobian = evaluate(trial)
            new_error = _worst(new_residual)
            if new_error < error or (halving == _HALVINGS - 1 and new_error < np.inf):
                at, residual, jacobian, error = trial, new_residual, new_jacobian, new_error
                break
            factor *= _SHORTENED
        goal, crawled = (_PROGRESS * error, 0) if error <= goal else (goal, crawled + 1)
    z[0] = at
    return residual[None], np.array([error])


def _worst(residual: FloatArray) -> float:
    worst = float(np.abs(residual).max())
    return worst if np.isfinite(worst) else np.inf


def _step(
    compiled: CompiledNetwork | Equations,
    batch: Batch,
    z: FloatArray,
    residual: FloatArray,
    jacobian: FloatArray,
    error: FloatArray,
    cases: np.ndarray,
) -> None:
    """Make one damped Newton step for the open cases, in place; shorten it where the residual would grow."""
    matrix = jacobian[cases] + _SHIFT * np.eye(z.shape[1])
    step = -np.linalg.solve(matrix, residual[cases][..., None])[..., 0]
    step *= np.minimum(1.0, _LONGEST / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
    factor = np.ones(cases.size)
    waiting = np.arange(cases.size)
    for halving in range(_HALVINGS):
        rows = cases[waiting]
        trial = z[rows] + factor[waiting, None] * step[waiting]
        new_residual, new_jacobian = compiled.residuals(trial, batch.rows(rows))
        new_error = largest(new_residual)
        better = new_error < error[rows]
        if halving == _HALVINGS - 1:
            better |= np.isfinite(new_error)
        keep = rows[better]
        z[keep], residual[keep], jacobian[keep] = trial[better], new_residual[better], new_jacobian[better]
        error[keep] = new_error[better]
        waiting = waiting[~better]
        if waiting.size == 0:
            return
        factor[waiting] *= _SHORTENED
