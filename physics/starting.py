"""Where the search for a steady state begins: a rough picture of pressures, flows and speeds.

Pressures fall evenly along each path, from the tank or pump that feeds it to the nozzle that ends it; machines
turn at their design speed. Newton's method only needs the right order of things from here.
"""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx

from hotfire.physics.network import Network
from hotfire.physics.placing import Stream

__all__ = ["resting_point", "starting_point"]

_WALL_TEMPERATURE = 600.0
_REST_TEMPERATURE = 290.0
_COOLANT_TEMPERATURE = 250.0
_EXHAUST = 3.0
"""Pressure ahead of an exhaust, over the surroundings."""


def starting_point(network: Network, chamber: float) -> dict[str, float]:
    """Guess every unknown, SI.

    Args:
        network: The engine.
        chamber: Pressure ahead of the nozzle, as a share of what feeds it.
    """
    fluid = {s.name: s for s in network.streams if s.fluid}
    feed, since = _upstream(network, fluid)
    sink, until = _downstream(network, fluid, feed, chamber)
    flows = _flows(network, fluid)
    guess: dict[str, float] = {n: 0.0 for n, kind in network.unknown_kinds.items() if kind == "enthalpy"}
    for name in fluid:
        share = until[name] / max(since[name] + until[name], 1)
        guess[f"{name}.pressure"] = sink[name] + (feed[name] - sink[name]) * share
        guess[f"{name}.flow"] = flows.get(name, 0.5 * network.reference_flow)
    for stream in network.streams:
        if not stream.fluid:
            guess |= _other(network, stream)
    return guess | _own(network, _COOLANT_TEMPERATURE)


def _own(network: Network, temperature: float, *, resting: bool = False) -> dict[str, float]:
    """Unknowns that components have of their own; enthalpies are those of warm gas."""
    found: dict[str, float] = {}
    for name, component in network.components.items():
        for variable in component.variables:
            start = variable.start
            if resting and variable.rest is not None and _behind_a_valve(network, name):
                start = variable.rest
            if variable.kind == "enthalpy":
                tables = [network.components[a].fluid for a in nx.ancestors(network.graph, name)]
                table = next((t.table for t in tables if t is not None), None)
                lowest = 1.01 * table.pressures[0] if table is not None else 0.0
                pressure = max(network.ambient_pressure, lowest)
                start = start if table is None else table.enthalpy(temperature, pressure)
            found[f"{name}.{variable.name}"] = start
    return found


def _behind_a_valve(network: Network, name: str) -> bool:
    """Whether what a component waits for is kept from it: matter by a valve upstream, a signal by its command."""
    upstream = nx.ancestors(network.graph, name)
    if not upstream:
        return True
    return any(i.name == "position" for a in upstream for i in network.components[a].kind.inputs)


def resting_point(network: Network) -> dict[str, float]:
    """Guess every unknown of the engine before its valves open, SI: nothing flows or turns.

    Tank pressure stands as far as the place that keeps the flow from starting: a line with inertia, or else the
    first valve. Beyond stands the pressure of the surroundings.
    """
    held = [name for name, c in network.components.items() if "length" in c.parameters]
    found: dict[str, float] = {}
    for name, kind in network.unknown_kinds.items():
        found[name] = _REST_TEMPERATURE if kind == "temperature" else 0.0
    for stream in filter(lambda s: s.fluid, network.streams):
        found[f"{stream.name}.pressure"] = network.ambient_pressure
    for stream in filter(lambda s: s.fluid, reversed(_along(network))):
        face = network.components[stream.target[0]].parameters.get("face_pressure")
        after = [s for s in network.streams if s.fluid and s.source[0] == stream.target[0]]
        if face is not None:
            found[f"{stream.name}.pressure"] = face * network.ambient_pressure
        elif len(after) > 0 and stream.target[0] not in held:
            found[f"{stream.name}.pressure"] = found[f"{after[0].name}.pressure"]
    stopped = held or [
        n for n, c in network.components.items() if any(i.name == "position" for i in c.kind.inputs)
    ]
    for stream in _along(network):
        source = stream.source[0]
        before = [s for s in network.streams if s.fluid and s.target[0] == source and not s.returns]
        if not before:
            found[f"{stream.name}.pressure"] = _tank_pressure(network, source)
        elif source not in stopped and len(before) == 1 and _reaches(network, source, stopped):
            found[f"{stream.name}.pressure"] = found[f"{before[0].name}.pressure"]
    return found | _own(network, _REST_TEMPERATURE, resting=True)


