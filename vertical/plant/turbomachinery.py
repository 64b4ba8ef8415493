"""Turbomachinery of the plant: pumps, turbines, shafts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hotfire.physics.components.hydraulic_turbines import HydraulicTurbine
from hotfire.physics.components.pumps import Pump
from hotfire.physics.components.shafts import Shaft
from hotfire.physics.components.turbines import Turbine
from hotfire.physics.declaration import Balance, Charge
from hotfire.physics.ops import maximum, signed_square, tanh
from hotfire.physics.states import speed_of_expansion

__all__ = ["RealHydraulicTurbine", "RealPump", "RealShaft", "RealTurbine"]

_LINEAR = 0.5
"""Share of the fall of the head curve that is linear in the flow."""
_INCIDENCE = 0.25
"""Torque added where the flow meets the blades as badly as it can, over that of the model."""
_SIZE_EFFECT = 0.1
"""Exponent of the speed in the losses of a pump."""
_LEAST_SPEED = 0.05
_PEAKED = 0.4
"""Share of a turbine's torque lost at a velocity ratio as bad as can be."""
_WINDAGE = 0.03
"""Share of a turbine's torque lost by the friction of its disk at the best velocity ratio."""
_FRICTION = 8e-3
"""Friction of bearings and seals over the torque of the load, at the design speed."""
_LEAST_TURNING = 0.15
_STICKING = 0.02
"""Speed over design speed at which friction has nearly its full size."""


class RealPump(Pump):
    """Half of the head's fall is linear in the flow; torque grows with incidence off the design flow and at low speed.

    Head by Euler's equation with constant slip, less friction (Dixon and Hall, Fluid Mechanics and Thermodynamics of
    Turbomachinery, chapter 7); incidence losses go with the square of the departure from the best flow, and losses with
    the Reynolds number to the power -0.1 (Guelich, Centrifugal Pumps, chapter 3).
    """

    def _rise(self, q: Any) -> Any:
        speed, flow = self._speed(q), self._volume_flow(q)
        # What the linear part gives beyond the parabola: nothing at no flow, and at the design point.
        beyond = _LINEAR * (q.shut_off_head - 1.0) * (signed_square(flow) - speed * flow)
        density = self._state(q).density(q.inlet.pressure) / q.design_density
        whole = q.design_pressure_rise * density * (1.0 - q.head_loss) * self._filling(q)
        return super()._rise(q) + whole * beyond

    def _torque(self, q: Any) -> Any:
        speed, flow = self._speed(q), self._volume_flow(q)
        incidence = (flow - speed) ** 2 / (flow**2 + speed**2 + _LEAST_SPEED**2)
        size = maximum(speed, _LEAST_SPEED) ** -_SIZE_EFFECT - 1.0
        return super()._torque(q) * (1.0 + _INCIDENCE * incidence + (1.0 - q.efficiency) * size)


class RealTurbine(Turbine):
    """Efficiency times 1 - 0.4 d^2/(1 + d^2) + 0.06 (1 - r^2)/(1 + r^2); r = velocity ratio over the best, d = r - 1.

    Incidence and leaving losses make measured maps narrower than the parabola; the friction of the disk, which the best
    efficiency contains, goes with the square of the speed (NASA SP-8110, Liquid rocket engine turbines;
    Horlock, Axial Flow Turbines).
    """

    def _torque(self, q: Any) -> Any:
        slowness = q.design_enthalpy_fall**0.5 / q.design_speed
        return super()._torque(q) * _narrowed(q.shaft.speed * slowness, speed_of_expansion(q.inlet, q.outlet))


class RealHydraulicTurbine(HydraulicTurbine):
    """Efficiency off the best velocity ratio as in the turbine.

    Incidence, leaving losses and friction of the disk (Dixon and Hall, Fluid Mechanics and Thermodynamics of
    Turbomachinery, chapter 9).
    """

    def _torque(self, q: Any) -> Any:
        slowness = (q.design_pressure_fall / q.design_density) ** 0.5 / q.design_speed
        root = self._flux(q) / self._density(q) / 2.0**0.5
        # A trickle of the design fall, so that a turbine at rest without a fall has a velocity ratio.
        fall = root**2 + 1e-4 * q.design_pressure_fall / q.design_density
        return super()._torque(q) * _narrowed(q.shaft.speed * slowness, fall)


def _narrowed(best_speed: Any, fall: Any) -> Any:
    """Factor on the torque; `best_speed` in m/s is the root of the fall at which the present speed is best."""
    apart, square = (best_speed - fall**0.5) ** 2, best_speed**2
    incidence = _PEAKED * apart / (fall + apart)
    return 1.0 - incidence + 2.0 * _WINDAGE * (fall - square) / (fall + square)


class RealShaft(Shaft):
    """Bearings and seals take 0.8 % of the load's torque at the design speed, a share that goes with speed^(-4/3).

    Rolling bearings resist with the power 2/3 of the speed (Palmgren; Harris, Rolling Bearing Analysis), the
    load of pumps with the power 2.
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the shaft with friction among what resists."""
        for balance in super().equations(q):
            yield self._rubbing(balance, q) if balance.name == "torques" else balance

    def _rubbing(self, balance: Balance, q: Any) -> Balance:
        turning = (*q.drive, *q.load)[0].speed / q.design_speed
        pulled = sum([end.torque for end in q.load[1:]], q.load[0].torque)
        pulled = (pulled**2 + (1e-3 * q.reference_torque) ** 2) ** 0.5
        share = _FRICTION * maximum(turning, _LEAST_TURNING) ** (-4.0 / 3.0)
        friction = share * pulled * tanh(turning / _STICKING)
        charge = balance.charge
        charge = None if charge is None else Charge(charge.stored, charge.rate - friction)
        return replace(balance, left=balance.left + friction, charge=charge)
