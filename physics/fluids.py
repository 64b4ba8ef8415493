"""Saturation properties of nitrous oxide as explicit correlations.

ESDU 91022, "Thermophysical properties of nitrous oxide" (1991), valid from 182.3 K to the critical point.
Closed forms serve all four readings of the equations and need no table.
"""

from __future__ import annotations

from typing import Any

from hotfire.physics.ops import exp, minimum, sqrt, tabulated

__all__ = [
    "CRITICAL_TEMPERATURE",
    "TRIPLE_POINT",
    "liquid_density",
    "liquid_enthalpy",
    "saturation_pressure",
    "saturation_temperature",
    "vapour_density",
    "vapour_enthalpy",
]

CRITICAL_TEMPERATURE = 309.57
CRITICAL_PRESSURE = 7.251e6
CRITICAL_DENSITY = 452.0
TRIPLE_POINT = 182.33
_LOWEST, _HIGHEST = TRIPLE_POINT, 308.5


def _reduced(temperature: Any) -> Any:
    """Reduced temperature, kept a little below critical, where the correlations end."""
    return minimum(temperature, _HIGHEST) / CRITICAL_TEMPERATURE


def _in_thirds(x: Any, coefficients: tuple[float, ...]) -> Any:
    """Return the sum of c_k x^(k/3), by Horner's rule: one root instead of a power for each term."""
    root = x ** (1.0 / 3.0)
    total: Any = 0.0
    for coefficient in reversed(coefficients):
        total = total * root + coefficient
    return total


def _saturation_pressure(temperature: Any) -> Any:
    tr = _reduced(temperature)
    y = 1.0 - tr
    root, square = sqrt(y), y * y
    series = y * (-6.71893 + root * 1.35966) + square * (-1.3779 * root - 4.051 * square * y)
    return CRITICAL_PRESSURE * exp(series / tr)


def _liquid_density(temperature: Any) -> Any:
    y = 1.0 - _reduced(temperature)
    return CRITICAL_DENSITY * exp(_in_thirds(y, (0.0, 1.72328, -0.83950, 0.51060, -0.10412)))


def _vapour_density(temperature: Any) -> Any:
    x = 1.0 / _reduced(temperature) - 1.0
    return CRITICAL_DENSITY * exp(_in_thirds(x, (0.0, -1.00900, -6.28792, 7.50332, -7.90463, 0.629427)))


def _liquid_enthalpy(temperature: Any) -> Any:
    y = 1.0 - _reduced(temperature)
    return 1e3 * _in_thirds(y, (-200.0, 116.043, -917.225, 794.779, -589.587))


def _vapour_enthalpy(temperature: Any) -> Any:
    y = 1.0 - _reduced(temperature)
    return 1e3 * _in_thirds(y, (-200.0, 440.055, -459.701, 434.081, -485.338))


def saturation_pressure(temperature: Any) -> Any:
    """Saturation pressure in Pa at `temperature` in K (ESDU 91022, equation 4.1)."""
    return tabulated(_saturation_pressure, ("K",), "Pa", temperature)


def liquid_density(temperature: Any) -> Any:
    """Density of the saturated liquid in kg/m^3 (ESDU 91022, equation 4.2)."""
    return tabulated(_liquid_density, ("K",), "kg/m^3", temperature)


def vapour_density(temperature: Any) -> Any:
    """Density of the saturated vapour in kg/m^3 (ESDU 91022, equation 4.3)."""
    return tabulated(_vapour_density, ("K",), "kg/m^3", temperature)


def liquid_enthalpy(temperature: Any) -> Any:
    """Specific enthalpy of the saturated liquid in J/kg (ESDU 91022, equation 4.4)."""
    return tabulated(_liquid_enthalpy, ("K",), "J/kg", temperature)


def vapour_enthalpy(temperature: Any) -> Any:
    """Specific enthalpy of the saturated vapour in J/kg (ESDU 91022, equation 4.5)."""
    return tabulated(_vapour_enthalpy, ("K",), "J/kg", temperature)


def saturation_temperature(pressure: float) -> float:
    """Temperature in K at which nitrous oxide boils under `pressure` in Pa (bisection)."""
    low, high = _LOWEST, _HIGHEST
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _saturation_pressure(middle) < pressure else (low, middle)
    return 0.5 * (low + high)
