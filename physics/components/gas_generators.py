"""Gas generators and preburners: small chambers that burn far off the best mixture ratio to drive turbines.

Temperature and gas properties are those of equilibrium, times a factor on the temperature: fuel-rich kerosene and
other reactions that stop early leave a colder gas than equilibrium says (NASA SP-8081).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import SHARE
from hotfire.physics.components.burnt_gas import burnt_gas
from hotfire.physics.components.combustors import OXIDIZER_SHARE, composition, mixture_ratio
from hotfire.physics.declaration import (
    Balance,
    Component,
    Fault,
    Input,
    Parameter,
    Port,
    flow_balance,
    pressure_balance,
)
from hotfire.physics.states import HotGas, entering_energy

__all__ = ["GasGenerator"]


class GasGenerator(Component):
    """Gas generator or preburner, fuel-rich or oxidizer-rich."""

    type_name = "gas_generator"
    ports = (
        Port("oxidizer", "in", "liquid"),
        Port("fuel", "in", "liquid"),
        Port("outlet", "out", "gas"),
    )
    parameters = (
        Parameter("temperature_factor", "", "gas temperature over that of equilibrium", 1.0, tolerance=0.02),
        Parameter("cold_temperature", "K", "temperature of the propellants' vapour unburnt", 280.0),
        Parameter("cold_gas_constant", "J/(kg K)", "gas constant of that vapour, spray included", 60.0),
        Parameter("volume", "m^3", "volume of chamber and ducts, for its filling", optional=True),
        Parameter(
            "roughness",
            "",
            "pressure oscillation in sound running, rms over mean",
            0.015,
            tolerance=0.5,
            bounds=SHARE,
        ),
    )
    inputs = (Input("ignition", "1 once lit"),)
    variables = (OXIDIZER_SHARE,)
    options = ("oxidizer", "fuel")
    outputs = (("pressure", "Pa"), ("mixture_ratio", ""), ("temperature", "K"), ("roughness", ""))
    faults = (
        Fault(
            "incomplete_combustion",
            "burns incompletely, so its gas is too cold",
            0.02,
            0.6,
            2e-3,
            "injector_blockage",
            size_text="share of the temperature lost",
        ),
        Fault(
            "unstable_combustion",
            "burns unstably",
            0.05,
            0.9,
            2e-3,
            "combustion_instability",
            size_text="rms of the oscillation over mean pressure",
            weighed=False,
        ),
        Fault("flame_out", "is not alight", 0.95, 1.0, 1e-3, "igniter_failure", size_text="share unburnt"),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one pressure at all ports, and continuity."""
        yield pressure_balance("oxidizer enters at chamber pressure", q.oxidizer.pressure, q.outlet.pressure)
        yield pressure_balance("fuel enters at chamber pressure", q.fuel.pressure, q.outlet.pressure)
        held = None if q.volume is None else self._state(q).density(q.outlet.pressure) * q.volume
        yield flow_balance("continuity", q.outlet.flow, q.oxidizer.flow + q.fuel.flow, stored=held)
        yield composition(q, held)

    def _state(self, q: Any) -> HotGas:
        ratio = mixture_ratio(q)
        energy = entering_energy((q.oxidizer, q.fuel), q.reference_flow)
        flame, molar_mass, capacity = burnt_gas(q.table, ratio, q.outlet.pressure, energy)
        lit = q.ignition * q.oxidizer.properties["supply"] * q.fuel.properties["supply"] * (1.0 - q.flame_out)
        burnt = q.temperature_factor * (1.0 - q.incomplete_combustion) * flame
        return HotGas(
            oxidizer_share=ratio / (1.0 + ratio),
            added_energy=energy,
            total_temperature=lit * burnt + (1.0 - lit) * q.cold_temperature,
            gas_constant=lit * q.molar_gas_constant / molar_mass + (1.0 - lit) * q.cold_gas_constant,
            heat_capacity=capacity,
        )

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the gas."""
        return {"state": self._state(q), "supply": 1.0}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, mixture ratio, gas temperature and roughness."""
        return {
            "pressure": q.outlet.pressure,
            "mixture_ratio": mixture_ratio(q),
            "temperature": self._state(q).total_temperature,
            "roughness": q.roughness + q.unstable_combustion,
        }
