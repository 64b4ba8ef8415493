"""Quasi-steady solution of a batch: from the design point, around folds, and a failure that says what failed.

In this order, each for the cases that the one before it left open: Newton's method from the design point moved along
its sensitivities, from the solved case that is nearest (from the design point where none is solved), the branch of the
design point followed to the case (`hotfire.physics.continuation`), and rough guesses. Of one fault in several sizes
none is followed beyond that at which the engine stopped (`hotfire.physics.families`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork, Equations
from hotfire.physics.continuation import follow
from hotfire.physics.families import Families, passed
from hotfire.physics.newton import newton
from hotfire.physics.prediction import Sensitivity
from hotfire.physics.solution_failure import failure, no_design_point
from hotfire.physics.starting import starting_point

__all__ = ["SteadyStates", "design_batch", "solve_states", "solve_steady"]

_DIRECT = 12
"""Newton steps that are worth making straight from the design point."""
_PREDICTED = 10
"""The same from where the prediction leads; what has not settled by then is nearer to a solved neighbour."""
_WORTH = 0.1
"""Share of the open cases that neighbours must have solved for another round from those that they solved."""
_DESIGN_TOLERANCE = 1e-10
_AFRESH = 40
"""Least number of Newton steps from another starting point."""
_POLISHED = 12
"""Most steps of the torn equations from a solution of all."""
_CHAMBER_LEVELS = (0.5, 0.15, 0.75, 0.03)
"""Chamber pressures to start from, over tank pressure, when a start is lost."""
_MACHINE_LEVELS = (0.75, 0.5, 0.6, 0.35, 0.85)
"""The same for pump-fed engines, over what their pumps deliver by design."""
_NONE = -1
"""No case."""
_GOVERNED = (1.0, 0.1, 0.01, 1e-3, 0.0)
"""Stiffness of the drives that hold the shafts' design speeds, step by step to none."""


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
        if not _design_solution(compiled).size:
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
        self._stopped_by = np.full(n, _NONE)

    @property
    def open(self) -> np.ndarray:
        """Cases that are not solved."""
        return np.flatnonzero(self._error > self._tolerance)

    def attempts(self) -> Iterator[Callable[[], None]]:
        """Yield the attempts in their order."""
        if self._guess is not None:
            yield self._from_guess
        if _design_solution(self._compiled).size:
            yield self._from_prediction
            yield self._from_neighbours if self._foretold.size else self._from_design
            yield self._along_the_branch
        for level in _levels(self._compiled):
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
        rows = self.open
        batch = self._batch.rows(rows)
        self._try(rows, batch, _sensitivity(self._compiled).predicted(batch), _PREDICTED)
        self._foretold = np.setdiff1d(rows, self.open)

    def _from_neighbours(self) -> None:
        """Start from the foretold case that is nearest to first order, then from those so solved, while it is worth it.

        What a guess solved is no neighbour: it may be an idle, and lead to another.
        """
        away = _sensitivity(self._compiled).first_order(self._batch)
        rows, solved = self.open, self._foretold
        while rows.size and solved.size > _WORTH * rows.size:
            distances = (np.abs(away[solved] - away[row]).max(axis=1) for row in rows)
            nearest = solved[[int(np.argmin(d)) for d in distances]]
            self._try(rows, self._batch.rows(rows), self._z[nearest].copy(), _DIRECT)
            solved, rows = np.setdiff1d(rows, self.open), self.open

    def _from_design(self) -> None:
        rows = self.open
        z = np.repeat(_design_solution(self._compiled), rows.size, axis=0)
        self._try(rows, self._batch.rows(rows), z, _DIRECT)

    def _along_the_branch(self) -> None:
        """Follow the largest open size of each fault; take up what the branch passes, give up what lies beyond."""
        rows = self.open
        families = Families.of(self._batch, rows, _sensitivity(self._compiled))
        while rows.size:
            leaders = families.leaders(rows)
            trail = self._follow(leaders)
            rows = np.setdiff1d(rows, leaders)
            led = [(i, leader, families.led_by(leader, rows)) for i, leader in enumerate(leaders)]
            for i, leader, others in ((i, leader, others) for i, leader, others in led if others.size):
                self._take_up(others, *passed(trail[:, i], families.size[others] / families.size[leader]))
                if self._error[leader] > self._tolerance and not np.isnan(self._fold[leader]):
                    self._give_up(families, leader, others)
            rows = rows[(self._error[rows] > self._tolerance) & np.isnan(self._fold[rows])]

    def _follow(self, rows: np.ndarray) -> FloatArray:
        """Follow a branch to each case; return the points along them, shape (steps, cases, k + 1)."""
        compiled, batch = self._compiled, self._batch.rows(rows)
        found = follow(compiled, design_batch(compiled), _design_solution(compiled), batch, self._tolerance)
        self._fold[rows], self._closed[rows] = found.fold, found.closed
        self._at_fold[rows] = found.at_fold
        reached = np.flatnonzero(found.reached)
        if reached.size:
            self._try(rows[reached], batch.rows(reached), found.z[reached], self._iterations)
        return found.trail

    def _take_up(self, rows: np.ndarray, z: FloatArray, there: np.ndarray) -> None:
        if there.any():
            self._try(rows[there], self._batch.rows(rows[there]), z[there], _DIRECT)

    def _give_up(self, families: Families, leader: int, others: np.ndarray) -> None:
        """Tell the sizes beyond that at which the engine stopped, and let the smallest of them stand for the rest."""
        stopped = self._fold[leader] * families.size[leader]
        beyond = families.beyond(others[self._error[others] > self._tolerance], stopped)
        self._fold[beyond] = stopped / families.size[beyond]
        self._closed[beyond], self._at_fold[beyond] = self._closed[leader], self._at_fold[leader]
        if beyond.size:
            self._stopped_by[[*beyond[1:], leader]] = beyond[0]

    def _from_rest(self, level: float) -> None:
        rows = self.open
        if level != _levels(self._compiled)[0]:
            # Where the running state ended in a fold, one rough guess is worth its time; more only find idles.
            self._guess_roughly(rows[np.isnan(self._fold[rows])], level)
            return
        before = self._stopped_by[rows]
        self._guess_roughly(rows[before == _NONE], level)
        # A larger size is worth a guess only where one led the smaller to a state of another branch.
        beyond, before = rows[before != _NONE], before[before != _NONE]
        self._guess_roughly(beyond[self._error[before] <= self._tolerance], level)

    def _guess_roughly(self, rows: np.ndarray, level: float) -> None:
        if not rows.size:
            return
        everyone, most = np.ones(rows.size, dtype=bool), max(self._iterations, _AFRESH)
        batch = self._batch.rows(rows)
        self._keep(rows, *_from_rest(self._compiled, batch, level, everyone, self._tolerance, most))

    def _try(self, rows: np.ndarray, batch: Batch, z: FloatArray, iterations: int) -> None:
        everyone = np.ones(rows.size, dtype=bool)
        residual, error = newton(self._compiled, batch, z, everyone, self._tolerance, iterations)
        self._keep(rows, z, residual, error)

    def _keep(self, rows: np.ndarray, z: FloatArray, residual: FloatArray, error: FloatArray) -> None:
        better = error < self._error[rows]
        kept = rows[better]
        self._z[kept], self._residual[kept], self._error[kept] = z[better], residual[better], error[better]


