"""First-order prediction of solutions from the design point: z0 + dz/dc (c - c0), one matrix product a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork

__all__ = ["Sensitivity"]

_STEP = 1e-6
_FURTHEST = 0.5
"""Largest change of a scaled unknown that the first order is trusted with."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How the solution of one case moves with everything that is imposed.

    Attributes:
        solution: Scaled unknowns, shape (1, k).
        imposed: States, parameters, faults and inputs of the case, shape (1, m).
        slope: Derivative of the unknowns by them, shape (m, k).
    """

    solution: FloatArray
    imposed: FloatArray
    slope: FloatArray

    @classmethod
    def of(cls, compiled: CompiledNetwork, case: Batch, solution: FloatArray) -> Sensitivity:
        """Differentiate by the implicit function theorem; the residuals' own derivatives are differences.

        Args:
            compiled: The engine.
            case: One case.
            solution: Its scaled unknowns, shape (1, k).
        """
        imposed = np.concatenate(case.columns(), axis=1)
        step = _STEP * np.maximum(np.abs(imposed[0]), 1e-3)
        moved = imposed + np.diag(step)
        widths = np.cumsum([column.shape[1] for column in case.columns()])[:-1]
        residual, jacobian = compiled.residuals(solution, case)
        changed, _ = compiled.residuals(
            np.repeat(solution, imposed.size, axis=0), Batch(*np.split(moved, widths, axis=1))
        )
        by_imposed = (changed - residual) / step[:, None]
        matrix = jacobian[0] + 1e-12 * np.eye(solution.shape[1])
        slope = -np.linalg.solve(matrix, by_imposed.T).T
        return cls(solution, imposed, np.where(np.isfinite(slope), slope, 0.0))

    def predicted(self, batch: Batch) -> FloatArray:
        """Return scaled unknowns (n, k) of n cases, to first order and not too far from the solution."""
        change = (np.concatenate(batch.columns(), axis=1) - self.imposed) @ self.slope
        largest = np.abs(change).max(axis=1, initial=0.0, keepdims=True)
        return self.solution + change * np.minimum(1.0, _FURTHEST / np.maximum(largest, _FURTHEST))
