"""Combustion and isentropic expansion, by Cantera directly: no table, no fit.

The chamber is an infinite-area combustor: equilibrium at constant enthalpy and pressure. The nozzle is
isentropic, the composition in equilibrium all the way (`shifting`), that of the chamber (`frozen`), or in
equilibrium to the throat and that of the throat from there. These are the definitions of NASA RP-1311, and the
figures agree with NASA CEA within 0.1 % in c*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry.expansion import Expansion, Flow, NozzleExit, Station
from hotfire.physics.thermochemistry.products import Products, products_of
from hotfire.physics.thermochemistry.reactants import Propellant, PropellantLike, propellant

__all__ = ["CombustionState", "Soot", "combustion", "monopropellant"]

Soot: TypeAlias = Literal["refuse", "ignore"]
"""What to do where solid carbon would form: refuse with the reason, or go on with gas alone."""


COLDEST_CHAMBER = 200.0
"""K; below this the species data end, and a chamber state is refused."""


@dataclass(frozen=True)
class CombustionState:
    """The gas in a combustion chamber and what a choked throat makes of it.

    Attributes:
        oxidizer: Canonical name; empty for a monopropellant.
        fuel: Canonical name.
        mixture_ratio: Oxidiser to fuel by mass.
        pressure: Chamber pressure, Pa.
        flow: `shifting`, `frozen` or `frozen_at_throat`, how the nozzle was computed.
        temperature: K.
        molar_mass: kg/kmol.
        gamma_s: Isentropic exponent -(d ln p/d ln v)_s in the chamber, with reactions when `flow` is
            not `frozen`.
        cp: Heat capacity at fixed composition, J/(kg K).
        density: kg/m3.
        enthalpy: Of the reactants, hence of the gas, J/kg.
        entropy: J/(kg K).
        c_star: Characteristic velocity p_c A_t / mdot, m/s.
        throat_pressure: Pa.
        throat_temperature: K.
        carbon_activity: Above 1, solid carbon would form and the gas-only state is an extrapolation.
        composition: Mole fractions above 1e-9.
    """

    oxidizer: str
    fuel: str
    mixture_ratio: float
    pressure: float
    flow: Flow
    temperature: float
    molar_mass: float
    gamma_s: float
    cp: float
    density: float
    enthalpy: float
    entropy: float
    c_star: float
    throat_pressure: float
    throat_temperature: float
    carbon_activity: float
    composition: Mapping[str, float] = field(repr=False)
    _elements: Mapping[str, float] = field(repr=False, compare=False)
    _start: Mapping[str, float] = field(repr=False, compare=False)

    @property
    def soot(self) -> bool:
        """Whether solid carbon would form in the chamber."""
        return self.carbon_activity > 1.0

    def expand(self, area_ratio: float, *, ambient_pressure: float = 0.0) -> NozzleExit:
        """Expand to an exit area.

        Args:
            area_ratio: A_exit/A_throat, above 1 (supersonic exit).
            ambient_pressure: Pa, for the thrust coefficient and the specific impulse; 0 is vacuum.
        """
        return self._expansion().exit(area_ratio, ambient_pressure)

    def ahead_of_throat(self, area_ratio: float) -> Station:
        """Return the subsonic station ahead of the throat at A/A_throat above 1."""
        return self._expansion().ahead_of_throat(area_ratio)

    def _expansion(self) -> Expansion:
        products = products_of(self._elements)
        products.gas.SPX = self.entropy, self.pressure, dict(self._start)
        return Expansion(products, self.flow)


def combustion(
    oxidizer: PropellantLike,
    fuel: PropellantLike,
    *,
    mixture_ratio: float,
    pressure: float,
    flow: Flow = "shifting",
    soot: Soot = "refuse",
) -> CombustionState:
    """Burn an oxidiser and a fuel, and choke the products.

    Args:
        oxidizer: Name, mixture text or mapping, `Reactant` or `Propellant`.
        fuel: The same.
        mixture_ratio: Oxidiser to fuel by mass, above 0.
        pressure: Chamber pressure, Pa.
        flow: `shifting` composition in the nozzle, `frozen` from the chamber on, or `frozen_at_throat`.
        soot: `refuse` raises where solid carbon would form; `ignore` goes on with gas alone, marked by
            `CombustionState.soot`. Real fuel-rich gas generators are colder than any equilibrium by 100 to
            200 K.

    Raises:
        ThermochemistryError: A propellant is not known, an argument is out of range, no equilibrium exists,
            or solid carbon would form.
    """
    ox, fu = propellant(oxidizer), propellant(fuel)
    for name, value in (("mixture ratio", mixture_ratio), ("pressure", pressure)):
        _require_positive(name, value, f"{ox.name}/{fu.name}")
    return _state((ox, fu), mixture_ratio, pressure, flow, soot)


def monopropellant(
    what: PropellantLike,
    *,
    pressure: float,
    ammonia_dissociation: float | None = None,
    equilibrium: bool = False,
    flow: Flow = "shifting",
) -> CombustionState:
    """Decompose a monopropellant (H2O2, N2O, hydrazine ...), and choke the products.

    Hydrazine decomposes in two steps, 3 N2H4 -> 4 NH3 + N2 and 4 NH3 -> 2 N2 + 6 H2, and a catalyst bed lets
    only a part of the ammonia react: 40 to 70 % (Sutton and Biblarz, 9th ed., section 7.6). Equilibrium,
    which would dissociate nearly all, is 200 to 400 K too cold; so hydrazine is refused unless the fraction
    or `equilibrium=True` is given.

    Args:
        what: The propellant.
        pressure: Pa.
        ammonia_dissociation: Fraction of the ammonia that dissociates, 0 to 1; for hydrazine. The nozzle flow
            is then frozen.
        equilibrium: Take full equilibrium for hydrazine all the same.
        flow: As in `combustion`.
    """
    fuel = propellant(what)
    _require_positive("pressure", pressure, fuel.name)
    hydrazine = any(_is_hydrazine(part.formula) for part, _ in fuel.parts)
    if ammonia_dissociation is not None:
        return _hydrazine_bed(fuel, pressure, ammonia_dissociation)
    if hydrazine and not equilibrium:
        raise ThermochemistryError(
            f"{fuel.name} as a monopropellant does not reach equilibrium",
            where=fuel.name,
            why="a catalyst bed dissociates 40 to 70 % of the ammonia; equilibrium is 200 to 400 K colder",
            remedy="give ammonia_dissociation (0.4 to 0.7), or equilibrium=True",
        )
    return _state((None, fuel), 0.0, pressure, flow, "refuse")


def _state(
    pair: tuple[Propellant | None, Propellant], mixture_ratio: float, pressure: float, flow: Flow, soot: Soot
) -> CombustionState:
    ox, fuel = pair
    if flow not in get_args(Flow) or soot not in get_args(Soot):
        raise ThermochemistryError(
            f"flow {flow!r} or soot {soot!r} is not one of {get_args(Flow)} and {get_args(Soot)}",
            remedy="write one of these words",
        )
    share = mixture_ratio / (1.0 + mixture_ratio)
    elements, enthalpy = mixture(ox, fuel, share)
    products = products_of(elements)
    label = f"{ox.name}/{fuel.name} O/F {mixture_ratio:g}" if ox else fuel.name
    try:
        products.at_enthalpy(enthalpy, pressure)
    except ThermochemistryError as error:
        raise ThermochemistryError(error.what, where=label, why=error.why, remedy=error.remedy) from None
    if products.gas.T < COLDEST_CHAMBER:
        raise _too_cold(label, products.gas.T)
    if soot == "refuse" and products.carbon_activity() > 1.0:
        raise ThermochemistryError(
            f"solid carbon would form at {pressure / 1e5:.4g} bar",
            where=label,
            why=f"the carbon activity over the gas is {products.carbon_activity():.3g}; above 1 is too rich",
            remedy='raise the mixture ratio, or give soot="ignore" for the gas-only state, an extrapolation',
        )
    return _describe(products, ox.name if ox else "", fuel.name, mixture_ratio, flow)


def mixture(ox: Propellant | None, fuel: Propellant, share: float) -> tuple[dict[str, float], float]:
    """Return kmol of each element, and J, in a kilogram that holds the oxidiser mass fraction `share`."""
    elements: dict[str, float] = {}
    enthalpy = 0.0
    for part, fraction in ((ox, share), (fuel, 1.0 - share)):
        if part is None or fraction == 0.0:
            continue
        enthalpy += fraction * part.enthalpy
        for element, n in part.elements.items():
            elements[element] = elements.get(element, 0.0) + fraction * n
    return elements, enthalpy


def adiabatic_temperature(ox: Propellant, fuel: Propellant, share: float, pressure: float) -> float:
    """Return the flame temperature, K, of gas alone; 0 where the data end or no equilibrium exists."""
    elements, enthalpy = mixture(ox, fuel, share)
    products = products_of(elements)
    try:
        products.at_enthalpy(enthalpy, pressure)
    except ThermochemistryError:
        return 0.0
    return float(products.gas.T)


def _describe(products: Products, ox: str, fuel: str, mixture_ratio: float, flow: Flow) -> CombustionState:
    gas = products.gas
    chamber = {
        "pressure": float(gas.P),
        "temperature": float(gas.T),
        "molar_mass": products.molar_mass,
        "cp": float(gas.cp_mass),
        "density": float(gas.density),
        "enthalpy": float(gas.enthalpy_mass),
        "entropy": float(gas.entropy_mass),
        "carbon_activity": products.carbon_activity(),
    }
    composition = gas.mole_fraction_dict()
    expansion = Expansion(products, flow)
    return CombustionState(
        oxidizer=ox,
        fuel=fuel,
        mixture_ratio=float(mixture_ratio),
        flow=flow,
        gamma_s=expansion.gamma_s,
        c_star=expansion.c_star,
        throat_pressure=expansion.throat.pressure,
        throat_temperature=expansion.throat.temperature,
        composition={name: float(x) for name, x in composition.items() if x > 1e-9},
        _elements=dict(products.elements),
        _start=composition,
        **chamber,
    )


def _hydrazine_bed(fuel: Propellant, pressure: float, dissociated: float) -> CombustionState:
    if not 0.0 <= dissociated <= 1.0 or not all(_is_hydrazine(part.formula) for part, _ in fuel.parts):
        raise ThermochemistryError(
            f"ammonia_dissociation {dissociated:g} does not fit {fuel.name}",
            where=fuel.name,
            why="it is the fraction, 0 to 1, of the ammonia of pure hydrazine that dissociates",
            remedy="give a fraction for N2H4, or leave it out",
        )
    products = products_of(fuel.elements)
    # 3 N2H4 -> 4 (1 - x) NH3 + (1 + 2 x) N2 + 6 x H2
    moles = {"NH3": 4.0 * (1.0 - dissociated), "N2": 1.0 + 2.0 * dissociated, "H2": 6.0 * dissociated}
    products.gas.TPX = 1200.0, pressure, moles
    products.gas.HP = fuel.enthalpy, pressure
    return _describe(products, "", fuel.name, 0.0, "frozen")


def _is_hydrazine(formula: Mapping[str, float]) -> bool:
    return dict(formula) == {"N": 2, "H": 4}


def _too_cold(label: str, temperature: float) -> ThermochemistryError:
    return ThermochemistryError(
        f"the products would be at {temperature:.0f} K, below the range of the species data",
        where=label,
        why="the mixture is so rich or so lean that it does not heat itself",
        remedy="bring the mixture ratio closer to stoichiometric",
    )


def _require_positive(name: str, value: float, where: str) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise ThermochemistryError(
            f"the {name} is {value:g}",
            where=where,
            why="it must be a positive number",
            remedy=f"give a {name} above 0",
        )
