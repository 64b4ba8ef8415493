"""What no candidate explains: relations that depart together, much of it in another direction than the best one's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray
from hotfire.physics.monitoring.candidates import Candidates

__all__ = ["Strangeness"]

_CLEARLY = 16.0
"""Departure for each relation from which there is something to explain: four standard deviations in the mean."""
_BENT = 0.5
"""Share of what a candidate explains that may be left beside it, since no law is quite straight."""
_LASTING = 10
"""Samples in a row after which it is said."""


class Strangeness:
    """Follows what is left unexplained, for n streams.

    Attributes:
        lasts: Where no candidate has explained what departs for a while, shape (n,).
    """

    def __init__(self, candidates: Candidates, streams: int) -> None:
        """Begin with nothing seen."""
        self._first, self._second = _columns(candidates)
        self._faults = len(candidates.faults)
        self._most = _CLEARLY * candidates.relations.count
        self._seen = np.zeros(streams, dtype=np.int64)

    @property
    def lasts(self) -> NDArray[np.bool_]:
        """Where no candidate has explained what departs for a while, shape (n,)."""
        lasting: NDArray[np.bool_] = self._seen >= _LASTING
        return lasting

    def follow(
        self,
        best: NDArray[np.int64],
        departure: FloatArray,
        pull: FloatArray,
        far: FloatArray,
        explained: FloatArray,
    ) -> NDArray[np.bool_]:
        """Take one sample.

        Args:
            best: Candidate that the best course ends with, shape (n,).
            departure: Of all relations together (`Signatures.departure`), shape (n,).
            pull: Towards faults and wrong gauges, shape (n, faults + gauges).
            far: Evidence in nats of relations that are far off, same shape.
            explained: Of the departure, by each fault and wrong gauge (`Signatures.explained`), same shape.

        Returns:
            Streams of which this sample departs in a way that the best candidate does not explain, shape (n,).
        """
        wrong_way = (pull <= 0.0) & (far <= 0.0)
        wrong_way[:, self._faults :] = False  # a gauge may be wrong in either direction
        explained = np.where(wrong_way, 0.0, explained)
        explained = np.concatenate([explained, np.zeros((best.size, 1))], axis=1)
        rows = np.arange(best.size)
        own = explained[rows, self._first[best]] + explained[rows, self._second[best]]
        strange: NDArray[np.bool_] = departure - own > np.maximum(self._most, _BENT * own)
        self._seen = np.where(strange, self._seen + 1, 0)
        return strange


def _columns(candidates: Candidates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Fault or gauge, and second fault, that each candidate stands for; the number of all for none."""
    faults, pairs, _, off, frozen = candidates.slices
    count, gauges = len(candidates.faults), len(candidates.relations.gauges)
    none = count + gauges
    first, second = (np.full(len(candidates.names), none) for _ in range(2))
    first[faults] = np.arange(count)
    first[off] = first[frozen] = count + np.arange(gauges)
    for n, (i, j) in enumerate(candidates.pairs):
        first[pairs.start + n], second[pairs.start + n] = i, j
    return first, second
