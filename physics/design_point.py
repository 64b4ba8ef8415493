"""The design point of an engine: its solution and slopes, kept, and the rough guesses from which it is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork, Equations
from hotfire.physics.newton import newton
from hotfire.physics.prediction import Sensitivity
from hotfire.physics.starting import starting_point

__all__ = ["AFRESH", "design_batch", "design_solution", "from_rest", "levels", "sensitivity_of"]

AFRESH = 40
"""Least number of Newton steps from another starting point."""
_KEPT = "sensitivity"
_DESIGN_TOLERANCE = 1e-10
_POLISHED = 12
"""Most steps of the torn equations from a solution of all."""
_CHAMBER_LEVELS = (0.5, 0.15, 0.75, 0.03)
"""Chamber pressures to start from, over tank pressure, when a start is lost."""
_MACHINE_LEVELS = (0.75, 0.5, 0.6, 0.35, 0.85)
"""The same for pump-fed engines, over what their pumps deliver by design."""
_GOVERNED = (1.0, 0.1, 0.01, 1e-3, 0.0)
"""Stiffness of the drives that hold the shafts' design speeds, step by step to none."""


def levels(compiled: CompiledNetwork) -> tuple[float, ...]:
    """Return the chamber pressures of rough guesses, as shares of what feeds the chamber, the likeliest first."""
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


def design_solution(compiled: CompiledNetwork) -> FloatArray:
    """Scaled unknowns of the engine as its file describes it, shape (1, k); kept. Empty where it does not run."""
    if not compiled.design_solution:
        batch, one = design_batch(compiled), np.ones(1, dtype=bool)
        compiled.design_solution.append(np.empty((0, len(compiled.torn))))
        for level in levels(compiled):
            # Most engines are found from the torn unknowns of the guess, which spares compiling the whole.
            z = np.ascontiguousarray(_start(compiled, 1, level)[:, compiled.torn_columns])
            found = _let_go(compiled, compiled, batch, z, one, _DESIGN_TOLERANCE, AFRESH)
            if not found[0]:
                z, _, error = from_rest(compiled, batch, level, one, _DESIGN_TOLERANCE, 60)
                found = error <= _DESIGN_TOLERANCE
            if found[0]:
                compiled.design_solution[0] = z
                break
    return compiled.design_solution[0]


def sensitivity_of(compiled: CompiledNetwork) -> Sensitivity:
    """How the design point's solution moves; kept."""
    if _KEPT not in compiled.kept:
        compiled.kept[_KEPT] = Sensitivity.of(compiled, design_batch(compiled), design_solution(compiled))
    found = compiled.kept[_KEPT]
    assert isinstance(found, Sensitivity)
    return found


def _start(compiled: CompiledNetwork, n: int, chamber: float) -> FloatArray:
    """Guess: pressures fall evenly along the flow, to `chamber` as a share of what feeds it."""
    guess = starting_point(compiled.network, chamber)
    return np.tile([guess[name] / compiled.scale(name) for name in compiled.network.unknowns], (n, 1))


def from_rest(
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
