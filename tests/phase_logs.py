"""Logs by role, and what tests of phases ask of the answer."""

from __future__ import annotations

from dataclasses import replace

from hotfire.log import Channel, FloatArray, Log
from hotfire.phases.finding import Phases

AMBIENT = 101325.0
PSI = 6894.757


def log_of(time: FloatArray, **roles: FloatArray) -> Log:
    return Log(
        None,
        "memory",
        {role: Channel(f"ch_{role}", time, values, role=role) for role, values in roles.items()},
    )


def changed(log: Log, change: object) -> Log:
    return replace(log, channels={n: change(c) for n, c in log.channels.items()})  # type: ignore[operator]


def codes(found: Phases) -> set[str]:
    return {note.code for note in found.notes}


def check_order(found: Phases) -> None:
    for left, right in zip(found.phases, found.phases[1:], strict=False):
        assert left.end == right.start
    assert all(p.end > p.start for p in found.phases)
