"""The section `sensors` of an engine file."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from hotfire.physics.sensors import Sensor
from hotfire.yaml_lines import LineDict

__all__ = ["read_sensors"]

_SPANS = {
    "pressure": 1e7,
    "force": 5e3,
    "mass": 50.0,
    "mass_flow": 5.0,
    "temperature": 1000.0,
    "rotation": 5e3,
}
_ACCURACY = {"pressure": (0.003, 0.005), "force": (0.005, 0.01)}
_DEFAULT_ACCURACY = (0.005, 0.01)
_RECORDING = ("rate", "noise", "resolution")
"""What the file may say about the recording of a sensor."""
_SI = {
    "pressure": "Pa",
    "force": "N",
    "mass": "kg",
    "mass_flow": "kg/s",
    "temperature": "K",
    "rotation": "rad/s",
    "power": "W",
    "torque": "N m",
    "voltage": "V",
    "current": "A",
    "angle": "rad",
    "dimensionless": "",
}
"""Kinds of sensors, with the SI unit of what they measure."""
_WORDS = (
    "measures",
    "kind",
    "span",
    "zero_tolerance",
    "scale_tolerance",
    "lag",
    *_RECORDING,
    "unit",
    "channels",
)
"""What may be said of a sensor."""

Number = Callable[..., float]
Refusal = Callable[..., Exception]


def read_sensors(
    section: LineDict, number: Number, known: Callable[[LineDict, tuple[str, ...], str], None], fail: Refusal
) -> dict[str, Sensor]:
    """Read all sensors.

    Args:
        section: The section.
        number: Reads a number with its unit.
        known: Refuses words that are not among those allowed.
        fail: Makes the error that names a line.
    """
    return {name: _sensor(section, name, number, known, fail) for name in section}


def _sensor(
    section: LineDict,
    name: str,
    number: Number,
    known: Callable[[LineDict, tuple[str, ...], str], None],
    fail: Refusal,
) -> Sensor:
    entry = section[name]
    if not isinstance(entry, LineDict) or "measures" not in entry:
        raise fail(
            f"sensor `{name}` does not say what it measures",
            section,
            name,
            remedy="add `measures: component.quantity`",
        )
    known(entry, _WORDS, f"sensor `{name}`")
    kind = _kind(entry, name, fail)
    unit = _SI[kind]
    span = number(entry, "span", unit, _SPANS.get(kind, 1.0))
    zero, scale = _ACCURACY.get(kind, _DEFAULT_ACCURACY)
    channels: Any = entry.get("channels", [])
    return Sensor(
        name=name,
        measures=str(entry["measures"]),
        kind="" if kind == "dimensionless" else kind,
        span=span,
        zero_tolerance=number(entry, "zero_tolerance", unit, zero * span),
        scale_tolerance=number(entry, "scale_tolerance", "", scale),
        lag=number(entry, "lag", "s", 0.0),
        **_recording(entry, unit, number, fail),
        unit=str(entry.get("unit", unit)),
        channels=tuple(map(str, channels if isinstance(channels, list) else [channels])),
    )


def _kind(entry: LineDict, name: str, fail: Refusal) -> str:
    kind = str(entry.get("kind", "pressure")) or "dimensionless"
    if kind not in _SI:
        near = difflib.get_close_matches(kind, _SI, n=2, cutoff=0.5)
        raise fail(
            f"sensor `{name}` is of the unknown kind `{kind}`",
            entry,
            "kind",
            remedy=f"use {' or '.join(near) if near else ', '.join(_SI)}",
        )
    return kind


def _recording(entry: LineDict, unit: str, number: Number, fail: Refusal) -> dict[str, float]:
    """Read how a sensor is recorded, where the file says it."""
    units = dict(zip(_RECORDING, ("Hz", unit, unit), strict=True))
    found = {key: number(entry, key, units[key], None) for key in _RECORDING if key in entry}
    for key, value in found.items():
        if not value > 0.0 and not (key == "noise" and value == 0.0):
            raise fail(f"`{key}` is {value:g}", entry, key, remedy="give a number above 0")
    return found
