"""What the physics says of each sample before anybody decides: whitened residuals, and what each candidate explains.

The parts are the monitor's (`hotfire.physics.monitoring`): relations, their offsets and signatures, the pace of
valves. What is left out is all that makes an answer of them: prices, courses through candidates, and what was thought
wrong before. Offsets are learnt, and signatures renewed, wherever no relation stands out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.monitoring.actuators import Pace
from hotfire.physics.monitoring.evidence import Levels, Signatures, expected_sizes, gains
from hotfire.physics.monitoring.gauges import Actuator, scatter
from hotfire.physics.monitoring.relations import Relations
from tum_hopper.flights import FloatArray

__all__ = ["Residuals", "Told"]

_LISTENING = 20
"""Samples by which scatter is told; before the last of them nothing is said."""
_RENEWED = 100
"""Samples after which signatures are taken afresh."""
_CALM = 4.0
"""Standard deviations up to which a relation does not stand out."""


@dataclass(frozen=True, eq=False)
class Told:
    """What the physics says of one sample of n flights; all 0 while scatter is not known.

    Attributes:
        whitened: Relations over their standard deviation, shape (n, relations).
        faults: Log-likelihood ratio of each fault in this sample alone, nats, shape (n, faults).
        gauges: That of each wrong gauge, shape (n, gauges).
        errors: What the gauges would be wrong by, over the span, shape (n, gauges).
        due: Change that the others say since a reading last moved, over its scatter, shape (n, gauges).
        still: Which readings are those of the sample before, shape (n, gauges).
        pace: What a sound valve leaves unexplained, over its standard deviation, shape (n, valves).
        slow: Log-likelihood ratio of a slow valve, nats, same shape.
    """

    whitened: FloatArray
    faults: FloatArray
    gauges: FloatArray
    errors: FloatArray
    due: FloatArray
    still: NDArray[np.bool_]
    pace: FloatArray
    slow: FloatArray


class Residuals:
    """Follows n flights sample by sample."""

    def __init__(
        self, relations: Relations, actuators: Sequence[Actuator], *, rate: float, streams: int
    ) -> None:
        """Begin; arguments as those of `FlightMonitor`."""
        self.relations = relations
        columns = {g.name: i for i, g in enumerate(relations.gauges)}
        self._positions = [columns[a.position] for a in actuators]
        self._spans = np.array([g.span for g in relations.gauges])
        self._pace = Pace(actuators, rate)
        self._levels = Levels(relations, streams, rate)
        self._sizes = expected_sizes(relations)
        self._faults = np.array(list(relations.by_fault.values())).T
        self._heard: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = []
        self._scatter: FloatArray | None = None
        self._signatures: Signatures | None = None
        self._calm = np.ones(streams, dtype=bool)
        self._due = np.zeros((streams, len(relations.gauges)))
        self._seen = 0

    def follow(self, readings: FloatArray, commands: FloatArray) -> list[Told]:
        """Take many samples: readings (samples, n, gauges) in SI, and commands (samples, n, valves)."""
        whole = self.relations.evaluate(readings.reshape(-1, readings.shape[2]))
        left, size = (part.reshape(*readings.shape[:2], -1) for part in whole)
        return [self._told(*sample) for sample in zip(readings, commands, left, size, strict=True)]

    def _told(self, *sample: FloatArray) -> Told:
        readings, commands, left, size = sample
        self._heard.append((readings, commands, left, size))
        if self._scatter is None and len(self._heard) == _LISTENING:
            self._scatter = scatter(np.stack([h[0] for h in self._heard], axis=1), self.relations.gauges)
            for i in range(2, _LISTENING - 1):
                self._weighed(self._heard[i - 2 : i + 1])
        if self._scatter is None:
            return self._silent(readings.shape[0])
        self._heard = self._heard[-3:]
        return self._weighed(self._heard)

    def _silent(self, n: int) -> Told:
        faults, gauges, valves = self._faults.shape[1], self._spans.size, len(self._positions)
        nothing = np.zeros((n, gauges))
        return Told(
            np.zeros((n, self.relations.count)),
            np.zeros((n, faults)),
            *3 * (nothing,),
            nothing.astype(bool),
            *2 * (np.zeros((n, valves)),),
        )

    def _weighed(self, heard: Sequence[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]) -> Told:
        """Weigh the last of three samples, and learn from it."""
        assert self._scatter is not None
        readings, _, left, size = heard[2]
        reach = self._levels.reach(size)
        signatures = self._renewed(readings, reach)
        known = left - self._levels.offset * reach
        whitened = known / signatures.scale
        change = readings - heard[1][0]
        still = change == 0.0
        expected = change - signatures.misread(left - heard[1][2])
        self._due = np.where(still, self._due + expected, 0.0)
        position = np.stack([h[0][:, self._positions] for h in heard[1:]])
        commands = np.stack([h[1] for h in heard])
        scattered = self._scatter[:, self._positions]
        pace, _ = self._pace.judge(position, commands, scattered)
        faults, gauges = self._explained(signatures, known)
        self._calm = (np.abs(whitened) < _CALM).all(axis=1)
        self._levels.follow(self._calm[:, None], left, reach, signatures.noise)
        self._seen += 1
        return Told(
            whitened,
            faults,
            gauges,
            signatures.misread(known) / self._spans,
            self._due / self._scatter,
            still,
            pace,
            self._pace.gains(position, commands, scattered),
        )

    def _explained(self, signatures: Signatures, known: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood ratios of faults, which have a direction, and of wrong gauges, which have two."""
        count = self._faults.shape[1]
        pull, far = signatures.pull(known)
        alone = gains(pull, signatures.strength, self._sizes)
        missing = -0.5 * np.log1p(signatures.strength * self._sizes**2)
        faults = np.where(pull > 0.0, alone, missing)[:, :count] + far[:, :count]
        return faults, alone[:, count:] + np.abs(far[:, count:])

    def _renewed(self, readings: FloatArray, reach: FloatArray) -> Signatures:
        assert self._scatter is not None
        if self._signatures is None or self._seen % _RENEWED == 0:
            slopes, spread = self.relations.by_gauge(readings), self._levels.spread(reach)
            new = Signatures.at(slopes, self._scatter, self._faults, spread, self._sizes)
            self._signatures = new if self._signatures is None else self._signatures.replaced(self._calm, new)
        return self._signatures
