"""A fault tree: gates over basic events and house events, with probabilities.

The words are those of the Fault Tree Handbook (Vesely et al., NUREG-0492, 1981): the *top event* is the gate that
nobody else names unless one is chosen, a *basic event* has a probability, a *house event* is switched on or off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import TypeVar

from hotfire.physics.errors import HotfireError

__all__ = ["OPERATORS", "BasicEvent", "FaultTree", "FaultTreeError", "Gate", "HouseEvent", "tree_of"]

OPERATORS = ("and", "or", "atleast", "not", "xor")
"""What a gate can do; `atleast` is k-of-n."""


class FaultTreeError(HotfireError, ValueError):
    """A fault tree that is wrong, or a question that it cannot answer."""


@dataclass(frozen=True)
class BasicEvent:
    """An event that is not resolved further.

    Attributes:
        name: Unique in its tree.
        probability: That it is there; with a `rate`, of at least one occurrence in the exposure.
        label: One line for people.
        rate: Occurrences per unit of exposure; None where the probability was given as it is.
        exposure: Length of exposure, in the unit of the rate.
    """

    name: str
    probability: float
    label: str = ""
    rate: float | None = None
    exposure: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        if not 0.0 <= self.probability <= 1.0:
            raise FaultTreeError(
                f"{self.probability!r} is no probability",
                where=f"basic event {self.name}",
                remedy="give a number from 0 to 1",
            )

    @classmethod
    def from_rate(cls, name: str, rate: float, exposure: float, label: str = "") -> BasicEvent:
        """Return an event that occurs at a constant rate: 1 - exp(-rate x exposure)."""
        if not (0.0 <= rate < math.inf and 0.0 <= exposure < math.inf):
            raise FaultTreeError(
                f"rate {rate!r} over exposure {exposure!r} is no expected number of occurrences",
                where=f"basic event {name}",
                remedy="give two finite numbers that are not negative",
            )
        return cls(name, -math.expm1(-rate * exposure), label, rate, exposure)


@dataclass(frozen=True)
class HouseEvent:
    """An event that is certain or excluded, as a switch of the analysis."""

    name: str
    state: bool
    label: str = ""


@dataclass(frozen=True)
class Gate:
    """An event that follows from others.

    Attributes:
        name: Unique in its tree.
        operator: One of `OPERATORS`.
        inputs: Names of gates, basic events and house events.
        least: How many inputs it takes, for `atleast`.
        label: One line for people.
    """

    name: str
    operator: str
    inputs: tuple[str, ...]
    least: int = 0
    label: str = ""

    def __post_init__(self) -> None:
        """Refuse a gate that means nothing."""
        where, n = f"gate {self.name}", len(self.inputs)
        if self.operator not in OPERATORS:
            raise FaultTreeError(
                f"there is no operator {self.operator!r}",
                where=where,
                remedy=f"use one of {', '.join(OPERATORS)}",
            )
        wanted = {"not": (1, 1), "xor": (2, 2), "atleast": (2, math.inf)}.get(self.operator, (1, math.inf))
        if not wanted[0] <= n <= wanted[1]:
            raise FaultTreeError(
                f"`{self.operator}` has {n} inputs",
                where=where,
                why=f"it takes {'exactly' if wanted[0] == wanted[1] else 'at least'} {wanted[0]}",
                remedy="correct its inputs",
            )
        if self.operator == "atleast" and not 1 <= self.least <= n:
            raise FaultTreeError(
                f"it asks for {self.least} of {n} inputs", where=where, remedy=f"ask for 1 to {n}"
            )
        if self.operator in ("atleast", "xor") and len(set(self.inputs)) < n:
            raise FaultTreeError(
                "an input is named twice", where=where, why="it would be counted twice", remedy="name it once"
            )


_Member = TypeVar("_Member", Gate, BasicEvent, HouseEvent)


@dataclass(frozen=True)
class FaultTree:
    """Gates, basic events and house events under one top event.

    Attributes:
        name: Of the tree.
        top: Name of the top event, a gate.
        gates: By name.
        basic_events: By name; those that no gate names are kept, they have no effect.
        house_events: By name.
    """

    name: str
    top: str
    gates: Mapping[str, Gate]
    basic_events: Mapping[str, BasicEvent]
    house_events: Mapping[str, HouseEvent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse names that are missing or used twice, and gates that follow from themselves."""
        self._check_names()
        self._check_circles()

    def _check_names(self) -> None:
        kinds = {"gate": self.gates, "basic event": self.basic_events, "house event": self.house_events}
        seen: dict[str, str] = {}
        for kind, members in kinds.items():
            for name in members:
                if name in seen:
                    raise FaultTreeError(
                        f"{name!r} is a {seen[name]} and a {kind}",
                        where=self.name,
                        remedy="rename one of them",
                    )
                seen[name] = kind
        for gate in self.gates.values():
            for name in gate.inputs:
                if name not in seen:
                    near = get_close_matches(name, seen, n=3)
                    raise FaultTreeError(
                        f"its input {name!r} is not defined",
                        where=f"{self.name}, gate {gate.name}",
                        remedy=f"define it{', or use ' + ', '.join(near) if near else ''}",
                    )
        if self.top not in self.gates:
            raise FaultTreeError(
                f"the top event {self.top!r} is no gate", where=self.name, remedy="choose one of its gates"
            )

    def _check_circles(self) -> None:
        done: set[str] = set()
        for start in self.gates:
            path: dict[str, None] = {}
            stack = [(start, iter(self.gates[start].inputs))] if start not in done else []
            path[start] = None
            while stack:
                name, inputs = stack[-1]
                following = next((i for i in inputs if i in self.gates and i not in done), None)
                if following is None:
                    done.add(name)
                    path.pop(name)
                    stack.pop()
                elif following in path:
                    circle = [*list(path)[list(path).index(following) :], following]
                    raise FaultTreeError(
                        "a gate follows from itself",
                        where=f"{self.name}, {' <- '.join(circle)}",
                        remedy="cut the circle",
                    )
                else:
                    path[following] = None
                    stack.append((following, iter(self.gates[following].inputs)))

    @cached_property
    def coherent(self) -> bool:
        """Whether no gate below the top event negates: what fails more can then only make things worse."""
        return all(self.gates[g].operator not in ("not", "xor") for g in self.below())

    def below(self, name: str = "") -> tuple[str, ...]:
        """Gates that an event follows from, itself included, inputs before what follows from them."""
        order: dict[str, None] = {}
        seen: set[str] = set()
        stack = [(name or self.top, False)]
        while stack:
            gate, entered = stack.pop()
            if entered:
                order[gate] = None
            elif gate in self.gates and gate not in seen:
                seen.add(gate)
                stack.append((gate, True))
                stack.extend((i, False) for i in reversed(self.gates[gate].inputs))
        return tuple(order)

    def with_top(self, top: str) -> FaultTree:
        """Return the same tree for another of its gates."""
        return replace(self, top=top)

    def with_house_events(self, states: Mapping[str, bool]) -> FaultTree:
        """Return the same tree with house events switched."""
        unknown = states.keys() - self.house_events.keys()
        if unknown:
            raise FaultTreeError(
                f"there is no house event {sorted(unknown)[0]!r}", where=self.name, remedy="define it"
            )
        switched = {n: replace(h, state=states.get(n, h.state)) for n, h in self.house_events.items()}
        return replace(self, house_events=switched)


