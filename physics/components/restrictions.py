"""Anything that a liquid is forced through: lines, filters, valves, cooling jackets, injectors.

All obey the incompressible orifice equation (Sutton and Biblarz, Rocket Propulsion Elements, 9th ed., eq. 8-2),
m = Cd A sqrt(2 rho dp), with the product Cd A kept as one `effective_area`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.declaration import Balance, Component, Fault, Input, Parameter, Port, flow_balance
from hotfire.physics.ops import signed_sqrt

__all__ = ["CoolingJacket", "Injector", "Line", "Valve"]

_PORTS = (Port("inlet", "in", "liquid"), Port("outlet", "out", "liquid"))
_AREA = Parameter("effective_area", "m^2", "discharge coefficient times flow area", tolerance=0.15)
_INJECTOR_AREA = Parameter(
    "effective_area", "m^2", "discharge coefficient times flow area", tolerance=0.08, wander=0.01
)


def _leak(q: Any) -> Any:
    """Flow in kg/s lost to the surroundings through an opening of `leak` times the effective area."""
    excess = q.outlet.pressure - q.ambient_pressure
    return q.leak * q.effective_area * signed_sqrt(excess, q.inlet.properties["density"])


def _orifice(q: Any, area: Any) -> Any:
    """Mass flow through `area`, inlet to outlet (Sutton eq. 8-2)."""
    return area * signed_sqrt(q.inlet.pressure - q.outlet.pressure, q.inlet.properties["density"])


class Line(Component):
    """Feed line with its fittings and filter; a leak opens at its downstream end."""

    type_name = "line"
    ports = _PORTS
    parameters = (_AREA,)
    faults = (
        Fault(
            "blockage",
            "is partly blocked (ice, debris, collapsed liner, loaded filter)",
            0.05,
            0.97,
            3e-3,
            "feed_line_blockage",
            size_text="share of the flow area lost",
        ),
        Fault(
            "leak",
            "leaks to the outside",
            0.01,
            1.0,
            2e-3,
            "propellant_leak_external",
            grows=True,
            size_text="leak area over the line's effective area",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield orifice flow, and continuity with the leak."""
        yield flow_balance(
            "flow through the line", q.inlet.flow, _orifice(q, q.effective_area * (1.0 - q.blockage))
        )
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow - _leak(q))


class CoolingJacket(Component):
    """Regenerative cooling passages, as a resistance (heating of the coolant is not computed in this version)."""

    type_name = "cooling_jacket"
    ports = _PORTS
    parameters = (_AREA,)
    faults = (
        Fault(
            "blockage",
            "is partly blocked",
            0.05,
            0.95,
            2e-3,
            "feed_line_blockage",
            size_text="share of the flow area lost",
        ),
        Fault(
            "leak",
            "leaks coolant",
            0.01,
            1.0,
            2e-3,
            "nozzle_coolant_leak",
            grows=True,
            size_text="leak area over the jacket's effective area",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield orifice flow, and continuity with the leak."""
        yield flow_balance(
            "flow through the jacket", q.inlet.flow, _orifice(q, q.effective_area * (1.0 - q.blockage))
        )
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow - _leak(q))


class Valve(Component):
    """Shut-off or throttle valve; `position` is recorded, 0 shut to 1 open, flow area in proportion."""

    type_name = "valve"
    ports = _PORTS
    parameters = (_AREA,)
    inputs = (Input("position", "share of full opening"),)
    faults = (
        Fault(
            "partly_closed",
            "does not open fully, whatever its command says",
            0.05,
            0.97,
            4e-3,
            "valve_stuck_closed_or_slow",
            size_text="share of the commanded opening missing",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield orifice flow and continuity."""
        opening = q.position * (1.0 - q.partly_closed)
        yield flow_balance("flow through the valve", q.inlet.flow, _orifice(q, q.effective_area * opening))
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)


class Injector(Component):
    """Injector orifices of one propellant, taken as single-phase with one effective area."""

    type_name = "injector"
    ports = _PORTS
    parameters = (_INJECTOR_AREA,)
    faults = (
        Fault(
            "blockage",
            "is partly blocked",
            0.04,
            0.95,
            4e-3,
            "injector_blockage",
            size_text="share of the flow area lost",
        ),
        Fault(
            "erosion",
            "is enlarged (eroded, cracked or lost elements)",
            0.04,
            1.5,
            2e-3,
            "injector_post_failure",
            grows=True,
            size_text="flow area gained over the original",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield orifice flow and continuity."""
        area = q.effective_area * (1.0 - q.blockage) * (1.0 + q.erosion)
        yield flow_balance("flow through the injector", q.inlet.flow, _orifice(q, area))
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)
