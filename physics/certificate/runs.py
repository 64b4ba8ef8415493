"""Running an engine from its declarations alone, with differences for derivatives: for rivals that nobody stated.

Slow beside the compiled solver and as independent of it as the rest of a verification: the declarations are evaluated
on arrays, Newton's method has its Jacobian from differences, and the states follow by going over the whole run again
until they stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.slopes import read_outputs, share_after
from hotfire.physics.certificate.values import Solution, StatedFault
from hotfire.physics.network import Evaluation, Network

__all__ = ["Solved", "run", "solve"]

_STEP, _SOLVED, _ITERATIONS, _SWEEPS = 1e-6, 1e-6, 10, 3
_FARTHEST = 0.3
"""Largest step of Newton's method, in the scale of the unknown."""
_STILL = 1e-4


@dataclass(frozen=True, eq=False)
class Solved:
    """Solutions at instants and cases, all arrays of one shape (T, ...).

    Attributes:
        unknowns: By name, SI.
        outputs: Those that features need, by name.
        rates: Of the states, by name.
        good: Whether the balances hold.
    """

    unknowns: Mapping[str, FloatArray]
    outputs: Mapping[str, FloatArray]
    rates: Mapping[str, FloatArray]
    good: FloatArray


def solve(frame: Frame, imposed: Mapping[str, Any], guess: Mapping[str, FloatArray]) -> Solved:
    """Solve the balances for everything imposed, states included; arrays broadcast to the shape of the guess."""
    for table in frame.direct[1]:
        table.fine = False
    try:
        return _solve(frame, imposed, guess)
    finally:
        for table in frame.direct[1]:
            table.fine = True


def _solve(frame: Frame, imposed: Mapping[str, Any], guess: Mapping[str, FloatArray]) -> Solved:
    network = frame.direct[0]
    names = list(network.unknowns)
    scale = np.array([network.scales[network.unknown_kinds[n]] for n in names])
    start = np.stack([guess[n] for n in names], axis=-1) / scale
    shape = start.shape[:-1]
    fixed = {n: np.broadcast_to(np.asarray(v, dtype=float), shape).ravel() for n, v in imposed.items()}
    z = start.reshape(-1, len(names))
    open_ = np.arange(z.shape[0])
    for _ in range(_ITERATIONS):
        here = {n: v[open_] for n, v in fixed.items()}
        step, error = _newton_step(network, here, z[open_], names, scale)
        moving = np.isfinite(error) & (error > _SOLVED)
        open_, step = open_[moving], step[moving]
        if not open_.size:
            break
        longest = np.abs(step).max(axis=-1, keepdims=True)
        z[open_] -= step * np.minimum(1.0, _FARTHEST / np.maximum(longest, _FARTHEST))
    found = {n: z[:, i] * scale[i] for i, n in enumerate(names)}
    final = network.evaluate(fixed | found)
    residual = _residual(network, final, z.shape[:1])
    good = np.isfinite(residual).all(axis=1) & (np.abs(np.nan_to_num(residual)).max(axis=1) < 10.0 * _SOLVED)

    def shaped(values: Any) -> FloatArray:
        return np.asarray(np.broadcast_to(values, z.shape[:1]).reshape(shape))

    return Solved(
        {n: shaped(v) for n, v in found.items()},
        {n: shaped(final.outputs[n]) for n in read_outputs(frame)},
        {s: shaped(final.derivatives[s]) for s in network.states},
        shaped(good),
    )


def _residual(network: Network, found: Evaluation, shape: tuple[int, ...]) -> FloatArray:
    """Scaled residuals of the balances, (..., balances)."""
    scaled = [(b.left - b.right) / network.scales[b.scale] for _, b in found.balances]
    return np.stack([np.broadcast_to(r, shape) for r in scaled], axis=-1)


def _newton_step(
    network: Network, fixed: Mapping[str, FloatArray], z: FloatArray, names: list[str], scale: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Newton's step of n cases, (n, unknowns), and the largest scaled residual of each."""
    moves = np.concatenate([np.zeros((1, len(names))), _STEP * np.eye(len(names))])
    trial = z[:, None, :] + moves
    values = {n: v[:, None] for n, v in fixed.items()} | {
        n: trial[..., i] * scale[i] for i, n in enumerate(names)
    }
    residual = _residual(network, network.evaluate(values), trial.shape[:-1])
    good = np.asarray(np.isfinite(residual).all(axis=(-1, -2)))
    residual = np.where(good[:, None, None], residual, 0.0)
    jacobian = (residual[:, 1:] - residual[:, :1]).swapaxes(-1, -2) / _STEP
    jacobian = np.where(good[:, None, None], jacobian, 0.0) + 1e-12 * np.eye(len(names))
    jacobian[~good] = np.eye(len(names))
    step = np.linalg.solve(jacobian, residual[:, 0, :, None])[..., 0]
    return np.asarray(step, dtype=float), np.where(good, np.abs(residual[:, 0]).max(axis=1), np.nan)


def run(
    frame: Frame, tolerances: Mapping[str, float], faults: Sequence[StatedFault], guess: Solution
) -> tuple[Solution, Solved] | None:
    """Run the engine through the instants, from a solution nearby; None where it has no solution."""
    rows = frame.imposed(tolerances, faults)
    imposed: dict[str, Any] = {n: np.array([r[n] for r in rows]) for n in rows[0]}
    network, shares = frame.network, share_after(frame, faults)
    least = dict(zip(network.states, network.least_states, strict=True))
    first = network.initial_states({n: float(imposed[n][0]) for n in network.parameter_values})
    unknowns: Mapping[str, FloatArray] = {n: np.array(v) for n, v in guess.unknowns.items()}
    states = {n: np.array(v) + first[n] - v[0] for n, v in guess.states.items()}
    found = None
    for _ in range(_SWEEPS):
        found = solve(frame, imposed | states, unknowns)
        if not found.good.all():
            return None
        unknowns, moved = found.unknowns, 0.0
        for name in network.states:
            course = _integrated(frame, found.rates[name], shares, first[name], least[name])
            moved = max(moved, float(np.abs(course - states[name]).max()) / max(abs(first[name]), 1e-3))
            states[name] = course
        if moved < _STILL:
            break
    assert found is not None
    solution = Solution(
        {n: tuple(map(float, v)) for n, v in unknowns.items()},
        {n: tuple(map(float, v)) for n, v in states.items()},
    )
    return solution, found


def _integrated(
    frame: Frame, rates: FloatArray, shares: list[float], first: float, least: float
) -> FloatArray:
    """A state by its rates: the trapezoidal rule, and where a fault steps in each side by its share."""
    values = [first]
    for k, share in enumerate(shares):
        step = frame.instants[k + 1] - frame.instants[k]
        turn = 0.0
        if k > 0 and share != 0.5:
            turn = (rates[k] - rates[k - 1]) * step / (frame.instants[k] - frame.instants[k - 1])
        passed = (1.0 - share) * rates[k] + share * rates[k + 1] + (0.5 - share) * turn
        values.append(max(values[-1] + step * float(passed), least))
    return np.array(values)
