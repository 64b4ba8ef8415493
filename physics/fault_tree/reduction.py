"""A fault tree made small before anything is computed: the same function, fewer gates.

Negations are pushed to the basic events; constants, doubles and gates of one input go; a gate that repeats its only
parent's operator is merged into it; inputs that always stand together are given a gate of their own; common factors
are taken out. These are the reductions of Platz & Olsen's FAUNET (1976) and Niemela (1994) as Reay & Andrews use
them (Reliab. Eng. Syst. Saf. 78, 2002); they make modules appear, and the order of variables hardly matters then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hotfire.physics.fault_tree.model import FaultTree

__all__ = ["Node", "ReducedTree", "reduce_tree"]

_ROUNDS = 40
"""Most rounds of reduction: each is linear, and what is left after these is left."""


@dataclass
class Node:
    """A gate of a reduced tree: its operator, least count, and literals.

    A literal is `2 x number`, plus 1 where a basic event is negated; gates are never negated.
    """

    operator: str
    least: int
    inputs: list[int]


@dataclass
class ReducedTree:
    """Gates by number over basic events by number.

    Attributes:
        gates: By number.
        top: Literal of the top event; None where it is `constant`.
        constant: What it is where nothing else matters.
        events: Names of basic events, by number.
    """

    gates: dict[int, Node]
    top: int | None
    constant: bool
    events: dict[int, str]
    _next: int = field(default=0)

    def add(self, operator: str, inputs: list[int], least: int = 0) -> int:
        """Add a gate; return its literal."""
        number = self._next
        self._next += 1
        self.gates[number] = Node(operator, least, inputs)
        return 2 * number

    def order(self) -> list[int]:
        """Numbers of the gates below the top event, inputs first; the others are dropped."""
        found: list[int] = []
        if self.top is not None:
            seen: set[int] = set()
            stack = [(self.top >> 1, False)]
            while stack:
                number, entered = stack.pop()
                if entered:
                    found.append(number)
                elif number in self.gates and number not in seen:
                    seen.add(number)
                    stack.append((number, True))
                    stack.extend((i >> 1, False) for i in reversed(self.gates[number].inputs))
        self.gates = {n: self.gates[n] for n in found}
        return found

    def parents(self) -> dict[int, list[int]]:
        """Gates that name each literal."""
        found: dict[int, list[int]] = {}
        for number, node in self.gates.items():
            for literal in dict.fromkeys(node.inputs):
                found.setdefault(literal, []).append(number)
        return found


def reduce_tree(tree: FaultTree) -> ReducedTree:
    """Return the function of a tree's top event in fewer gates."""
    reduced = _negations_at_events(tree)
    for _ in range(_ROUNDS):
        changes = [step(reduced) for step in (_tidy, _merge, _gather, _factor) if reduced.top is not None]
        if not any(changes):
            break
    if reduced.top is not None:
        _tidy(reduced)
        reduced.order()
    return reduced


def _negations_at_events(tree: FaultTree) -> ReducedTree:
    """Push negations down by De Morgan's laws and fold the house events in."""
    numbers = {name: i for i, name in enumerate(tree.basic_events)}
    reduced = ReducedTree({}, None, False, {i: n for n, i in numbers.items()}, len(numbers))
    found: dict[tuple[str, bool], int | bool] = {
        (n, negated): 2 * i + negated for n, i in numbers.items() for negated in (False, True)
    }
    found |= {
        (h.name, negated): h.state != negated for h in tree.house_events.values() for negated in (False, True)
    }
    stack = [(tree.top, False)]
    while stack:
        name, negated = key = stack[-1]
        gate = tree.gates[name]
        below = [(i, s) for i, s in _signed_inputs(gate.operator, gate.inputs, negated)]
        waiting = [b for b in below if b not in found] if key not in found else []
        stack.extend(waiting)
        if not waiting:
            stack.pop()
            if key not in found:
                found[key] = _node(reduced, gate.operator, gate.least, [found[b] for b in below], negated)
    top = found[tree.top, False]
    if isinstance(top, bool):
        reduced.constant = top
    else:
        reduced.top = top
    return reduced


def _signed_inputs(operator: str, inputs: tuple[str, ...], negated: bool) -> Iterator[tuple[str, bool]]:
    """Inputs of a gate or of its negation, each with whether it is negated."""
    for i, name in enumerate(inputs):
        if operator == "xor":
            yield name, negated and i == 0
        else:
            yield name, negated != (operator == "not")


def _node(
    reduced: ReducedTree, operator: str, least: int, inputs: list[int | bool], negated: bool
) -> int | bool:
    """Add a gate whose negation is already in its inputs; constants are folded."""
    if operator == "not":
        return inputs[0]
    if operator == "xor":
        return _exclusive(reduced, inputs)
    n = len(inputs)
    least = {"and": n, "or": 1}.get(operator, least)
    least = n - least + 1 if negated else least
    least -= sum(i is True for i in inputs)
    literals = [i for i in inputs if not isinstance(i, bool)]
    if least <= 0 or least > len(literals):
        return least <= 0
    if len(literals) == 1:
        return literals[0]
    operator = "or" if least == 1 else "and" if least == len(literals) else "atleast"
    return reduced.add(operator, literals, least if operator == "atleast" else 0)


def _exclusive(reduced: ReducedTree, inputs: list[int | bool]) -> int | bool:
    a, b = inputs
    if isinstance(a, bool) and isinstance(b, bool):
        return a != b
    if isinstance(a, bool) or isinstance(b, bool):
        constant, literal = (a, b) if isinstance(a, bool) else (b, a)
        if not constant:
            return literal
        return reduced.add("not", [literal]) if literal >> 1 in reduced.gates else literal ^ 1
    return reduced.add("xor", [a, b])


