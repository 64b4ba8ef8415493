"""Quasi-steady solution of a batch: damped Newton, and a failure that names the equation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.starting import starting_point

__all__ = ["design_batch", "solve_steady"]

_HALVINGS = 6
_DIRECT = 12
"""Newton steps that are worth making straight from the design point."""
_STRIDES, _SHORTEST = 60, 0.004
_DESIGN_TOLERANCE = 1e-8
_AFRESH = 40
"""Least number of Newton steps from another starting point."""
_CHAMBER_LEVELS = (0.5, 0.15, 0.75, 0.03)
"""Chamber pressures to start from, over tank pressure, when a start is lost."""


_MACHINE_LEVELS = (0.75, 0.5, 0.6, 0.35, 0.85)
"""The same for pump-fed engines, over what their pumps deliver by design."""
_GOVERNED = (1.0, 0.1, 0.01, 1e-3, 0.0)
"""Stiffness of the drives that hold the shafts' design speeds, step by step to none."""


def _start(compiled: CompiledNetwork, n: int, chamber: float) -> FloatArray:
    """Guess: pressures fall evenly along the flow, from the tanks to `chamber` as a share of tank pressure."""
    if compiled.machines:
        guess = starting_point(compiled.network, chamber)
        return np.tile([guess[name] / compiled.scale(name) for name in compiled.torn], (n, 1))
    levels = np.linspace(0.95, chamber, len(compiled.torn))
    return np.tile(np.asarray(levels), (n, 1))


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
    """Solve the balances of n cases; those that are lost start again from other points.

    Args:
        compiled: The engine.
        batch: The n cases.
        guess: Scaled unknowns to start from, shape (n, k).
        tolerance: Largest scaled residual that counts as solved.
        iterations: Most Newton steps.
        strict: Raise when a case is not solved; otherwise only report it.
        active: Cases to solve, shape (n,); the others keep their guess and count as not solved.

    Returns:
        Scaled unknowns (n, k), and which cases are solved (n,).

    Raises:
        SolutionError: With the largest residual, its equation and component.
    """
    n = batch.states.shape[0]
    wanted = np.ones(n, dtype=bool) if active is None else active
    if guess is not None:
        z = guess.copy()
        residual, error = _newton(compiled, batch, z, wanted, tolerance, iterations)
    elif compiled.machines:
        z, residual, error = _from_design(compiled, batch, wanted, tolerance, iterations)
    else:
        z, residual, error = _from_rest(compiled, batch, _CHAMBER_LEVELS[0], wanted, tolerance, iterations)
    for level in _MACHINE_LEVELS if compiled.machines else _CHAMBER_LEVELS:
        lost = np.flatnonzero(wanted & (error > tolerance))
        if lost.size == 0:
            break
        all_lost = np.ones(lost.size, dtype=bool)
        again, new_residual, new_error = _from_rest(
            compiled, batch.rows(lost), level, all_lost, tolerance, max(iterations, _AFRESH)
        )
        found = new_error < error[lost]
        z[lost[found]], residual[lost[found]], error[lost[found]] = (
            again[found],
            new_residual[found],
            new_error[found],
        )
    solved = (error <= tolerance) & wanted
    if strict and not solved.all():
        _explain(compiled, residual, error)
    return z, solved


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


def _design_solution(compiled: CompiledNetwork) -> FloatArray | None:
    """Scaled unknowns of the engine as its file describes it, shape (1, k); kept. None where it does not run."""
    if not compiled.design_solution:
        batch, one = design_batch(compiled), np.ones(1, dtype=bool)
        for level in _MACHINE_LEVELS:
            z, _, error = _from_rest(compiled, batch, level, one, _DESIGN_TOLERANCE, 60)
            if error[0] <= _DESIGN_TOLERANCE:
                compiled.design_solution.append(z)
                break
    return compiled.design_solution[0] if compiled.design_solution else None


