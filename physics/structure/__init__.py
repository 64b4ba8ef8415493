"""Structural analysis: which equations are redundant, and what that says of faults, before any number is known.

A structural model holds only which unknown appears in which equation. Terms are those of M. Blanke, M. Kinnaert,
J. Lunze and M. Staroswiecki, Diagnosis and Fault-Tolerant Control (3rd ed., Springer 2016), chapter 5.
"""

from hotfire.physics.structure.decomposition import Decomposition, decompose, over_determined
from hotfire.physics.structure.diagnosability import detectable, isolable_from
from hotfire.physics.structure.incidence import structural_model
from hotfire.physics.structure.model import Causality, StructuralModel
from hotfire.physics.structure.placement import placements
from hotfire.physics.structure.relations import Relation, relations

__all__ = [
    "Causality",
    "Decomposition",
    "Relation",
    "StructuralModel",
    "decompose",
    "detectable",
    "isolable_from",
    "over_determined",
    "placements",
    "relations",
    "structural_model",
]
