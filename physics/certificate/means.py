"""Window means of what an engine does, and what its sensors read before the valves open.

Written from docs/explanation/certificate.md and diagnosis.md, apart from the code that issues.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.plain import Frame

__all__ = ["window_means"]


def window_means(
    frame: Frame, series: Mapping[str, FloatArray], onset: float | None, *, departure: bool = False
) -> FloatArray:
    """From outputs at the instants, (T, ...), to rows before the test and over the windows, (K + 1, S, ...).

    Over a window the trapezoidal rule; where a fault steps in, each side by its share, carried on from its own side.
    With `departure` the series are small changes, and what stands at ambient pressure does not change.
    """
    columns = []
    for sensor in frame.sensors:
        values = series[sensor.measures][frame.run_in :]
        means = list(0.5 * (values[:-1] + values[1:]))
        if onset is not None and onset > frame.edges[0]:
            k = int(np.searchsorted(frame.edges, onset)) - 1
            means[k] = _split(values, k, (frame.edges[k + 1] - onset) / (frame.edges[k + 1] - frame.edges[k]))
        columns.append(np.stack([_before(frame, sensor.measures, series, departure), *means]))
    return np.stack(columns, axis=1)


def _split(values: FloatArray, k: int, after: float) -> FloatArray:
    before = 1.0 - after
    rise = values[k] - values[k - 1] if k > 0 else np.zeros_like(values[k])
    later = values[k + 2] - values[k + 1] if k + 2 < len(values) else rise
    return np.asarray(
        before * (values[k] + 0.5 * before * rise) + after * (values[k + 1] - 0.5 * after * later)
    )


def _before(frame: Frame, measured: str, series: Mapping[str, FloatArray], departure: bool) -> FloatArray:
    """What a sensor reads before the valves open."""
    network, first = frame.network, series[measured][0]
    component = network.components[measured.split(".", maxsplit=1)[0]]
    if measured in network.at_tank_pressure:
        return np.asarray(series[network.at_tank_pressure[measured]][0])
    in_tank = component.kind.ports[0].direction == "out" and not measured.endswith("flow")
    if measured.endswith(".roughness") or in_tank:
        return np.asarray(first)
    at_ambient = measured.endswith("pressure") and not departure
    return np.asarray(np.zeros_like(first) + (network.ambient_pressure if at_ambient else 0.0))
