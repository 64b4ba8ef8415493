"""Purges: inert gas that keeps injector manifolds clear before and after a burn.

In a manifold through which liquid flows the gas goes along as a homogeneous mixture: one pressure, one speed, specific
volumes added by mass shares (Wallis, One-dimensional Two-phase Flow, 1969, chapter 2). It burns nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from hotfire.physics.declaration import Balance, Component, Fault, Input, Parameter, Port, flow_balance
from hotfire.physics.ops import above_vacuum, forwards, maximum, positive
from hotfire.physics.states import HotGas, Liquid, flow_through

__all__ = ["Purge", "diluted", "inert_share_of", "purged"]

_BACK = 1e-6
"""Share of the flow that the check valve of a purge lets back."""
_MOST_INERT = 0.95
"""Largest inert share of what a chamber burns of which a c* is told."""


class Purge(Component):
    """Regulated inert gas with a valve, an orifice and a check valve, at the `purge` port of an injector."""

    type_name = "purge"
    ports = (Port("outlet", "out", "gas"),)
    parameters = (
        Parameter("set_pressure", "Pa", "regulated pressure of the gas", tolerance=0.03),
        Parameter("effective_area", "m^2", "discharge coefficient times area of its orifice", tolerance=0.05),
        Parameter("temperature", "K", "temperature of the gas", 290.0),
        Parameter("gas_constant", "J/(kg K)", "gas constant; nitrogen unless said otherwise", 296.8),
        Parameter("heat_capacity", "J/(kg K)", "heat capacity at constant pressure", 1040.0),
    )
    inputs = (Input("command", "1 while it is on", 0.0),)
    outputs = (("pressure", "Pa"),)
    faults = (
        Fault(
            "left_on",
            "is left on (valve stuck open or leaking, command missed)",
            0.02,
            1.0,
            2e-3,
            "valve_internal_leak",
            size_text="share of its full opening",
        ),
    )

    def _gas(self, q: Any) -> HotGas:
        return HotGas(
            total_temperature=q.temperature, gas_constant=q.gas_constant, heat_capacity=q.heat_capacity
        )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the flow through the orifice (Sutton and Biblarz, 9th ed., eq. 3-24), hardly any of it back."""
        opening = q.command + q.left_on * (1.0 - q.command)
        supply = SimpleNamespace(pressure=q.set_pressure, properties={"state": self._gas(q)})
        through = flow_through(q.effective_area, supply, q.outlet)
        passed = forwards(through, 0.1 * q.reference_flow, _BACK)
        yield flow_balance("flow of the purge", q.outlet.flow, opening * passed)

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the gas."""
        return {"state": self._gas(q), "supply": 1.0}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the pressure at which the purge stands."""
        return {"pressure": q.set_pressure}


def purged(q: Any, liquid_flow: Any) -> tuple[Any, SimpleNamespace]:
    """Return the inert mass share of what leaves a purged manifold, and its end with the mixture in it.

    Args:
        q: Namespace of an injector whose `purge` is connected.
        liquid_flow: Flow of the liquid that leaves, kg/s.
    """
    gas = q.purge.flow
    share = gas / (gas + positive(liquid_flow, 0.1 * q.reference_flow))
    pressure = above_vacuum(q.inlet.pressure)
    volume = (1.0 - share) / q.inlet.properties["state"].density(q.inlet.pressure)
    volume = volume + share / q.purge.properties["state"].density(pressure)
    mixture = Liquid(constant_density=1.0 / volume)
    return share, SimpleNamespace(pressure=q.inlet.pressure, flow=q.inlet.flow, properties={"state": mixture})


def inert_share_of(end: Any) -> Any:
    """Mass share of a stream that is inert."""
    return end.properties.get("inert_share", 0.0)


def diluted(q: Any, c_star: Any) -> Any:
    """Return c* in m/s with the inert gas of both streams in it; that of the inert gas alone is the cold one.

    What it is above the cold one goes with the root of the energy per mass (Sutton and Biblarz, 9th ed., eq. 3-32, with
    T ~ 1 - inert share), the molar mass taken as that of the flame.
    """
    ends = (q.oxidizer, q.fuel)
    if not any("inert_share" in end.properties for end in ends):
        return c_star
    flows = [positive(end.flow, 0.1 * q.reference_flow) for end in ends]
    inert = sum(flow * inert_share_of(end) for flow, end in zip(flows, ends, strict=True))
    burning = 1.0 - inert / (flows[0] + flows[1])
    warmth = maximum(burning, 1.0 - _MOST_INERT + 0.0 * burning) ** 0.5
    return q.cold_c_star + (c_star - q.cold_c_star) * warmth
