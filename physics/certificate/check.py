"""Checking a certificate's figures against the engine's declarations, one by one.

Nothing is solved: the unknowns and states are stated, so balances, rates, window means, misfit and evidence follow by
evaluation. A figure that does not hold within its tolerance refuses the certificate. Where each tolerance comes from
is in docs/explanation/certificate.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.ledger import Ledger
from hotfire.physics.certificate.plain import Evaluated, Frame, evaluate
from hotfire.physics.certificate.slopes import read_outputs, share_after, slopes
from hotfire.physics.certificate.values import Bound, Certificate, Solution, StatedFault, StatedHypothesis
from hotfire.physics.certificate.weight import Weights, as_array, declared_fault, window_means
from hotfire.physics.declaration import KINDS

__all__ = ["EVIDENCE_TOLERANCE", "check_hypotheses"]

EVIDENCE_TOLERANCE = 0.25
"""Half the misfit by which a fit counts as arrived, in nats: smaller differences of evidence say nothing."""
_SOLVED = 1e-8
"""Scaled residual of a balance; what is stated was solved to a tenth of it."""
_ROUNDING = 1e-9
"""Relative difference that evaluating the same expression in another order may make."""
_CORRECTED = 1e-4
"""Correction of a state, over its first value, below which a run does not solve an instant again."""
_SLOPES = 1e-3
"""Share of what a linear model promises beyond its point that tables' slopes may make of it, against Cantera's."""
_FARTHEST = 5.0


def check_hypotheses(ledger: Ledger, certificate: Certificate, frame: Frame) -> Weights:
    """Check the figures of every hypothesis, and what is stated of the claimed one alone."""
    weights = Weights(certificate, frame)
    ledger.same(
        "settings", "freedom", certificate.freedom, int(weights.used.sum()), 0.0, "number of features"
    )
    for i, hypothesis in enumerate(certificate.hypotheses):
        own = _check_hypothesis(ledger, f"hypotheses[{i}]", hypothesis, frame, weights)
        if i == 0:
            _check_equations(ledger, certificate, frame, own)
            _check_bounds(ledger, certificate.bounds, _bounds(hypothesis, frame))
    return weights


def _check_hypothesis(
    ledger: Ledger, figure: str, h: StatedHypothesis, frame: Frame, weights: Weights
) -> Evaluated:
    hardware = h.fault is not None and h.fault.name in frame.network.faults
    own = _check_solution(
        ledger, f"{figure}.solution", h.solution, h.tolerances, h.fault if hardware else None, frame
    )
    features, without = as_array(h.features), None if h.sound_features is None else as_array(h.sound_features)
    onset = h.fault.onset if h.fault is not None and hardware and not h.fault.grows else None
    used = weights.used.reshape(features.shape)
    if h.sound is not None:
        beside = _check_solution(ledger, f"{figure}.sound", h.sound, h.tolerances, None, frame)
        _check_features(ledger, f"{figure}.sound_features", h.sound_features, beside, None, frame, used)
    if hardware or without is None:
        _check_features(ledger, f"{figure}.features", h.features, own, onset, frame, used)
    else:
        assert h.fault is not None
        _check_features(ledger, f"{figure}.sound_features", h.sound_features, own, None, frame, used)
        read = without + h.fault.size * weights.sensor_effect(h.fault, without)
        limits = _ROUNDING * (np.abs(read).max(axis=0) + 1e-12)
        ledger.table(
            "features", f"{figure}.features", h.features, _where(read, used), list(limits), "what is read"
        )
    tolerances = np.array([h.tolerances[n] for n in frame.tolerance_names])
    misfit = weights.misfit(h.fault, features, without, tolerances)
    ledger.same(
        "misfit", f"{figure}.misfit", h.misfit, misfit, _ROUNDING * max(misfit, 1.0) * 10.0, "chi-square"
    )
    jacobian, by_size = slopes(frame, h.solution, h.tolerances, h.fault)
    if h.fault is not None and without is not None and not hardware:
        by_size = weights.sensor_effect(h.fault, without).ravel()
    promised, evidence = weights.evidence(h.fault, features, without, tolerances, jacobian, by_size)
    why = "by the linear model about the point"
    limit = EVIDENCE_TOLERANCE + _SLOPES * max(misfit - promised, 0.0)
    ledger.same("misfit", f"{figure}.promised", h.promised, promised, 2.0 * limit, why)
    ledger.same("evidence", f"{figure}.log_evidence", h.log_evidence, evidence, limit, why)
    return own


def _check_solution(
    ledger: Ledger,
    figure: str,
    solution: Solution,
    tolerances: Mapping[str, float],
    fault: StatedFault | None,
    frame: Frame,
) -> Evaluated:
    """Check the balances at every instant, the first states, and that the states go on as their rates say."""
    own = evaluate(frame, solution, tolerances, fault, read_outputs(frame))
    for k, evaluation in enumerate(own.at):
        for i, (component, balance) in enumerate(evaluation.balances):
            scale = frame.network.scales[balance.scale]
            limit = (_SOLVED + own.balance_errors[k, i]) * scale
            place = f"{figure}, {component}: {balance.name}, instant {k}"
            ledger.same(
                "balances", place, float(balance.left), float(balance.right), limit, KINDS[balance.scale]
            )
    parameters = frame.parameters(tolerances)
    first = frame.network.initial_states({n: v[0] for n, v in parameters.items()})
    shares = share_after(frame, fault)
    least = dict(zip(frame.network.states, frame.network.least_states, strict=True))
    for name, values in solution.states.items():
        scale = max(abs(values[0]), 1e-3)
        limit = _ROUNDING * max(abs(first[name]), 1e-3)
        ledger.same("states", f"{figure}.states.{name}[0]", values[0], first[name], limit, "before the test")
        for k, share in enumerate(shares):
            change, doubt = _integrated(frame.instants, own.rates[name], k, share)
            there = max(values[k] + change, least[name])
            place = f"{figure}.states.{name}[{k + 1}]"
            ledger.same(
                "states", place, values[k + 1], there, _CORRECTED * scale + doubt, "its rates, integrated"
            )
    return own


def _integrated(time: Sequence[float], rates: FloatArray, k: int, share: float) -> tuple[float, float]:
    """Change of a state in a step, and how far the rule that the run was made with may be from that.

    By the parabolas through the step's ends and the instant before or after; where a fault steps in inside the step,
    each side is a straight line from its own side. The run has the trapezoidal rule.
    """
    step = time[k + 1] - time[k]
    trapezoid = step * ((1.0 - share) * rates[k] + share * rates[k + 1])
    if share != 0.5:
        turn = rates[k] - rates[k - 1] if k > 0 else 0.0
        ratio = step / (time[k] - time[k - 1]) if k > 0 else 0.0
        bent = trapezoid + step * (0.5 - share) * turn * ratio
        after = (rates[k + 2] - rates[k + 1]) / (time[k + 2] - time[k + 1]) if k + 2 < len(time) else 0.0
        lean = 0.5 * (1.0 - share) ** 2 * turn * ratio * step - 0.5 * (share * step) ** 2 * after
        return float(trapezoid + lean), float(abs(trapezoid + lean - bent))
    found = []
    for start in (k - 1, k):
        if start >= 0 and start + 2 < len(time):
            places = np.array(time[start : start + 3]) - time[k]
            curve = np.polyint(np.polyfit(places, rates[start : start + 3], 2))
            found.append(float(np.polyval(curve, step)))
    best = float(np.mean(found)) if found else float(trapezoid)
    return best, abs(best - float(trapezoid))


def _check_features(
    ledger: Ledger,
    figure: str,
    stated: Sequence[Sequence[float | None]] | None,
    own: Evaluated,
    onset: float | None,
    frame: Frame,
    used: FloatArray,
) -> None:
    """Check window means; tables may be off by their stated errors."""
    assert stated is not None
    means = window_means(frame, {n: own.output(n) for n in read_outputs(frame)}, onset)
    level = np.abs(means).max(axis=0)
    limits = [
        float(own.output_errors[s.measures].max()) + _ROUNDING * max(float(a), 1e-9)
        for s, a in zip(frame.sensors, level, strict=True)
    ]
    ledger.table("features", figure, stated, _where(means, used), limits, "mean over the window")


def _where(values: FloatArray, used: FloatArray) -> list[list[float | None]]:
    return [
        [float(v) if there else None for v, there in zip(r, u, strict=True)]
        for r, u in zip(values, used, strict=True)
    ]


def _check_equations(ledger: Ledger, certificate: Certificate, frame: Frame, own: Evaluated) -> None:
    """Check both sides of the equations as they are written down."""
    declared = own.at[0].balances
    stated = [(e.component, e.name, e.unit) for e in certificate.equations]
    wanted = [(c, b.name, KINDS[b.scale]) for c, b in declared]
    if not ledger.holds(
        "equations", "equations", stated == wanted, "those of the engine, in the order of the flow"
    ):
        return
    for i, equation in enumerate(certificate.equations):
        scale = frame.network.scales[declared[i][1].scale]
        limit = (_SOLVED + own.balance_errors[:, i]) * scale
        for side in ("left", "right"):
            values = [float(getattr(e.balances[i][1], side)) for e in own.at]
            place = f"equations[{i}].{side} ({equation.component}: {equation.name})"
            ledger.series("equations", place, getattr(equation, side), values, limit, equation.unit)


def _bounds(h: StatedHypothesis, frame: Frame) -> list[Bound]:
    """The inequalities that the claimed hypothesis must hold, recomputed."""
    found = [
        Bound("largest tolerance", max((abs(v) for v in h.tolerances.values()), default=0.0), None, _FARTHEST)
    ]
    declared = None if h.fault is None else declared_fault(frame, h.fault.name)
    if h.fault is not None and declared is not None:
        found.append(Bound("size of the fault", h.fault.size, declared.lower, declared.upper))
    kinds = frame.network.unknown_kinds
    lowest = min(min(v) for n, v in h.solution.unknowns.items() if kinds[n] == "pressure")
    found.append(Bound("least pressure", lowest, 0.0, None))
    for name, values in h.solution.states.items():
        if name.endswith(".mass"):
            rises = [b - a for a, b in itertools.pairwise(values)]
            found.append(Bound(f"greatest rise of {name}", max(rises, default=0.0), None, 0.0))
    return found


def _check_bounds(ledger: Ledger, stated: Sequence[Bound], wanted: Sequence[Bound]) -> None:
    """Check the inequalities as stated, and that they hold."""
    same = [(b.what, b.least, b.most) for b in stated] == [(b.what, b.least, b.most) for b in wanted]
    if not ledger.holds("inequalities", "bounds", same, "; ".join(b.what for b in wanted)):
        return
    for i, (bound, own) in enumerate(zip(stated, wanted, strict=True)):
        slack = _ROUNDING * max(abs(own.value), 1e-3)
        ledger.same("inequalities", f"bounds[{i}].value", bound.value, own.value, slack, bound.what)
        held = (own.least is None or own.value >= own.least - slack) and (
            own.most is None or own.value <= own.most + slack
        )
        ledger.holds("inequalities", f"bounds[{i}]", held, f"{bound.what} within its limits")
