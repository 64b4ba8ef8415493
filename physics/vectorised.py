"""A compiled scalar function read once as a list of numpy calls, for many cases at a time.

CasADi runs its instructions for one case after the other, at some nanoseconds each. The same instructions over arrays
of cases cost a call each, shared by all cases, and a fraction of a nanosecond a case: worth it from about a hundred
cases. Instructions that repeat another are left out, and rows of the working memory are used again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["Reader", "Vectorised", "with_slopes"]


class Reader(Protocol):
    """A table read for n cases, at columns (n,) of its two arguments."""

    def __call__(self, columns: Sequence[FloatArray]) -> Sequence[FloatArray]:
        """Return q columns of values, as many of their slopes by the first argument, and by the second."""

    def values(self, columns: Sequence[FloatArray]) -> Sequence[FloatArray]:
        """Return the q columns of values alone."""


_SIZES = (2048, 1024, 512, 256, 128, 64)
"""Cases that the working memory is made for; the last are filled up."""

_NAMES = {
    "ADD": "add",
    "SUB": "subtract",
    "MUL": "multiply",
    "DIV": "divide",
    "NEG": "negative",
    "SQ": "square",
    "SQRT": "sqrt",
    "EXP": "exp",
    "LOG": "log",
    "TANH": "tanh",
    "POW": "power",
    "CONSTPOW": "power",
    "FMAX": "fmax",
    "FMIN": "fmin",
    "FABS": "fabs",
    "SIGN": "sign",
    "INV": "reciprocal",
    "LE": "less_equal",
    "LT": "less",
    "EQ": "equal",
    "NE": "not_equal",
    "ASSIGN": "positive",
}
"""Ufuncs by CasADi's names of operations."""


@dataclass(frozen=True)
class _Line:
    """One call: a ufunc or a reader, and the numbers of its arguments and results."""

    call: Any
    arguments: tuple[int, ...]
    results: tuple[int, ...]


@dataclass(frozen=True)
class _Prepared:
    """Working memory for a number of cases, and the calls on it.

    Attributes:
        arguments, results: Arrays of the arguments and of the results, (rows, cases).
        every: Calls that make all results.
        first: Calls that make the first result alone.
    """

    arguments: list[FloatArray]
    results: list[FloatArray]
    every: list[Any]
    first: list[Any]


class Vectorised:
    """The function, called on arrays of cases."""

    def __init__(self, function: Any, readers: Sequence[Reader] = ()) -> None:
        """Read a function.

        Args:
            function: Scalar CasADi function; the last argument of each call in it is the number of its reader.
            readers: What reads the tables.
        """
        self._widths = [function.size1_in(i) for i in range(function.n_in())]
        self._shapes = [function.numel_out(i) for i in range(function.n_out())]
        self._reading = _Reading(function, readers)
        self._prepared: dict[int, _Prepared] = {}

    def __call__(self, arrays: Sequence[FloatArray]) -> list[FloatArray]:
        """Evaluate n cases; arrays (n, m) of the arguments, arrays (n, size) of the results."""
        return self._columns(arrays, len(self._shapes))

    def first(self, arrays: Sequence[FloatArray]) -> FloatArray:
        """Evaluate the first result alone, which spares the calls that only the others need."""
        return self._columns(arrays, 1)[0]

    def _columns(self, arrays: Sequence[FloatArray], wanted: int) -> list[FloatArray]:
        results = [np.empty((arrays[0].shape[0], size)) for size in self._shapes[:wanted]]
        self._evaluate([array.T for array in arrays], [result.T for result in results])
        return results

    def rows(self, arrays: Sequence[FloatArray]) -> list[FloatArray]:
        """Evaluate n cases; arrays (m, n) of the arguments, arrays (size, n) of the results."""
        results = [np.empty((size, arrays[0].shape[1])) for size in self._shapes]
        self._evaluate(arrays, results)
        return results

    def _evaluate(self, arrays: Sequence[FloatArray], results: Sequence[FloatArray]) -> None:
        n, at = arrays[0].shape[1], 0
        with np.errstate(all="ignore"):  # as CasADi: what is no number says so in the result
            while at < n:
                size = min((s for s in _SIZES if s >= n - at), default=_SIZES[0])
                self._chunk(arrays, results, at, min(at + size, n), size)
                at += size

    def _chunk(
        self, arrays: Sequence[FloatArray], results: Sequence[FloatArray], start: int, stop: int, size: int
    ) -> None:
        if size not in self._prepared:
            self._prepared[size] = self._reading.prepared(self._widths, self._shapes, size)
        prepared = self._prepared[size]
        for argument, array in zip(prepared.arguments, arrays, strict=True):
            argument[:, : stop - start] = array[:, start:stop]
            argument[:, stop - start :] = array[:, stop - 1 : stop]
        for call, operands in prepared.every if len(results) > 1 else prepared.first:
            call(*operands)
        for result, rows in zip(results, prepared.results, strict=False):
            result[:, start:stop] = rows[:, : stop - start]


