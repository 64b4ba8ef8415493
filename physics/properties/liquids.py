"""Liquids that CoolProp lacks, and mixtures of liquids, as closed forms.

    v = v0 (1 + beta (T - T0) - (p - p0)/K)
    h = cp (T - T0) + v0 [(1 - beta T0) (p - p0) - (p - p0)^2/(2 K)]

The two belong together: with this v the heat capacity of an exact fluid does not depend on pressure, and
(dh/dp)_T = v - T (dv/dT)_p gives h. So the work of a pump, the heat of its losses and the temperature agree.
T0 = 298.15 K and p0 = 101,325 Pa; the enthalpy is zero there. The liquid neither boils nor freezes: the vapour
pressure tells a caller that it would.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, ClassVar

import numpy as np

from hotfire.physics.ops import tabulated
from hotfire.physics.properties.coordinates import held
from hotfire.physics.properties.fluid import UNITS, Fluid
from hotfire.physics.properties.vapour_pressure import Antoine
from hotfire.physics.thermochemistry.reactants import propellant
from hotfire.physics.thermochemistry.readings import is_symbol

__all__ = ["REFERENCE_PRESSURE", "REFERENCE_TEMPERATURE", "Liquid", "liquid", "liquid_names"]

REFERENCE_TEMPERATURE = 298.15
REFERENCE_PRESSURE = 101325.0
_PRESSURES = (1e3, 6e7)


@dataclass(frozen=True, eq=False)
class Liquid(Fluid):
    """A liquid by closed forms; its methods read casadi.SX, too.

    Attributes:
        density_0: kg/m3 at 298.15 K and 101,325 Pa.
        expansion: beta, 1/K.
        bulk_modulus: K, isothermal, Pa.
        specific_heat: cp, J/(kg K).
        vapours: Mole fraction and vapour pressure of each part; they add by Raoult's law.
        sources: Where each figure comes from.
    """

    closed_form: ClassVar[bool] = True
    """It may be traced as it stands."""

    density_0: float
    expansion: float
    bulk_modulus: float
    specific_heat: float
    vapours: tuple[tuple[float, Antoine], ...]
    sources: Mapping[str, str]

    def symbolic(self, quantities: tuple[str, ...]) -> tuple[Any, Any]:
        """Return place and table; the place is (enthalpy, pressure) itself."""
        import casadi

        enthalpy, pressure, at = casadi.SX.sym("enthalpy"), casadi.SX.sym("pressure"), casadi.SX.sym("at", 2)
        column = casadi.vertcat(*(self._formula(name, at[0], at[1]) for name in quantities))
        return (
            casadi.Function("coordinates", [enthalpy, pressure], [casadi.vertcat(enthalpy, pressure)]),
            casadi.Function("liquid", [at], [column, casadi.densify(casadi.jacobian(column, at))]),
        )

    def enthalpy(self, temperature: float, pressure: float) -> float:
        """Return the enthalpy in J/kg at (K, Pa)."""
        self._check(temperature, pressure)
        return self.specific_heat * (temperature - REFERENCE_TEMPERATURE) + float(self._work(pressure))

    def is_gas_like(self, enthalpy: float, pressure: float) -> bool:
        """Return False: a liquid throughout."""
        return False

    def _read(self, name: str, enthalpy: Any, pressure: Any) -> Any:
        if type(enthalpy) is not float or type(pressure) is not float:
            if hasattr(enthalpy, "magnitude") or hasattr(pressure, "magnitude"):
                read = functools.partial(self._read, name)
                return tabulated(read, ("J/kg", "Pa"), UNITS[name], enthalpy, pressure)
            if not is_symbol(enthalpy) and not is_symbol(pressure):
                h, p = np.asarray(enthalpy, float), np.asarray(pressure, float)
                value = self._formula(name, *np.broadcast_arrays(h, p))
                value = np.where(np.isnan(h) | np.isnan(p), np.nan, value)
                both_numbers = isinstance(enthalpy, (int, float)) and isinstance(pressure, (int, float))
                return float(value) if both_numbers else value
        return self._formula(name, enthalpy, pressure)

    def _formula(self, name: str, enthalpy: Any, pressure: Any) -> Any:
        low, high = self.temperatures
        p = held(pressure, *_PRESSURES, 500.0)
        above = held(
            (enthalpy - self._work(p)) / self.specific_heat,
            low - REFERENCE_TEMPERATURE,
            high - REFERENCE_TEMPERATURE,
            1.0,
        )
        if name == "temperature":
            return REFERENCE_TEMPERATURE + above
        thinner = 1.0 + self.expansion * above - (p - REFERENCE_PRESSURE) / self.bulk_modulus
        if name == "density":
            return self.density_0 / thinner
        # -(dv/dp)_s = -(dv/dp)_T - T/cp (dv/dT)_p^2
        temperature, v0 = REFERENCE_TEMPERATURE + above, 1.0 / self.density_0
        ease = 1.0 / self.bulk_modulus - temperature * v0 * self.expansion**2 / self.specific_heat
        return thinner / (ease * p)

    def _work(self, pressure: Any) -> Any:
        """Return the enthalpy at the reference temperature, J/kg."""
        above = pressure - REFERENCE_PRESSURE
        straight = 1.0 - self.expansion * REFERENCE_TEMPERATURE
        return above * (straight - above / (2.0 * self.bulk_modulus)) / self.density_0

    def _vapour_pressure(self, temperature: Any) -> Any:
        total: Any = 0.0
        for share, vapour in self.vapours:
            total = total + share * vapour(temperature)
        return total


@functools.cache
def _cards() -> Mapping[str, Any]:
    import yaml

    text = resources.files("hotfire.physics.properties").joinpath("liquids.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def liquid_names() -> tuple[str, ...]:
    """Return the names of all liquids that have closed forms."""
    return tuple(_cards()["liquids"])


@functools.lru_cache(maxsize=64)
def liquid(name: str) -> Liquid:
    """Return a liquid, or a mixture by mass of such liquids, by its canonical name.

    Volumes add, less the contraction that `liquids.yaml` gives for a pair; heat capacities add by mass.
    """
    whole, cards = propellant(name), _cards()
    parts = [
        (card, part.molar_mass, share)
        for part, share in whole.parts
        for card in [cards["liquids"][part.name]]
    ]
    volumes = [share / card["density"] for card, _, share in parts]
    volume = sum(volumes) + _contraction(
        {part.name: share for part, share in whole.parts}, cards["contractions"]
    )
    moles = [share / molar_mass for _, molar_mass, share in parts]
    return Liquid(
        name=name,
        temperatures=(
            max(card["temperatures"][0] for card, _, _ in parts),
            min(card["temperatures"][1] for card, _, _ in parts),
        ),
        pressures=_PRESSURES,
        density_0=1.0 / volume,
        expansion=sum(v * card["expansion"] for v, (card, _, _) in zip(volumes, parts, strict=True)) / volume,
        bulk_modulus=volume
        / sum(v / card["bulk_modulus"] for v, (card, _, _) in zip(volumes, parts, strict=True)),
        specific_heat=sum(share * card["specific_heat"] for card, _, share in parts),
        vapours=tuple((n / sum(moles), _antoine(card)) for n, (card, _, _) in zip(moles, parts, strict=True)),
        sources={part.name: str(cards["liquids"][part.name]["source"]) for part, _ in whole.parts},
    )


def _antoine(card: Mapping[str, Any]) -> Antoine:
    a, b, c = card["antoine"]
    return Antoine(a, b, c, lowest=min(0.9 * card["temperatures"][0], 200.0) if c == 0.0 else 60.0 - c)


def _contraction(shares: Mapping[str, float], pairs: list[Mapping[str, Any]]) -> float:
    """Return the volume in m3/kg by which a mixture differs from its parts."""
    total = 0.0
    for pair in pairs:
        first, second = (shares.get(n, 0.0) for n in pair["pair"])
        if both := first + second:
            inside = sum(c * ((first - second) / both) ** k for k, c in enumerate(pair["coefficients"]))
            total += 1e-3 * first * second / both * inside
    return total
