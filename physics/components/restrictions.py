"""Anything that a liquid is forced through: lines, filters, valves, cooling jackets, injectors.

All obey the incompressible orifice equation (Sutton and Biblarz, Rocket Propulsion Elements, 9th ed., eq. 8-2),
m = Cd A sqrt(2 rho dp), with the product Cd A kept as one `effective_area`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hotfire.physics.components.filling import FILLED, VOLUME, filling, passing
from hotfire.physics.components.jackets import COOLANT_FAULTS
from hotfire.physics.components.purges import purged
from hotfire.physics.declaration import (
    Balance,
    Charge,
    Component,
    Fault,
    Input,
    Parameter,
    Port,
    flow_balance,
)
from hotfire.physics.ops import forwards, forwards_inverse, pressure_loss, signed_sqrt, within_limits
from hotfire.physics.states import flow_through

__all__ = ["CoolingJacket", "Injector", "Line", "Valve"]

_PORTS = (Port("inlet", "in", "liquid"), Port("outlet", "out", "liquid"))
_AREA = Parameter("effective_area", "m^2", "discharge coefficient times flow area", tolerance=0.15)
_INJECTOR_AREA = Parameter(
    "effective_area", "m^2", "discharge coefficient times flow area", tolerance=0.08, wander=0.01
)


_SHUT = 2e-4
"""Opening of a shut valve: not zero, so that the pressure behind it stays defined."""


_GAS_BACK = 0.08
"""Mass flux of combustion gas over that of liquid under the same pressure difference: the root of their densities."""


def _leak(q: Any) -> Any:
    """Flow in kg/s lost to the surroundings through an opening of `leak` times the effective area."""
    excess = q.outlet.pressure - q.ambient_pressure
    return (
        q.leak
        * q.effective_area
        * signed_sqrt(excess, q.inlet.properties["state"].density(q.outlet.pressure))
    )


def _orifice(name: str, q: Any, area: Any, charge: Charge | None = None) -> Balance:
    """State the flow through `area`, inlet to outlet (Sutton eq. 8-2)."""
    state = q.inlet.properties["state"]
    flow, loss = flow_through(area, q.inlet, q.outlet), None
    if not state.compressible:
        density = state.density(q.inlet.pressure)
        loss = (q.inlet.pressure - q.outlet.pressure, pressure_loss(q.inlet.flow, area, density))
    return Balance(name, q.inlet.flow, flow, "flow", charge, loss)


def _momentum(q: Any, area: Any) -> Charge | None:
    """Momentum of the liquid in a line of given length, over its flow area; none without a length."""
    if q.length is None:
        return None
    density = q.inlet.properties["state"].density(q.inlet.pressure)
    lost = pressure_loss(q.inlet.flow, area, density)
    return Charge(q.inlet.flow * q.length / q.effective_area, q.inlet.pressure - q.outlet.pressure - lost)


class Line(Component):
    """Feed line with its fittings and filter; a leak opens at its downstream end."""

    type_name = "line"
    ports = _PORTS
    parameters = (
        _AREA,
        Parameter("length", "m", "length of the liquid column, for its inertia", optional=True),
        VOLUME,
    )
    variables = (FILLED,)
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
        area = q.effective_area * (1.0 - q.blockage)
        yield _orifice("flow through the line", q, area, _momentum(q, area))
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow * passing(q) - _leak(q))
        if q.volume is not None:
            yield filling(q)


class CoolingJacket(Component):
    """Regenerative cooling passages, as a resistance that computes no heating; a leak opens at their downstream end."""

    type_name = "cooling_jacket"
    ports = _PORTS
    parameters = (_AREA,)
    faults = COOLANT_FAULTS

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield orifice flow, and continuity with the leak."""
        yield _orifice("flow through the jacket", q, q.effective_area * (1.0 - q.blockage))
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow - _leak(q))


class Valve(Component):
    """Shut-off or throttle valve, 0 shut to 1 open, flow area in proportion.

    Its position is recorded, or the signal of an actuator or controller where one is connected.
    """

    type_name = "valve"
    ports = (*_PORTS, Port("command", "in", "signal", optional=True))
    parameters = (_AREA,)
    inputs = (Input("position", "share of full opening"),)
    outputs = (("opening", ""),)
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
        Fault(
            "seat_leak",
            "passes while it is shut (damaged or contaminated seat)",
            0.002,
            0.5,
            2e-3,
            "valve_internal_leak",
            size_text="share of the flow area that stays open",
            weighed=False,
        ),
    )

    def _opening(self, q: Any) -> Any:
        position = q.position if q.command is None else q.position * within_limits(q.command.value, _SHUT)
        opening = position * (1.0 - q.partly_closed)
        return opening + q.seat_leak * (1.0 - opening)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield orifice flow and continuity."""
        yield _orifice("flow through the valve", q, q.effective_area * self._opening(q))
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the opening."""
        return {"opening": self._opening(q)}


class Injector(Component):
    """Injector orifices of one propellant, taken as single-phase with one effective area."""

    type_name = "injector"
    ports = (*_PORTS, Port("purge", "in", "gas", optional=True))
    parameters = (_INJECTOR_AREA, VOLUME)
    variables = (FILLED,)
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
        if q.purge is not None:
            yield from self._with_purge(q, area)
            return
        law = _orifice("flow through the injector", q, area)
        if q.volume is not None:
            # The orifices pass what leaves the manifold, and until it is full that is not what enters.
            law = replace(law, left=q.inlet.flow * passing(q))
        difference = q.inlet.pressure - q.outlet.pressure
        yield law if law.loss is None else _hardly_back(law, q.inlet, q.ambient_pressure, area, difference)
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow * passing(q))
        if q.volume is not None:
            yield filling(q)

    def _with_purge(self, q: Any, area: Any) -> Iterator[Balance]:
        """Yield the same with purge gas in the manifold."""
        liquid = q.inlet.flow * passing(q)
        _, mixed = purged(q, liquid)
        leaving, density = liquid + q.purge.flow, mixed.properties["state"].constant_density
        difference = q.inlet.pressure - q.outlet.pressure
        law = Balance(
            "flow through the injector",
            leaving,
            area * signed_sqrt(difference, density),
            "flow",
            None,
            (difference, pressure_loss(leaving, area, density)),
        )
        yield _hardly_back(law, mixed, q.ambient_pressure, area, difference)
        yield flow_balance("continuity", q.outlet.flow, leaving)
        yield Balance("purged at manifold pressure", q.purge.pressure, q.inlet.pressure, "pressure")
        if q.volume is not None:
            yield filling(q)

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the liquid, with the purge gas in it."""
        if q.purge is None:
            return dict(q.inlet.properties)
        share, mixed = purged(q, q.inlet.flow * passing(q))
        return {**q.inlet.properties, **mixed.properties, "inert_share": share}


def _hardly_back(law: Balance, inlet: Any, ambient_pressure: Any, area: Any, difference: Any) -> Balance:
    """Let little pass back: what comes from a chamber is gas."""
    density = inlet.properties["state"].density(inlet.pressure)
    at_one_atmosphere = area * signed_sqrt(ambient_pressure, density)
    flow = forwards(law.right, at_one_atmosphere, _GAS_BACK)
    lossy = forwards_inverse(law.left, at_one_atmosphere, _GAS_BACK)
    return replace(law, right=flow, loss=(difference, pressure_loss(lossy, area, density)))
