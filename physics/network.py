"""An engine as a network: components, the streams between them, and one evaluation for every reading.

`Network.evaluate` walks the components along the flow and collects their balances, state derivatives and
measurable quantities. It is given values of any kind (floats, arrays, symbols, quantities) and never looks at
them; solving, verifying and checking units all call it.

Pressures and flows are unknowns, so they may run in a circle; only the properties of what flows are handed on in
an order. Where a liquid runs back to a place upstream (`Stream.returns`), that order is cut: the energy that it has
beyond the stream which it joins becomes an unknown, and one balance says that it is what its source hands on. A
component of its own for that would have to invent a loss of pressure or repeat the manifold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import networkx as nx

from hotfire.physics.declaration import KINDS, MEDIA, Balance, Component, Fault, Port, measurable_in
from hotfire.physics.errors import EngineError, NotFollowedError
from hotfire.physics.placing import PlacedComponent, Stream

__all__ = ["Evaluation", "Network"]

_MOLAR_GAS_CONSTANT = 8314.462618
"""J/(kmol K), CODATA 2018."""


@dataclass(frozen=True)
class Evaluation:
    """All that the declarations say about one set of values.

    Attributes:
        balances: Name of the component, or of the stream that returns, and balance; in the order of the flow.
        derivatives: By state (`fuel_tank.mass`), per second.
        outputs: Measurable quantities by name (`chamber.pressure`, `fuel_injector.inlet.pressure`), SI.
        properties: Of what flows, by the name of its stream.
    """

    balances: tuple[tuple[str, Balance], ...]
    derivatives: Mapping[str, Any]
    outputs: Mapping[str, Any]
    properties: Mapping[str, Mapping[str, Any]]


class _Handed(dict[str, Any]):
    """Properties that a stream hands on; one that it lacks is told as such."""

    def __missing__(self, name: str) -> Any:
        raise NotFollowedError(name, handed_on=True)


@contextmanager
def _asking(component: str) -> Iterator[None]:
    """Name the component that asks for what the state of its propellant does not know."""
    try:
        yield
    except NotFollowedError as error:
        raise error.at(component) from None


@dataclass(frozen=True)
class Network:
    """Components and streams of one engine.

    Attributes:
        components: By name.
        streams: All connections.
        ambient_pressure: Pa.
    """

    components: Mapping[str, PlacedComponent]
    streams: tuple[Stream, ...]
    ambient_pressure: float = 101325.0

    def __post_init__(self) -> None:
        """Refuse a network with open ports, doubly used ports, or a loop of flow that no return closes."""
        self._check_ports()
        if not nx.is_directed_acyclic_graph(self.graph):
            loop = " -> ".join(edge[0] for edge in nx.find_cycle(self.graph))
            raise EngineError("the flow runs in a circle", where=loop, remedy="correct the connections")
        for stream in self._returns:
            self._check_return(stream)

    def _check_return(self, stream: Stream) -> None:
        """Refuse a return that joins nothing, or that does not come from where it goes."""
        meets = [s for s in self.streams if s.target == stream.target and not s.returns]
        back = nx.has_path(self.graph, stream.target[0], stream.source[0])
        if not (stream.fluid and meets and back):
            raise EngineError(
                f"{stream.source[0]} ~> {stream.target[0]} is no return",
                where="connections",
                why="a return joins a stream that flows to where it comes from",
                remedy="lead it to a manifold upstream, or write `->`",
            )

    def _check_ports(self) -> None:
        used: dict[tuple[str, str], int] = {}
        for stream in self.streams:
            for end in (stream.source, stream.target):
                used[end] = used.get(end, 0) + 1
        for component in self.components.values():
            for port in component.kind.ports:
                count = used.pop((component.name, port.name), 0)
                if (count > 1 and not port.many) or (count == 0 and not port.optional):
                    raise EngineError(
                        f"port {component.name}.{port.name} is connected {count} times, it must be "
                        f"{'at least ' if port.many else ''}once",
                        where="connections",
                        remedy=f"give one connection that names {component.name}"
                        f"{'.' + port.name if len(component.kind.ports) > 2 else ''}",
                    )

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The components as nodes, the streams of matter as edges, returns left out."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.components)
        graph.add_edges_from((s.source[0], s.target[0]) for s in self.streams if s.fluid and not s.returns)
        return graph

    @cached_property
    def _returns(self) -> tuple[Stream, ...]:
        """Streams that run back to a place upstream."""
        return tuple(s for s in self.streams if s.returns)

    @cached_property
    def burner(self) -> str:
        """Name of the main chamber: its pressure oscillates and it feeds a thrust nozzle; "" where none does."""

        def has(name: str, output: str) -> bool:
            return output in dict(self.components[name].kind.outputs)

        rough = [name for name in self.order if has(name, "roughness")]
        main = [name for name in rough if any(has(n, "thrust") for n in self.graph.successors(name))]
        return next(iter(main or rough), "")

    def side_of(self, name: str) -> str:
        """Name of the port at which what passes a component is burnt, `oxidizer` or `fuel`; "" where nowhere."""
        return self.burnt_at(name)[1]

    def burnt_at(self, name: str) -> tuple[str, str]:
        """Return the first chamber downstream of a component, and the port at which it enters; "" where none."""
        for stream in self.streams:
            if stream.source[0] == name and stream.fluid and not stream.returns:
                component, port = stream.target
                found = (component, port) if port in ("oxidizer", "fuel") else self.burnt_at(component)
                if found[1]:
                    return found
        return "", ""

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Component names along the flow."""
        return tuple(nx.lexicographical_topological_sort(self.graph))

    @cached_property
    def parameter_values(self) -> dict[str, float]:
        """Nominal parameters in SI, by `component.parameter`."""
        return {f"{c.name}.{p}": v for c in self.components.values() for p, v in c.parameters.items()}

    @cached_property
    def tolerances(self) -> dict[str, float]:
        """Relative standard deviations, by `component.parameter`."""
        return {f"{c.name}.{p}": v for c in self.components.values() for p, v in c.tolerances.items()}

    @cached_property
    def wandering(self) -> dict[str, float]:
        """Parameters that change slowly during a test, by `component.parameter`, with the relative amplitude."""
        return {f"{c.name}.{p}": v for c in self.components.values() for p, v in c.wandering.items()}

    @cached_property
    def faults(self) -> dict[str, Fault]:
        """Faults that the components can have as they are described, by `component.mode`."""
        return {
            f"{c.name}.{f.name}": f
            for c in self.components.values()
            for f in c.kind.faults
            if not f.needs or f.needs in c.parameters
        }

    @cached_property
    def input_defaults(self) -> dict[str, float]:
        """Neutral values of recorded commands and positions, by `component.input`."""
        return {f"{c.name}.{i.name}": i.default for c in self.components.values() for i in c.kind.inputs}

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Names of the integrated quantities, `component.state`."""
        return tuple(f"{c.name}.{s.name}" for c in self.components.values() for s in c.kind.states)

    @cached_property
    def measurable(self) -> dict[str, str]:
        """SI unit of each quantity that sensors may measure, by name.

        A stream of matter is given a temperature here; it has one only where its state knows it.
        """
        found: dict[str, str] = {}
        for name, placed in self.components.items():
            found |= {f"{name}.{output}": unit for output, unit in placed.kind.outputs}
            for stream in self._streams_at[name]:
                kinds = measurable_in(stream.medium)
                found |= {f"{self._place(stream, name)}.{kind}": KINDS[kind] for kind in kinds}
        return found

    @cached_property
    def at_tank_pressure(self) -> dict[str, str]:
        """Pressures that stand at tank pressure while all valves are shut, with the tank's own: by output name."""
        found: dict[str, str] = {}
        for name in self.order:
            kind = self.components[name].kind
            if kind.ports[0].direction == "out":
                source = f"{name}.pressure"
                found[source] = source
            elif f"{name}.inlet.pressure" in found:
                source = found[f"{name}.inlet.pressure"]
            else:
                continue
            if kind.holds_back:
                continue
            for stream in self.streams:
                if stream.source[0] == name and stream.fluid:
                    for component, port in (stream.source, stream.target):
                        found[f"{component}.{port}.pressure"] = source
        return found

    @cached_property
    def unknowns(self) -> tuple[str, ...]:
        """Names of the unknowns: those of each stream, and those that components have of their own."""
        return tuple(self.unknown_kinds)

    @cached_property
    def unknown_kinds(self) -> dict[str, str]:
        """What each unknown is (one of `KINDS`), by name."""
        found = {name: kind for s in self.streams for name, kind in s.unknowns().items()}
        found |= {f"{s.name}.energy": "enthalpy" for s in self._returns}
        return found | {f"{c.name}.{v.name}": v.kind for c in self.components.values() for v in c.variables}

    @cached_property
    def scales(self) -> dict[str, float]:
        """Value that counts as one, by kind of unknown, SI."""
        pressure, flow = self.reference_pressure, self.reference_flow
        speeds = [v for n, v in self.parameter_values.items() if n.endswith("design_speed")]
        speed, power = max(speeds, default=1000.0), pressure * flow / 500.0
        scales = dict.fromkeys(KINDS, 1.0) | {"pressure": pressure, "flow": flow, "speed": speed}
        return scales | {
            "torque": power / speed,
            "temperature": 1000.0,
            "heat_flow": 20.0 * power,
            "enthalpy": 1e6,
            "voltage": 100.0,
            "current": power / 100.0,
        }

    @cached_property
    def reference_pressure(self) -> float:
        """Pressure that scales residuals: the highest that a tank or a pump names, Pa."""
        names = ("set_pressure", "initial_pressure", "design_pressure_rise")
        return max((v for n, v in self.parameter_values.items() if n.endswith(names)), default=4e6)

    @cached_property
    def reference_flow(self) -> float:
        """Mass flow that scales residuals: the throat at half the reference pressure, kg/s."""
        areas = [v for n, v in self.parameter_values.items() if n.endswith("throat_area")]
        return max(areas, default=1e-4) * 0.5 * self.reference_pressure / 1500.0

    @property
    def least_states(self) -> tuple[float, ...]:
        """Least value of each state, in the order of `states`."""
        return tuple(s.least for c in self.components.values() for s in c.kind.states)

    def initial_states(self, parameters: Mapping[str, float]) -> dict[str, float]:
        """Return the states before the test for `parameters` in SI."""
        values: dict[str, float] = {}
        for c in self.components.values():
            own = {p.name: parameters[f"{c.name}.{p.name}"] for p in c.declared}
            values |= {f"{c.name}.{k}": v for k, v in c.kind.initial(own, dict(c.options)).items()}
        return values

    def with_equations(self, variants: Mapping[str, type[Component]]) -> Network:
        """Return the same engine with other declarations for some component types."""
        components = {
            name: replace(c, kind=variants.get(c.kind.type_name, type(c.kind))())
            for name, c in self.components.items()
        }
        return replace(self, components=components)

    def evaluate(
        self,
        values: Mapping[str, Any],
        *,
        reference: Callable[[float, str], Any] = lambda value, unit: value,
        only: str | None = None,
        hand_on: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda stream, properties: properties,
    ) -> Evaluation:
        """Evaluate every declaration.

        Args:
            values: By name: parameters, faults, inputs, states, unknowns, and `ambient_pressure`.
            reference: Makes a constant of a value in SI and its unit (used by the reading with quantities).
            only: Name of one component whose balances are wanted; the others still hand their properties on.
            hand_on: Given the name of a stream and its properties, returns those that are handed on in their place (the
                reading with symbols names them, the reading of the structure makes unknowns of them).
        """
        properties: dict[str, Any] = {}
        balances: list[tuple[str, Balance]] = []
        derivatives: dict[str, Any] = {}
        outputs: dict[str, Any] = {}
        for name in self.order:
            with _asking(name):
                placed = self.components[name]
                ends = {s.name: self._end(s, values, properties) for s in self._streams_at[name]}
                q = self._namespace(placed, values, ends, reference)
                outlets = [s for s in self._streams_at[name] if s.source[0] == name and s.fluid]
                carried = placed.kind.carried(q) if outlets else {}
                for stream in outlets:
                    carried_here = placed.kind.carried_at(stream.source[1], q, carried)
                    properties[stream.name] = hand_on(stream.name, carried_here)
                    ends[stream.name].properties.update(properties[stream.name])
                if only in (None, name):
                    balances += [(name, balance) for balance in placed.kind.equations(q)]
                derivatives |= {f"{name}.{k}": v for k, v in placed.kind.derivatives(q).items()}
                outputs |= {f"{name}.{k}": v for k, v in placed.kind.measured(q).items()}
                for stream in self._streams_at[name]:
                    outputs |= self._readings(stream, name, ends[stream.name])
        if only is None:
            balances += [(s.name, self._return_balance(s, values, properties)) for s in self._returns]
        return Evaluation(tuple(balances), derivatives, outputs, properties)

    @cached_property
    def _streams_at(self) -> dict[str, list[Stream]]:
        """Streams that enter or leave each component, in the order of its ports."""
        found: dict[str, list[Stream]] = {}
        for name, placed in self.components.items():
            ends = [(name, p.name) for p in placed.kind.ports]
            found[name] = [s for end in ends for s in self.streams if end in (s.source, s.target)]
        return found

    def _end(
        self, stream: Stream, values: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> SimpleNamespace:
        """Gather what a component sees of a stream."""
        unknowns = {kind: values[name] for name, kind in stream.unknowns().items()}
        handed = properties.get(stream.name, {})
        if stream.returns and not handed:
            joined = self._joined(stream, properties)
            state = joined["state"].heated(values[f"{stream.name}.energy"])
            handed = {**joined, "state": state}
        return SimpleNamespace(**unknowns, properties=_Handed(handed))

    def _joined(self, stream: Stream, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Properties of the stream that a return joins."""
        joined: Mapping[str, Any] = next(
            properties[s.name] for s in self.streams if s.target == stream.target and not s.returns
        )
        return joined

    def _return_balance(
        self, stream: Stream, values: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Balance:
        """State what a return brings beyond the stream that it joins: what machines gave to the one and the other."""
        arriving = values[f"{stream.name}.energy"]
        given, before = (
            handed["state"].added_energy if handed["state"].added_energy is not None else 0.0 * arriving
            for handed in (properties[stream.name], self._joined(stream, properties))
        )
        return Balance("what returns", arriving, given - before, "enthalpy")

    def _readings(self, stream: Stream, component: str, end: SimpleNamespace) -> dict[str, Any]:
        """What sensors can measure at one end of a stream, by name."""
        place = self._place(stream, component)
        found = {f"{place}.{kind}": getattr(end, kind) for kind in MEDIA[stream.medium]}
        state = end.properties.get("state")
        if state is not None and state.has_temperature:
            found[f"{place}.temperature"] = state.temperature(end.pressure)
        return found

    def _place(self, stream: Stream, component: str) -> str:
        """Name of one end of a stream, as sensors name it."""
        own, other = (
            (stream.source, stream.target)
            if stream.source[0] == component
            else (stream.target, stream.source)
        )
        shared = self.components[component].port(own[1]).many
        return f"{component}.{own[1]}.{other[0]}" if shared else f"{component}.{own[1]}"

    def _namespace(
        self,
        placed: PlacedComponent,
        values: Mapping[str, Any],
        ends: Mapping[str, SimpleNamespace],
        reference: Callable[[float, str], Any],
    ) -> SimpleNamespace:
        """Gather what a component's equations may name."""
        kind, name = placed.kind, placed.name
        names = [p.name for p in kind.parameters] + [f.name for f in kind.faults]
        names += (
            [i.name for i in kind.inputs] + [s.name for s in kind.states] + [v.name for v in kind.variables]
        )
        own = {n: values.get(f"{name}.{n}") for n in names}

        def at(port: Port) -> Any:
            met = [ends[s.name] for s in self._streams_at[name] if (name, port.name) in (s.source, s.target)]
            return tuple(met) if port.many else next(iter(met), None)

        return SimpleNamespace(
            **own,
            **{port.name: at(port) for port in kind.ports},
            ambient_pressure=values["ambient_pressure"],
            reference_flow=reference(self.reference_flow, "kg/s"),
            molar_gas_constant=reference(_MOLAR_GAS_CONSTANT, "J/(kmol K)"),
            reference_torque=reference(self.scales["torque"], "N m"),
            table=placed.table,
            fluid=placed.fluid,
            words=placed.options,
        )
