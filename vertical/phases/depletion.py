"""Whether one propellant ran out: the kink in its tank pressure, and how long its gas went on flowing.

While liquid leaves, the gas above it expands slowly. Once the liquid is gone the gas itself leaves through
the same injector, several times faster by volume, so the slope of ln p steepens within a valve's travel. A
main valve that shuts does the opposite: the tank pressure stops falling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hotfire.log import FloatArray
from hotfire.phases.signals import Signal, slopes

__all__ = ["Kink", "find_kink"]

_FACTOR = 2.0  # how much steeper ln p must fall after the kink than before
_LOSS = 0.5  # the new slope must empty the tank by a factor e^0.5 in a run's length: below is regulator drift
_NEAR_END = 0.15  # share of the run before its end in which a kink can have ended it
_FEEDING = 2.0  # in ambient pressures; a tank below feeds no engine, and its ln p is mostly noise
_SHORTEST = 0.2  # s; a window for a slope
_SIGMA = 5.0  # the change of slope in standard deviations of a slope
_COUPLED = 0.7  # the manifold keeps this share of its ratio to the tank while the valve stays open


@dataclass(frozen=True)
class Kink:
    """A tank that ran out of liquid.

    Attributes:
        time: Of the kink in s.
        gas_end: When the gas stopped flowing in s.
        before: Slope of ln p before, per s.
        after: Slope of ln p after, per s.
        channel: Name of the channel that shows it.
    """

    time: float
    gas_end: float
    before: float
    after: float
    channel: str

    @property
    def bend(self) -> float:
        """By how much ln p falls faster, per s; a tank that was rising counts as steady."""
        return min(self.before, 0.0) - self.after


def find_kink(
    feeds: Mapping[str, Signal | None],
    *,
    start: float,
    end: float,
    cold: bool,
    ambient: float,
    fading: float = np.inf,
) -> Kink | None:
    """Return the kink of one side, or None.

    Args:
        feeds: That side's signals: `tank`, `manifold`, `valve`; and `chamber`.
        start: Start of the run in s.
        end: End of the run in s.
        cold: Whether the run is a cold flow, whose pressure itself ends in the gas tail.
        ambient: Ambient pressure in the pressures' unit.
        fading: When the run ceased to be steady in s. The gas of a tank that was hardly filled flows for so long that
            the run ends well after its liquid did.
    """
    tank, manifold, valve = feeds.get("tank"), feeds.get("manifold"), feeds.get("valve")
    # A shutting valve makes a manifold fall as an empty tank does: it tells nothing without the position.
    source = tank or (manifold if valve is not None else None)
    if source is None:
        return None
    span = end - start
    # A long cold flow drains slowly and needs a long window; beside a flame's end it would see the shutdown.
    width = max(_SHORTEST, min(1.0, 0.08 * span), 0.03 * span if cold else 0.0, 4 * source.sample)
    share = 1.0 if cold else _NEAR_END
    latest = end if cold else end + max(0.1, source.sample)
    # Opening the valve bends the tank pressure too: the first tenth of the run is not looked at.
    earliest = min(end - max(share * span, width), fading - width)
    window = (max(start + max(2 * width, 0.1 * span), earliest), latest)
    logs = np.log(np.maximum(source.light, 0.05 * ambient))
    kink = _sharpest(source, logs, window, width, -_LOSS / span)
    if kink is None or source.heavy[source.at(kink.time)] < _FEEDING * ambient:
        return None
    if kink.after > _FACTOR * _freed(source, feeds.get("chamber"), kink.time, width) * min(kink.before, 0.0):
        return None
    if _moved(valve, kink.time, width) or not _coupled(source, manifold, kink.time, width):
        return None
    gas_end = _gas_end(source, logs, kink, end=end, width=width, ambient=ambient)
    return replace(kink, gas_end=gas_end)


def _sharpest(
    source: Signal, logs: FloatArray, window: tuple[float, float], width: float, steepest: float
) -> Kink | None:
    """The instant where the slopes on both sides differ most, if beyond noise and by the factor."""
    from scipy.ndimage import maximum_filter1d

    rate = slopes(logs, source.step, width)
    reach = source.count(width / 2)
    lowest, highest = max(reach, source.at(window[0])), min(logs.size - reach - 1, source.at(window[1]))
    if highest <= lowest or window[1] > float(source.time[-1]) - width:
        return None
    index = np.arange(lowest, highest + 1)
    before, after = rate[index - reach], rate[index + reach]
    # Standard deviation of a fitted slope over m independent samples: s / w * sqrt(12 / m).
    error = (
        source.noise / np.exp(logs[index]) / width * np.sqrt(12.0 * max(source.sample, source.step) / width)
    )
    # A tank that was still being filled counts as steady: only its fall tells of the propellant.
    bend = np.minimum(before, 0.0) - after
    # The flank of a sharper kink outside (a vent opened after shutdown) is none of this run's.
    everywhere = np.minimum(np.roll(rate, reach), 0.0) - np.roll(rate, -reach)
    own = bend >= maximum_filter1d(everywhere, 2 * reach + 1)[index]
    clear = own & (bend > _SIGMA * np.sqrt(2.0) * error)
    clear &= (after < steepest) & (after < _FACTOR * np.minimum(before, 0.0))
    if not clear.any():
        return None
    best = int(np.argmax(np.where(clear, bend, -np.inf)))
    time = float(source.time[index[best]])
    return Kink(time, time, float(before[best]), float(after[best]), source.name)


def _freed(source: Signal, chamber: Signal | None, time: float, width: float) -> float:
    """By how much a liquid flows faster after than before because the chamber pressure has dropped.

    When one side runs dry the chamber falls, and the other side's liquid, freed of it, steepens its tank's
    fall too. Bernoulli: the flow goes with the root of the pressure difference.
    """
    if chamber is None:
        return 1.0
    flows = []
    for start in (time - width, time):
        clock = np.linspace(start, start + width, 20)
        tank = np.interp(clock, source.time, source.heavy)
        # Two sensors seldom agree to a tenth, so a smaller difference is not known.
        drop = np.maximum(tank - np.interp(clock, chamber.time, chamber.light), 0.1 * tank)
        flows.append(float(np.mean(np.sqrt(drop))))
    return max(1.0, flows[1] / flows[0])


def _moved(valve: Signal | None, time: float, width: float) -> bool:
    """Whether the valve moved about that time, by more than a twentieth of its travel."""
    if valve is None:
        return False
    near = valve.light[valve.at(time - width) : valve.at(time + 0.5 * width) + 1]
    return float(np.ptp(near)) > 0.05 * float(np.ptp(valve.light)) > 0


def _coupled(source: Signal, manifold: Signal | None, time: float, width: float) -> bool:
    """Whether the manifold still follows the tank after the kink, as behind an open valve."""
    if manifold is None or manifold is source:
        return True
    ratio = [
        manifold.heavy[manifold.at(t)] / max(float(source.heavy[source.at(t)]), 1e-30)
        for t in (time - width, time + width)
    ]
    return bool(ratio[1] >= _COUPLED * ratio[0])


def _gas_end(
    source: Signal, logs: FloatArray, kink: Kink, *, end: float, width: float, ambient: float
) -> float:
    """When the fall has slowed to a quarter of its rate (valve shut) or ambient is near (gas out)."""
    first = source.at(max(kink.time + width, end))
    rate = slopes(logs, source.step, width)[first:]
    stopped = (rate > 0.25 * kink.after) | (source.heavy[first:] < 1.5 * ambient)
    index = int(np.argmax(stopped)) if stopped.any() else stopped.size - 1
    return float(source.time[min(first + max(index, 0), source.time.size - 1)])
