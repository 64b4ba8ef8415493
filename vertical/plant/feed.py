"""Feed system of the plant: pipes, passages, orifices and injectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.components.flow_devices import Orifice, Venturi
from hotfire.physics.components.restrictions import CoolingJacket, Injector, Line
from hotfire.physics.declaration import Balance
from hotfire.physics.ops import above_vacuum, maximum, minimum
from hotfire.plant._laws import ahead_of, atmospheres, magnitude, rescaled, with_values

__all__ = ["FlashingInjector", "RealOrifice", "RealVenturi", "TurbulentJacket", "TurbulentLine", "turbulent"]

_EXPONENT = 1.0 / 1.8 - 0.5
"""Of the pressure difference in the flow, beyond the root: m ~ dp^(1/1.8)."""
_USUAL_LOSS = 0.03
"""Pressure difference over inlet pressure at which pipe friction is that of the model."""
_LEAST_LOSS, _MOST_LOSS = 2e-3, 0.06
"""Below the first the flow is laminar; beyond the second what is called a line is an orifice, with the exponent 2."""


def turbulent(
    balances: Iterator[Balance], q: Any, exponent: float = _EXPONENT, usual: float = _USUAL_LOSS
) -> Iterator[Balance]:
    """Let the flow of the first balance go with the power 0.5 + `exponent` of the pressure difference.

    Args:
        balances: Of the model, the flow law first.
        q: Namespace of the component.
        exponent: Beyond that of the root.
        usual: Difference over inlet pressure at which both agree.
    """
    least, most = _LEAST_LOSS / usual, max(_MOST_LOSS / usual, 2.0)

    def law(lost: Any, ahead: Any, power: float, corners: tuple[float, float]) -> Any:
        return minimum(maximum(lost / (usual * ahead), corners[0]), corners[1]) ** power

    def at_flow(loss: Any) -> Any:
        # L = f^2 dp, so f = (dp/dp0)^e is (L/dp0)^(e/(1 + 2 e)).
        corners = (least ** (1.0 + 2.0 * exponent), most ** (1.0 + 2.0 * exponent))
        lost, ahead = ahead_of(loss, above_vacuum(q.outlet.pressure))
        return law(lost, ahead, exponent / (1.0 + 2.0 * exponent), corners)

    ahead = above_vacuum(q.inlet.pressure)
    factor = law(magnitude(q.inlet.pressure - q.outlet.pressure, ahead), ahead, exponent, (least, most))
    yield from rescaled(balances, q, factor, at_flow)


class TurbulentLine(Line):
    """Friction exponent 1.8 instead of 2, up to a loss of 6 % of the inlet pressure.

    Blasius' friction factor of smooth pipes, f ~ Re^-0.25 to Re^-0.2 (Schlichting, Boundary-Layer Theory, chapter 20).
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the line with the other friction law."""
        yield from turbulent(super().equations(q), q)


class TurbulentJacket(CoolingJacket):
    """Friction exponent 1.8 instead of 2, up to a loss of 6 % of the inlet pressure.

    Blasius' friction factor of smooth pipes (Schlichting, Boundary-Layer Theory, chapter 20).
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the jacket with the other friction law."""
        yield from turbulent(super().equations(q), q)


class RealOrifice(Orifice):
    """Discharge falls by 1 % for each doubling of the pressure drop, from the model's at 10 % of the inlet pressure.

    Discharge coefficients of sharp orifices fall towards a constant with the Reynolds number (ISO 5167-2, equation of
    Reader-Harris and Gallagher).
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the orifice with the other discharge."""
        yield from turbulent(super().equations(q), q, -0.0145, 0.1)


class RealVenturi(Venturi):
    """Discharge coefficient rises by 0.7 % for each doubling of the inlet pressure, from that of the model at 30 atm.

    The boundary layer of the throat thins with the Reynolds number (ISO 5167-4, ISO 9300), which at a cavitating throat
    goes with the root of the inlet pressure.
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the venturi with the other discharge."""
        share = maximum(atmospheres(q.inlet.pressure), 0.1) / 30.0
        yield from super().equations(with_values(q, effective_area=q.effective_area * share**0.01))


class FlashingInjector(Injector):
    """Discharge falls by 0.15 x flashing depth, and rises by 0.06 x (relative pressure drop - 0.35).

    Flashing chokes the orifice (Dyer et al., AIAA 2007-5702); without it, discharge coefficients of short tubes rise
    with the Reynolds number until they cavitate (Lichtarowicz, Duggins and Markland, J. Mech. Eng. Sci. 7, 1965).
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances with a discharge coefficient that depends on the state."""
        vapour = q.inlet.properties.get("vapour_pressure")

        def law(ahead: Any) -> Any:
            depth = 0.0
            if vapour is not None:
                depth = maximum(vapour - q.outlet.pressure, 0.0 * q.outlet.pressure) / maximum(vapour, ahead)
            drop = minimum(maximum(1.0 - q.outlet.pressure / ahead, 0.0), 1.0)
            return 1.0 - 0.15 * depth + 0.06 * (drop - 0.35)

        def at_flow(loss: Any) -> Any:
            return law(ahead_of(loss, above_vacuum(q.outlet.pressure))[1])

        yield from rescaled(super().equations(q), q, law(q.inlet.pressure), at_flow)
