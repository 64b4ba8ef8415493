"""The most probable minimal cut sets, found without making the others.

A best-first search (Hart, Nilsson & Raphael 1968) through the families: what can still come of a node is known exactly
beforehand, so only branches that end in one of the sets wanted are ever opened.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count as counting

from hotfire.physics.fault_tree.cut_sets import NONE, UNIT, Family

__all__ = ["CutSet", "ranked"]

_State = tuple[float, int, float, tuple[int, ...], tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class CutSet:
    """A minimal cut set.

    Attributes:
        events: Names of its basic events, sorted.
        probability: That all of them are there.
    """

    events: tuple[str, ...]
    probability: float


def ranked(
    families: Mapping[int, Family], top: int, worth: Mapping[int, float], names: Mapping[int, str], count: int
) -> tuple[CutSet, ...]:
    """Return the sets of the greatest product of worth.

    Args:
        families: Of each module, inner ones first.
        top: The module whose sets are wanted.
        worth: Probabilities of the basic events.
        names: Names of the basic events.
        count: How many.
    """
    best: dict[int, list[float]] = {}
    whole = dict(worth)
    for module, family in families.items():
        best[module] = family.best(whole)
        whole[module] = best[module][family.root]
    order = counting()
    # a state: bound, tie-break, events so far with their product, and what is open: (module, node), innermost last
    heap: list[_State] = [(-whole[top], next(order), 1.0, (), ((top, families[top].root),))]
    found: list[CutSet] = []
    while heap and len(found) < count:
        bound, _, product, events, waiting = heapq.heappop(heap)
        if not waiting:
            found.append(CutSet(tuple(sorted(names[e] for e in events)), product))
            continue
        module, node = waiting[-1]
        family, rest = families[module], waiting[:-1]
        if node == UNIT:
            heapq.heappush(heap, (bound, next(order), product, events, rest))
            continue
        if node == NONE:
            continue
        others = 1.0
        for m, n in rest:
            others *= best[m][n]
        variable, low, high = family.variables[family.level[node]], family.low[node], family.high[node]
        if low != NONE:
            chance = product * others * best[module][low]
            heapq.heappush(heap, (-chance, next(order), product, events, (*rest, (module, low))))
        chance = product * others * whole[variable] * best[module][high]
        waiting, own = (*rest, (module, high)), product
        if variable in families:
            waiting = (*waiting, (variable, families[variable].root))
        else:
            own, events = product * worth[variable], (*events, variable)
        heapq.heappush(heap, (-chance, next(order), own, events, waiting))
    return tuple(found)
