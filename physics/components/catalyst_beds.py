"""Catalyst beds: a monopropellant decomposes over granules and leaves as hot gas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import COEFFICIENT, SHARE, Bounds
from hotfire.physics.components.combustors import held_mass
from hotfire.physics.declaration import (
    Balance,
    Component,
    Fault,
    Input,
    Parameter,
    Port,
    flow_balance,
)
from hotfire.physics.ops import above_vacuum, pressure_loss, signed_sqrt, tabulated

__all__ = ["CatalystBed"]

_C_STAR = (1315.694945, 164.949014, -314.835853, 38.467493)
"""Coefficients of c* in m/s over the dissociated share of the ammonia, ascending; within 0.004 % from 0.2 to 0.9."""
_GAMMA = (1.170791597, 0.328934019, -0.093575021)
"""The same of the exponent whose ideal thrust coefficient is that of the frozen expansion; within 0.0017."""
_TEMPERATURE = (1642.945846, -725.081752, -85.782611, 32.287772)
"""The same of the gas temperature in K; within 0.01 %."""
_LOST = 0.5
"""Share of c* lost per unit of relative oscillation, as in `combustors`."""


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    value = 0.0 * x
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


class CatalystBed(Component):
    """Bed of a hydrazine thruster, its chamber included.

    3 N2H4 -> 4 NH3 + N2 gives the heat, 4 NH3 -> 2 N2 + 6 H2 takes some of it back (Sutton and Biblarz, 9th ed.,
    section 7.6). How far the second goes is a property of the bed; the gas then is that of
    `hotfire.physics.thermochemistry.monopropellant`, and no function of the pressure. The bed resists the gas like an
    orifice.
    """

    type_name = "catalyst_bed"
    ports = (Port("fuel", "in", "liquid"), Port("outlet", "out", "gas"))
    parameters = (
        Parameter(
            "ammonia_dissociation",
            "",
            "share of the ammonia that dissociates, 0.2 to 0.9",
            0.55,
            tolerance=0.1,
            bounds=Bounds(0.2, 0.9),
        ),
        Parameter(
            "c_star_efficiency",
            "",
            "delivered over theoretical c*",
            0.95,
            tolerance=0.02,
            wander=0.005,
            bounds=COEFFICIENT,
        ),
        Parameter(
            "effective_area",
            "m^2",
            "discharge coefficient times flow area of the bed, for gas",
            tolerance=0.1,
        ),
        Parameter("cold_c_star", "m/s", "c* of the propellant evaporated but not decomposed", 400.0),
        Parameter("warm_temperature", "K", "temperature of the heated bed before it is fed", 400.0),
        Parameter("volume", "m^3", "volume of bed and chamber, for its filling", optional=True),
        Parameter(
            "roughness",
            "",
            "chamber pressure oscillation in sound running, rms over mean",
            0.03,
            tolerance=0.5,
            bounds=SHARE,
        ),
    )
    inputs = (Input("ignition", "1 once the bed is warm"),)
    outputs = (("pressure", "Pa"), ("temperature", "K"), ("roughness", ""), ("fuel_flow", "kg/s"))
    faults = (
        Fault(
            "activity_loss",
            "decomposes incompletely (poisoned, lost or flooded catalyst)",
            0.02,
            0.6,
            4e-3,
            "injector_blockage",
            size_text="share of c* lost",
        ),
        Fault(
            "blockage",
            "is partly blocked (broken granules, deposits)",
            0.05,
            0.9,
            3e-3,
            "injector_blockage",
            grows=True,
            size_text="share of the flow area lost",
        ),
        Fault(
            "unstable_combustion",
            "decomposes roughly",
            0.05,
            0.9,
            2e-3,
            "combustion_instability",
            size_text="rms of the oscillation over mean pressure",
            clears=True,
        ),
        Fault(
            "no_ignition",
            "does not decompose what it is fed (cold bed, dead catalyst)",
            0.95,
            1.0,
            1e-3,
            "igniter_failure",
            size_text="share not decomposed",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the flow through the bed, and continuity."""
        gas = self._gas(q)
        density = held_mass(above_vacuum(q.outlet.pressure), 1.0, gas["c_star"], gas["gamma"])
        area = q.effective_area * (1.0 - q.blockage)
        difference = q.fuel.pressure - q.outlet.pressure
        loss = (difference, pressure_loss(q.fuel.flow, area, density))
        through = area * signed_sqrt(difference, density)
        yield Balance("flow through the bed", q.fuel.flow, through, "flow", None, loss)
        held = None
        if q.volume is not None:
            held = held_mass(q.outlet.pressure, q.volume, gas["c_star"], gas["gamma"])
        yield flow_balance("continuity", q.outlet.flow, q.fuel.flow, stored=held)

    def _lit(self, q: Any) -> Any:
        return q.ignition * q.fuel.properties["supply"] * (1.0 - q.no_ignition)

    def _loss(self, q: Any) -> Any:
        return (1.0 - q.activity_loss) * (1.0 - _LOST * q.unstable_combustion)

    def _gas(self, q: Any) -> dict[str, Any]:
        x = q.ammonia_dissociation
        c_star = tabulated(lambda v: _polynomial(_C_STAR, v), ("",), "m/s", x)
        lit = self._lit(q)
        return {
            "c_star": lit * q.c_star_efficiency * self._loss(q) * c_star + (1.0 - lit) * q.cold_c_star,
            "gamma": _polynomial(_GAMMA, x),
        }

    def carried(self, q: Any) -> dict[str, Any]:
        """Return c* and the isentropic exponent of the gas."""
        return self._gas(q)

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, gas temperature, roughness and flow."""
        hot = tabulated(lambda v: _polynomial(_TEMPERATURE, v), ("",), "K", q.ammonia_dissociation)
        lit, delivered = self._lit(q), q.c_star_efficiency * self._loss(q)
        return {
            "pressure": q.outlet.pressure,
            # The temperature goes with the square of c*.
            "temperature": lit * hot * delivered**2 + (1.0 - lit) * q.warm_temperature,
            "roughness": q.roughness + q.unstable_combustion,
            "fuel_flow": q.fuel.flow,
        }
