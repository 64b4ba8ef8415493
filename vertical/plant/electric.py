"""Electric drives of the plant: battery, and motor with its inverter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hotfire.physics.components.electric import Battery, Motor
from hotfire.physics.declaration import Balance
from hotfire.physics.ops import exp, maximum

__all__ = ["RealBattery", "RealMotor"]

_FIRST_FALL = 0.02
"""Voltage that goes with the first of the charge, over that of the full pack."""
_FIRST_CHARGE = 0.05
"""Charge taken over capacity within which it goes."""
_POLARISATION = 0.3
_IRON_LOSS = 0.01
"""Share of the torque lost in the iron at the design speed."""
_FREEWHEELING = 0.01
"""Share of the winding's current drawn beside while the inverter gives no voltage."""


class RealBattery(Battery):
    """Voltage falls by 2 % over the first 5 % of the charge; resistance grows by 0.3 x (charge taken / charge left).

    Exponential zone and polarisation of the discharge curve (Shepherd, J. Electrochem. Soc. 112, 1965; Tremblay and
    Dessaint, World Electric Vehicle Journal 3, 2009).
    """

    # What the model leaves to chance for want of that law is not drawn here beside the law.
    parameters = (replace(Battery.parameters[0], wander=0.0), *Battery.parameters[1:])

    def _voltage(self, q: Any) -> Any:
        left = maximum(q.charge / q.capacity, 0.1)
        fallen = _FIRST_FALL * (1.0 - exp((left - 1.0) / _FIRST_CHARGE))
        beside = q.resistance * (1.0 + q.high_resistance) * _POLARISATION * (1.0 / left - 1.0)
        full = q.open_circuit_voltage * (1.0 - q.lost_cells)
        return super()._voltage(q) - full * fallen - beside * self._current(q)


class RealMotor(Motor):
    """Iron takes 1 % of the torque at the design speed, in proportion to speed; the inverter 1 % more at low voltage.

    Eddy currents go with the square of the speed in power (Hendershot and Miller, Design of Brushless
    Permanent-Magnet Machines); diodes conduct while switches do not (Mohan, Undeland and Robbins,
    Power Electronics).
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the current with what the diodes pass, and the torque less that of the iron."""
        for balance in super().equations(q):
            if balance.name == "torque":
                yield replace(balance, right=balance.right * self._kept(q))
            else:
                beside = _FREEWHEELING * (1.0 - self._share(q)) * self._current(q)
                yield replace(balance, right=balance.right + beside)

    def _kept(self, q: Any) -> Any:
        return 1.0 - _IRON_LOSS * q.shaft.speed / q.design_speed

    def measured(self, q: Any) -> dict[str, Any]:
        """Return winding current, and the power that the shaft gets."""
        outputs = super().measured(q)
        return outputs | {"power": outputs["power"] * self._kept(q)}