def tree_of(
    name: str,
    gates: Iterable[Gate],
    basic_events: Iterable[BasicEvent],
    house_events: Iterable[HouseEvent] = (),
    *,
    top: str = "",
) -> FaultTree:
    """Gather a tree; without `top`, the top event is the one gate that no other names.

    Raises:
        FaultTreeError: Where names are double, missing or in a circle, or several gates could be the top event.
    """
    own = _by_name(name, "gate", gates)
    events = _by_name(name, "basic event", basic_events)
    houses = _by_name(name, "house event", house_events)
    if not top:
        used = {i for g in own.values() for i in g.inputs}
        roots = [n for n in own if n not in used]
        if len(roots) != 1:
            shown = ", ".join(roots[:5]) or "none"
            raise FaultTreeError(
                f"{len(roots)} gates could be the top event ({shown})",
                where=name,
                remedy="say which one is meant",
            )
        top = roots[0]
    return FaultTree(name, top, own, events, houses)


def _by_name(tree: str, kind: str, members: Iterable[_Member]) -> dict[str, _Member]:
    found: dict[str, _Member] = {}
    for member in members:
        if member.name in found:
            raise FaultTreeError(
                f"{kind} {member.name!r} is defined twice", where=tree, remedy="rename or remove one"
            )
        found[member.name] = member
    return found
