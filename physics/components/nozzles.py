"""The nozzle: what flows through the throat, and the thrust it gives."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from hotfire.physics.bounds import COEFFICIENT, Bounds
from hotfire.physics.declaration import Balance, Component, Fault, Parameter, Port, flow_balance
from hotfire.physics.ops import maximum, minimum, sqrt
from hotfire.physics.states import flow_through, speed_of_expansion

__all__ = ["Exhaust", "Nozzle", "exit_pressure_ratio", "thrust_coefficient"]

_CRITICAL_RATIO = 0.55
_ITERATIONS = 8


def exit_pressure_ratio(gamma: Any, area_ratio: Any) -> Any:
    """Exit over chamber pressure of a full-flowing nozzle (Sutton and Biblarz, 9th ed., eq. 3-25).

    Solved by a fixed number of fixed-point steps, so that it is an explicit expression in every reading;
    eight steps are within 1e-4 of the root from an area ratio of 1.5 up.
    """
    inverse = 1.0 / maximum(area_ratio, 1.1 + 0.0 * area_ratio)
    lead = ((gamma + 1.0) / 2.0) ** (1.0 / (gamma - 1.0))
    ratio = 0.03 + 0.0 * inverse
    for _ in range(_ITERATIONS):
        speed = sqrt((gamma + 1.0) / (gamma - 1.0) * (1.0 - ratio ** ((gamma - 1.0) / gamma)))
        ratio = minimum((inverse / (lead * speed)) ** gamma, 0.5 + 0.0 * inverse)
    return ratio


def thrust_coefficient(gamma: Any, area_ratio: Any, ambient_ratio: Any) -> Any:
    """Ideal thrust coefficient (Sutton and Biblarz, 9th ed., eq. 3-30).

    Not below that of the sonic throat alone: an over-expanded nozzle separates instead of sucking.
    """
    exit_ratio = exit_pressure_ratio(gamma, area_ratio)
    critical = (2.0 / (gamma + 1.0)) ** ((gamma + 1.0) / (gamma - 1.0))
    momentum = sqrt(2.0 * gamma**2 / (gamma - 1.0) * critical * (1.0 - exit_ratio ** ((gamma - 1.0) / gamma)))
    full = momentum + (exit_ratio - ambient_ratio) * area_ratio
    throat = (1.0 + gamma) * (2.0 / (gamma + 1.0)) ** (gamma / (gamma - 1.0)) - ambient_ratio
    return 0.5 * (full + throat + sqrt((full - throat) ** 2 + 1e-4))


class Nozzle(Component):
    """Converging-diverging nozzle on a combustion chamber."""

    type_name = "nozzle"
    ports = (Port("inlet", "in", "gas"),)
    parameters = (
        Parameter("throat_area", "m^2", "throat area before the test", tolerance=0.02),
        Parameter("area_ratio", "", "exit area over throat area", 4.0, tolerance=0.03, bounds=Bounds(1.0)),
        Parameter(
            "thrust_efficiency",
            "",
            "delivered over ideal thrust coefficient",
            0.95,
            tolerance=0.02,
            bounds=COEFFICIENT,
            wander=0.007,
        ),
    )
    outputs = (("thrust", "N"), ("throat_area", "m^2"))
    faults = (
        Fault(
            "throat_erosion",
            "has lost throat material, its throat is too large",
            0.03,
            3.0,
            4e-3,
            "nozzle_thermal_structural",
            grows=True,
            size_text="throat area gained over the original",
        ),
        Fault(
            "throat_blockage",
            "has a throat that is partly blocked (slag, deposits, debris)",
            0.03,
            0.6,
            1e-3,
            "contamination_fod",
            size_text="share of the throat area lost",
        ),
        Fault(
            "expansion_loss",
            "has lost part of its diverging section",
            0.03,
            0.5,
            2e-3,
            "nozzle_thermal_structural",
            size_text="share of the thrust coefficient lost",
        ),
        Fault(
            "burn_through",
            "or the chamber wall is burnt through ahead of the exit",
            0.02,
            1.0,
            3e-3,
            "chamber_burnthrough",
            grows=True,
            size_text="leak area over throat area",
        ),
    )

    def _throat(self, q: Any) -> Any:
        return q.throat_area * (1.0 + q.throat_erosion) * (1.0 - q.throat_blockage)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the throat flow: choked, and below the critical ratio by the ellipse of ISO 6358."""
        gas = q.inlet.properties
        behind = (maximum(q.ambient_pressure / q.inlet.pressure, _CRITICAL_RATIO) - _CRITICAL_RATIO) / (
            1.0 - _CRITICAL_RATIO
        )
        share = 1.0 - behind**2
        choking = share / (share**2 + 1e-6) ** 0.25
        area = self._throat(q) + q.throat_area * q.burn_through
        yield flow_balance("throat flow", q.inlet.flow, area * choking * q.inlet.pressure / gas["c_star"])

    def carried(self, q: Any) -> dict[str, Any]:
        """Return nothing: the gas has left."""
        return {}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return thrust and throat area."""
        throat = self._throat(q)
        gas = q.inlet.properties
        coefficient = thrust_coefficient(
            gas["gamma"], q.area_ratio * q.throat_area / throat, q.ambient_pressure / q.inlet.pressure
        )
        # Below the critical ratio a jet slower than sound pushes less, and none at the surroundings' pressure.
        excess = (1.0 - q.ambient_pressure / q.inlet.pressure) / (1.0 - _CRITICAL_RATIO)
        coefficient = coefficient * minimum(maximum(excess, 0.0), 1.0)
        delivered = q.thrust_efficiency * (1.0 - q.expansion_loss) * coefficient
        return {"thrust": delivered * throat * q.inlet.pressure, "throat_area": throat}


class Exhaust(Component):
    """Outlet of turbine gas or of a bleed to the surroundings, with the little thrust that it gives."""

    type_name = "exhaust"
    ports = (Port("inlet", "in", "gas"),)
    parameters = (
        Parameter("effective_area", "m^2", "discharge coefficient times throat area", tolerance=0.05),
        Parameter(
            "velocity_coefficient",
            "",
            "exit speed over that of expansion to the surroundings",
            0.6,
            tolerance=0.1,
            bounds=COEFFICIENT,
        ),
    )
    outputs = (("thrust", "N"),)
    faults = (
        Fault(
            "blockage",
            "is partly blocked",
            0.05,
            0.9,
            1e-3,
            "contamination_fod",
            size_text="share of the throat area lost",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the flow to the surroundings."""
        area = q.effective_area * (1.0 - q.blockage)
        yield flow_balance(
            "flow to the surroundings", q.inlet.flow, flow_through(area, q.inlet, self._outside(q))
        )

    def _outside(self, q: Any) -> Any:
        return SimpleNamespace(pressure=q.ambient_pressure)

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the thrust."""
        speed = (2.0 * speed_of_expansion(q.inlet, self._outside(q))) ** 0.5
        return {"thrust": q.velocity_coefficient * q.inlet.flow * speed}
