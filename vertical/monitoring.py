"""Watching a test sample by sample: the public names of `hotfire.physics.monitoring`, and the gauges of an engine file.

How it works: docs/explanation/monitoring.md; how to use it: docs/how-to/watch-a-live-test.md.
"""

from __future__ import annotations

from hotfire.engine import Engine
from hotfire.physics.monitoring.flight import INSUFFICIENT_DATA, NONE_OF_THESE, FlightMonitor
from hotfire.physics.monitoring.gauges import Actuator, Gauge
from hotfire.physics.monitoring.relations import Relations

__all__ = [
    "INSUFFICIENT_DATA",
    "NONE_OF_THESE",
    "Actuator",
    "FlightMonitor",
    "Gauge",
    "Relations",
    "gauges_of",
]


def gauges_of(engine: Engine) -> tuple[Gauge, ...]:
    """Return the gauges that an engine file describes: its sensors, and the valve positions that a log records.

    Readings of sensors are SI (`Channel.values`); positions are shares of full opening, whatever the log has them in.

    Args:
        engine: The engine.
    """
    sensors = [
        Gauge(
            name,
            _at_its_outlet(sensor.measures, engine),
            sensor.span,
            scatter=sensor.noise,
            resolution=sensor.resolution / sensor.span if sensor.resolution else 0.5**15,
        )
        for name, sensor in engine.sensors.items()
    ]
    positions = [
        Gauge(role, f"{component}.opening", 1.0, stands_for=recorded, limits=(0.0, 1.0))
        for recorded, role in engine.recorded_inputs.items()
        if (component := recorded.removesuffix(".position")) != recorded
        and f"{component}.opening" in engine.network.measurable
    ]
    return (*sensors, *positions)


def _at_its_outlet(measures: str, engine: Engine) -> str:
    """Return the pressure in a tank as that at its outlet: what lies behind is judged by the reading."""
    component, _, output = measures.rpartition(".")
    ports = engine.network.components[component].kind.ports if component in engine.network.components else ()
    holds = bool(ports) and not any(port.fluid and port.direction == "in" for port in ports)
    outlet = f"{component}.outlet.pressure"
    return outlet if holds and output == "pressure" and outlet in engine.network.measurable else measures