def _levels(compiled: CompiledNetwork) -> tuple[float, ...]:
    return _MACHINE_LEVELS if compiled.machines else _CHAMBER_LEVELS


def design_batch(compiled: CompiledNetwork) -> Batch:
    """Return the one case that the engine file describes: sound, full, valves open."""
    network = compiled.network
    states = network.initial_states(network.parameter_values)
    return Batch(
        np.array([[states[n] for n in network.states]], dtype=float).reshape(1, -1),
        np.array([list(network.parameter_values.values())]),
        np.zeros((1, len(compiled.fault_names))),
        np.array([list(network.input_defaults.values())], dtype=float).reshape(1, -1),
    )


def _design_solution(compiled: CompiledNetwork) -> FloatArray:
    """Scaled unknowns of the engine as its file describes it, shape (1, k); kept. Empty where it does not run."""
    if not compiled.design_solution:
        batch, one = design_batch(compiled), np.ones(1, dtype=bool)
        compiled.design_solution.append(np.empty((0, len(compiled.torn))))
        for level in _levels(compiled):
            # Most engines are found from the torn unknowns of the guess, which spares compiling the whole.
            z = np.ascontiguousarray(_start(compiled, 1, level)[:, compiled.torn_columns])
            found = _let_go(compiled, compiled, batch, z, one, _DESIGN_TOLERANCE, _AFRESH)
            if not found[0]:
                z, _, error = _from_rest(compiled, batch, level, one, _DESIGN_TOLERANCE, 60)
                found = error <= _DESIGN_TOLERANCE
            if found[0]:
                compiled.design_solution[0] = z
                break
    return compiled.design_solution[0]


def _sensitivity(compiled: CompiledNetwork) -> Sensitivity:
    """How the design point's solution moves; kept."""
    if not compiled.sensitivity:
        compiled.sensitivity.append(
            Sensitivity.of(compiled, design_batch(compiled), _design_solution(compiled))
        )
    return compiled.sensitivity[0]


def _start(compiled: CompiledNetwork, n: int, chamber: float) -> FloatArray:
    """Guess: pressures fall evenly along the flow, to `chamber` as a share of what feeds it."""
    guess = starting_point(compiled.network, chamber)
    return np.tile([guess[name] / compiled.scale(name) for name in compiled.network.unknowns], (n, 1))


def _from_rest(
    compiled: CompiledNetwork,
    batch: Batch,
    level: float,
    wanted: np.ndarray,
    tolerance: float,
    iterations: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Solve from a guess of all unknowns; where shafts turn, first with their speeds held, then let go."""
    z = _start(compiled, batch.states.shape[0], level)
    following = _let_go(compiled, compiled.whole, batch, z, wanted, tolerance, iterations)
    z = np.ascontiguousarray(z[:, compiled.torn_columns])
    residual, error = newton(compiled, batch, z, wanted, tolerance, _POLISHED)
    error[wanted & ~following] = np.inf
    return z, residual, error


def _let_go(
    compiled: CompiledNetwork,
    equations: CompiledNetwork | Equations,
    batch: Batch,
    z: FloatArray,
    wanted: np.ndarray,
    tolerance: float,
    iterations: int,
) -> np.ndarray:
    """Solve equations from a guess, in place, with the shafts held less and less; say which cases followed."""
    columns = [i for i, name in enumerate(compiled.input_names) if name.endswith(".governed")]
    following = wanted
    for stiffness in _GOVERNED if columns else (0.0,):
        inputs = batch.inputs.copy()
        inputs[:, columns] = np.maximum(inputs[:, columns], stiffness)
        held = replace(batch, inputs=inputs)
        _, error = newton(equations, held, z, following, tolerance, iterations)
        # A speed let go from where nothing was solved runs down to an idle that also solves the equations.
        following = following & (error <= tolerance)
    return following
