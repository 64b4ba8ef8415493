"""Propellant tanks: regulated, blow-down, and self-pressurised by saturated nitrous oxide.

Every tank carries `departure`, a slowly varying factor on its pressure: a tank law is the least certain
relation of a pressure-fed engine, and the diagnosis estimates the departure instead of trusting the law.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hotfire.physics import fluids
from hotfire.physics.declaration import (
    Balance,
    Component,
    Fault,
    Input,
    Parameter,
    Port,
    State,
    pressure_balance,
)
from hotfire.physics.ops import maximum, minimum, per_second, smooth_step, tabulated
from hotfire.physics.states import Liquid

__all__ = ["BlowdownTank", "RegulatedTank", "SaturatedTank"]

_PORTS = (Port("outlet", "out", "liquid"),)
_DEPARTURE = Parameter("departure", "", "factor on the pressure that the tank law gives", 1.0, wander=0.04)
_DENSITY = Parameter("density", "kg/m^3", "liquid density", tolerance=0.01)
_MASS = Parameter("propellant_mass", "kg", "liquid loaded", tolerance=0.05)
_OUTPUTS = (("pressure", "Pa"), ("propellant_mass", "kg"), ("liquid", ""), ("supply", ""))
_GAS_CONSTANT = Parameter("gas_constant", "J/(kg K)", "specific gas constant of the pressurant", 296.8)
_GAS_TEMPERATURE = Parameter("gas_temperature", "K", "temperature of the ullage gas", 285.0)
_SPARE = Input(
    "spare_load", "liquid beyond the load, as a share of it, that the record shows must be there", 0.0
)
_EMPTY_WIDTH = 0.006
_AFTER_REGULATOR = 0.9
"""Most that a regulator passes on of its bottle's pressure."""
_GAS_DRAWN = 0.02
"""Density of the pressurant over that of the liquid, where the liquid's properties are tabulated."""


_LIGHT = Fault(
    "light_liquid",
    "delivers liquid that is less dense than intended (gas drawn in or dissolved, or warm)",
    0.02,
    0.6,
    2e-3,
    "gas_ingestion",
    size_text="share of the density missing",
)


def _supply(q: Any) -> Any:
    """Share of liquid in the outflow: 1, falling to 0 as the last hundredth of the load leaves."""
    return _while_liquid(q, q.mass)


def _while_liquid(q: Any, liquid: Any) -> Any:
    return smooth_step(liquid / q.propellant_mass + q.spare_load - 0.012, _EMPTY_WIDTH)


def _outflow(q: Any, pressure: Any) -> dict[str, Any]:
    """Properties of what leaves: liquid first, then ullage gas at the tank's pressure (ideal gas)."""
    supply = _supply(q)
    gas = maximum(pressure, q.ambient_pressure) / (q.gas_constant * q.gas_temperature)
    liquid = q.density * (1.0 - q.light_liquid)
    return {
        "state": Liquid(constant_density=supply * liquid + (1.0 - supply) * gas),
        "supply": supply,
        "vapour_pressure": 0.0 * pressure,
    }


