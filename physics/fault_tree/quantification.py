"""A fault tree computed exactly: probability, importance, cut sets, and posterior beliefs under evidence.

Each module has a diagram of its own; above it, it is one event with a probability. Probabilities of an event and of
its absence are carried side by side, as sums of what is not negative, so that a top event of 1e-13 has all its digits.

Importance (Vesely et al., NUREG/CR-3385, 1983; Rausand & Hoyland, System Reliability Theory, 2004), with P1 and P0 the
probability of the top event where the basic event is certain and where it is excluded:

- Birnbaum P1 - P0; criticality p (P1 - P0) / P; risk achievement worth P1 / P; risk reduction worth P / P0;
- Fussell-Vesely (P - P0) / P, the share of the risk that goes with the event. For independent events this equals the
  criticality; it is the exact form of the sum over the cut sets that hold the event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from hotfire.physics.fault_tree.cut_sets import Family, minimal_cut_sets
from hotfire.physics.fault_tree.diagram import Diagram, DiagramMaker
from hotfire.physics.fault_tree.model import FaultTree, FaultTreeError, Gate
from hotfire.physics.fault_tree.modules import find_modules
from hotfire.physics.fault_tree.ranking import CutSet, ranked
from hotfire.physics.fault_tree.reduction import ReducedTree, reduce_tree

__all__ = ["CutSet", "Importance", "Quantification", "posterior", "quantify"]

_LOST = 1e-12
"""What is left of a difference below this share of what it was taken from is rounding."""


@dataclass(frozen=True)
class Importance:
    """How much the top event owes to one basic event.

    Attributes:
        event: Its name.
        probability: Its own.
        birnbaum, fussell_vesely, criticality: Dimensionless, see the module.
        risk_achievement_worth, risk_reduction_worth: Ratios of probabilities; the second is infinite where the top
            event cannot come without it.
        given_top: Its probability where the top event has come.
    """

    event: str
    probability: float
    birnbaum: float
    fussell_vesely: float
    criticality: float
    risk_achievement_worth: float
    risk_reduction_worth: float
    given_top: float


class Quantification:
    """Answers about one fault tree; each is computed when it is asked for, and kept."""

    def __init__(self, tree: FaultTree) -> None:
        self.tree = tree

    @cached_property
    def _reduced(self) -> ReducedTree:
        return reduce_tree(self.tree)

    @cached_property
    def _diagrams(self) -> dict[int, Diagram]:
        """Of each module, inner ones first."""
        modules = find_modules(self._reduced)
        maker = DiagramMaker(self._reduced, modules)
        return {m: maker.of(m) for m in modules if m in self._reduced.gates}

    @cached_property
    def _chances(self) -> dict[int, tuple[float, float]]:
        """Probability of each basic event and module to be there, and not to be."""
        found = {}
        for number, name in self._reduced.events.items():
            event = self.tree.basic_events[name]
            expected = (
                event.rate * event.exposure if event.rate is not None and event.exposure is not None else None
            )
            absent = math.exp(-expected) if expected is not None else 1.0 - event.probability
            found[number] = event.probability, absent
        for module, diagram in self._diagrams.items():
            there, absent_by_node = _by_node(diagram, found)
            pair = there[diagram.root >> 1], absent_by_node[diagram.root >> 1]
            found[module] = pair[::-1] if diagram.root & 1 else pair
        return found

    @cached_property
    def _top(self) -> tuple[float, float]:
        """Probability of the top event, and of its absence."""
        top = self._reduced.top
        if top is None:
            return (1.0, 0.0) if self._reduced.constant else (0.0, 1.0)
        pair = self._chances[top >> 1]
        return pair[::-1] if top & 1 else pair

    @property
    def probability(self) -> float:
        """Of the top event."""
        return self._top[0]

    @property
    def nodes(self) -> int:
        """Nodes of all diagrams."""
        return sum(len(d.level) - 1 for d in self._diagrams.values())

    @cached_property
    def _slopes(self) -> dict[int, float]:
        """Derivative of the top event's probability by that of each basic event and module."""
        top = self._reduced.top
        found = dict.fromkeys(self._reduced.events, 0.0)
        if top is not None:
            found[top >> 1] = -1.0 if top & 1 else 1.0
        for module, diagram in reversed(self._diagrams.items()):
            for number, slope in _slopes(diagram, self._chances).items():
                found[number] = found[module] * slope
        return found

    @cached_property
    def importance(self) -> tuple[Importance, ...]:
        """Of every basic event that has an effect, by falling criticality."""
        found = [self._importance(n) for n in self._reduced.events if self._slopes[n] != 0.0]
        return tuple(sorted(found, key=lambda i: (-abs(i.criticality), i.event)))

    def _importance(self, number: int) -> Importance:
        (there, absent), slope, whole = self._chances[number], self._slopes[number], self.probability
        certain, excluded = whole + absent * slope, whole - there * slope
        excluded = 0.0 if abs(excluded) < _LOST * whole else excluded
        certain = 0.0 if abs(certain) < _LOST * whole else certain
        share = there * slope / whole if whole else math.nan
        achieved = certain / whole if whole else math.nan
        return Importance(
            self._reduced.events[number],
            there,
            slope,
            share,
            share,
            achieved,
            whole / excluded if excluded else math.inf,
            there * achieved,
        )

    @cached_property
    def _families(self) -> dict[int, Family]:
        """Cut sets of each module; what is not coherent is no module here, since its absence has causes too."""
        if self._negating:
            modules = find_modules(self._reduced, lambda gate: gate not in self._negating)
            maker = DiagramMaker(self._reduced, modules)
            diagrams = {m: maker.of(m) for m in modules if m in self._reduced.gates}
        else:
            diagrams = self._diagrams
        return {m: minimal_cut_sets(d, coherent=m not in self._negating) for m, d in diagrams.items()}

    @cached_property
    def _negating(self) -> set[int]:
        """Gates that negate somewhere below."""
        found: set[int] = set()
        for number in self._reduced.order():
            node = self._reduced.gates[number]
            literals = any(i & 1 or i >> 1 in found for i in node.inputs)
            if literals or node.operator in ("not", "xor"):
                found.add(number)
        return found

    @cached_property
    def cut_set_count(self) -> int:
        """Minimal cut sets; the empty set counts where the top event comes by itself."""
        top = self._reduced.top
        if top is None or top >> 1 not in self._reduced.gates:
            return int(self._reduced.constant) if top is None else 1
        weights: dict[int, int] = {}
        for module, family in self._families.items():
            weights[module] = family.totals(weights)
        return weights[top >> 1]

    def cut_sets(self, count: int = 10) -> tuple[CutSet, ...]:
        """Return the most probable minimal cut sets, the first being the most probable."""
        top = self._reduced.top
        if top is None:
            return (CutSet((), 1.0),) if self._reduced.constant and count else ()
        if top >> 1 not in self._reduced.gates:
            name = self._reduced.events[top >> 1]
            chances = self._chances[top >> 1]
            return (CutSet(() if top & 1 else (name,), 1.0 if top & 1 else chances[0]),)[:count]
        worth = {n: self._chances[n][0] for n in self._reduced.events}
        return ranked(self._families, top >> 1, worth, self._reduced.events, count)


