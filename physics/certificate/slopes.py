"""How features move with tolerances and with the size of a fault, by differences of the declarations.

At each instant the declarations are evaluated with every unknown, state and uncertain parameter moved a little, all at
once as arrays; the implicit function theorem gives what the solved engine does, and the trapezoidal rule carries the
departure of the states along. No generated code takes part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.means import window_means
from hotfire.physics.certificate.plain import Frame, course
from hotfire.physics.certificate.values import Solution, StatedFault
from hotfire.physics.network import Network

__all__ = ["Slopes", "read_outputs", "share_after", "slopes", "solved_slopes"]

_STEP = 1e-6


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives of what the solved engine does at T instants, by X causes.

    Attributes:
        outputs: By name, (T, X).
        rates: Of the states, (T, states, X).
        inverse: Inverse of the derivatives of the scaled balances by the unknowns, (T, U, B).
        causes: Names: states first, then parameters, then the fault.
    """

    outputs: Mapping[str, FloatArray]
    rates: FloatArray
    inverse: FloatArray
    causes: tuple[str, ...]


def read_outputs(frame: Frame) -> list[str]:
    """Outputs that the features need."""
    measured = [s.measures for s in frame.sensors]
    resting = [frame.network.at_tank_pressure.get(m, m) for m in measured]
    return list(dict.fromkeys([*measured, *resting]))


def slopes(
    frame: Frame, solution: Solution, tolerances: Mapping[str, float], faults: Sequence[StatedFault]
) -> tuple[FloatArray, FloatArray]:
    """Derivatives of the features by the tolerance variables, (d, m), and by the sizes of hardware faults, (d, h)."""
    parts = frame.hardware(faults)
    imposed = frame.imposed(tolerances, parts)
    columns = {n: np.array([v[n] for v in imposed]) for n in imposed[0]}
    names = [*dict.fromkeys([*frame.constant, *frame.wandering])]
    found = solved_slopes(frame, solution, columns, [*names, *(f.name for f in parts)])
    weights = _by_cause(frame, columns, names, parts)
    states = len(frame.network.states)
    rates = np.einsum("tsx,txc->tsc", found.rates[..., states:], weights)
    first = _first(frame, columns, weights.shape[2])
    departure = _departures(frame, found.rates[..., :states], rates, first, share_after(frame, parts))
    series = {
        name: np.einsum("tx,txc->tc", slope[:, states:], weights)
        + np.einsum("ts,tsc->tc", slope[:, :states], departure)
        for name, slope in found.outputs.items()
    }
    features = window_means(frame, series, frame.steps_in(parts), departure=True)
    flat = features.reshape(-1, features.shape[-1])
    by_tolerance, by_sizes = np.split(flat, [len(frame.tolerance_names)], axis=1)
    return by_tolerance, by_sizes


def solved_slopes(
    frame: Frame, solution: Solution, columns: Mapping[str, FloatArray], moved: Sequence[str]
) -> Slopes:
    """Differentiate the solved engine at every instant by its states and by what is imposed."""
    network = frame.direct[0]
    values = dict(columns) | {
        n: np.array(v) for n, v in (*solution.unknowns.items(), *solution.states.items())
    }
    unknowns, states = list(solution.unknowns), list(network.states)
    order = [*unknowns, *states, *moved]
    steps = {n: _STEP * np.maximum(np.abs(values[n]), 1e-3 * _typical(network, n, values[n])) for n in order}
    shape = (len(frame.instants), len(order) + 1)
    spread: dict[str, Any] = {n: np.broadcast_to(np.asarray(v)[..., None], shape) for n, v in values.items()}
    for i, name in enumerate(order):
        spread[name] = spread[name].copy()
        spread[name][:, i + 1] += steps[name]
    found = network.evaluate(spread)
    length = np.stack([steps[n] for n in order], axis=1)

    def slope(values: Any) -> FloatArray:
        whole = np.broadcast_to(values, shape)
        return np.asarray((whole[:, 1:] - whole[:, :1]) / length)

    balances = np.stack(
        [slope((b.left - b.right) / network.scales[b.scale]) for _, b in found.balances], axis=1
    )
    inverse = np.linalg.inv(balances[..., : len(unknowns)])
    follow = inverse @ balances[..., len(unknowns) :]

    def total(part: FloatArray) -> FloatArray:
        return np.asarray(
            part[:, len(unknowns) :] - np.einsum("tu,tux->tx", part[:, : len(unknowns)], follow)
        )

    outputs = {name: total(slope(found.outputs[name])) for name in read_outputs(frame)}
    rates = [total(slope(found.derivatives[s])) for s in states]
    shaped: FloatArray = (
        np.stack(rates, axis=1) if rates else np.zeros((shape[0], 0, len(order) - len(unknowns)))
    )
    return Slopes(outputs, shaped, np.asarray(inverse, dtype=float), tuple(order[len(unknowns) :]))


