"""Window means of an engine that follows its steady state with a lag, linear about the design point.

In each mode (`hotfire.physics.settling`) what the steady state moves is missing at first and then comes in with the
time of that mode. So a run of steady states is enough, and whatever is linear in it, such as a derivative, is treated
alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.settling import Settling

__all__ = ["Lag"]

_LASTING = 0.25
"""Time of the slowest mode, over the width of a window, from which a lag matters."""
_SLOWER = (1.0, 1.5)
"""Times of the modes with which the start may be settling, over those of the design point."""
_UNEVEN = 0.2
"""Share of a mode in an output that is uncertain for each by itself: its shape is that of the design point."""
_SMALL = 1e-6


class Lag:
    """The lag of one engine on the grid of one observation.

    Attributes:
        told: Outputs from whose steady states it follows.
    """

    def __init__(self, settling: Settling, time: FloatArray, first: int) -> None:
        """Take the grid.

        Args:
            settling: Of the engine.
            time: Instants in s, shape (T,).
            first: Number of the instant at which the first window begins.
        """
        self._settling, self._time, self._first = settling, time, first
        self.told = settling.told

    @classmethod
    def matters(cls, settling: Settling | None, edges: FloatArray) -> bool:
        """Say whether an engine settles slowly enough to be seen in windows with these edges."""
        width = float(edges[-1] - edges[0]) / (edges.size - 1)
        return settling is not None and bool(settling.times.max() > _LASTING * width)

    def departures(
        self,
        results: FloatArray,
        onsets: FloatArray,
        names: Sequence[str],
        rows: Sequence[int],
        slower: float,
    ) -> FloatArray:
        """Return what window means are off by, shape (K, n, outputs).

        Args:
            results: Steady states at the instants, shape (T, n, outputs), SI.
            onsets: Of faults that step, in s, shape (n,) or (n, s); NaN for the other runs.
            names: Of the outputs.
            rows: Their numbers among all outputs of the engine.
            slower: Factor on the times of the modes.
        """
        settling = self._settling
        steady = results[..., [names.index(n) for n in self.told]] @ settling.into.T
        steps = np.diff(self._time)
        onsets = onsets.reshape(steady.shape[1], -1)
        at = np.where(np.isfinite(onsets), np.searchsorted(self._time, onsets) - 1, -1)
        amplitude = np.zeros(steady.shape[1:], dtype=complex)
        means = []
        for k, step in enumerate(steps):
            turned = settling.rates / slower * step
            jumps = (at == k).any(axis=1)
            share = np.where(at == k, (self._time[k + 1] - onsets) / step, 1.0).min(axis=1)[:, None]
            moved = steady[k + 1] - steady[k]
            # A jump leaves all of it missing, and some of the step to catch up; an even change begins to at once.
            mean = np.where(jumps[:, None], share * _mean(share * turned), _mean_of_mean(turned))
            end = np.where(jumps[:, None], np.exp(share * turned), _mean(turned))
            means.append(amplitude * _mean(turned) - moved * mean)
            amplitude = amplitude * np.exp(turned) - moved * end
        return np.asarray((np.stack(means[self._first :]) @ settling.shown[list(rows)].T).real)

    def start(self, still_since: float, rows: Sequence[int]) -> FloatArray:
        """Return columns of what a start that is still settling adds to window means, shape (K, outputs, c).

        Each mode is as far off at the end of the commands as the engine at rest; its time is known roughly.

        Args:
            still_since: Time in s at which the commands of the start are done.
            rows: Numbers of the outputs among all outputs of the engine.
        """
        settling = self._settling
        edges = self._time[self._first :]
        rest = settling.into @ settling.steady
        shown = settling.shown[list(rows)] * rest
        columns = []
        for slower in _SLOWER:
            rates = settling.rates / slower
            decay = np.exp(rates * np.maximum(edges[:-1, None] - still_since, 0.0))
            course = decay * _mean(rates * np.diff(edges)[:, None])
            whole = shown * course[:, None, :]
            columns += [whole.real, whole.imag]
            # The slowest mode, in each output by itself.
            columns.append(_UNEVEN * whole[..., :1].real * np.eye(len(rows)))
        stacked = np.concatenate(columns, axis=2)
        return np.asarray(stacked[..., np.abs(stacked).max(axis=(0, 1)) > 0.0])


def _mean(x: np.ndarray) -> np.ndarray:
    """Mean of exp over 0 to x."""
    return np.where(np.abs(x) < _SMALL, 1.0 + 0.5 * x, np.expm1(x) / np.where(x == 0.0, 1.0, x))


def _mean_of_mean(x: np.ndarray) -> np.ndarray:
    """Mean of that mean over 0 to x, weighted with the place: of what an even change leaves missing."""
    return np.where(np.abs(x) < 1e-3, 0.5 + x / 6.0, (_mean(x) - 1.0) / np.where(x == 0.0, 1.0, x))
