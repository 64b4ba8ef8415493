"""Quasi-steady solution of a batch: from the design point, around folds, and a failure that says what failed.

In this order, each for the cases that the one before it left open: Newton's method from a guess that is given, and one
branch for all sizes of a fault (`hotfire.physics.families`); Newton's method from the design point moved along its
sensitivities, from the solved case that is nearest (from the design point where none is solved), the branch of the
design point followed to the case (`hotfire.physics.continuation`), and rough guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.continuation import follow
from hotfire.physics.design_point import (
    AFRESH,
    design_batch,
    design_solution,
    from_rest,
    levels,
    sensitivity_of,
)
from hotfire.physics.families import Families, passed
from hotfire.physics.newton import newton
from hotfire.physics.solution_failure import failure, no_design_point
from hotfire.physics.steady_states import SteadyStates

__all__ = ["SteadyStates", "design_batch", "solve_states", "solve_steady"]

_DIRECT = 12
"""Newton steps that are worth making straight from the design point."""
_PREDICTED = 10
"""The same from where the prediction leads; what has not settled by then is nearer to a solved neighbour."""
_WORTH = 0.1
"""Share of the open cases that neighbours must have solved for another round from those that they solved."""
_NONE = -1
"""No case."""


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
    """Solve the balances of n cases; arguments and errors are those of `solve_states`, with `strict` set.

    Returns:
        Scaled unknowns (n, k), and which cases are solved (n,).
    """
    found = solve_states(
        compiled, batch, guess, tolerance=tolerance, iterations=iterations, strict=strict, active=active
    )
    return found.z, found.solved


def solve_states(
    compiled: CompiledNetwork,
    batch: Batch,
    guess: FloatArray | None = None,
    *,
    tolerance: float = 1e-8,
    iterations: int = 60,
    strict: bool = False,
    active: np.ndarray | None = None,
) -> SteadyStates:
    """Solve the balances of n cases, and tell those without a running state from those that are lost.

    Args:
        compiled: The engine.
        batch: The n cases.
        guess: Scaled unknowns to start from, shape (n, k).
        tolerance: Largest scaled residual that counts as solved.
        iterations: Most Newton steps.
        strict: Raise when a case is not solved; otherwise only report it.
        active: Cases to solve, shape (n,); the others keep their guess and count as not solved.

    Raises:
        SolutionError: With the equation that has no solution and its component, or the largest residual.
    """
    n = batch.states.shape[0]
    wanted = np.ones(n, dtype=bool) if active is None else active
    search = _Search(compiled, batch, wanted, tolerance, iterations, guess)
    for attempt in search.attempts():
        if not search.open.size:
            break
        attempt()
    states = search.states()
    if strict and not states.solved.all():
        if not design_solution(compiled).size:
            raise no_design_point(compiled, states.residual)
        raise failure(compiled, design_batch(compiled), batch, states)
    return states


class _Search:
    """Attempts at n cases; each attempt looks at the cases that are still open, and keeps what is better."""

    def __init__(
        self,
        compiled: CompiledNetwork,
        batch: Batch,
        wanted: np.ndarray,
        tolerance: float,
        iterations: int,
        guess: FloatArray | None,
    ) -> None:
        n, k = batch.states.shape[0], len(compiled.torn)
        self._compiled, self._batch, self._wanted = compiled, batch, wanted
        self._tolerance, self._iterations, self._guess = tolerance, iterations, guess
        self._z = np.ones((n, k)) if guess is None else guess.copy()
        self._residual, self._error = np.full((n, k), np.nan), np.where(wanted, np.inf, 0.0)
        self._foretold = np.zeros(0, dtype=int)
        self._fold, self._closed, self._at_fold = np.full(n, np.nan), np.zeros(n, dtype=bool), self._z.copy()
        self._followed, self._stopped_by = np.zeros(n, dtype=bool), np.full(n, _NONE)

    @property
    def open(self) -> np.ndarray:
        """Cases that are not solved."""
        return np.flatnonzero(self._error > self._tolerance)

    @property
    def _running(self) -> np.ndarray:
        """Cases that are not solved, and whose engine is not known to have stopped."""
        rows = self.open
        return np.asarray(rows[np.isnan(self._fold[rows])])

    def attempts(self) -> Iterator[Callable[[], None]]:
        """Yield the attempts in their order."""
        if self._guess is not None:
            yield self._from_guess
        if design_solution(self._compiled).size:
            if self._guess is not None:
                yield self._along_shared_branches
            yield self._from_prediction
            yield self._from_neighbours if self._foretold.size else self._from_design
            yield self._along_the_branch
        for level in levels(self._compiled):
            yield partial(self._from_rest, level)

    def states(self) -> SteadyStates:
        """What the attempts found."""
        solved = (self._error <= self._tolerance) & self._wanted
        return SteadyStates(self._z, solved, self._fold, self._closed, self._residual, self._at_fold)

    def _from_guess(self) -> None:
        self._residual, self._error = newton(
            self._compiled, self._batch, self._z, self._wanted, self._tolerance, self._iterations
        )

    def _from_prediction(self) -> None:
        rows = self._running
        if not rows.size:
            return
        batch = self._batch.rows(rows)
        self._try(rows, batch, sensitivity_of(self._compiled).predicted(batch), _PREDICTED)
        self._foretold = np.setdiff1d(rows, self.open)

    def _from_neighbours(self) -> None:
        """Start from the foretold case that is nearest to first order, then from those so solved, while it is worth it.

        What a guess solved is no neighbour: it may be an idle, and lead to another.
        """
        away = sensitivity_of(self._compiled).first_order(self._batch)
        rows, solved = self._running, self._foretold
        while rows.size and solved.size > _WORTH * rows.size:
            distances = (np.abs(away[solved] - away[row]).max(axis=1) for row in rows)
            nearest = solved[[int(np.argmin(d)) for d in distances]]
            self._try(rows, self._batch.rows(rows), self._z[nearest].copy(), _DIRECT)
            solved, rows = np.setdiff1d(rows, self.open), self._running

    def _from_design(self) -> None:
        rows = self._running
        z = np.repeat(design_solution(self._compiled), rows.size, axis=0)
        self._try(rows, self._batch.rows(rows), z, _DIRECT)

    def _along_shared_branches(self) -> None:
        """Follow one branch for each fault that is open in several sizes: cheaper than any attempt at each of them."""
        rows = self.open
        if rows.size:
            families = Families.of(self._batch, rows, sensitivity_of(self._compiled))
            self._follow_families(families, families.several(rows))

    def _along_the_branch(self) -> None:
        rows = self.open
        rows = rows[~self._followed[rows]]
        self._follow_families(Families.of(self._batch, rows, sensitivity_of(self._compiled)), rows)

    def _follow_families(self, families: Families, rows: np.ndarray) -> None:
        """Follow the largest open size of each fault; take up what the branch passes, give up what lies beyond."""
        while rows.size:
            leaders = families.leaders(rows)
            trail = self._follow(leaders)
            rows = np.setdiff1d(rows, leaders)
            led = [families.led_by(leader, rows) for leader in leaders]
            found = [
                passed(trail[:, i], families.size[others] / families.size[leader])
                for i, (leader, others) in enumerate(zip(leaders, led, strict=True))
                if others.size
            ]
            if found:
                self._take_up(np.concatenate(led), *map(np.concatenate, zip(*found, strict=True)))
            self._followed[leaders] = True
            for i, leader in enumerate(leaders):
                if self._error[leader] > self._tolerance:
                    self._give_up(families, leader, led[i], float(trail[:, i, -1].max()))
            rows = rows[(self._error[rows] > self._tolerance) & ~self._followed[rows]]

    def _follow(self, rows: np.ndarray) -> FloatArray:
        """Follow a branch to each case; return the points along them, shape (steps, cases, k + 1)."""
        compiled, batch = self._compiled, self._batch.rows(rows)
        found = follow(compiled, design_batch(compiled), design_solution(compiled), batch, self._tolerance)
        self._fold[rows], self._closed[rows] = found.fold, found.closed
        self._at_fold[rows] = found.at_fold
        reached = np.flatnonzero(found.reached)
        self._try(rows[reached], batch.rows(reached), found.z[reached], self._iterations)
        return found.trail

    def _take_up(self, rows: np.ndarray, z: FloatArray, there: np.ndarray) -> None:
        self._try(rows[there], self._batch.rows(rows[there]), z[there], _DIRECT)

    def _give_up(self, families: Families, leader: int, others: np.ndarray, farthest: float) -> None:
        """Follow no branch to the sizes beyond that at which the engine of `leader` stopped, or its branch was lost.

        Where it stopped, the smallest of them stands for the rest in the search from rest as well.
        """
        stopped = not np.isnan(self._fold[leader])
        reach = families.size[leader] * (self._fold[leader] if stopped else farthest)
        beyond = families.beyond(leader, others[self._error[others] > self._tolerance], reach)
        self._followed[beyond] = True
        if stopped and beyond.size:
            self._fold[beyond] = reach / families.size[beyond]
            self._closed[beyond], self._at_fold[beyond] = self._closed[leader], self._at_fold[leader]
            self._stopped_by[[*beyond[1:], leader]] = beyond[0]

    def _from_rest(self, level: float) -> None:
        rows = self.open
        if level != levels(self._compiled)[0]:
            # Where the running state ended in a fold, one rough guess is worth its time; more only find idles.
            self._guess_roughly(self._running, level)
            return
        before = self._stopped_by[rows]
        self._guess_roughly(rows[before == _NONE], level)
        # A larger size is worth a guess only where one led the smaller to a state of another branch, an idle mostly.
        beyond, before = rows[before != _NONE], before[before != _NONE]
        found = self._error[before] <= self._tolerance
        self._take_up(beyond, self._z[before], found)
        self._guess_roughly(np.intersect1d(beyond[found], self.open), level)

    def _guess_roughly(self, rows: np.ndarray, level: float) -> None:
        if not rows.size:
            return
        everyone, most = np.ones(rows.size, dtype=bool), max(self._iterations, AFRESH)
        batch = self._batch.rows(rows)
        self._keep(rows, *from_rest(self._compiled, batch, level, everyone, self._tolerance, most))

    def _try(self, rows: np.ndarray, batch: Batch, z: FloatArray, iterations: int) -> None:
        if not rows.size:
            return
        everyone = np.ones(rows.size, dtype=bool)
        residual, error = newton(self._compiled, batch, z, everyone, self._tolerance, iterations)
        self._keep(rows, z, residual, error)

    def _keep(self, rows: np.ndarray, z: FloatArray, residual: FloatArray, error: FloatArray) -> None:
        better = error < self._error[rows]
        kept = rows[better]
        self._z[kept], self._residual[kept], self._error[kept] = z[better], residual[better], error[better]