def _typical(network: Network, name: str, values: FloatArray) -> Any:
    """What counts as one for a quantity that may stand near nought."""
    kind = network.unknown_kinds.get(name)
    return network.scales[kind] if kind else np.maximum(np.abs(values), 1.0)


def _by_cause(
    frame: Frame, columns: Mapping[str, FloatArray], names: Sequence[str], parts: Sequence[StatedFault]
) -> FloatArray:
    """How parameters and faults move with the tolerance variables and with the sizes, (T, X, m + h)."""
    count = len(frame.tolerance_names)
    weights = np.zeros((len(frame.instants), len(names) + len(parts), count + len(parts)))
    for i, name in enumerate(frame.constant):
        weights[:, names.index(name), i] = columns[name] * frame.network.tolerances[name]
    at = len(frame.constant)
    for name, amplitude in frame.wandering.items():
        width = frame.wander.shape[1]
        weights[:, names.index(name), at : at + width] += amplitude * columns[name][:, None] * frame.wander
        at += width
    for k, fault in enumerate(parts):
        share = [course(fault, t, frame.instants[-1]) for t in frame.instants]
        weights[:, len(names) + k, count + k] = share
    return weights


def _first(frame: Frame, columns: Mapping[str, FloatArray], causes: int) -> FloatArray:
    """Derivatives of the first states by the causes, (states, causes)."""
    network = frame.network
    start = {n: float(columns[n][0]) for n in network.parameter_values}
    own = network.initial_states(start)
    found = np.zeros((len(network.states), causes))
    for i, name in enumerate(frame.constant):
        there = network.initial_states(start | {name: start[name] * (1.0 + _STEP)})
        found[:, i] = [(there[s] - own[s]) / _STEP * network.tolerances[name] for s in network.states]
    return found


def share_after(frame: Frame, faults: Sequence[StatedFault]) -> list[float]:
    """Share of each step of the grid that lies after a stepping onset in it; a half elsewhere."""
    shares, onset = [0.5] * (len(frame.instants) - 1), frame.steps_in(faults)
    if onset is not None and frame.instants[0] < onset <= frame.instants[-1]:
        k = int(np.searchsorted(frame.instants, onset)) - 1
        shares[k] = (frame.instants[k + 1] - onset) / (frame.instants[k + 1] - frame.instants[k])
    return shares


def _departures(
    frame: Frame, by_state: FloatArray, forcing: FloatArray, first: FloatArray, after: Sequence[float]
) -> FloatArray:
    """Departures of the states, d' = A d + b, carried by the trapezoidal rule, (T, states, causes)."""
    found = [first]
    unit = np.eye(first.shape[0])
    for k, share in enumerate(after):
        step = frame.instants[k + 1] - frame.instants[k]
        known = found[-1] + step * (
            (1.0 - share) * (by_state[k] @ found[-1] + forcing[k]) + share * forcing[k + 1]
        )
        found.append(np.linalg.solve(unit - step * share * by_state[k + 1], known))
    return np.stack(found)
