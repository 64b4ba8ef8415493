"""Combustion chambers: liquid-liquid, and hybrid with a burning grain.

Quasi-steady: what is injected leaves at once. Performance is the theoretical c* of equilibrium thermochemistry
times an efficiency (Sutton and Biblarz, 9th ed., eq. 3-32 for c*).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import COEFFICIENT, SHARE
from hotfire.physics.components.purges import diluted, inert_share_of
from hotfire.physics.components.tap_off import TAP_PARAMETERS, tapped_gas, tapped_oxidizer_share
from hotfire.physics.declaration import (
    Balance,
    Charge,
    Component,
    Fault,
    Input,
    Parameter,
    Port,
    State,
    Variable,
    flow_balance,
    pressure_balance,
)
from hotfire.physics.ops import (
    above_vacuum,
    at_least,
    bounded,
    maximum,
    minimum,
    positive,
    smooth_step,
    tabulated_several,
)
from hotfire.physics.states import Liquid, entering_energy

__all__ = ["OXIDIZER_SHARE", "Combustor", "HybridCombustor", "composition", "held_mass", "mixture_ratio"]

_EFFICIENCY = Parameter(
    "c_star_efficiency",
    "",
    "delivered over theoretical c*",
    0.93,
    tolerance=0.04,
    wander=0.01,
    bounds=COEFFICIENT,
)
_COLD = Parameter("cold_c_star", "m/s", "c* of the propellants unburnt and flashed", 450.0)
_ROUGHNESS = Parameter(
    "roughness",
    "",
    "chamber pressure oscillation in sound running, rms over mean",
    0.015,
    tolerance=0.5,
    bounds=SHARE,
)
_IGNITION = Input("ignition", "1 once lit")
_OUTPUTS = (("pressure", "Pa"), ("mixture_ratio", ""), ("roughness", ""), ("fuel_flow", "kg/s"))
_LEAST_FLOW = 1e-3
"""Flow over the reference flow from which the heat of the wall is taken at least."""
_MOST_GAIN = 0.4
"""Share of c* up to which the energy of the propellants is followed: beyond lies no engine, only a trickle."""
_PURE = 5e-4
"""Least share of either propellant for which a mixture ratio is told."""
_OSCILLATION_LOSS = 0.5
"""Share of c* lost per unit of relative oscillation: an assumption, see docs/explanation/physics.md."""

_FAULTS = (
    Fault(
        "efficiency_loss",
        "burns incompletely (poor mixing or atomisation, contaminated propellant)",
        0.02,
        0.6,
        4e-3,
        "injector_blockage",
        size_text="share of c* lost",
    ),
    Fault(
        "unstable_combustion",
        "burns unstably",
        0.05,
        0.9,
        4e-3,
        "combustion_instability",
        size_text="rms of the oscillation over mean pressure",
        clears=True,
    ),
    Fault("no_ignition", "is not alight", 0.95, 1.0, 2e-3, "igniter_failure", size_text="share unburnt"),
)


OXIDIZER_SHARE = Variable(
    "oxidizer_share", "value", "mass fraction of oxidizer in what the chamber holds", 0.7
)
"""Own unknown of every chamber into which two propellants flow."""


def mixture_ratio(q: Any) -> Any:
    """Oxidizer over fuel by mass in the chamber."""
    share = minimum(maximum(q.oxidizer_share, _PURE), 1.0 - _PURE + 0.0 * q.oxidizer_share)
    return share / (1.0 - share)


def composition(q: Any, held: Any) -> Balance:
    """State how much of what the chamber holds is oxidizer; gas of a preburner counts by what it was made of.

    Args:
        q: Namespace of the chamber.
        held: Mass that it holds, kg; None where that is not followed.
    """
    oxidizer = fuel = 0.0 * q.reference_flow
    gain = -1.0 * q.oxidizer_share * q.outlet.flow
    for end, pure in ((q.oxidizer, 1.0), (q.fuel, 0.0)):
        state = end.properties.get("state")
        share = pure if state is None or state.oxidizer_share is None else state.oxidizer_share
        burnable = end.flow * (1.0 - inert_share_of(end))
        oxidizer, fuel = oxidizer + burnable * share, fuel + burnable * (1.0 - share)
        # Inert gas, and what runs back, leave the share of oxidizer in what burns as it is.
        entering = maximum(burnable, 0.0 * burnable)
        gain = gain + entering * share + (end.flow - entering) * q.oxidizer_share
    tap = getattr(q, "tap", None)
    if tap is not None:
        share = tapped_oxidizer_share(q, mixture_ratio(q))
        oxidizer, fuel = oxidizer - tap.flow * share, fuel - tap.flow * (1.0 - share)
        gain = gain - tap.flow * share
    through = positive(q.outlet.flow, 1e-3 * q.reference_flow)
    oxidizer, fuel = positive(oxidizer, 0.01 * through), positive(fuel, 0.01 * through)
    charge = None if held is None else Charge(held * q.oxidizer_share, gain)
    return Balance("composition", q.oxidizer_share, oxidizer / (oxidizer + fuel), "value", charge)


def held_mass(pressure: Any, volume: Any, c_star: Any, gamma: Any) -> Any:
    """Mass in kg of the gas in a chamber: p V/(R T), R T = (c* Gamma)^2 (Sutton and Biblarz, 9th ed., eq. 3-32)."""
    vandenkerckhove = gamma**0.5 * (2.0 / (gamma + 1.0)) ** ((gamma + 1.0) / (2.0 * (gamma - 1.0)))
    return pressure * volume / (c_star * vandenkerckhove) ** 2


def _gas(q: Any, mixture_ratio: Any, pressure: Any, lit: Any, energy: Any = None) -> dict[str, Any]:
    """Delivered characteristic velocity in m/s and isentropic exponent of the gas.

    `energy` in J/kg is what the propellants bring beyond the table's; c* follows it linearly, gamma not at all.
    """
    wanted: tuple[tuple[str, str], ...] = (("c_star", "m/s"), ("gamma", ""))
    if energy is None:
        theoretical, gamma = tabulated_several(q.table, wanted, mixture_ratio, pressure)
    else:
        wanted = (*wanted, ("c_star_by_energy", "s/m"))
        theoretical, gamma, slope = tabulated_several(q.table, wanted, mixture_ratio, pressure)
        theoretical = theoretical + bounded(slope * energy, _MOST_GAIN * theoretical)
    loss = (1.0 - q.efficiency_loss) * (1.0 - _OSCILLATION_LOSS * q.unstable_combustion)
    burning = lit * (1.0 - q.no_ignition)
    c_star = burning * q.c_star_efficiency * loss * theoretical + (1.0 - burning) * q.cold_c_star
    return {"c_star": c_star, "gamma": gamma}


def _felt(q: Any, energy: Any) -> Any:
    """Energy that c* follows: none where all that enters is liquid of one density, whose temperature nobody follows.

    There it is the pumps' work, below 0.3 % of c*, and would tie c* to pumps that run down without a flow.
    """
    states = [end.properties.get("state") for end in (q.oxidizer, q.fuel)]
    return None if all(s is None or isinstance(s, Liquid) for s in states) else energy


class Combustor(Component):
    """Liquid bipropellant chamber; what enters may also be gas of a preburner."""

    type_name = "combustor"
    ports = (
        Port("oxidizer", "in", "liquid"),
        Port("fuel", "in", "liquid"),
        Port("outlet", "out", "gas"),
        Port("wall", "out", "heat", optional=True),
        Port("tap", "out", "gas", optional=True),
        Port("igniter", "in", "signal", optional=True),
    )
    parameters = (
        _EFFICIENCY,
        _COLD,
        _ROUGHNESS,
        Parameter("face_pressure", "", "pressure at the injector face over that ahead of the nozzle", 1.0),
        Parameter("volume", "m^3", "volume up to the throat, for its filling", optional=True),
        Parameter(
            "wall_conductance",
            "W/K",
            "heat flow per kelvin, gas to wall, at the design pressure",
            optional=True,
            tolerance=0.1,
        ),
        Parameter("design_pressure", "Pa", "chamber pressure at which that conductance holds", optional=True),
        Parameter("design_mixture_ratio", "", "mixture ratio at which that conductance holds", optional=True),
        *TAP_PARAMETERS,
    )
    inputs = (_IGNITION,)
    variables = (OXIDIZER_SHARE,)
    options = ("oxidizer", "fuel")
    outputs = _OUTPUTS
    faults = _FAULTS

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one pressure at all ports, continuity, and the heat that the wall takes."""
        face = q.outlet.pressure * q.face_pressure
        yield pressure_balance("oxidizer enters at the injector face", q.oxidizer.pressure, face)
        yield pressure_balance("fuel enters at the injector face", q.fuel.pressure, face)
        held = None if q.volume is None else self._held(q)
        injected = q.oxidizer.flow + q.fuel.flow
        kept = injected if q.tap is None else injected - q.tap.flow
        yield flow_balance("continuity", q.outlet.flow, kept, stored=held)
        yield composition(q, held)
        if q.tap is not None:
            yield pressure_balance("gas is tapped at chamber pressure", q.tap.pressure, q.outlet.pressure)
        if q.wall is not None:
            yield Balance("heat to the wall", q.wall.heat_flow, self._heat(q), "heat_flow")

    def _held(self, q: Any) -> Any:
        gas = q.outlet.properties
        return held_mass(q.outlet.pressure, q.volume, gas["c_star"], gas["gamma"])

    def _heat(self, q: Any) -> Any:
        """Heat flow to the wall: h_g ~ c_p (p/c*)^0.8 (Bartz; Sutton and Biblarz, 9th ed., eq. 8-22).

        The conductance of the design point goes with pressure, and with the gas where the file gives the mixture
        ratio of that point; viscosity and Prandtl number, which hardly change, are left out.
        """
        wanted = (("temperature", "K"), ("cp", "J/(kg K)"), ("c_star", "m/s"))
        flame, capacity, c_star = tabulated_several(q.table, wanted, mixture_ratio(q), q.outlet.pressure)
        share = above_vacuum(q.outlet.pressure) / q.design_pressure
        factor = share**0.8
        if q.design_mixture_ratio is not None:
            _, capacity_then, c_star_then = tabulated_several(
                q.table, wanted, q.design_mixture_ratio, q.design_pressure
            )
            factor = factor * capacity / capacity_then * (c_star_then / c_star) ** 0.8
        lit = self._lit(q) * (1.0 - q.no_ignition)
        recovered = lit * q.c_star_efficiency**2 * flame + (1.0 - lit) * q.wall.temperature
        return q.wall_conductance * factor * (recovered - q.wall.temperature)

    def _lit(self, q: Any) -> Any:
        lighted = q.ignition if q.igniter is None else q.ignition * q.igniter.value
        return lighted * q.oxidizer.properties["supply"] * q.fuel.properties["supply"]

    def carried(self, q: Any) -> dict[str, Any]:
        """Return c* and the isentropic exponent of the gas, and what energy it has beyond the table's."""
        energy = self._energy(q)
        gas = _gas(q, mixture_ratio(q), q.outlet.pressure, self._lit(q), _felt(q, energy))
        gas["c_star"] = diluted(q, gas["c_star"])
        return gas if energy is None else gas | {"added_energy": energy}

    def _energy(self, q: Any) -> Any:
        """What the propellants bring beyond the table's enthalpy, less what the wall takes, in J/kg of gas."""
        energy = entering_energy((q.oxidizer, q.fuel), q.reference_flow)
        if energy is None or q.wall is None:
            return energy
        entering = at_least(q.oxidizer.flow + q.fuel.flow, _LEAST_FLOW * q.reference_flow)
        return energy - q.wall.heat_flow / entering

    def carried_at(self, port: str, q: Any, carried: dict[str, Any]) -> dict[str, Any]:
        """Return tapped gas at the tap, and the gas of the core at the outlet."""
        if port != "tap":
            return carried
        lit = self._lit(q) * (1.0 - q.no_ignition)
        gas = tapped_gas(q, mixture_ratio(q), lit, self._energy(q))
        return {"state": gas, "supply": 1.0}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, mixture ratio, roughness and fuel flow."""
        return {
            "pressure": q.outlet.pressure * q.face_pressure,
            "mixture_ratio": mixture_ratio(q),
            "roughness": q.roughness + q.unstable_combustion,
            "fuel_flow": q.fuel.flow,
        }


class HybridCombustor(Component):
    """Chamber with a solid-fuel grain of one circular port.

    The surface regresses with a power of the oxidizer mass flux (Sutton and Biblarz, 9th ed., chapter 16),
    written against a reference flux so that its constants keep simple units.
    """

    type_name = "hybrid_combustor"
    ports = (Port("oxidizer", "in", "liquid"), Port("outlet", "out", "gas"))
    parameters = (
        _EFFICIENCY,
        _COLD,
        Parameter(
            "roughness",
            "",
            "chamber pressure oscillation in sound running, rms over mean",
            0.03,
            tolerance=0.5,
            bounds=SHARE,
        ),
        Parameter("grain_length", "m", "length of the port", tolerance=0.03),
        Parameter("port_diameter", "m", "port diameter before the test", tolerance=0.03),
        Parameter("grain_diameter", "m", "outer diameter of the grain", tolerance=0.01),
        Parameter("grain_density", "kg/m^3", "density of the fuel", 900.0, tolerance=0.03),
        Parameter("regression_rate", "m/s", "regression rate at the reference flux", tolerance=0.1),
        Parameter("reference_flux", "kg/(m^2 s)", "oxidizer mass flux at which that rate holds", 300.0),
        Parameter("regression_exponent", "", "exponent of the mass flux", 0.6, tolerance=0.05, bounds=SHARE),
    )
    inputs = (_IGNITION,)
    states = (State("port", "m", "port diameter"),)
    options = ("oxidizer", "fuel")
    outputs = _OUTPUTS
    faults = (
        *_FAULTS,
        Fault(
            "regression_low",
            "regresses too slowly",
            0.05,
            0.8,
            3e-3,
            "injector_blockage",
            size_text="share of the regression rate missing",
        ),
        Fault(
            "regression_high",
            "burns too much surface (crack, broken liner, unbonded grain)",
            0.05,
            2.0,
            3e-3,
            "solid_case_insulation_burnthrough",
            size_text="fuel flow above the intended, as a share of it",
        ),
    )

    def _regression(self, q: Any) -> Any:
        flux = positive(q.oxidizer.flow, q.reference_flow) / (0.7853981633974483 * q.port**2)
        left = smooth_step(1.0 - q.port / q.grain_diameter - 0.01, 0.01)
        lit = q.ignition * (1.0 - q.no_ignition)
        intended = q.regression_rate * (flux / q.reference_flux) ** q.regression_exponent
        return intended * left * lit * (1.0 - q.regression_low + q.regression_high)

    def _fuel_flow(self, q: Any) -> Any:
        return 3.141592653589793 * q.port * q.grain_length * q.grain_density * self._regression(q)

    def _mixture_ratio(self, q: Any) -> Any:
        return positive(q.oxidizer.flow, q.reference_flow) / positive(self._fuel_flow(q), q.reference_flow)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one pressure at both ports, and continuity with the fuel that the grain gives."""
        yield pressure_balance("oxidizer enters at chamber pressure", q.oxidizer.pressure, q.outlet.pressure)
        yield flow_balance("continuity", q.outlet.flow, q.oxidizer.flow + self._fuel_flow(q))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return c* and the isentropic exponent of the gas."""
        ratio = self._mixture_ratio(q)
        return _gas(q, ratio, q.outlet.pressure, q.ignition)

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the growth of the port."""
        return {"port": 2.0 * self._regression(q)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, mixture ratio, roughness and fuel flow."""
        return {
            "pressure": q.outlet.pressure,
            "mixture_ratio": self._mixture_ratio(q),
            "roughness": q.roughness + q.unstable_combustion,
            "fuel_flow": self._fuel_flow(q),
        }

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the port before the test."""
        return {"port": parameters["port_diameter"]}
