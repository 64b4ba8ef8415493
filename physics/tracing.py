"""The declarations traced once into compiled functions: residuals with Jacobian, rates and outputs.

Balances of the form `unknown = expression` are substituted (tearing), so that Newton sees only the few unknowns
that are truly coupled; no balance is lost, and the verification reads them all in their original form.

Everything but the combustion tables becomes scalar operations, which CasADi runs ten times as fast as matrix
nodes. A table has no scalar form: each look-up is recorded, its values are symbols to the scalar part, and the two
are joined by the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hotfire.physics.network import Evaluation, Network

__all__ = ["Trace", "trace"]


@dataclass(frozen=True)
class Trace:
    """What tracing a network gives.

    Attributes:
        torn: Names of the unknowns that Newton iterates on.
        residual_names: `component: balance` of each remaining residual.
        output_names: Names of the measurable quantities.
        residual: CasADi function of (z, states, parameters, faults, inputs): scaled residuals and their Jacobian.
        rates: CasADi function of the same: state derivatives, outputs, and all unknowns, in SI.
        slopes: For columns of outputs and of parameters, makes a CasADi function of the same arguments, a direction of
            the faults and a step along it, that returns the Jacobian of (residuals, state derivatives, chosen
            outputs) by (z, states, chosen parameters, step).
    """

    torn: tuple[str, ...]
    residual_names: tuple[str, ...]
    output_names: tuple[str, ...]
    residual: Any
    rates: Any
    slopes: Callable[[Sequence[int], Sequence[int]], Any]


@dataclass(frozen=True)
class _LookUp:
    """One reading of a table: its place (a scalar expression) and the symbols that stand for its values."""

    place: Any
    values: Any
    function: Any


class _RecordingTable:
    """Stands in for a combustion table while the equations are traced."""

    def __init__(self, table: Any, look_ups: list[_LookUp]) -> None:
        self._table, self._look_ups = table, look_ups

    def several(self, quantities: tuple[str, ...], mixture_ratio: Any, pressure: Any) -> tuple[Any, ...]:
        """Record a look-up; return symbols for the quantities."""
        import casadi

        place, function = self._table.symbolic(quantities)
        values = casadi.SX.sym(f"table{len(self._look_ups)}", len(quantities))
        self._look_ups.append(_LookUp(place(mixture_ratio, pressure), values, function))
        return tuple(casadi.vertsplit(values))


def trace(network: Network) -> Trace:
    """Trace every declaration of a network.

    Args:
        network: The engine.

    Returns:
        Compiled functions and the names of their rows.
    """
    import casadi

    def symbols(names: Sequence[str]) -> dict[str, Any]:
        return {name: casadi.SX.sym(name) for name in names}

    groups = [
        symbols(names)
        for names in (
            network.states,
            tuple(network.parameter_values),
            tuple(network.faults),
            tuple(network.input_defaults),
        )
    ]
    unknowns = symbols(network.unknowns)
    values: dict[str, Any] = {"ambient_pressure": network.ambient_pressure} | unknowns
    for group in groups:
        values |= group
    look_ups: list[_LookUp] = []
    evaluation = _recording(network, look_ups).evaluate(values)
    assigned, remaining = _tear(evaluation, unknowns, look_ups)
    torn = tuple(n for n in unknowns if n not in assigned)
    scale = {"pressure": network.reference_pressure, "flow": network.reference_flow}
    vertcat = casadi.vertcat
    wanted = [
        vertcat(*[(b.left - b.right) / scale[b.scale] for _, b in remaining]),
        vertcat(*[evaluation.derivatives[s] for s in network.states]),
        vertcat(*evaluation.outputs.values()),
        vertcat(*unknowns.values()),
        *[look_up.place for look_up in look_ups],
    ]
    for name, expression in reversed(assigned.items()):
        wanted = casadi.substitute(wanted, [unknowns[name]], [expression])
    z = casadi.SX.sym("z", len(torn))
    scaled = [z[i] * (scale["pressure" if n.endswith(".pressure") else "flow"]) for i, n in enumerate(torn)]
    if torn:
        wanted = casadi.substitute(wanted, [unknowns[n] for n in torn], scaled)
    residual, rates, outputs, everything, *places = wanted
    arguments = [z, *[vertcat(*group.values()) for group in groups]]
    look_ups = [replace(look_up, place=p) for look_up, p in zip(look_ups, places, strict=True)]
    look_ups = _in_order(look_ups)
    joined = _Joined(arguments, look_ups)
    return Trace(
        torn,
        tuple(f"{c}: {b.name}" for c, b in remaining),
        tuple(evaluation.outputs),
        joined.function("residual", [residual], by=z),
        joined.function("rates", [rates, outputs, everything]),
        lambda rows, columns: _slopes(
            arguments, look_ups, [residual, rates, *[outputs[i] for i in rows]], list(columns)
        ),
    )


def _slopes(
    arguments: Sequence[Any], look_ups: Sequence[_LookUp], results: Sequence[Any], columns: list[int]
) -> Any:
    """Make the function that `Trace.slopes` describes: faults go a step along a direction."""
    import casadi

    z, states, parameters, faults, _ = arguments
    direction, step = casadi.SX.sym("direction", faults.numel()), casadi.SX.sym("step")
    moved = [casadi.vertcat(*results), *[look_up.place for look_up in look_ups]]
    if faults.numel():
        moved = casadi.substitute(moved, [faults], [faults + step * direction])
    result, *places = moved
    look_ups = [replace(look_up, place=p) for look_up, p in zip(look_ups, places, strict=True)]
    towards = casadi.vertcat(z, states, *[parameters[i] for i in columns], step)
    return _Joined([*arguments, direction, step], look_ups).jacobian("slopes", result, towards)


def _recording(network: Network, look_ups: list[_LookUp]) -> Network:
    """Return the same network with tables that record how they are read."""
    components = {
        name: c if c.table is None else replace(c, table=_RecordingTable(c.table, look_ups))
        for name, c in network.components.items()
    }
    return replace(network, components=components)


def _tear(
    evaluation: Evaluation, unknowns: dict[str, Any], look_ups: Sequence[_LookUp]
) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Split the balances into explicit assignments (in an order in which they can be made) and residuals."""
    import casadi

    assigned: dict[str, Any] = {}
    needs: dict[str, set[str]] = {}

    def reached_from(expression: Any) -> set[str]:
        """Unknowns that an expression needs, at once or by way of tables and assignments."""
        free = {s.name() for s in casadi.symvar(expression)}
        return (free & unknowns.keys()).union(*(needs.get(name, set()) for name in free))

    for look_up in look_ups:
        reached = reached_from(look_up.place)
        needs |= {value.name(): set(reached) for value in casadi.symvar(look_up.values)}
    remaining = []
    for component, balance in evaluation.balances:
        left = balance.left
        name = left.name() if left.is_symbolic() else ""
        reached = reached_from(balance.right)
        if name in unknowns and name not in assigned and name not in reached:
            assigned[name] = balance.right
            needs[name] = reached
            for known in needs.values():
                if name in known:
                    known.update(reached)
        else:
            remaining.append((component, balance))
    ordered = dict(sorted(assigned.items(), key=lambda item: len(needs[item[0]] & assigned.keys())))
    return ordered, remaining


