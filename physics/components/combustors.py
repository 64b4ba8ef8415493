"""Combustion chambers: liquid-liquid, and hybrid with a burning grain.

Quasi-steady: what is injected leaves at once. Performance is the theoretical c* of equilibrium thermochemistry
times an efficiency (Sutton and Biblarz, 9th ed., eq. 3-32 for c*).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.declaration import (
    Balance,
    Component,
    Fault,
    Input,
    Parameter,
    Port,
    State,
    flow_balance,
    pressure_balance,
)
from hotfire.physics.ops import smooth_step, sqrt, tabulated_several

__all__ = ["Combustor", "HybridCombustor"]

_EFFICIENCY = Parameter(
    "c_star_efficiency", "", "delivered over theoretical c*", 0.93, tolerance=0.04, wander=0.01
)
_COLD = Parameter("cold_c_star", "m/s", "c* of the propellants unburnt and flashed", 450.0)
_ROUGHNESS = Parameter(
    "roughness", "", "chamber pressure oscillation in sound running, rms over mean", 0.015, tolerance=0.5
)
_IGNITION = Input("ignition", "1 once lit")
_OUTPUTS = (("pressure", "Pa"), ("mixture_ratio", ""), ("roughness", ""), ("fuel_flow", "kg/s"))
_OSCILLATION_LOSS = 0.5
"""Share of c* lost per unit of relative oscillation: an assumption, see docs/explanation/physics.md."""

_FAULTS = (
    Fault(
        "efficiency_loss",
        "burns incompletely (poor mixing or atomisation, contaminated propellant)",
        0.02,
        0.6,
        4e-3,
        "injector_blockage",
        size_text="share of c* lost",
    ),
    Fault(
        "unstable_combustion",
        "burns unstably",
        0.05,
        0.9,
        4e-3,
        "combustion_instability",
        size_text="rms of the oscillation over mean pressure",
        clears=True,
    ),
    Fault("no_ignition", "is not alight", 0.95, 1.0, 2e-3, "igniter_failure", size_text="share unburnt"),
)


def _positive(flow: Any, reference: Any) -> Any:
    """Keep a flow above zero, smoothly, so that a mixture ratio exists at every step of an iteration."""
    small = 2e-4 * reference
    return 0.5 * (flow + sqrt(flow**2 + small**2)) + small


def _gas(q: Any, mixture_ratio: Any, pressure: Any, lit: Any) -> dict[str, Any]:
    """Delivered characteristic velocity in m/s and isentropic exponent of the gas."""
    theoretical, gamma = tabulated_several(
        q.table, (("c_star", "m/s"), ("gamma", "")), mixture_ratio, pressure
    )
    loss = (1.0 - q.efficiency_loss) * (1.0 - _OSCILLATION_LOSS * q.unstable_combustion)
    burning = lit * (1.0 - q.no_ignition)
    c_star = burning * q.c_star_efficiency * loss * theoretical + (1.0 - burning) * q.cold_c_star
    return {"c_star": c_star, "gamma": gamma}


class Combustor(Component):
    """Liquid bipropellant chamber."""

    type_name = "combustor"
    ports = (
        Port("oxidizer", "in", "liquid"),
        Port("fuel", "in", "liquid"),
        Port("outlet", "out", "gas"),
    )
    parameters = (_EFFICIENCY, _COLD, _ROUGHNESS)
    inputs = (_IGNITION,)
    options = ("oxidizer", "fuel")
    outputs = _OUTPUTS
    faults = _FAULTS

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one pressure at all ports, and continuity."""
        yield pressure_balance("oxidizer enters at chamber pressure", q.oxidizer.pressure, q.outlet.pressure)
        yield pressure_balance("fuel enters at chamber pressure", q.fuel.pressure, q.outlet.pressure)
        yield flow_balance("continuity", q.outlet.flow, q.oxidizer.flow + q.fuel.flow)

    def _mixture_ratio(self, q: Any) -> Any:
        return _positive(q.oxidizer.flow, q.reference_flow) / _positive(q.fuel.flow, q.reference_flow)

    def carried(self, q: Any) -> dict[str, Any]:
        """Return c* and the isentropic exponent of the gas."""
        ratio = self._mixture_ratio(q)
        lit = q.ignition * q.oxidizer.properties["supply"] * q.fuel.properties["supply"]
        return _gas(q, ratio, q.outlet.pressure, lit)

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, mixture ratio, roughness and fuel flow."""
        return {
            "pressure": q.outlet.pressure,
            "mixture_ratio": self._mixture_ratio(q),
            "roughness": q.roughness + q.unstable_combustion,
            "fuel_flow": q.fuel.flow,
        }


class HybridCombustor(Component):
    """Chamber with a solid-fuel grain of one circular port.

    The surface regresses with a power of the oxidizer mass flux (Sutton and Biblarz, 9th ed., chapter 16),
    written against a reference flux so that its constants keep simple units.
    """

    type_name = "hybrid_combustor"
    ports = (Port("oxidizer", "in", "liquid"), Port("outlet", "out", "gas"))
    parameters = (
        _EFFICIENCY,
        _COLD,
        Parameter(
            "roughness",
            "",
            "chamber pressure oscillation in sound running, rms over mean",
            0.03,
            tolerance=0.5,
        ),
        Parameter("grain_length", "m", "length of the port", tolerance=0.03),
        Parameter("port_diameter", "m", "port diameter before the test", tolerance=0.03),
        Parameter("grain_diameter", "m", "outer diameter of the grain", tolerance=0.01),
        Parameter("grain_density", "kg/m^3", "density of the fuel", 900.0, tolerance=0.03),
        Parameter("regression_rate", "m/s", "regression rate at the reference flux", tolerance=0.1),
        Parameter("reference_flux", "kg/(m^2 s)", "oxidizer mass flux at which that rate holds", 300.0),
        Parameter("regression_exponent", "", "exponent of the mass flux", 0.6, tolerance=0.05),
    )
    inputs = (_IGNITION,)
    states = (State("port", "m", "port diameter"),)
    options = ("oxidizer", "fuel")
    outputs = _OUTPUTS
    faults = (
        *_FAULTS,
        Fault(
            "regression_low",
            "regresses too slowly",
            0.05,
            0.8,
            3e-3,
            "injector_blockage",
            size_text="share of the regression rate missing",
        ),
        Fault(
            "regression_high",
            "burns too much surface (crack, broken liner, unbonded grain)",
            0.05,
            2.0,
            3e-3,
            "solid_case_insulation_burnthrough",
            size_text="fuel flow above the intended, as a share of it",
        ),
    )

    def _regression(self, q: Any) -> Any:
        flux = _positive(q.oxidizer.flow, q.reference_flow) / (0.7853981633974483 * q.port**2)
        left = smooth_step(1.0 - q.port / q.grain_diameter - 0.01, 0.01)
        lit = q.ignition * (1.0 - q.no_ignition)
        intended = q.regression_rate * (flux / q.reference_flux) ** q.regression_exponent
        return intended * left * lit * (1.0 - q.regression_low + q.regression_high)

    def _fuel_flow(self, q: Any) -> Any:
        return 3.141592653589793 * q.port * q.grain_length * q.grain_density * self._regression(q)

    def _mixture_ratio(self, q: Any) -> Any:
        return _positive(q.oxidizer.flow, q.reference_flow) / _positive(self._fuel_flow(q), q.reference_flow)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one pressure at both ports, and continuity with the fuel that the grain gives."""
        yield pressure_balance("oxidizer enters at chamber pressure", q.oxidizer.pressure, q.outlet.pressure)
        yield flow_balance("continuity", q.outlet.flow, q.oxidizer.flow + self._fuel_flow(q))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return c* and the isentropic exponent of the gas."""
        ratio = self._mixture_ratio(q)
        return _gas(q, ratio, q.outlet.pressure, q.ignition)

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the growth of the port."""
        return {"port": 2.0 * self._regression(q)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure, mixture ratio, roughness and fuel flow."""
        return {
            "pressure": q.outlet.pressure,
            "mixture_ratio": self._mixture_ratio(q),
            "roughness": q.roughness + q.unstable_combustion,
            "fuel_flow": self._fuel_flow(q),
        }

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the port before the test."""
        return {"port": parameters["port_diameter"]}
