"""Engines that differ from a described one: in size, propellants, operating point, or in one law of their hardware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.physics.components import COMPONENTS
from hotfire.physics.network import Network, PlacedComponent

__all__ = ["resized", "swap_targets", "swapped", "throttled", "with_propellants", "without_sensors"]

_BY_SIZE = {
    "m": 0.5,
    "m^2": 1.0,
    "m^3": 1.0,
    "kg": 1.0,
    "kg/s": 1.0,
    "rad/s": -0.5,
    "N m": 1.5,
    "kg m^2": 2.0,
    "A s": 1.0,
    "ohm": -1.0,
    "N m/A": 0.5,
    "W/K": 1.0,
    "J/K": 1.0,
}
"""Powers of the flow with which parameters grow at equal pressures and speeds of flow, by unit: areas with the flow, so
lengths with its root, shaft speeds against it; loads and volumes so that the burn lasts as long."""
_ULLAGE = 0.6
"""Ullage of a blow-down tank over its load, by volume, where one stands for a regulated tank."""
_EXPONENT = 1.2
_SATURATED_DENSITY = 800.0
"""kg/m^3, of the liquid in a regulated tank that stands for a saturated one."""


def resized(engine: Engine, factor: float) -> Engine:
    """Return an engine of `factor` times the flow at the same pressures."""
    components = {}
    for name, placed in engine.network.components.items():
        growth = {p.name: factor ** _BY_SIZE.get(p.unit, 0.0) for p in placed.declared}
        parameters = {p: v * growth[p] for p, v in placed.parameters.items()}
        components[name] = replace(placed, parameters=parameters)
    sensors = {
        n: replace(
            s,
            span=s.span * k,
            zero_tolerance=s.zero_tolerance * k,
            noise=None if s.noise is None else s.noise * k,
            resolution=None if s.resolution is None else s.resolution * k,
        )
        for n, s in engine.sensors.items()
        for k in (_reading_growth(s.kind, factor),)
    }
    return replace(
        engine,
        name=f"{engine.name} x {factor:g}",
        network=replace(engine.network, components=components),
        sensors=sensors,
    )


def _reading_growth(kind: str, factor: float) -> float:
    powers = {"force": 1.0, "mass_flow": 1.0, "mass": 1.0, "rotation": -0.5, "current": 1.0, "torque": 1.5}
    return float(factor ** powers.get(kind, 0.0))


def throttled(engine: Engine, share: float) -> Engine:
    """Return an engine at part load: tanks or turbines of lower pressure, motors of lower voltage.

    Args:
        engine: At full load.
        share: Of the tanks' pressure above ambient where tanks feed the chamber; of the flow area of the valves that
            feed gas generators, or of the supply voltage, where pumps do.
    """
    network = engine.network
    kinds = {c.kind.type_name for c in network.components.values()}
    components = dict(network.components)
    for name, placed in network.components.items():
        changed = dict(placed.parameters)
        if "pump" not in kinds:
            for key in ("set_pressure", "initial_pressure"):
                if key in changed:
                    changed[key] = network.ambient_pressure + share * (
                        changed[key] - network.ambient_pressure
                    )
            if placed.kind.type_name == "saturated_tank":
                changed["initial_temperature"] -= 30.0 * (1.0 - share)
        elif placed.kind.type_name == "battery":
            changed["open_circuit_voltage"] *= share**0.5
        elif placed.kind.type_name == "valve" and _feeds_turbine(network, name):
            changed["effective_area"] *= share
        elif placed.kind.type_name == "regulated_tank" and _feeds_turbine(network, name):
            changed["set_pressure"] *= share
        components[name] = replace(placed, parameters=changed)
    return replace(
        engine, name=f"{engine.name} at {share:g}", network=replace(network, components=components)
    )


def _feeds_turbine(network: Network, name: str) -> bool:
    """Whether a part feeds only a chamber beside the main one."""
    return network.burnt_at(name)[0] not in ("", network.burner)


def with_propellants(engine: Engine, pair: Mapping[str, Any]) -> Engine:
    """Return an engine of the same pressures and total flow for other propellants.

    Flow areas follow from the new densities and mixture ratio, the throat from the chamber pressure that was.

    Args:
        engine: Fed by tanks of a liquid of constant density on both sides.
        pair: `oxidizer` and `fuel` with `name` and `density` in kg/m^3, and `mixture_ratio`.
    """
    from hotfire.physics.thermochemistry import combustion_table

    network = engine.network
    before = _mainstage(network)
    burner = network.burner
    flows = {side: before[f"{burner}.{side}.flow"] for side in ("oxidizer", "fuel")}
    total, ratio = sum(flows.values()), float(pair["mixture_ratio"])
    wanted = {"oxidizer": total * ratio / (1.0 + ratio), "fuel": total / (1.0 + ratio)}
    names = {side: str(pair[side]["name"]) for side in wanted}
    tanks = {network.side_of(n): c for n, c in network.components.items() if "density" in c.parameters}
    growth = {
        side: wanted[side]
        / flows[side]
        * (tanks[side].parameters["density"] / float(pair[side]["density"])) ** 0.5
        for side in wanted
    }
    components = {}
    for name, placed in network.components.items():
        side = network.side_of(name)
        changed = dict(placed.parameters)
        if side in growth and "effective_area" in changed:
            changed["effective_area"] *= growth[side]
        if side in growth and "density" in changed:
            changed["propellant_mass"] *= wanted[side] / flows[side]
            changed["density"] = float(pair[side]["density"])
        components[name] = replace(placed, parameters=changed)
    table = combustion_table(names["oxidizer"], names["fuel"])
    components[burner] = replace(
        components[burner], table=table, options={**components[burner].options, **names}
    )
    other = _with_throat(replace(network, components=components), before[f"{burner}.pressure"])
    return replace(
        engine,
        name=f"{engine.name} with {names['oxidizer']}/{names['fuel']}",
        network=other,
        propellants=names,
    )


def _with_throat(network: Network, pressure: float) -> Network:
    """Return the network with the throat that gives a chamber pressure in Pa."""
    nozzle = next(n for n, c in network.components.items() if c.kind.type_name == "nozzle")
    for _ in range(8):
        reached = _mainstage(network)[f"{network.burner}.pressure"]
        placed = network.components[nozzle]
        area = placed.parameters["throat_area"] * (reached / pressure) ** 1.5
        changed = replace(placed, parameters={**placed.parameters, "throat_area": area})
        network = replace(network, components={**network.components, nozzle: changed})
        if abs(reached / pressure - 1.0) < 1e-3:
            break
    return network


def swapped(engine: Engine, swaps: Sequence[str]) -> Engine:
    """Return an engine in which a law was exchanged for another.

    Args:
        engine: As described.
        swaps: `fuel_tank` or `oxidizer_tank`: regulated for blow-down or back, saturated for regulated;
            `fuel_venturi` or `oxidizer_venturi`: a venturi stands in place of a line of that side.
    """
    network = engine.network
    before = _mainstage(network)
    components = dict(network.components)
    for name, law in swap_targets(network, swaps).items():
        other = _venturi if law == "venturi" else _other_tank
        components[name] = other(components[name], before)
    return replace(engine, network=replace(network, components=components))


def swap_targets(network: Network, swaps: Sequence[str]) -> dict[str, str]:
    """Return what swaps would exchange in a network: `tank` or `venturi` by component; empty where nothing fits."""
    found: dict[str, str] = {}
    for swap in swaps:
        side, what = swap.rsplit("_", 1)
        feeding = [n for n in network.order if network.burnt_at(n) == (network.burner, side)]
        if what == "tank":
            found |= {n: what for n in feeding if _has_another_law(network.components[n])}
        else:
            lines = [n for n in feeding if network.components[n].kind.type_name == "line"]
            found |= dict.fromkeys(lines[:1], what)
    return found


def _has_another_law(placed: PlacedComponent) -> bool:
    """Whether a tank can be exchanged: a regulated one of a real fluid cannot."""
    kind = placed.kind.type_name
    return kind in ("blowdown_tank", "saturated_tank") or (
        kind == "regulated_tank" and "density" in placed.parameters
    )


def _other_tank(placed: PlacedComponent, before: Mapping[str, float]) -> PlacedComponent:
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


def _venturi(placed: PlacedComponent, before: Mapping[str, float]) -> PlacedComponent:
    """Return a venturi that lets the same flow pass when its throat cavitates."""
    inlet, outlet = (before[f"{placed.name}.{end}.pressure"] for end in ("inlet", "outlet"))
    area = placed.parameters["effective_area"] * ((inlet - outlet) / inlet) ** 0.5
    return _exchanged(placed, "venturi", {"effective_area": area})


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
    return PlacedComponent(placed.name, kind(), parameters, tolerances, options, placed.table, placed.fluid)


def without_sensors(engine: Engine, share: float, random: np.random.Generator) -> Engine:
    """Return an engine that lacks a share of its sensors, at least two being left."""
    names = list(engine.sensors)
    kept = max(2, round((1.0 - share) * len(names)))
    chosen = set(random.permutation(names)[:kept])
    return replace(engine, sensors={n: s for n, s in engine.sensors.items() if n in chosen})


def _mainstage(network: Network) -> dict[str, float]:
    """Every measurable quantity of the nominal engine in mainstage, SI."""
    from hotfire.stand_sensors import mainstage

    return mainstage(network)
