"""Electric drives of pumps: battery, and motor with its inverter.

Direct-current equivalent of a permanent-magnet machine: torque in proportion to current, back voltage to speed; the
inverter passes power and sets the share of the battery's voltage that the winding sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import SHARE
from hotfire.physics.declaration import Balance, Component, Fault, Input, Parameter, Port, State

__all__ = ["Battery", "Motor"]


class Battery(Component):
    """Battery pack: open-circuit voltage that falls with the charge taken, behind an inner resistance."""

    type_name = "battery"
    ports = (Port("terminals", "out", "electric", many=True),)
    parameters = (
        Parameter(
            "open_circuit_voltage",
            "V",
            "voltage of the full pack without load",
            tolerance=0.01,
            wander=0.01,
        ),
        Parameter(
            "end_voltage",
            "",
            "voltage of the empty pack over that of the full one",
            0.8,
            tolerance=0.02,
            bounds=SHARE,
        ),
        Parameter("resistance", "ohm", "inner resistance of the pack", tolerance=0.1),
        Parameter("capacity", "A s", "charge of the full pack", tolerance=0.03),
    )
    states = (State("charge", "A s", "charge left"),)
    outputs = (("voltage", "V"), ("current", "A"), ("state_of_charge", ""))
    faults = (
        Fault(
            "high_resistance",
            "has a high inner resistance (cold or aged cells, bad contact)",
            0.1,
            4.0,
            2e-3,
            "wiring_power_fault",
            size_text="resistance gained over the original",
        ),
        Fault(
            "lost_cells",
            "has lost cells of its string",
            0.02,
            0.5,
            1e-3,
            "wiring_power_fault",
            size_text="share of the voltage lost",
        ),
    )

    def _voltage(self, q: Any) -> Any:
        left = q.end_voltage + (1.0 - q.end_voltage) * q.charge / q.capacity
        resistance = q.resistance * (1.0 + q.high_resistance)
        return q.open_circuit_voltage * (1.0 - q.lost_cells) * left - resistance * self._current(q)

    def _current(self, q: Any) -> Any:
        currents = [end.current for end in q.terminals]
        return sum(currents[1:], currents[0])

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the terminal voltage."""
        for end in q.terminals:
            yield Balance("terminal voltage", end.voltage, self._voltage(q), "voltage")

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the loss of charge."""
        return {"charge": -self._current(q)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return voltage, current and state of charge."""
        return {
            "voltage": self._voltage(q),
            "current": self._current(q),
            "state_of_charge": q.charge / q.capacity,
        }

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the full charge."""
        return {"charge": parameters["capacity"]}


class Motor(Component):
    """Brushless motor with its inverter; the command is the share of the supply's voltage."""

    type_name = "motor"
    ports = (
        Port("supply", "in", "electric"),
        Port("shaft", "out", "shaft"),
        Port("command", "in", "signal", optional=True),
    )
    parameters = (
        Parameter(
            "torque_constant", "N m/A", "torque per ampere, and back voltage per rad/s", tolerance=0.02
        ),
        Parameter("resistance", "ohm", "resistance of the winding", tolerance=0.05),
        Parameter("inverter_efficiency", "", "power out over power in", 0.96, tolerance=0.01, bounds=SHARE),
        Parameter("design_speed", "rad/s", "speed of the design point"),
    )
    inputs = (Input("voltage_share", "share of the supply's voltage given to the winding"),)
    outputs = (("current", "A"), ("power", "W"))
    faults = (
        Fault(
            "demagnetised",
            "has weakened magnets",
            0.03,
            0.6,
            1e-3,
            "wiring_power_fault",
            size_text="share of the torque constant lost",
        ),
        Fault(
            "winding_resistance",
            "has a high winding resistance (hot winding, lost phase, bad contact)",
            0.1,
            5.0,
            2e-3,
            "wiring_power_fault",
            size_text="resistance gained over the original",
        ),
    )

    def _share(self, q: Any) -> Any:
        return q.voltage_share if q.command is None else q.voltage_share * q.command.value

    def _constant(self, q: Any) -> Any:
        return q.torque_constant * (1.0 - q.demagnetised)

    def _current(self, q: Any) -> Any:
        """Winding current: driving voltage less back voltage, over the resistance."""
        back = self._constant(q) * q.shaft.speed
        return (self._share(q) * q.supply.voltage - back) / (q.resistance * (1.0 + q.winding_resistance))

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the current taken from the supply, and the torque."""
        taken = self._share(q) * self._current(q) / q.inverter_efficiency
        yield Balance("current from the supply", q.supply.current, taken, "current")
        yield Balance("torque", q.shaft.torque, self._constant(q) * self._current(q), "torque")

    def measured(self, q: Any) -> dict[str, Any]:
        """Return winding current and shaft power."""
        current = self._current(q)
        return {"current": current, "power": self._constant(q) * current * q.shaft.speed}
