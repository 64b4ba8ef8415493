"""The frozen definition of the rebuild: `rebuild.yaml` as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["CHANNELS", "FOLDER", "KINDS", "SENSORS", "SPLITS", "Channel", "definition", "number"]

FOLDER = Path(__file__).parent
KINDS = ("sound", "slow_valve", "blockage", "blockage_then_leak", "sensor")
"""Kinds of runs, in the order of the counts in `splits`."""


@cache
def definition() -> Mapping[str, Any]:
    """Return the whole definition."""
    loaded: Mapping[str, Any] = yaml.safe_load((FOLDER / "rebuild.yaml").read_text())
    return loaded


def number(section: str, name: str) -> float:
    """Return one number of a section, in the unit that stands beside it."""
    return float(definition()[section][name]["value"])


@dataclass(frozen=True)
class Channel:
    """One recorded quantity, in SI.

    Attributes:
        name: In this project's words.
        published: Name in the published data set.
        measures: Output of the engine's equations; None for a command or a temperature.
        less: Output that is taken off it; None for none.
        temperature_at: Pressure of the place whose temperature is meant.
        command: Propellant whose valve is commanded.
        sensor: Whether it can freeze, be biased or drift.
        used: Whether the published network reads it.
    """

    name: str
    published: str
    measures: str | None = None
    less: str | None = None
    temperature_at: str | None = None
    command: str | None = None
    sensor: bool = False
    used: bool = True


CHANNELS = tuple(Channel(**entry) for entry in definition()["channels"])
"""The 41 channels, in the published order."""
SENSORS = tuple(channel.name for channel in CHANNELS if channel.sensor)
"""The 16 sensors that can fail, in the published order."""
SPLITS: Mapping[str, tuple[int, ...]] = {
    name: tuple(entry["runs"]) for name, entry in definition()["splits"].items()
}
"""Number of runs of each kind, by split."""
