"""Effects in units in which tolerances and noise are one, and what a further sensor adds to them.

With the Cholesky factor L of the covariance of the sensors at hand, L^-1 effect has independent standard normal
errors, and distances are Euclidean. A further sensor adds coordinates: what it reads beyond what the others foretell,
over its standard deviation given the others (the Schur complement). So nothing is factorised again for a candidate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["Whitened"]


@dataclass(frozen=True, eq=False)
class Whitened:
    """Points of feature space as a set of features sees them.

    Attributes:
        rows: Features that are used.
        root: Lower Cholesky factor of their covariance.
        points: Whitened points, shape (n, len(rows)).
    """

    rows: np.ndarray
    root: FloatArray
    points: FloatArray

    @classmethod
    def of(cls, covariance: FloatArray, raw: FloatArray, rows: np.ndarray) -> Whitened:
        """Whiten points (n, d) by the features `rows` of the covariance (d, d)."""
        from scipy.linalg import solve_triangular

        root = np.linalg.cholesky(covariance[np.ix_(rows, rows)])
        return cls(rows, root, np.asarray(solve_triangular(root, raw[:, rows].T, lower=True)).T)

    def beyond(self, covariance: FloatArray, raw: FloatArray, more: np.ndarray) -> FloatArray:
        """Return the coordinates that further features add, shape (n, len(more))."""
        from scipy.linalg import solve_triangular

        foretold = solve_triangular(self.root, covariance[np.ix_(self.rows, more)], lower=True)
        left = covariance[np.ix_(more, more)] - foretold.T @ foretold
        beyond = raw[:, more] - self.points @ foretold
        return np.asarray(solve_triangular(np.linalg.cholesky(left), beyond.T, lower=True)).T
