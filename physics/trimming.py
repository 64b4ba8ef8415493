"""Exchange of roles: which parameters make the engine read what is wanted?

The way in which a test stand sets orifices, and in which a model is fitted to one operating point: as many
parameters are let go as readings are held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.steady import solve_steady

__all__ = ["OperatingPoint", "steady_point", "trim"]

_STEPS = 60
_LARGEST = 0.3
"""Largest change of the logarithm of a parameter in one step."""
_CLOSE = 1e-6
"""Relative error of a reading that is left: above what the residual below leaves in any reading."""
_SOLVED = 1e-10
"""Largest scaled residual of the steady states."""
_TINY = 1e-12
_HALVINGS = 6


class OperatingPoint(dict[str, float]):
    """Outputs of a steady state by name, SI, with the parameters that it belongs to.

    Attributes:
        parameters: By name, SI.
        unknowns: Scaled unknowns that solve it, shape (1, k).
    """

    def __init__(
        self, outputs: Mapping[str, float], parameters: Mapping[str, float], unknowns: FloatArray
    ) -> None:
        super().__init__(outputs)
        self.parameters, self.unknowns = dict(parameters), unknowns


def _batch(compiled: CompiledNetwork, parameters: Mapping[str, float], inputs: Mapping[str, float]) -> Batch:
    network = compiled.network
    states = network.initial_states(parameters)
    commands = network.input_defaults | dict(inputs)
    return Batch(
        np.array([[states[n] for n in network.states]], dtype=float).reshape(1, -1),
        np.array([[parameters[n] for n in compiled.parameter_names]]),
        np.zeros((1, len(compiled.fault_names))),
        np.array([[commands[n] for n in compiled.input_names]], dtype=float).reshape(1, -1),
    )


def steady_point(
    compiled: CompiledNetwork,
    parameters: Mapping[str, float] | None = None,
    inputs: Mapping[str, float] | None = None,
) -> OperatingPoint:
    """Solve the sound engine; parameters and inputs that are not given are those of its file."""
    values = compiled.network.parameter_values | dict(parameters or {})
    batch = _batch(compiled, values, inputs or {})
    z, _ = solve_steady(compiled, batch)
    outputs = compiled.rates(z, batch)[1][0]
    return OperatingPoint(dict(zip(compiled.output_names, map(float, outputs), strict=True)), values, z)


def trim(
    compiled: CompiledNetwork,
    wanted: Mapping[str, float],
    by: Sequence[str],
    *,
    start: OperatingPoint | None = None,
    inputs: Mapping[str, float] | None = None,
) -> OperatingPoint:
    """Find the values of `by` at which the engine reads what is wanted.

    Newton's method on the logarithms of parameters, derivatives by the implicit function theorem.

    Args:
        compiled: The engine.
        wanted: Outputs to hold, SI; none of them zero.
        by: As many parameters, all above zero.
        start: Point to begin from; its other parameters are kept. The file's where absent.
        inputs: Inputs that differ from their neutral values.

    Raises:
        SolutionError: If no values were found; says how far off the readings still are.
        ValueError: If there are not as many parameters as readings.
    """
    if len(wanted) != len(by):
        raise ValueError(f"{len(wanted)} readings cannot be held by {len(by)} parameters: give as many")
    values = compiled.network.parameter_values if start is None else start.parameters
    names, targets = list(wanted), np.array(list(wanted.values()))
    rows = [compiled.output_names.index(n) for n in names]
    batch = _batch(compiled, values, inputs or {})
    z, _ = solve_steady(compiled, batch, None if start is None else start.unknowns, tolerance=_SOLVED)
    for _ in range(_STEPS):
        outputs = compiled.rates(z, batch)[1][0]
        off = np.log(np.maximum(outputs[rows] / targets, _TINY))
        if np.abs(off).max() < _CLOSE:
            return OperatingPoint(
                dict(zip(compiled.output_names, map(float, outputs), strict=True)), values, z
            )
        slopes = compiled.slopes(z, batch, outputs=names, parameters=list(by)).outputs_by_parameter[0]
        matrix = slopes * np.array([values[n] for n in by]) / outputs[rows][:, None]
        step = -np.linalg.lstsq(matrix, off, rcond=1e-10)[0]
        step *= min(1.0, _LARGEST / max(float(np.abs(step).max()), 1e-12))
        for _ in range(_HALVINGS):
            trial = values | {n: values[n] * float(np.exp(s)) for n, s in zip(by, step, strict=True)}
            batch = _batch(compiled, trial, inputs or {})
            found, solved = solve_steady(compiled, batch, z, tolerance=_SOLVED, strict=False)
            if solved[0]:
                break
            step = 0.5 * step
        values, z = trial, found
    worst = int(np.argmax(np.abs(off)))
    raise SolutionError(
        "the wanted readings cannot be reached",
        where=names[worst],
        residual=float(off[worst]),
        why=f"it still is {np.expm1(off[worst]):+.2%} off after {_STEPS} steps",
        remedy="hold readings that the chosen parameters act on, each on another",
    )
