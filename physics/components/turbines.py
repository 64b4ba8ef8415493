"""Turbines: a nozzle ring that sets the flow, and blades that take work from it.

Flow and isentropic enthalpy fall as in Sutton and Biblarz, 9th ed., eq. 3-24 and 10-16; efficiency is the parabola
over the velocity ratio U/c0 of impulse and low-reaction stages (chapter 10; NASA SP-8110).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import SHARE
from hotfire.physics.declaration import Balance, Component, Fault, Parameter, Port, flow_balance
from hotfire.physics.ops import above_vacuum, at_least, minimum, signed_sqrt
from hotfire.physics.states import flow_through, speed_of_expansion

__all__ = ["Turbine"]

_LEAST_FLOW = 3e-4
"""Flow over the reference flow to which the work is given at least."""
_BACK = 2.0
"""Largest ratio of outlet to inlet pressure that the ellipse is asked for; beyond, gas flows backwards at its slope."""


class Turbine(Component):
    """Gas turbine; `flow_law: ellipse` where several stages share the pressure fall, else one nozzle ring rules.

    The ellipse is Stodola's: m^2 ~ p1 rho1 (1 - (p2/p1)^2) (Dixon and Hall, Fluid Mechanics and Thermodynamics of
    Turbomachinery, section on off-design operation of multistage turbines).
    """

    type_name = "turbine"
    ports = (
        Port("inlet", "in", "gas"),
        Port("outlet", "out", "gas"),
        Port("shaft", "out", "shaft"),
    )
    parameters = (
        Parameter(
            "effective_area", "m^2", "discharge coefficient times area of the nozzle ring", tolerance=0.03
        ),
        Parameter(
            "efficiency", "", "shaft power over isentropic power, at its best", tolerance=0.02, bounds=SHARE
        ),
        Parameter("design_speed", "rad/s", "shaft speed at which it is best"),
        Parameter("design_enthalpy_fall", "J/kg", "isentropic fall at which it is best at that speed"),
    )
    options = ("flow_law",)
    outputs = (("power", "W"), ("pressure_ratio", ""))
    faults = (
        Fault(
            "efficiency_loss",
            "gives less work (tip rub, eroded or lost blades, worn seals)",
            0.02,
            0.6,
            4e-3,
            "turbine_blade_failure",
            size_text="share of the efficiency lost",
        ),
        Fault(
            "nozzle_blockage",
            "has a nozzle ring that is partly blocked (coking, debris)",
            0.03,
            0.7,
            2e-3,
            "contamination_fod",
            size_text="share of the nozzle area lost",
        ),
        Fault(
            "nozzle_erosion",
            "has an enlarged nozzle ring",
            0.03,
            0.6,
            1e-3,
            "turbine_blade_failure",
            size_text="nozzle area gained over the original",
        ),
        Fault(
            "bypass_leak",
            "is bypassed by gas that does no work (seal, bellows, housing)",
            0.02,
            0.8,
            2e-3,
            "turbine_hot_gas_path_failure",
            size_text="leak area over nozzle area",
        ),
        Fault(
            "gas_leak",
            "loses gas to the outside ahead of its nozzles",
            0.01,
            0.6,
            2e-3,
            "turbine_hot_gas_path_failure",
            grows=True,
            size_text="leak area over nozzle area",
        ),
    )

    def _working(self, q: Any) -> Any:
        """Mass flow through the blades."""
        area = q.effective_area * (1.0 - q.nozzle_blockage) * (1.0 + q.nozzle_erosion)
        if q.words["flow_law"] != "ellipse":
            return flow_through(area, q.inlet, q.outlet)
        ahead, behind = above_vacuum(q.inlet.pressure), above_vacuum(q.outlet.pressure)
        # As the orifice law of a liquid: over the sum of the pressures, which is p1 (1 - r^2) for their difference.
        mean = 0.5 * q.inlet.properties["state"].density(ahead) * (1.0 + minimum(behind / ahead, _BACK))
        return area * signed_sqrt(ahead - behind, mean)

    def _torque(self, q: Any) -> Any:
        """Torque: isentropic power, times eta (2 r - r^2) with r = speed over best speed, over speed."""
        fall = speed_of_expansion(q.inlet, q.outlet)
        slowness = q.design_enthalpy_fall**0.5 / q.design_speed
        pull = 2.0 * slowness * fall**0.5 - q.shaft.speed * slowness**2
        return self._working(q) * q.efficiency * (1.0 - q.efficiency_loss) * pull

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the flow with what leaks past or out, continuity, and torque."""
        past = flow_through(q.effective_area * q.bypass_leak, q.inlet, q.outlet)
        lost = q.gas_leak * q.effective_area * _choked_flux(q)
        yield flow_balance("flow through the nozzle ring", q.inlet.flow, self._working(q) + past + lost)
        yield flow_balance("continuity", q.outlet.flow, self._working(q) + past)
        yield Balance("torque", q.shaft.torque, self._torque(q), "torque")

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the inlet's properties with the work taken out."""
        work = self._torque(q) * q.shaft.speed / at_least(q.outlet.flow, _LEAST_FLOW * q.reference_flow)
        return dict(q.inlet.properties) | {"state": q.inlet.properties["state"].heated(-work)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return shaft power, and inlet over outlet pressure."""
        return {
            "power": self._torque(q) * q.shaft.speed,
            "pressure_ratio": q.inlet.pressure / q.outlet.pressure,
        }


def _choked_flux(q: Any) -> Any:
    """Mass flux of a leak to the outside, which is choked (Sutton and Biblarz, 9th ed., eq. 3-24), in kg/(s m^2)."""
    state = q.inlet.properties["state"]
    n = state.exponent(q.inlet.pressure)
    return (n * q.inlet.pressure * state.density(q.inlet.pressure)) ** 0.5 * (2.0 / (n + 1.0)) ** (
        (n + 1.0) / (2.0 * (n - 1.0))
    )
