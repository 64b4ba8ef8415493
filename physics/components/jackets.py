"""Regenerative cooling: a coolant that takes up the heat of a chamber wall.

Coolant side by a power law of the flow, as in Dittus and Boelter's Nu ~ Re^0.8 (Sutton and Biblarz, 9th ed.,
eq. 8-24); the hot side stands in the combustor. The wall is one temperature between the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.declaration import (
    Balance,
    Charge,
    Component,
    Fault,
    Parameter,
    Port,
    Variable,
    flow_balance,
)
from hotfire.physics.ops import at_least, positive, pressure_loss, signed_sqrt

__all__ = ["COOLANT_FAULTS", "RegenerativeJacket"]

_LEAST_FLOW = 1e-4
"""Flow over the design flow to which the heat is given at least."""


COOLANT_FAULTS = (
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
"""Faults of every kind of cooling passage."""


class RegenerativeJacket(Component):
    """Cooling passages that heat their coolant; it may leave them as a gas; a leak opens at their downstream end."""

    type_name = "regenerative_jacket"
    ports = (
        Port("inlet", "in", "liquid"),
        Port("outlet", "out", "gas"),
        Port("wall", "in", "heat"),
    )
    parameters = (
        Parameter("effective_area", "m^2", "discharge coefficient times flow area", tolerance=0.1),
        Parameter(
            "conductance", "W/K", "heat flow per kelvin, wall to coolant, at the design flow", tolerance=0.1
        ),
        Parameter("design_flow", "kg/s", "coolant flow at which that conductance and that area hold"),
        Parameter(
            "friction_exponent",
            "",
            "exponent of the flow in the pressure loss: 1.8 in smooth passages, 2 in rough ones and in fittings",
            1.8,
        ),
        Parameter("wall_heat_capacity", "J/K", "heat capacity of the wall", optional=True),
        Parameter(
            "volume",
            "m^3",
            "volume of the passages and the duct behind them, for their filling",
            optional=True,
        ),
    )
    variables = (Variable("enthalpy", "enthalpy", "specific enthalpy of the coolant that leaves", 2e6),)
    outputs = (("wall_temperature", "K"), ("heat_flow", "W"))
    faults = (
        *COOLANT_FAULTS,
        Fault(
            "fouling",
            "is coated inside (coking, deposits)",
            0.05,
            0.9,
            2e-3,
            "contamination_fod",
            size_text="share of the conductance lost",
        ),
    )

    def _state(self, q: Any) -> Any:
        cold = q.inlet.properties["state"]
        return cold.heated(q.enthalpy - cold.enthalpy).as_gas()

    def _area(self, q: Any) -> Any:
        """Effective area; that of long passages grows a little with the flow, whose friction factor falls."""
        share = positive(q.inlet.flow, 0.01 * q.design_flow) / q.design_flow
        return q.effective_area * (1.0 - q.blockage) * share ** (1.0 - 0.5 * q.friction_exponent)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the pressure loss at mean density, continuity with the leak, and the heat of the wall."""
        cold, warm = q.inlet.properties["state"], self._state(q)
        dense, thin = cold.density(q.inlet.pressure), warm.density(q.outlet.pressure)
        mean = 2.0 * dense * thin / (dense + thin)
        area = self._area(q)
        loss = q.inlet.pressure - q.outlet.pressure
        flow, lost = area * signed_sqrt(loss, mean), pressure_loss(q.inlet.flow, area, mean)
        yield Balance("flow through the jacket", q.inlet.flow, flow, "flow", loss=(loss, lost))
        leak = q.leak * q.effective_area * signed_sqrt(q.outlet.pressure - q.ambient_pressure, thin)
        held = None if q.volume is None else q.volume * thin
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow - leak, stored=held)
        coolant = 0.5 * (cold.temperature(q.inlet.pressure) + warm.temperature(q.outlet.pressure))
        share = positive(q.inlet.flow, 0.01 * q.design_flow) / q.design_flow
        taken = q.conductance * (1.0 - q.fouling) * share**0.8 * (q.wall.temperature - coolant)
        yield self._energy(q, held, taken)
        charge = None
        if q.wall_heat_capacity is not None:
            charge = Charge(q.wall_heat_capacity * q.wall.temperature, q.wall.heat_flow - taken)
        yield Balance("heat through the wall", taken, q.wall.heat_flow, "heat_flow", charge)

    def _energy(self, q: Any, held: Any, taken: Any) -> Balance:
        """State what the coolant takes up; what is held is counted at the enthalpy that leaves."""
        entering = q.inlet.properties["state"].enthalpy
        flow = at_least(q.inlet.flow, _LEAST_FLOW * q.design_flow)
        charge = None
        if held is not None:
            stored = held * q.enthalpy - q.outlet.pressure * q.volume
            gain = q.inlet.flow * entering - q.outlet.flow * q.enthalpy + taken
            charge = Charge(stored, gain)
        return Balance("energy of the coolant", q.enthalpy, entering + taken / flow, "enthalpy", charge)

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the coolant with the heat it took up."""
        return dict(q.inlet.properties) | {"state": self._state(q)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return wall temperature and heat flow."""
        return {"wall_temperature": q.wall.temperature, "heat_flow": q.wall.heat_flow}
