"""Check the units of every equation: the declarations, read with quantities instead of numbers.

Each parameter, input and state stands with its declared unit, each stream with Pa and kg/s. An equation whose sides
differ in dimension is refused. So is one whose figures differ between this reading and the plain one: there a unit
is right in kind but not in size (bar where the equation means Pa).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from hotfire.physics.declaration import KINDS, Balance, Charge, Component
from hotfire.physics.errors import EngineError
from hotfire.physics.network import Evaluation, Network

__all__ = ["check_units"]

_FAULT_SIZE = 0.01
"""Size given to every fault: not zero, so that no term of an equation hides its unit behind a zero."""
_AGREEMENT = 1e-9
"""Relative difference that rounding explains."""
_LOWEST_PRESSURE = 0.3
"""Pressure of the last stream over the highest: all well above the surroundings, so that every law has a value."""


def check_units(network: Network) -> None:
    """Refuse a network with an equation whose units do not agree.

    Args:
        network: Any network; it need not have a solution.

    Raises:
        EngineError: Naming component and equation, with both units.
    """
    import pint

    registry = pint.get_application_registry()  # type: ignore[no-untyped-call]
    units = _units(network)
    plain_values = _values(network)
    values = {name: registry.Quantity(value, units[name]) for name, value in plain_values.items()}
    plain = _plain_evaluation(network, plain_values)
    watched = _watched(network, _equation_names(plain), pint.DimensionalityError)
    read = watched.evaluate(values, reference=registry.Quantity)
    reader = _Reader(registry)
    for (component, balance), (_, figures) in zip(read.balances, plain.balances, strict=True):
        _check_balance(reader, component, balance, figures)
    _check_results(reader, network, read, plain)


def _plain_evaluation(network: Network, values: Mapping[str, float]) -> Evaluation:
    """Evaluate with plain numbers; the roots and powers of impossible parameters have no value."""
    try:
        return network.evaluate(values)
    except EngineError:
        raise
    except (ArithmeticError, TypeError, ValueError) as problem:
        raise EngineError(
            "the equations have no value with these parameters",
            where="components",
            why=str(problem),
            remedy="look for a parameter that is zero, negative, or of an impossible size",
        ) from problem


def _check_balance(reader: _Reader, component: str, balance: Balance, figures: Balance) -> None:
    """Hold both sides against the unit that the balance is stated in."""
    for side, value, figure in (
        ("left", balance.left, figures.left),
        ("right", balance.right, figures.right),
    ):
        reader.hold(f"{component}: {balance.name}", f"its {side} side", value, KINDS[balance.scale], figure)
    if balance.charge is not None and figures.charge is not None:
        _check_charge(reader, f"{component}: {balance.name}", balance.charge, figures.charge)


def _check_charge(reader: _Reader, where: str, charge: Charge, figures: Charge) -> None:
    """Hold the rate of what an equation stores against the unit of what is stored, per second."""
    unit = f"({charge.stored.units})/s"
    reader.hold(where, "the rate of what it stores", charge.rate, unit, figures.rate)


def _check_results(reader: _Reader, network: Network, read: Evaluation, plain: Evaluation) -> None:
    """Hold derivatives against the unit of their state per second, and outputs against their declared units."""
    for name, component in network.components.items():
        for state in component.kind.states:
            key = f"{name}.{state.name}"
            unit = f"({state.unit or 'dimensionless'})/s"
            reader.hold(
                f"{name}: change of {state.name}", "it", read.derivatives[key], unit, plain.derivatives[key]
            )
        for output, unit in component.kind.outputs:
            key = f"{name}.{output}"
            reader.hold(f"{name}: output {output}", "it", read.outputs[key], unit, plain.outputs[key])


@dataclass(frozen=True)
class _Reader:
    """Compares what an equation gave with what it was declared to give."""

    registry: Any

    def hold(self, where: str, what: str, value: Any, unit: str, figure: float) -> None:
        """Refuse `value` unless it can be read in `unit` and is then the plain `figure`."""
        quantity = self.registry.Quantity(value, "") if isinstance(value, (int, float)) else value
        if not quantity.is_compatible_with(unit):
            raise _refusal(where, f"{what} is in {quantity.units:~P}, not in {unit or 'plain numbers'}")
        magnitude = float(quantity.to(unit).magnitude)
        if not math.isclose(magnitude, figure, rel_tol=_AGREEMENT, abs_tol=1e-12):
            raise _refusal(
                where, f"{what} is {magnitude:.6g} {unit} by its units but {figure:.6g} in plain numbers"
            )


def _refusal(where: str, why: str) -> EngineError:
    return EngineError(
        "the units of an equation do not agree",
        where=where,
        why=why,
        remedy="correct the equation, or the declared unit of what stands in it",
    )


def _units(network: Network) -> dict[str, str]:
    """Declared unit of everything that an equation may name."""
    units = {"ambient_pressure": "Pa"} | dict.fromkeys((*network.faults, *network.input_defaults), "")
    units |= {name: KINDS[kind] for name, kind in network.unknown_kinds.items()}
    for component in network.components.values():
        units |= {f"{component.name}.{p.name}": p.unit for p in component.kind.parameters}
        units |= {f"{component.name}.{s.name}": s.unit for s in component.kind.states}
    return units


def _values(network: Network) -> dict[str, float]:
    """Plausible values in SI: nominal parameters, initial states, pressures that fall along the flow."""
    values = (
        {"ambient_pressure": network.ambient_pressure} | network.parameter_values | network.input_defaults
    )
    values |= dict.fromkeys(network.faults, _FAULT_SIZE)
    values |= network.initial_states(network.parameter_values)
    order = {name: i for i, name in enumerate(network.order)}
    values |= {name: 0.4 * network.scales[kind] for name, kind in network.unknown_kinds.items()}
    for stream in filter(lambda s: s.fluid, network.streams):
        share = 1.0 - (1.0 - _LOWEST_PRESSURE) * order[stream.source[0]] / len(order)
        values[f"{stream.name}.pressure"] = share * network.reference_pressure
        values[f"{stream.name}.flow"] = network.reference_flow
    return values


def _equation_names(evaluation: Evaluation) -> dict[str, list[str]]:
    """Names of the balances by component, in their order."""
    names: dict[str, list[str]] = {}
    for component, balance in evaluation.balances:
        names.setdefault(component, []).append(balance.name)
    return names


def _watched(network: Network, names: Mapping[str, list[str]], error: type[Exception]) -> Network:
    """Return the network with declarations that say where a unit error came up inside an expression."""
    components = {
        name: replace(placed, kind=cast(Component, _Watched(name, placed.kind, names.get(name, []), error)))
        for name, placed in network.components.items()
    }
    return replace(network, components=components)


@dataclass(frozen=True)
class _Watched:
    """Stands for a declaration and names the equation in which pint refuses to go on."""

    name: str
    kind: Component
    equation_names: list[str]
    error: type[Exception]

    def __getattr__(self, attribute: str) -> Any:
        """Everything that is not watched is the declaration's own."""
        return getattr(self.kind, attribute)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the declaration."""
        balances = self.kind.equations(q)
        for equation in self.equation_names:
            yield self._named(equation, lambda _: next(balances), q)

    def carried(self, q: Any) -> dict[str, Any]:
        """Return what the declaration hands on."""
        return dict(self._named("properties of the outflow", self.kind.carried, q))

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the derivatives of the declaration."""
        return dict(self._named("change of its states", self.kind.derivatives, q))

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the outputs of the declaration."""
        return dict(self._named("its outputs", self.kind.measured, q))

    def _named(self, equation: str, call: Callable[[Any], Any], q: Any) -> Any:
        try:
            return call(q)
        except self.error as problem:
            raise _refusal(f"{self.name}: {equation}", str(problem)) from problem