def _from_design(
    compiled: CompiledNetwork, batch: Batch, wanted: np.ndarray, tolerance: float, iterations: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Solve from the design point at once, or else on the way from it (homotopy in all that is imposed).

    A pump-fed engine may have a second state, an idle; on the way from the design point the running one is kept.
    """
    n = batch.states.shape[0]
    design = _design_solution(compiled)
    if design is None:
        return _from_rest(compiled, batch, _MACHINE_LEVELS[0], wanted, tolerance, iterations)
    z = np.repeat(design, n, axis=0)
    residual, error = _newton(compiled, batch, z, wanted, tolerance, _DIRECT)
    lost = np.flatnonzero(wanted & (error > tolerance))
    if lost.size:
        z[lost] = _followed(compiled, batch.rows(lost), np.repeat(design, lost.size, axis=0))
        again = np.zeros(n, dtype=bool)
        again[lost] = True
        new_residual, new_error = _newton(compiled, batch, z, again, tolerance, iterations)
        residual[lost], error[lost] = new_residual[lost], new_error[lost]
    return z, residual, error


def _followed(compiled: CompiledNetwork, batch: Batch, z: FloatArray) -> FloatArray:
    """Carry solutions of the design point to other cases, each by strides of its own length."""
    design = design_batch(compiled)
    n = z.shape[0]
    way, stride = np.zeros(n), np.full(n, 0.25)
    for _ in range(_STRIDES):
        going = np.flatnonzero((way < 1.0) & (stride > _SHORTEST))
        if going.size == 0:
            break
        ahead = np.minimum(way[going] + stride[going], 1.0)
        trial = z[going].copy()
        case = _between(design, batch.rows(going), ahead)
        _, error = _newton(compiled, case, trial, np.ones(going.size, dtype=bool), 1e-6, 25)
        good = error <= 1e-6
        z[going[good]], way[going[good]] = trial[good], ahead[good]
        stride[going] *= np.where(good, 1.6, 0.4)
    return z


def _between(design: Batch, batch: Batch, way: FloatArray) -> Batch:
    """Return cases part of the way from the design point."""
    share = way[:, None]
    pairs = zip(design.columns(), batch.columns(), strict=True)
    return Batch(*(a + share * (b - a) for a, b in pairs))


def _from_rest(
    compiled: CompiledNetwork,
    batch: Batch,
    level: float,
    wanted: np.ndarray,
    tolerance: float,
    iterations: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Solve from a guess; where shafts turn, first with their speeds held, then with the hold let go."""
    z = _start(compiled, batch.states.shape[0], level)
    columns = [i for i, name in enumerate(compiled.input_names) if name.endswith(".governed")]
    if not columns:
        residual, error = _newton(compiled, batch, z, wanted, tolerance, iterations)
        return z, residual, error
    following, lost = wanted, np.zeros(wanted.size)
    for stiffness in _GOVERNED:
        inputs = batch.inputs.copy()
        inputs[:, columns] = np.maximum(inputs[:, columns], stiffness)
        residual, error = _newton(
            compiled, replace(batch, inputs=inputs), z, following, tolerance, iterations
        )
        # A speed let go from where nothing was solved runs down to an idle that also solves the equations.
        lost[following & (error > tolerance)] = np.inf
        following = following & (error <= tolerance)
    error = np.maximum(error, lost)
    return z, residual, error


def _newton(
    compiled: CompiledNetwork,
    batch: Batch,
    z: FloatArray,
    wanted: np.ndarray,
    tolerance: float,
    iterations: int,
) -> tuple[FloatArray, FloatArray]:
    """Iterate on `z` in place; return residuals and the largest of each case (zero where not wanted)."""
    residual, jacobian = compiled.residuals(z, batch)
    error = np.where(wanted, _largest(residual), 0.0)
    for _ in range(iterations):
        open_cases = np.flatnonzero(error > tolerance)
        if open_cases.size == 0:
            break
        _step(compiled, batch, z, residual, jacobian, error, open_cases)
    return residual, error


def _largest(residual: FloatArray) -> FloatArray:
    worst: FloatArray = np.abs(residual).max(axis=1)
    return np.where(np.isfinite(worst), worst, np.inf)


def _step(
    compiled: CompiledNetwork,
    batch: Batch,
    z: FloatArray,
    residual: FloatArray,
    jacobian: FloatArray,
    error: FloatArray,
    cases: np.ndarray,
) -> None:
    """Make one damped Newton step for the open cases, in place; halve it where the residual would grow."""
    matrix = jacobian[cases] + 1e-12 * np.eye(z.shape[1])
    step = -np.linalg.solve(matrix, residual[cases][..., None])[..., 0]
    step *= np.minimum(1.0, 0.5 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
    factor = np.ones(cases.size)
    waiting = np.arange(cases.size)
    for halving in range(_HALVINGS):
        rows = cases[waiting]
        trial = z[rows] + factor[waiting, None] * step[waiting]
        new_residual, new_jacobian = compiled.residuals(trial, batch.rows(rows))
        new_error = _largest(new_residual)
        better = new_error < error[rows]
        if halving == _HALVINGS - 1:
            better |= np.isfinite(new_error)
        keep = rows[better]
        z[keep], residual[keep], jacobian[keep] = trial[better], new_residual[better], new_jacobian[better]
        error[keep] = new_error[better]
        waiting = waiting[~better]
        if waiting.size == 0:
            return
        factor[waiting] *= 0.4


def _explain(compiled: CompiledNetwork, residual: FloatArray, error: FloatArray) -> None:
    """Raise the error of the worst case."""
    case = int(np.argmax(error))
    worst = int(np.argmax(np.abs(residual[case])))
    raise SolutionError(
        f"the equations did not converge in {int((error > 1e-8).sum())} of {error.size} cases",
        equation=compiled.residual_names[worst],
        residual=float(residual[case, worst]),
        where=compiled.residual_names[worst],
        why=f"its scaled residual is {residual[case, worst]:.2e}",
        remedy="look for a parameter of that component with a wrong unit or an impossible value",
    )
