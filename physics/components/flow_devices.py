"""Devices that act on a flow by the pressures about them: venturi, check valve, relief valve."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from hotfire.physics.bounds import Bounds
from hotfire.physics.declaration import Balance, Component, Fault, Parameter, Port, flow_balance
from hotfire.physics.ops import maximum, minimum, pressure_loss, signed_sqrt, smooth_step
from hotfire.physics.states import flow_through

__all__ = ["CheckValve", "Orifice", "ReliefValve", "Venturi"]

_PORTS = (Port("inlet", "in", "liquid"), Port("outlet", "out", "liquid"))
_AREA = Parameter("effective_area", "m^2", "discharge coefficient times flow area", tolerance=0.05)
_BLOCKAGE = Fault(
    "blockage",
    "is partly blocked",
    0.04,
    0.95,
    2e-3,
    "feed_line_blockage",
    size_text="share of the flow area lost",
)
_EROSION = Fault(
    "erosion",
    "is enlarged (eroded, or the wrong one was fitted)",
    0.04,
    1.5,
    1e-3,
    "contamination_fod",
    size_text="flow area gained over the original",
)


class Orifice(Component):
    """Calibrated orifice that trims a flow."""

    type_name = "orifice"
    ports = _PORTS
    parameters = (_AREA,)
    faults = (_BLOCKAGE, _EROSION)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield orifice flow and continuity."""
        area = q.effective_area * (1.0 - q.blockage) * (1.0 + q.erosion)
        yield flow_balance("flow through the orifice", q.inlet.flow, flow_through(area, q.inlet, q.outlet))
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)


class Venturi(Component):
    """Venturi that recovers pressure, and holds the flow of a liquid once its throat cavitates.

    The throat sees the inlet pressure less the outlet's, magnified by the recovery, but never below vapour pressure
    (Sutton and Biblarz, 9th ed., chapter 6 on propellant flow control).
    """

    type_name = "venturi"
    ports = _PORTS
    parameters = (
        _AREA,
        Parameter(
            "recovery",
            "",
            "share of the throat's pressure fall that is recovered",
            0.85,
            tolerance=0.03,
            bounds=Bounds(0.0, 1.0, most_in=False),
        ),
    )
    faults = (_BLOCKAGE, _EROSION)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the flow of the throat, and continuity."""
        area = q.effective_area * (1.0 - q.blockage) * (1.0 + q.erosion)
        fall = (q.inlet.pressure - q.outlet.pressure) / (1.0 - q.recovery)
        state, loss = q.inlet.properties["state"], None
        if state.compressible:
            throat = SimpleNamespace(pressure=q.inlet.pressure - minimum(fall, 0.9 * q.inlet.pressure))
            flow = flow_through(area, q.inlet, throat)
        else:
            most = q.inlet.pressure - q.inlet.properties["vapour_pressure"]
            density = state.density(q.inlet.pressure)
            flow = area * signed_sqrt(minimum(fall, most), density)
            # Where the flow is known: what the inlet must be for it, with a throat that cavitates or does not.
            needed = pressure_loss(q.inlet.flow, area, density)
            recovered = q.outlet.pressure + (1.0 - q.recovery) * needed
            loss = (q.inlet.pressure, maximum(recovered, q.inlet.properties["vapour_pressure"] + needed))
        yield Balance("flow through the throat", q.inlet.flow, flow, "flow", None, loss)
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)


class CheckValve(Component):
    """Valve that lets a flow pass one way once the cracking pressure is there."""

    type_name = "check_valve"
    ports = _PORTS
    parameters = (
        _AREA,
        Parameter(
            "cracking_pressure",
            "Pa",
            "pressure difference at which it is half open",
            2e4,
            tolerance=0.1,
            difference=True,
        ),
    )
    faults = (
        Fault(
            "stuck_shut",
            "does not open fully",
            0.05,
            0.99,
            2e-3,
            "check_valve_stuck_closed",
            size_text="share of the flow area lost",
        ),
        Fault(
            "reverse_leak",
            "lets the flow pass backwards",
            0.01,
            1.0,
            2e-3,
            "check_valve_leak",
            size_text="share of the flow area that stays open",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the flow and continuity."""
        difference = q.inlet.pressure - q.outlet.pressure
        opening = smooth_step(difference - q.cracking_pressure, 0.5 * q.cracking_pressure) * (
            1.0 - q.stuck_shut
        )
        opening = opening + (1.0 - opening) * (_TIGHT + q.reverse_leak)
        flow = flow_through(q.effective_area * opening, q.inlet, q.outlet)
        yield flow_balance("flow through the check valve", q.inlet.flow, flow)
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)


_TIGHT = 1e-4
"""Opening of a shut valve: not zero, so that the pressure behind it stays defined."""


class ReliefValve(Component):
    """Valve that vents to the surroundings above its set pressure."""

    type_name = "relief_valve"
    ports = (Port("inlet", "in", "liquid"),)
    parameters = (
        _AREA,
        Parameter("set_pressure", "Pa", "pressure at which it is half open", tolerance=0.03),
        Parameter("band", "", "width of its opening, over the set pressure", 0.03),
    )
    faults = (
        Fault(
            "passes",
            "passes below its set pressure (leaking seat, stuck open)",
            0.005,
            1.0,
            2e-3,
            "vent_relief_valve_leak",
            grows=True,
            size_text="share of its flow area that stays open",
        ),
        Fault(
            "stuck_shut",
            "does not open fully above its set pressure",
            0.05,
            0.99,
            1e-3,
            "valve_stuck_closed_or_slow",
            size_text="share of the flow area lost",
            weighed=False,
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the vented flow."""
        opening = smooth_step(q.inlet.pressure / q.set_pressure - 1.0, q.band) * (1.0 - q.stuck_shut)
        opening = opening + (1.0 - opening) * (q.passes + _TIGHT)
        outside = SimpleNamespace(pressure=q.ambient_pressure)
        flow = flow_through(q.effective_area * opening, q.inlet, outside)
        yield flow_balance("flow to the surroundings", q.inlet.flow, flow)
