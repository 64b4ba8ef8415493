"""Vapour pressures as closed forms, written with the operations of `hotfire.physics.ops`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotfire.physics.ops import exp, maximum, minimum
from hotfire.physics.properties.coordinates import polynomial

__all__ = ["Antoine", "Reduced"]

_COLDEST = 1.0
"""K; keeps 1/T defined."""


@dataclass(frozen=True)
class Reduced:
    """ln(p/p_critical) as a polynomial in z = 1 - T_critical/T, straight in z outside the range of its fit.

    Above the critical temperature there is no vapour pressure; the straight line goes on so that a solver which
    strays there finds its way back.

    Attributes:
        critical_temperature: K.
        log_critical_pressure: ln of Pa.
        lowest: z at the lowest temperature of the fit.
        coefficients: Of z, z^2 and so on.
    """

    critical_temperature: float
    log_critical_pressure: float
    lowest: float
    coefficients: tuple[float, ...]

    def __call__(self, temperature: Any) -> Any:
        """Return the vapour pressure in Pa at a temperature in K."""
        first, *rest = self.coefficients
        z = 1.0 - self.critical_temperature / maximum(temperature, _COLDEST)
        inside = minimum(maximum(z, self.lowest), 0.0)
        beyond = minimum(z - self.lowest, 0.0)
        slope = sum((k + 2) * c * self.lowest ** (k + 1) for k, c in enumerate(rest))
        bent = inside * inside * polynomial(tuple(rest), inside)
        return exp(self.log_critical_pressure + first * z + bent + slope * beyond)


@dataclass(frozen=True)
class Antoine:
    """log10(p/bar) = a - b/(T + c), the form of the NIST Chemistry WebBook; T in K.

    Attributes:
        a: Dimensionless.
        b: K.
        c: K.
        lowest: Temperature in K below which T is held, above the pole at -c.
    """

    a: float
    b: float
    c: float
    lowest: float

    def __call__(self, temperature: Any) -> Any:
        """Return the vapour pressure in Pa at a temperature in K."""
        ten = 2.302585092994046
        return 1e5 * exp(ten * (self.a - self.b / (maximum(temperature, self.lowest) + self.c)))
