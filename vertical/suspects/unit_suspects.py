"""Channels that read as the same figures in another unit would: to be checked before a fault is believed."""

from __future__ import annotations

import math

import numpy as np

from hotfire.engine import Engine
from hotfire.observing.observe import Observed
from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.search import Search
from hotfire.physics.sensors import Sensor
from hotfire.physics.units import parse_unit

__all__ = ["mixed_up", "unit_suspects"]

_UNITS = {
    "pressure": ("bar", "psi", "kPa", "MPa", "mbar"),
    "force": ("N", "kN", "lbf", "kgf"),
    "mass_flow": ("kg/s", "g/s", "lb/s", "kg/min"),
}
"""Units that people mix up, by kind; those of a temperature differ by an offset as well."""
_NEAR = 0.15
"""Difference of logarithms by which a ratio may miss that of two units: the engine may have a fault besides."""
_FAR = 1.5
"""Least ratio that is not that of a fault or of tolerances."""


def unit_suspects(search: Search, observed: Observed, engine: Engine) -> tuple[str, ...]:
    """Say of each channel whose mainstage is off by just the ratio of two units that its unit should be checked.

    Args:
        search: Over the mainstage.
        observed: What was weighed.
        engine: The engine.
    """
    expected = (search.means - search.prior_shift).reshape(observed.observation.means.shape)
    found = []
    for column, sensor in enumerate(observed.observation.sensors):
        channel = observed.used.get(sensor.name)
        if channel is None or not channel.unit:
            continue
        ratio = _ratio(sensor, observed.observation.means[1:, column], expected[1:, column], engine)
        unit = mixed_up(ratio, sensor.kind, channel.unit)
        if unit:
            found.append(
                f"{channel.name} reads {ratio:.3g} times what a sound engine gives, as figures in {unit} taken for "
                f"{channel.unit} do: check its unit before a fault is believed"
            )
    return tuple(found)


def _ratio(sensor: Sensor, measured: FloatArray, expected: FloatArray, engine: Engine) -> float:
    """Measured over expected above rest, mean of the windows; 1 where either is at rest."""
    told = np.isfinite(measured) & np.isfinite(expected)
    if not told.any():
        return 1.0
    rest = engine.network.ambient_pressure if sensor.kind == "pressure" else 0.0
    read, wanted = float(measured[told].mean()) - rest, float(expected[told].mean()) - rest
    return read / wanted if read > 0.0 and wanted > 10.0 * sensor.zero_tolerance else 1.0


def mixed_up(ratio: float, kind: str, unit: str, near: float = _NEAR) -> str:
    """Return the unit in which figures would be right; "" where none is.

    Args:
        ratio: Reading over what it should be.
        kind: Of the quantity.
        unit: By which the figures were read.
        near: Difference of logarithms by which the ratio may miss that of two units.
    """
    if kind not in _UNITS or 1.0 / _FAR < ratio < _FAR:
        return ""
    own = parse_unit(unit, kind).scale
    misses = {u: abs(math.log(ratio * parse_unit(u, kind).scale / own)) for u in _UNITS[kind]}
    nearest = min(misses, key=lambda u: misses[u])
    return nearest if misses[nearest] < near else ""
