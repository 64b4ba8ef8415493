"""An engine in time: its equations with what they store, traced into a system of differential and algebraic ones.

Each balance that carries a charge becomes a differential equation for what is stored; the others hold at every
instant. So mass and momentum are conserved to the integrator's accuracy, and where nothing changes any more the
equations are those of the steady state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hotfire.physics.declaration import Balance
from hotfire.physics.joining import Joined, in_order
from hotfire.physics.network import Network
from hotfire.physics.tracing import recording, symbols_of, tear, vanishing

__all__ = ["Dynamics"]


@dataclass(frozen=True)
class Dynamics:
    """A network as x' = f(x, z, p, t), 0 = g(x, z, p, t).

    Attributes:
        network: What it was traced from.
        stored_names: `component: balance` of each charge.
        torn: Names of the algebraic unknowns.
        residual_names: Names of the algebraic equations, in their order.
        output_names: Names of the measurable quantities.
        rates: CasADi function of (z, stored, states, parameters, faults, inputs): rates of what is stored, rates of the
            states, algebraic residuals.
        outputs: CasADi function of the same: outputs, and all unknowns, SI.
        algebra: CasADi function of the same: algebraic residuals, and their Jacobian by z.
        stored_at: CasADi function of (all unknowns, states, parameters, faults, inputs): what is stored there.
    """

    network: Network
    stored_names: tuple[str, ...]
    torn: tuple[str, ...]
    residual_names: tuple[str, ...]
    output_names: tuple[str, ...]
    rates: Any
    outputs: Any
    algebra: Any
    stored_at: Any

    @classmethod
    def of(cls, network: Network) -> Dynamics:
        """Trace a network."""
        return _trace(network)

    @cached_property
    def scales(self) -> list[float]:
        """Value of each algebraic unknown that counts as one."""
        kinds, scales = self.network.unknown_kinds, self.network.scales
        return [scales[kinds[name]] for name in self.torn]


def _trace(network: Network) -> Dynamics:
    import casadi

    def vertcat(*values: Any) -> Any:
        return casadi.SX(casadi.vertcat(*values))  # no values at all would be a matrix of numbers

    groups = symbols_of(network)
    unknowns = groups.pop("unknowns")
    values: Mapping[str, Any] = {"ambient_pressure": network.ambient_pressure} | unknowns
    for group in groups.values():
        values = {**values, **group}
    look_ups: list[Any] = []
    evaluation = recording(network, look_ups).evaluate(values)
    names = tuple(f"{c}: {b.name}" for c, b in evaluation.balances if b.charge is not None)
    charges = [b.charge for _, b in evaluation.balances if b.charge is not None]
    stored = casadi.SX.sym("stored", len(charges))
    balances = _with_charges(evaluation.balances, list(casadi.vertsplit(stored)), unknowns)
    balances = _determined(balances, unknowns, look_ups, vanishing(network))
    assigned, remaining = tear(replace(evaluation, balances=balances), unknowns, look_ups)
    torn = tuple(n for n in unknowns if n not in assigned)
    scale = network.scales
    wanted = [
        vertcat(*[c.rate for c in charges]),
        vertcat(*[evaluation.derivatives[s] for s in network.states]),
        vertcat(*[_scaled(b, scale) for _, b in remaining]),
        vertcat(*evaluation.outputs.values()),
        vertcat(*unknowns.values()),
        *[look_up.place for look_up in look_ups],
    ]
    for name, expression in reversed(assigned.items()):
        wanted = casadi.substitute(wanted, [unknowns[name]], [expression])
    z = casadi.SX.sym("z", len(torn))
    kinds = network.unknown_kinds
    scaled = [z[i] * scale[kinds[n]] for i, n in enumerate(torn)]
    if torn:
        wanted = casadi.substitute(wanted, [unknowns[n] for n in torn], scaled)
    stored_rates, state_rates, residual, outputs, everything, *places = wanted
    rest = [vertcat(*group.values()) for group in groups.values()]
    placed = in_order([replace(look_up, place=p) for look_up, p in zip(look_ups, places, strict=True)])
    joined = Joined([z, stored, *rest], placed)
    whole = vertcat(*unknowns.values())
    before = Joined([whole, *rest], in_order(look_ups))
    return Dynamics(
        network,
        names,
        torn,
        tuple(f"{c}: {b.name}" for c, b in remaining),
        tuple(evaluation.outputs),
        joined.function("rates", [stored_rates, state_rates, residual]),
        joined.function("outputs", [outputs, everything]),
        joined.with_jacobian("algebra", residual, z)[1],
        before.function("stored", [vertcat(*[c.stored for c in charges])]),
    )


def _with_charges(
    balances: tuple[tuple[str, Balance], ...], stored: list[Any], unknowns: Mapping[str, Any]
) -> tuple[tuple[str, Balance], ...]:
    """State what is stored in place of each balance that stores it; first, since it leaves the least to solve."""
    charged = [(c, b) for c, b in balances if b.charge is not None]
    told = [(c, _stored_balance(b, symbol, unknowns)) for (c, b), symbol in zip(charged, stored, strict=True)]
    return (*told, *((c, b) for c, b in balances if b.charge is None))


def _stored_balance(balance: Balance, stored: Any, unknowns: Mapping[str, Any]) -> Balance:
    """State what is stored; where it is proportional to one unknown, as the value of that unknown."""
    import casadi

    assert balance.charge is not None
    expression = balance.charge.stored
    free = [s for s in casadi.symvar(expression) if s.name() in unknowns]
    if len(free) == 1:
        slope = casadi.simplify(casadi.jacobian(expression, free[0]))
        if not any(s.name() == free[0].name() for s in casadi.symvar(slope)):
            offset = casadi.substitute(expression, free[0], 0.0)
            return Balance(balance.name, free[0], (stored - offset) / slope, "stored")
    return Balance(balance.name, expression, stored, "stored")


def _scaled(balance: Balance, scale: Mapping[str, float]) -> Any:
    """Residual of a balance; one of what is stored is relative."""
    if balance.scale == "stored":
        return balance.left / balance.right - 1.0
    return (balance.left - balance.right) / scale[balance.scale]


def _determined(
    balances: tuple[tuple[str, Balance], ...],
    unknowns: Mapping[str, Any],
    look_ups: list[Any],
    vanishing: set[str],
) -> tuple[tuple[str, Balance], ...]:
    """Turn each balance towards the unknown that it determines, where only one is left and enters linearly.

    What is stored fixes flows and speeds; from there the laws follow one another: a restriction whose flow is known
    gives a pressure. Balances that are turned come first, as `unknown = expression`; none is divided by something of
    `vanishing`, such as a command that may be zero.
    """
    import casadi

    table_values = {s.name(): look_up for look_up in look_ups for s in casadi.symvar(look_up.values)}

    def needs(expression: Any) -> set[str]:
        found: set[str] = set()
        for symbol in casadi.symvar(expression):
            if symbol.name() in unknowns:
                found.add(symbol.name())
            elif symbol.name() in table_values:
                found |= needs(table_values[symbol.name()].place)
        return found

    waiting = [(c, b, [f for f in ((b.left, b.right), b.loss) if f is not None]) for c, b in balances]
    forms = [(c, b, [(left, right, needs(left) | needs(right)) for left, right in f]) for c, b, f in waiting]
    known: set[str] = set()
    turned: list[tuple[str, Balance]] = []
    progress = True
    while progress:
        progress = False
        for item in list(forms):
            component, balance, ways = item
            for left, right, free in ways:
                open_unknowns = free - known
                if len(open_unknowns) != 1:
                    continue
                name = next(iter(open_unknowns))
                solved = _linear_solution(left - right, unknowns[name], table_values, vanishing)
                if solved is None:
                    continue
                turned.append((component, Balance(balance.name, unknowns[name], solved, balance.scale)))
                known.add(name)
                forms = [other for other in forms if other is not item]
                progress = True
                break
        if not progress:
            # Nothing follows any more: take as known what fills a chamber, or else a pressure, and solve for it.
            open_sets = [
                (b.scale != "stored", len(free - known), free - known)
                for _, b, ways in forms
                for _, _, free in ways
            ]
            ready = [entry for entry in open_sets if entry[2]]
            if ready:
                stored, _, left = min(ready, key=lambda entry: entry[:2])
                pressures = sorted(name for name in left if name.endswith(".pressure"))
                known |= left if not stored else {(pressures or sorted(left))[0]}
                progress = True
    return (*turned, *((c, _as_loss(b, needs(b.left) <= known)) for c, b, _ in forms))


def _as_loss(balance: Balance, flow_is_known: bool) -> Balance:
    """State a law whose flow is known by its loss: the slope of the square root is infinite where the flow turns."""
    if balance.loss is None or not flow_is_known:
        return balance
    return Balance(balance.name, *balance.loss, "pressure")


def _linear_solution(
    residual: Any, unknown: Any, table_values: Mapping[str, Any], vanishing: set[str]
) -> Any:
    """Solve a residual for an unknown that enters linearly and not by way of a table; None where it does not."""
    import casadi

    free = casadi.symvar(residual)
    for symbol in free:
        look_up = table_values.get(symbol.name())
        if look_up is not None and any(s.name() == unknown.name() for s in casadi.symvar(look_up.place)):
            return None
    slope = casadi.jacobian(residual, unknown)
    if slope.nnz() == 0 or any(s.name() in {unknown.name(), *vanishing} for s in casadi.symvar(slope)):
        return None
    return -casadi.substitute(residual, unknown, 0.0) / slope