def _along(network: Network) -> list[Stream]:
    """Streams of matter, in the order of the flow."""
    place = {name: i for i, name in enumerate(network.order)}
    return sorted((s for s in network.streams if s.fluid), key=lambda s: place[s.source[0]])


def _reaches(network: Network, name: str, stops: list[str]) -> bool:
    """Whether what keeps the flow from starting is still ahead."""
    after = nx.descendants(network.graph, name)
    return any(stop in after for stop in stops)


def _other(network: Network, stream: Stream) -> dict[str, float]:
    """Guess what a stream without matter carries."""
    found = {name: 0.5 * network.scales[kind] for name, kind in stream.unknowns().items()}
    if stream.medium == "shaft":
        found[f"{stream.name}.speed"] = _design_speed(network, stream)
    elif stream.medium == "heat":
        found[f"{stream.name}.temperature"] = _WALL_TEMPERATURE
    return found


def _design_speed(network: Network, stream: Stream) -> float:
    """Speed that the file names for one of the two ends."""
    for component in (stream.target[0], stream.source[0]):
        speed = network.components[component].parameters.get("design_speed")
        if speed is not None:
            return speed
    return 0.5 * network.scales["speed"]


def _upstream(network: Network, fluid: Mapping[str, Stream]) -> tuple[dict[str, float], dict[str, int]]:
    """Pressure that feeds each stream if nothing were lost, and how many components lie between."""
    feed: dict[str, float] = {}
    since: dict[str, int] = {}
    for name in network.order:
        placed = network.components[name]
        entering = [s for s in fluid if fluid[s].target[0] == name and not fluid[s].returns]
        pressure = min((feed[s] for s in entering), default=_tank_pressure(network, name))
        steps = max((since[s] for s in entering), default=-1) + 1
        rise = placed.parameters.get("design_pressure_rise")
        if rise is not None:
            pressure, steps = pressure + rise, 0
        for stream in fluid.values():
            if stream.source[0] == name:
                feed[stream.name], since[stream.name] = pressure, steps
    return feed, since


def _tank_pressure(network: Network, name: str) -> float:
    given = network.components[name].parameters
    found = [given[p] for p in ("set_pressure", "initial_pressure") if p in given]
    return found[0] if found else network.reference_pressure


def _downstream(
    network: Network, fluid: Mapping[str, Stream], feed: Mapping[str, float], chamber: float
) -> tuple[dict[str, float], dict[str, int]]:
    """Pressure to which each stream falls, and how many components lie between."""
    back = [s for s in fluid if fluid[s].returns]
    sink = {s: min(feed[a] for a in fluid if fluid[a].source[0] == fluid[s].target[0]) for s in back}
    until = dict.fromkeys(back, 0)
    for name in reversed(network.order):
        placed = network.components[name]
        leaving = [s for s in fluid if fluid[s].source[0] == name]
        pump = "design_pressure_rise" in placed.parameters
        for stream in fluid.values():
            if stream.target[0] != name:
                continue
            if pump:
                sink[stream.name], until[stream.name] = 0.9 * feed[stream.name], 1
            elif leaving:
                sink[stream.name] = max(sink[s] for s in leaving)
                until[stream.name] = max(until[s] for s in leaving) + 1
            elif "throat_area" in placed.parameters:
                sink[stream.name], until[stream.name] = chamber * feed[stream.name], 0
            elif "velocity_coefficient" in placed.parameters:
                sink[stream.name], until[stream.name] = _EXHAUST * network.ambient_pressure, 1
            else:
                sink[stream.name], until[stream.name] = feed[stream.name], 1
    return sink, until


def _flows(network: Network, fluid: Mapping[str, Stream]) -> dict[str, float]:
    """Flows near a pump, from its design point."""
    flows: dict[str, float] = {}
    for stream in fluid.values():
        for component in (stream.source[0], stream.target[0]):
            flow = network.components[component].parameters.get("design_flow")
            if flow is not None:
                flows[stream.name] = flow
    return flows
