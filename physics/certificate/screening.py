"""Screening every single fault about the sound engine, from the declarations alone.

Faults of components are solved at a few sizes at every instant, with the tanks as the sound engine left them; how far
these stray from the onset on is taken linear. Faults of sensors are exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.means import window_means
from hotfire.physics.certificate.places import declared_fault, range_of, size_of
from hotfire.physics.certificate.plain import Frame, course
from hotfire.physics.certificate.runs import solve
from hotfire.physics.certificate.slopes import read_outputs, solved_slopes
from hotfire.physics.certificate.values import Solution, StatedFault
from hotfire.physics.certificate.weight import Weights
from hotfire.physics.declaration import Fault

__all__ = ["About", "Effects", "effects_of", "screened", "screened_beside"]

_SIZES = 4


@dataclass(frozen=True, eq=False)
class About:
    """The sound engine about which rivals are screened: where, what it reads, and how that moves."""

    tolerances: dict[str, float]
    solution: Solution
    features: FloatArray
    jacobian: FloatArray

    def features_at(self, tolerances: FloatArray) -> FloatArray:
        """Features of the sound engine at other tolerances, linear about this point."""
        change = self.jacobian @ (tolerances - np.array(list(self.tolerances.values())))
        return np.asarray(self.features + change.reshape(self.features.shape))


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of one fault about the sound engine.

    Attributes:
        faults: Its courses; sizes are those of `sizes`.
        sizes: In rising order, (q,).
        effects: Change of the features by each course and size, (courses, q, d).
    """

    faults: list[StatedFault]
    sizes: list[float]
    effects: FloatArray


def effects_of(frame: Frame, weights: Weights, about: About) -> list[Effects]:
    """Every fault of every sensor and component with every course."""
    return [*_sensors(frame, weights, about), *_hardware(frame, about)]


def screened(
    frame: Frame, weights: Weights, about: About, found: Sequence[Effects]
) -> Iterator[tuple[float, StatedFault]]:
    """Yield every fault at its best size and course about the sound engine, with how hopeful it is."""
    theta = np.array(list(about.tolerances.values()))
    physical = about.jacobian[weights.used]
    around = weights.around((), (about.features,), weights.scales) + physical @ physical.T
    root = np.linalg.cholesky(around)
    off = weights.measured - about.features.ravel()[weights.used] + physical @ theta
    residual = np.linalg.solve(root, off)
    for own in found:
        declared = declared_fault(frame, own.faults[0].name)
        assert declared is not None
        best: tuple[float, StatedFault] | None = None
        for fault, effect in zip(own.faults, own.effects, strict=True):
            white = np.linalg.solve(root, effect[:, weights.used].T).T
            chi, size = _least(residual, np.array(own.sizes), white, declared.lower)
            hope = -0.5 * chi + weights.log_prior((fault,))
            if best is None or hope > best[0]:
                best = hope, replace(fault, size=size)
        if best is not None:
            yield best


