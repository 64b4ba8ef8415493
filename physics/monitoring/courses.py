"""What a wrong gauge suffers from: an error that stays, one that grows, or a reading that no longer moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray

__all__ = ["COURSES", "Courses", "Stillness"]

COURSES = ("bias", "drift", "freeze")
_SETTLED = 8
"""Samples of a wrong gauge after which its course is no longer asked for."""
_STRAIGHT = 0.1
"""Share of the error's scatter that a straight line may leave."""
_GROWN = 0.25
"""What an error must have grown by, over its mean, to be called a drift."""


class Courses:
    """Errors of wrong gauges since they were entered, for n streams."""

    def __init__(self, streams: int, gauges: int) -> None:
        """Begin with nothing seen."""
        self._seen = np.zeros((streams, gauges), dtype=np.int64)
        self._moved = np.zeros((streams, gauges), dtype=bool)
        self._sums = np.zeros((4, streams, gauges))
        self.course = np.zeros((streams, gauges), dtype=np.int64)

    def follow(
        self,
        afresh: NDArray[np.bool_],
        errors: FloatArray,
        still: NDArray[np.bool_],
        present: NDArray[np.bool_] | None = None,
    ) -> None:
        """Take one sample.

        Args:
            afresh: Which gauges are wrong from this sample on, shape (n, gauges).
            errors: Estimated errors, SI, same shape.
            still: Which readings are those of the sample before, and not at a limit.
            present: Which readings are there; all if None.
        """
        there = np.ones_like(still) if present is None else present
        self._seen = np.where(afresh, 0, self._seen) + there
        self._moved = np.where(afresh, ~still & there, self._moved | (~still & there))
        k = self._seen.astype(float)
        added = np.stack([errors, errors**2, k * errors, k**2]) * there
        self._sums = np.where(afresh, 0.0, self._sums) + added
        asked = (self._seen <= _SETTLED) & there
        self.course = np.where(asked, self._judged(), self.course)

    def _judged(self) -> NDArray[np.int64]:
        first, second, mixed, squares = self._sums
        n = np.maximum(self._seen, 1).astype(float)
        mean, middle = first / n, 0.5 * (n + 1.0)
        scatter = second - n * mean**2
        spread = np.maximum(squares - n * middle**2, 1e-300)
        slope = np.where(n > 1.0, (mixed - n * middle * mean) / spread, 0.0)
        left = scatter - slope**2 * spread
        grown = (left <= _STRAIGHT * scatter) & (np.abs(slope) * (n - 1.0) > _GROWN * np.abs(mean))
        return np.where(~self._moved & (n > 1.0), 2, np.where(grown, 1, 0))


class Stillness:
    """Evidence that a gauge no longer moves: it repeats itself where it should have moved.

    A gauge with scatter of its own should always move. One without should move where the other gauges and the equations
    say so, by more than they were lately wrong by. A gauge that repeats itself even so while it is sound, since it is
    coarse or smoothed, tells little by doing it again; how often that is, is counted.
    """

    def __init__(self, heard: FloatArray, scatter: FloatArray) -> None:
        """Begin with the first samples.

        Args:
            heard: Readings, SI, shape (streams, samples, gauges).
            scatter: Of the gauges, SI, shape (streams, gauges).
        """
        change = np.diff(heard, axis=1)
        turns = (change[:, 1:] * change[:, :-1] < 0.0).mean(axis=1)
        self._scatters = turns > _TURNS
        self._repeated = np.ones(turns.shape)
        self._asked = np.full(turns.shape, 2.0)
        self._jitter = np.zeros(turns.shape)
        self._due = np.zeros(turns.shape)
        self._scatter = scatter

    def gains(
        self,
        change: FloatArray,
        still: NDArray[np.bool_],
        expected: FloatArray,
        sound: NDArray[np.bool_],
        present: NDArray[np.bool_] | None = None,
    ) -> FloatArray:
        """Return log-likelihood ratios of frozen against moving gauges, and count.

        Args:
            change: Of the readings since the sample before, SI, shape (n, gauges).
            still: Which readings are those of the sample before, and not at a limit, same shape.
            expected: Change that the other gauges and the equations say, SI, same shape.
            sound: Streams whose gauges are sound, shape (n,).
            present: Which readings are there, shape (n, gauges); of the others nothing is said. All if None.
        """
        there = np.ones_like(still) if present is None else present
        self._due += expected
        asked = self._scatters | (np.abs(self._due) > np.maximum(_CLEARLY * self._jitter, self._scatter))
        told = np.where(asked, -np.log(self._repeated / self._asked), 0.0)
        counted = asked & sound[:, None] & there
        self._repeated += counted & still
        self._asked += counted
        moved = change != 0.0
        learnt = moved & sound[:, None] & there
        self._jitter = np.where(
            learnt, np.maximum(_FADING * self._jitter, np.abs(self._due - change)), self._jitter
        )
        self._due = np.where(moved, 0.0, self._due)
        return np.where(there, np.where(still, told, _MOVED), 0.0)


_TURNS = 0.4
"""Share of samples at which a reading turns, from which it scatters: two thirds in white noise."""
_CLEARLY = 3.0
"""Change that is due, over the greatest late error of such changes, from which a gauge should move."""
_FADING = 0.998
"""Share of that greatest error which each movement leaves."""
_MOVED = -1e3
"""Evidence in nats of a gauge that moves, for being frozen."""
