"""Cases of one fault in several sizes: one branch of solutions passes through all of them.

The branch that leads from the design point to a size of a fault passes through every smaller one, so that only the
largest need be followed. Where it turns back, none of the sizes beyond has a running state, and none need be searched
for from rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch
from hotfire.physics.prediction import Sensitivity

__all__ = ["Families", "passed"]

_NEAR = 0.02
"""Largest first-order change of a scaled unknown by all that is imposed beside the fault, within a family."""
_BEYOND = 1.05
"""Size over that at which the engine stopped from which another case of the family counts as beyond."""


@dataclass(frozen=True, eq=False)
class Families:
    """Families among n cases: one fault in several sizes, and all else the same or nearly so.

    Attributes:
        family: Number of each case's family, shape (n,); a case without a fault, or with several, has its own.
        size: Of the fault, shape (n,); zero where a case is no part of a family.
    """

    family: np.ndarray
    size: FloatArray

    @classmethod
    def of(cls, batch: Batch, rows: np.ndarray, sensitivity: Sensitivity) -> Families:
        """Find the families of the cases `rows`; the others stay alone.

        Args:
            batch: The n cases.
            rows: Numbers of the cases.
            sensitivity: Of the design point, to which cases are compared.
        """
        family, size = np.arange(batch.faults.shape[0]), np.zeros(batch.faults.shape[0])
        single = rows[(batch.faults[rows] != 0.0).sum(axis=1) == 1]
        if not single.size:
            return cls(family, size)
        own = batch.rows(single)
        fault = np.argmax(own.faults != 0.0, axis=1)
        size[single] = np.abs(own.faults).max(axis=1)
        place = sensitivity.first_order(replace(own, faults=np.zeros_like(own.faults)))
        for number in np.unique(fault):
            left = np.flatnonzero(fault == number)
            while left.size:
                near = np.abs(place[left] - place[left[0]]).max(axis=1, initial=0.0) <= _NEAR
                family[single[left[near]]] = single[left[0]]
                left = left[~near]
        return cls(family, size)

    def leaders(self, rows: np.ndarray) -> np.ndarray:
        """Return the case of the largest size of each family among `rows`."""
        order = rows[np.lexsort((-self.size[rows], self.family[rows]))]
        of_order = self.family[order]
        leads = np.ones(order.size, dtype=bool)
        leads[1:] = of_order[1:] != of_order[:-1]
        return np.asarray(order[leads])

    def led_by(self, leader: int, rows: np.ndarray) -> np.ndarray:
        """Return the cases of the family of `leader` among `rows`, sizes rising."""
        relatives = rows[self.family[rows] == self.family[leader]]
        return np.asarray(relatives[np.argsort(self.size[relatives], kind="stable")])

    def beyond(self, leader: int, rows: np.ndarray, stopped: float) -> np.ndarray:
        """Return the cases among `rows` that lie beyond the size at which the engine of `leader` stopped."""
        return np.asarray(rows[self.size[rows] >= min(_BEYOND * stopped, self.size[leader])])

    def several(self, rows: np.ndarray) -> np.ndarray:
        """Return the cases among `rows` that have others of their family beside them."""
        _, place, count = np.unique(self.family[rows], return_inverse=True, return_counts=True)
        return np.asarray(rows[count[place] > 1])


def passed(trail: FloatArray, shares: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """Return where a branch first passed shares of its way.

    Args:
        trail: Scaled unknowns and the share of the way along the branch, shape (steps, k + 1).
        shares: Of the way, shape (m,).

    Returns:
        Scaled unknowns there, straight between the steps, shape (m, k), and which shares were passed, shape (m,).
    """
    before, after = trail[:-1, -1], trail[1:, -1]
    crossed = (before < shares[:, None]) & (after >= shares[:, None])
    at = np.argmax(crossed, axis=1)
    there: np.ndarray = np.asarray(crossed.any(axis=1))
    part = (shares - before[at]) / np.where(there, after[at] - before[at], 1.0)
    return trail[at, :-1] + part[:, None] * (trail[at + 1, :-1] - trail[at, :-1]), there
