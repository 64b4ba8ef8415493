"""The declarations traced once into compiled functions: residuals with Jacobian, rates and outputs.

Balances that are explicit in an unknown are turned towards it (`hotfire.physics.tearing`), so that Newton sees only the
few unknowns that are truly coupled; no balance is lost, and the verification reads them all in their original form.

Everything but the tables becomes scalar operations, which CasADi runs ten times as fast as matrix nodes. A table has
no scalar form: each look-up is recorded, and its values are symbols to what reads them (`hotfire.physics.joining`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from hotfire.physics.joining import Joined, Step, in_order, substituted
from hotfire.physics.network import Evaluation, Network
from hotfire.physics.states import FluidState
from hotfire.physics.tearing import tear_flows
from hotfire.physics.vectorised import Vectorised

__all__ = ["Trace", "reached_by", "recording", "symbols_of", "tear", "trace", "vanishing"]


@dataclass(frozen=True)
class Trace:
    """What tracing a network gives.

    Attributes:
        torn: Names of the unknowns that Newton iterates on.
        residual_names: `component: balance` of each remaining residual.
        output_names: Names of the measurable quantities.
        residual: CasADi functions of (z, states, parameters, faults, inputs): scaled residuals; the same with Jacobian.
        rates: CasADi function of the same: state derivatives, outputs, and all unknowns, in SI.
        vectorised: Makes the second of them for many cases at a time.
        whole: Makes the functions `residual` of all unknowns (scaled, in the order of the network), nothing torn and
            laws as flows: for rough guesses, from which pressures would follow only badly.
        slopes: For columns of outputs and of parameters, makes a CasADi function of the same arguments, a direction of
            the faults and a step along it, that returns the Jacobian of (residuals, state derivatives, chosen
            outputs) by (z, states, chosen parameters, step).
    """

    torn: tuple[str, ...]
    residual_names: tuple[str, ...]
    output_names: tuple[str, ...]
    residual: tuple[Any, Any]
    rates: Any
    vectorised: Callable[[], Vectorised]
    whole: Callable[[], tuple[Any, Any]]
    slopes: Callable[[Sequence[int], Sequence[int]], Any]


class _RecordingTable:
    """Stands in for a table while the equations are traced."""

    def __init__(self, table: Any, look_ups: list[Step]) -> None:
        self._table, self._look_ups, self._named = table, look_ups, Naming(look_ups)
        self._read: dict[tuple[Any, ...], dict[str, Any]] = {}

    def several(self, quantities: tuple[str, ...], first: Any, pressure: Any) -> tuple[Any, ...]:
        """Record a look-up, once for each place; return symbols for the quantities."""
        import casadi

        first, pressure = self._named.symbol(first), self._named.symbol(pressure)
        wanted = getattr(self._table, "together", quantities)
        key = (wanted, *(casadi.SX(x).element_hash() for x in (first, pressure)))
        if key not in self._read:
            place, function = self._table.symbolic(wanted)
            values = casadi.SX.sym(f"table{len(self._look_ups)}", len(wanted))
            reader = getattr(self._table, "columns", lambda _: None)(wanted)
            columns = None if reader is None else (casadi.vertcat(first, pressure), reader)
            self._look_ups.append(Step(place(first, pressure), values, function, columns))
            self._read[key] = dict(zip(wanted, casadi.vertsplit(values), strict=True))
        return tuple(self._read[key][q] for q in quantities)

    def __getattr__(self, name: str) -> Any:
        """What has a closed form needs no record."""
        return getattr(self._table, name)


class Naming:
    """Gives a symbol to each property that is handed on, so that what reads it need not repeat how it came about."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps, self._named = steps, dict[int, Any]()

    def __call__(self, _stream: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Return properties with symbols in place of expressions, those of a state too."""
        return {name: self._inside(value) for name, value in properties.items()}

    def _inside(self, value: Any) -> Any:
        if not isinstance(value, FluidState):
            return self.symbol(value)
        return replace(value, **{f.name: self.symbol(getattr(value, f.name)) for f in fields(value)})

    def symbol(self, value: Any) -> Any:
        """Return the symbol of a value; a symbol, or a number, is its own."""
        import casadi

        if not isinstance(value, casadi.SX) or value.is_leaf():
            return value
        key = value.element_hash()
        if key not in self._named:
            self._named[key] = casadi.SX.sym(f"handed{len(self._steps)}")
            self._steps.append(Step(value, self._named[key]))
        return self._named[key]


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
    recorded: list[Step] = []
    evaluation = recording(network, recorded).evaluate(values, hand_on=Naming(recorded))
    scale, kinds = network.scales, network.unknown_kinds
    torn = tear_flows(
        evaluation.balances, unknowns, kinds, reached_by(recorded, unknowns), vanishing(network)
    )
    z = casadi.SX.sym("z", len(torn.unknowns))
    assigned = {name: z[i] * scale[kinds[name]] for i, name in enumerate(torn.unknowns)} | torn.assigned
    steps = in_order([*recorded, *(Step(e, unknowns[name]) for name, e in assigned.items())])
    residual = _column((b.left - b.right) / scale[b.scale] for _, b in torn.remaining)
    rates = _column(evaluation.derivatives[s] for s in network.states)
    outputs = list(evaluation.outputs.values())
    arguments = [z, *[_column(group.values()) for group in groups]]
    joined = Joined(arguments, steps)
    return Trace(
        torn.unknowns,
        tuple(f"{c}: {b.name}" for c, b in torn.remaining),
        tuple(evaluation.outputs),
        joined.with_jacobian("residual", residual, z),
        joined.function("rates", [rates, _column(outputs), _column(unknowns.values())]),
        lambda: joined.vectorised("vectorised", [residual], z),
        lambda: _whole(network, evaluation, [*named.values()], unknowns, recorded),
        lambda rows, columns: _slopes(
            arguments, steps, [residual, rates, *[outputs[i] for i in rows]], list(columns)
        ),
    )


def _whole(
    network: Network,
    evaluation: Evaluation,
    groups: Sequence[Mapping[str, Any]],
    unknowns: Mapping[str, Any],
    recorded: Sequence[Step],
) -> tuple[Any, Any]:
    """Make the functions that `Trace.whole` describes."""
    import casadi

    scale = [network.scales[network.unknown_kinds[name]] for name in unknowns]
    z = casadi.SX.sym("z", len(scale))
    steps = [Step(z[i] * scale[i], symbol) for i, symbol in enumerate(unknowns.values())]
    residual = _column((b.left - b.right) / network.scales[b.scale] for _, b in evaluation.balances)
    arguments = [z, *[_column(group.values()) for group in groups]]
    return Joined(arguments, in_order([*steps, *recorded])).with_jacobian("whole", residual, z)


def _column(values: Iterable[Any]) -> Any:
    import casadi

    return casadi.SX(casadi.vertcat(*values))  # no values at all would be a matrix of numbers


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
    arguments: Sequence[Any], steps: Sequence[Step], results: Sequence[Any], columns: list[int]
) -> Any:
    """Make the function that `Trace.slopes` describes: faults go a step along a direction."""
    import casadi

    z, states, parameters, faults, _ = arguments
    direction, step = casadi.SX.sym("direction", faults.numel()), casadi.SX.sym("step")
    moved = [casadi.vertcat(*results), *[s.place for s in steps]]
    if faults.numel():
        moved = substituted(moved, [faults], [faults + step * direction])
    result, *places = moved
    steps = [replace(s, place=p) for s, p in zip(steps, places, strict=True)]
    towards = casadi.vertcat(z, states, *[parameters[i] for i in columns], step)
    return Joined([*arguments, direction, step], steps).jacobian("slopes", result, towards)


def recording(network: Network, look_ups: list[Step]) -> Network:
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


def reached_by(steps: Sequence[Step], unknowns: Mapping[str, Any]) -> Callable[[Any], set[str]]:
    """Return what tells the names of the unknowns that an expression needs by way of steps."""
    import casadi

    needs: dict[str, set[str]] = {}

    def reached(expression: Any) -> set[str]:
        return set[str]().union(*(needs.get(s.name(), set()) for s in casadi.symvar(casadi.SX(expression))))

    for step in in_order(steps):
        own = {s.name() for s in casadi.symvar(step.place)} & unknowns.keys()
        needs |= dict.fromkeys((s.name() for s in casadi.symvar(step.values)), own | reached(step.place))
    return reached


def vanishing(network: Network) -> set[str]:
    """Names of what may be zero, by which nothing shall be divided."""
    own = {f"{c.name}.{v.name}" for c in network.components.values() for v in c.variables if v.rest == 0.0}
    zero = {name for name, value in network.parameter_values.items() if value == 0.0}
    return own | zero | set(network.faults) | set(network.input_defaults) | set(network.states)


def tear(
    evaluation: Evaluation, unknowns: dict[str, Any], look_ups: Sequence[Step]
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
