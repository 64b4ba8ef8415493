"""Which stretch of a test is weighed: the mainstage, or more of the run where a fault cut the mainstage short."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, Log
from hotfire.observing.followed import Followed
from hotfire.phases.finding import Phases
from hotfire.sequence import CommandSequence
from hotfire.signals.oscillation import chamber_sensor

__all__ = ["weighed_stretch"]

_SETTLING, _SETTLING_SHARE = 1.0, 0.2
"""Seconds after valve opening (and at most this share of the run) that are left out: feed surges, sensors shocked by
cold liquid and boiling that lags behind are not in the quasi-steady equations."""
_SETTLED_SHARE = 0.5
"""Most of a run that an engine's own sequence may leave out."""
_FOLLOWING, _FALLEN = 4.0, 0.25
"""Time constants in which an actuator has followed a command, to a fiftieth; share of its travel at which the chamber
has fallen by half, since a valve drops little while it is open."""
_COMMAND_MOVES = 0.05
_FALLING, _CUT_SHORT = 0.12, 0.5
"""Seconds in which a sound run falls at its end, and from which a longer decay is part of the run."""
_STANDING, _LASTING = 0.05, 0.7
"""Share of the run's level above which a collapsed run is still one, and how much of it must last."""


def weighed_stretch(
    log: Log, engine: Engine, phases: Phases, followed: Mapping[str, Followed]
) -> tuple[float, float]:
    """First and last instant of the stretch, in s of the log's clock; the log must have a mainstage.

    Args:
        log: With roles.
        engine: The engine.
        phases: Of that log.
        followed: Commanded inputs as they are followed.
    """
    assert phases.mainstage is not None
    assert phases.burn is not None
    origin = phases.burn.start
    end = _end(log, engine, phases, followed)
    settled = min(_SETTLING, _SETTLING_SHARE * (end - origin))
    if engine.sequence is not None:
        # Valves that are slow to shut keep the run going after the command; when that came is known to milliseconds.
        shut = (origin + f.delay + engine.sequence.burn for f in followed.values() if f.told)
        end = min([end, *shut])
        recorded = {*engine.recorded_inputs, *(name for name, f in followed.items() if f.told)}
        settled = min(engine.sequence.settled_with(recorded), _SETTLED_SHARE * (end - origin))
        follows = {name: _FOLLOWING * f.time_constant for name, f in followed.items()}
        held = engine.sequence.held(recorded, follows)
        if len(held) > 1:
            first, last = max(((a, min(b, end - origin)) for a, b in held), key=lambda r: r[1] - r[0])
            settled, end = first, min(end, origin + last)
    start = max(phases.mainstage.start, origin + settled)
    return start, _steady_commands(log, engine, start, end)


def _end(log: Log, engine: Engine, phases: Phases, followed: Mapping[str, Followed]) -> float:
    """End of the stretch to weigh: of the mainstage, or of the run where a fault cut the mainstage short.

    A run that collapsed with its valves open goes on at a low level until they shut.
    """
    assert phases.mainstage is not None
    assert phases.burn is not None
    shutdown = next((p for p in phases.phases if p.name == "shutdown"), None)
    if shutdown is not None and not phases.depletions and shutdown.end - shutdown.start > _CUT_SHORT:
        last = shutdown.end - _FALLING
        if _stands(log, engine, phases, shutdown.start + _FALLING, last):
            return last
    last = min([phases.burn.end - _FALLING, *(d.time for d in phases.depletions)])
    return last if last - phases.mainstage.end > _CUT_SHORT else _before_the_command(engine, phases, followed)


def _before_the_command(engine: Engine, phases: Phases, followed: Mapping[str, Followed]) -> float:
    """End of the mainstage, before what was commanded to shut the engine down can show.

    Where valves shut slowly the chamber holds for a while after the command, as turbines and lines already fall.
    """
    assert phases.mainstage is not None
    assert phases.burn is not None
    if engine.sequence is None:
        return phases.mainstage.end
    shutdown = engine.sequence.shutdown
    slow = [
        shutdown[name][-1][0] - f.time_constant * math.log(_FALLEN)
        for name, f in followed.items()
        if shutdown.get(name)
    ]
    shutting = max(_shut(engine, engine.sequence), min(slow, default=0.0))
    return min(phases.mainstage.end, phases.burn.end - shutting)


def _shut(engine: Engine, sequence: CommandSequence) -> float:
    """Time in s from the shutdown command by which the chamber has fallen: the first of its own valves is shut then.

    A turbine's valve that is shut before leaves the chamber a while, as its rotor runs down.
    """
    network = engine.network
    valves = {n.removesuffix(".position"): c for n, c in sequence.shutdown.items() if c and ".position" in n}
    own = [c[-1][0] for valve, c in valves.items() if network.burnt_at(valve)[0] == network.burner]
    return float(min(own, default=sequence.shutting))


def _stands(log: Log, engine: Engine, phases: Phases, start: float, end: float) -> bool:
    """Say whether the chamber pressure and another sensor of the flow stand above rest, instead of fading.

    One alone may be a sensor that is off.
    """
    chamber = chamber_sensor(engine)
    resting = engine.network.at_tank_pressure
    tanks = set(resting.values())
    flow = [s for s in engine.sensors.values() if s.measures not in resting and s.measures not in tanks]
    standing = [
        s
        for s in flow
        if s.measures.endswith((".pressure", ".thrust"))
        and (channel := log.role(s.name)) is not None
        and _stands_above_rest(channel, phases, start, end)
    ]
    return chamber in standing and len(standing) > 1


def _stands_above_rest(channel: Channel, phases: Phases, start: float, end: float) -> bool:
    if phases.baseline is None or phases.mainstage is None:
        return False

    def level(first: float, last: float) -> float:
        inside = channel.values[(channel.time >= first) & (channel.time <= last)]
        inside = inside[np.isfinite(inside)]
        return float(np.median(inside)) if inside.size else float("nan")

    rest = level(phases.baseline.start, phases.baseline.end)
    full = level(phases.mainstage.start, phases.mainstage.end) - rest
    third = (end - start) / 3.0
    early, late = level(start, start + third) - rest, level(end - third, end) - rest
    return bool(early > _STANDING * full and late > _LASTING * early)


def _steady_commands(log: Log, engine: Engine, start: float, end: float) -> float:
    """End of the stretch in which recorded positions stay where they are for most of it."""
    for role in engine.recorded_inputs.values():
        channel = log.role(role)
        if channel is None:
            continue
        inside = (channel.time >= start) & (channel.time <= end) & np.isfinite(channel.values)
        if not inside.any():
            continue
        usual = float(np.median(channel.values[inside]))
        moved = inside & (np.abs(channel.values - usual) > _COMMAND_MOVES * max(abs(usual), 1e-9))
        if moved.any() and channel.time[moved][0] > 0.5 * (start + end):
            end = min(end, float(channel.time[moved][0]) - 0.02)
    return end
