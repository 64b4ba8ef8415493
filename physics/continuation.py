"""Following a solution from the design point towards other cases, around the folds where it turns back.

Pseudo-arclength continuation (Keller 1977): what is imposed goes a share `way` from the design point to the case, and
the share is one more unknown. Where the branch of solutions turns back, the share falls again along the branch: no
running state continues the design point's beyond. The direction is kept by the sign of the determinant of Jacobian and
tangent, which is right across the corners of the equations too (choking, cavitation), where the branch turns sharply.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork, between
from hotfire.physics.newton import largest, newton

__all__ = ["Branches", "follow"]

_STEPS = 100
_STEPS_BEYOND = 25
"""Most steps along a branch, and most after its first fold: a branch that comes back to the case does so soon."""
_FIRST, _LONGEST, _SHORTEST = 0.2, 0.5, 1e-5
_GROWTH, _SHRINKAGE = 1.6, 0.35
_CORRECTIONS, _ON_BRANCH = 6, 1e-7
_DIFFERENCE = 1e-6
"""Change of the share of the way by which the residuals are differenced."""
_BEHIND = -0.02
"""A branch that comes back to here has passed the design's conditions again: it does not lead to the case."""
_BEND = 0.7
"""Least cosine between the tangents at the ends of a step that is not cut further."""
_TIGHT = 2e-3
"""A step as short as this may bend sharply: the branch has a corner."""


@dataclass(frozen=True, eq=False)
class Branches:
    """Where the branches of n cases led.

    Attributes:
        z: Scaled unknowns, shape (n, k): the solution where the case was reached, else the last on the branch.
        reached: Shape (n,).
        fold: Share of the way at which the branch first turned back, shape (n,); not a number where it did not.
        closed: Whether it then came back past the design point's conditions, shape (n,).
        at_fold: Scaled unknowns next to the fold, shape (n, k).
        trail: Points along the branches, scaled unknowns and the share of the way, shape (steps, n, k + 1).
    """

    z: FloatArray
    reached: np.ndarray
    fold: FloatArray
    closed: np.ndarray
    at_fold: FloatArray
    trail: FloatArray


