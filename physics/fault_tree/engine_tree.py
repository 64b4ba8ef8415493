"""The fault tree of an engine: what brings a quantity off, from the causal graph, pruned by what physics excludes.

Every declared fault is run on the steady model at sizes over its admissible range. One that moves the quantity of the
top event the wrong way, or never far enough, is pruned, and the tree says why. Faults that pass only in pairs become
AND gates. Between the top event and a fault stand the quantities of the shortest path of the causal graph on which
every step has the sign that the run shows: a reading for people, which changes neither cut sets nor probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import networkx as nx

from hotfire.physics.fault_tree.causal_graph import causal_graph
from hotfire.physics.fault_tree.effects import Effects, Statement
from hotfire.physics.fault_tree.model import BasicEvent, FaultTree, FaultTreeError, Gate

__all__ = ["EngineTree", "engine_tree"]

RUN = 10.0
"""Seconds of the run that a declared rate is about."""
_MOST_PAIRS = 300
_NEAR = 0.6
"""Share of the threshold that two effects must add up to before their pair is run."""


@dataclass(frozen=True)
class EngineTree:
    """A fault tree of an engine, with what was left out of it.

    Attributes:
        tree: Its top event is the first statement; the other statements are gates of the same name as their text.
        pruned: Reason for each fault that cannot bring the top event about by itself.
        notes: What the search did not cover.
    """

    tree: FaultTree
    pruned: dict[str, str]
    notes: tuple[str, ...]


def engine_tree(
    effects: Effects, statements: Sequence[Statement], *, name: str, mission: float = RUN
) -> EngineTree:
    """Make the fault tree of an engine.

    Args:
        effects: The engine's model.
        statements: The top event, then what else is to be a gate (evidence).
        name: Of the engine.
        mission: Exposure in s: a declared rate is per run of 10 s.

    Raises:
        FaultTreeError: If a quantity is unknown, or no fault brings the top event about.
    """
    graph = causal_graph(effects.compiled)
    gates: dict[str, Gate] = {}
    pruned: dict[str, str] = {}
    notes: list[str] = []
    for statement in dict.fromkeys(statements):
        found = _Causes(effects, graph, statement)
        if not found.singles and not found.pairs:
            raise FaultTreeError(
                "no declared fault, alone or in a pair, brings this about",
                where=f"{name}: {statement.text}",
                remedy="lower the threshold, or state it the other way",
            )
        gates |= found.gates()
        notes += found.notes
        pruned = pruned or found.pruned
    used = {i for g in gates.values() for i in g.inputs} - gates.keys()
    events = {
        f: BasicEvent.from_rate(f, _rate(effects, f), mission, _label(effects, f)) for f in sorted(used)
    }
    return EngineTree(FaultTree(name, statements[0].text, gates, events), pruned, tuple(dict.fromkeys(notes)))


def _rate(effects: Effects, fault: str) -> float:
    return effects.network.faults[fault].rate / RUN


def _label(effects: Effects, fault: str) -> str:
    component = fault.split(".", 1)[0].replace("_", " ")
    return f"{component} {effects.network.faults[fault].description}"


class _Causes:
    """Faults and pairs of faults that bring a statement about, with the paths on which they do."""

    def __init__(self, effects: Effects, graph: nx.DiGraph, statement: Statement) -> None:
        self._effects, self._graph, self._statement = effects, graph, statement
        self._column = effects.column(statement)
        self.singles: dict[str, float] = {}
        self.pairs: list[tuple[str, str]] = []
        self.pruned: dict[str, str] = {}
        self.notes: list[str] = []
        self._most: dict[str, tuple[float, float]] = {}
        self._judge()
        self._pair()

    def _towards(self, change: float) -> float:
        return change * self._statement.direction

    def _judge(self) -> None:
        faults = list(self._effects.network.faults)
        cases = [(f, s) for f in faults for s in self._effects.sizes(f)]
        changes = self._effects.changes([{f: s} for f, s in cases])
        lost: dict[str, int] = {}
        reached: dict[str, list[tuple[float, float]]] = {f: [] for f in faults}
        for (fault, size), change in zip(cases, changes, strict=True):
            if change is None:
                lost[fault] = lost.get(fault, 0) + 1
            else:
                reached[fault].append((self._towards(float(change[self._column])), size))
        for fault, found in reached.items():
            passing = [size for effect, size in found if effect >= self._statement.threshold]
            most, size = max(found, default=(0.0, 0.0))
            if passing:
                self.singles[fault] = min(passing)
                continue
            self._most[fault] = most, size
            self.pruned[fault] = self._reason(found, most, lost.get(fault, 0))
        if lost:
            self.notes.append(
                f"without a steady state at some sizes, which are not judged: {', '.join(sorted(lost))}"
            )

    def _reason(self, found: list[tuple[float, float]], most: float, lost: int) -> str:
        if not found:
            return f"no steady state at any of its {lost} sizes"
        if most > 0.0:
            return f"moves it by {100.0 * most:.3g} % at most"
        return "moves it the other way" if min(found)[0] < 0.0 else "does not move it"

    def _pair(self) -> None:
        """Run pairs of what does not pass alone, those first that add up to most."""
        helpful = {f: m for f, m in self._most.items() if m[0] > 0.0}
        least = _NEAR * self._statement.threshold
        wanted = [p for p in combinations(sorted(helpful), 2) if helpful[p[0]][0] + helpful[p[1]][0] >= least]
        wanted.sort(key=lambda p: -(helpful[p[0]][0] + helpful[p[1]][0]))
        run = wanted[:_MOST_PAIRS]
        changes = self._effects.changes([{f: helpful[f][1] for f in pair} for pair in run])
        for pair, change in zip(run, changes, strict=True):
            if change is not None and self._towards(float(change[self._column])) >= self._statement.threshold:
                self.pairs.append(pair)
        if len(wanted) > len(run):
            self.notes.append(f"{len(wanted) - len(run)} pairs of small effect were not run")
        self.notes.append(
            "combinations of three faults and more, and pairs that need a fault of no effect alone"
        )

    def gates(self) -> dict[str, Gate]:
        """Gates of the statement: its text on top, quantities along the paths below, pairs as AND gates."""
        top = self._statement.text
        inputs: dict[str, list[str]] = {top: []}
        names: dict[tuple[str, ...], str] = {(): top}
        for fault, size in self.singles.items():
            at: tuple[str, ...] = ()
            for step in self._path(fault, size):
                parent, at = names[at], (*at, step)
                if at not in names:
                    taken = sum(1 for n in names.values() if n.split(" (")[0] == f"{step} [{top}]")
                    names[at] = f"{step} [{top}]" + (f" ({taken + 1})" if taken else "")
                    inputs[names[at]] = []
                    inputs[parent].append(names[at])
            inputs[names[at]].append(fault)
        gates = {}
        for pair in self.pairs:
            name = f"{pair[0]} and {pair[1]} [{top}]"
            gates[name] = Gate(name, "and", pair)
            inputs[top].append(name)
        gates |= {n: Gate(n, "or", tuple(i), 0, n.split(" [")[0]) for n, i in inputs.items()}
        return gates

    def _path(self, fault: str, size: float) -> list[str]:
        """Quantities from the top event to the fault, each with its direction in the run."""
        change = self._effects.changes([{fault: size}])[0]
        assert change is not None
        signs = {q: (1 if c > 0 else -1) for q, c in zip(self._effects.quantities, change, strict=True) if c}
        signs[fault] = 1
        consistent = nx.subgraph_view(
            self._graph,
            filter_node=lambda n: n in signs,
            filter_edge=lambda a, b: signs[a] * self._graph.edges[a, b]["sign"] == signs[b],
        )
        try:
            path = nx.shortest_path(consistent, fault, self._statement.quantity)
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            return []
        return [f"{q} {'low' if signs[q] < 0 else 'high'}" for q in reversed(path[1:-1])]
