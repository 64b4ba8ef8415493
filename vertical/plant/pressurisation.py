"""Tanks of the plant and what keeps their pressure."""

from __future__ import annotations

from typing import Any

from hotfire.physics.components.tanks import BlowdownTank, RegulatedTank, SaturatedTank
from hotfire.physics.ops import maximum, minimum

__all__ = ["DroopingRegulatedTank", "HeatedBlowdownTank", "LaggingSaturatedTank"]


class LaggingSaturatedTank(SaturatedTank):
    """Boiling lags behind: the pressure stands 4 % below saturation at the reference flow, in proportion to it.

    Liquid must be superheated to boil as fast as it is drawn off (Zilliac and Karabeyoglu, AIAA 2005-3549,
    non-equilibrium model).
    """

    def _pressure(self, q: Any) -> Any:
        return super()._pressure(q) * (1.0 - 0.04 * minimum(q.outlet.flow / q.reference_flow, 2.0))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the outflow, whose vapour pressure is that of the liquid and not of the ullage."""
        carried = super().carried(q)
        return carried | {"vapour_pressure": super()._pressure(q)}


class HeatedBlowdownTank(BlowdownTank):
    """Ullage that takes up heat: the pressure departs from the polytropic law by -1 to +2 % as the tank drains.

    The exponent falls from near adiabatic as the gas cools and its wall warms it (Ring, Rocket Propellant and
    Pressurization Systems).
    """

    def _pressure(self, q: Any) -> Any:
        drained = 1.0 - maximum(q.mass, 0.0 * q.mass) / q.propellant_mass
        return super()._pressure(q) * (1.0 - 0.05 * drained + 0.07 * drained**2)


class DroopingRegulatedTank(RegulatedTank):
    """Regulated 1.2 % low at full load, recovering as the load leaves.

    Regulators droop with flow and with the pressure of their bottle (NASA SP-8080 on liquid rocket pressure
    regulators).
    """

    def _pressure(self, q: Any) -> Any:
        return super()._pressure(q) * (1.0 - 0.012 * (q.mass / q.propellant_mass))
