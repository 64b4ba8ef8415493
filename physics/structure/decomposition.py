"""The decomposition of Dulmage and Mendelsohn: what is over-, just and under-determined.

A. Dulmage and N. Mendelsohn, Canadian J. Math. 10 (1958) 517; A. Pothen and C.-J. Fan, ACM Trans. Math. Softw. 16
(1990) 303. Every part is the same whichever maximum matching it is found from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from hotfire.physics.structure.matching import Matching, Rows
from hotfire.physics.structure.model import Causality, StructuralModel

__all__ = ["Decomposition", "decompose", "over_determined"]


@dataclass(frozen=True)
class Decomposition:
    """Parts of a model, as indices.

    Attributes:
        over: Equations and unknowns of the over-determined part.
        blocks: Equations and unknowns of each strongly connected block of the just determined part, so ordered that a
            block needs unknowns of itself and of blocks before it alone.
        under: Equations and unknowns of the under-determined part.
    """

    over: tuple[frozenset[int], frozenset[int]]
    blocks: tuple[tuple[frozenset[int], frozenset[int]], ...]
    under: tuple[frozenset[int], frozenset[int]]

    @property
    def redundancy(self) -> int:
        """Equations more than unknowns in the over-determined part."""
        return len(self.over[0]) - len(self.over[1])


def decompose(model: StructuralModel, equations: Iterable[int] | None = None) -> Decomposition:
    """Decompose a model, or some equations of it with all its unknowns."""
    matching = Matching(model.incidence, equations)
    over = matching.over_determined()
    known = {u for e in over for u in model.incidence[e]}
    loose = matching.under_determined(range(len(model.unknowns)))
    under = {matching.equation_of[u] for u in loose if u in matching.equation_of}
    middle = matching.active - over - under
    return Decomposition(
        (frozenset(over), frozenset(known)),
        _blocks(matching, middle),
        (frozenset(under), frozenset(loose)),
    )


def _blocks(matching: Matching, middle: set[int]) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
    """Strongly connected parts of the just determined part, along what they need of one another."""
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(middle))
    for e in middle:
        needed = (matching.equation_of[u] for u in matching.rows[e] if u in matching.equation_of)
        graph.add_edges_from((other, e) for other in needed if other in middle and other != e)
    whole = nx.condensation(graph)
    parts = (whole.nodes[n]["members"] for n in nx.topological_sort(whole))
    return tuple((frozenset(p), frozenset(matching.unknown_of[e] for e in p)) for p in parts)


def over_determined(
    model: StructuralModel, equations: Iterable[int] | None = None, causality: Causality = "mixed"
) -> frozenset[int]:
    """Equations from which a residual can be made, by the causality of differential constraints.

    The parts with integral or derivative causality are those of Frisk et al., IEEE Trans. SMC-A 42 (2012) 1216: no
    residual may rest on an unknown that can only be had by the forbidden use of a differential constraint.
    """
    active = frozenset(range(len(model.equations)) if equations is None else equations)
    if causality == "mixed" or not model.differential:
        return frozenset(Matching(model.incidence, active).over_determined())
    return _integral(model, active) if causality == "integral" else _derivative(model, active)


def _integral(model: StructuralModel, active: frozenset[int]) -> frozenset[int]:
    """Drop what needs unknowns that are not determined while no derivative may be had from its state's constraint."""
    pruned = [
        row - {model.differential[e][1]} if e in model.differential else row
        for e, row in enumerate(model.incidence)
    ]
    while True:
        active = frozenset(Matching(model.incidence, active).over_determined())
        unknowns = {u for e in active for u in model.incidence[e]}
        loose = Matching(pruned, active).under_determined(unknowns)
        kept = frozenset(e for e in active if not model.incidence[e] & loose)
        if kept == active:
            return active
        active = kept


def _derivative(model: StructuralModel, active: frozenset[int]) -> frozenset[int]:
    """Gather what can be computed while states may be differentiated and not integrated, and keep what rests on it."""
    known: set[int] = set()
    while True:
        rows: Rows = [row - known for row in model.incidence]
        usable = [e for e in active if e not in model.differential or model.differential[e][0] in known]
        matching = Matching(rows, usable)
        touched = {u for e in usable for u in rows[e]}
        fresh = touched - matching.under_determined(touched)
        if not fresh:
            break
        known |= fresh
    resting = [e for e in active if model.incidence[e] <= known]
    return frozenset(Matching(model.incidence, resting).over_determined())
