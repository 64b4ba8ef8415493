"""The hopper as an `Engine`, and its plant: other equations, and a thermometer in the chamber."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.physics.components.combustors import Combustor
from hotfire.physics.network import Network
from hotfire.physics.ops import tabulated_several
from hotfire.physics.sensors import Sensor
from hotfire.plant import PLANT_EQUATIONS
from tum_hopper.definition import FOLDER, definition

__all__ = ["hopper_engine", "plant_network"]


class WatchedCombustor(Combustor):
    """Chamber whose temperature can be measured: that of the flame, less what the efficiency of c* takes."""

    outputs = (*Combustor.outputs, ("temperature", "K"))  # type: ignore[assignment]

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the outputs of a chamber, and its temperature."""
        found = super().measured(q)
        wanted = (("temperature", "K"),)
        (flame,) = tabulated_several(q.table, wanted, found["mixture_ratio"], q.outlet.pressure)
        return found | {"temperature": q.c_star_efficiency**2 * flame}


@cache
def hopper_engine(*, light: bool = False) -> Engine:
    """Return the engine as a diagnosis may know it: the model's equations, and the 16 sensors that can fail.

    Args:
        light: With liquids of constant density, whose equations are solved ten times faster, and without the
            temperatures of pipes, which such liquids do not have.
    """
    engine = load_engine(FOLDER / "hopper.yaml")
    thermometer = Sensor(
        name="chamber_temperature",
        measures="chamber.temperature",
        kind="temperature",
        span=4000.0,
        zero_tolerance=20.0,
        scale_tolerance=0.01,
        unit="K",
    )
    network = _with_constant_densities(engine.network) if light else engine.network
    sensors = {name: s for name, s in engine.sensors.items() if not (light and s.kind == "temperature")}
    return replace(
        engine,
        network=network.with_equations({"combustor": WatchedCombustor}),
        sensors={**sensors, thermometer.name: thermometer},
    )


@cache
def plant_network() -> Network:
    """Return the network that runs are made with: the plant's equations, and liquids of constant density.

    Temperatures are read afterwards at the pressures found, which is ten times faster than to follow the enthalpy
    of both liquids.
    """
    network = load_engine(FOLDER / "hopper.yaml").network
    return _with_constant_densities(network).with_equations(PLANT_EQUATIONS)


def _with_constant_densities(network: Network) -> Network:
    densities, components = definition()["plant"]["densities"], dict(network.components)
    for propellant in ("oxidizer", "fuel"):
        tank = components[f"{propellant}_tank"]
        known = {name: value for name, value in tank.parameters.items() if name != "temperature"}
        tolerances = {name: value for name, value in tank.tolerances.items() if name != "temperature"}
        components[tank.name] = replace(
            tank,
            parameters=known | {"density": float(densities[propellant])},
            tolerances=tolerances | {"density": 0.0},
            options={},
            fluid=None,
        )
    return replace(network, components=components)
