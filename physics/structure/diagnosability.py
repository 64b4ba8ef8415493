"""Structural detectability and isolability of single faults, in polynomial time.

A fault is detectable when an equation of its own is in the over-determined part; it is isolable from another when one
still is after the other's equations are taken away (M. Krysander, J. Aslund, E. Frisk: "A structural algorithm for
finding testable sub-models and multiple fault isolability analysis", DX 2010; Krysander and Frisk, IEEE Trans. SMC-A 38
(2008) 1398, theorem 1). Under mixed causality each fault takes one search through the graph.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hotfire.physics.structure.decomposition import over_determined
from hotfire.physics.structure.matching import Matching
from hotfire.physics.structure.model import Causality, StructuralModel

__all__ = ["detectable", "isolable_from"]


def detectable(model: StructuralModel, causality: Causality = "mixed") -> frozenset[str]:
    """Faults that are structurally detectable."""
    return _seen(model.faults, over_determined(model, causality=causality))


def isolable_from(model: StructuralModel, causality: Causality = "mixed") -> dict[str, frozenset[str]]:
    """Return the faults from which each fault is structurally isolable, by name."""
    found: dict[str, set[str]] = {f: set() for f in model.faults}
    matching = Matching(model.incidence)
    kept: dict[frozenset[int], frozenset[int]] = {}
    for other, equations in model.faults.items():
        if equations not in kept:
            if causality == "mixed":
                kept[equations] = frozenset(matching.without(equations).over_determined())
            else:
                rest = matching.active - equations
                kept[equations] = over_determined(model, rest, causality)
        for fault in _seen(model.faults, kept[equations]):
            found[fault].add(other)
    return {fault: frozenset(others) for fault, others in found.items()}


def _seen(faults: Mapping[str, frozenset[int]], equations: Collection[int]) -> frozenset[str]:
    """Faults with an equation among those given."""
    return frozenset(f for f, own in faults.items() if any(e in equations for e in own))