def _tidy(reduced: ReducedTree) -> bool:
    """Remove doubles, gates of one input, what absorbs or excludes itself; return whether anything changed."""
    changed = False
    same: dict[tuple[str, int, tuple[int, ...]], int] = {}
    alias: dict[int, int | bool] = {}
    for number in reduced.order():
        node = reduced.gates[number]
        before = list(node.inputs)
        result = _tidied(reduced, node, alias)
        if result is None:
            key = (node.operator, node.least, tuple(sorted(node.inputs)))
            first = same.setdefault(key, number)
            result = 2 * first if first != number else None
        if result is not None:
            alias[2 * number] = result
        changed |= result is not None or before != node.inputs
    top = alias.get(reduced.top, reduced.top) if reduced.top is not None else None
    if isinstance(top, bool):
        reduced.top, reduced.constant = None, top
    else:
        reduced.top = top
    return changed


def _tidied(reduced: ReducedTree, node: Node, alias: dict[int, int | bool]) -> int | bool | None:
    """Clean the inputs of one gate; return what stands for it, None where it stands."""
    inputs = [alias.get(i, i) for i in node.inputs]
    if node.operator not in ("and", "or"):
        return _counted(reduced, node, inputs)
    deciding = node.operator == "or"
    if any(i is deciding for i in inputs):
        return deciding
    literals = list(dict.fromkeys(i for i in inputs if not isinstance(i, bool)))
    own = set(literals)
    if any(i ^ 1 in own and i >> 1 not in reduced.gates for i in literals):
        return deciding
    dual = "and" if deciding else "or"
    node.inputs = [i for i in literals if not _absorbed(reduced, i, dual, own)]
    if len(node.inputs) > 1:
        return None
    return node.inputs[0] if node.inputs else not deciding


def _absorbed(reduced: ReducedTree, literal: int, dual: str, own: set[int]) -> bool:
    """Whether an input follows from a sibling: or(a, and(a, b)) = a."""
    child = reduced.gates.get(literal >> 1)
    return child is not None and child.operator == dual and any(i in own for i in child.inputs)


def _counted(reduced: ReducedTree, node: Node, inputs: list[int | bool]) -> int | bool | None:
    """Simplify `not`, `xor` and `atleast` where inputs became constants or doubles."""
    constant = any(isinstance(i, bool) for i in inputs)
    literals = [i for i in inputs if not isinstance(i, bool)]
    if node.operator == "not" and constant:
        return not inputs[0]
    if node.operator == "xor" and (constant or len(set(literals)) < 2):
        return _exclusive(reduced, inputs) if constant else False
    if node.operator == "atleast" and constant:
        return _node(reduced, "atleast", node.least, inputs, False)
    node.inputs = literals
    return None


def _merge(reduced: ReducedTree) -> bool:
    """Merge a gate into its only parent where both have the same operator."""
    changed = False
    reduced.order()
    parents = reduced.parents()
    for node in reduced.gates.values():
        if node.operator not in ("and", "or"):
            continue
        merged: list[int] = []
        for literal in node.inputs:
            child = reduced.gates.get(literal >> 1)
            if child and child.operator == node.operator and len(parents[literal]) == 1:
                merged += child.inputs
                changed = True
            else:
                merged.append(literal)
        node.inputs = list(dict.fromkeys(merged))
    reduced.order()
    return changed


def _gather(reduced: ReducedTree) -> bool:
    """Give inputs that always stand together, under several gates of one operator, a gate of their own."""
    changed = False
    for operator in ("and", "or"):
        together: dict[tuple[int, ...], list[int]] = {}
        for literal, above in reduced.parents().items():
            if len(above) > 1 and all(reduced.gates[n].operator == operator for n in above):
                together.setdefault(tuple(above), []).append(literal)
        for shared, literals in together.items():
            if len(literals) > 1:
                gathered, own = reduced.add(operator, literals), set(literals)
                for number in shared:
                    node = reduced.gates[number]
                    node.inputs = [*[i for i in node.inputs if i not in own], gathered]
                changed = True
    return changed


def _factor(reduced: ReducedTree) -> bool:
    """Take the commonest common factor out of each gate: or(and(a, b), and(a, c)) = and(a, or(b, c)).

    Only gates without another parent are taken apart. Parents are not counted anew in between: what is out of date
    then only names parents that are gone, and leaves a gate for the next round.
    """
    changed = False
    order, parents = reduced.order(), reduced.parents()
    for number in order:
        node = reduced.gates[number]
        if node.operator not in ("and", "or"):
            continue
        dual = "or" if node.operator == "and" else "and"
        children = [i for i in node.inputs if _is_own(reduced, i, dual, parents)]
        holders: dict[int, list[int]] = {}
        for child in children:
            for literal in reduced.gates[child >> 1].inputs:
                holders.setdefault(literal, []).append(child)
        factor = max(holders, key=lambda literal: len(holders[literal]), default=None)
        if factor is None or len(holders[factor]) < 2:
            continue
        taken = set(holders[factor])
        for child in taken:
            own = reduced.gates[child >> 1]
            own.inputs = [i for i in own.inputs if i != factor]
        rest = reduced.add(node.operator, holders[factor])
        node.inputs = [*[i for i in node.inputs if i not in taken], reduced.add(dual, [factor, rest])]
        changed = True
    return changed


def _is_own(reduced: ReducedTree, literal: int, dual: str, parents: dict[int, list[int]]) -> bool:
    child = reduced.gates.get(literal >> 1)
    return (
        child is not None
        and child.operator == dual
        and len(child.inputs) > 1
        and len(parents.get(literal, ())) == 1
    )
