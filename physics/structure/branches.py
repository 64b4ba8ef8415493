"""Which symbols an expression holds: in any mode, or in the mode that given values stand for.

In a mode every switch has one side. The instructions of the traced expressions are gone through once with values;
the side of a switch, or of a minimum or maximum, that was not taken hands no symbol on, and neither does a condition,
which is constant on either side. All else hands on every symbol, whatever its slope is just there.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hotfire.physics.joining import Step

__all__ = ["active_symbols", "values_of"]


def active_symbols(expressions: Sequence[Any], values: Mapping[str, float] | None) -> list[frozenset[str]]:
    """Return the names of the symbols of each expression.

    Args:
        expressions: Scalar CasADi expressions.
        values: Of all symbols in the mode that is wanted; None for all modes together.
    """
    import casadi

    if values is None:
        return [frozenset(s.name() for s in casadi.symvar(casadi.vertcat(e))) for e in expressions]
    symbols = casadi.symvar(casadi.vertcat(*expressions))
    # Table places have several entries: each is an output of its own, of which the union is taken.
    function = casadi.Function("mode", symbols, [casadi.vertcat(e) for e in expressions])
    return _walk(function, [s.name() for s in symbols], values, len(expressions))


def values_of(
    known: Mapping[str, float], definitions: Mapping[str, Any], look_ups: Sequence[Step]
) -> dict[str, float]:
    """Add to known values those of symbols that expressions define and those of tables."""
    import casadi

    found = dict(known)
    waiting: list[tuple[list[str], Any, Any]] = [([n], e, None) for n, e in definitions.items()]
    waiting += [([s.name() for s in casadi.vertsplit(x.values)], x.place, x.function) for x in look_ups]
    while waiting:
        left = []
        for names, expression, function in waiting:
            symbols = casadi.symvar(expression)
            if any(s.name() not in found for s in symbols):
                left.append((names, expression, function))
                continue
            value = casadi.Function("value", symbols, [expression])(*[found[s.name()] for s in symbols])
            value = value if function is None else function(value)[0]
            found |= dict(zip(names, (float(v) for v in casadi.vertsplit(value)), strict=True))
        if len(left) == len(waiting):
            raise ValueError(f"no value for what {left[0][0][0]} needs")
        waiting = left
    return found


def _divided(a: float, b: float) -> float:
    return a / b if b else math.copysign(math.inf, a)


def _power(a: float, b: float) -> float:
    return a**b if a > 0.0 or b == int(b) else math.nan


_OPERATIONS: dict[str, Callable[..., float]] = {
    "ASSIGN": lambda a: a,
    "ADD": operator.add,
    "SUB": operator.sub,
    "MUL": operator.mul,
    "DIV": _divided,
    "NEG": operator.neg,
    "EXP": math.exp,
    "LOG": lambda a: math.log(a) if a > 0.0 else math.nan,
    "POW": _power,
    "CONSTPOW": _power,
    "SQRT": lambda a: math.sqrt(a) if a >= 0.0 else math.nan,
    "SQ": lambda a: a * a,
    "TWICE": lambda a: 2.0 * a,
    "INV": lambda a: _divided(1.0, a),
    "FABS": abs,
    "SIN": math.sin,
    "COS": math.cos,
    "TAN": math.tan,
    "TANH": math.tanh,
    "SINH": math.sinh,
    "COSH": math.cosh,
    "ATAN": math.atan,
    "HYPOT": math.hypot,
    "LOG1P": math.log1p,
    "EXPM1": math.expm1,
    "ERF": math.erf,
}
"""Operations that hand on the symbols of all their arguments."""
_CONDITIONS: dict[str, Callable[..., bool]] = {
    "LT": operator.lt,
    "LE": operator.le,
    "EQ": operator.eq,
    "NE": operator.ne,
    "NOT": lambda a: not a,
    "AND": lambda a, b: bool(a and b),
    "OR": lambda a, b: bool(a or b),
    "SIGN": lambda a: (a > 0) - (a < 0),
    "FLOOR": math.floor,
    "CEIL": math.ceil,
}
"""Operations that are constant but for their jumps."""
_EXTREMES = {"FMIN": operator.le, "FMAX": operator.ge}

_Register = tuple[float, frozenset[str]]


def _walk(
    function: Any, names: Sequence[str], values: Mapping[str, float], results: int
) -> list[frozenset[str]]:
    """Go through the instructions with values and symbols."""
    import casadi

    known = {*_OPERATIONS, *_CONDITIONS, *_EXTREMES, "IF_ELSE_ZERO", "CONST", "INPUT", "OUTPUT"}
    words = {getattr(casadi, f"OP_{word}"): word for word in known}
    registers: dict[int, _Register] = {}
    found: list[frozenset[str]] = [frozenset()] * results
    for k in range(function.n_instructions()):
        word = words[function.instruction_id(k)]
        into, out = function.instruction_input(k), function.instruction_output(k)
        if word == "OUTPUT":
            found[out[0]] |= registers[into[0]][1]
        elif word == "INPUT":
            registers[out[0]] = values[names[into[0]]], frozenset([names[into[0]]])
        elif word == "CONST":
            registers[out[0]] = function.instruction_constant(k), frozenset()
        else:
            registers[out[0]] = _result(word, [registers[i] for i in into])
    return found


def _result(word: str, arguments: list[_Register]) -> _Register:
    """Value of an instruction, and the symbols that it hands on."""
    numbers = [a[0] for a in arguments]
    if word == "IF_ELSE_ZERO":
        return arguments[1] if numbers[0] else (0.0, frozenset())
    if word in _EXTREMES:
        first, second = arguments
        if numbers[0] == numbers[1]:
            return first[0], first[1] | second[1]
        return first if _EXTREMES[word](*numbers) else second
    if word in _CONDITIONS:
        return float(_CONDITIONS[word](*numbers)), frozenset()
    if word == "MUL" and any(a == (0.0, frozenset()) for a in arguments):
        return 0.0, frozenset()
    return _OPERATIONS[word](*numbers), frozenset().union(*(a[1] for a in arguments))