def _in_order(look_ups: Sequence[_LookUp]) -> list[_LookUp]:
    """Sort look-ups so that each place needs only the values of those before it."""
    import casadi

    waiting, done, order = list(look_ups), set[str](), []
    table_values = {s.name() for look_up in look_ups for s in casadi.symvar(look_up.values)}
    while waiting:
        ready = next(
            x for x in waiting if ({s.name() for s in casadi.symvar(x.place)} & table_values) <= done
        )
        waiting.remove(ready)
        order.append(ready)
        done |= {s.name() for s in casadi.symvar(ready.values)}
    return order


class _Joined:
    """Joins scalar expressions and table look-ups into functions of the arguments."""

    def __init__(self, arguments: Sequence[Any], look_ups: Sequence[_LookUp]) -> None:
        self._arguments, self._look_ups = list(arguments), look_ups

    def function(self, name: str, results: list[Any], by: Any = None) -> Any:
        """Make a function; with `by` also the Jacobian of the first result by those of the arguments' symbols."""
        import casadi

        symbols = [casadi.MX.sym(f"a{i}", a.numel()) for i, a in enumerate(self._arguments)]
        values, slopes = self._tables(symbols, by)
        table = casadi.vertcat(*[look_up.values for look_up in self._look_ups])
        wanted = [casadi.densify(r) for r in results]
        if by is not None:
            wanted += [
                casadi.densify(casadi.jacobian(results[0], by)),
                casadi.densify(casadi.jacobian(results[0], table)),
            ]
        scalar = casadi.Function(f"{name}_scalar", [*self._arguments, table], wanted, {"cse": True})
        found: Any = scalar(*symbols, casadi.vertcat(*values))
        found = list(found) if isinstance(found, tuple) else [found]
        if by is not None:
            *found, direct, by_table = found
            found.append(direct + by_table @ casadi.vertcat(*slopes) if slopes else direct)
        return casadi.Function(name, symbols, found)

    def jacobian(self, name: str, result: Any, by: Any) -> Any:
        """Make a function of the Jacobian alone."""
        import casadi

        whole = self.function(name, [result], by)
        symbols = [casadi.MX.sym(f"a{i}", a.numel()) for i, a in enumerate(self._arguments)]
        return casadi.Function(name, symbols, [whole(*symbols)[1]])

    def _tables(self, symbols: Sequence[Any], towards: Any | None) -> tuple[list[Any], list[Any]]:
        """Values of all look-ups, and their derivatives by the symbols `towards`."""
        import casadi

        values: list[Any] = []
        slopes: list[Any] = []
        for i, look_up in enumerate(self._look_ups):
            earlier = casadi.vertcat(*[x.values for x in self._look_ups[:i]])
            wanted = [look_up.place]
            if towards is not None:
                wanted += [
                    casadi.densify(casadi.jacobian(look_up.place, towards)),
                    casadi.densify(casadi.jacobian(look_up.place, earlier)),
                ]
            place = casadi.Function(f"place{i}", [*self._arguments, earlier], wanted, {"cse": True})
            found = place(*symbols, casadi.vertcat(*values))
            if towards is None:
                values.append(look_up.function(found)[0])
                continue
            at, direct, by_table = found
            value, slope = look_up.function(at)
            chained = direct + by_table @ casadi.vertcat(*slopes) if slopes else direct
            values.append(value)
            slopes.append(slope @ chained)
        return values, slopes
