"""Positions as the diagnosis takes them: at the edges of the windows, and where they jump between.

The model runs from edge to edge, and what is even in between is right in its window means. A throttle that steps
inside a window is not: there the means are left out, and with them what a slow engine settles by in the next window.
What nothing records but the engine file commands (a throttle programme) is taken as commanded; of its stretches one
is weighed in which it holds still (`hotfire.sequence`). Where an actuator follows, it is what this has made of the
command (`hotfire.observing.followed`); where the log tells how, the whole run can be weighed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.observing.followed import Followed
from hotfire.sequence import value_at
from hotfire.signals.window_means import window_means

__all__ = ["inputs_at_edges", "jumps", "moves"]

_ABOUT = 0.05
"""Share of a window on either side of an edge over which a position is read there."""
_UNEVEN, _SURE = 0.005, 4.0
"""Share of the travel, and standard deviations, by which a mean that is not that of the edges tells a jump."""
_CURVED, _POINTS = 0.002, 40
"""The same share where a position is known to the last digit, and instants in a window that tell its mean."""
_MOVED = 0.05
"""Share of the travel by which a position moves, so that finer windows are worth their time."""
_EXACT = 0.0005
"""Share of the travel from which a position at an edge is another than between the means of its windows; a coarse
reading has to be another by a digit."""
_ENOUGH = 3
"""Samples that tell a position by themselves."""
_SEVERAL = 2
"""Stretches in which a programme holds still, from which it moves after the start."""
_MOST = 0.5
"""Share of the windows that may be left out; where more are uneven, a throttle is at work all the time."""
_LEAST, _OVER = 0.01, 1.2
"""Least and largest share of full opening that is taken for one."""


def inputs_at_edges(
    log: Log, engine: Engine, edges: FloatArray, followed: Mapping[str, Followed], origin: float
) -> dict[str, FloatArray]:
    """Return positions at the edges of the windows as a share of full opening, shape (K + 1,), by name.

    Args:
        log: With roles.
        engine: Whose inputs they are.
        edges: In s of the log's clock.
        followed: Commanded inputs as they are followed (`hotfire.observing.followed`).
        origin: Time on the log's clock at which the run began.
    """
    recorded = {name: _at_edges(c.time, share, edges) for name, c, share in _recorded(log, engine)}
    clipped = {name: np.clip(values, _LEAST, _OVER) for name, values in recorded.items()}
    return _commanded(engine, clipped, followed, edges - origin) | clipped


def jumps(
    log: Log, engine: Engine, edges: FloatArray, followed: Mapping[str, Followed], origin: float
) -> np.ndarray:
    """Say which windows hold a jump of a position, or follow one where the engine takes time, shape (K,).

    Args:
        log: With roles.
        engine: Whose inputs they are.
        edges: In s of the log's clock.
        followed: Commanded inputs as they are followed (`hotfire.observing.followed`).
        origin: Time on the log's clock at which the run began.
    """
    found = np.zeros(edges.size - 1, dtype=bool)
    for _, channel, share in _recorded(log, engine):
        mean, noise = window_means(channel.time, share, edges)
        at = _at_edges(channel.time, share, edges)
        off = np.abs(mean - 0.5 * (at[1:] + at[:-1]))
        # Of a window that a position steps in, the step is most of the scatter; the others tell that of the reading.
        usual = float(np.nanmedian(noise)) if np.isfinite(noise).any() else 0.0
        found |= np.nan_to_num(off) > max(_UNEVEN, _SURE * usual)
    if engine.sequence is not None:
        found[1:] |= found[:-1].copy()
    if found.mean() > _MOST:
        found[:] = False
    for own in followed.values():
        if own.told:
            found |= _bends(own, edges - origin)
    return found


def moves(followed: Mapping[str, Followed], start: float, end: float) -> bool:
    """Say whether a position that the log tells moves between two times in s after the run began."""
    times = np.linspace(start, end, _POINTS)
    told = (f for f in followed.values() if f.told)
    return any(bool(np.ptp(f.at(times)) > _MOVED) for f in told)


def _bends(followed: Followed, edges: FloatArray) -> np.ndarray:
    """Say in which windows the mean of a position is not that of the edges, shape (K,)."""
    between = np.linspace(edges[:-1], edges[1:], _POINTS + 1)
    at = followed.at(between.ravel()).reshape(between.shape)
    means = 0.5 * (at[1:] + at[:-1]).mean(axis=0)
    return np.asarray(np.abs(means - 0.5 * (at[0] + at[-1])) > _CURVED)


def _commanded(
    engine: Engine, recorded: Collection[str], followed: Mapping[str, Followed], times: FloatArray
) -> dict[str, FloatArray]:
    """Inputs as they are followed where the log tells how, or held elsewhere than the engine's design, at the edges.

    Without a throttle programme, and without a log that tells, an engine is taken to be as it was designed.
    """
    told = {name for name, f in followed.items() if f.told}
    if engine.sequence is None:
        return {}
    throttled = len(engine.sequence.held({*recorded, *told})) >= _SEVERAL
    programme = {
        n: c for n, c in engine.sequence.start.items() if c and n not in recorded and (throttled or n in told)
    }
    return {n: followed[n].at(times) if n in followed else value_at(c, times) for n, c in programme.items()}


def _recorded(log: Log, engine: Engine) -> list[tuple[str, Channel, FloatArray]]:
    """Inputs whose channel the log has, with the share of full opening at each sample."""
    found = []
    for name, role in engine.recorded_inputs.items():
        channel = log.role(role)
        if channel is not None:
            shut, opened = engine.input_ranges[name]
            found.append((name, channel, np.asarray((channel.values - shut) / (opened - shut))))
    return found


def _at_edges(time: FloatArray, share: FloatArray, edges: FloatArray) -> FloatArray:
    """Position at each edge; fully open where the log says nothing.

    Between the means of its two windows, which scatter least, unless the samples about the edge say otherwise.
    """
    good = np.isfinite(share)
    if not good.any():
        return np.ones(edges.size)
    means, _ = window_means(time, share, edges)
    known, centres = np.isfinite(means), 0.5 * (edges[1:] + edges[:-1])
    time, share = time[good], share[good]
    about = _ABOUT * float(edges[-1] - edges[0]) / (edges.size - 1)
    digit = np.diff(np.unique(share)).min(initial=np.inf)
    exact = max(_EXACT, float(digit) if np.isfinite(digit) else 0.0)
    between = np.interp(edges, centres[known], means[known]) if known.any() else np.full(edges.size, np.nan)
    return np.array(
        [
            _at(edge, value, time, share, about, exact)
            for edge, value in zip(edges.tolist(), between.tolist(), strict=True)
        ]
    )


def _at(
    edge: float, between: float, time: FloatArray, share: FloatArray, about: float, exact: float
) -> float:
    """Position at an edge: `between` the means of its windows where the samples about it agree, else theirs."""
    near = share[np.abs(time - edge) <= about]
    if near.size < _ENOUGH:
        return between if np.isfinite(between) else float(np.interp(edge, time, share))
    own = float(np.median(near))
    sure = max(_SURE * float(near.std()) / near.size**0.5, exact)
    return between if abs(own - between) <= sure else own
