"""The monitor of a throttled flight: one sample in, what is wrong at this instant out; nothing is trained.

For each sample the relations of the engine are evaluated at the measured positions of its valves
(`hotfire.physics.monitoring.relations`). Each candidate (`hotfire.physics.monitoring.candidates`) is given the
log-likelihood ratio of what it explains, and the best course through candidates is followed (Viterbi, 1967): a fault
is told once its evidence exceeds the price of entering it, which bounds false alarms as in a CUSUM (Lorden, 1971).
Several flights may be followed side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray
from hotfire.physics.monitoring.actuators import Pace
from hotfire.physics.monitoring.candidates import Candidates
from hotfire.physics.monitoring.courses import COURSES, Courses, Stillness
from hotfire.physics.monitoring.evidence import Levels, Signatures, expected_sizes, gains
from hotfire.physics.monitoring.gauges import Actuator, scatter
from hotfire.physics.monitoring.relations import Relations

__all__ = ["FlightMonitor"]

_LISTENING = 20
"""Samples from which the scatter of gauges is told; before them nothing is said."""
_AGAIN = 40
"""Samples after which signatures are taken at the operating point of the time."""
_EARLY = (0, 2, 8, 24)
"""Samples after the first at which they are taken as well, while offsets are learnt."""


@dataclass(frozen=True, eq=False)
class _Sample:
    """Readings and commands of all flights, and their relations."""

    readings: FloatArray
    commands: FloatArray
    left: FloatArray
    size: FloatArray


class FlightMonitor:
    """Follows n flights sample by sample."""

    def __init__(
        self,
        relations: Relations,
        actuators: Sequence[Actuator],
        *,
        rate: float,
        false_alarm_after: float = 36000.0,
        streams: int = 1,
    ) -> None:
        """Make a monitor.

        Args:
            relations: Of the engine under its gauges.
            actuators: Valves whose pace is judged.
            rate: Samples per second.
            false_alarm_after: Mean time in s between two false alarms that is aimed at.
            streams: Flights that are followed side by side.
        """
        self.relations, self.actuators = relations, tuple(actuators)
        self.candidates = Candidates(relations, self.actuators, rate * false_alarm_after)
        self._pace = Pace(self.actuators, rate)
        columns = {g.name: i for i, g in enumerate(relations.gauges)}
        self._positions = [columns[a.position] for a in self.actuators]
        self._limits = np.array([g.limits for g in relations.gauges]).T
        self._spans = np.array([g.span for g in relations.gauges])
        self._sizes = expected_sizes(relations)
        self._faults = np.array(list(relations.by_fault.values())).T
        count = len(relations.gauges)
        self._levels = Levels(relations, streams, rate)
        self._courses = Courses(streams, count)
        self._stillness: Stillness | None = None
        self.scores = np.full((streams, len(self.candidates.names)), -np.inf)
        self.scores[:, 0] = 0.0
        self._heard: list[_Sample] = []
        self._scatter: FloatArray | None = None
        self._signatures: Signatures | None = None
        self._seen = 0
        self._errors = np.zeros((streams, count))
        self._held = np.zeros((streams, count))

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered: `nominal`, `component.fault`, two faults with a plus, or `gauge.bias` and the like."""
        first = self.candidates.names[: self.candidates.slices[3].start]
        return (*first, *(f"{g.name}.{course}" for g in self.relations.gauges for course in COURSES))

    def push(self, readings: FloatArray, commands: FloatArray) -> NDArray[np.int64]:
        """Take one sample of each flight.

        Args:
            readings: Of the gauges, SI, shape (streams, gauges).
            commands: Of the actuators, shape (streams, actuators).

        Returns:
            Numbers of `answers`, shape (streams,); always 0 for the first samples, by which scatter is told.
        """
        told: NDArray[np.int64] = self.follow(readings[None], commands[None])[0]
        return told

    def follow(self, readings: FloatArray, commands: FloatArray) -> NDArray[np.int64]:
        """Take many samples of each flight: what `push` says of one after the other, in less time.

        Args:
            readings: Of the gauges, SI, shape (samples, streams, gauges).
            commands: Of the actuators, shape (samples, streams, actuators).

        Returns:
            Numbers of `answers`, shape (samples, streams).
        """
        told = np.zeros(readings.shape[:2], dtype=np.int64)
        whole = self.relations.evaluate(readings.reshape(-1, readings.shape[2]))
        left, size = (part.reshape(*readings.shape[:2], -1) for part in whole)
        for k, sample in enumerate(zip(readings, commands, left, size, strict=True)):
            self._heard.append(_Sample(*sample))
            if self._scatter is not None:
                self._weigh(self._heard[-3:])
            elif len(self._heard) == _LISTENING:
                heard = np.stack([h.readings for h in self._heard], axis=1)
                self._scatter = scatter(heard, self.relations.gauges)
                self._stillness = Stillness(heard, self._scatter)
                for i in range(2, len(self._heard)):
                    self._weigh(self._heard[i - 2 : i + 1])
            else:
                continue
            self._heard = self._heard[-2:]
            told[k] = self._answered()
        return told

    def _weigh(self, heard: Sequence[_Sample]) -> None:
        """Take the last of three samples into the scores."""
        assert self._scatter is not None
        assert self._stillness is not None
        readings, change = heard[2].readings, heard[2].readings - heard[1].readings
        left, reach = heard[2].left, self._levels.reach(heard[2].size)
        sound = self.scores.argmax(axis=1) == 0
        signatures = self._renewed(readings, reach)
        known = left - self._levels.offset * reach
        pull, far = signatures.pull(known)
        still = (change == 0.0) & (readings > self._limits[0]) & (readings < self._limits[1])
        position = np.stack([h.readings[:, self._positions] for h in heard[1:]])
        commands = np.stack([h.commands for h in heard])
        evidence = self._evidence(pull, far, signatures.strength, position, commands)
        _, _, slow, off, frozen = self.candidates.slices
        self._errors = signatures.misread(known)
        expected = change - signatures.misread(left - heard[1].left)
        stillness = self._stillness.gains(change, still, expected, sound)
        evidence[:, frozen] = self._held + stillness
        evidence[:, slow] = self._pace.gains(position, commands, self._scatter[:, self._positions])
        passed, afresh = self.candidates.passed(self.scores)
        evidence[:, off] += _CERTAIN * (np.abs(readings) > self._spans)
        self.scores = passed + evidence
        self.scores -= self.scores.max(axis=1, keepdims=True)
        self._courses.follow(afresh[:, off], self._errors, still)
        self._levels.follow(self.scores.argmax(axis=1) == 0, left, reach, signatures.noise)
        self._seen += 1

    def _renewed(self, readings: FloatArray, reach: FloatArray) -> Signatures:
        """Return signatures, from time to time taken afresh at what is thought true."""
        assert self._scatter is not None
        if self._signatures is None or self._seen in _EARLY or self._seen % _AGAIN == 0:
            wrong = self._wrong_gauge()
            rows = np.flatnonzero(wrong >= 0)
            true = readings.copy()
            true[rows, wrong[rows]] -= self._errors[rows, wrong[rows]]
            slopes = self.relations.by_gauge(true)
            new = Signatures.at(slopes, self._scatter, self._faults, self._levels.spread(reach), self._sizes)
            # A law bends too much in an opening to tell the true one from a wrong position by its slope.
            kept = np.isin(wrong, self._positions)
            self._signatures = new if self._signatures is None else self._signatures.replaced(~kept, new)
        return self._signatures

    def _wrong_gauge(self) -> NDArray[np.int64]:
        """Gauge that each flight's best course ends with; negative for none."""
        best, count = self.scores.argmax(axis=1), len(self.relations.gauges)
        first = self.candidates.slices[3].start
        wrong: NDArray[np.int64] = np.where(best >= first, (best - first) % count, -1)
        return wrong

    def _evidence(
        self,
        pull: FloatArray,
        far: FloatArray,
        strength: FloatArray,
        position: FloatArray,
        commands: FloatArray,
    ) -> FloatArray:
        """Log-likelihood ratios of all candidates but the frozen and the slow."""
        assert self._scatter is not None
        faults, pairs, _, off, _ = self.candidates.slices
        count = len(self.candidates.faults)
        alone = gains(pull, strength, self._sizes)
        missing = -0.5 * np.log1p(strength * self._sizes**2)
        alone[:, :count] = (
            np.where(pull[:, :count] > 0.0, alone[:, :count], missing[:, :count]) + far[:, :count]
        )
        told = self._scatter[:, self._positions]
        unexplained, deviation = self._pace.judge(position, commands, told)
        # Whoever stands still to the last digit under a moving command is not slow; at rest that says nothing.
        self._held = np.maximum(alone[:, count:] + np.abs(far[:, count:]), 0.0)
        self._held[:, self._positions] += 0.5 * unexplained**2 + np.log(deviation / (np.sqrt(2.0) * told))
        for a, column in enumerate(self._positions):
            at = count + column
            steady = self._pace.share[a] / deviation[:, a]
            joint = gains(
                (pull[:, at] + steady * unexplained[:, a])[:, None],
                (strength[:, at] + steady**2)[:, None],
                self._sizes[at : at + 1],
            )[:, 0]
            alone[:, at] = np.maximum(joint, alone[:, at] + 0.5 * unexplained[:, a] ** 2 - _FREE)
        alone[:, count:] += np.abs(far[:, count:])
        evidence = np.zeros(self.scores.shape)
        evidence[:, faults], evidence[:, off] = alone[:, :count], alone[:, count:]
        for n, (i, j) in enumerate(self.candidates.pairs):
            evidence[:, pairs.start + n] = alone[:, i] + alone[:, j]
        return evidence

    def _answered(self) -> NDArray[np.int64]:
        best, gauge = self.scores.argmax(axis=1), np.maximum(self._wrong_gauge(), 0)
        off, frozen = self.candidates.slices[3:]
        course = self._courses.course[np.arange(best.size), gauge]
        course = np.where(best >= frozen.start, COURSES.index("freeze"), course)
        answered: NDArray[np.int64] = np.where(
            best >= off.start, off.start + len(COURSES) * gauge + course, best
        )
        return answered


_FREE = 5.0
"""Price in nats of a position whose movement is left open altogether."""
_CERTAIN = 1e6
"""Evidence in nats of a reading beyond its gauge's span."""