class RegulatedTank(Component):
    """Tank held at the set pressure of its regulator."""

    type_name = "regulated_tank"
    ports = _PORTS
    parameters = (
        Parameter("set_pressure", "Pa", "regulated ullage pressure", tolerance=0.03),
        Parameter(
            "bottle_pressure", "Pa", "pressure of the pressurant bottle before the test", optional=True
        ),
        Parameter("bottle_volume", "m^3", "volume of the pressurant bottle", optional=True),
        replace(_DENSITY, optional=True),
        Parameter("temperature", "K", "temperature of the liquid, where a fluid is named", optional=True),
        _MASS,
        _DEPARTURE,
        _GAS_CONSTANT,
        _GAS_TEMPERATURE,
    )
    options = ("fluid",)
    states = (State("mass", "kg", "liquid in the tank"),)
    inputs = (_SPARE,)
    outputs = _OUTPUTS
    faults = (
        Fault(
            "regulator_low",
            "is regulated too low (droop, freezing, supply running out)",
            0.03,
            0.8,
            4e-3,
            "regulator_failure",
            grows=True,
            size_text="share of the set pressure missing",
        ),
        Fault(
            "regulator_high",
            "is regulated too high (creep)",
            0.03,
            0.6,
            3e-3,
            "regulator_failure",
            grows=True,
            size_text="pressure above the set pressure, as a share of it",
        ),
        Fault(
            "bottle_low",
            "is fed from a bottle that holds too little pressurant",
            0.05,
            0.9,
            2e-3,
            "pressurisation_blockage_or_collapse",
            size_text="share of the bottle's pressure missing",
            initial=True,
            needs="bottle_pressure",
        ),
        _LIGHT,
    )

    def _pressure(self, q: Any) -> Any:
        regulated = q.departure * q.set_pressure * (1.0 - q.regulator_low + q.regulator_high)
        if q.bottle_pressure is None:
            return regulated
        return minimum(regulated, _AFTER_REGULATOR * self._bottle_pressure(q))

    def _bottle_pressure(self, q: Any) -> Any:
        """Bottle less what fills the emptied part of the tank, all at one temperature: p V is conserved."""
        density = (
            q.density
            if q.fluid is None
            else q.fluid.state(q.temperature, q.set_pressure).density(q.set_pressure)
        )
        emptied = (q.propellant_mass - q.mass) / density
        return q.bottle_pressure * (1.0 - q.bottle_low) - q.set_pressure * emptied / q.bottle_volume

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the outlet pressure."""
        yield pressure_balance("regulated pressure", q.outlet.pressure, self._pressure(q))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return state and supply of the outflow."""
        if q.fluid is None:
            return _outflow(q, self._pressure(q))
        supply = _supply(q)
        thinning = supply + _GAS_DRAWN * (1.0 - supply)
        return {
            "state": q.fluid.state(q.temperature, q.outlet.pressure, thinning * (1.0 - q.light_liquid)),
            "supply": supply,
            "vapour_pressure": q.fluid.vapour_pressure(q.temperature),
        }

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the loss of liquid."""
        return {"mass": -q.outlet.flow * _supply(q)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, liquid mass, its share of the load, and supply."""
        return {
            "pressure": self._pressure(q),
            "propellant_mass": q.mass,
            "liquid": q.mass / q.propellant_mass,
            "supply": _supply(q),
        }

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the loaded mass."""
        return {"mass": parameters["propellant_mass"]}


class BlowdownTank(Component):
    """Closed ullage that expands polytropically as liquid leaves, p V^n = constant."""

    type_name = "blowdown_tank"
    ports = _PORTS
    parameters = (
        Parameter("initial_pressure", "Pa", "ullage pressure before the valve opens", tolerance=0.05),
        Parameter("volume", "m^3", "tank and connected ullage volume", tolerance=0.05),
        Parameter("exponent", "", "polytropic exponent of the ullage", 1.2, tolerance=0.08),
        _DENSITY,
        _MASS,
        _DEPARTURE,
        _GAS_CONSTANT,
        _GAS_TEMPERATURE,
    )
    states = (
        State("mass", "kg", "liquid in the tank"),
        State("gas_share", "", "pressurant left over that loaded", least=0.02),
    )
    inputs = (_SPARE,)
    outputs = _OUTPUTS
    faults = (
        Fault(
            "pressurant_leak",
            "loses pressurant",
            0.01,
            0.5,
            3e-3,
            "pressurisation_leak",
            size_text="share of the pressurant lost per second",
        ),
        Fault(
            "overpressure",
            "is pressurised too high",
            0.05,
            0.6,
            1e-3,
            "regulator_failure",
            size_text="pressure above the intended, as a share of it",
            initial=True,
        ),
        Fault(
            "underpressure",
            "is pressurised too low",
            0.05,
            0.7,
            2e-3,
            "pressurisation_leak",
            size_text="share of the intended pressure missing",
            initial=True,
        ),
        _LIGHT,
    )

    def _pressure(self, q: Any) -> Any:
        ullage = q.volume - q.propellant_mass / q.density
        grown = q.volume - maximum(q.mass, 0.0 * q.mass) / q.density
        law = q.initial_pressure * (q.gas_share * ullage / grown) ** q.exponent
        return q.departure * law * (1.0 + q.overpressure - q.underpressure)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the outlet pressure."""
        yield pressure_balance("polytropic ullage", q.outlet.pressure, self._pressure(q))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return density and supply of the outflow."""
        return _outflow(q, self._pressure(q))

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the loss of liquid and of gas; gas leaves with the flow once the liquid has gone."""
        supply = _supply(q)
        ullage = q.volume - q.propellant_mass / q.density
        loaded_gas = q.initial_pressure * ullage / (q.gas_constant * q.gas_temperature)
        vented = maximum(q.outlet.flow, 0.0 * q.outlet.flow) * (1.0 - supply) / loaded_gas
        leak = per_second(q.pressurant_leak) * q.gas_share
        return {"mass": -q.outlet.flow * supply, "gas_share": -leak - vented}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, liquid mass, its share of the load, and supply."""
        return {
            "pressure": self._pressure(q),
            "propellant_mass": q.mass,
            "liquid": q.mass / q.propellant_mass,
            "supply": _supply(q),
        }

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the loaded mass and the whole of the gas."""
        return {"mass": parameters["propellant_mass"], "gas_share": 1.0}


def _internal_energy(temperature: Any, mass: Any, volume: Any) -> Any:
    """Internal energy in J of saturated liquid and vapour that share `volume` (U = m h - p V)."""
    liquid_density = fluids.liquid_density(temperature)
    vapour_density = fluids.vapour_density(temperature)
    vapour = (volume - mass / liquid_density) * vapour_density / (1.0 - vapour_density / liquid_density)
    enthalpy = (mass - vapour) * fluids.liquid_enthalpy(temperature) + vapour * fluids.vapour_enthalpy(
        temperature
    )
    return enthalpy - fluids.saturation_pressure(temperature) * volume


