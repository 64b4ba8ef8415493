"""Ideal nozzle: calorically perfect gas, isentropic, one-dimensional, full flow.

The relations are those of Sutton and Biblarz, Rocket Propulsion Elements, 9th edition, chapter 3; with
`gamma` the process exponent of a `CombustionTable` they reproduce the shifting-equilibrium nozzle.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry.readings import is_symbol, sqrt

__all__ = [
    "ExitPressureRatio",
    "area_ratio",
    "characteristic_velocity",
    "critical_pressure_ratio",
    "exit_pressure_ratio",
    "exit_pressure_ratio_table",
    "ideal_thrust_coefficient",
    "vandenkerckhove",
]

GAMMA_RANGE = (1.03, 1.67)
"""Range of `exit_pressure_ratio_table`; outside it is held at the nearer end."""


def vandenkerckhove(gamma: Any) -> Any:
    """Return sqrt(gamma) (2/(gamma+1))^((gamma+1)/(2(gamma-1))), dimensionless (the choked flow factor)."""
    return sqrt(gamma) * (2.0 / (gamma + 1.0)) ** (0.5 * (gamma + 1.0) / (gamma - 1.0))


def critical_pressure_ratio(gamma: Any) -> Any:
    """Return p_throat/p_chamber of choked flow, dimensionless (Sutton eq. 3-20)."""
    return (2.0 / (gamma + 1.0)) ** (gamma / (gamma - 1.0))


def characteristic_velocity(gamma: Any, temperature: Any, molar_mass: Any) -> Any:
    """Return c* = sqrt(R T)/Gamma of a perfect gas, m/s (Sutton eq. 3-32); K, kg/kmol."""
    return sqrt(8314.46261815324 / molar_mass * temperature) / vandenkerckhove(gamma)


def area_ratio(gamma: Any, pressure_ratio: Any) -> Any:
    """Return A_e/A_t for p_e/p_c, dimensionless; supersonic below the critical ratio (Sutton eq. 3-25)."""
    speed = sqrt(2.0 * gamma / (gamma - 1.0) * (1.0 - pressure_ratio ** ((gamma - 1.0) / gamma)))
    return vandenkerckhove(gamma) / (pressure_ratio ** (1.0 / gamma) * speed)


def ideal_thrust_coefficient(
    gamma: Any, area_ratio: Any, ambient_pressure_ratio: Any, exit_ratio: Any = None
) -> Any:
    """Return the thrust coefficient F/(p_c A_t), dimensionless (Sutton eq. 3-30); full flow, no separation.

    Args:
        gamma: Exponent of the expansion.
        area_ratio: A_e/A_t, at least 1.
        ambient_pressure_ratio: p_ambient/p_chamber; 0 in vacuum.
        exit_ratio: p_e/p_c where it is known already (necessary for symbols, from
            `exit_pressure_ratio_table`); otherwise it follows from gamma and the area ratio.
    """
    ratio = exit_pressure_ratio(gamma, area_ratio) if exit_ratio is None else exit_ratio
    momentum = sqrt(2.0 * gamma / (gamma - 1.0) * (1.0 - ratio ** ((gamma - 1.0) / gamma)))
    return vandenkerckhove(gamma) * momentum + (ratio - ambient_pressure_ratio) * area_ratio


def exit_pressure_ratio(gamma: Any, area_ratio: Any) -> Any:
    """Return p_e/p_c of the supersonic exit, dimensionless: Sutton eq. 3-25 solved for the pressure.

    Floats and arrays (broadcast); for symbols take `exit_pressure_ratio_table`. Newton's method on ln A(ln
    p), which is monotone and convex on the supersonic branch, from the hypersonic side.
    """
    if isinstance(gamma, np.ndarray) or isinstance(area_ratio, np.ndarray):
        return np.vectorize(_exit_pressure_ratio, otypes=[float])(gamma, area_ratio)
    return _exit_pressure_ratio(float(gamma), float(area_ratio))


def _exit_pressure_ratio(gamma: float, area_ratio: float) -> float:
    if not (area_ratio >= 1.0 and gamma > 1.0):
        raise ThermochemistryError(
            f"no nozzle flow: area ratio {area_ratio:g}, gamma {gamma:g}",
            remedy="give A_exit/A_throat >= 1 and gamma > 1",
        )
    k = (gamma - 1.0) / gamma
    throat = math.log(2.0 / (gamma + 1.0)) / k
    # ln A = constant - x/gamma - ln(1 - exp(k x))/2, with x = ln(p_e/p_c); the last term is nought in the
    # limit
    constant = math.log(vandenkerckhove(gamma)) - 0.5 * math.log(2.0 / k)
    gap_at_vacuum = constant - math.log(area_ratio)
    x = min(gamma * gap_at_vacuum, throat - 1e-3)
    for _ in range(100):
        power = math.exp(k * x)
        gap = gap_at_vacuum - x / gamma - 0.5 * math.log1p(-power)
        slope = -1.0 / gamma + 0.5 * k * power / (1.0 - power)
        if slope > -1e-9:  # at the throat itself, where the slope vanishes
            return math.exp(throat)
        new = min(x - gap / slope, 0.5 * (x + throat))
        if abs(new - x) <= 1e-13 * abs(x):
            break
        x = new
    return math.exp(new)


@functools.lru_cache(maxsize=256)
def exit_pressure_ratio_table(area_ratio: float) -> ExitPressureRatio:
    """Return p_e/p_c as a smooth explicit function of gamma, for one area ratio and all readings.

    A Chebyshev fit of ln(p_e/p_c) in (gamma-1)/(gamma+1) over `GAMMA_RANGE`, relative error below 1e-7.
    Outside, gamma is held at the nearer end.
    """
    low, high = ((g - 1.0) / (g + 1.0) for g in GAMMA_RANGE)

    def logarithm(unit: Any) -> Any:
        y = 0.5 * ((high - low) * unit + high + low)
        return np.log(exit_pressure_ratio((1.0 + y) / (1.0 - y), area_ratio))

    series = np.polynomial.chebyshev.chebinterpolate(logarithm, 14)
    power = np.polynomial.chebyshev.cheb2poly(series)
    return ExitPressureRatio(float(area_ratio), tuple(float(c) for c in power), low, high)


class ExitPressureRatio:
    """p_e/p_c of one area ratio: call it with gamma as a float, a numpy array or a CasADi symbol."""

    def __init__(self, area_ratio: float, coefficients: tuple[float, ...], low: float, high: float) -> None:
        self.area_ratio, self._coefficients, self._low, self._high = area_ratio, coefficients, low, high

    def __repr__(self) -> str:
        return f"ExitPressureRatio(area_ratio={self.area_ratio:g})"

    def __call__(self, gamma: Any) -> Any:
        """Return p_e/p_c."""
        y = (gamma - 1.0) / (gamma + 1.0)
        unit = (2.0 * y - self._high - self._low) / (self._high - self._low)
        exp: Callable[[Any], Any]
        if is_symbol(gamma):
            import casadi

            unit, exp = casadi.fmin(casadi.fmax(unit, -1.0), 1.0), casadi.exp
        elif isinstance(gamma, np.ndarray):
            unit, exp = np.clip(unit, -1.0, 1.0), np.exp
        else:
            unit, exp = min(max(unit, -1.0), 1.0), math.exp
        total = self._coefficients[-1]
        for coefficient in self._coefficients[-2::-1]:
            total = total * unit + coefficient
        return exp(total)
