"""Engines that got a controller: a valve that holds the pressure before an injector, or that drives it off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hotfire.engine import Engine
from hotfire.physics.components import COMPONENTS
from hotfire.physics.network import Network
from hotfire.physics.placing import PlacedComponent, Stream
from hotfire.physics.sensors import Sensor
from hotfire.stand_sensors import mainstage

__all__ = ["controlled", "throttle_of"]

_TAKEN = 0.3
"""Pressure that the throttle takes beyond what it took, over that before it: it must have a say in the flow."""
_REST = 0.6
"""Opening of the throttle at the set point: it can go either way."""
_LOOP = 0.5
"""What the valve changes of the reading, over the deviation that it answers. Below one an engine settles with the sign
reversed as well: a deviation becomes 1 / (1 + 0.5) of what it would be without a controller, reversed 1 / (1 - 0.5)."""
_STEP = 0.02
_ZERO, _SCALE = 0.005, 0.01
"""Accuracy of the sensor of the position, as that of an engine file that names none."""


def throttle_of(network: Network, side: str) -> str:
    """Return the valve of a side that can be a throttle: free of commands, fed by a regulated tank; "" for none."""
    feeding = [n for n in network.order if network.burnt_at(n) == (network.burner, side)]
    kinds = [network.components[n].kind.type_name for n in feeding]
    valves = [n for n, kind in zip(feeding, kinds, strict=True) if kind == "valve"]
    taken = any(s.target == (v, "command") for s in network.streams for v in valves)
    alone = kinds.count("regulated_tank") == 1 and "pump" not in kinds and kinds.count("injector") == 1
    return valves[0] if alone and len(valves) == 1 and not taken else ""


def controlled(engine: Engine, side: str, *, reversed_sign: bool) -> Engine:
    """Return the engine with a proportional controller on the pressure before the injector of a side.

    The tank's pressure makes up for what the throttle takes, so that the sound engine runs as before. Its position is
    measured.

    Args:
        engine: With a `throttle_of` that side.
        side: `oxidizer` or `fuel`.
        reversed_sign: Whether the throttle opens where the pressure is too high.
    """
    network = engine.network
    valve = throttle_of(network, side)
    open_loop = _with_loop(_with_throttle(network, side, valve), side, valve, mainstage(network))
    controller, reading = f"{side}_controller", f"{_injector(network, side)}.inlet.pressure"
    more = _with_parameters(open_loop, controller, rest=_REST * (1.0 + _STEP))
    slope = (mainstage(more)[reading] / mainstage(open_loop)[reading] - 1.0) / (_REST * _STEP)
    closed = _with_parameters(open_loop, controller, gain=(-_LOOP if reversed_sign else _LOOP) / slope)
    actuator = f"{side}_actuator"
    position = Sensor(f"{actuator}_position", f"{actuator}.position", "", 1.0, _ZERO, _SCALE)
    return replace(engine, network=closed, sensors={**engine.sensors, position.name: position})


def _injector(network: Network, side: str) -> str:
    feeding = (n for n in network.order if network.burnt_at(n) == (network.burner, side))
    return next(n for n in feeding if network.components[n].kind.type_name == "injector")


def _with_throttle(network: Network, side: str, valve: str) -> Network:
    """Return the network with a valve that takes more pressure, and a tank that gives it."""
    before = mainstage(network)
    inlet, outlet = (before[f"{valve}.{end}.pressure"] for end in ("inlet", "outlet"))
    taken = _TAKEN * inlet
    tank = next(
        n
        for n, c in network.components.items()
        if c.kind.type_name == "regulated_tank" and network.burnt_at(n) == (network.burner, side)
    )
    area = network.components[valve].parameters["effective_area"]
    area *= ((inlet - outlet) / (inlet - outlet + taken)) ** 0.5 / _REST
    raised = network.components[tank].parameters["set_pressure"] + taken
    return _with_parameters(_with_parameters(network, valve, effective_area=area), tank, set_pressure=raised)


def _with_loop(network: Network, side: str, valve: str, before: Mapping[str, float]) -> Network:
    """Return the network with a gauge before the injector, a controller without gain, and an actuator."""
    injector = _injector(network, side)
    gauge, controller, actuator = (f"{side}_{what}" for what in ("gauge", "controller", "actuator"))
    placed = (
        _placed(gauge, "pressure_gauge", reference=before[f"{injector}.inlet.pressure"]),
        _placed(controller, "proportional_controller", gain=0.0, rest=_REST),
        _placed(actuator, "actuator", time_constant=0.1),
    )
    entering = next(s for s in network.streams if s.target == (injector, "inlet"))
    streams = (
        *(s for s in network.streams if s is not entering),
        replace(entering, target=(gauge, "inlet")),
        Stream((gauge, "outlet"), (injector, "inlet"), entering.medium),
        Stream((gauge, "signal"), (controller, "reading"), "signal"),
        Stream((controller, "command"), (actuator, "command"), "signal"),
        Stream((actuator, "position"), (valve, "command"), "signal"),
    )
    components = {**network.components, **{p.name: p for p in placed}}
    return replace(network, components=components, streams=streams)


def _placed(name: str, type_name: str, **parameters: float) -> PlacedComponent:
    kind = COMPONENTS[type_name]()
    tolerances = {p.name: p.tolerance for p in kind.parameters}
    return PlacedComponent(name, kind, parameters, tolerances, {})


def _with_parameters(network: Network, name: str, **changed: float) -> Network:
    placed = network.components[name]
    other = replace(placed, parameters={**placed.parameters, **changed})
    return replace(network, components={**network.components, name: other})
