"""Minimal cut sets as a zero-suppressed diagram: counted, ranked, and listed only as far as somebody reads.

A cut set is a set of basic events that brings the top event about with all other events absent; it is minimal where
no part of it does. Of a coherent tree these are its prime implicants. Of another they are the minimal positive parts
of its prime implicants, that is the minimal cut sets of the smallest coherent function above it: Rauzy's minimal
cutsets ("Mathematical foundations of minimal cutsets", IEEE Trans. Reliab. 50, 2001).

From f = ite(x, f1, f0) they are those of f0, and x with those of f1 that f0 does not already need no x for (Rauzy
1993). The families are zero-suppressed (Minato 1993), a node having the sets without and with its variable.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hotfire.physics.fault_tree.diagram import FALSE, TRUE, Diagram, flattened

__all__ = ["NONE", "UNIT", "Family", "minimal_cut_sets"]

NONE, UNIT = 0, 1
"""The family without a set, and that of the empty set."""


@dataclass(frozen=True)
class Family:
    """Sets of the inputs of a module.

    Attributes:
        variables: As the diagram's.
        level, low, high: Of each node: its variable, the sets without and with it; below before above.
        root: Node of the whole.
    """

    variables: tuple[int, ...]
    level: list[int]
    low: list[int]
    high: list[int]
    root: int

    def totals(self, weights: Mapping[int, int]) -> int:
        """Sum over the sets of the product of their inputs' weights: with weights of one, how many there are."""
        by_level = [weights.get(v, 1) for v in self.variables]
        found = [0, 1]
        for level, low, high in zip(self.level[2:], self.low[2:], self.high[2:], strict=True):
            found.append(found[low] + by_level[level] * found[high])
        return found[self.root]

    def best(self, worth: Mapping[int, float]) -> list[float]:
        """Largest product of inputs' worth over the sets of each node."""
        by_level = [worth[v] for v in self.variables]
        found = [0.0, 1.0]
        for level, low, high in zip(self.level[2:], self.low[2:], self.high[2:], strict=True):
            found.append(max(found[low], by_level[level] * found[high]))
        return found


def minimal_cut_sets(diagram: Diagram, *, coherent: bool) -> Family:
    """Return the minimal cut sets of a module, its inputs being taken as basic events."""
    with _deep(4 * len(diagram.variables) + 200):
        if coherent:
            return _of_monotone(diagram)
        maker = _Maker(diagram)
        return Family(diagram.variables, maker.level, maker.low, maker.high, maker.minimal())


def _of_monotone(diagram: Diagram) -> Family:
    """Let the manager do the work: of a monotone f1, "not already brought about by f0" is `and not f0`.

    The sets are functions there that test every input, absent ones too, so they are as compact as those with the
    absent ones left out only after the copy; the operations run in compiled code, which outweighs that.
    """
    inputs, true = diagram.inputs, diagram.function.bdd.true
    first, depth = inputs[0].level, len(inputs)
    none = [true] * (depth + 1)
    for i in range(depth - 1, -1, -1):
        none[i] = none[i + 1] & ~inputs[i]
    known: dict[int, Any] = {}

    def minimal(function: Any, start: int) -> Any:
        if function == true:
            return none[start]
        if function == ~true:
            return function
        key, level = int(function), function.level - first
        found = known.get(key)
        if found is None:
            _, low, high = function.bdd.succ(function)
            low, high = (~low, ~high) if function.negated else (low, high)
            rest, without = minimal(high, level + 1) & ~low, minimal(low, level + 1)
            found = known[key] = function.bdd.ite(inputs[level], rest, without)
        for i in range(level - 1, start - 1, -1):
            found = found & ~inputs[i]
        return found

    level, high, low, root = flattened(minimal(diagram.function, 0), first, depth)
    return _suppressed(diagram.variables, level, high, low, root)


def _suppressed(
    variables: tuple[int, ...], level: list[int], high: list[int], low: list[int], root: int
) -> Family:
    """Leave the tests for absent inputs out of sets that are written as functions."""
    maker = _Maker(None, len(variables))
    found = {TRUE: UNIT, FALSE: NONE}
    for edge in _met(high, low, root):
        node, negated = edge >> 1, edge & 1
        found[edge] = maker.node(level[node], found[low[node] ^ negated], found[high[node] ^ negated])
    return Family(variables, maker.level, maker.low, maker.high, found[root])


@contextmanager
def _deep(frames: int) -> Iterator[None]:
    """Allow recursion as deep as the diagram has levels."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Maker:
    """Nodes of families, each made once."""

    def __init__(self, diagram: Diagram | None, depth: int = 0) -> None:
        self._diagram = diagram
        last = len(diagram.variables) if diagram else depth
        self.level, self.low, self.high = [last, last], [NONE, NONE], [NONE, NONE]
        self._unique: dict[tuple[int, int, int], int] = {}
        self._apart: dict[tuple[int, int], int] = {}

    def node(self, level: int, low: int, high: int) -> int:
        """Return the node of a variable and the sets without and with it."""
        if high == NONE:
            return low
        key = (level, low, high)
        found = self._unique.get(key)
        if found is None:
            found = self._unique[key] = len(self.level)
            self.level.append(level)
            self.low.append(low)
            self.high.append(high)
        return found

    def minimal(self) -> int:
        """Walk the diagram from below, each node in the polarities in which it is met."""
        diagram = self._diagram
        assert diagram is not None
        found = {TRUE: UNIT, FALSE: NONE}
        for edge in _met(diagram.high, diagram.low, diagram.root):
            node, negated = edge >> 1, edge & 1
            with_it, without_it = found[diagram.high[node] ^ negated], found[diagram.low[node] ^ negated]
            found[edge] = self.node(diagram.level[node], without_it, self.apart(with_it, without_it))
        return found[diagram.root]

    def apart(self, family: int, other: int) -> int:
        """Sets of a family that contain no set of another."""
        if NONE in (family, other):
            return family
        if other in (UNIT, family):
            return NONE
        key = (family, other)
        found = self._apart.get(key)
        if found is not None:
            return found
        own, its = self.level[family], self.level[other]
        if family == UNIT or own > its:
            found = self.apart(family, self.low[other])
        else:
            low = other if own < its else self.low[other]
            high = self.apart(self.high[family], low)
            if own == its:
                high = self.apart(high, self.high[other])
            found = self.node(own, self.apart(self.low[family], low), high)
        self._apart[key] = found
        return found


def _met(high: list[int], low: list[int], root: int) -> list[int]:
    """Edges below the root in the polarities in which they are met, below before above."""
    met = bytearray(2 * len(high))
    met[root] = 1
    for node in range(len(high) - 1, 0, -1):
        for negated in (0, 1):
            if met[2 * node + negated]:
                met[high[node] ^ negated] = 1
                met[low[node] ^ negated] = 1
    return [edge for edge in range(2, len(met)) if met[edge]]
