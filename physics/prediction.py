"""Second-order prediction of solutions from the design point, for one evaluation of the equations a case.

First order is a matrix product, dz/dc (c - c0). A short way along it the residual is half the curvature of the
equations in that direction; through the design point's inverse Jacobian it gives the second order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork, between

__all__ = ["Sensitivity"]

_STEP = 1e-6
_FURTHEST = 1.5
"""Largest change of a scaled unknown that the prediction is trusted with."""
_PROBED = 0.2
"""Share of the way at which the curvature is read."""
_CURVED = 0.5
"""Largest second order, over the first: more comes from a corner of the equations, not from their curvature."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How the solution of one case moves with everything that is imposed.

    Attributes:
        compiled, case: The engine and its one case.
        solution: Scaled unknowns, shape (1, k).
        imposed: States, parameters, faults and inputs of the case, shape (1, m).
        slope: Derivative of the unknowns by them, shape (m, k).
        inverse: Inverse of the Jacobian, shape (k, k).
    """

    compiled: CompiledNetwork
    case: Batch
    solution: FloatArray
    imposed: FloatArray
    slope: FloatArray
    inverse: FloatArray

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
        changed = compiled.values(
            np.repeat(solution, imposed.size, axis=0), Batch(*np.split(moved, widths, axis=1))
        )
        by_imposed = (changed - residual) / step[:, None]
        inverse = np.linalg.inv(jacobian[0] + 1e-12 * np.eye(solution.shape[1]))
        slope = -by_imposed @ inverse.T
        return cls(compiled, case, solution, imposed, np.where(np.isfinite(slope), slope, 0.0), inverse)

    def first_order(self, batch: Batch) -> FloatArray:
        """Return how far the scaled unknowns of n cases are from the solution, to first order, shape (n, k)."""
        return np.asarray((np.concatenate(batch.columns(), axis=1) - self.imposed) @ self.slope)

    def predicted(self, batch: Batch) -> FloatArray:
        """Return scaled unknowns (n, k) of n cases, not too far from the solution."""
        first = self.first_order(batch)
        n = first.shape[0]
        residual = self.compiled.values(
            self.solution + _PROBED * first, between(self.case, batch, np.full(n, _PROBED))
        )
        second = np.nan_to_num(-residual @ self.inverse.T / _PROBED**2, posinf=0.0, neginf=0.0)
        size, curved = (np.abs(x).max(axis=1, initial=0.0, keepdims=True) for x in (first, second))
        change = first + second * np.minimum(1.0, _CURVED * size / np.maximum(curved, 1e-12))
        largest = np.abs(change).max(axis=1, initial=0.0, keepdims=True)
        return np.asarray(
            self.solution + change * np.minimum(1.0, _FURTHEST / np.maximum(largest, _FURTHEST))
        )
