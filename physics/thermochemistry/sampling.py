"""What a combustion table holds at one node: the equilibrium state, made to exist everywhere.

A transient visits states where no flame burns: one propellant alone, or a mixture too rich to heat itself.
There the adiabatic state would be colder than any data. So the enthalpy is bent smoothly towards that of the
same gas at `FLOOR_TEMPERATURE`; at 350 K the bend is 0.01 %. Solid carbon is left out; `carbon_activity`
tells where.

Pumps, jackets and turbines change the enthalpy at which propellants burn. So each node also holds how the state
changes with that enthalpy, by differences over what warms the gas by `_WARMING`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry.equilibrium import mixture
from hotfire.physics.thermochemistry.expansion import Expansion
from hotfire.physics.thermochemistry.nozzle import ideal_thrust_coefficient
from hotfire.physics.thermochemistry.products import Products, products_of
from hotfire.physics.thermochemistry.reactants import Propellant

__all__ = ["AREA_RATIOS", "BY_ENERGY", "FLOOR_TEMPERATURE", "QUANTITIES", "Bend", "sample"]

FLOOR_TEMPERATURE = 150.0
"""K; the table's gas is never colder."""

BEND_TEMPERATURE = 30.0
"""K; width of the transition to the floor."""

_REFERENCE_TEMPERATURE = 400.0
"""K; where the gas of the floor is mixed: at the floor itself no solver gets through."""

_TO_FLOOR = _REFERENCE_TEMPERATURE - FLOOR_TEMPERATURE

AREA_RATIOS = (3.0, 15.0, 80.0)
"""Where the process exponent is fitted; other area ratios are interpolated in ln(area ratio)."""

_WARMING = 200.0
"""K; step of enthalpy of the differences, over the heat capacity."""

BY_ENERGY = ("c_star", "temperature", "molar_mass", "cp")
"""Quantities whose derivative by the enthalpy of the reactants is kept as well, per J/kg."""

QUANTITIES = (
    "c_star",
    "temperature",
    "molar_mass",
    "cp",
    *(f"gamma_{a:g}" for a in AREA_RATIOS),
    *(f"{name}_by_energy" for name in BY_ENERGY),
    "temperature_by_energy_twice",
    "log_carbon_activity",
)
"""`temperature_by_energy_twice` is the second derivative, K per (J/kg)^2."""


@dataclass(frozen=True)
class Bend:
    """The enthalpy at which a mixture burns, bent smoothly towards that of its gas at the floor.

    Attributes:
        floor: Enthalpy of the floor, J/kg.
        width: Of the transition, J/kg.
    """

    floor: float
    width: float

    @classmethod
    def of(cls, products: Products, pressure: float) -> Bend:
        """Mix the gas of the floor from products; these are left there."""
        products.at_temperature(_REFERENCE_TEMPERATURE, pressure)
        cp = float(products.gas.cp_mass)
        return cls(float(products.gas.enthalpy_mass) - cp * _TO_FLOOR, cp * BEND_TEMPERATURE)

    def __call__(self, enthalpy: float) -> float:
        """Return the bent enthalpy, J/kg."""
        return self.floor + self.width * _softplus((enthalpy - self.floor) / self.width)


def sample(oxidizer: Propellant, fuel: Propellant, share: float, pressure: float) -> tuple[float, ...]:
    """Return the table's `QUANTITIES` by Cantera directly.

    Args:
        oxidizer: The oxidiser.
        fuel: The fuel.
        share: Oxidiser mass fraction xi = O/F/(1 + O/F), strictly between 0 and 1.
        pressure: Pa.
    """
    elements, enthalpy = mixture(oxidizer, fuel, share)
    products = products_of(elements)
    bend = Bend.of(products, pressure)

    def burn(energy: float) -> Expansion:
        """Solve the chamber with `energy` in J/kg added, and choke it; the products are left in the chamber."""
        products.at_enthalpy(bend(enthalpy + energy), pressure)
        return Expansion(products, "shifting")

    def state(expansion: Expansion) -> np.ndarray:
        return np.array([expansion.c_star, *expansion.chamber])

    here = burn(0.0)
    carbon = math.log(max(here.carbon_activity, 1e-30))
    gammas = [_process_exponent(here, a) for a in AREA_RATIOS]
    step = here.chamber[2] * _WARMING
    middle, warmer, colder = state(here), state(burn(step)), state(burn(-step))
    slopes = (warmer - colder) / (2.0 * step)
    curvature = (warmer[1] - 2.0 * middle[1] + colder[1]) / step**2
    return (*middle.tolist(), *gammas, *slopes.tolist(), float(curvature), carbon)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _process_exponent(expansion: Expansion, area_ratio: float) -> float:
    """Return the gamma whose ideal vacuum thrust coefficient is that of the shifting expansion."""
    target = expansion.exit(area_ratio).thrust_coefficient_vacuum
    a, b = expansion.gamma_s, expansion.gamma_s - 0.02
    fa, fb = (float(ideal_thrust_coefficient(g, area_ratio, 0.0)) - target for g in (a, b))
    for _ in range(30):
        if abs(fb) < 1e-11 or fa == fb:
            return b
        a, b, fa = b, max(1.01, b - fb * (b - a) / (fb - fa)), fb
        fb = float(ideal_thrust_coefficient(b, area_ratio, 0.0)) - target
    raise ThermochemistryError(
        f"no process exponent matches the thrust coefficient {target:.6g} at area ratio {area_ratio:g}",
        why="the expansion is too far from a perfect gas",
        remedy="report the propellants and the mixture ratio",
    )