def _vapour_share(temperature: Any, mass: Any, volume: Any) -> Any:
    """Mass over that of the saturated vapour that fills the tank: 1 while there is liquid, then falling to 0."""
    share = mass / (volume * fluids.vapour_density(temperature))
    return minimum(share, 1.0 + 0.0 * share)


class SaturatedTank(Component):
    """Nitrous oxide under its own vapour pressure: liquid and vapour in equilibrium at one temperature.

    Mass and internal energy are conserved; the temperature's derivative follows from U(T, m) by the chain rule
    (Zilliac and Karabeyoglu, AIAA 2005-3549, equilibrium model). Once the liquid has gone, the pressure falls with
    the vapour that is left, at the temperature of then: in these seconds the walls keep it from cooling further.
    """

    type_name = "saturated_tank"
    ports = _PORTS
    parameters = (
        Parameter("volume", "m^3", "tank volume", tolerance=0.03),
        Parameter("propellant_mass", "kg", "load, liquid and vapour", tolerance=0.05),
        Parameter("initial_temperature", "K", "temperature of the load", tolerance=0.01),
        _DEPARTURE,
    )
    states = (
        State("mass", "kg", "nitrous oxide in the tank, liquid and vapour", least=1e-4),
        State("temperature", "K", "temperature of liquid and vapour", least=fluids.TRIPLE_POINT),
    )
    inputs = (_SPARE,)
    outputs = _OUTPUTS
    faults = (
        Fault(
            "vent_leak",
            "loses vapour (vent or relief valve passes)",
            0.005,
            0.5,
            2e-3,
            "vent_relief_valve_leak",
            size_text="share of the load lost per second as vapour",
        ),
        Fault(
            "cold",
            "is colder than intended, so its pressure is low",
            0.02,
            0.6,
            3e-3,
            "propellant_thermal_state",
            size_text="share of the intended vapour pressure missing",
            initial=True,
        ),
        Fault(
            "warm",
            "is warmer than intended, so its pressure is high",
            0.02,
            0.4,
            2e-3,
            "propellant_thermal_state",
            size_text="vapour pressure above the intended, as a share of it",
            initial=True,
        ),
    )

    def _pressure(self, q: Any) -> Any:
        saturated = q.departure * fluids.saturation_pressure(q.temperature) * (1.0 - q.cold + q.warm)
        return saturated * self._vapour_share(q)

    def _vapour_share(self, q: Any) -> Any:
        return _vapour_share(q.temperature, q.mass + q.spare_load * q.propellant_mass, q.volume)

    def _liquid(self, q: Any) -> Any:
        liquid, vapour = fluids.liquid_density(q.temperature), fluids.vapour_density(q.temperature)
        return q.mass - (q.volume - q.mass / liquid) * vapour / (1.0 - vapour / liquid)

    def _supply(self, q: Any) -> Any:
        return _while_liquid(q, self._liquid(q))

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the outlet pressure."""
        yield pressure_balance("vapour pressure", q.outlet.pressure, self._pressure(q))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return density, supply and vapour pressure of the outflow."""
        supply = self._supply(q)
        vapour = fluids.vapour_density(q.temperature) * self._vapour_share(q)
        density = supply * fluids.liquid_density(q.temperature) + (1.0 - supply) * vapour
        return {
            "state": Liquid(constant_density=density),
            "supply": supply,
            "vapour_pressure": self._pressure(q),
        }

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the change of mass, and the change of temperature that conserves energy."""
        supply = self._supply(q)
        liquid, vapour = fluids.liquid_enthalpy(q.temperature), fluids.vapour_enthalpy(q.temperature)
        leaving = supply * liquid + (1.0 - supply) * vapour
        vented = (
            per_second(q.vent_leak)
            * q.propellant_mass
            * minimum(q.mass / q.propellant_mass * 5.0, 1.0 + 0.0 * supply)
        )
        mass_rate = -q.outlet.flow - vented
        energy_rate = -q.outlet.flow * leaving - vented * vapour
        step_t = tabulated(lambda t: 0.05 + 0.0 * t, ("K",), "K", q.temperature)
        step_m = q.propellant_mass * 1e-4

        def energy(temperature: Any, mass: Any) -> Any:
            return _internal_energy(temperature, mass, q.volume)

        by_t = (energy(q.temperature + step_t, q.mass) - energy(q.temperature - step_t, q.mass)) / (
            2.0 * step_t
        )
        by_m = (energy(q.temperature, q.mass + step_m) - energy(q.temperature, q.mass - step_m)) / (
            2.0 * step_m
        )
        return {"mass": mass_rate, "temperature": supply * (energy_rate - by_m * mass_rate) / by_t}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, mass, liquid as a share of the load, and supply."""
        return {
            "pressure": self._pressure(q),
            "propellant_mass": q.mass,
            "liquid": self._liquid(q) / q.propellant_mass,
            "supply": self._supply(q),
        }

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the load and its temperature."""
        return {"mass": parameters["propellant_mass"], "temperature": parameters["initial_temperature"]}
