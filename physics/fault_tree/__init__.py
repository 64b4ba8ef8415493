"""Fault trees: made, read, written and computed exactly."""

from __future__ import annotations

from hotfire.physics.fault_tree.model import BasicEvent, FaultTree, FaultTreeError, Gate, HouseEvent, tree_of
from hotfire.physics.fault_tree.open_psa import read_open_psa
from hotfire.physics.fault_tree.open_psa_writing import write_open_psa
from hotfire.physics.fault_tree.quantification import CutSet, Importance, Quantification, posterior, quantify

__all__ = [
    "BasicEvent",
    "CutSet",
    "FaultTree",
    "FaultTreeError",
    "Gate",
    "HouseEvent",
    "Importance",
    "Quantification",
    "posterior",
    "quantify",
    "read_open_psa",
    "tree_of",
    "write_open_psa",
]
