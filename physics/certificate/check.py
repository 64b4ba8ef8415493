"""Checking a certificate's figures against the engine's declarations, one by one.

Nothing is solved: the unknowns and states are stated, so balances, rates, window means, misfit and evidence follow by
evaluation. A figure that does not hold within its tolerance refuses the certificate. Where each tolerance comes from
is in docs/explanation/certificate.md.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.ledger import Ledger
from hotfire.physics.certificate.means import window_means
from hotfire.physics.certificate.places import declared_fault
from hotfire.physics.certificate.plain import Evaluated, Frame, evaluate
from hotfire.physics.certificate.slopes import read_outputs, share_after, slopes
from hotfire.physics.certificate.values import Bound, Certificate, Solution, StatedFault, StatedHypothesis
from hotfire.physics.certificate.weight import Weights, tables_of
from hotfire.physics.declaration import KINDS

__all__ = ["EVIDENCE_TOLERANCE", "check_hypotheses", "evidence_tolerance"]

EVIDENCE_TOLERANCE = 0.25
"""Half the misfit by which a fit counts as arrived, in nats: smaller differences of evidence say nothing."""
_SOLVED = 1e-8
"""Scaled residual of a balance; what is stated was solved to a tenth of it."""
_ROUNDING = 1e-9
"""Relative difference that evaluating the same expression in another order may make."""
_CORRECTED = 1e-4
"""Correction of a state, over its first value, below which a run does not solve an instant again."""
_SLOPES = 2e-2
"""What the slopes of tables may be off by against Cantera's."""
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


def evidence_tolerance(misfit: float, promised: float) -> float:
    """Return what a hypothesis' evidence may be off by, in nats; its promised misfit by twice that.

    The promise changes by 2 r'dJ(t - x) as slopes J do: r is what is left, and J(t - x) the way that is still to go.

    Args:
        misfit: At the stated point.
        promised: What the linear model about it leaves.
    """
    return EVIDENCE_TOLERANCE + _SLOPES * math.sqrt(max(promised * (misfit - promised), 0.0))


def _check_hypothesis(
    ledger: Ledger, figure: str, h: StatedHypothesis, frame: Frame, weights: Weights
) -> Evaluated:
    parts = frame.hardware(h.faults)
    places = [f"{figure}.features_without[{i}]" for i in range(len(h.faults))] + [f"{figure}.features"]
    stated = [*h.features_without, h.features]
    used = weights.used.reshape(weights.means.shape)
    for k, solution in enumerate([*h.without, h.solution]):
        faults = parts[:k]
        where = f"{figure}.solution" if k == len(parts) else f"{figure}.without[{k}]"
        own = _check_solution(ledger, where, solution, h.tolerances, faults, frame)
        _check_features(ledger, places[k], stated[k], own, frame.steps_in(faults), frame, used)
    tables = tables_of(h)
    _check_readings(ledger, places, stated, h.faults[len(parts) :], tables[len(parts)], weights)
    tolerances = np.array([h.tolerances[n] for n in frame.tolerance_names])
    misfit = weights.misfit(h.faults, tables, tolerances)
    ledger.same(
        "misfit", f"{figure}.misfit", h.misfit, misfit, _ROUNDING * max(misfit, 1.0) * 10.0, "chi-square"
    )
    jacobian, by_sizes = slopes(frame, h.solution, h.tolerances, parts)
    by_sizes = weights.by_all_sizes(h.faults, by_sizes, tables[len(parts)])
    promised, evidence = weights.evidence(h.faults, tables, tolerances, jacobian, by_sizes)
    why = "by the linear model about the point"
    limit = evidence_tolerance(misfit, promised)
    ledger.same("misfit", f"{figure}.promised", h.promised, promised, 2.0 * limit, why)
    ledger.same("evidence", f"{figure}.log_evidence", h.log_evidence, evidence, limit, why)
    return own