def quantify(tree: FaultTree) -> Quantification:
    """Return what can be asked about a tree."""
    return Quantification(tree)


def posterior(tree: FaultTree, evidence: Mapping[str, bool]) -> tuple[float, dict[str, float]]:
    """Return the probability of evidence, and of each basic event given it; exact.

    Args:
        tree: The tree.
        evidence: What was seen to be there or not, by name of the top event, other gates, or basic events.

    Raises:
        FaultTreeError: If a name is unknown or the evidence cannot be.
    """
    known = {*tree.gates, *tree.basic_events}
    for name in evidence:
        if name not in known:
            raise FaultTreeError(
                f"there is no event {name!r}", where=tree.name, remedy="name a gate or a basic event"
            )
    if not evidence:
        return 1.0, {n: e.probability for n, e in tree.basic_events.items()}
    asked = Quantification(_observed(tree, evidence))
    if asked.probability <= 0.0:
        raise FaultTreeError(
            "the evidence contradicts itself",
            where=", ".join(f"{n} {'true' if v else 'false'}" for n, v in evidence.items()),
            why="no state of the basic events that has a probability shows it",
            remedy="leave a part of it out",
        )
    found = {n: e.probability for n, e in tree.basic_events.items()}
    found |= {i.event: min(1.0, max(0.0, i.given_top)) for i in asked.importance}
    return asked.probability, found


def _observed(tree: FaultTree, evidence: Mapping[str, bool]) -> FaultTree:
    """Return the tree whose top event is that the evidence is as it is."""
    taken = {*tree.gates, *tree.basic_events, *tree.house_events}

    def fresh(name: str) -> str:
        while name in taken:
            name += "'"
        taken.add(name)
        return name

    gates = dict(tree.gates)
    inputs = []
    for name, there in evidence.items():
        own = name
        if not there:
            own = fresh(f"not {name}")
            gates[own] = Gate(own, "not", (name,))
        inputs.append(own)
    top = fresh("evidence")
    gates[top] = Gate(top, "and", tuple(inputs))
    return replace(tree, top=top, gates=gates)


def _by_node(diagram: Diagram, chances: Mapping[int, tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Probability of each node's function to be true, and to be false."""
    pairs = [chances[v] for v in diagram.variables]
    true, false = [1.0], [0.0]
    for level, high, low in zip(diagram.level[1:], diagram.high[1:], diagram.low[1:], strict=True):
        there, absent = pairs[level]
        up, not_up = (false, true) if high & 1 else (true, false)
        down, not_down = (false, true) if low & 1 else (true, false)
        true.append(there * up[high >> 1] + absent * down[low >> 1])
        false.append(there * not_up[high >> 1] + absent * not_down[low >> 1])
    return true, false


def _slopes(diagram: Diagram, chances: Mapping[int, tuple[float, float]]) -> dict[int, float]:
    """Derivatives of a diagram's probability by its inputs': one walk up, one down (Rauzy 1993)."""
    true, false = _by_node(diagram, chances)
    pairs = [chances[v] for v in diagram.variables]
    slope = [0.0] * len(diagram.level)
    slope[diagram.root >> 1] = -1.0 if diagram.root & 1 else 1.0
    by_level = [0.0] * len(diagram.variables)
    for node in range(len(diagram.level) - 1, 0, -1):
        own = slope[node]
        if own == 0.0:
            continue
        level, high, low = diagram.level[node], diagram.high[node], diagram.low[node]
        there, absent = pairs[level]
        up, down = (false if high & 1 else true)[high >> 1], (false if low & 1 else true)[low >> 1]
        if up + down > 1.0:  # near one, the difference of the absences has more digits
            up, down = (true if low & 1 else false)[low >> 1], (true if high & 1 else false)[high >> 1]
        by_level[level] += own * (up - down)
        slope[high >> 1] += -own * there if high & 1 else own * there
        slope[low >> 1] += -own * absent if low & 1 else own * absent
    return dict(zip(diagram.variables, by_level, strict=True))
