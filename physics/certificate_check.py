"""Checking a certificate's figures against the engine's declarations, one by one.

Nothing is solved: the unknowns and states are stated, so balances, rates, window means, misfit and evidence follow by
evaluation. A figure that does not hold within its tolerance refuses the certificate. Where each tolerance comes from
is in docs/explanation/certificate.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate import Bound, Certificate, Solution, StatedFault, StatedHypothesis
from hotfire.physics.certificate_plain import Evaluated, Frame, evaluate
from hotfire.physics.certificate_slopes import read_outputs, share_after, slopes
from hotfire.physics.certificate_weight import Weights, as_array, declared_fault, window_means
from hotfire.physics.declaration import KINDS

__all__ = [
    "BAD_FIT",
    "EVIDENCE_TOLERANCE",
    "Ledger",
    "Refusal",
    "allowed_lead",
    "check_hypotheses",
    "check_model",
    "check_ranking",
]

BAD_FIT = 1.5
"""Chi-square per feature from which a search widens the scatter: what fits no better is no explanation."""
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
_ROUGHNESS = (0.0003, 0.1, 0.05, 0.025, 0.012, 0.006, 0.003)
"""Relative errors of the model that a search may settle on."""
_PLENTY, _MOST_SPARE = 10.0, 1.0
_LEVELLING = 0.3
"""One less the power by which weights of faults are levelled among themselves."""
_FARTHEST = 5.0


@dataclass(frozen=True)
class Refusal:
    """A figure that does not hold.

    Attributes:
        figure: Which, by its place in the certificate.
        stated: As stated; what is claimed where it is no number.
        recomputed: As recomputed.
        tolerance: Within which the two had to agree; a limit for inequalities.
        why: What the figure means.
    """

    figure: str
    stated: float | str
    recomputed: float | str
    tolerance: float
    why: str


@dataclass
class Ledger:
    """Counts what was checked, and keeps what did not hold.

    Attributes:
        checked: Figures by what they are.
        refusals: In the order in which they were found.
    """

    checked: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def same(
        self, kind: str, figure: str, stated: float, recomputed: float, tolerance: float, why: str
    ) -> None:
        """Check that a figure is what it should be."""
        self.checked[kind] = self.checked.get(kind, 0) + 1
        if not abs(stated - recomputed) <= tolerance:
            self.refusals.append(Refusal(figure, stated, recomputed, tolerance, why))

    def series(
        self,
        kind: str,
        figure: str,
        stated: Sequence[float],
        recomputed: Sequence[float] | FloatArray,
        tolerance: float | FloatArray,
        why: str,
    ) -> None:
        """Check figures one by one."""
        if not self.holds(
            kind, figure, len(stated) == len(recomputed), "as many figures as there are instants"
        ):
            return
        limits = np.broadcast_to(tolerance, len(stated))
        for i, (a, b, limit) in enumerate(zip(stated, recomputed, limits, strict=True)):
            self.same(kind, f"{figure}[{i}]", float(a), float(b), float(limit), why)

    def table(
        self,
        kind: str,
        figure: str,
        stated: Sequence[Sequence[float | None]],
        recomputed: Sequence[Sequence[float | None]],
        tolerance: Sequence[float],
        why: str,
    ) -> None:
        """Check rows of figures, of which some may be absent; the tolerance is by column."""
        shape, wanted = [len(r) for r in stated], [len(r) for r in recomputed]
        if not self.holds(kind, figure, shape == wanted, f"{len(wanted)} rows of {wanted[0]} figures"):
            return
        for i, (left, right) in enumerate(zip(stated, recomputed, strict=True)):
            for j, (a, b) in enumerate(zip(left, right, strict=True)):
                place = f"{figure}[{i}][{j}]"
                if a is None or b is None:
                    self.holds(kind, place, a is None and b is None, "a figure exactly where the log has one")
                else:
                    self.same(kind, place, a, b, tolerance[j], why)

    def holds(self, kind: str, figure: str, held: bool, why: str) -> bool:
        """Check a statement; return whether it holds."""
        self.checked[kind] = self.checked.get(kind, 0) + 1
        if not held:
            self.refusals.append(Refusal(figure, "as stated", "does not hold", 0.0, why))
        return held


def check_model(ledger: Ledger, certificate: Certificate, frame: Frame) -> bool:
    """Check the settings, and that everything is stated under its right name; return whether the rest makes sense."""
    model = certificate.model
    last = max(abs(frame.instants[-1]), 1.0)
    ledger.series("settings", "model.instants", model.instants, frame.instants, _ROUNDING * last, "time grid")
    loads = [n for n in frame.network.input_defaults if n.endswith(".spare_load")]
    named = ledger.holds(
        "settings", "model.spare_load", set(loads) == set(model.spare_load), "one for each tank"
    )
    for name, spare in model.spare_load.items():
        held = spare == _PLENTY or 0.0 <= spare <= _MOST_SPARE
        ledger.holds(
            "settings", f"model.spare_load.{name}", held, "liquid enough, or just enough for the sound engine"
        )
    sensors = [s.name for s in frame.sensors]
    named &= ledger.holds(
        "settings", "model.widening", set(sensors) == set(model.widening), "one for each sensor"
    )
    for name, factor in model.widening.items():
        ledger.holds(
            "settings", f"model.widening.{name}", factor >= 1.0, "scatter is widened, never narrowed"
        )
    known = model.discrepancy in _ROUGHNESS
    ledger.holds("settings", "model.discrepancy", known, f"one of {', '.join(map(str, _ROUGHNESS))}")
    rows = len(frame.edges)
    for i, hypothesis in enumerate(certificate.hypotheses):
        named &= _named(ledger, f"hypotheses[{i}]", hypothesis, frame, rows)
    names = [h.name for h in certificate.hypotheses]
    named &= ledger.holds("settings", "hypotheses", len(names) == len(set(names)), "each stated once")
    ledger.holds("settings", "hypotheses", "nominal" in names, "the sound engine is stated")
    ledger.holds("settings", "not_rejected", set(certificate.not_rejected) <= set(names[1:]), "stated rivals")
    return named


def _named(ledger: Ledger, figure: str, h: StatedHypothesis, frame: Frame, rows: int) -> bool:
    """Check names and shapes of one hypothesis."""
    network, fault, instants = frame.network, h.fault, len(frame.instants)
    hardware = fault is not None and fault.name in network.faults
    held = ledger.holds(
        "settings", f"{figure}.name", h.name == (fault.name if fault else "nominal"), "of its fault"
    )
    if fault is not None:
        declared = declared_fault(frame, fault.name)
        held &= ledger.holds(
            "settings", f"{figure}.fault.name", declared is not None, "a fault that can be weighed"
        )
        held &= ledger.holds("settings", f"{figure}.fault.size", fault.size > 0.0, "a size above 0")
        held &= ledger.holds(
            "settings", f"{figure}.fault.sign", fault.sign in _signs(hardware), "a direction"
        )
        if declared is not None:
            held &= ledger.holds(
                "settings",
                f"{figure}.fault",
                _may(fault, declared.grows, declared.clears, frame),
                "a course that this fault can have",
            )
            held &= ledger.holds(
                "settings",
                f"{figure}.fault.size",
                declared.lower * (1 - 1e-6) <= fault.size <= declared.upper * (1 + 1e-6),
                f"between {declared.lower:g} and {declared.upper:g}",
            )
    held &= ledger.holds(
        "settings", f"{figure}.tolerances", list(h.tolerances) == frame.tolerance_names, "those of the engine"
    )
    far = max((abs(v) for v in h.tolerances.values()), default=0.0)
    held &= ledger.holds(
        "settings", f"{figure}.tolerances", far <= _FARTHEST + 1e-9, "within five standard deviations"
    )
    sounds = (h.sound is not None) == hardware and (h.sound_features is not None) == (fault is not None)
    held &= ledger.holds("settings", f"{figure}.sound", sounds, "the sound engine beside a fault")
    for part, solution in (("solution", h.solution), ("sound", h.sound)):
        if solution is not None:
            whole = set(solution.unknowns) == set(network.unknowns) and set(solution.states) == set(
                network.states
            )
            series = [*solution.unknowns.values(), *solution.states.values()]
            whole = whole and all(len(v) == instants for v in series)
            held &= ledger.holds(
                "settings", f"{figure}.{part}", whole, "every unknown and state at every instant"
            )
    for part, table in (("features", h.features), ("sound_features", h.sound_features or h.features)):
        whole = len(table) == rows and all(len(r) == len(frame.sensors) for r in table)
        held &= ledger.holds("settings", f"{figure}.{part}", whole, "a row before the test and one a window")
    return held


def _signs(hardware: bool) -> tuple[float, ...]:
    return (1.0,) if hardware else (1.0, -1.0)


def _may(fault: StatedFault, grows: bool, clears: bool, frame: Frame) -> bool:
    """Say whether a fault can have the course that is stated."""
    drifts = fault.name.endswith(".drift") and fault.name not in frame.network.faults
    inside = fault.onset is None or 0.0 <= fault.onset <= frame.edges[-1]
    cleared = fault.clears_at is None or (
        clears and fault.onset is None and fault.clears_at == frame.edges[0]
    )
    return inside and cleared and (not fault.grows or grows or drifts)


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
            rises = [b - a for a, b in zip(values[:-1], values[1:], strict=True)]
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


def allowed_lead(name: str, windows: int, faults: int) -> float:
    """By how many nats a rival's best course may lead the claimed one's without being likelier as a hypothesis.

    A fault is claimed for the sum of its courses, of which there are two for each onset. The sound engine has one
    course, but weights of faults are levelled among themselves, which can favour it.
    """
    return _LEVELLING * math.log(faults) if name == "nominal" else math.log(2.0 * (windows + 1))


def check_ranking(ledger: Ledger, certificate: Certificate, frame: Frame, weights: Weights) -> None:
    """Check that the claimed hypothesis fits, and that no stated rival explains the log better."""
    claimed, faults = certificate.claimed, number_of_faults(frame)
    most = BAD_FIT * weights.used.sum()
    ledger.holds("ranking", "hypotheses[0].misfit", claimed.misfit <= most, f"at most {BAD_FIT} a feature")
    lead = allowed_lead(claimed.name, weights.windows, faults) + 2.0 * EVIDENCE_TOLERANCE
    for i, rival in enumerate(certificate.hypotheses[1:], start=1):
        ahead = rival.log_evidence - claimed.log_evidence
        ledger.checked["ranking"] = ledger.checked.get("ranking", 0) + 1
        if not ahead <= lead:
            why = f"{rival.name} explains the log better than {claimed.name} by {ahead:.1f} nats"
            ledger.refusals.append(Refusal(f"hypotheses[{i}].log_evidence", 0.0, ahead, lead, why))


def number_of_faults(frame: Frame) -> int:
    """Number of single faults that compete."""
    hardware = sum(f.weighed for f in frame.network.faults.values())
    return hardware + 3 * sum(bool(s.kind) for s in frame.sensors)
