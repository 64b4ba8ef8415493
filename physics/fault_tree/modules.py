"""Modules: gates whose basic events nothing outside them shares, so that each can be computed by itself.

Found in two walks by the dates of first and last visits (Dutuit & Rauzy, IEEE Trans. Reliab. 45, 1996).
"""

from __future__ import annotations

from collections.abc import Callable

from hotfire.physics.fault_tree.reduction import ReducedTree

__all__ = ["ORDERS", "find_modules", "variable_order"]


def find_modules(reduced: ReducedTree, may_be: Callable[[int], bool] = lambda gate: True) -> list[int]:
    """Return the modules' gates, inner ones first; the top event is the last.

    Args:
        reduced: The tree.
        may_be: Says which gates may be a module.
    """
    if reduced.top is None:
        return []
    order, first, second, last = reduced.order(), {}, {}, {}
    date = 0
    stack: list[tuple[int, bool]] = [(reduced.top >> 1, False)]
    while stack:
        number, entered = stack.pop()
        date += 1
        last[number] = date
        if entered:
            second[number] = date
        elif number not in first:
            first[number] = date
            if number in reduced.gates:
                stack.append((number, True))
                stack.extend((i >> 1, False) for i in reversed(reduced.gates[number].inputs))
    earliest: dict[int, int] = {}
    latest: dict[int, int] = {}
    modules = []
    for number in order:
        inside = {i >> 1 for i in reduced.gates[number].inputs}
        earliest[number] = min(min(first[i], earliest.get(i, date)) for i in inside)
        latest[number] = max(max(last[i], latest.get(i, 0)) for i in inside)
        own = first[number] < earliest[number] and latest[number] < second[number]
        if number == reduced.top >> 1 or (own and may_be(number)):
            modules.append(number)
    return modules


ORDERS = ("gates first", "as written", "heavy first")
"""Ways to order the variables of a module depth-first; none is best for all trees."""


def variable_order(reduced: ReducedTree, root: int, modules: set[int], how: str) -> list[int]:
    """Return the inputs of a module (basic events and inner modules) in the order in which a walk meets them.

    Args:
        reduced: The tree.
        root: The module's gate.
        modules: All modules.
        how: One of `ORDERS`: gates before events and what is shared most first; as it stands; by falling weight.
    """
    met, weight = _statistics(reduced, root, modules)
    keys: dict[str, Callable[[int], tuple[int, ...]]] = {
        "gates first": lambda i: (i not in weight, -met[i], weight.get(i, 1)),
        "as written": lambda i: (),
        "heavy first": lambda i: (-weight.get(i, 1),),
    }
    order: dict[int, None] = {}
    seen: set[int] = set()
    stack = [root]
    while stack:
        number = stack.pop()
        if number not in weight:
            order[number] = None
        elif number not in seen:
            seen.add(number)
            stack.extend(sorted((i >> 1 for i in reduced.gates[number].inputs), key=keys[how])[::-1])
    return list(order)


def _statistics(reduced: ReducedTree, root: int, modules: set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How often each number is an input inside a module, and the weight of each gate: inputs of its unfolded tree."""
    met: dict[int, int] = {}
    weight: dict[int, int] = {}
    stack = [(root, False)]
    entered: set[int] = set()
    while stack:
        number, done = stack.pop()
        below = [i >> 1 for i in reduced.gates[number].inputs]
        if done:
            weight[number] = sum(weight.get(i, 1) for i in below)
        elif number not in entered:
            entered.add(number)
            stack.append((number, True))
            for i in below:
                met[i] = met.get(i, 0) + 1
                if i in reduced.gates and i not in modules:
                    stack.append((i, False))
    return met, weight
