"""What every fluid answers, whichever way its properties are kept."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from hotfire.physics.errors import FluidError
from hotfire.physics.ops import tabulated

__all__ = ["QUANTITIES", "UNITS", "Fluid"]

UNITS = {"density": "kg/m^3", "temperature": "K", "isentropic_exponent": ""}
"""Units of the quantities by name."""

QUANTITIES = tuple(UNITS)
"""Names of the quantities that `Fluid.several` knows."""

_GAS_LIKE = 10.0
"""Isentropic exponent below which a tenth less pressure lowers the density by more than a hundredth."""


@dataclass(frozen=True, eq=False)
class Fluid(ABC):
    """Properties of a propellant, pressurant or coolant over specific enthalpy and pressure.

    `density`, `temperature` and `isentropic_exponent` take (enthalpy in J/kg, pressure in Pa) as floats, numpy
    arrays (broadcast), CasADi MX or pint quantities, and answer in kind. Arguments outside the range are held at
    its edge, smoothly; NaN gives NaN.

    Attributes:
        name: What it was asked for by, in its canonical form.
        temperatures: Lowest and highest temperature, K.
        pressures: Lowest and highest pressure, Pa.
    """

    name: str
    temperatures: tuple[float, float]
    pressures: tuple[float, float]

    together: ClassVar[tuple[str, ...]] = QUANTITIES
    """What one look-up of compiled equations reads: a quantity more costs little, a second look-up much."""

    def density(self, enthalpy: Any, pressure: Any) -> Any:
        """Return the density, kg/m3."""
        return self._read("density", enthalpy, pressure)

    def temperature(self, enthalpy: Any, pressure: Any) -> Any:
        """Return the temperature, K."""
        return self._read("temperature", enthalpy, pressure)

    def isentropic_exponent(self, enthalpy: Any, pressure: Any) -> Any:
        """Return n = -(d ln p/d ln v)_s = rho c^2/p.

        It is that of the real fluid: the ratio of heat capacities for a thin gas, hundreds for a liquid. For a
        small enough step p v^n is constant along an isentrope, so that the enthalpy falls by
        n/(n-1) p/rho (1 - (p2/p1)^((n-1)/n)).
        """
        return self._read("isentropic_exponent", enthalpy, pressure)

    def several(self, quantities: tuple[str, ...], enthalpy: Any, pressure: Any) -> tuple[Any, ...]:
        """Return several of `density`, `temperature`, `isentropic_exponent` at once."""
        return tuple(self._read(name, enthalpy, pressure) for name in quantities)

    @abstractmethod
    def symbolic(self, quantities: tuple[str, ...]) -> tuple[Any, Any]:
        """Return the fluid as two CasADi functions, for tracing with scalar symbols.

        Returns:
            Place of (enthalpy, pressure), a column; and the values with their derivatives by the place, shapes
            (quantities, 1) and (quantities, places), of that place.
        """

    @abstractmethod
    def enthalpy(self, temperature: float, pressure: float) -> float:
        """Return the enthalpy in J/kg at (K, Pa); floats only, for setting a state up.

        Below the critical pressure it is that of the liquid up to the boiling point, of the vapour above.

        Raises:
            FluidError: The temperature or the pressure is outside the range.
        """

    def saturation_pressure(self, temperature: Any) -> Any:
        """Return the vapour pressure in Pa at a temperature in K; also reads casadi.SX."""
        return tabulated(self._vapour_pressure, ("K",), "Pa", temperature)

    def heat_capacity(self, temperature: float, pressure: float) -> float:
        """Return the heat capacity at constant pressure in J/(kg K) at (K, Pa); floats only.

        A difference over 0.1 % of the temperature: not for a state that close to boiling.

        Raises:
            FluidError: The temperature or the pressure is outside the range.
        """
        low, high = self.temperatures
        below, above = max(0.9995 * temperature, low), min(1.0005 * temperature, high)
        self._check(temperature, pressure)
        return (self.enthalpy(above, pressure) - self.enthalpy(below, pressure)) / (above - below)

    def is_gas_like(self, enthalpy: float, pressure: float) -> bool:
        """Tell whether flow laws must take the fluid for compressible at this design point.

        It is where a tenth less pressure lowers the density by more than a hundredth, so n < 10. The mixture of
        liquid and vapour is gas-like by this; a liquid about to boil is not, even if it flashes downstream.
        """
        return bool(self.isentropic_exponent(enthalpy, pressure) < _GAS_LIKE)

    @abstractmethod
    def _read(self, name: str, enthalpy: Any, pressure: Any) -> Any: ...

    @abstractmethod
    def _vapour_pressure(self, temperature: Any) -> Any: ...

    def _check(self, temperature: float, pressure: float) -> None:
        for what, value, (low, high), unit in (
            ("temperature", temperature, self.temperatures, "K"),
            ("pressure", pressure, self.pressures, "Pa"),
        ):
            if not (math.isfinite(value) and low * (1.0 - 1e-9) <= value <= high * (1.0 + 1e-9)):
                raise FluidError(
                    f"the {what} of {self.name} is {value:g} {unit}",
                    where=self.name,
                    why=f"its properties are known from {low:g} to {high:g} {unit}",
                    remedy=f"give a {what} in that range",
                )
