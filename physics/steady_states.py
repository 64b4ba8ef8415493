"""What solving the balances of many cases gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["SteadyStates"]


@dataclass(frozen=True, eq=False)
class SteadyStates:
    """What solving n cases gave.

    Attributes:
        z: Scaled unknowns, shape (n, k).
        solved: Shape (n,).
        fold: Share of the way from the design point to the case at which the running state turned back, shape (n,);
            not a number where it did not, or was not followed.
        closed: Whether it was then followed back past the design's conditions, shape (n,): with that no state of
            the design's branch belongs to the case.
        residual: Scaled residuals at `z`, shape (n, k).
        at_fold: Scaled unknowns next to the fold, shape (n, k).
    """

    z: FloatArray
    solved: np.ndarray
    fold: FloatArray
    closed: np.ndarray
    residual: FloatArray
    at_fold: FloatArray
