"""A cheap search for rivals that a certificate leaves out, or states at a bad point.

Every single fault that the engine and its sensors can have is weighed about the sound engine on a few sizes with every
onset. The most hopeful are fitted by themselves for a few steps, and the best of these with a second fault beside them.
What is found to explain the log better than the claimed hypothesis refuses the certificate; that nothing is found
proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.check import EVIDENCE_TOLERANCE
from hotfire.physics.certificate.ledger import Ledger, Refusal
from hotfire.physics.certificate.means import window_means
from hotfire.physics.certificate.places import declared_fault, place_of, size_of
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.ranking import allowed_lead, number_of_faults
from hotfire.physics.certificate.runs import run
from hotfire.physics.certificate.screening import About, Effects, effects_of, screened, screened_beside
from hotfire.physics.certificate.sizes import best_in_box
from hotfire.physics.certificate.slopes import slopes
from hotfire.physics.certificate.values import Certificate, Solution, StatedFault, StatedHypothesis
from hotfire.physics.certificate.weight import Scales, Weights, as_array

__all__ = ["Found", "check_rivals", "find_rivals"]

_FITTED, _STEPS = 6, 6
"""Single faults that are fitted, and the most steps of a fit."""
_BASES, _PAIRS = 3, 4
"""Single faults that a second one is sought for, and pairs that are fitted."""
_IMPROBABLE = 3.0
"""Standard deviations of a tolerance from which the stated sound engine is no place to start from."""
_LONGEST_STEP, _LONGEST_MOVE, _FARTHEST = 0.7, 2.0, 5.0
_ENOUGH = 0.5
"""Nats that a step must gain for another one to be made."""
_NARROWEST = 0.0003


@dataclass(frozen=True, eq=False)
class Found:
    """A rival at the best point that the cheap search found.

    Attributes:
        faults: One or two, with sizes and courses, those of components first.
        log_evidence: As of a stated hypothesis.
        misfit: With the narrowest scatter that a search begins with.
        tolerances: At the point, (m,).
        solution: Of the engine there.
        residual, root, slope: What is left of the used features, whitened by the root of their covariance, and how
            they move with the first size.
    """

    faults: tuple[StatedFault, ...]
    log_evidence: float
    misfit: float
    tolerances: FloatArray
    solution: Solution
    residual: FloatArray
    root: FloatArray
    slope: FloatArray

    @property
    def name(self) -> str:
        """Of the hypothesis."""
        return " + ".join(sorted(f.name for f in self.faults))


def check_rivals(
    ledger: Ledger,
    certificate: Certificate,
    frame: Frame,
    weights: Weights,
    rivals: Sequence[Found] | None = None,
) -> None:
    """Refuse a certificate that a rival beats, or whose scatter was widened though something fits without.

    Args:
        ledger: Keeps what does not hold.
        certificate: Its figures have been checked.
        frame: Of the certificate.
        weights: Of the certificate.
        rivals: As found before for the same log and sound engine; sought for None.
    """
    claimed, faults = certificate.claimed, number_of_faults(frame)
    widened = weights.scales.discrepancy > _NARROWEST or bool((weights.scales.widening > 1.0).any())
    for found in find_rivals(certificate, frame, weights) if rivals is None else rivals:
        ahead = found.log_evidence - claimed.log_evidence
        lead = allowed_lead(claimed.name, found.name, weights.windows, faults) + 2.0 * EVIDENCE_TOLERANCE
        ledger.checked["rivals sought"] = ledger.checked.get("rivals sought", 0) + 1
        text = " + ".join(map(_text, found.faults))
        if ahead > lead and found.name != claimed.name:
            why = f"{text}, which is not stated so, explains the log better than {claimed.name} by {ahead:.1f} nats"
            ledger.refusals.append(Refusal("hypotheses", 0.0, ahead, lead, why))
        if widened and found.misfit <= weights.used.sum():
            why = f"scatter is widened only where nothing fits without; {text} does"
            ledger.refusals.append(Refusal("model.widening", "needed", "not needed", 0.0, why))


def find_rivals(certificate: Certificate, frame: Frame, weights: Weights) -> list[Found]:
    """Screen every single fault about the sound engine, and fit the most hopeful by themselves; then with a second."""
    sound = next(h for h in certificate.hypotheses if h.name == "nominal")
    about = _about(frame, weights, sound)
    if about is None:
        return []
    effects = effects_of(frame, weights, about)
    hopes = sorted(screened(frame, weights, about, effects), key=lambda hope: -hope[0])
    theta = np.clip(np.array(list(about.tolerances.values())), -1.0, 1.0)
    starts = [_fitted(frame, weights, about, (fault,), theta, about.solution) for _, fault in hopes[:_FITTED]]
    singles = sorted((f for f in starts if f is not None), key=lambda f: -f.log_evidence)
    return [*singles, *_pairs(frame, weights, about, singles, effects)]


def _pairs(
    frame: Frame, weights: Weights, about: About, singles: Sequence[Found], effects: Sequence[Effects]
) -> Iterator[Found]:
    """Fit the most hopeful second faults beside the best single ones, where they promise more than these."""
    hopes = []
    for first in singles[:_BASES]:
        beside = screened_beside(weights, first.residual, first.root, first.slope, effects)
        hopes += [(first.log_evidence + h, first, f) for h, f in beside if _apart(frame, first.faults[0], f)]
    hopes = sorted((h for h in hopes if h[0] > singles[0].log_evidence), key=lambda h: -h[0])
    tried: set[str] = set()
    for _, first, second in hopes:
        faults = tuple(sorted((*first.faults, second), key=lambda f: f.name not in frame.network.faults))
        name = " + ".join(sorted(f.name for f in faults))
        if name in tried or len(tried) == _PAIRS:
            continue
        tried.add(name)
        found = _fitted(frame, weights, about, faults, first.tolerances, first.solution)
        if found is not None:
            yield found


def _apart(frame: Frame, first: StatedFault, second: StatedFault) -> bool:
    """Whether two faults can stand together."""
    if first.name.rpartition(".")[0] == second.name.rpartition(".")[0]:
        return False
    later = {(f.onset, f.grows) for f in frame.hardware((first, second)) if f.onset is not None or f.grows}
    return len(later) <= 1


def _text(fault: StatedFault) -> str:
    since = "from the start" if fault.onset is None else f"from {fault.onset:.3g} s"
    return f"{fault.name} of {fault.size:.3g} {since}"


def _about(frame: Frame, weights: Weights, sound: StatedHypothesis) -> About | None:
    """The stated sound engine, or the one of the file where that is bent too far."""
    tolerances, solution = dict(sound.tolerances), sound.solution
    features = as_array(sound.features)
    if max(map(abs, tolerances.values()), default=0.0) > _IMPROBABLE:
        tolerances = dict.fromkeys(tolerances, 0.0)
        found = run(frame, tolerances, (), solution)
        if found is None:
            return None
        solution = found[0]
        features = window_means(frame, found[1].outputs, None)
    jacobian, _ = slopes(frame, solution, tolerances, ())
    return About(tolerances, solution, features, jacobian)


def _fitted(
    frame: Frame,
    weights: Weights,
    about: About,
    faults: tuple[StatedFault, ...],
    theta: FloatArray,
    solution: Solution,
) -> Found | None:
    """Fit sizes and tolerances together by a few bounded Gauss-Newton steps; the best point that was shown."""
    faults = tuple(replace(f, size=float(np.clip(f.size, *_limits(frame, f)))) for f in faults)
    best: Found | None = None
    for _ in range(_STEPS):
        named = dict(zip(frame.tolerance_names, map(float, theta), strict=True))
        own = run(frame, named, faults, solution)
        if own is None:
            return best
        solution = own[0]
        engine = window_means(frame, own[1].outputs, frame.steps_in(faults))
        jacobian, by_sizes = slopes(frame, solution, named, faults)
        by_sizes = weights.by_all_sizes(faults, by_sizes, engine)
        tables = _tables(frame, about.features_at(theta), engine, faults, by_sizes)
        _, evidence = weights.evidence(faults, tables, theta, jacobian, by_sizes)
        gain = math.inf if best is None else evidence - best.log_evidence
        root, off = _against(weights, faults, tables, theta, jacobian)
        slope = np.linalg.solve(root, by_sizes[weights.used])
        if gain > 0.0:
            narrow = Scales(_NARROWEST, np.ones(len(frame.sensors)))
            misfit = weights.misfit(faults, tables, theta, narrow)
            best = Found(faults, evidence, misfit, theta, solution, off, root, slope[:, 0])
        if gain < _ENOUGH:
            return best
        theta, faults = _step(weights, faults, slope, off, root, theta, jacobian)
    return best


def _limits(frame: Frame, fault: StatedFault) -> tuple[float, float]:
    declared = declared_fault(frame, fault.name)
    assert declared is not None
    return declared.lower, declared.upper


def _tables(
    frame: Frame,
    sound: FloatArray,
    engine: FloatArray,
    faults: Sequence[StatedFault],
    by_sizes: FloatArray,
) -> list[FloatArray]:
    """Features before each fault and with all; between two of components by the slope of the first."""
    parts = len(frame.hardware(faults))
    found = [sound, engine] if parts else [engine]
    if parts == 2:
        found.insert(1, sound + faults[0].size * by_sizes[:, 0].reshape(sound.shape))
    for i in range(parts, len(faults)):
        found.append(found[-1] + faults[i].size * by_sizes[:, i].reshape(sound.shape))
    return found


def _against(
    weights: Weights,
    faults: Sequence[StatedFault],
    tables: Sequence[FloatArray],
    theta: FloatArray,
    jacobian: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Root of the covariance of the used features about a point, and what is left of them, whitened."""
    physical = jacobian[weights.used]
    around = weights.around(faults, tables, weights.scales)
    root = np.linalg.cholesky(around + physical @ physical.T)
    off = weights.measured - tables[-1].ravel()[weights.used] + physical @ theta
    return root, np.linalg.solve(root, off)


