"""Which few unknowns Newton's method iterates on, and how the others follow from them one after another.

Balances that are explicit in an unknown are turned towards it (tearing, Elmqvist and Otter 1994). Laws of restrictions
are read by their loss, which falls with the square of the flow: read the other way round, as a flow under the root of
a small pressure difference, they bring Newton's method to a crawl, since the slope of a root is endless where the flow
ends. So flows are torn and pressures follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hotfire.physics.declaration import Balance

__all__ = ["Torn", "tear_flows"]

_TORN_FIRST = ("flow", "speed", "pressure")
"""Kinds of unknowns that are torn rather than others that lead as far."""


@dataclass(frozen=True)
class Torn:
    """Balances split into assignments and residuals.

    Attributes:
        unknowns: Names of the unknowns that are left to iterate on.
        assigned: Expression of each other unknown, in an order in which they can be evaluated.
        remaining: Component and balance of each residual, laws of restrictions by their loss.
    """

    unknowns: tuple[str, ...]
    assigned: dict[str, Any]
    remaining: list[tuple[str, Balance]]


@dataclass(frozen=True, eq=False)
class _Law:
    """A balance, the names of the unknowns that it needs, and of those that it can be solved for."""

    component: str
    balance: Balance
    needs: frozenset[str]
    explicit: frozenset[str]


def tear_flows(
    balances: Iterable[tuple[str, Balance]],
    unknowns: Mapping[str, Any],
    kinds: Mapping[str, str],
    reached: Callable[[Any], set[str]],
    vanishing: set[str],
) -> Torn:
    """Split balances into assignments and residuals.

    Args:
        balances: Component and balance of each.
        unknowns: Symbol of each unknown, by name.
        kinds: What each unknown is, by name.
        reached: Names of the unknowns that an expression needs by way of tables.
        vanishing: Names of what may be zero, by which nothing shall be divided.
    """
    waiting = [_law(component, balance, unknowns, reached, vanishing) for component, balance in balances]
    torn: list[str] = []
    assigned: dict[str, Any] = {}
    known: set[str] = set()
    rank = {name: (_rank(kinds[name]), i) for i, name in enumerate(unknowns)}
    while True:
        for name, law in _following(waiting, known):
            assigned[name] = _solution(law.balance, unknowns[name])
            waiting.remove(law)
        left = [name for name in unknowns if name not in known]
        if not left:
            break
        # What leads furthest; every unknown is tried, which takes milliseconds.
        best = min(left, key=lambda n: (-len(_following(waiting, known | {n})), *rank[n]))
        torn.append(best)
        known.add(best)
    names = tuple(name for name in unknowns if name in set(torn))
    return Torn(names, assigned, [(law.component, law.balance) for law in waiting])


def _rank(kind: str) -> int:
    return _TORN_FIRST.index(kind) if kind in _TORN_FIRST else len(_TORN_FIRST)


def _law(
    component: str,
    balance: Balance,
    unknowns: Mapping[str, Any],
    reached: Callable[[Any], set[str]],
    vanishing: set[str],
) -> _Law:
    import casadi

    if balance.loss is not None:
        balance = replace(balance, left=balance.loss[0], right=balance.loss[1], scale="pressure", loss=None)
    difference = casadi.SX(balance.left) - casadi.SX(balance.right)
    own = {s.name() for s in casadi.symvar(difference)} & unknowns.keys()
    by_table = reached(difference)
    explicit = set()
    for name in own - by_table:
        slope = casadi.jacobian(difference, unknowns[name])
        factors = {s.name() for s in casadi.symvar(slope)}
        if not factors & vanishing and not factors & unknowns.keys() and not reached(slope):
            explicit.add(name)
    return _Law(component, balance, frozenset(own | by_table), frozenset(explicit))


def _following(laws: Sequence[_Law], known: set[str]) -> list[tuple[str, _Law]]:
    """Unknowns that follow one after another from those that are known, each with its law; they become known."""
    found: list[tuple[str, _Law]] = []
    users: dict[str, list[_Law]] = {}
    left: dict[int, set[str]] = {}
    for law in laws:
        left[id(law)] = set(law.needs - known)
        for name in left[id(law)]:
            users.setdefault(name, []).append(law)
    ready = [law for law in laws if len(left[id(law)]) == 1]
    while ready:
        law = ready.pop(0)
        if len(left[id(law)]) != 1 or not left[id(law)] <= law.explicit:
            continue
        name = next(iter(left[id(law)]))
        found.append((name, law))
        known.add(name)
        for user in users[name]:
            left[id(user)].discard(name)
            if len(left[id(user)]) == 1:
                ready.append(user)
    return found


def _solution(balance: Balance, unknown: Any) -> Any:
    """Solve a balance for an unknown that enters linearly."""
    import casadi

    for side, other in ((balance.left, balance.right), (balance.right, balance.left)):
        bare = isinstance(side, casadi.SX) and side.is_symbolic() and side.name() == unknown.name()
        if bare and not any(s.name() == unknown.name() for s in casadi.symvar(casadi.SX(other))):
            return casadi.SX(other)
    difference = casadi.SX(balance.left) - casadi.SX(balance.right)
    slope = casadi.jacobian(difference, unknown)
    return -casadi.substitute(difference, unknown, 0.0) / slope
