"""What may be wrong at an instant, and what it takes to pass from one to another."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray
from hotfire.physics.monitoring.gauges import Actuator
from hotfire.physics.monitoring.relations import Relations

__all__ = ["Candidates"]

_NEXT = 3.0
"""Price in nats of a fault that joins another of the same component, or is left over from both."""
_AFRESH = 5.0
"""Price in nats of being sound again."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """The sound engine, its faults, two faults of one component, slow actuators, wrong gauges, frozen gauges.

    Attributes:
        relations: Whose faults and gauges are meant.
        actuators: That may be slow.
        samples: Between two false alarms.
    """

    relations: Relations
    actuators: tuple[Actuator, ...]
    samples: float

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """Faults that break a relation."""
        return tuple(self.relations.by_fault)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Faults of one component that break different relations, by their numbers."""
        broken = [np.abs(s) > 1e-6 * np.abs(s).max() for s in self.relations.by_fault.values()]
        component = [name.split(".", maxsplit=1)[0] for name in self.faults]
        both = itertools.combinations(range(len(broken)), 2)
        return tuple(
            (i, j) for i, j in both if component[i] == component[j] and not (broken[i] & broken[j]).any()
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names, in the order of the columns; both faults of a pair with a plus between them."""
        faults, gauges = self.faults, [g.name for g in self.relations.gauges]
        return (
            "nominal",
            *faults,
            *(f"{faults[i]}+{faults[j].split('.')[1]}" for i, j in self.pairs),
            *(f"{a.name}.slow" for a in self.actuators),
            *(f"{g}.off" for g in gauges),
            *(f"{g}.freeze" for g in gauges),
        )

    @cached_property
    def slices(self) -> tuple[slice, slice, slice, slice, slice]:
        """Columns of the faults, the pairs, the slow actuators, the wrong gauges and the frozen ones."""
        sizes = [len(self.faults), len(self.pairs), len(self.actuators), *2 * [len(self.relations.gauges)]]
        ends = 1 + np.cumsum([0, *sizes])
        first, second, third, fourth, fifth = (slice(a, b) for a, b in itertools.pairwise(ends.tolist()))
        return first, second, third, fourth, fifth

    @cached_property
    def price(self) -> float:
        """Evidence in nats from which a fault is told: chance reaches it once in `samples`, over all candidates."""
        return float(np.log(len(self.names) * self.samples))

    @cached_property
    def _ways(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Steps between related candidates: from, to."""
        faults, pairs = self.slices[:2]
        steps = [
            (faults.start + member, pairs.start + n) for n, pair in enumerate(self.pairs) for member in pair
        ]
        there = np.array(steps, dtype=np.int64).reshape(-1, 2).T
        back = there[::-1]
        both = np.concatenate([there, back], axis=1)
        return both[0], both[1]

    def passed(self, scores: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Let one sample pass: each candidate goes on, or is entered from where that is better (Viterbi).

        Args:
            scores: Log-likelihood of the best course that ends in each candidate, shape (n, candidates).

        Returns:
            Scores before this sample's evidence, and which candidates were entered afresh, same shape.
        """
        entered = np.repeat(scores[:, :1] - self.price, scores.shape[1], axis=1)
        entered[:, 0] = scores[:, 1:].max(axis=1) - _AFRESH
        source, target = self._ways
        for a, b in zip(source, target, strict=True):
            entered[:, b] = np.maximum(entered[:, b], scores[:, a] - _NEXT)
        afresh = entered > scores
        return np.where(afresh, entered, scores), afresh
