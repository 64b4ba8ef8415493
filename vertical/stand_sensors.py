"""The sensors that a test stand usually has, for an engine whose file names few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hotfire.engine import Engine
from hotfire.physics.network import Network
from hotfire.physics.placing import PlacedComponent
from hotfire.physics.sensors import Sensor

__all__ = ["USUAL_KINDS", "mainstage", "usual_sensor", "with_stand_sensors"]

_HEADROOM = 1.6
"""Span of a sensor over what it reads when the engine runs as designed."""


USUAL_KINDS: dict[str, tuple[float, float, str]] = {
    "current": (0.004, 0.006, "A"),
    "force": (0.004, 0.006, "N"),
    "mass_flow": (0.003, 0.007, "kg/s"),
    "pressure": (0.003, 0.005, "bar"),
    "rotation": (0.0005, 0.001, "rpm"),
    "temperature": (0.004, 0.006, "K"),
    "voltage": (0.002, 0.003, "V"),
}
"""Of a usual sensor by its kind: standard deviation of its zero over its span, that of its gain, and its unit."""


@dataclass(frozen=True)
class _Usual:
    """What is usually measured at a component of one type.

    Attributes:
        at: Output within the component (`outlet.pressure`); "*" stands for the only partner of a shared port.
        kind: Kind of the sensor.
        main_only: Whether it is left out at lines that feed another chamber than the main one.
    """

    at: str
    kind: str
    main_only: bool = False


def _pressure(at: str) -> _Usual:
    return _Usual(at, "pressure")


def _temperature(at: str) -> _Usual:
    return _Usual(at, "temperature")


_FLOW = _Usual("inlet.flow", "mass_flow", main_only=True)
_SPEED = _Usual("speed", "rotation")
_USUAL: dict[str, tuple[_Usual, ...]] = {
    "battery": (_Usual("voltage", "voltage"), _Usual("current", "current")),
    "blowdown_tank": (_pressure("pressure"),),
    "catalyst_bed": (_pressure("pressure"), _temperature("temperature")),
    "combustor": (_pressure("pressure"),),
    "cooling_jacket": (_pressure("inlet.pressure"), _temperature("outlet.temperature")),
    "gas_generator": (_pressure("pressure"), _temperature("temperature")),
    "hybrid_combustor": (_pressure("pressure"),),
    "injector": (_pressure("inlet.pressure"), _FLOW),
    "nozzle": (_Usual("thrust", "force"),),
    "pump": (_pressure("inlet.pressure"), _pressure("outlet.pressure")),
    "regenerative_jacket": (_pressure("inlet.pressure"), _temperature("outlet.temperature")),
    "regulated_tank": (_pressure("pressure"),),
    "saturated_tank": (_pressure("pressure"),),
    "shaft": (_SPEED,),
    "steam_generator": (_pressure("pressure"), _temperature("temperature")),
    "turbine": (_pressure("inlet.pressure"), _temperature("outlet.temperature")),
}
"""By component type."""


def with_stand_sensors(engine: Engine, readings: Mapping[str, float] | None = None) -> Engine:
    """Return the engine with its own sensors and those that a stand usually adds.

    A quantity that a sensor of the engine's own measures gets no second one. Spans follow from the steady state of the
    nominal engine: `readings`, as `mainstage` gives them, which are worked out where they are None.
    """
    taken = {s.measures for s in engine.sensors.values()}
    readings = mainstage(engine.network) if readings is None else readings
    added = {
        sensor.name: sensor
        for placed in engine.network.components.values()
        for sensor in _sensors_at(placed, engine.network, readings)
        if sensor.measures not in taken
    }
    return replace(engine, sensors={**engine.sensors, **added})


def _sensors_at(placed: PlacedComponent, network: Network, readings: Mapping[str, float]) -> Iterator[Sensor]:
    """Yield the usual sensors of one component."""
    elsewhere = network.burnt_at(placed.name)[0] not in ("", network.burner)
    for usual in _USUAL.get(placed.kind.type_name, ()):
        measures = f"{placed.name}.{usual.at}"
        reading = readings.get(measures)
        sensor = None if reading is None else usual_sensor(measures, usual.kind, reading)
        if sensor is not None and not (usual.main_only and elsewhere):
            yield sensor


def usual_sensor(measures: str, kind: str, reading: float) -> Sensor | None:
    """Return a sensor as a stand usually has it; None where nothing is there to be read.

    Args:
        measures: Output of the network.
        kind: One of `USUAL_KINDS`.
        reading: What it reads when the engine runs as designed, SI.
    """
    if not np.isfinite(reading) or reading <= 0.0:
        return None
    zero, scale, unit = USUAL_KINDS[kind]
    span = _HEADROOM * reading
    name = measures.replace(".", "_")
    return Sensor(name, measures, kind, span, zero * span, scale, unit=unit, channels=(name,))


def mainstage(network: Network) -> dict[str, float]:
    """Return every measurable quantity of the nominal engine in mainstage, SI."""
    from hotfire.physics.compiled import CompiledNetwork
    from hotfire.physics.trajectory import Schedule, integrate

    compiled = CompiledNetwork(network)
    parameters = np.array(list(network.parameter_values.values()))[None, None, :]
    inputs = np.array(list(network.input_defaults.values()))[None, None, :]
    faults = np.zeros((1, 1, len(network.faults)))
    run = integrate(compiled, Schedule(np.array([0.0, 0.1]), parameters, faults, inputs))
    return dict(zip(compiled.output_names, run.outputs[-1, 0], strict=True))
