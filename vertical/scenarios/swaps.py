"""Engines in which one law of the hardware was exchanged for another: the swaps of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hotfire.engine import Engine
from hotfire.physics.components import COMPONENTS
from hotfire.physics.errors import HotfireError
from hotfire.physics.network import Network
from hotfire.physics.placing import PlacedComponent
from hotfire.scenarios.controllers import controlled, throttle_of
from hotfire.stand_sensors import mainstage

__all__ = ["described_for", "swap_targets", "swapped"]

_ULLAGE = 0.6
"""Ullage of a blow-down tank over its load, by volume, where one stands for a regulated tank."""
_EXPONENT = 1.2
_SATURATED_DENSITY = 800.0
"""kg/m^3, of the liquid in a regulated tank that stands for a saturated one."""
_CONTROL = "control"
_TANKS = ("blowdown_tank", "regulated_tank", "saturated_tank")
_RECOVERY = 0.85
_CAVITATES = 1.0 / (1.0 - 1.2 * (1.0 - _RECOVERY))
"""Inlet over outlet pressure of a venturi whose throat would lose a fifth more than there is."""


def swapped(engine: Engine, swaps: Sequence[str]) -> Engine:
    """Return an engine in which a law was exchanged for another.

    Args:
        engine: As described.
        swaps: `fuel_tank` or `oxidizer_tank`: regulated for blow-down or back, saturated for regulated;
            `fuel_venturi` or `oxidizer_venturi`: a venturi stands in place of a line of that side;
            `fuel_choked` or `oxidizer_choked`: one that cavitates, at the same flow by a tank of higher pressure;
            `fuel_control` or `oxidizer_control`: a controller of the pressure before the injector, sign reversed.
    """
    network = engine.network
    before = mainstage(network)
    components = dict(network.components)
    for name, law in swap_targets(network, swaps).items():
        if law != _CONTROL:
            components[name] = _EXCHANGES[law](components[name], network, before)
    changed = replace(engine, network=replace(network, components=components))
    return _with_controllers(changed, swaps, reversed_sign=True)


def described_for(engine: Engine, swaps: Sequence[str]) -> Engine:
    """Return what the file says where the swaps are not told: an engine whose controllers have the right sign."""
    return _with_controllers(engine, swaps, reversed_sign=False)


def _with_controllers(engine: Engine, swaps: Sequence[str], *, reversed_sign: bool) -> Engine:
    for swap in swaps:
        side, what = swap.rsplit("_", 1)
        if what == _CONTROL and throttle_of(engine.network, side):
            engine = controlled(engine, side, reversed_sign=reversed_sign)
    return engine


def swap_targets(network: Network, swaps: Sequence[str]) -> dict[str, str]:
    """Return which law swaps would exchange, by component; empty where nothing fits."""
    found: dict[str, str] = {}
    for swap in swaps:
        side, what = swap.rsplit("_", 1)
        feeding = [n for n in network.order if network.burnt_at(n) == (network.burner, side)]
        lines = [n for n in feeding if network.components[n].kind.type_name == "line"][:1]
        if what == "tank":
            found |= {n: what for n in feeding if _has_another_law(network.components[n])}
        elif what == "venturi":
            found |= dict.fromkeys(lines, what)
        elif what == "choked":
            tanks = [n for n in feeding if _can_be_raised(network, n)]
            found |= dict.fromkeys(lines, what) | dict.fromkeys(tanks, "raised") if lines and tanks else {}
        elif what == _CONTROL:
            throttle = throttle_of(network, side)
            found |= {throttle: what} if throttle else {}
        else:
            raise HotfireError(
                f"there is no swap {swap!r}",
                where="the protocol's swaps",
                remedy="use fuel_ or oxidizer_ with tank, venturi, choked or control",
            )
    return found


def _can_be_raised(network: Network, name: str) -> bool:
    """Whether a part is a tank that alone feeds its side, and whose venturi would cavitate as long as the engine runs.

    Not so where a liquid boils as its pressure falls, and where a tank blows down while the other side keeps the
    chamber's pressure up.
    """
    pumps = {network.side_of(n) for n, c in network.components.items() if c.kind.type_name == "pump"}
    tanks = [n for n, c in network.components.items() if c.kind.type_name in _TANKS and network.side_of(n)]
    kind = network.components[name].kind.type_name
    lasts = kind == "regulated_tank" or (kind == "blowdown_tank" and len(tanks) == 1)
    return lasts and network.side_of(name) not in pumps


def _has_another_law(placed: PlacedComponent) -> bool:
    """Whether a tank can be exchanged: a regulated one of a real fluid cannot."""
    kind = placed.kind.type_name
    return kind in ("blowdown_tank", "saturated_tank") or (
        kind == "regulated_tank" and "density" in placed.parameters
    )


def _other_tank(placed: PlacedComponent, _: Network, before: Mapping[str, float]) -> PlacedComponent:
    """Return a tank of another law that starts at the same pressure."""
    own = placed.parameters
    pressure = before[f"{placed.name}.pressure"]
    if placed.kind.type_name == "regulated_tank":
        volume = (1.0 + _ULLAGE) * own["propellant_mass"] / own["density"]
        given = {
            "initial_pressure": pressure,
            "volume": volume,
            "exponent": _EXPONENT,
            "density": own["density"],
        }
        return _exchanged(placed, "blowdown_tank", given)
    density = own.get("density", _SATURATED_DENSITY)
    return _exchanged(placed, "regulated_tank", {"set_pressure": pressure, "density": density})


def _venturi(placed: PlacedComponent, _: Network, before: Mapping[str, float]) -> PlacedComponent:
    """Return a venturi that would let the same flow pass if its throat cavitated.

    Where the line loses less than its recovery does not win back, it does not: then it is a line of smaller area.
    """
    inlet, outlet = (before[f"{placed.name}.{end}.pressure"] for end in ("inlet", "outlet"))
    area = placed.parameters["effective_area"] * ((inlet - outlet) / inlet) ** 0.5
    return _exchanged(placed, "venturi", {"effective_area": area})


def _choked(placed: PlacedComponent, _: Network, before: Mapping[str, float]) -> PlacedComponent:
    """Return a venturi whose throat cavitates at the same flow and outlet pressure: the inlet's must be higher."""
    inlet, outlet = (before[f"{placed.name}.{end}.pressure"] for end in ("inlet", "outlet"))
    area = placed.parameters["effective_area"] * ((inlet - outlet) / (outlet * _CAVITATES)) ** 0.5
    return _exchanged(placed, "venturi", {"effective_area": area, "recovery": _RECOVERY})


