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
from hotfire.physics.certificate.plain import Frame, course
from hotfire.physics.certificate.runs import solve
from hotfire.physics.certificate.slopes import read_outputs, solved_slopes
from hotfire.physics.certificate.values import Solution, StatedFault
from hotfire.physics.certificate.weight import Weights, declared_fault, window_means
from hotfire.physics.declaration import Fault

__all__ = ["About", "place_of", "range_of", "screened", "size_of"]

_SIZES = 4
_NEARLY_ALL = 0.85
"""Largest size from which the coordinate is the logit, not the logarithm."""


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


def screened(frame: Frame, weights: Weights, about: About) -> Iterator[tuple[float, StatedFault]]:
    """Yield every fault at its best size and course about the sound engine, with how hopeful it is."""
    theta = np.array(list(about.tolerances.values()))
    physical = about.jacobian[weights.used]
    around = weights.around(None, about.features, None, weights.scales) + physical @ physical.T
    root = np.linalg.cholesky(around)
    off = weights.measured - about.features.ravel()[weights.used] + physical @ theta
    residual = np.linalg.solve(root, off)

    def white(features: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.solve(root, features.reshape(-1, weights.used.size)[:, weights.used].T).T)

    for faults, effects in (*_sensors(frame, weights, about), *_hardware(frame, about)):
        best: tuple[float, StatedFault] | None = None
        for fault, sizes, effect in zip(faults, *effects, strict=True):
            declared = declared_fault(frame, fault.name)
            assert declared is not None
            chi, size = _least(residual, np.array(sizes), white(effect), declared.lower)
            hope = -0.5 * chi + weights.log_prior(fault)
            if best is None or hope > best[0]:
                best = hope, replace(fault, size=size)
        if best is not None:
            yield best


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


_Courses = tuple[list[StatedFault], tuple[list[list[float]], list[FloatArray]]]


def _onsets(frame: Frame) -> list[float]:
    return [0.5 * (a + b) for a, b in zip(frame.edges[:-1], frame.edges[1:], strict=True)]


def _sensors(frame: Frame, weights: Weights, about: About) -> Iterator[_Courses]:
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
            effects = [declared.upper * weights.sensor_effect(f, about.features)[None] for f in faults]
            yield faults, ([[declared.upper]] * len(faults), effects)


def _hardware(frame: Frame, about: About) -> Iterator[_Courses]:
    """Every fault of a component with every onset, at a few sizes, tanks straying linearly from the sound course."""
    network = frame.network
    weighed = {n: f for n, f in network.faults.items() if f.weighed}
    grids = {n: _grid(f) for n, f in weighed.items()}
    cases = [(n, s) for n, grid in grids.items() for s in grid]
    rows = frame.imposed(about.tolerances, None)
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
        yield faults, ([grids[name]] * len(faults), effects)


def _courses(frame: Frame, name: str, declared: Fault) -> Iterator[StatedFault]:
    yield StatedFault(name, 1.0, None, False, 1.0, None)
    if declared.clears:
        yield StatedFault(name, 1.0, None, False, 1.0, frame.edges[0])
    if declared.initial:
        return
    for onset in _onsets(frame):
        yield StatedFault(name, 1.0, onset, False, 1.0, None)
        if declared.grows:
            yield StatedFault(name, 1.0, onset, True, 1.0, None)
    if declared.grows:
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


def place_of(fault: Fault, size: float) -> float:
    """Return the coordinate of a size: the logarithm, or the logit."""
    return math.log(size) - (math.log1p(-size) if _NEARLY_ALL < fault.upper < 1.0 else 0.0)


def size_of(fault: Fault, place: float) -> float:
    """Return the size at a coordinate."""
    return 1.0 / (1.0 + math.exp(-place)) if _NEARLY_ALL < fault.upper < 1.0 else math.exp(place)


def range_of(fault: Fault) -> tuple[float, float]:
    """Return the coordinates of the least and the greatest size."""
    return place_of(fault, fault.lower), place_of(fault, fault.upper)
