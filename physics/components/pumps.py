"""Pumps, with the map of a constant-speed machine carried to other speeds by the affinity laws.

Head falls with the square of the flow, torque rises with it (Sutton and Biblarz, 9th ed., chapter 10; NASA
SP-8109, centrifugal pumps). Both are written without division by speed or flow, so that a pump at rest is a
restriction and a pump that starts has a torque.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import SHARE
from hotfire.physics.declaration import (
    Balance,
    Component,
    Fault,
    Parameter,
    Port,
    flow_balance,
    pressure_balance,
)
from hotfire.physics.ops import at_least, maximum, signed_square, smooth_step

__all__ = ["Pump"]

_LEAST_FLOW = 1e-2
"""Flow over the design flow to which the work is given at least."""
_KNEE, _KNEE_WIDTH = 0.79, 0.12
"""Available over required suction head at which half of the head is lost, and the width of the fall: 3 % is lost
where the two are equal, which is the definition of the required head."""


class Pump(Component):
    """Centrifugal or axial pump, its inducer included."""

    type_name = "pump"
    ports = (
        Port("inlet", "in", "liquid"),
        Port("outlet", "out", "liquid"),
        Port("shaft", "in", "shaft"),
    )
    parameters = (
        Parameter("design_speed", "rad/s", "shaft speed of the design point"),
        Parameter("design_flow", "kg/s", "mass flow of the design point"),
        Parameter(
            "design_pressure_rise", "Pa", "pressure rise of the design point", tolerance=0.02, difference=True
        ),
        Parameter("design_density", "kg/m^3", "density at which that rise holds"),
        Parameter("efficiency", "", "shaft to fluid, at the design point", tolerance=0.02, bounds=SHARE),
        Parameter("shut_off_head", "", "head at no flow over that of the design point", 1.2, tolerance=0.05),
        Parameter(
            "shut_off_torque", "", "torque at no flow over that of the design point", 0.45, tolerance=0.1
        ),
        Parameter(
            "required_suction_head",
            "J/kg",
            "suction head above vapour pressure at which 3 % of the head is lost, at the design point",
            optional=True,
        ),
    )
    outputs = (("pressure_rise", "Pa"), ("power", "W"), ("efficiency", ""))
    faults = (
        Fault(
            "head_loss",
            "delivers less head (worn clearances, damaged impeller)",
            0.02,
            0.6,
            3e-3,
            "pump_cavitation",
            size_text="share of the head lost",
        ),
        Fault(
            "efficiency_loss",
            "takes more torque than it should (rub, worn clearances)",
            0.02,
            0.5,
            3e-3,
            "pump_cavitation",
            size_text="share of the efficiency lost",
        ),
        Fault(
            "internal_leak",
            "leaks from its outlet back to its inlet (wear rings, balance piston)",
            0.02,
            0.6,
            3e-3,
            "seal_leak",
            grows=True,
            size_text="flow that goes round, over the delivered",
        ),
        Fault(
            "cavitation",
            "cavitates (low suction pressure, warm propellant, ingested gas)",
            0.02,
            0.9,
            4e-3,
            "pump_cavitation",
            size_text="share of vapour in the impeller",
            clears=True,
        ),
        Fault(
            "seal_leak",
            "leaks to the outside at its shaft seal",
            0.005,
            0.2,
            2e-3,
            "seal_leak",
            grows=True,
            size_text="share of the design flow lost at the design speed",
        ),
    )

    def _state(self, q: Any) -> Any:
        return q.inlet.properties["state"]

    def _speed(self, q: Any) -> Any:
        return q.shaft.speed / q.design_speed

    def _volume_flow(self, q: Any) -> Any:
        """Volume flow through the impeller over that of the design point."""
        density = self._state(q).density(q.inlet.pressure)
        return q.outlet.flow * (1.0 + q.internal_leak) / q.design_flow * (q.design_density / density)

    def _filling(self, q: Any) -> Any:
        """Share of liquid in the impeller."""
        filling = 1.0 - q.cavitation
        if q.required_suction_head is None:
            return filling
        density = self._state(q).density(q.inlet.pressure)
        available = (q.inlet.pressure - q.inlet.properties["vapour_pressure"]) / density
        turning = maximum(self._speed(q), 0.05) ** 2 * maximum(self._volume_flow(q), 0.05)
        required = q.required_suction_head * turning ** (2.0 / 3.0)
        return filling * smooth_step(available / required - _KNEE, _KNEE_WIDTH)

    def _rise(self, q: Any) -> Any:
        """Pressure rise: head times density."""
        head = q.shut_off_head * signed_square(self._speed(q)) - (q.shut_off_head - 1.0) * signed_square(
            self._volume_flow(q)
        )
        density = self._state(q).density(q.inlet.pressure) / q.design_density
        return q.design_pressure_rise * density * head * (1.0 - q.head_loss) * self._filling(q)

    def _torque(self, q: Any) -> Any:
        speed = self._speed(q)
        shape = q.shut_off_torque * signed_square(speed) + (
            1.0 - q.shut_off_torque
        ) * speed * self._volume_flow(q)
        power = q.design_pressure_rise / q.design_density * q.design_flow / q.efficiency
        density = self._state(q).density(q.inlet.pressure) / q.design_density
        return power / q.design_speed * density * shape * self._filling(q) / (1.0 - q.efficiency_loss)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield head, continuity with the leaking seal, and torque."""
        yield pressure_balance("head", q.outlet.pressure, q.inlet.pressure + self._rise(q))
        # The root of the pressure at the seal, which rises with the square of the speed.
        leak = q.seal_leak * q.design_flow * self._speed(q)
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow - leak)
        yield Balance("torque", q.shaft.torque, self._torque(q), "torque")

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the inlet's properties with the work of the shaft added."""
        work = self._torque(q) * q.shaft.speed / at_least(q.inlet.flow, _LEAST_FLOW * q.design_flow)
        return dict(q.inlet.properties) | {"state": self._state(q).heated(work)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return pressure rise, shaft power, and efficiency."""
        power = self._torque(q) * q.shaft.speed
        hydraulic = q.inlet.flow * self._rise(q) / self._state(q).density(q.inlet.pressure)
        least = 1e-6 * q.design_flow * q.design_pressure_rise / q.design_density
        return {
            "pressure_rise": self._rise(q),
            "power": power,
            "efficiency": hydraulic / maximum(power, least),
        }
