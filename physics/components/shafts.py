"""Rotating parts between drives and loads: shafts and gears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import NOT_NEGATIVE, SHARE
from hotfire.physics.declaration import Balance, Charge, Component, Fault, Input, Parameter, Port
from hotfire.physics.ops import signed_square

__all__ = ["Gear", "Shaft"]

_STIFFNESS = 50.0
"""Torque of a governing drive for a speed wrong by all of the design speed, over the reference torque."""


class Shaft(Component):
    """Shaft with its bearings: torques in balance, or else it speeds up."""

    type_name = "shaft"
    ports = (Port("drive", "in", "shaft", many=True), Port("load", "out", "shaft", many=True))
    parameters = (
        Parameter("design_speed", "rad/s", "speed of the design point"),
        Parameter("inertia", "kg m^2", "moment of inertia of all that turns", optional=True),
        Parameter(
            "bearing_torque",
            "N m",
            "torque lost in bearings and seals at the design speed; it goes with the square",
            0.0,
            bounds=NOT_NEGATIVE,
        ),
        Parameter(
            "starter_torque",
            "N m",
            "torque of a starter: spun-up gas, cartridge, motor",
            0.0,
            bounds=NOT_NEGATIVE,
        ),
    )
    inputs = (
        Input("governed", "share of a stiff outside drive that holds the design speed", 0.0),
        Input("starter", "share of the starter torque that is given", 0.0),
    )
    outputs = (("speed", "rad/s"),)
    faults = (
        Fault(
            "bearing_drag",
            "drags (bearing, rub, seal)",
            0.005,
            0.8,
            3e-3,
            "pump_bearing_failure",
            grows=True,
            size_text="share of the driving torque lost",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one speed at all ends, and the balance of torques."""
        ends = (*q.drive, *q.load)
        first = ends[0]
        for end in ends[1:]:
            yield Balance("one speed", end.speed, first.speed, "speed")
        driving = _sum([end.torque for end in q.drive]) * (1.0 - q.bearing_drag)
        governing = _STIFFNESS * q.governed * (1.0 - first.speed / q.design_speed)
        turning = first.speed / q.design_speed
        driving = driving + q.starter * q.starter_torque + governing * q.reference_torque
        resisting = _sum([end.torque for end in q.load]) + q.bearing_torque * signed_square(turning)
        charge = None if q.inertia is None else Charge(q.inertia * first.speed, driving - resisting)
        yield Balance("torques", resisting, driving, "torque", charge)

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the speed."""
        return {"speed": (*q.drive, *q.load)[0].speed}


class Gear(Component):
    """Pair of gears: the load turns `ratio` times as fast as the drive."""

    type_name = "gear"
    ports = (Port("drive", "in", "shaft"), Port("load", "out", "shaft"))
    parameters = (
        Parameter("ratio", "", "speed of the load over that of the drive"),
        Parameter("efficiency", "", "power out over power in", 0.98, tolerance=0.005, bounds=SHARE),
    )
    faults = (
        Fault(
            "tooth_friction",
            "wastes power (worn or dry teeth)",
            0.01,
            0.5,
            1e-3,
            "gear_drive_failure",
            size_text="share of the power lost",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the ratio of speeds, and of torques."""
        yield Balance("ratio of the gears", q.load.speed, q.drive.speed * q.ratio, "speed")
        kept = q.efficiency * (1.0 - q.tooth_friction)
        yield Balance("torque through the gears", q.drive.torque, q.load.torque * q.ratio / kept, "torque")


def _sum(values: list[Any]) -> Any:
    return sum(values[1:], values[0])
