"""From (enthalpy, pressure) to the uniform axes of a chart, and what the mixture of liquid and vapour is.

Pressure counts as y = ln p, drawn apart about the critical pressure. Enthalpy counts from that of the coldest
liquid at the same pressure, which takes the work of a pump out of it: at 60 MPa that is more than the whole way
from freezing to boiling for hydrogen. Its logarithm resolves liquid and warm gas alike, and again the critical
region is drawn apart.

In the dome the mixture needs no chart: at one pressure the specific volume is linear in the enthalpy and the
temperature stands still. Its ends are polynomials in tau = (ln p_critical/p)^(1/3), which makes the cubic-root
closing of the dome straight. All of it is written with the operations of `hotfire.physics.ops`: floats, arrays and
scalar symbols read one source.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hotfire.physics.ops import exp, log, maximum, minimum, tanh

__all__ = ["FADED", "FULL", "SKIN", "Coordinates", "Dome", "held", "polynomial", "step"]

_LOWEST_PRESSURE = 1.0
"""Pa; keeps the logarithm defined in a vacuum."""

FADED, FULL = 0.12, 0.2
"""The dome's tau below which it is left to the chart, whose kinks have vanished there, and above which it is
whole: 0.998 and 0.992 of the critical pressure."""

SKIN = 0.004
"""Share of the way from boiling to dry over which the kink at either border is rounded, inside the dome."""


def held(x: Any, low: float, high: float, margin: float) -> Any:
    """Return x between `low` and `high`, drawn smoothly into a margin beyond (see `Axis.hold`)."""
    inside = minimum(maximum(x, low), high)
    return inside + margin * tanh((x - inside) * (1.0 / margin))


def polynomial(coefficients: tuple[Any, ...], x: Any) -> Any:
    """Return the sum of c_k x^k, by Horner's rule."""
    total: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def step(x: Any) -> Any:
    """Return 0 below 0, 1 above 1, and a quintic between, twice continuously differentiable."""
    t = minimum(maximum(x, 0.0), 1.0)
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))


def _depth(share: Any) -> Any:
    """Return the weight of the mixture by the distance from a border: 0 there, then quickly near 1.

    It multiplies the difference between mixture and chart, which itself grows with the distance t (in skins). Were
    t w(t) ever much steeper than t, the density would turn back near the vapour; of t^4/(1 + t^3) the slope is at
    most 4/3.
    """
    t = share * (1.0 / SKIN)
    cube = t * t * t
    return cube / (1.0 + cube)


@dataclass(frozen=True)
class Coordinates:
    """The way from (enthalpy, pressure) to (x, y).

    Attributes:
        log_pressures: Lowest and highest ln p (p in Pa); beyond, the pressure is held.
        margin: How far beyond ln p is drawn.
        coldest: Enthalpy of the coldest liquid, J/kg: coefficients of a polynomial in p/(highest p).
        scale: Enthalpy in J/kg above the coldest at which the logarithm takes over from the straight line.
        x_bump: Size, place (J/kg above the coldest) and width (J/kg) of the stretch about the critical enthalpy.
        y_bump: The same about the critical pressure, in ln p.
    """

    log_pressures: tuple[float, float]
    margin: float
    coldest: tuple[float, ...]
    scale: float
    x_bump: tuple[float, float, float]
    y_bump: tuple[float, float, float]

    def log_pressure(self, pressure: Any) -> Any:
        """Return ln p, held."""
        return held(log(maximum(pressure, _LOWEST_PRESSURE)), *self.log_pressures, self.margin)

    def lowest(self, log_pressure: Any) -> Any:
        """Return the enthalpy of the coldest liquid, J/kg."""
        return polynomial(self.coldest, exp(log_pressure - self.log_pressures[1]))

    def y(self, log_pressure: Any) -> Any:
        """Return the place of a pressure."""
        size, place, width = self.y_bump
        return log_pressure + size * tanh((log_pressure - place) * (1.0 / width))

    def x(self, above: Any) -> Any:
        """Return the place of an enthalpy in J/kg above the coldest."""
        size, place, width = self.x_bump
        scaled = log(maximum(1.0 + above * (1.0 / self.scale), 0.5))
        return scaled + size * tanh((above - place) * (1.0 / width))


