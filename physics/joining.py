"""Scalar expressions, assignments and table look-ups joined into one function, with derivatives by the chain rule.

Each step gives values to symbols that later steps and the results name. Values and derivatives are handed on from step
to step as nodes of one scalar graph, a table being a call in it: nothing that two steps share is computed twice, and a
derivative costs what its step's own few arguments cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hotfire.physics.thermochemistry.surface import IN_SCALARS
from hotfire.physics.vectorised import Reader, Vectorised

__all__ = ["Joined", "Step", "in_order", "substituted"]


@dataclass(frozen=True, eq=False)
class Step:
    """What gives its value to a column of symbols.

    Attributes:
        place: Column of scalar expressions.
        values: The symbols.
        function: The table that is read at the place: a CasADi function that gives values, and their derivatives by
            the place; None where the place is the value.
        columns: The same for many cases: what the table is read at, a column of two, and what reads it; None where
            `function` is scalar operations itself.
    """

    place: Any
    values: Any
    function: Any = None
    columns: tuple[Any, Reader] | None = None


def _names(expression: Any) -> set[str]:
    import casadi

    return {symbol.name() for symbol in casadi.symvar(casadi.SX(expression))}


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Sort steps so that each place needs only the values of those before it."""
    waiting = [(step, _names(step.place), _names(step.values)) for step in steps]
    open_values = set[str]().union(*(values for _, _, values in waiting))
    order: list[Step] = []
    while waiting:
        ready = next(item for item in waiting if not item[1] & open_values)
        waiting.remove(ready)
        order.append(ready[0])
        open_values -= ready[2]
    return order


def substituted(expressions: Sequence[Any], symbols: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """Return expressions with values in place of symbols."""
    import casadi

    if not symbols:
        return list(expressions)
    found: list[Any] = casadi.substitute(
        [casadi.SX(e) for e in expressions], [casadi.vertcat(*symbols)], [casadi.SX(casadi.vertcat(*values))]
    )
    return found


class Joined:
    """Joins steps into functions of the arguments."""

    def __init__(self, arguments: Sequence[Any], steps: Sequence[Step]) -> None:
        """Take the symbols of the arguments, a column each, and the steps in their order."""
        self._arguments, self._steps = list(arguments), list(steps)

    def function(self, name: str, results: list[Any]) -> Any:
        """Make a function."""
        return self._made(name, self._results(results))

    def with_jacobian(self, name: str, result: Any, by: Any) -> tuple[Any, Any]:
        """Make a function of one result, and one of the result and its Jacobian by those of the arguments' symbols."""
        import casadi

        # Looking for what repeats takes longer than making functions; where Newton's method iterates it is worth it.
        both = casadi.cse([casadi.densify(r) for r in self._results([result], by)])
        return self._made(name, both[:1]), self._made(f"{name}_with_jacobian", both)

    def vectorised(self, name: str, results: list[Any], by: Any) -> Vectorised:
        """Make the function with the Jacobian, for many cases at a time."""
        steps: list[Step] = []
        readers: list[Reader] = []
        for step in self._steps:
            if step.columns is None:
                steps.append(step)
                continue
            place, reader = step.columns
            steps.append(Step(place, step.values, _numbered(step.values.numel(), len(readers))))
            readers.append(reader)
        joined = Joined(self._arguments, steps)
        return Vectorised(joined._made(name, joined._results(results, by)), readers)

    def jacobian(self, name: str, result: Any, by: Any) -> Any:
        """Make a function of the Jacobian alone."""
        return self._made(name, self._results([result], by)[1:])

    def _made(self, name: str, results: list[Any]) -> Any:
        import casadi

        return casadi.Function(name, self._arguments, [casadi.densify(r) for r in results])

    def _results(self, results: list[Any], by: Any = None) -> list[Any]:
        import casadi

        chain = _Chain(by)
        for step in self._needed(results):
            chain.go(step)
        found, slopes = chain.told(results, casadi.SX(results[0]))
        return found if by is None else [*found, slopes]

    def _needed(self, results: Sequence[Any]) -> list[Step]:
        """Steps that the results need, at once or for the place of another step; in their order."""
        wanted = set[str]().union(*(_names(r) for r in results))
        needed: list[Step] = []
        for step in reversed(self._steps):
            if _names(step.values) & wanted:
                needed.append(step)
                wanted |= _names(step.place)
        return needed[::-1]


def _numbered(quantities: int, number: int) -> Callable[[Any], Any]:
    """Stand in for a table of two arguments in a scalar function: a call that carries the number of its reader."""
    import casadi

    at, which = casadi.MX.sym("at", 2), casadi.MX.sym("number")
    none = [casadi.MX.zeros(quantities, 1), casadi.MX.zeros(quantities, 2)]
    call = casadi.Function("numbered", [at, which], none, IN_SCALARS)
    return lambda place: call(place, number)


class _Chain:
    """Values, and their derivatives by some of the arguments, as steps follow one another."""

    def __init__(self, by: Any) -> None:
        self._by = by
        self._symbols: dict[str, Any] = {}
        self._values: dict[str, Any] = {}
        self._slopes: dict[str, Any] = {}

    def go(self, step: Step) -> None:
        """Make a step."""
        import casadi

        value, slope = self.told([step.place], step.place, step.function)
        for i, symbol in enumerate(casadi.vertsplit(step.values)):
            name = symbol.name()
            self._symbols[name], self._values[name] = symbol, value[0][i]
            if slope is not None:
                self._slopes[name] = slope[i, :]

    def told(self, expressions: Sequence[Any], column: Any, function: Any = None) -> tuple[list[Any], Any]:
        """Return expressions by the values so far, and the derivatives of a column by the arguments asked for.

        With a function, return what it makes of the column, and the derivatives of that.
        """
        import casadi

        names = set[str]().union(*(_names(e) for e in expressions), _names(column))
        free = sorted(names & self._values.keys())
        symbols, values = [self._symbols[n] for n in free], [self._values[n] for n in free]
        wanted = list(expressions)
        if self._by is not None:
            # Values and derivatives in one go, since they share most of what they are made of.
            wanted += [casadi.jacobian(column, by) for by in (self._by, casadi.vertcat(*symbols))]
        found = substituted(wanted, symbols, values)
        slopes = found[len(expressions) :]
        found = found[: len(expressions)]
        if function is not None:
            value, by_column = function(found[0])
            # First by the column's own few arguments, which are fewer than its rows.
            found, slopes = [value], [by_column @ slope for slope in slopes]
        if self._by is None:
            return found, None
        direct, own = slopes
        return found, direct + own @ casadi.vertcat(*[self._slopes[n] for n in free]) if free else direct