def _raised(placed: PlacedComponent, network: Network, before: Mapping[str, float]) -> PlacedComponent:
    """Return a tank whose pressure makes up for what the cavitating venturi of its side takes."""
    side = network.side_of(placed.name)
    line = next(n for n in swap_targets(network, [f"{side}_choked"]) if n != placed.name)
    inlet, outlet = (before[f"{line}.{end}.pressure"] for end in ("inlet", "outlet"))
    key = "set_pressure" if placed.kind.type_name == "regulated_tank" else "initial_pressure"
    more = placed.parameters[key] + outlet * _CAVITATES - inlet
    return replace(placed, parameters={**placed.parameters, key: more})


def _exchanged(placed: PlacedComponent, type_name: str, given: Mapping[str, float]) -> PlacedComponent:
    """Return a component of another type: parameters as given, else as they were, else by default."""
    kind = COMPONENTS[type_name]
    parameters, tolerances = {}, {}
    for parameter in kind.parameters:
        value = given.get(parameter.name, placed.parameters.get(parameter.name, parameter.default))
        if value is None:
            continue
        parameters[parameter.name] = value
        tolerances[parameter.name] = placed.tolerances.get(parameter.name, parameter.tolerance)
    options = {o: placed.options.get(o, "") for o in kind.options}
    return PlacedComponent(
        placed.name, kind(), parameters, tolerances, options, placed.table, placed.fluid, placed.wanders
    )


_EXCHANGES: dict[str, Callable[[PlacedComponent, Network, Mapping[str, float]], PlacedComponent]] = {
    "tank": _other_tank,
    "venturi": _venturi,
    "choked": _choked,
    "raised": _raised,
}
"""How a component is exchanged, given the network and its mainstage."""
