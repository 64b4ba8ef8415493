"""Checking the settings of a certificate, and that everything is stated under its right name and in its right shape."""

from __future__ import annotations

from hotfire.physics.certificate.ledger import Ledger
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.values import Certificate, StatedFault, StatedHypothesis
from hotfire.physics.certificate.weight import declared_fault

__all__ = ["check_model"]

_ROUNDING = 1e-9
"""Relative difference that evaluating the same expression in another order may make."""
_ROUGHNESS = (0.0003, 0.1, 0.05, 0.025, 0.012, 0.006, 0.003)
"""Relative errors of the model that a search may settle on."""
_PLENTY, _MOST_SPARE = 10.0, 1.0
"""Spare load that never runs out, and the most that the sound engine can need to last."""
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
