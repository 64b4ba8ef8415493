"""The structural model of an engine, read off its declarations.

Properties of what flows are handed on as expressions, so that an equation far downstream holds all that its liquid ever
met. Here each property of a stream is an unknown again, with one equation of the component that hands it on: a fault
then appears in the equations of its own component alone.

The union of the incidence over all modes is which symbols an expression holds. The incidence of one mode, choked or
not, gas or liquid, follows from values at which every switch is read (`branches`); it is never a derivative that
happens to be zero there. Unknowns are read with every fault at nothing, since the sound equation is what is tested; in
which equations a fault appears is read with it. A state is an unknown, its rate is another, and a differential
constraint ties them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from hotfire.physics.joining import Step
from hotfire.physics.network import Network
from hotfire.physics.structure.branches import active_symbols, values_of
from hotfire.physics.structure.model import StructuralModel
from hotfire.physics.tracing import recording, symbols_of

__all__ = ["SENSOR", "structural_model"]

SENSOR = "sensor {}"
"""Name of the equation of a sensor."""
_RATE = "rate of {}"

_Reading = tuple[Mapping[str, Any], Sequence[Any], Sequence[Step]]
"""Equations by name, places of tables, and the tables."""


@dataclass(frozen=True)
class _Expressions:
    """What the declarations say, as expressions.

    Attributes:
        equations: Difference of both sides, by name.
        look_ups: Readings of tables.
        defined: What each property of a stream and each rate of a state is, by its symbol's name.
        outputs: Measurable quantities.
        known: Names of parameters, inputs and faults.
        faults: Names of faults.
    """

    equations: Mapping[str, Any]
    look_ups: Sequence[Step]
    defined: Mapping[str, Any]
    outputs: Mapping[str, Any]
    known: frozenset[str]
    faults: frozenset[str]


def structural_model(
    network: Network,
    sensors: Mapping[str, str] | None = None,
    *,
    sensor_modes: Sequence[str] = (),
    at: Mapping[str, float] | None = None,
) -> StructuralModel:
    """Read the structural model of an engine.

    Args:
        network: The engine.
        sensors: Output that each sensor measures, by name; each adds an equation.
        sensor_modes: Faults of every sensor.
        at: Unknowns and states in SI, and inputs that are not at their defaults, at which the mode is read; None for
            the union over all modes.
    """
    expressions = _read(network)
    wanted = dict(expressions.equations) | {
        SENSOR.format(s): expressions.outputs[o] for s, o in (sensors or {}).items()
    }
    values = None if at is None else _values(network, expressions, at)
    sound = _symbols(_without_faults(expressions, wanted), values)
    equations = {name: sorted(own - expressions.known) for name, own in sound.items()}
    touched = _symbols((wanted, [x.place for x in expressions.look_ups], expressions.look_ups), None)
    faults = {f: [name for name, own in touched.items() if f in own] for f in network.faults}
    faults |= {f"{s}.{m}": [SENSOR.format(s)] for s in sensors or {} for m in sensor_modes}
    constraints = {f"{s} is the integral of its rate": (s, _RATE.format(s)) for s in network.states}
    return StructuralModel.of(equations, {f: e for f, e in faults.items() if e}, constraints)


def _without_faults(expressions: _Expressions, wanted: Mapping[str, Any]) -> _Reading:
    """Put nothing in place of every fault: what only a leak lets in is no part of the sound equation."""
    import casadi

    places = [look_up.place for look_up in expressions.look_ups]
    every = [casadi.SX(e) for e in (*wanted.values(), *places)]
    faults = {s.name(): s for e in every for s in casadi.symvar(e) if s.name() in expressions.faults}
    if faults:
        every = casadi.substitute(every, list(faults.values()), [casadi.SX(0.0)] * len(faults))
    return dict(zip(wanted, every, strict=False)), every[len(wanted) :], expressions.look_ups


def _symbols(reading: _Reading, values: Mapping[str, float] | None) -> dict[str, frozenset[str]]:
    """Symbols of each equation, with those that a table is read at in place of the table's values."""
    wanted, places, look_ups = reading
    symbols = active_symbols([*wanted.values(), *places], values)
    tables = {
        v: symbols[len(wanted) + i] for i, look_up in enumerate(look_ups) for v in _names(look_up.values)
    }
    return {name: _through(own, tables) for name, own in zip(wanted, symbols, strict=False)}


def _read(network: Network) -> _Expressions:
    """Evaluate the declarations with symbols, and cut the properties off stream by stream."""
    import casadi

    named = symbols_of(network)
    known = frozenset(n for g in ("parameters", "inputs", "faults") for n in named[g])
    values = {"ambient_pressure": network.ambient_pressure} | {
        n: s for g in named.values() for n, s in g.items()
    }
    look_ups: list[Step] = []
    handed_on: dict[str, Any] = {}

    def cut(name: str, expression: Any) -> Any:
        if (
            not isinstance(expression, casadi.SX)
            or {s.name() for s in casadi.symvar(expression)} <= named["parameters"].keys()
        ):
            return expression
        handed_on[name] = expression
        return casadi.SX.sym(name)

    evaluation = recording(network, look_ups).evaluate(values, hand_on=lambda s, p: _cut(cut, s, p))
    equations: dict[str, Any] = {}
    for component, balance in evaluation.balances:
        name = f"{component}: {balance.name}"
        equations[name if name not in equations else f"{name} ({len(equations)})"] = (
            balance.left - balance.right
        )
    for name, expression in handed_on.items():
        component = next(s.source[0] for s in network.streams if name.startswith(f"{s.name}."))
        equations[f"{component}: hands on {name}"] = casadi.SX.sym(name) - expression
    rates = {_RATE.format(state): casadi.SX(rate) for state, rate in evaluation.derivatives.items()}
    equations |= {name: casadi.SX.sym(name) - rate for name, rate in rates.items()}
    return _Expressions(
        equations, look_ups, handed_on | rates, evaluation.outputs, known, frozenset(named["faults"])
    )


def _cut(cut: Callable[[str, Any], Any], stream: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Make unknowns of all that is handed on with a stream."""
    return {key: _apart(cut, f"{stream}.{key}", value) for key, value in properties.items()}


def _apart(cut: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    """Make unknowns of a value, or of the figures of a state."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        return replace(value, **{k: cut(f"{name}.{k}", v) for k, v in parts.items()})
    return cut(name, value)


def _through(own: frozenset[str], tables: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Put in place of a table's values what the table is read at."""
    found, waiting, seen = set[str](), list(own), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            if name in tables:
                waiting.extend(tables[name])
            else:
                found.add(name)
    return frozenset(found)


def _values(network: Network, expressions: _Expressions, at: Mapping[str, float]) -> dict[str, float]:
    """Values of all symbols: those given, defaults, and what tables and components make of them."""
    values = {**network.parameter_values, **network.input_defaults, **dict.fromkeys(expressions.faults, 0.0)}
    values |= network.initial_states(network.parameter_values)
    return values_of({**values, **at}, expressions.defined, expressions.look_ups)


def _names(symbols: Any) -> list[str]:
    import casadi

    return [s.name() for s in casadi.symvar(symbols)]
