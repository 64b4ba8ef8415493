"""Binary decision diagrams of a tree's modules, as flat arrays that one loop walks through.

The diagrams (Bryant 1986; complement edges Brace, Rudell & Bryant 1990; for fault trees Rauzy, Reliab. Eng. Syst.
Saf. 40, 1993) are made by CUDD through `dd`, where `dd` is built with it, else by `dd`'s own. Of several orders of
variables the first is taken that stays small: all are tried with a bound on the nodes; then one is sifted while the
diagram grows (Rudell 1993), where CUDD is there; where that gets nowhere all are tried with a wider bound.
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.physics.fault_tree.modules import ORDERS, variable_order
from hotfire.physics.fault_tree.reduction import ReducedTree

__all__ = ["FALSE", "TRUE", "Diagram", "DiagramMaker", "flattened"]

TRUE, FALSE = 0, 1
"""Edges to the one leaf: an edge is `2 x node`, plus 1 where it negates."""
_TRIED = [(1_500, ORDERS), (80_000, ORDERS[:1])]
"""Nodes of one gate's function at which the next order is tried, and the orders; before any is sifted."""
_TRIED_AFTER = [(220_000, ORDERS), (math.inf, ORDERS[:1])]
"""The same where sifting got nowhere."""
_SIFTED, _GROWN, _UNSIFTABLE = 2_000, 3.0, 12_000
"""Nodes of a function from which variables are sifted, growth until they are again, and nodes that are too many."""
_SIFTING_GROWTH = 1.05
"""Growth on the way of a variable through the levels from which CUDD turns back."""
_BY_FILE = 2_000
"""Nodes from which a file written by CUDD is read sooner than its nodes are asked for one by one."""


@dataclass(frozen=True)
class Diagram:
    """A function of a module's inputs.

    Attributes:
        variables: Number of a basic event or of an inner module, by level.
        level, high, low: Of each node, edges where the input is and is not there; below before above, node 0 the leaf.
        root: Edge to the whole.
        function: The same in its manager.
        inputs: The variables there, by level.
    """

    variables: tuple[int, ...]
    level: list[int]
    high: list[int]
    low: list[int]
    root: int
    function: Any
    inputs: tuple[Any, ...]


class _TooLargeError(Exception):
    """More nodes than the bound."""


class DiagramMaker:
    """Makes diagrams of modules in one manager of nodes."""

    def __init__(self, reduced: ReducedTree, modules: list[int]) -> None:
        self._reduced, self._modules = reduced, set(modules)
        self._manager = _manager()
        self._declared = 0

    def of(self, module: int) -> Diagram:
        """Return the diagram of a module."""
        if not self._shares(module):
            return self._bounded(module, ORDERS[1], math.inf)
        found = self._smallest(module, _TRIED) or self._sifted(module) or self._smallest(module, _TRIED_AFTER)
        assert found is not None, "the last bound is none"
        return found

    def _smallest(self, module: int, tried: Iterable[tuple[float, Iterable[str]]]) -> Diagram | None:
        for bound, orders in tried:
            for how in orders:
                try:
                    return self._bounded(module, how, bound)
                except _TooLargeError:
                    continue
        return None

    def _shares(self, module: int) -> bool:
        """Whether an input occurs twice inside a module; where none does, every order of a walk is a good one."""
        inputs = self._reduced.gates[module].inputs
        return any(i >> 1 in self._reduced.gates and i >> 1 not in self._modules for i in inputs)

    def _bounded(self, module: int, how: str, bound: float) -> Diagram:
        order = variable_order(self._reduced, module, self._modules, how)
        names = [f"v{self._declared + i}" for i in range(len(order))]
        self._manager.declare(*names)
        first, self._declared = self._declared, self._declared + len(order)
        functions: dict[int, Any] = {n: self._manager.var(v) for n, v in zip(order, names, strict=True)}
        for gate in self._inside(module, functions):
            functions[gate] = self._function(gate, functions, self._manager)
            if bound < math.inf and functions[gate].dag_size > bound:
                raise _TooLargeError
        variables = tuple(self._manager.var(v) for v in names)
        return Diagram(
            tuple(order), *flattened(functions[module], first, len(order)), functions[module], variables
        )

    def _sifted(self, module: int) -> Diagram | None:
        """Sift the variables whenever a function has grown; None where it jumps, or nothing here can sift.

        In a manager of its own, so that the levels of other modules stay. Functions are let go once all gates above
        them are made: what is dead would be sifted as well.
        """
        manager, sift = _manager(), _sifting()
        if sift is None:
            return None
        manager.configure(max_growth=_SIFTING_GROWTH)
        order = variable_order(self._reduced, module, self._modules, ORDERS[0])
        numbers = {f"v{i}": number for i, number in enumerate(order)}
        manager.declare(*numbers)
        functions: dict[int, Any] = {n: manager.var(v) for v, n in numbers.items()}
        inside = self._inside(module, functions)
        below = {g: {i >> 1 for i in self._reduced.gates[g].inputs} for g in inside}
        wanted = Counter(i for gates in below.values() for i in gates)
        limit = float(_SIFTED)
        for gate in inside:
            function = functions[gate] = self._function(gate, functions, manager)
            for i in below[gate]:
                wanted[i] -= 1
                if not wanted[i] and i in below:
                    del functions[i]
            if (size := function.dag_size) > limit:
                if size > _UNSIFTABLE:
                    return None
                sift(manager)
                limit = max(limit, _GROWN * function.dag_size)
        names = sorted(numbers, key=manager.level_of_var)
        inputs = tuple(manager.var(v) for v in names)
        whole = functions[module]
        return Diagram(tuple(numbers[v] for v in names), *flattened(whole, 0, len(names)), whole, inputs)

    def _inside(self, module: int, inputs: dict[int, Any]) -> list[int]:
        """Gates of a module, inputs first."""
        found: list[int] = []
        seen: set[int] = set(inputs)
        stack = [(module, False)]
        while stack:
            number, entered = stack.pop()
            if entered:
                found.append(number)
            elif number not in seen:
                seen.add(number)
                stack.append((number, True))
                stack.extend((i >> 1, False) for i in self._reduced.gates[number].inputs)
        return found

    def _function(self, gate: int, functions: dict[int, Any], manager: Any) -> Any:
        node = self._reduced.gates[gate]
        inputs = [~functions[i >> 1] if i & 1 else functions[i >> 1] for i in node.inputs]
        inputs.sort(key=lambda f: f.level, reverse=True)  # from the leaf up, so that little is copied
        if node.operator == "not":
            return ~inputs[0]
        if node.operator == "xor":
            return manager.apply("xor", *inputs)
        if node.operator == "atleast":
            return _at_least(node.least, inputs, manager)
        result = inputs[0]
        for function in inputs[1:]:
            result = result & function if node.operator == "and" else result | function
        return result


