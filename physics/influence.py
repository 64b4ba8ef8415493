"""How a change came about: two solutions of an engine's equations, and the way from a fault to a quantity.

Each balance determines one unknown, as in the causal graph of fault trees. What another quantity adds to that unknown's
change is the balance's answer to that quantity's own change about the middle of the two solutions (central
differences), over its answer to the unknown; the parts add up to the whole change but for terms of third order. No
derivative is taken and no symbol is made: the declarations are evaluated once, with arrays.

The way from a fault to a quantity goes only by parts that push a quantity the way it went, so that the signs along it
multiply to the sign that the two solutions show. The strength of an arrow is the part's share of all that push that
way, the way is the one with the greatest product of shares: shares are at most one, so that going round in a loop
(turbopumps) gains nothing, and the way is finite.

In a loop quantities determine each other, and the matching is one reading of it: there a balance may be read towards
another of its unknowns as well, which counts a tenth, since a fault may push what the matching names against what all
of the loop does (drag asks for more torque of a turbine that gives less).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import log

import networkx as nx
import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.fault_tree.causal_graph import matching
from hotfire.physics.network import Evaluation, Network

__all__ = ["Influence", "Influences"]

_STEP = 1e-6
"""Displacement of an unknown that did not move, over its scale: only how a balance answers to it is wanted."""
_STILL = 1e-7
"""Change over the scale that is none."""
_READ_BACKWARDS = 0.1
"""Weight of an arrow in a loop that the matching does not have."""
_EQUAL = 1e-6
"""Relative difference of two changes below which one is the other handed on."""


_Place = tuple[str, int]
"""A quantity, and the number of the equation by which it acts on the next (none twice running)."""


@dataclass(frozen=True)
class Influence:
    """What the change of one quantity adds to that of another.

    Attributes:
        cause: Name of a fault, state, unknown or output.
        effect: Name of an unknown, state or output.
        amount: Added change, SI; of a state per second.
        share: Of all that is added in the direction of the effect's change, 0 to 1.
        component: Whose equation it is by; "" for the definition of an output or of a state's rate.
        balance: Name of that equation.
    """

    cause: str
    effect: str
    amount: float
    share: float
    component: str
    balance: str


@dataclass(frozen=True)
class _Arrow:
    """An influence with the number of its equation, and its weight on a way."""

    influence: Influence
    row: int
    weight: float


class Influences:
    """Two solutions of one network held against one another.

    Attributes:
        before, after: Everything by name, SI: parameters, faults, inputs, states, unknowns, outputs.
    """

    def __init__(self, network: Network, before: Mapping[str, float], after: Mapping[str, float]) -> None:
        """Take the values of both solutions; outputs are computed.

        Args:
            network: The engine.
            before: Parameters, faults, inputs, states and unknowns by name, SI.
            after: The same; parameters and inputs are those of `before`.
        """
        self._network = network
        ends = {n: np.array([before[n], after[n]]) for n in before}
        outputs = network.evaluate(self._with_surroundings(ends)).outputs
        whole = ends | {n: np.broadcast_to(v, 2) for n, v in outputs.items() if n not in ends}
        self.before = {n: float(v[0]) for n, v in whole.items()}
        self.after = {n: float(v[1]) for n, v in whole.items()}
        self._into: dict[str, list[_Arrow]] = {}
        self._weigh()

    def change(self, name: str) -> float:
        """Change of a quantity from the one solution to the other, SI."""
        return self.after[name] - self.before[name]

    def moved(self, name: str) -> bool:
        """Whether a quantity changed at all."""
        size = max(abs(self.before[name]), abs(self.after[name]), self._scale(name))
        return abs(self.change(name)) > _STILL * size

    def way(self, sources: Iterable[str], target: str) -> tuple[Influence, ...]:
        """Return the strongest way from one of several faults to a quantity, the fault's own influence first.

        Empty where there is none: the quantity did not move, or only a whole loop moved it.
        """
        wanted = set(sources)
        start = (target, -1)
        cost, leads_to = {start: 0.0}, dict[_Place, tuple[Influence, _Place]]()
        waiting = [(0.0, start)]
        while waiting:
            reached, at = heapq.heappop(waiting)
            if reached > cost[at]:
                continue
            if at[0] in wanted:
                return _forwards(at, leads_to)
            for arrow in self._into.get(at[0], ()):
                further, before = reached - log(arrow.weight), (arrow.influence.cause, arrow.row)
                if arrow.row != at[1] and further < cost.get(before, np.inf):
                    cost[before], leads_to[before] = further, (arrow.influence, at)
                    heapq.heappush(waiting, (further, before))
        return ()

    def told(self, way: tuple[Influence, ...]) -> tuple[Influence, ...]:
        """Join steps that only hand the same change on (continuity, another name) to the one before."""
        told: list[Influence] = []
        for step in way:
            if told and self._handed_on(told[-1].effect, step.effect):
                told[-1] = replace(told[-1], effect=step.effect)
            else:
                told.append(step)
        return tuple(told)

    def _handed_on(self, cause: str, effect: str) -> bool:
        off = abs(self.change(cause) - self.change(effect))
        return _kind(cause) == _kind(effect) and off <= _EQUAL * abs(self.change(cause))

    def _with_surroundings(self, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        size = next(iter(values.values())).size
        return {**values, "ambient_pressure": np.full(size, self._network.ambient_pressure)}

    def _scale(self, name: str) -> float:
        kinds = self._network.unknown_kinds
        return self._network.scales[kinds[name]] if name in kinds else 0.0

    def _weigh(self) -> None:
        """Find what adds to what, and keep what pushes a quantity the way it went."""
        network = self._network
        unknowns = list(network.unknowns)
        others = [n for n in (*network.states, *network.faults) if self.before[n] != self.after[n]]
        names = [*unknowns, *others]
        changes = np.array([self.change(n) for n in names])
        still = np.array([not self.moved(n) for n in names])
        steps = np.where(still, [_STEP * (self._scale(n) or 1.0) for n in names], changes)
        evaluation, values = self._displaced(names, steps)
        balances = evaluation.balances
        answers = np.stack([_answers(b.left - b.right, len(names)) for _, b in balances])
        square = answers[:, : len(unknowns)] / steps[: len(unknowns)]
        scaled = square * [self._scale(n) for n in unknowns]
        scaled /= np.maximum(np.abs(scaled).max(axis=1, keepdims=True), 1e-300)
        written = [next((n for n in unknowns if b.left is values[n]), "") for _, b in balances]
        answers[:, still] = 0.0
        matched = matching(scaled, written, unknowns)
        loops = _loops(names, answers, matched)
        for row, own in matched.items():
            component, balance = balances[row]
            for column in np.flatnonzero(answers[row, : len(unknowns)]):
                if loops[column] == loops[own]:
                    parts = np.where(
                        np.arange(len(names)) == column, 0.0, -answers[row] / square[row, column]
                    )
                    equation = (component, balance.name, row)
                    self._add(
                        names[column], names, parts, equation, 1.0 if column == own else _READ_BACKWARDS
                    )
        row = len(balances)
        for group in (evaluation.outputs, evaluation.derivatives):
            for name, result in group.items():
                if name not in unknowns:
                    parts = np.where(still, 0.0, _answers(result, len(names)))
                    self._add(name, names, parts, ("", "definition", row))
                    row += 1

    def _displaced(self, names: list[str], steps: FloatArray) -> tuple[Evaluation, Mapping[str, FloatArray]]:
        """Evaluate the network with one name after the other half its step below, then above, the middle."""
        count = len(names)
        values = {n: np.full(2 * count, 0.5 * (v + self.after[n])) for n, v in self.before.items()}
        for i, name in enumerate(names):
            values[name][i] -= 0.5 * steps[i]
            values[name][count + i] += 0.5 * steps[i]
        whole = self._with_surroundings(values)
        with np.errstate(all="ignore"):
            return self._network.evaluate(whole), whole

    def _add(
        self,
        effect: str,
        causes: list[str],
        parts: FloatArray,
        equation: tuple[str, str, int],
        weight: float = 1.0,
    ) -> None:
        """Keep what pushes a quantity the way it went, by an equation's component, name and number."""
        if not self.moved(effect):
            return
        component, balance, row = equation
        along = np.where(np.isfinite(parts), parts, 0.0) * np.sign(self.change(effect))
        along = np.where(along > _EQUAL * np.abs(along).max(initial=0.0), along, 0.0)
        shares = along / max(float(along.sum()), 1e-300)
        for i in np.flatnonzero(along):
            share = float(shares[i])
            influence = Influence(causes[i], effect, float(parts[i]), share, component, balance)
            self._into.setdefault(effect, []).append(_Arrow(influence, row, weight * share))


def _forwards(source: _Place, leads_to: Mapping[_Place, tuple[Influence, _Place]]) -> tuple[Influence, ...]:
    way, at = [], source
    while at in leads_to:
        influence, at = leads_to[at]
        way.append(influence)
    return tuple(way)


def _loops(names: list[str], answers: FloatArray, matched: Mapping[int, int]) -> list[int]:
    """Number of the strong component in which each name stands."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(names)))
    for row, column in matched.items():
        graph.add_edges_from((int(cause), column) for cause in np.flatnonzero(answers[row]))
    numbers = [0] * len(names)
    for number, members in enumerate(nx.strongly_connected_components(graph)):
        for member in members:
            numbers[member] = number
    return numbers


def _answers(result: object, count: int) -> FloatArray:
    """What a result does as one name after the other goes from below its middle to above."""
    below, above = np.split(np.broadcast_to(np.asarray(result, dtype=float), 2 * count), 2)
    difference: FloatArray = above - below
    return difference


def _kind(name: str) -> str:
    return name.rsplit(".", 1)[-1]
