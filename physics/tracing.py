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

__all__ = ["Joined", "LookUp", "Trace", "in_order", "recording", "symbols_of", "tear", "trace"]


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


@dataclass(frozen=True, eq=False)
class LookUp:
    """One reading of a table: its place (a scalar expression) and the symbols that stand for its values."""

    place: Any
    values: Any
    function: Any


class _RecordingTable:
    """Stands in for a table while the equations are traced."""

    def __init__(self, table: Any, look_ups: list[LookUp]) -> None:
        self._table, self._look_ups = table, look_ups
        self._read: dict[tuple[Any, ...], dict[str, Any]] = {}

    def several(self, quantities: tuple[str, ...], first: Any, pressure: Any) -> tuple[Any, ...]:
        """Record a look-up, once for each place; return symbols for the quantities."""
        import casadi

        wanted = getattr(self._table, "together", quantities)
        key = (wanted, *(casadi.SX(x).element_hash() for x in (first, pressure)))
        if key not in self._read:
            place, function = self._table.symbolic(wanted)
            values = casadi.SX.sym(f"table{len(self._look_ups)}", len(wanted))
            self._look_ups.append(LookUp(place(first, pressure), values, function))
            self._read[key] = dict(zip(wanted, casadi.vertsplit(values), strict=True))
        return tuple(self._read[key][q] for q in quantities)

    def __getattr__(self, name: str) -> Any:
        """What has a closed form needs no record."""
        return getattr(self._table, name)


def trace(network: Network) -> Trace:
    """Trace every declaration of a network.

    Args:
        network: The engine.

    Returns:
        Compiled functions and the names of their rows.
    """
    import casadi

    named = symbols_of(network)
    unknowns = named.pop("unknowns")
    groups = list(named.values())
    values: dict[str, Any] = {"ambient_pressure": network.ambient_pressure} | unknowns
    for group in groups:
        values |= group
    look_ups: list[LookUp] = []
    evaluation = recording(network, look_ups).evaluate(values)
    assigned, remaining = tear(evaluation, unknowns, look_ups)
    torn = tuple(n for n in unknowns if n not in assigned)
    scale, kinds = network.scales, network.unknown_kinds
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
    scaled = [z[i] * scale[kinds[n]] for i, n in enumerate(torn)]
    if torn:
        wanted = casadi.substitute(wanted, [unknowns[n] for n in torn], scaled)
    residual, rates, outputs, everything, *places = wanted
    arguments = [z, *[vertcat(*group.values()) for group in groups]]
    look_ups = [replace(look_up, place=p) for look_up, p in zip(look_ups, places, strict=True)]
    look_ups = in_order(look_ups)
    joined = Joined(arguments, look_ups)
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


def symbols_of(network: Network) -> dict[str, dict[str, Any]]:
    """Make a scalar symbol of everything that equations may name, by group and name."""
    import casadi

    groups = {
        "unknowns": network.unknowns,
        "states": network.states,
        "parameters": tuple(network.parameter_values),
        "faults": tuple(network.faults),
        "inputs": tuple(network.input_defaults),
    }
    return {group: {name: casadi.SX.sym(name) for name in names} for group, names in groups.items()}


def _slopes(
    arguments: Sequence[Any], look_ups: Sequence[LookUp], results: Sequence[Any], columns: list[int]
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
    return Joined([*arguments, direction, step], look_ups).jacobian("slopes", result, towards)


def recording(network: Network, look_ups: list[LookUp]) -> Network:
    """Return the same network with tables that record how they are read."""

    def watched(table: Any) -> Any:
        recorded = hasattr(table, "symbolic") and not getattr(table, "closed_form", False)
        return _RecordingTable(table, look_ups) if recorded else table

    components = {
        name: replace(
            c, table=watched(c.table), fluid=c.fluid and replace(c.fluid, table=watched(c.fluid.table))
        )
        for name, c in network.components.items()
    }
    return replace(network, components=components)


def tear(
    evaluation: Evaluation, unknowns: dict[str, Any], look_ups: Sequence[LookUp]
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
        left, right = balance.left, casadi.SX(balance.right)  # a plain number where all is full, for one
        name = left.name() if left.is_symbolic() else ""
        reached = reached_from(right)
        if name in unknowns and name not in assigned and name not in reached:
            assigned[name] = right
            needs[name] = reached
            for known in needs.values():
                if name in known:
                    known.update(reached)
        else:
            remaining.append((component, balance))
    ordered = dict(sorted(assigned.items(), key=lambda item: len(needs[item[0]] & assigned.keys())))
    return ordered, remaining


def in_order(look_ups: Sequence[LookUp]) -> list[LookUp]:
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


class Joined:
    """Joins scalar expressions and table look-ups into functions of the arguments."""

    def __init__(self, arguments: Sequence[Any], look_ups: Sequence[LookUp]) -> None:
        self._arguments, self._look_ups = list(arguments), look_ups

    def function(self, name: str, results: list[Any], by: Any = None) -> Any:
        """Make a function; with `by` also the Jacobian of the first result by those of the arguments' symbols."""
        import casadi

        needed = self._needed(results)
        if len(needed) < len(self._look_ups):
            return Joined(self._arguments, needed).function(name, results, by)
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

    def _needed(self, results: Sequence[Any]) -> list[LookUp]:
        """Look-ups that the results read, at once or for the place of another look-up; in their order."""
        import casadi

        wanted = {s.name() for r in results for s in casadi.symvar(r)}
        needed: list[LookUp] = []
        for look_up in reversed(self._look_ups):
            if any(s.name() in wanted for s in casadi.symvar(look_up.values)):
                needed.insert(0, look_up)
                wanted |= {s.name() for s in casadi.symvar(look_up.place)}
        return needed

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
