"""Faults of what is commanded: a valve, an igniter or a set point that comes late, slowly, wrongly or not at all.

They change the course of an input before the engine is run, so no equation knows them. Named
`component.input.mode`, as in `fuel_valve.position.late`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from hotfire.physics.declaration import Fault
from hotfire.sequence import Corners, value_at

__all__ = ["COMMAND_FAULTS", "altered", "command_faults"]

_STEP = 0.05
"""Time in s that a command takes to go wrong."""

COMMAND_FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("late", "comes late", 0.005, 60.0, 1e-3, "valve_stuck_closed_or_slow", size_text="delay in s"),
        Fault(
            "slow",
            "moves too slowly",
            0.01,
            60.0,
            1e-3,
            "valve_stuck_closed_or_slow",
            size_text="time in s for its whole stroke",
        ),
        Fault(
            "wrong_value",
            "goes to the wrong value (wrong table, mixed-up unit, drift)",
            0.01,
            10.0,
            1e-3,
            "valve_stuck_closed_or_slow",
            size_text="error over the commanded value",
        ),
        Fault("stuck", "no longer moves", 1.0, 1.0, 1e-3, "valve_stuck_closed_or_slow", size_text="stuck"),
    )
}
"""Faults that every input can have. They are simulated; the diagnosis takes recorded commands as they are."""


def command_faults(inputs: Iterable[str]) -> dict[str, Fault]:
    """Return what the inputs of an engine can suffer, by `component.input.mode`."""
    return {f"{name}.{mode}": fault for name in inputs for mode, fault in COMMAND_FAULTS.items()}


def altered(corners: Corners, faults: Sequence[Any]) -> Corners:
    """Return the course of one input as its faults leave it.

    Args:
        corners: Course as intended: times in s after the start command, and values.
        faults: Faults of this input, with `name`, `size`, `onset` (None: from before the test).
    """
    for fault in faults:
        mode = fault.name.rsplit(".", 1)[1]
        if mode == "late":
            corners = tuple((t + fault.size, v) for t, v in corners)
        elif mode == "slow":
            corners = _slow(corners, fault.size)
        elif mode == "stuck":
            corners = _stuck(corners, fault.onset)
        else:
            corners = _wrong(corners, fault.size, fault.onset)
    return corners


def _slow(corners: Corners, stroke: float) -> Corners:
    """Let no travel be faster than one stroke in the given time; each waits for the one before."""
    moved = [corners[0]]
    for (t0, v0), (t1, v1) in itertools.pairwise(corners):
        begin = max(t0, moved[-1][0])
        if begin > moved[-1][0]:
            moved.append((begin, v0))
        moved.append((max(t1, begin + abs(v1 - v0) * stroke), v1))
    return tuple(moved)


def _stuck(corners: Corners, onset: float | None) -> Corners:
    if onset is None:
        return corners[:1]
    return (*(c for c in corners if c[0] < onset), (onset, value_at(corners, onset)))


def _wrong(corners: Corners, error: float, onset: float | None) -> Corners:
    """Scale the command from the onset on: what is shut stays shut."""
    if onset is None:
        return tuple((t, v * (1.0 + error)) for t, v in corners)
    there, then = value_at(corners, onset), value_at(corners, onset + _STEP)
    before = tuple(c for c in corners if c[0] < onset)
    after = tuple((t, v * (1.0 + error)) for t, v in corners if t > onset + _STEP)
    return (*before, (onset, there), (onset + _STEP, then * (1.0 + error)), *after)