def screened_beside(
    weights: Weights, residual: FloatArray, root: FloatArray, slope: FloatArray, found: Sequence[Effects]
) -> Iterator[tuple[float, StatedFault]]:
    """Yield every fault as a second one at its best course, with the nats that it promises beside a first one.

    Args:
        weights: Of the certificate.
        residual: What the first fault leaves, whitened, (used,).
        root: Root of the covariance about it.
        slope: How its features move with its size, whitened, (used,).
        found: Effects of the second ones about the sound engine; each may be as small as the next smaller size.
    """
    along = slope / max(float(np.linalg.norm(slope)), 1e-9)
    left = residual - along * float(along @ residual)
    for own in found:
        effects = own.effects[..., weights.used]
        white = np.linalg.solve(root, effects.reshape(-1, left.size).T).T
        white -= np.outer(white @ along, along)
        square = np.maximum((white**2).sum(axis=1), 1e-9)
        least = np.concatenate([[0.1], np.array(own.sizes[:-1]) / own.sizes[1:]])
        scale = np.clip(white @ left / square, np.tile(least, len(own.faults)), 1.0)
        gain = scale * (white @ left) - 0.5 * scale**2 * square
        prior = np.repeat([weights.log_prior((f,)) for f in own.faults], len(own.sizes))
        hopes = np.where(np.isfinite(gain), gain + prior, -np.inf)
        at = int(np.argmax(hopes))
        fault, size = own.faults[at // len(own.sizes)], own.sizes[at % len(own.sizes)]
        yield float(hopes[at]), replace(fault, size=float(size * scale[at]))


def _least(residual: FloatArray, sizes: FloatArray, effects: FloatArray, least: float) -> tuple[float, float]:
    """Least misfit over sizes from the least on, and where; effects are straight between them, from nought on."""
    best = (math.inf, float(sizes[0]))
    nodes = np.concatenate([np.zeros((1, effects.shape[1])), effects])
    places = np.concatenate([[0.0], sizes])
    for k in range(len(sizes)):
        step = nodes[k + 1] - nodes[k]
        if not np.isfinite(step).all():
            continue
        start = residual - nodes[k]
        lowest = 0.0 if k else min(least / float(sizes[0]), 1.0)
        share = float(np.clip(start @ step / max(float(step @ step), 1e-30), lowest, 1.0))
        left = start - share * step
        size = float(places[k] + share * (places[k + 1] - places[k]))
        best = min(best, (float(left @ left), size))
    return best


def _onsets(frame: Frame) -> list[float]:
    return [0.5 * (a + b) for a, b in zip(frame.edges[:-1], frame.edges[1:], strict=True)]


def _sensors(frame: Frame, weights: Weights, about: About) -> Iterator[Effects]:
    """Every fault of every sensor with every onset; effects are in proportion to the size."""
    for sensor in frame.sensors:
        for mode in ("bias", "scale", "drift") if sensor.kind else ():
            declared = declared_fault(frame, f"{sensor.name}.{mode}")
            assert declared is not None
            faults = [
                StatedFault(f"{sensor.name}.{mode}", 1.0, onset, mode == "drift", sign, None)
                for onset in (None, *_onsets(frame))
                for sign in (1.0, -1.0)
            ]
            effects = [declared.upper * weights.sensor_effect(f, about.features).ravel() for f in faults]
            yield Effects(faults, [declared.upper], np.stack(effects)[:, None])


def _hardware(frame: Frame, about: About) -> Iterator[Effects]:
    """Every fault of a component with every onset, at a few sizes, tanks straying linearly from the sound course."""
    network = frame.network
    weighed = {n: f for n, f in network.faults.items() if f.weighed}
    grids = {n: _grid(f) for n, f in weighed.items()}
    cases = [(n, s) for n, grid in grids.items() for s in grid]
    rows = frame.imposed(about.tolerances, ())
    columns = {n: np.array([r[n] for r in rows]) for n in rows[0]}
    moved = solved_slopes(frame, about.solution, columns, [])
    spread: dict[str, FloatArray] = {n: v[:, None] for n, v in columns.items()}
    spread |= {n: np.array(v)[:, None] for n, v in about.solution.states.items()}
    for i, (name, size) in enumerate(cases):
        if spread[name].shape[1] == 1:
            spread[name] = np.zeros((len(frame.instants), len(cases)))
        spread[name][:, i] = size
    guess = {
        n: np.repeat(np.array(v)[:, None], len(cases), axis=1) for n, v in about.solution.unknowns.items()
    }
    solved = solve(frame, spread, guess)
    sound = solve(
        frame,
        {n: v[:, 0] if v.shape[1] == 1 else 0.0 for n, v in spread.items()},
        {n: np.array(v) for n, v in about.solution.unknowns.items()},
    )
    at = 0
    for name, declared in weighed.items():
        here = slice(at, at + len(grids[name]))
        at = here.stop
        nodes = {
            n: np.where(solved.good, v, np.nan)[:, here] - sound.outputs[n][:, None]
            for n, v in solved.outputs.items()
        }
        forcing = (
            np.stack(
                [
                    np.where(solved.good, solved.rates[s], np.nan)[:, here] - sound.rates[s][:, None]
                    for s in network.states
                ],
                axis=1,
            )
            if network.states
            else np.zeros((len(frame.instants), 0, len(grids[name])))
        )
        faults = list(_courses(frame, name, declared))
        effects = [_effect(frame, f, nodes, forcing, moved.outputs, moved.rates, grids[name]) for f in faults]
        yield Effects(faults, grids[name], np.stack(effects))


def _courses(frame: Frame, name: str, declared: Fault) -> Iterator[StatedFault]:
    yield StatedFault(name, 1.0, None, False, 1.0, None)
    if declared.clears:
        yield StatedFault(name, 1.0, None, False, 1.0, frame.edges[0])
    if declared.initial:
        return
    for onset in _onsets(frame):
        yield StatedFault(name, 1.0, onset, False, 1.0, None)
        if declared.may_grow:
            yield StatedFault(name, 1.0, onset, True, 1.0, None)
    if declared.may_grow:
        yield StatedFault(name, 1.0, None, True, 1.0, None)


def _effect(
    frame: Frame,
    fault: StatedFault,
    nodes: dict[str, FloatArray],
    forcing: FloatArray,
    outputs_by_state: Mapping[str, FloatArray],
    rates_by_state: FloatArray,
    sizes: Sequence[float],
) -> FloatArray:
    """Change of the features by a course at each size, (sizes, d)."""
    share = np.array([course(fault, t, frame.instants[-1]) for t in frame.instants])
    places = np.concatenate([[0.0], sizes])
    wanted = share[:, None] * np.array(sizes)
    upper = np.clip(np.searchsorted(places, wanted * (1.0 - 1e-12)), 1, len(sizes))
    weight = (wanted - places[upper - 1]) / (places[upper] - places[upper - 1])

    def in_course(values: FloatArray) -> FloatArray:
        """From values at the sizes, (T, ..., sizes), to values at each size's share at this instant."""
        padded = np.concatenate([np.zeros((*values.shape[:-1], 1)), values], axis=-1)
        shape = (upper.shape[0], *(1,) * (values.ndim - 2), upper.shape[1])
        low, high = (
            np.take_along_axis(padded, np.broadcast_to(i.reshape(shape), values.shape), axis=-1)
            for i in (upper - 1, upper)
        )
        part = weight.reshape(shape)
        return np.where(part >= 1.0, high, np.where(part <= 0.0, low, (1.0 - part) * low + part * high))

    driven, departure = in_course(forcing), [np.zeros(forcing.shape[1:])]
    unit = np.eye(forcing.shape[1])
    for k in range(len(frame.instants) - 1):
        step = frame.instants[k + 1] - frame.instants[k]
        known = departure[-1] + 0.5 * step * (rates_by_state[k] @ departure[-1] + driven[k] + driven[k + 1])
        departure.append(np.linalg.solve(unit - 0.5 * step * rates_by_state[k + 1], known))
    strayed = np.stack(departure)
    series = {
        n: in_course(nodes[n]) + np.einsum("ts,tsj->tj", outputs_by_state[n], strayed)
        for n in read_outputs(frame)
    }
    onset = None if fault.grows else fault.onset
    features = window_means(frame, series, onset, departure=True)
    return np.asarray(np.moveaxis(features, -1, 0).reshape(len(sizes), -1))


def _grid(fault: Fault) -> list[float]:
    if not fault.upper > fault.lower:
        return [fault.upper]
    return [size_of(fault, float(p)) for p in np.linspace(*range_of(fault), _SIZES)]
