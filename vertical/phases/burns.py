"""Where a run begins, settles, fades and ends, from one signal that follows the flow.

Levels are shares of the signal's own rise over its level at rest, so neither the unit nor the zero matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.log import FloatArray
from hotfire.phases.signals import Signal, quiet_level, runs, smooth

__all__ = ["Burn", "Reference", "find_burns", "measure", "settled"]

_ACTIVE = 0.10  # share of the rise above which something flows or burns
_FALLEN = 0.5  # share of the preceding level that ends a burn
# Cold gas through the same throat makes about a fifth of the pressure of the flame (ratio of characteristic
# velocities), so what stays below is purge, gas tail or afterburning, not the burn.
_COLD = 0.2
_SAME_RUN = 1.0 / 3.0  # a purge or an igniter stays below a third of the burn
_GAP = 0.25  # s; no chugging is slower than 4 Hz, no restart quicker
_LEVEL_SPAN = 0.10  # share of the burn over which "the preceding level" is taken
_SETTLED = 0.10  # share of the level by which a settled pressure may vary within 5 % of the burn


@dataclass(frozen=True, eq=False)
class Reference:
    """A signal with its level at rest and its level in the run.

    Attributes:
        signal: The signal, smoothed for this run's length.
        rest: Level at rest, in the signal's unit.
        rise: Robust maximum above rest, in the signal's unit.
        pressure: Whether the signal is a pressure (else a force).
    """

    signal: Signal
    rest: float
    rise: float
    pressure: bool = True

    def share(self, values: FloatArray) -> FloatArray:
        """Return values as shares of the rise."""
        return (values - self.rest) / self.rise


@dataclass(frozen=True)
class Burn:
    """One run of a reference.

    Attributes:
        start: First rise in s, or the first sample when the log begins in the run.
        end: When the level has fallen by half for good in s, or the last sample.
        faded: When less than a tenth is left in s.
        level: Mean level above rest over the run, in the signal's unit.
        began: Whether the start is in the log.
        ended: Whether the end is in the log.
    """

    start: float
    end: float
    faded: float
    level: float
    began: bool
    ended: bool

    @property
    def duration(self) -> float:
        """Length in s."""
        return self.end - self.start


def measure(signal: Signal, ambient: float | None) -> Reference:
    """Return a signal with its rest and rise, smoothed to suit the length of its run.

    Args:
        signal: The signal.
        ambient: Ambient pressure in the signal's unit; None for what is not a pressure.
    """
    rest = quiet_level(signal, ambient)
    above = signal.light - rest
    loud = float((above > above.max() / 2).sum()) * signal.step
    # A tenth of the run bridges chugging and still leaves short pulses their shape.
    signal = smooth(signal, min(_GAP, 0.1 * loud))
    lifted = signal.heavy - rest
    peak = max(float(lifted.max()), 0.0)
    active = lifted[lifted > _ACTIVE * peak]
    # Not the highest value: a hard start or a ringing sensor may reach several times the level of the run.
    rise = float(np.quantile(active, 0.9)) if active.size else 0.0
    return Reference(signal, rest, rise, ambient is not None)


def find_burns(reference: Reference) -> list[Burn]:
    """Return every run of the reference in order of time; weak pulses (purge, igniter) are left out."""
    if reference.rise <= 0:
        return []
    found = [_burn(reference, first, last) for first, last in _events(reference)]
    strongest = max((b.level for b in found), default=0.0)
    return [b for b in found if b.level >= _SAME_RUN * strongest]


def _events(reference: Reference) -> list[tuple[int, int]]:
    signal = reference.signal
    floor = max(_ACTIVE, 4 * signal.unrest / reference.rise)
    gap = signal.count(max(_GAP, 3 * signal.sample))
    merged: list[tuple[int, int]] = []
    for first, last in runs(reference.share(signal.heavy) > floor):
        if merged and first - merged[-1][1] <= gap:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return [(a, b) for a, b in merged if b - a >= signal.count(signal.width)]


def _burn(reference: Reference, first: int, last: int) -> Burn:
    signal = reference.signal
    began, over = first > 0, last < signal.time.size - 1
    start = _start(reference, first, last) if began else float(signal.time[0])
    end = _end(reference, first, last)
    # A fall at the very end of the record is still a fall: the half was passed and stayed passed.
    ended = over or signal.at(end) < last - signal.count(signal.width)
    inside = signal.light[first : signal.at(end) + 1]
    level = float(np.mean(inside)) - reference.rest if inside.size else 0.0
    last_time = float(signal.time[-1])
    return Burn(start, end if ended else last_time, float(signal.time[last]), level, began, ended)


def _start(reference: Reference, first: int, last: int) -> float:
    """Trace the first rise back along the line through 10 % and 50 %, but never into the rest before."""
    signal = reference.signal
    reach = signal.count(signal.width)
    light = reference.share(signal.light)
    tenth = _upcrossing(light, max(0, first - reach), last, _ACTIVE)
    half = _upcrossing(light, tenth, last, 0.5)
    foot = float(signal.time[tenth]) - 0.25 * float(signal.time[half] - signal.time[tenth])
    noise = max(0.02, 3 * signal.noise / reference.rise)
    resting = np.flatnonzero(light[: tenth + 1] <= noise)
    return max(foot, float(signal.time[resting[-1]])) if resting.size else foot


def _upcrossing(values: FloatArray, first: int, last: int, level: float) -> int:
    above = np.flatnonzero(values[first : last + 1] >= level)
    return first + int(above[0]) if above.size else first


def _end(reference: Reference, first: int, last: int) -> float:
    """Last time at which the pressure holds half of what went before, and more than cold gas makes."""
    from scipy.ndimage import median_filter

    signal = reference.signal
    share = reference.share(signal.heavy[first : last + 1])
    # Two passes: the first is over the whole event, whose weak tail may be far longer than the burn.
    holding = share.size - 1
    strong = np.flatnonzero(share >= _COLD)
    span = max(3, signal.count(max(2 * signal.width, _LEVEL_SPAN * signal.step * strong.size)))
    # Medians over long windows need no fine grid; thinning keeps hour-long records quick.
    thin = max(1, span // 200)
    size = max(1, span // thin)
    level = median_filter(share[::thin], size, mode="nearest", origin=(size - 1) // 2)
    level = np.repeat(level, thin)[: share.size]
    held = np.flatnonzero((share >= _FALLEN * level) & (share >= _COLD))
    if held.size:
        holding = int(held[-1])
    return float(signal.time[first + holding])


def settled(reference: Reference, burn: Burn) -> tuple[float, float] | None:
    """Return start and end in s of the stretch where the level varies slowly, or None.

    Slowly: by less than a tenth within 5 % of the burn (but no less than two smoothing widths), or, in a run
    that is never smooth, less than three times its usual variation. What stays below half the median level is
    a slow start or a slow decay, however steady.

    Args:
        reference: The signal of the run.
        burn: The run.
    """
    signal = reference.signal
    first, last = signal.at(burn.start), signal.at(burn.end)
    share = reference.share(signal.heavy[first : last + 1])
    half = signal.count(max(signal.width, 0.025 * burn.duration))
    if share.size <= 4 * half:
        return None
    level = np.maximum(share[half:-half], _COLD)
    change = np.abs(share[2 * half :] - share[: -2 * half]) / level
    usual = float(np.median(change))
    slow = (change < max(_SETTLED, min(3 * usual, 0.5))) & (
        share[half:-half] > max(_COLD, 0.5 * float(np.median(share)))
    )
    lasting = [(a, b) for a, b in runs(slow) if b - a >= half]
    if not lasting:
        return None
    # A slow instant vouches for its whole window, so the window's far sides belong to the stretch.
    return (
        float(signal.time[first + lasting[0][0]]),
        float(signal.time[first + lasting[-1][1] + 2 * half]),
    )
