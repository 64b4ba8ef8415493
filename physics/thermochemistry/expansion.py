"""Isentropic expansion of combustion products: throat and exit, shifting or frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry.nozzle import critical_pressure_ratio, exit_pressure_ratio
from hotfire.physics.thermochemistry.products import Products

__all__ = ["Expansion", "Flow", "NozzleExit", "Station"]

STANDARD_GRAVITY = 9.80665
"""m/s2, by definition; turns m/s into the seconds of a specific impulse."""

Flow: TypeAlias = Literal["shifting", "frozen", "frozen_at_throat"]
"""Composition along the nozzle: in equilibrium everywhere, that of the chamber, or in equilibrium as far as the throat
and that of the throat from there."""


@dataclass(frozen=True)
class Station:
    """One cross-section of the nozzle: Pa, K, kg/m3, m/s, and mass flux kg/(m2 s)."""

    pressure: float
    temperature: float
    density: float
    speed: float

    @property
    def flux(self) -> float:
        """Mass flux, kg/(m2 s)."""
        return self.density * self.speed


@dataclass(frozen=True)
class NozzleExit:
    """The nozzle exit and the performance it gives.

    Attributes:
        area_ratio: A_exit/A_throat.
        pressure: Pa.
        temperature: K.
        speed: m/s.
        molar_mass: kg/kmol.
        isp_vacuum: Vacuum specific impulse as a speed, thrust over mass flow, m/s.
        isp: The same at the ambient pressure asked for, m/s.
        thrust_coefficient_vacuum: F/(p_c A_t) in vacuum.
        thrust_coefficient: The same at the ambient pressure; full flow, no separation.
        condensation: `water` or `carbon` where the equilibrium exit would hold some, which the gas-only
            expansion leaves out (it costs up to 0.3 % of the specific impulse); empty otherwise, and always
            in frozen flow.
    """

    area_ratio: float
    pressure: float
    temperature: float
    speed: float
    molar_mass: float
    isp_vacuum: float
    isp: float
    thrust_coefficient_vacuum: float
    thrust_coefficient: float
    condensation: str

    @property
    def isp_vacuum_seconds(self) -> float:
        """Vacuum specific impulse in seconds (standard gravity)."""
        return self.isp_vacuum / STANDARD_GRAVITY


class Expansion:
    """The isentrope through a chamber state, choked at the throat.

    Args:
        products: Holds the chamber state; moved along the isentrope.
        flow: `shifting`, `frozen` or `frozen_at_throat`.

    Attributes:
        chamber: Temperature in K, molar mass in kg/kmol, heat capacity at fixed composition in J/(kg K).
        carbon_activity: In the chamber; above 1, solid carbon would form.
        gamma_s: -(d ln p/d ln v)_s in the chamber.
        throat: The station of greatest mass flux.
        c_star: p_c / (rho u)_throat, m/s.
    """

    def __init__(self, products: Products, flow: Flow) -> None:
        self._products, self._flow = products, flow
        self._frozen_below = math.inf if flow == "frozen" else 0.0
        gas = products.gas
        self._enthalpy, self._entropy = float(gas.enthalpy_mass), float(gas.entropy_mass)
        self._pressure = float(gas.P)
        self._composition = gas.X
        self.chamber = (float(gas.T), products.molar_mass, float(gas.cp_mass))
        self.carbon_activity = products.carbon_activity()
        self.gamma_s = self._exponent(self._pressure)
        self.throat = self._choke()
        self.c_star = self._pressure / self.throat.flux
        if flow == "frozen_at_throat":
            self._frozen_below, self._composition = self.throat.pressure, gas.X

    def station(self, pressure: float) -> Station:
        """Return the state at a pressure, Pa, on the isentrope."""
        if pressure < self._frozen_below:
            self._products.at_entropy_frozen(self._entropy, pressure, self._composition)
        else:
            self._products.at_entropy(self._entropy, pressure)
        gas = self._products.gas
        speed = math.sqrt(max(2.0 * (self._enthalpy - float(gas.enthalpy_mass)), 0.0))
        return Station(pressure, float(gas.T), float(gas.density), speed)

    def _exponent(self, pressure: float) -> float:
        step = 0.004
        high, low = self.station(pressure * math.exp(step)), self.station(pressure * math.exp(-step))
        return 2.0 * step / math.log(high.density / low.density)

    def _choke(self) -> Station:
        """Find the greatest mass flux: parabolas in ln p, whose vertex error enters the flux only squared."""
        centre = math.log(self._pressure * critical_pressure_ratio(self.gamma_s))
        for step in (0.06, 0.015):
            low, mid, high = (math.log(self.station(math.exp(centre + d)).flux) for d in (-step, 0.0, step))
            centre += max(-0.3, min(0.3, 0.5 * step * (high - low) / (2.0 * mid - high - low)))
        return self.station(math.exp(centre))

    def exit(self, area_ratio: float, ambient_pressure: float = 0.0) -> NozzleExit:
        """Return the supersonic exit at an area ratio above 1; ambient pressure in Pa."""
        if not (math.isfinite(area_ratio) and area_ratio > 1.0):
            raise ThermochemistryError(
                f"the area ratio is {area_ratio:g}",
                why="a supersonic exit is wider than the throat",
                remedy="give A_exit/A_throat above 1",
            )
        station = self._supersonic(area_ratio)
        momentum = station.speed
        thrust = area_ratio / self.throat.flux  # exit area per mass flow, m2 s/kg
        vacuum, ambient = momentum + station.pressure * thrust, ambient_pressure * thrust
        return NozzleExit(
            area_ratio=area_ratio,
            pressure=station.pressure,
            temperature=station.temperature,
            speed=station.speed,
            molar_mass=self._products.molar_mass,
            isp_vacuum=vacuum,
            isp=vacuum - ambient,
            thrust_coefficient_vacuum=vacuum / self.c_star,
            thrust_coefficient=(vacuum - ambient) / self.c_star,
            condensation=self._condensation(),
        )

    def ahead_of_throat(self, area_ratio: float) -> Station:
        """Return the subsonic station at an area ratio above 1."""
        if not (math.isfinite(area_ratio) and area_ratio > 1.0):
            raise ThermochemistryError(
                f"the area ratio is {area_ratio:g}",
                why="a chamber is wider than its throat",
                remedy="give A_chamber/A_throat above 1",
            )
        from scipy.optimize import brentq

        low, high = math.log(self.throat.pressure), math.log(self._pressure)

        def gap(log_pressure: float) -> float:
            return self.station(math.exp(log_pressure)).flux - self.throat.flux / area_ratio

        return self.station(math.exp(brentq(gap, low, high, xtol=1e-12)))

    def _condensation(self) -> str:
        if self._flow != "shifting":
            return ""
        if self._products.water_saturation() > 1.0:
            return "water"
        return "carbon" if self._products.carbon_activity() > 1.0 else ""

    def _supersonic(self, area_ratio: float) -> Station:
        """Newton on ln area: d ln(rho u)/d ln p = 1/gamma - p/(rho u^2), gamma of the last two states."""
        ceiling = math.log(self.throat.pressure)
        x = math.log(self._pressure * exit_pressure_ratio(self.gamma_s, area_ratio))
        before = self.throat
        for _ in range(50):
            here = self.station(math.exp(x))
            gap = math.log(self.throat.flux / here.flux) - math.log(area_ratio)
            if abs(gap) < 1e-9:
                return here
            gamma = math.log(before.pressure / here.pressure) / math.log(before.density / here.density)
            slope = here.pressure / (here.density * here.speed**2) - 1.0 / gamma
            before, x = here, min(x - gap / slope, 0.5 * (x + ceiling))
        raise ThermochemistryError(
            f"the expansion to area ratio {area_ratio:g} did not converge",
            why=f"the exit would be near {here.temperature:.0f} K, outside the species data",
            remedy="take a smaller area ratio or frozen flow",
        )