def _at_least(least: int, inputs: list[Any], manager: Any) -> Any:
    """K of n, input by input: at least j of those so far."""
    so_far = [manager.true] + [manager.false] * least
    for function in inputs:
        for j in range(least, 0, -1):
            so_far[j] = so_far[j] | (so_far[j - 1] & function)
    return so_far[least]


def _manager() -> Any:
    try:
        from dd.cudd import BDD
    except ImportError:  # only some platforms have a wheel of dd with CUDD in it
        from dd.autoref import BDD
    manager = BDD()
    manager.configure(reordering=False)
    return manager


def _sifting() -> Callable[[Any], None] | None:
    """What sifts a manager's variables; None without CUDD: in Python it takes longer than it saves."""
    try:
        from dd.cudd import reorder
    except ImportError:
        return None
    sift: Callable[[Any], None] = reorder
    return sift


def flattened(function: Any, first: int, depth: int) -> tuple[list[int], list[int], list[int], int]:
    """Copy a function out of its manager, below before above.

    Args:
        function: The function.
        first: Level of its first variable there.
        depth: How many variables it may have; the leaf's level.

    Returns:
        Level, high and low edge of each node, and the edge to the whole.
    """
    if function.dag_size >= _BY_FILE and _sifting() is not None:
        return _by_file(function, first, depth)
    level, high, low = [depth], [TRUE], [TRUE]
    successors, true = function.bdd.succ, function.bdd.true
    edges = {int(true): TRUE, int(~true): FALSE}
    negated_key = _negated_key(true)
    stack: list[Any] = [function]
    while stack:
        top = stack.pop()
        if isinstance(top, tuple):
            key, at, up, down = top
            edge = 2 * len(level)
            edges[key], edges[negated_key(key)] = edge, edge + 1
            level.append(at - first)
            high.append(edges[up])
            low.append(edges[down])
        elif int(top) not in edges:
            at, lower, upper = successors(top)  # those of the node, whatever the edge to it
            key = int(top)
            up, down = int(upper), int(lower)
            stack.append((negated_key(key) if top.negated else key, at, up, down))
            stack.extend(f for f, k in ((upper, up), (lower, down)) if k not in edges)
    return level, high, low, edges[int(function)]


def _by_file(function: Any, first: int, depth: int) -> tuple[list[int], list[int], list[int], int]:
    """Copy a function by the text that CUDD's DDDMP writes: `node variable index high low`, signs for negations."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "diagram.dddmp"
        function.bdd.dump(str(path), roots=[function])
        head, body = path.read_text(encoding="ascii").split(".nodes\n")
    figures = body.replace(".end", "").replace("T", "0").replace("v", "")
    table = np.fromstring(figures, dtype=np.int64, sep=" ").reshape(-1, 5)
    levels = np.zeros(int(table[:, 1].max()) + 1, dtype=np.int64)
    for variable in np.unique(table[1:, 1]):
        levels[variable] = function.bdd.level_of_var(f"v{variable}") - first
    edges = 2 * (np.abs(table[:, 3:]) - 1) + (table[:, 3:] < 0)
    level, edges[0] = levels[table[:, 1]], TRUE
    level[0] = depth
    root = int(head.split(".rootids", 1)[1].split(maxsplit=1)[0])
    return level.tolist(), edges[:, 0].tolist(), edges[:, 1].tolist(), 2 * (abs(root) - 1) + (root < 0)


def _negated_key(true: Any) -> Callable[[int], int]:
    """How the number of a function becomes that of its negation: CUDD marks it in a bit, `dd` itself in the sign."""
    return (lambda key: key ^ 1) if int(true) ^ 1 == int(~true) and int(true) > 1 else (lambda key: -key)
