"""Engines that differ from a described one in size, propellants, operating point or sensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.physics.network import Network
from hotfire.stand_sensors import mainstage

__all__ = ["resized", "throttled", "with_propellants", "without_sensors"]

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
    before = mainstage(network)
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
        reached = mainstage(network)[f"{network.burner}.pressure"]
        placed = network.components[nozzle]
        area = placed.parameters["throat_area"] * (reached / pressure) ** 1.5
        changed = replace(placed, parameters={**placed.parameters, "throat_area": area})
        network = replace(network, components={**network.components, nozzle: changed})
        if abs(reached / pressure - 1.0) < 1e-3:
            break
    return network


def without_sensors(engine: Engine, share: float, random: np.random.Generator) -> Engine:
    """Return an engine that lacks a share of its sensors, at least two being left."""
    names = list(engine.sensors)
    kept = max(2, round((1.0 - share) * len(names)))
    chosen = set(random.permutation(names)[:kept])
    return replace(engine, sensors={n: s for n, s in engine.sensors.items() if n in chosen})
