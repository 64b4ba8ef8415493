"""The protocol: what is familiar, what is shifted, and how far; read from `protocol.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from hotfire.physics.errors import HotfireError

__all__ = ["LEVELS", "WORDING", "Protocol", "Wording", "load_protocol"]

LEVELS = (1, 2, 3, 4, 5)
WORDING = "wording"
"""The shift axis of operators' texts: no run differs, only what is said of it."""
_SCHEMA = "hotfire.protocol/1"


@dataclass(frozen=True)
class Wording:
    """How operators put what they saw.

    Attributes:
        vocabularies: Of the phrases; from several, each phrase is drawn.
        typing_errors: Share of the longer words that are mistyped; where there are any, articles are left out as well.
    """

    vocabularies: tuple[str, ...]
    typing_errors: float = 0.0


@dataclass(frozen=True)
class Protocol:
    """What is fixed before anything is tuned.

    Attributes:
        date: Day on which it was fixed.
        seed: From which all random numbers follow.
        engines: Familiar engines.
        windows, rate, noise: How a run is recorded.
        nominal: Share of sound engines.
        sensors: Share of sensor faults among faults.
        from_the_start: Share of faults that are there before the valves open.
        growing: Share of ramps among later faults of modes that can grow.
        onsets: Earliest and latest onset as shares of the weighed stretch.
        undetectable: Share of faults that are drawn without regard to detectability.
        sensor_modes: Familiar faults of sensors.
        vocabularies: Of familiar texts.
        splits: Number of cases by split; that of `shift` is for each axis and level.
        shifts: Settings of each axis, that of texts among them.
        scoring: Distances that make two hypotheses alike and a fault detectable, and the mass of an answer set.
    """

    date: str
    seed: int
    engines: tuple[str, ...]
    windows: int
    rate: float
    noise: float
    nominal: float
    sensors: float
    from_the_start: float
    growing: float
    onsets: tuple[float, float]
    undetectable: float
    sensor_modes: tuple[str, ...]
    vocabularies: tuple[str, ...]
    splits: Mapping[str, int]
    shifts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scoring: Mapping[str, float] = field(default_factory=dict)

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the shift axes on which runs differ; that of texts is not among them."""
        return tuple(axis for axis in self.shifts if axis != WORDING)

    def wording(self, level: int) -> Wording:
        """How texts are put: 0 familiar, 1 to 5 on the axis `wording`."""
        if level == 0:
            return Wording(self.vocabularies)
        shift = self.shifts[WORDING]
        return Wording(tuple(shift["vocabularies"][level - 1]), float(shift["typing_errors"][level - 1]))

    def held_out(self, level: int | None = None) -> tuple[str, ...]:
        """Labels that only the axis `unseen_mode` holds, as `kind: mode`; of one level, or of all."""
        levels = self.shifts["unseen_mode"]["labels"]
        chosen = levels if level is None else [levels[level - 1]]
        return tuple(
            f"{place}: {mode}" for labels in chosen for label in labels for place, mode in label.items()
        )


@cache
def load_protocol(path: str | None = None) -> Protocol:
    """Read a protocol; without a path, the one that ships.

    Raises:
        HotfireError: If the file is none.
    """
    from hotfire.engine_files.yaml_lines import load_yaml

    place = Path(path) if path else Path(str(resources.files("hotfire") / "scenarios" / "protocol.yaml"))
    data = load_yaml(place, HotfireError)
    if not isinstance(data, dict) or data.get("schema") != _SCHEMA:
        raise HotfireError("this is no protocol", where=str(place), remedy=f"write `schema: {_SCHEMA}`")
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError) as error:
        raise HotfireError(
            f"the protocol is incomplete: {error}",
            where=str(place),
            remedy="start from the protocol that ships with the package",
        ) from error


def _read(data: Mapping[str, Any]) -> Protocol:
    familiar = data["familiar"]
    stand = familiar["stand"]
    earliest, latest = familiar["onsets"]
    return Protocol(
        date=str(data["date"]),
        seed=int(data["seed"]),
        engines=tuple(familiar["engines"]),
        windows=int(stand["windows"]),
        rate=float(stand["rate"]),
        noise=float(stand["noise"]),
        nominal=float(familiar["nominal"]),
        sensors=float(familiar["sensors"]),
        from_the_start=float(familiar["from_the_start"]),
        growing=float(familiar["growing"]),
        onsets=(float(earliest), float(latest)),
        undetectable=float(familiar["undetectable"]),
        sensor_modes=tuple(familiar["sensor_modes"]),
        vocabularies=tuple(familiar["vocabularies"]),
        splits=data["splits"],
        shifts=data["shifts"],
        scoring=data["scoring"],
    )
