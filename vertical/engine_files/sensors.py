"""The section `sensors` of an engine file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from hotfire.engine_files.yaml_lines import LineDict
from hotfire.physics.bounds import NOT_NEGATIVE, POSITIVE, TOLERANCE
from hotfire.physics.errors import UnitError
from hotfire.physics.sensors import Sensor
from hotfire.physics.units import parse_unit

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
_KINDS = {unit: kind for kind, unit in _SI.items()}
"""Kind of sensor for what is measured in each SI unit."""
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
Known = Callable[[LineDict, tuple[str, ...], str], None]
Refusal = Callable[..., Exception]


def read_sensors(
    section: LineDict, measurable: Mapping[str, str], number: Number, known: Known, fail: Refusal
) -> dict[str, Sensor]:
    """Read all sensors.

    Args:
        section: The section.
        measurable: SI unit of each quantity that the engine has, by name.
        number: Reads a number with its unit.
        known: Refuses words that are not among those allowed.
        fail: Makes the error that names a line.
    """
    sensors = {name: _sensor(section, name, measurable, number, known, fail) for name in section}
    _check_channels(section, sensors, fail)
    return sensors


def _sensor(
    section: LineDict,
    name: str,
    measurable: Mapping[str, str],
    number: Number,
    known: Known,
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
    kind = _kind(entry, name, measurable, fail)
    unit = _SI[kind]
    span = number(entry, "span", unit, _SPANS.get(kind, 1.0), bounds=POSITIVE)
    zero, scale = _ACCURACY.get(kind, _DEFAULT_ACCURACY)
    return Sensor(
        name=name,
        measures=str(entry["measures"]),
        kind="" if kind == "dimensionless" else kind,
        span=span,
        zero_tolerance=number(entry, "zero_tolerance", unit, zero * span, bounds=NOT_NEGATIVE),
        scale_tolerance=number(entry, "scale_tolerance", "", scale, bounds=TOLERANCE),
        lag=number(entry, "lag", "s", 0.0),
        **_recording(entry, unit, number, fail),
        unit=_written_unit(entry, name, kind, fail),
        channels=_channels(entry),
    )


def _kind(entry: LineDict, name: str, measurable: Mapping[str, str], fail: Refusal) -> str:
    """Kind of a sensor: it follows from what it measures, and where the file says it the two must agree."""
    measures = str(entry["measures"])
    if measures not in measurable:
        near = difflib.get_close_matches(measures, measurable, n=3, cutoff=0.4)
        raise fail(
            f"sensor `{name}` measures `{measures}`, which this engine does not have",
            entry,
            "measures",
            remedy=f"use one of {', '.join(near or measurable)}",
        )
    unit = measurable[measures]
    if unit not in _KINDS:
        raise fail(
            f"sensor `{name}` measures `{measures}`, which is in {unit}",
            entry,
            "measures",
            why=f"sensors are of the kinds {', '.join(_SI)}",
            remedy="measure something else of that component",
        )
    given = str(entry.get("kind", _KINDS[unit])) or "dimensionless"
    if given not in _SI:
        near = difflib.get_close_matches(given, _SI, n=2, cutoff=0.5)
        raise fail(
            f"sensor `{name}` is of the unknown kind `{given}`",
            entry,
            "kind",
            remedy=f"use {' or '.join(near) if near else ', '.join(_SI)}",
        )
    if given != _KINDS[unit]:
        raise fail(
            f"sensor `{name}` is of the kind `{given}`, but `{measures}` is of the kind `{_KINDS[unit]}`",
            entry,
            "kind",
            why=f"`{measures}` is in {unit or 'plain numbers'}",
            remedy=f"write `kind: {_KINDS[unit]}`, or leave `kind` out",
        )
    return given


def _written_unit(entry: LineDict, name: str, kind: str, fail: Refusal) -> str:
    """Unit in which people read a sensor; it is one of its kind."""
    unit = str(entry.get("unit", _SI[kind]))
    if not unit:
        return unit
    try:
        parse_unit(unit, kind)
    except UnitError as error:
        raise fail(
            f"sensor `{name}`: {error.what}", entry, "unit", why=error.why, remedy=error.remedy
        ) from error
    return unit


def _channels(entry: LineDict) -> tuple[str, ...]:
    channels: Any = entry.get("channels", [])
    return tuple(map(str, channels if isinstance(channels, list) else [channels]))


def _check_channels(section: LineDict, sensors: Mapping[str, Sensor], fail: Refusal) -> None:
    """Refuse a channel of the log that two sensors claim: it can be read as one of them alone."""
    owners: dict[str, str] = {}
    for name, sensor in sensors.items():
        for channel in sensor.channels:
            owner = owners.setdefault(channel, name)
            if owner != name:
                raise fail(
                    f"sensors `{owner}` and `{name}` both have the channel `{channel}`",
                    section[name],
                    "channels",
                    why="a channel of a log is the reading of one sensor",
                    remedy="give each sensor the name of its own channel",
                )


def _recording(entry: LineDict, unit: str, number: Number, fail: Refusal) -> dict[str, float]:
    """Read how a sensor is recorded, where the file says it."""
    units = dict(zip(_RECORDING, ("Hz", unit, unit), strict=True))
    found = {key: number(entry, key, units[key], None) for key in _RECORDING if key in entry}
    for key, value in found.items():
        if not value > 0.0 and not (key == "noise" and value == 0.0):
            raise fail(f"`{key}` is {value:g}", entry, key, remedy="give a number above 0")
    return found
