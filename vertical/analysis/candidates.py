"""Sensors that could be added: one for every measurable quantity that no sensor measures yet."""

from __future__ import annotations

from collections.abc import Mapping

from hotfire.engine import Engine
from hotfire.physics.network import Network
from hotfire.physics.sensors import Sensor
from hotfire.stand_sensors import usual_sensor

__all__ = ["candidate_sensors"]

_KINDS = {
    "current": "current",
    "flow": "mass_flow",
    "pressure": "pressure",
    "speed": "rotation",
    "temperature": "temperature",
    "thrust": "force",
    "voltage": "voltage",
    "wall_temperature": "temperature",
}
"""Kind of the sensor that measures an output, by the last word of the output's name; others are not measured."""


def candidate_sensors(engine: Engine, readings: Mapping[str, float]) -> dict[str, Sensor]:
    """Return the sensors that could be added, by name, with the accuracy of a usual stand.

    Of the two ends of a stream the one downstream stands for both, unless a sensor of the engine has the other.

    Args:
        engine: With the sensors that it has.
        readings: Every measurable quantity in mainstage, SI, as `hotfire.stand_sensors.mainstage` gives them.
    """
    taken = {s.measures for s in engine.sensors.values()}
    twins = _upstream_twins(engine.network)
    taken |= {twins[t] for t in taken if t in twins} | {u for u, d in twins.items() if d in taken}
    found = {}
    for output, reading in readings.items():
        kind = _KINDS.get(output.rsplit(".", 1)[1])
        if kind is None or output in taken or output in twins:
            continue
        sensor = usual_sensor(output, kind, reading)
        if sensor is not None:
            found[sensor.name] = sensor
    return found


def _upstream_twins(network: Network) -> dict[str, str]:
    """Outputs at the upstream end of a stream, with the same quantity at its downstream end."""
    found = {}
    for stream in network.streams:
        (source, out), (target, into) = stream.source, stream.target
        upper = f"{source}.{out}.{target}" if network.components[source].port(out).many else f"{source}.{out}"
        lower = (
            f"{target}.{into}.{source}" if network.components[target].port(into).many else f"{target}.{into}"
        )
        for quantity in _KINDS:
            found[f"{upper}.{quantity}"] = f"{lower}.{quantity}"
    return found
