"""The quiet stretch before a run, against which sensor zeros are checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hotfire.phases.burns import Burn
from hotfire.phases.reference import VALVES
from hotfire.phases.signals import BoolArray, Signal, runs, smooth

__all__ = ["find_rest"]

_STILL = 0.02  # share of a channel's range by which it may move within the width below and be called quiet
_STILL_WIDTH = 0.25  # s
_SHORTEST = 0.1  # s; and ten samples of the slowest channel


def find_rest(signals: Mapping[str, Signal], main: Burn, lead: float = 0.0) -> tuple[float, float] | None:
    """Return the last stretch before the run in which nothing moves and no valve stands as in the run, in s.

    A stage of a start that holds still looks like rest; one that begins before any command is preferred.

    Args:
        signals: By role.
        main: The run.
        lead: Time in s before the run is seen to begin from which commands may have been given.
    """
    if not main.began:
        return None
    first = max(float(s.time[0]) for s in signals.values() if s.time[0] < main.start)
    step = max(0.005, (main.start - first) / 200_000)
    clock = np.arange(first, main.start, step)
    quiet = np.ones(clock.size, dtype=bool)
    for role, signal in signals.items():
        if signal.time[0] < main.start:
            still = _still(signal, role, main)
            quiet &= still[np.clip(np.searchsorted(signal.time, clock), 0, still.size - 1)]
    shortest = max(_SHORTEST, *(10 * s.sample for s in signals.values() if s.sample < 1.0), 0.0)
    lasting = [(a, b) for a, b in runs(quiet) if (b - a) * step >= shortest]
    if not lasting:
        return None
    before = [(a, b) for a, b in lasting if clock[a] + shortest <= main.start - lead]
    a, b = (before or lasting)[-1]
    return float(clock[a]), float(clock[b])


def _still(signal: Signal, role: str, main: Burn) -> BoolArray:
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    signal = smooth(signal, 0.05)
    size = 2 * (signal.count(_STILL_WIDTH) // 2) + 1
    swing = maximum_filter1d(signal.heavy, size) - minimum_filter1d(signal.heavy, size)
    spread = float(np.ptp(signal.heavy))
    still: BoolArray = swing <= max(_STILL * spread, 4 * signal.noise)
    if role in VALVES and spread > 0:
        running = float(np.median(signal.light[signal.at(main.start) : signal.at(main.end) + 1]))
        other = np.abs(signal.light - running) > 0.3 * spread
        # A valve that never leaves its running position is a tank valve or a held channel: it proves nothing.
        still &= other | ~other.any()
    return still