@dataclass(frozen=True)
class Dome:
    """Liquid and vapour in equilibrium, as polynomials in a scaled tau.

    Attributes:
        log_critical_pressure: ln of the critical pressure in Pa.
        deepest: tau at the lowest pressure.
        liquid_enthalpy: Coefficients, J/kg; and so on for the vapour.
        liquid_volume: Coefficients of the logarithm, m3/kg.
        liquid_slope: Coefficients of the logarithm of -(dv/dp)_s p where boiling begins, m3/kg.
        temperature: Coefficients of the logarithm, K.
    """

    log_critical_pressure: float
    deepest: float
    liquid_enthalpy: tuple[float, ...]
    vapour_enthalpy: tuple[float, ...]
    liquid_volume: tuple[float, ...]
    vapour_volume: tuple[float, ...]
    liquid_slope: tuple[float, ...]
    vapour_slope: tuple[float, ...]
    temperature: tuple[float, ...]

    def scaled(self, log_pressure: Any) -> tuple[Any, Any]:
        """Return how much of the dome there is at a pressure, 0 to 1, and the argument of the polynomials."""
        tau = maximum(self.log_critical_pressure - log_pressure, FADED**3) ** (1.0 / 3.0)
        return step((tau - FADED) * (1.0 / (FULL - FADED))), (
            2.0 * tau - FADED - self.deepest
        ) * self._per_range

    def argument(self, log_pressure: Any) -> Any:
        """Return the argument of the polynomials at a pressure well below the critical, floats or arrays."""
        tau = (self.log_critical_pressure - log_pressure) ** (1.0 / 3.0)
        return (2.0 * tau - FADED - self.deepest) * self._per_range

    @property
    def log_highest(self) -> float:
        """Logarithm of the pressure in Pa from which on the dome is left to the chart."""
        return self.log_critical_pressure - FADED**3

    @property
    def _per_range(self) -> float:
        return 1.0 / (self.deepest - FADED)

    def ends(self, log_pressure: Any) -> tuple[Any, Any]:
        """Return the enthalpies in J/kg between which the fluid boils."""
        _, t = self.scaled(log_pressure)
        return polynomial(self.liquid_enthalpy, t), polynomial(self.vapour_enthalpy, t)

    def read(self, quantities: tuple[str, ...], enthalpy: Any, log_pressure: Any) -> tuple[Any, ...]:
        """Return the weight of the mixture, 0 outside the dome to 1 inside, and logarithms of its quantities."""
        there, t = self.scaled(log_pressure)
        liquid, vapour = polynomial(self.liquid_enthalpy, t), polynomial(self.vapour_enthalpy, t)
        quality = minimum(maximum((enthalpy - liquid) / maximum(vapour - liquid, 1.0), 0.0), 1.0)
        weight = there * _depth(quality) * _depth(1.0 - quality)
        first, last = exp(polynomial(self.liquid_volume, t)), exp(polynomial(self.vapour_volume, t))
        log_volume = log(first + quality * (last - first))
        found = []
        for name in quantities:
            if name == "density":
                found.append(-log_volume)
            elif name == "temperature":
                found.append(polynomial(self.temperature, t))
            else:
                ease = exp(polynomial(self.liquid_slope, t)), exp(polynomial(self.vapour_slope, t))
                found.append(log_volume - log(ease[0] + quality * (ease[1] - ease[0])))
        return weight, *found


def tau_of(pressure: float, critical_pressure: float) -> float:
    """Return tau of a pressure below the critical."""
    return math.pow(math.log(critical_pressure / pressure), 1.0 / 3.0)
