"""The 63 classes: what a sample can be labelled."""

from __future__ import annotations

from tum_hopper.definition import SENSORS

__all__ = ["CLASSES", "FAMILIES", "NUMBERS", "PIPES", "SENSOR_MODES", "family"]

PIPES = ("oxidizer_pipe", "oxidizer_feed", "fuel_pipe", "fuel_feed")
"""Before and after the oxidizer's valve, before and after the fuel's."""
_STATES = ("blockage", "leak", "blockage_and_leak")
SENSOR_MODES = ("freeze", "bias", "drift")

CLASSES = (
    "nominal",
    *(f"{pipe}.{state}" for pipe in PIPES for state in _STATES),
    "oxidizer_valve.slow",
    "fuel_valve.slow",
    *(f"{sensor}.{mode}" for sensor in SENSORS for mode in SENSOR_MODES),
)
"""Names in the published order of the labels."""
NUMBERS = {name: number for number, name in enumerate(CLASSES)}

FAMILIES = ("nominal", "blockage", "leak", "blockage_and_leak", "slow", "freeze", "bias", "drift")
"""Families over which the published figures are averaged."""


def family(name: str) -> str:
    """Return the family of a class."""
    return name.rsplit(".", 1)[-1]
