"""Which engines stand for which axis and level, and their rigs."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.locations import fault_labels
from hotfire.physics.description import FaultLabel
from hotfire.physics.errors import HotfireError
from hotfire.scenarios.effects import Effects
from hotfire.scenarios.protocol import LEVELS, Protocol, load_protocol
from hotfire.scenarios.rig import Rig, Stand
from hotfire.scenarios.swaps import described_for, swap_targets, swapped
from hotfire.scenarios.variants import resized, throttled, with_propellants, without_sensors
from hotfire.stand_sensors import with_stand_sensors

__all__ = ["FAMILIAR", "Setting", "bench", "candidates", "matches", "rig_of", "settings"]

FAMILIAR = "familiar"


_described = lru_cache(maxsize=32)(load_engine)
"""Engines as their files say, read once."""


@dataclass(frozen=True)
class Setting:
    """One engine of one axis and level.

    Attributes:
        axis: Name of the axis, or `familiar`.
        level: 1 to 5; 0 for familiar.
        engine: Name of the engine that it starts from.
    """

    axis: str
    level: int
    engine: str

    @property
    def name(self) -> str:
        """As in `cycle-3-tap-off-hydrogen`."""
        return f"{self.axis}-{self.level}-{self.engine}"


def settings(protocol: Protocol, axis: str = FAMILIAR, level: int = 0) -> tuple[Setting, ...]:
    """Return the settings of one axis and level.

    Raises:
        HotfireError: If there is no such axis or level.
    """
    if axis == FAMILIAR:
        return tuple(Setting(FAMILIAR, 0, e) for e in protocol.engines)
    if axis not in protocol.axes or level not in LEVELS:
        raise HotfireError(
            f"there is no axis {axis!r} with level {level}",
            where="--axis",
            remedy=f"use one of {', '.join((FAMILIAR, *protocol.axes))}, levels 1 to 5",
        )
    shift = protocol.shifts[axis]
    names = tuple(shift.get("engines", protocol.engines))
    if axis == "cycle":
        names = (names[level - 1],)
    found = tuple(Setting(axis, level, n) for n in names)
    return tuple(s for s in found if _applies(s, protocol))


def _applies(setting: Setting, protocol: Protocol) -> bool:
    """Whether the axis can change this engine at all."""
    if setting.axis == "unseen_mode":
        engine = _described(setting.engine)
        wanted = protocol.held_out(setting.level)
        return any(matches(label, wanted) for label in fault_labels(engine).values())
    if setting.axis.startswith("swap"):
        engine = _described(setting.engine)
        return bool(swap_targets(engine.network, _level(setting, protocol, "swaps")))
    return True


def matches(label: FaultLabel, wanted: tuple[str, ...]) -> bool:
    """Whether a fault is one of those named as `kind: mode`, with or without the side, or `sensor: mode`."""
    if label.quantity:
        return f"sensor: {label.mode}" in wanted
    kind = label.location.kind
    return f"{kind}: {label.mode}" in wanted or f"{label.location.side} {kind}: {label.mode}" in wanted


@lru_cache(maxsize=24)
def bench(setting: Setting, path: str | None = None) -> tuple[Rig, Effects]:
    """Return the rig of a setting, and the effects of its faults.

    Args:
        setting: Which.
        path: Of the protocol; None for the one that ships.
    """
    if setting.axis != FAMILIAR and setting.axis not in _AXES:
        # Such an axis differs in what is drawn: its rig is the familiar one, which is dear to build.
        return bench(Setting(FAMILIAR, 0, setting.engine), path)
    rig = rig_of(setting, path)
    weighed = [n for n, f in rig.engine.network.faults.items() if f.weighed and n in rig.faults]
    return rig, Effects(rig, weighed)


def rig_of(setting: Setting, path: str | None = None) -> Rig:
    """Return the rig of a setting by the protocol at `path`; None for the one that ships."""
    protocol = load_protocol(path)
    engine = with_stand_sensors(_described(setting.engine))
    stand = Stand(protocol.windows, protocol.rate, protocol.noise)
    return _AXES.get(setting.axis, _as_described)(engine, stand, setting, protocol)


def candidates(rig: Rig, setting: Setting, protocol: Protocol) -> tuple[str, ...]:
    """Faults that may be put in: weighed ones and the protocol's of sensors; those held out on their axis alone."""
    sensors = {s.name for s in rig.sensors}
    unseen = setting.axis == "unseen_mode"
    wanted = protocol.held_out(setting.level) if unseen else protocol.held_out()
    known = rig.engine.network.faults
    found = []
    for name, fault in rig.faults.items():
        owner, mode = name.rsplit(".", 1)
        held = matches(rig.labels[name], wanted)
        usual = mode in protocol.sensor_modes if owner in sensors else fault.weighed and name in known
        if held if unseen else usual and not held:
            found.append(name)
    return tuple(found)


def _as_described(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    return Rig(engine, stand=stand)


def _level(setting: Setting, protocol: Protocol, key: str) -> Any:
    return protocol.shifts[setting.axis][key][setting.level - 1]


def _hardware_size(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    return Rig(resized(engine, _level(setting, protocol, "factor")), stand=stand)


def _propellants(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    other = with_propellants(_described(setting.engine), _level(setting, protocol, "pairs"))
    return Rig(with_stand_sensors(other), stand=stand)


def _operating_point(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    return Rig(throttled(engine, _level(setting, protocol, "share")), stand=stand)


def _sensor_suite(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    random = np.random.default_rng([protocol.seed, zlib.crc32(setting.name.encode())])
    return Rig(without_sensors(engine, _level(setting, protocol, "missing"), random), stand=stand)


def _swap_declared(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    return Rig(swapped(engine, _level(setting, protocol, "swaps")), stand=stand)


def _swap_undeclared(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    swaps = _level(setting, protocol, "swaps")
    return Rig(described_for(engine, swaps), swapped(engine, swaps), stand=stand)


def _sampling(engine: Engine, stand: Stand, setting: Setting, protocol: Protocol) -> Rig:
    return Rig(engine, stand=Stand(stand.windows, _level(setting, protocol, "rate"), stand.noise))


_AXES: dict[str, Callable[[Engine, Stand, Setting, Protocol], Rig]] = {
    "hardware_size": _hardware_size,
    "operating_point": _operating_point,
    "propellants": _propellants,
    "sampling": _sampling,
    "sensor_suite": _sensor_suite,
    "swap_declared": _swap_declared,
    "swap_undeclared": _swap_undeclared,
}
"""How the rig of each axis differs; axes that are not named differ in what is drawn."""
