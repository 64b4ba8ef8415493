"""Combustion products in chemical equilibrium: a thin, robust layer over Cantera.

The products are an ideal-gas mixture of those species of `nasa_gas.yaml` (NASA 7-coefficient polynomials,
shipped with Cantera) that ever reach about 1e-4 of the moles in a C/H/O/N flame. With 38 species c* is the
same to 1e-5 as with all 146, at a twentieth of the time. Solid carbon is a second phase, on request.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Mapping
from typing import Any, Literal

from hotfire.physics.errors import ThermochemistryError

__all__ = ["GAS_CONSTANT", "SPECIES", "Products", "products_of"]

GAS_CONSTANT = 8314.46261815324
"""J/(kmol K), CODATA 2018."""

# fmt: off
SPECIES = [
    "H", "H2", "O", "O2", "OH", "H2O", "HO2", "H2O2", "O3", "N", "N2", "NO", "NO2", "N2O", "NH", "NH2",
    "NH3", "HNO", "HNO2", "C", "CO", "CO2", "CH2", "CH3", "CH4", "HCO", "HCHO,formaldehy", "COOH",
    "HCOOH", "C2H2,acetylene", "C2H4", "C2H6", "C6H6", "CN", "HCN", "HNC", "HNCO", "CH3CN",
]
# fmt: on
"""Gaseous product species considered. Larger aromatics are left out: they stand for soot, which the gas-only
model refuses or flags instead (see `Products.carbon_activity`)."""

COLDEST = 5.0
"""K; lower end of the extension of the species data below their 200 K."""

HOTTEST = 6000.0
"""K; upper end of the species data."""

COLDEST_EQUILIBRIUM = 200.0
"""K; lowest temperature at which an equilibrium is sought."""

START_TEMPERATURES = (3000.0, 1500.0, 800.0, 400.0)
"""K; where the search for equilibrium starts. A single start fails for one state in fifteen, the ladder for
none."""


@functools.cache
def _species() -> dict[str, Any]:
    import cantera

    known = {s.name: s for s in cantera.Species.list_from_file("nasa_gas.yaml")}
    for name in SPECIES:
        known[name].thermo = _extended_downwards(known[name].thermo)
    return {name: known[name] for name in SPECIES}


def _extended_downwards(thermo: Any) -> Any:
    """Continue NASA 7-coefficient polynomials below 200 K with constant heat capacity.

    The exit of a cold gas generator's nozzle may be at 100 K, where the quartics are no longer heat
    capacities. The 9-coefficient form is taken because it allows three temperature ranges; its first two
    coefficients stay zero.
    """
    import cantera

    edge, middle, highest = thermo.min_temp, float(thermo.coeffs[0]), thermo.max_temp
    hot, cold = (list(map(float, thermo.coeffs[i : i + 7])) for i in (1, 8))
    cp, h, s = (f(edge) / GAS_CONSTANT for f in (thermo.cp, thermo.h, thermo.s))
    flat = [cp, 0.0, 0.0, 0.0, 0.0, h - cp * edge, s - cp * math.log(edge)]
    coeffs = [3.0]
    for low, high, seven in ((COLDEST, edge, flat), (edge, middle, cold), (middle, highest, hot)):
        coeffs += [low, high, 0.0, 0.0, *seven]
    return cantera.Nasa9PolyMultiTempRegion(COLDEST, highest, thermo.reference_pressure, coeffs)


@functools.cache
def _condensed() -> Any:
    import cantera

    species = {s.name: s.thermo for s in cantera.Species.list_from_file("nasa_condensed.yaml")}
    return {name: species[name] for name in ("C(gr)", "H2O(L)")}


FREEZING_TEMPERATURE = 450.0
"""K; below it no reaction is quick enough to matter, and solvers fail on vanishing mole fractions."""

SOLVERS: tuple[Literal["element_potential", "gibbs"], ...] = ("element_potential", "gibbs")
"""Cantera's solvers, in the order tried. Its third, `vcs`, writes to standard output when it fails."""


