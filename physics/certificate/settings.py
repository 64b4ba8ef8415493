"""Checking the settings of a certificate, and that everything is stated under its right name and in its right shape."""

from __future__ import annotations

from collections.abc import Sequence

from hotfire.physics.certificate.ledger import Ledger
from hotfire.physics.certificate.places import declared_fault
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.values import Certificate, StatedFault, StatedHypothesis

__all__ = ["check_model"]

_ROUNDING = 1e-9
"""Relative difference that evaluating the same expression in another order may make."""
_ROUGHNESS = (0.0003, 0.1, 0.05, 0.025, 0.012, 0.006, 0.003)
"""Relative errors of the model that a search may settle on."""
_PLENTY, _MOST_SPARE = 10.0, 1.0
"""Spare load that never runs out, and the most that the sound engine can need to last."""
_MOST = 2
"""Faults at once."""
_FARTHEST = 5.0
"""Standard deviations by which a fit lets a tolerance leave its nominal value."""


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
    network, instants, parts = frame.network, len(frame.instants), frame.hardware(h.faults)
    name = " + ".join(sorted(f.name for f in h.faults)) or "nominal"
    held = ledger.holds("settings", f"{figure}.name", h.name == name, "of its faults")
    held &= ledger.holds("settings", f"{figure}.faults", _may_stand(h.faults, parts), "faults of two places")
    for i, fault in enumerate(h.faults):
        held &= _fault_named(ledger, f"{figure}.faults[{i}]", fault, frame)
    held &= ledger.holds(
        "settings", f"{figure}.tolerances", list(h.tolerances) == frame.tolerance_names, "those of the engine"
    )
    far = max((abs(v) for v in h.tolerances.values()), default=0.0)
    held &= ledger.holds(
        "settings", f"{figure}.tolerances", far <= _FARTHEST + 1e-9, "within five standard deviations"
    )
    beside = len(h.without) == len(parts) and len(h.features_without) == len(h.faults)
    held &= ledger.holds("settings", f"{figure}.without", beside, "the engine before each fault")
    for part, solution in (
        ("solution", h.solution),
        *((f"without[{i}]", s) for i, s in enumerate(h.without)),
    ):
        whole = set(solution.unknowns) == set(network.unknowns) and set(solution.states) == set(
            network.states
        )
        series = [*solution.unknowns.values(), *solution.states.values()]
        whole = whole and all(len(v) == instants for v in series)
        held &= ledger.holds(
            "settings", f"{figure}.{part}", whole, "every unknown and state at every instant"
        )
    for i, table in enumerate((h.features, *h.features_without)):
        whole = len(table) == rows and all(len(r) == len(frame.sensors) for r in table)
        place = f"features_without[{i - 1}]" if i else "features"
        held &= ledger.holds("settings", f"{figure}.{place}", whole, "a row before the test and one a window")
    return held


def _may_stand(faults: Sequence[StatedFault], parts: Sequence[StatedFault]) -> bool:
    """Say whether faults can stand together: two of them, of two places, those of components first and in step."""
    places = {f.name.rpartition(".")[0] for f in faults}
    later = {(f.onset, f.grows) for f in parts if f.onset is not None or f.grows}
    in_order = list(faults[: len(parts)]) == list(parts)
    return len(faults) <= _MOST and len(places) == len(faults) and in_order and len(later) <= 1


def _fault_named(ledger: Ledger, figure: str, fault: StatedFault, frame: Frame) -> bool:
    """Check the name of a fault, and that its size, direction and course are such as it can have."""
    declared = declared_fault(frame, fault.name)
    held = ledger.holds("settings", f"{figure}.name", declared is not None, "a fault that can be weighed")
    held &= ledger.holds("settings", f"{figure}.size", fault.size > 0.0, "a size above 0")
    signs = (1.0,) if fault.name in frame.network.faults else (1.0, -1.0)
    held &= ledger.holds("settings", f"{figure}.sign", fault.sign in signs, "a direction")
    if declared is not None:
        own = _may(fault, declared.may_grow, declared.clears, frame)
        held &= ledger.holds("settings", figure, own, "a course that this fault can have")
        inside = declared.lower * (1 - 1e-6) <= fault.size <= declared.upper * (1 + 1e-6)
        why = f"between {declared.lower:g} and {declared.upper:g}"
        held &= ledger.holds("settings", f"{figure}.size", inside, why)
    return held


def _may(fault: StatedFault, grows: bool, clears: bool, frame: Frame) -> bool:
    """Say whether a fault can have the course that is stated."""
    drifts = fault.name.endswith(".drift") and fault.name not in frame.network.faults
    inside = fault.onset is None or 0.0 <= fault.onset <= frame.edges[-1]
    cleared = fault.clears_at is None or (
        clears and fault.onset is None and fault.clears_at == frame.edges[0]
    )
    return inside and cleared and (not fault.grows or grows or drifts)
