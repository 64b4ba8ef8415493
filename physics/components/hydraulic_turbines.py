"""Turbines that a liquid drives: a nozzle ring that sets the flow, and blades that take work from it.

Flow by the orifice equation (Sutton and Biblarz, Rocket Propulsion Elements, 9th ed., eq. 8-2). Euler's equation for
an impulse wheel gives eta ~ r (2 - r), r = blade speed over the best one, which goes with the spouting velocity
sqrt(2 dp/rho) (Dixon and Hall, Fluid Mechanics and Thermodynamics of Turbomachinery, chapter on hydraulic turbines, the
Pelton wheel). A full-admission reaction stage has a flatter top; near its best speed the parabola serves for both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import SHARE
from hotfire.physics.declaration import Balance, Component, Fault, Parameter, Port, flow_balance
from hotfire.physics.ops import at_least, positive, signed_sqrt

__all__ = ["HydraulicTurbine"]

_LEAST_FLOW = 3e-4
"""Flow over the reference flow to which the work is given at least."""
_ROOT_OF_TWO = 2.0**0.5


class HydraulicTurbine(Component):
    """Turbine driven by a liquid under pressure, such as oxidizer that a main pump sends back to a boost pump."""

    type_name = "hydraulic_turbine"
    ports = (
        Port("inlet", "in", "liquid"),
        Port("outlet", "out", "liquid"),
        Port("shaft", "out", "shaft"),
    )
    parameters = (
        Parameter(
            "effective_area", "m^2", "discharge coefficient times area of the nozzle ring", tolerance=0.03
        ),
        Parameter(
            "efficiency", "", "shaft power over hydraulic power, at its best", tolerance=0.02, bounds=SHARE
        ),
        Parameter("design_speed", "rad/s", "shaft speed at which it is best"),
        Parameter(
            "design_pressure_fall", "Pa", "pressure fall at which it is best at that speed", difference=True
        ),
        Parameter("design_density", "kg/m^3", "density at which that fall holds"),
    )
    outputs = (("power", "W"), ("pressure_fall", "Pa"), ("efficiency", ""))
    faults = (
        Fault(
            "efficiency_loss",
            "gives less work (eroded or lost blades, rub, worn seals)",
            0.02,
            0.6,
            3e-3,
            "turbine_blade_failure",
            size_text="share of the efficiency lost",
        ),
        Fault(
            "nozzle_blockage",
            "has a nozzle ring that is partly blocked (debris, ice)",
            0.03,
            0.7,
            1e-3,
            "contamination_fod",
            size_text="share of the nozzle area lost",
        ),
        Fault(
            "nozzle_erosion",
            "has an enlarged nozzle ring (cavitation, erosion)",
            0.03,
            0.6,
            1e-3,
            "turbine_blade_failure",
            size_text="nozzle area gained over the original",
        ),
        Fault(
            "bypass_leak",
            "is bypassed by liquid that does no work (worn seals)",
            0.02,
            0.8,
            2e-3,
            "seal_leak",
            size_text="leak area over nozzle area",
        ),
        Fault(
            "leak",
            "leaks to the outside ahead of its nozzles",
            0.01,
            0.6,
            1e-3,
            "propellant_leak_external",
            grows=True,
            size_text="leak area over nozzle area",
        ),
    )

    def _density(self, q: Any) -> Any:
        return q.inlet.properties["state"].density(q.inlet.pressure)

    def _flux(self, q: Any) -> Any:
        """Mass flux through a nozzle in kg/(s m^2)."""
        return signed_sqrt(q.inlet.pressure - q.outlet.pressure, self._density(q))

    def _working(self, q: Any) -> Any:
        """Mass flow through the blades."""
        return q.effective_area * (1.0 - q.nozzle_blockage) * (1.0 + q.nozzle_erosion) * self._flux(q)

    def _torque(self, q: Any) -> Any:
        """Torque: hydraulic power, times eta (2 r - r^2) with r = speed over best speed, over speed."""
        root_of_fall = self._flux(q) / self._density(q) / _ROOT_OF_TWO
        slowness = (q.design_pressure_fall / q.design_density) ** 0.5 / q.design_speed
        pull = 2.0 * slowness * root_of_fall - q.shaft.speed * slowness**2
        return self._working(q) * q.efficiency * (1.0 - q.efficiency_loss) * pull

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the flow with what leaks past or out, continuity, and torque."""
        past = q.effective_area * q.bypass_leak * self._flux(q)
        outside = signed_sqrt(q.inlet.pressure - q.ambient_pressure, self._density(q))
        lost = q.leak * q.effective_area * outside
        yield flow_balance("flow through the nozzle ring", q.inlet.flow, self._working(q) + past + lost)
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow - lost)
        yield Balance("torque", q.shaft.torque, self._torque(q), "torque")

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the inlet's properties with the work taken out."""
        work = self._torque(q) * q.shaft.speed / at_least(q.outlet.flow, _LEAST_FLOW * q.reference_flow)
        return dict(q.inlet.properties) | {"state": q.inlet.properties["state"].heated(-work)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return shaft power, pressure fall, and efficiency."""
        fall = q.inlet.pressure - q.outlet.pressure
        power = self._torque(q) * q.shaft.speed
        hydraulic = positive(q.inlet.flow * fall / self._density(q), q.reference_torque * q.design_speed)
        return {"power": power, "pressure_fall": fall, "efficiency": power / hydraulic}
