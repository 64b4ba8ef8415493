"""Signals: commands, actuators that follow them, gauges that read a stream, and controllers that close the loop.

A signal is a plain number. Gauges divide what they read by a reference, so that one means as designed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.bounds import ANY
from hotfire.physics.declaration import (
    Balance,
    Charge,
    Component,
    Fault,
    Input,
    Parameter,
    Port,
    flow_balance,
    pressure_balance,
)

__all__ = ["Actuator", "Command", "Controller", "FlowGauge", "PressureGauge", "ProportionalController"]


class Command(Component):
    """Command of the test sequence."""

    type_name = "command"
    ports = (Port("signal", "out", "signal"),)
    inputs = (Input("value", "what is commanded"),)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the commanded value."""
        yield Balance("command", q.signal.value, q.value, "value")


class Actuator(Component):
    """Actuator that follows its command with a lag of first order."""

    type_name = "actuator"
    ports = (Port("command", "in", "signal"), Port("position", "out", "signal"))
    parameters = (Parameter("time_constant", "s", "time constant of its response", tolerance=0.1),)
    outputs = (("position", ""),)
    faults = (
        Fault(
            "slow",
            "is slow (low supply pressure, friction, cold)",
            0.5,
            20.0,
            3e-3,
            "valve_stuck_closed_or_slow",
            size_text="time constant gained over the original",
            sudden=True,
        ),
        Fault(
            "offset",
            "stands off its command",
            0.02,
            0.6,
            2e-3,
            "actuator_hydraulic_fault",
            size_text="share of full travel",
        ),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the position, which the command draws after it."""
        wanted = q.command.value + q.offset
        rate = (wanted - q.position.value) / (q.time_constant * (1.0 + q.slow))
        yield Balance("position", q.position.value, wanted, "value", Charge(q.position.value, rate))

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the position."""
        return {"position": q.position.value}


class _Gauge(Component):
    """Piece of pipe whose reading goes to a controller."""

    ports = (
        Port("inlet", "in", "liquid"),
        Port("outlet", "out", "liquid"),
        Port("signal", "out", "signal"),
    )

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield an unhindered flow, and the reading."""
        yield pressure_balance("no loss", q.outlet.pressure, q.inlet.pressure)
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)
        yield Balance("reading", q.signal.value, self._reading(q) * (1.0 + q.misreading), "value")

    def _reading(self, q: Any) -> Any:
        raise NotImplementedError


_MISREADING = (
    Fault(
        "misreading",
        "reads too high, which its controller believes",
        0.01,
        0.5,
        2e-3,
        "sensor_fault",
        size_text="error over the true value",
    ),
)


class PressureGauge(_Gauge):
    """Pressure transmitter of a controller."""

    type_name = "pressure_gauge"
    parameters = (Parameter("reference", "Pa", "pressure that reads as one"),)
    faults = _MISREADING

    def _reading(self, q: Any) -> Any:
        return q.inlet.pressure / q.reference


class FlowGauge(_Gauge):
    """Flowmeter of a controller."""

    type_name = "flow_gauge"
    parameters = (Parameter("reference", "kg/s", "flow that reads as one"),)
    faults = _MISREADING

    def _reading(self, q: Any) -> Any:
        return q.inlet.flow / q.reference


class Controller(Component):
    """Proportional and integral controller; in the steady state its reading is its set point.

    A negative gain opens when the reading is too high.
    """

    type_name = "controller"
    ports = (Port("reading", "in", "signal"), Port("command", "out", "signal"))
    parameters = (
        Parameter("gain", "", "change of the command over the deviation of the reading", bounds=ANY),
        Parameter("integral_time", "s", "time in which the integral repeats the proportional part", 0.5),
    )
    inputs = (Input("set_point", "reading that is wanted"),)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the reading that is wanted; the command is what it takes."""
        deviation = q.set_point - q.reading.value
        integral = q.command.value - q.gain * deviation
        charge = Charge(integral, q.gain * deviation / q.integral_time)
        yield Balance("control", q.reading.value, q.set_point, "value", charge)


class ProportionalController(Component):
    """Controller without an integral: what it does not take away of a deviation stays, in the steady state as well.

    The command is that of rest where the reading is the set point. A negative gain opens when the reading is too high.
    """

    type_name = "proportional_controller"
    ports = (Port("reading", "in", "signal"), Port("command", "out", "signal"))
    parameters = (
        Parameter("gain", "", "change of the command over the deviation of the reading", bounds=ANY),
        Parameter("rest", "", "command where the reading is the set point", 1.0, bounds=ANY),
    )
    inputs = (Input("set_point", "reading that is wanted"),)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the command."""
        wanted = q.rest + q.gain * (q.set_point - q.reading.value)
        yield Balance("control", q.command.value, wanted, "value")