def with_slopes(function: Any) -> Vectorised:
    """Return a CasADi function of two scalars, a column of m, for many cases: the column, and its slopes by either.

    Its `rows`, called with two arrays (1, n), gives arrays (m, n) and (2 m, n).
    """
    import casadi

    first, second = casadi.SX.sym("first"), casadi.SX.sym("second")
    column = function(first, second)
    slopes = casadi.densify(casadi.jacobian(column, casadi.vertcat(first, second)))
    return Vectorised(casadi.Function("slopes", [first, second], [casadi.densify(column), slopes]))


class _Reading:
    """Lines of a function, in which each value has a number of its own."""

    def __init__(self, function: Any, readers: Sequence[Reader]) -> None:
        self._readers = readers
        self._leaves: dict[int, Any] = {}
        self._numbers: dict[Any, int] = {}
        self._lines: list[_Line] = []
        self._outputs: list[tuple[int, int, int]] = []
        self._count = 0
        self._read(function)
        self._outputs.sort()

    def _number(self, key: Any) -> int:
        """Number of a value; of the same one for the same key."""
        if key not in self._numbers:
            self._numbers[key] = self._count
            self._count += 1
        return self._numbers[key]

    def _read(self, function: Any) -> None:
        import casadi

        ufuncs = {getattr(casadi, f"OP_{op}"): getattr(np, name) for op, name in _NAMES.items()}
        place: dict[int, int] = {}
        for i in range(function.n_instructions()):
            operation = function.instruction_id(i)
            given, to = function.instruction_input(i), function.instruction_output(i)
            if operation == casadi.OP_OUTPUT:
                self._outputs.append((*to, place[given[0]]))
            elif operation == casadi.OP_INPUT:
                place[to[0]] = self._leaf(tuple(given))
            elif operation == casadi.OP_CONST:
                place[to[0]] = self._leaf(float(function.instruction_constant(i)))
            elif operation == casadi.OP_CALL:
                arguments = tuple(place[slot] for slot in given)
                for slot, value in zip(to, self._call(arguments, to), strict=True):
                    if slot >= 0:
                        place[slot] = value
            else:
                operands = [place[slot] for slot in given]
                if operation == casadi.OP_TWICE:
                    operation, operands = casadi.OP_ADD, operands * 2
                place[to[0]] = self._value(ufuncs[operation], operands)

    def _leaf(self, leaf: Any) -> int:
        number = self._number(("leaf", leaf))
        self._leaves[number] = leaf
        return number

    def _value(self, ufunc: Any, operands: list[int]) -> int:
        if ufunc in (np.add, np.multiply):
            operands = sorted(operands)
        key, before = (ufunc, *operands), self._count
        number = self._number(key)
        if number == before:
            self._lines.append(_Line(ufunc, tuple(operands), (number,)))
        return number

    def _call(self, arguments: tuple[int, ...], to: Sequence[int]) -> list[int]:
        """Read a table; what is read at the same place is the same."""
        before = self._count
        numbers = [self._number(("call", arguments, i)) for i in range(len(to))]
        if numbers[0] == before:
            reader = self._readers[int(self._leaves[arguments[-1]])]
            self._lines.append(_Line(reader, arguments[:-1], tuple(numbers)))
        return numbers

    @property
    def _order(self) -> list[_Line]:
        """Lines as the outputs ask for them, one output after the other: few values wait for their last use."""
        return self._lines_by_output[0] + self._lines_by_output[1]

    @cached_property
    def _lines_by_output(self) -> tuple[list[_Line], list[_Line]]:
        """The same: what the first output needs, and what the others need besides."""
        done: set[int] = set()
        first = [number for output, _, number in self._outputs if output == 0]
        others = [number for output, _, number in self._outputs if output > 0]
        return self._needed(first, done), self._needed(others, done)

    def _needed(self, outputs: Sequence[int], done: set[int]) -> list[_Line]:
        """Lines that outputs need and that are not done yet, in an order in which they can be; `done` grows."""
        maker = {number: line for line in self._lines for number in line.results}
        order: list[_Line] = []
        for wanted in outputs:
            stack = [wanted]
            while stack:
                line = maker.get(stack[-1])
                if line is None or stack[-1] in done:
                    stack.pop()
                    continue
                waiting = [n for n in line.arguments if n in maker and n not in done]
                stack += waiting[::-1]
                if not waiting:
                    order.append(line)
                    done.update(line.results)
        return order

    @cached_property
    def _last_use(self) -> dict[int, int]:
        """Line after which nobody reads a value."""
        last = {number: i for i, line in enumerate(self._order) for number in line.arguments}
        return last | {number: len(self._order) for _, _, number in self._outputs}

    def prepared(self, widths: Sequence[int], shapes: Sequence[int], size: int) -> _Prepared:
        """Make room for so many cases, and the calls on it."""
        arguments = [np.zeros((width, size)) for width in widths]
        results = [np.zeros((rows, size)) for rows in shapes]
        at: dict[int, Any] = {}
        for number, leaf in self._leaves.items():
            at[number] = arguments[leaf[0]][leaf[1]] if isinstance(leaf, tuple) else np.array(leaf)
        calls: list[Any] = []
        free: list[FloatArray] = []
        # A value that is a result is made where the result stands; numbers stand there from the beginning.
        kept: tuple[list[Any], list[Any]] = ([], [])
        for output, row, number in self._outputs:
            there = results[output][row]
            if isinstance(self._leaves.get(number), float):
                there[:] = self._leaves[number]
            elif number in at:
                kept[output > 0].append((np.copyto, (there, at[number])))
            else:
                at[number] = there
        for i, line in enumerate(self._order):
            operands = [at[number] for number in line.arguments]
            over = [n for n in set(line.arguments) - self._leaves.keys() if self._last_use[n] == i]
            free += [at.pop(number) for number in over]
            targets = [self._row(number, at, free, size) for number in line.results]
            if isinstance(line.call, np.ufunc):
                calls.append((line.call, (*operands, *targets)))
            else:
                calls.append((_read_into, (line.call, operands, targets)))
        first = [_without_slopes(*call) for call in calls[: len(self._lines_by_output[0])]]
        return _Prepared(arguments, results, calls + kept[0] + kept[1], first + kept[0])

    def _row(self, number: int, at: dict[int, Any], free: list[FloatArray], size: int) -> FloatArray | None:
        """Row of working memory for a value; none where nobody reads it."""
        if number not in self._last_use:
            return None
        if number not in at:
            at[number] = free.pop() if free else np.empty(size)
        row: FloatArray = at[number]
        return row


def _without_slopes(call: Any, operands: Any) -> tuple[Any, Any]:
    """The same call, of a table without the slopes, which no result but a Jacobian needs."""
    if call is not _read_into:
        return call, operands
    reader, columns, targets = operands
    return call, (reader.values, columns, targets[: len(targets) // 3])


def _read_into(
    read: Callable[[Sequence[FloatArray]], Sequence[FloatArray]],
    columns: Sequence[FloatArray],
    targets: Sequence[FloatArray | None],
) -> None:
    for value, target in zip(read(columns), targets, strict=True):
        if target is not None:
            np.copyto(target, value)
