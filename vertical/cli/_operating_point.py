"""Whether an engine runs at all: its readings with open valves, full tanks and nothing wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hotfire.physics.errors import EngineError

if TYPE_CHECKING:
    from hotfire.engine import Engine

__all__ = ["operating_point", "span_warnings"]


def operating_point(engine: Engine) -> dict[str, float]:
    """Solve the sound engine at ignition and return what each sensor would read, in SI.

    Raises:
        EngineError: If a sensor measures what the engine does not have.
        SolutionError: If the equations have no solution.
    """
    import numpy as np

    from hotfire.physics.compiled import Batch, CompiledNetwork
    from hotfire.physics.steady import solve_steady

    network = engine.network
    compiled = CompiledNetwork(network)
    for sensor in engine.sensors.values():
        if sensor.measures not in compiled.output_names:
            raise _no_such_output(engine, sensor.name, sensor.measures, compiled.output_names)
    states = network.initial_states(network.parameter_values)
    batch = Batch(
        np.array([[states[n] for n in network.states]], dtype=float).reshape(1, -1),
        np.array([[network.parameter_values[n] for n in compiled.parameter_names]]),
        np.zeros((1, len(compiled.fault_names))),
        np.array([list(network.input_defaults.values())], dtype=float).reshape(1, -1),
    )
    solved, _ = solve_steady(compiled, batch)
    outputs = dict(zip(compiled.output_names, compiled.rates(solved, batch)[1][0], strict=True))
    return {s.name: float(outputs[s.measures]) for s in engine.sensors.values()}


def span_warnings(engine: Engine, point: Mapping[str, float]) -> list[str]:
    """Name the sensors that the engine drives beyond their span."""
    return [
        f"{s.name} would read {point[s.name] / s.span:.0%} of its span: check the span, or the engine"
        for s in engine.sensors.values()
        if point[s.name] > 1.02 * s.span
    ]


def _no_such_output(engine: Engine, sensor: str, measures: str, outputs: tuple[str, ...]) -> EngineError:
    from difflib import get_close_matches

    near = get_close_matches(measures, outputs, n=3, cutoff=0.4)
    return EngineError(
        f"sensor `{sensor}` measures `{measures}`, which this engine does not have",
        where=str(engine.path or engine.name),
        remedy=f"use one of {', '.join(near or outputs)}",
    )
