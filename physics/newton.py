"""Damped Newton's method on the torn unknowns of many cases at once, or of one with little ado.

Near a solution a step is judged by the residuals alone, which cost a third of residuals and Jacobian; the Jacobian then
serves for further steps (the chord method) as long as they bring the residual down fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
_NEAR = 1e-2
"""Largest residual from which a step is judged by the residuals alone."""
_SERVES = 0.1
"""Share to which the residual must fall in such a step for its Jacobian to serve again."""
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
    at = _Iterate(compiled, batch, z, residual, jacobian, error)
    goal, crawled = _PROGRESS * error, np.zeros(error.size, dtype=int)
    for _ in range(iterations):
        open_cases = np.flatnonzero((error > tolerance) & (crawled < _PATIENCE))
        if open_cases.size == 0:
            break
        near = error[open_cases] <= _NEAR
        at.step(open_cases[~near])
        at.chord(open_cases[near], tolerance)
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
    """The same for one case, whose figures are handed over once instead of at each step."""
    equations, at = compiled.held(batch), z[0]
    residual, jacobian = equations.residuals(at)
    error, solved = _worst(residual), _solver(jacobian)
    goal, crawled = _PROGRESS * error, 0
    for _ in range(iterations):
        if error <= tolerance or crawled == _PATIENCE:
            break
        before, near, step = error, error <= _NEAR, solved(residual)
        longest = float(np.abs(step).max())
        factor = min(1.0, _LONGEST / longest) if longest > 0.0 else 1.0
        for halving in range(_HALVINGS):
            trial = at - factor * step
            new_residual, new_jacobian = (
                (equations.values(trial), jacobian) if near else equations.residuals(trial)
            )
            new_error = _worst(new_residual)
            if new_error < error or (halving == _HALVINGS - 1 and new_error < np.inf):
                at, residual, jacobian, error = trial, new_residual, new_jacobian, new_error
                break
            factor *= _SHORTENED
        if near and error > max(_SERVES * before, tolerance):
            residual, jacobian = equations.residuals(at)
            near = False
        if not near and error > tolerance:
            solved = _solver(jacobian)
        goal, crawled = (_PROGRESS * error, 0) if error <= goal else (goal, crawled + 1)
    z[0] = at
    return residual[None], np.array([error])


def _worst(residual: FloatArray) -> float:
    worst = float(np.abs(residual).max())
    return worst if np.isfinite(worst) else np.inf


def _solver(jacobian: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Return what solves linear equations with this matrix (k, k); no number comes of a singular one."""
    from scipy.linalg import lapack

    factors, pivots, _ = lapack.dgetrf(jacobian + _SHIFT * np.eye(jacobian.shape[0]))

    def solved(right: FloatArray) -> FloatArray:
        step: FloatArray = lapack.dgetrs(factors, pivots, right)[0]
        return step

    return solved


@dataclass(frozen=True, eq=False)
class _Iterate:
    """Where n cases are; arrays are changed in place.

    Attributes:
        compiled, batch: Equations and cases.
        z: Scaled unknowns, shape (n, k).
        residual: Residuals there, shape (n, k).
        jacobian: Jacobians there, or where they last were made, shape (n, k, k).
        error: Largest residual of each case, shape (n,).
    """

    compiled: CompiledNetwork | Equations
    batch: Batch
    z: FloatArray
    residual: FloatArray
    jacobian: FloatArray
    error: FloatArray

    def step(self, cases: np.ndarray) -> None:
        """Make one damped Newton step; shorten it where the residual would grow."""
        self._shortened(cases, self._evaluate)

    def chord(self, cases: np.ndarray, tolerance: float) -> None:
        """The same, judged by the residuals alone; Jacobians that do not serve well are made anew."""
        before = self.error[cases]
        self._shortened(cases, self._values)
        badly = cases[self.error[cases] > np.maximum(_SERVES * before, tolerance)]
        if badly.size:
            self.jacobian[badly] = self._evaluate(self.z[badly], badly)[1]

    def _evaluate(self, z: FloatArray, rows: np.ndarray) -> tuple[FloatArray, FloatArray]:
        return self.compiled.residuals(z, self.batch.rows(rows))

    def _values(self, z: FloatArray, rows: np.ndarray) -> tuple[FloatArray, None]:
        return self.compiled.values(z, self.batch.rows(rows)), None

    def _shortened(
        self,
        cases: np.ndarray,
        evaluate: Callable[[FloatArray, np.ndarray], tuple[FloatArray, FloatArray | None]],
    ) -> None:
        if not cases.size:
            return
        matrix = self.jacobian[cases] + _SHIFT * np.eye(self.z.shape[1])
        step = -np.linalg.solve(matrix, self.residual[cases][..., None])[..., 0]
        step *= np.minimum(1.0, _LONGEST / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
        factor = np.ones(cases.size)
        waiting = np.arange(cases.size)
        for halving in range(_HALVINGS):
            rows = cases[waiting]
            trial = self.z[rows] + factor[waiting, None] * step[waiting]
            residual, jacobian = evaluate(trial, rows)
            error = largest(residual)
            better = error < self.error[rows]
            if halving == _HALVINGS - 1:
                better |= np.isfinite(error)
            keep = rows[better]
            self.z[keep], self.residual[keep], self.error[keep] = (
                trial[better],
                residual[better],
                error[better],
            )
            if jacobian is not None:
                self.jacobian[keep] = jacobian[better]
            waiting = waiting[~better]
            if waiting.size == 0:
                return
            factor[waiting] *= _SHORTENED