@dataclass(frozen=True, eq=False)
class _Way:
    """The equations of n cases over y, the scaled unknowns and the share of the way, (n, k + 1)."""

    compiled: CompiledNetwork
    design: Batch
    batch: Batch

    def rows(self, chosen: np.ndarray) -> _Way:
        return _Way(self.compiled, self.design, self.batch.rows(chosen))

    def equations(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return residuals (n, k) and their Jacobian (n, k, k + 1)."""
        z, way = np.ascontiguousarray(y[:, :-1]), y[:, -1]
        residual, jacobian = self.compiled.residuals(z, between(self.design, self.batch, way))
        moved = self.compiled.values(z, between(self.design, self.batch, way + _DIFFERENCE))
        with np.errstate(invalid="ignore"):  # beyond the reach of the equations; `corrected` leaves such rows
            by_way = (moved - residual) / _DIFFERENCE
        return residual, np.concatenate([jacobian, by_way[..., None]], axis=2)

    def corrected(self, y: FloatArray, tangent: FloatArray) -> tuple[FloatArray, FloatArray, np.ndarray]:
        """Bring predictions onto the branch, at right angles to the tangents; also the Jacobians, and which are."""
        y = y.copy()
        residual, jacobian = self.equations(y)
        for _ in range(_CORRECTIONS):
            rows = np.flatnonzero((largest(residual) > _ON_BRANCH) & np.isfinite(jacobian).all(axis=(1, 2)))
            if rows.size == 0:
                break
            matrix = np.concatenate([jacobian[rows], tangent[rows, None, :]], axis=1)
            right = np.concatenate([residual[rows], np.zeros((rows.size, 1))], axis=1)
            y[rows] -= np.linalg.solve(matrix + 1e-13 * np.eye(y.shape[1]), right[..., None])[..., 0]
            residual[rows], jacobian[rows] = self.rows(rows).equations(y[rows])
        finite = np.isfinite(jacobian).all(axis=(1, 2))
        return y, jacobian, (largest(residual) <= _ON_BRANCH) & finite


def _tangents(jacobian: FloatArray, sense: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Unit tangents (n, k + 1) of the branches, in the sense (n,) that the determinants keep.

    Without a sense they point towards the case.
    """
    tangent = np.linalg.svd(jacobian, full_matrices=True)[2][:, -1, :]
    square = np.concatenate([jacobian, tangent[:, None, :]], axis=1)
    sign = np.linalg.slogdet(square)[0]
    if sense is None:
        turned = np.where(tangent[:, -1] < 0.0, -1.0, 1.0)
        return tangent * turned[:, None], sign * turned
    return tangent * np.where(sign == sense, 1.0, -1.0)[:, None], sense


@dataclass(eq=False)
class _Walk:
    """Where the walks along n branches are."""

    y: FloatArray
    tangent: FloatArray
    sense: FloatArray
    stride: FloatArray
    fold: FloatArray
    at_fold: FloatArray
    reached: np.ndarray
    closed: np.ndarray
    beyond: np.ndarray

    @property
    def going(self) -> np.ndarray:
        """Branches worth another step."""
        over = self.reached | self.closed | (self.beyond > _STEPS_BEYOND)
        return np.flatnonzero(~over & (self.stride > _SHORTEST))


def follow(
    compiled: CompiledNetwork,
    design: Batch,
    solution: FloatArray,
    batch: Batch,
    tolerance: float,
    steps: int = _STEPS,
) -> Branches:
    """Follow the branch of the design point towards each case.

    Args:
        compiled: The engine.
        design: The one case that is solved.
        solution: Its scaled unknowns, shape (1, k).
        batch: The n cases to reach.
        tolerance: Largest scaled residual of a reached case.
        steps: Most steps along a branch.
    """
    n = batch.states.shape[0]
    way = _Way(compiled, design, batch)
    y = np.column_stack([np.repeat(solution, n, axis=0), np.zeros(n)])
    tangent, sense = _tangents(way.equations(y)[1], None)
    nothing, no = np.full(n, np.nan), np.zeros(n, dtype=bool)
    walk = _Walk(
        y,
        tangent,
        sense,
        np.full(n, _FIRST),
        nothing,
        y[:, :-1].copy(),
        no,
        no.copy(),
        np.zeros(n, dtype=int),
    )
    trail = [walk.y.copy()]
    for _ in range(steps):
        going = walk.going
        if going.size == 0:
            break
        _stride(way.rows(going), walk, going, tolerance)
        trail.append(walk.y.copy())
    return Branches(
        walk.y[:, :-1].copy(), walk.reached, walk.fold, walk.closed, walk.at_fold, np.stack(trail)
    )


def _stride(way: _Way, walk: _Walk, going: np.ndarray, tolerance: float) -> None:
    """Make one step along each branch, or shorten it."""
    y, tangent, stride = walk.y[going], walk.tangent[going], walk.stride[going]
    new, jacobian, good = way.corrected(y + stride[:, None] * tangent, tangent)
    good &= np.abs(new - y).max(axis=1) <= 2.0 * stride
    ahead = np.zeros_like(tangent)
    rows = np.flatnonzero(good)
    if rows.size:
        ahead[rows], _ = _tangents(jacobian[rows], walk.sense[going[rows]])
    good &= ((ahead * tangent).sum(axis=1) >= _BEND) | (stride < _TIGHT)
    crossing = good & (y[:, -1] < 1.0) & (new[:, -1] >= 1.0)
    good[crossing] = _arrived(way, walk, going, y, new, np.flatnonzero(crossing), tolerance)
    _note_folds(walk, going, y, new, ahead, good & (tangent[:, -1] > 0.0) & (ahead[:, -1] <= 0.0))
    kept = going[good & ~walk.reached[going]]
    walk.y[kept], walk.tangent[kept] = new[good & ~walk.reached[going]], ahead[good & ~walk.reached[going]]
    walk.stride[going] = np.minimum(stride * np.where(good, _GROWTH, _SHRINKAGE), _LONGEST)
    walk.beyond[going] += ~np.isnan(walk.fold[going])
    walk.closed[kept] = walk.y[kept, -1] < _BEHIND
    _turn_corners(way, walk, going)


def _arrived(
    way: _Way,
    walk: _Walk,
    going: np.ndarray,
    y: FloatArray,
    new: FloatArray,
    rows: np.ndarray,
    tolerance: float,
) -> np.ndarray:
    """Solve the cases themselves from the two points of the branch beside them; say which are."""
    if rows.size == 0:
        return np.zeros(0, dtype=bool)
    share = (1.0 - y[rows, -1]) / (new[rows, -1] - y[rows, -1])
    z = (y[rows] + share[:, None] * (new[rows] - y[rows]))[:, :-1].copy()
    close = np.ones(rows.size, dtype=bool)
    _, error = newton(way.compiled, way.batch.rows(rows), z, close, tolerance, 12)
    solved = error <= tolerance
    done = going[rows[solved]]
    walk.y[done, :-1], walk.y[done, -1], walk.reached[done] = z[solved], 1.0, True
    return np.asarray(solved)


def _note_folds(
    walk: _Walk, going: np.ndarray, y: FloatArray, new: FloatArray, ahead: FloatArray, turned: np.ndarray
) -> None:
    """Keep the first fold of each branch: the share where a parabola between the two points has its top."""
    rows = np.flatnonzero(turned & np.isnan(walk.fold[going]))
    cases = going[rows]
    before, after = walk.tangent[cases, -1], ahead[rows, -1]
    length = np.linalg.norm(new[rows] - y[rows], axis=1)
    top = y[rows, -1] + 0.5 * before**2 * length / np.maximum(before - after, 1e-12)
    walk.fold[cases] = np.maximum(top, np.maximum(y[rows, -1], new[rows, -1]))
    nearer = np.abs(before) < np.abs(after)
    walk.at_fold[cases] = np.where(nearer[:, None], y[rows, :-1], new[rows, :-1])


def _turn_corners(way: _Way, walk: _Walk, going: np.ndarray) -> None:
    """Where a step cannot be shortened further, take the direction of the equations beyond the corner."""
    rows = np.flatnonzero((walk.stride[going] <= _SHORTEST) & ~walk.reached[going])
    if rows.size == 0:
        return
    cases = going[rows]
    beyond = walk.y[cases] + 3.0 * _TIGHT * walk.tangent[cases]
    jacobian = way.rows(rows).equations(beyond)[1]
    finite = np.isfinite(jacobian).all(axis=(1, 2))
    rows, cases = rows[finite], cases[finite]
    if rows.size == 0:
        return
    ahead, _ = _tangents(jacobian[finite], walk.sense[cases])
    other = (ahead * walk.tangent[cases]).sum(axis=1) < _BEND
    rows, cases, ahead = rows[other], cases[other], ahead[other]
    point = walk.y[cases]
    turned = np.zeros(going.size, dtype=bool)
    turned[rows] = (walk.tangent[cases, -1] > 0.0) & (ahead[:, -1] <= 0.0)
    _note_folds(walk, going, walk.y[going], walk.y[going], walk.tangent[going], turned)
    walk.y[cases], walk.tangent[cases], walk.stride[cases] = point, ahead, _TIGHT
