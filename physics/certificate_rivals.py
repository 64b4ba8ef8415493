"""A cheap search for rivals that a certificate leaves out, or states at a bad point.

Every single fault that the engine and its sensors can have is weighed about the sound engine on a few sizes with every
onset. The most hopeful are fitted by themselves for a few steps. What is found to explain the log better than the
claimed hypothesis refuses the certificate; that nothing is found proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate import Certificate, Solution, StatedFault, StatedHypothesis
from hotfire.physics.certificate_check import (
    EVIDENCE_TOLERANCE,
    Ledger,
    Refusal,
    allowed_lead,
    number_of_faults,
)
from hotfire.physics.certificate_plain import Frame, course
from hotfire.physics.certificate_runs import run, solve
from hotfire.physics.certificate_slopes import read_outputs, slopes, solved_slopes
from hotfire.physics.certificate_weight import Scales, Weights, as_array, declared_fault, window_means
from hotfire.physics.declaration import Fault

__all__ = ["Found", "check_rivals", "find_rivals"]

_SIZES, _FITTED, _STEPS = 4, 6, 6
_IMPROBABLE = 3.0
"""Standard deviations of a tolerance from which the stated sound engine is no place to start from."""
_LONGEST_STEP, _LONGEST_MOVE, _FARTHEST = 0.7, 2.0, 5.0
_ENOUGH = 0.5
"""Nats that a step must gain for another one to be made."""
_NEARLY_ALL = 0.85
_NARROWEST = 0.0003


@dataclass(frozen=True, eq=False)
class Found:
    """A rival at the best point that the cheap search found.

    Attributes:
        fault: With size and course.
        log_evidence: As of a stated hypothesis.
        misfit: With the narrowest scatter that a search begins with.
    """

    fault: StatedFault
    log_evidence: float
    misfit: float


@dataclass(frozen=True, eq=False)
class _About:
    """The sound engine about which rivals are screened: where, what it reads, and how that moves."""

    tolerances: dict[str, float]
    solution: Solution
    features: FloatArray
    jacobian: FloatArray

    def features_at(self, tolerances: FloatArray) -> FloatArray:
        """Features of the sound engine at other tolerances, linear about this point."""
        change = self.jacobian @ (tolerances - np.array(list(self.tolerances.values())))
        return np.asarray(self.features + change.reshape(self.features.shape))


def check_rivals(
    ledger: Ledger,
    certificate: Certificate,
    frame: Frame,
    weights: Weights,
    rivals: Sequence[Found] | None = None,
) -> None:
    """Refuse a certificate that a single fault beats, or whose scatter was widened though something fits without.

    Args:
        ledger: Keeps what does not hold.
        certificate: Its figures have been checked.
        frame, weights: Of the certificate.
        rivals: As found before for the same log and sound engine; sought for None.
    """
    claimed = certificate.claimed
    lead = allowed_lead(claimed.name, weights.windows, number_of_faults(frame)) + 2.0 * EVIDENCE_TOLERANCE
    widened = weights.scales.discrepancy > _NARROWEST or bool((weights.scales.widening > 1.0).any())
    for found in find_rivals(certificate, frame, weights) if rivals is None else rivals:
        ahead = found.log_evidence - claimed.log_evidence
        ledger.checked["rivals sought"] = ledger.checked.get("rivals sought", 0) + 1
        text = _text(found.fault)
        if ahead > lead and found.fault.name != claimed.name:
            why = f"{text}, which is not stated so, explains the log better than {claimed.name} by {ahead:.1f} nats"
            ledger.refusals.append(Refusal("hypotheses", 0.0, ahead, lead, why))
        if widened and found.misfit <= weights.used.sum():
            why = f"scatter is widened only where nothing fits without; {text} does"
            ledger.refusals.append(Refusal("model.widening", "needed", "not needed", 0.0, why))


def find_rivals(certificate: Certificate, frame: Frame, weights: Weights) -> list[Found]:
    """Screen every single fault about the sound engine, and fit the most hopeful by themselves."""
    sound = next(h for h in certificate.hypotheses if h.name == "nominal")
    about = _about(frame, weights, sound)
    if about is None:
        return []
    taken: dict[str, Found] = {}
    hopes = sorted(_screened(frame, weights, about), key=lambda hope: -hope[0])
    for _, fault in hopes[:_FITTED]:
        found = _fitted(frame, weights, about, fault)
        if found is not None:
            taken[fault.name] = found
    return list(taken.values())


def _text(fault: StatedFault) -> str:
    since = "from the start" if fault.onset is None else f"from {fault.onset:.3g} s"
    return f"{fault.name} of {fault.size:.3g} {since}"


def _about(frame: Frame, weights: Weights, sound: StatedHypothesis) -> _About | None:
    """The stated sound engine, or the one of the file where that is bent too far."""
    tolerances, solution = dict(sound.tolerances), sound.solution
    features = as_array(sound.features)
    if max(map(abs, tolerances.values()), default=0.0) > _IMPROBABLE:
        tolerances = dict.fromkeys(tolerances, 0.0)
        found = run(frame, tolerances, None, solution)
        if found is None:
            return None
        solution = found[0]
        features = window_means(frame, found[1].outputs, None)
    jacobian, _ = slopes(frame, solution, tolerances, None)
    return _About(tolerances, solution, features, jacobian)


def _screened(frame: Frame, weights: Weights, about: _About) -> Iterator[tuple[float, StatedFault]]:
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


def _sensors(frame: Frame, weights: Weights, about: _About) -> Iterator[_Courses]:
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


def _hardware(frame: Frame, about: _About) -> Iterator[_Courses]:
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
    outputs_by_state: object,
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
    assert isinstance(outputs_by_state, dict)
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
    return [_size(fault, float(p)) for p in np.linspace(*_range(fault), _SIZES)]


def _place(fault: Fault, size: float) -> float:
    return math.log(size) - (math.log1p(-size) if _NEARLY_ALL < fault.upper < 1.0 else 0.0)


def _size(fault: Fault, place: float) -> float:
    return 1.0 / (1.0 + math.exp(-place)) if _NEARLY_ALL < fault.upper < 1.0 else math.exp(place)


def _range(fault: Fault) -> tuple[float, float]:
    return _place(fault, fault.lower), _place(fault, fault.upper)


def _fitted(frame: Frame, weights: Weights, about: _About, fault: StatedFault) -> Found | None:
    """Fit size and tolerances together by a few bounded Gauss-Newton steps; the best point that was shown."""
    declared = declared_fault(frame, fault.name)
    assert declared is not None
    hardware = fault.name in frame.network.faults
    theta = np.clip(np.array(list(about.tolerances.values())), -1.0, 1.0)
    fault = replace(fault, size=float(np.clip(fault.size, declared.lower, declared.upper)))
    best: Found | None = None
    solution = about.solution
    for _ in range(_STEPS):
        named = dict(zip(frame.tolerance_names, map(float, theta), strict=True))
        own = run(frame, named, fault if hardware else None, solution)
        if own is None:
            return best
        solution = own[0]
        onset = fault.onset if hardware and not fault.grows else None
        features = window_means(frame, own[1].outputs, onset)
        jacobian, by_size = slopes(frame, own[0], named, fault)
        if hardware:
            without = about.features_at(theta)
        else:
            without = features
            by_size = weights.sensor_effect(fault, without).ravel()
            features = without + fault.size * by_size.reshape(without.shape)
        _, evidence = weights.evidence(fault, features, without, theta, jacobian, by_size)
        gain = math.inf if best is None else evidence - best.log_evidence
        if gain > 0.0:
            narrow = Scales(_NARROWEST, np.ones(len(frame.sensors)))
            best = Found(fault, evidence, weights.misfit(fault, features, without, theta, narrow))
        if gain < _ENOUGH:
            return best
        theta, fault = _step(weights, fault, declared, features, without, theta, jacobian, by_size)
    return best


def _step(
    weights: Weights,
    fault: StatedFault,
    declared: Fault,
    features: FloatArray,
    without: FloatArray,
    theta: FloatArray,
    jacobian: FloatArray,
    by_size: FloatArray,
) -> tuple[FloatArray, StatedFault]:
    """Make one bounded Gauss-Newton step."""
    used = weights.used
    around = weights.around(fault, features, without, weights.scales)
    root = np.linalg.cholesky(around + jacobian[used] @ jacobian[used].T)
    off = weights.measured - features.ravel()[used] + jacobian[used] @ theta
    residual = np.linalg.solve(root, off)
    by_place = fault.size * ((1.0 - fault.size) if _NEARLY_ALL < declared.upper < 1.0 else 1.0)
    slope = np.linalg.solve(root, by_size[used] * by_place)
    at = _place(declared, fault.size) if declared.upper > declared.lower else 0.0
    move = 0.0
    if declared.upper > declared.lower:
        goal = at + float(slope @ residual) / max(float(slope @ slope), 1e-9)
        move = float(np.clip(goal, *_range(declared))) - at
    pulled = jacobian[used].T @ np.linalg.solve(root.T, residual - move * slope)
    target = np.clip(pulled, -_FARTHEST, _FARTHEST)
    far = float(np.abs(target - theta).max(initial=0.0))
    share = 1.0 / max(far / _LONGEST_MOVE, abs(move) / _LONGEST_STEP, 1.0)
    size = _size(declared, at + share * move) if declared.upper > declared.lower else fault.size
    return theta + share * (target - theta), replace(fault, size=size)
