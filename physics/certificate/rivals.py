"""A cheap search for rivals that a certificate leaves out, or states at a bad point.

Every single fault that the engine and its sensors can have is weighed about the sound engine on a few sizes with every
onset. The most hopeful are fitted by themselves for a few steps. What is found to explain the log better than the
claimed hypothesis refuses the certificate; that nothing is found proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.check import EVIDENCE_TOLERANCE
from hotfire.physics.certificate.ledger import Ledger, Refusal
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.ranking import allowed_lead, number_of_faults
from hotfire.physics.certificate.runs import run
from hotfire.physics.certificate.screening import About, place_of, range_of, screened, size_of
from hotfire.physics.certificate.slopes import slopes
from hotfire.physics.certificate.values import Certificate, StatedFault, StatedHypothesis
from hotfire.physics.certificate.weight import Scales, Weights, as_array, declared_fault, window_means
from hotfire.physics.declaration import Fault

__all__ = ["Found", "check_rivals", "find_rivals"]

_FITTED, _STEPS = 6, 6
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
        frame: Of the certificate.
        weights: Of the certificate.
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
    hopes = sorted(screened(frame, weights, about), key=lambda hope: -hope[0])
    for _, fault in hopes[:_FITTED]:
        found = _fitted(frame, weights, about, fault)
        if found is not None:
            taken[fault.name] = found
    return list(taken.values())


def _text(fault: StatedFault) -> str:
    since = "from the start" if fault.onset is None else f"from {fault.onset:.3g} s"
    return f"{fault.name} of {fault.size:.3g} {since}"


def _about(frame: Frame, weights: Weights, sound: StatedHypothesis) -> About | None:
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
    return About(tolerances, solution, features, jacobian)


def _fitted(frame: Frame, weights: Weights, about: About, fault: StatedFault) -> Found | None:
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
    at = place_of(declared, fault.size) if declared.upper > declared.lower else 0.0
    move = 0.0
    if declared.upper > declared.lower:
        goal = at + float(slope @ residual) / max(float(slope @ slope), 1e-9)
        move = float(np.clip(goal, *range_of(declared))) - at
    pulled = jacobian[used].T @ np.linalg.solve(root.T, residual - move * slope)
    target = np.clip(pulled, -_FARTHEST, _FARTHEST)
    far = float(np.abs(target - theta).max(initial=0.0))
    share = 1.0 / max(far / _LONGEST_MOVE, abs(move) / _LONGEST_STEP, 1.0)
    size = size_of(declared, at + share * move) if declared.upper > declared.lower else fault.size
    return theta + share * (target - theta), replace(fault, size=size)