def _step(
    weights: Weights,
    faults: tuple[StatedFault, ...],
    by_sizes: FloatArray,
    residual: FloatArray,
    root: FloatArray,
    theta: FloatArray,
    jacobian: FloatArray,
) -> tuple[FloatArray, tuple[StatedFault, ...]]:
    """Make one bounded Gauss-Newton step."""
    slope, ends = weights.along_places(faults, by_sizes)
    move = best_in_box(residual, slope, ends) if ends else np.zeros(0)
    pulled = jacobian[weights.used].T @ np.linalg.solve(root.T, residual - slope @ move)
    target = np.clip(pulled, -_FARTHEST, _FARTHEST)
    far = float(np.abs(target - theta).max(initial=0.0))
    longest = float(np.abs(move).max(initial=0.0))
    share = 1.0 / max(far / _LONGEST_MOVE, longest / _LONGEST_STEP, 1.0)
    moves = iter(share * move)
    stepped = tuple(_moved(weights.frame, fault, moves) for fault in faults)
    return theta + share * (target - theta), stepped


def _moved(frame: Frame, fault: StatedFault, moves: Iterator[float]) -> StatedFault:
    """A fault with its size moved by the next move; a size that cannot be other takes none."""
    declared = declared_fault(frame, fault.name)
    assert declared is not None
    if not declared.upper > declared.lower:
        return fault
    return replace(fault, size=size_of(declared, place_of(declared, fault.size) + float(next(moves))))