class Products:
    """The equilibrium products of one kilogram of propellant.

    The state is the last one solved; `gas` is the underlying `cantera.Solution`. Instances are cheap to reuse
    and not safe to share between threads.

    Args:
        elements: kmol of each element in a kilogram of propellant.
    """

    def __init__(self, elements: Mapping[str, float]) -> None:
        import cantera

        present = {e for e, n in elements.items() if n > 0.0}
        species = [s for s in _species().values() if set(s.composition) <= present]
        self.gas = cantera.Solution(thermo="ideal-gas", species=species)
        self._error = cantera.CanteraError
        self.set_elements(elements)

    def set_elements(self, elements: Mapping[str, float]) -> None:
        """Change the propellant; its elements must be those that the instance was made for."""
        self.elements = dict(elements)
        self._atoms = {e: n for e, n in elements.items() if n > 0.0}

    # Equilibrium in three pairs of variables; each raises when no start leads to a solution.

    def at_enthalpy(self, enthalpy: float, pressure: float) -> None:
        """Solve at constant enthalpy J/kg and pressure Pa: the adiabatic flame."""
        self._climb("HP", enthalpy, pressure)

    def at_entropy(self, entropy: float, pressure: float) -> None:
        """Solve at constant entropy J/(kg K) and pressure Pa, starting from the state at hand.

        In a cold exit, below `FREEZING_TEMPERATURE`, where no solver gets through, the composition stays.
        """
        composition = self.gas.X
        try:
            self.gas.SP = entropy, pressure
            self.gas.equilibrate("SP", solver="element_potential", rtol=1e-10)
        except self._error:
            self.at_entropy_frozen(entropy, pressure, composition)
            if self.gas.T > FREEZING_TEMPERATURE:
                self._climb("SP", entropy, pressure)

    def at_entropy_frozen(self, entropy: float, pressure: float, composition: Any) -> None:
        """Find the temperature at fixed composition: Newton on s(ln T), which is monotone."""
        temperature, gap = self.gas.T, math.inf
        for _ in range(100):
            self.gas.TPX = temperature, pressure, composition
            gap = (entropy - self.gas.entropy_mass) / self.gas.cp_mass
            if abs(gap) < 1e-13:
                return
            temperature = min(max(temperature * math.exp(gap), COLDEST), HOTTEST)
        if abs(gap) > 1e-9:
            raise _no_state(
                "entropy", entropy, pressure, "it would be colder or hotter than the species data"
            )

    def at_temperature(self, temperature: float, pressure: float) -> None:
        """Solve at constant temperature K and pressure Pa."""
        for solver in SOLVERS:
            try:
                self.gas.TPX = temperature, pressure, self._atoms
                self.gas.equilibrate("TP", solver=solver, rtol=1e-10)
            except self._error as error:
                reason = _last_line(error)
                continue
            return
        raise _no_state("temperature", temperature, pressure, reason)

    def _climb(self, pair: Literal["HP", "SP"], value: float, pressure: float) -> None:
        """Try Cantera's own search from several temperatures, then ours, which is slower and surer."""
        relative = (
            abs(value) > 10.0
        )  # J/kg: Cantera's convergence test divides by the enthalpy, which may be nought
        for start in START_TEMPERATURES if relative else ():
            try:
                self.at_temperature(start, pressure)
                setattr(self.gas, pair, (value, pressure))
                self.gas.equilibrate(pair, solver="element_potential", rtol=1e-10)
            except (self._error, ThermochemistryError):
                continue
            return
        self._bisect(pair, value, pressure)

    def _bisect(self, pair: Literal["HP", "SP"], value: float, pressure: float) -> None:
        """Find the temperature by the Illinois method; equilibrium enthalpy and entropy rise with it."""

        def gap(temperature: float) -> float:
            self.at_temperature(temperature, pressure)
            here = self.gas.enthalpy_mass if pair == "HP" else self.gas.entropy_mass
            return float(here) - value

        name = "enthalpy" if pair == "HP" else "entropy"
        low, high = COLDEST_EQUILIBRIUM, HOTTEST
        at_low, at_high = gap(low), gap(high)
        if at_low > 0.0 or at_high < 0.0:
            raise _no_state(name, value, pressure, "it would be colder or hotter than the species data")
        scale = 1e-11 * (at_high - at_low)
        for _ in range(200):
            middle = (low * at_high - high * at_low) / (at_high - at_low)
            here = gap(middle)
            if abs(here) < scale or high - low < 1e-9:
                return
            if here > 0.0:
                high, at_high, at_low = middle, here, 0.5 * at_low
            else:
                low, at_low, at_high = middle, here, 0.5 * at_high
        raise _no_state(name, value, pressure, "the search did not end")

    # What the state tells.

    @property
    def molar_mass(self) -> float:
        """kg/kmol."""
        return float(self.gas.mean_molecular_weight)

    def carbon_activity(self) -> float:
        """Activity of solid carbon over the gas, dimensionless: above 1, soot would form.

        From 2 CO = CO2 + C(gr), or CH4 = 2 H2 + C(gr) without oxygen; they hold in any gas in internal
        equilibrium.
        """
        if "C" not in self._atoms:
            return 0.0
        donor, residue = ({"CO": 2.0}, {"CO2": 1.0}) if "O" in self._atoms else ({"CH4": 1.0}, {"H2": 2.0})
        return self._activity("C(gr)", donor, residue)

    def water_saturation(self) -> float:
        """Partial pressure of water over its saturation pressure: above 1, water would condense."""
        if not {"H", "O"} <= set(self._atoms) or self.gas.T > 647.0:  # K, the critical point
            return 0.0
        return self._activity("H2O(L)", {"H2O": 1.0}, {})

    def _activity(self, condensed: str, donor: Mapping[str, float], residue: Mapping[str, float]) -> float:
        gas, thermo = self.gas, _condensed()[condensed]
        potential = gas.chemical_potentials
        here = sum(n * potential[gas.species_index(name)] for name, n in donor.items())
        here -= sum(n * potential[gas.species_index(name)] for name, n in residue.items())
        pure = thermo.h(gas.T) - gas.T * thermo.s(gas.T)
        return math.exp(min((here - pure) / (GAS_CONSTANT * gas.T), 700.0))


def _no_state(name: str, value: float, pressure: float, why: str) -> ThermochemistryError:
    return ThermochemistryError(
        f"no equilibrium at {pressure / 1e5:.4g} bar and {name} {value:.6g} (SI, per kg)",
        why=why,
        remedy="check mixture ratio, pressure and the enthalpies of the reactants",
    )


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip(" *")]
    return lines[-1] if lines else "the solver gave up"


def products_of(elements: Mapping[str, float]) -> Products:
    """Return the products of these elements, kmol per kilogram; one object per set of elements and thread."""
    products = _shared(tuple(sorted(elements)), threading.get_ident())
    products.set_elements(elements)
    return products


@functools.lru_cache(maxsize=64)
def _shared(elements: tuple[str, ...], thread: int) -> Products:
    return Products(dict.fromkeys(elements, 1.0))