def _check_readings(
    ledger: Ledger,
    places: Sequence[str],
    stated: Sequence[Sequence[Sequence[float | None]]],
    misreading: Sequence[StatedFault],
    engine: FloatArray,
    weights: Weights,
) -> None:
    """Check what sensors with faults read of an engine: each fault adds to what it does."""
    used, read = weights.used.reshape(engine.shape), engine
    first = len(places) - len(misreading)
    for i, fault in enumerate(misreading, start=first):
        read = read + fault.size * weights.sensor_effect(fault, engine)
        limits = _ROUNDING * (np.abs(read).max(axis=0) + 1e-12)
        ledger.table("features", places[i], stated[i], _where(read, used), list(limits), "what is read")


def _check_solution(
    ledger: Ledger,
    figure: str,
    solution: Solution,
    tolerances: Mapping[str, float],
    faults: Sequence[StatedFault],
    frame: Frame,
) -> Evaluated:
    """Check the balances at every instant, the first states, and that the states go on as their rates say."""
    own = evaluate(frame, solution, tolerances, faults, read_outputs(frame))
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
    shares = share_after(frame, faults)
    least = dict(zip(frame.network.states, frame.network.least_states, strict=True))
    for name, values in solution.states.items():
        scale = max(abs(values[0]), 1e-3)
        limit = _ROUNDING * max(abs(first[name]), 1e-3)
        ledger.same("states", f"{figure}.states.{name}[0]", values[0], first[name], limit, "before the test")
        for k in range(len(shares)):
            change, doubt = _integrated(frame.instants, own.rates[name], k, shares)
            there = max(values[k] + change, least[name])
            place = f"{figure}.states.{name}[{k + 1}]"
            ledger.same(
                "states", place, values[k + 1], there, _CORRECTED * scale + doubt, "its rates, integrated"
            )
    return own


def _integrated(
    time: Sequence[float], rates: FloatArray, k: int, shares: Sequence[float]
) -> tuple[float, float]:
    """Change of a state in a step, and how far the rule that the run was made with may be from that.

    By the parabolas through the step's ends and the instant before or after, unless a fault steps in between these;
    where one steps in inside the step, each side is a straight line from its own side. The run has the trapezoidal
    rule, and what the two differ by is doubled, since either may be off.
    """
    step, share = time[k + 1] - time[k], shares[k]
    trapezoid = step * ((1.0 - share) * rates[k] + share * rates[k + 1])
    if share != 0.5:
        turn = rates[k] - rates[k - 1] if k > 0 else 0.0
        ratio = step / (time[k] - time[k - 1]) if k > 0 else 0.0
        bent = trapezoid + step * (0.5 - share) * turn * ratio
        after = (rates[k + 2] - rates[k + 1]) / (time[k + 2] - time[k + 1]) if k + 2 < len(time) else 0.0
        lean = 0.5 * (1.0 - share) ** 2 * turn * ratio * step - 0.5 * (share * step) ** 2 * after
        return float(trapezoid + lean), 2.0 * float(abs(trapezoid + lean - bent))
    found = [
        _under_parabola([t - time[k] for t in time[i : i + 3]], rates[i : i + 3], step)
        for i in (k - 1, k)
        if i >= 0 and i + 2 < len(time) and shares[i] == 0.5 == shares[i + 1]
    ]
    best = sum(found) / len(found) if found else float(trapezoid)
    return best, 2.0 * abs(best - float(trapezoid))


def _under_parabola(time: Sequence[float], rates: FloatArray, step: float) -> float:
    """Integral from nought to a step of the parabola through three rates (Newton's divided differences)."""
    a, b, c = time
    rise, later = float(rates[1] - rates[0]) / (b - a), float(rates[2] - rates[1]) / (c - b)
    bend = (later - rise) / (c - a)
    line = 0.5 * step**2 - a * step
    return (
        float(rates[0]) * step + rise * line + bend * (step**3 / 3.0 - (a + b) * step**2 / 2.0 + a * b * step)
    )


def _check_features(
    ledger: Ledger,
    figure: str,
    stated: Sequence[Sequence[float | None]],
    own: Evaluated,
    onset: float | None,
    frame: Frame,
    used: FloatArray,
) -> None:
    """Check window means; tables may be off by their stated errors."""
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
    for fault in h.faults:
        declared = declared_fault(frame, fault.name)
        assert declared is not None
        found.append(Bound(f"size of {fault.name}", fault.size, declared.lower, declared.upper))
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
