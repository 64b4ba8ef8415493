"""The monitor of a throttled flight: one sample in, what is wrong at this instant out; nothing is trained.

For each sample the relations of the engine are evaluated at the measured positions of its valves
(`hotfire.physics.monitoring.relations`). Each candidate (`hotfire.physics.monitoring.candidates`) is given the
log-likelihood ratio of what it explains, and the best course through candidates is followed (Viterbi, 1967): a fault
is told once its evidence exceeds the price of entering it, which bounds false alarms as in a CUSUM (Lorden, 1971).
Several flights may be followed side by side.

Readings may be lost. A relation that reads a lost gauge counts nothing, and no more is said of that gauge than was
known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray
from hotfire.physics.monitoring.actuators import SLOWNESS, Pace
from hotfire.physics.monitoring.candidates import Candidates
from hotfire.physics.monitoring.courses import COURSES, Courses, Stillness
from hotfire.physics.monitoring.evidence import Levels, Signatures, expected_sizes, gains
from hotfire.physics.monitoring.gauges import Actuator, scatter
from hotfire.physics.monitoring.presence import Held, Steps
from hotfire.physics.monitoring.relations import Relations
from hotfire.physics.monitoring.strangeness import Strangeness

__all__ = ["INSUFFICIENT_DATA", "NONE_OF_THESE", "FlightMonitor"]

NONE_OF_THESE, INSUFFICIENT_DATA = "none_of_these", "insufficient_data"
"""Answers where no candidate explains what departs, and where no relation can be read."""

_LISTENING = 20
"""Samples from which the scatter of gauges is told; before them nothing is said."""
_AGAIN = 40
"""Samples after which signatures are taken at the operating point of the time."""
_EARLY = (0, 2, 8, 24)
"""Samples after the first at which they are taken as well, while offsets are learnt."""


@dataclass(frozen=True, eq=False)
class _Sample:
    """Readings and commands of all flights, which of them are there, their relations, and samples lost before.

    A relation is not decided where the readings are such that it has no value, as in a valve that is shut.
    """

    readings: FloatArray
    present: NDArray[np.bool_]
    commands: FloatArray
    commanded: NDArray[np.bool_]
    left: FloatArray
    size: FloatArray
    decided: NDArray[np.bool_]
    lost: float


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
        # What no relation reads and no command asks to move cannot be held against anything.
        positions = {a.position for a in self.actuators}
        self._idle = np.array(
            [g.name in relations.unused and g.name not in positions for g in relations.gauges]
        )
        self._limits = np.array([g.limits for g in relations.gauges]).T
        self._spans = np.array([g.span for g in relations.gauges])
        self._sizes = expected_sizes(relations)
        self._faults = np.array(list(relations.by_fault.values())).T
        count = len(relations.gauges)
        self._held_readings = Held(np.array([relations.design_reading(g) for g in relations.gauges]), streams)
        self._held_commands = Held(np.zeros(len(self.actuators)), streams)
        self._steps = Steps(rate)
        self._unread = np.zeros((streams, relations.count), dtype=bool)
        self._strangeness = Strangeness(self.candidates, streams)
        self._asked = np.zeros((streams, len(self.actuators)))
        self._levels = Levels(relations, streams, rate)
        self._courses = Courses(streams, count)
        self._stillness: Stillness | None = None
        self.scores = np.full((streams, len(self.candidates.names)), -np.inf)
        self.scores[:, 0] = 0.0
        self._heard: list[_Sample] = []
        self._scatter: FloatArray | None = None
        self._signatures: Signatures | None = None
        self._slopes: FloatArray | None = None
        self._last = np.zeros(streams, dtype=np.int64)
        self._seen = 0
        self._errors = np.zeros((streams, count))
        self._held = np.zeros((streams, count))

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered.

        `nominal`, `component.fault`, two faults with a plus, `gauge.bias` and the like, `none_of_these` and
        `insufficient_data`.
        """
        first = self.candidates.names[: self.candidates.slices[3].start]
        gauges = (f"{g.name}.{course}" for g in self.relations.gauges for course in COURSES)
        return (*first, *gauges, NONE_OF_THESE, INSUFFICIENT_DATA)

    @property
    def slowness(self) -> NDArray[np.int64]:
        """What is known of each actuator's pace, as numbers of `SLOWNESS`, shape (streams, actuators).

        Nothing is known of one that was not asked to move by as much as would have told a slow one.
        """
        slow = self.scores.argmax(axis=1)[:, None] == np.arange(*self.candidates.slices[2].indices(10**9)[:2])
        judged = np.where(self._asked >= self.candidates.price, SLOWNESS.index("sound"), 0)
        found: NDArray[np.int64] = np.where(slow, SLOWNESS.index("slow"), judged)
        return found

    def push(
        self, readings: FloatArray, commands: FloatArray, time: float | None = None
    ) -> NDArray[np.int64]:
        """Take one sample of each flight.

        Args:
            readings: Of the gauges, SI, shape (streams, gauges); NaN where there is none.
            commands: Of the actuators, shape (streams, actuators); NaN where there is none.
            time: Of the sample, s; as `follow`.

        Returns:
            Numbers of `answers`, shape (streams,); always 0 for the first samples, by which scatter is told.
        """
        times = None if time is None else np.array([time])
        told: NDArray[np.int64] = self.follow(readings[None], commands[None], times)[0]
        return told

    def follow(
        self, readings: FloatArray, commands: FloatArray, times: FloatArray | None = None
    ) -> NDArray[np.int64]:
        """Take many samples of each flight: what `push` says of one after the other, in less time.

        Args:
            readings: Of the gauges, SI, shape (samples, streams, gauges); NaN where there is none.
            commands: Of the actuators, shape (samples, streams, actuators); NaN where there is none.
            times: Of the samples, s, shape (samples,); evenly spaced without a gap if None. A sample that is not later
                than the one before is not taken; the last answer stands.

        Returns:
            Numbers of `answers`, shape (samples, streams).
        """
        told = np.zeros(readings.shape[:2], dtype=np.int64)
        readings, present = self._held_readings.filled(readings)
        commands, commanded = self._held_commands.filled(commands)
        whole = self.relations.evaluate(readings.reshape(-1, readings.shape[2]))
        left, size = (part.reshape(*readings.shape[:2], -1) for part in whole)
        decided = np.isfinite(left) & np.isfinite(size)
        left, size = np.where(decided, left, 0.0), np.where(decided, size, 0.0)
        for k in range(readings.shape[0]):
            lost = 0.0 if times is None else self._steps.lost(float(times[k]))
            if lost is not None:
                there, given = (readings[k], present[k]), (commands[k], commanded[k])
                self._take(_Sample(*there, *given, left[k], size[k], decided[k], lost))
            told[k] = self._last
        return told

    def _take(self, sample: _Sample) -> None:
        """Take one sample, and answer once scatter is known."""
        self._heard.append(sample)
        if self._scatter is not None:
            self._weigh(self._heard[-3:])
        elif len(self._heard) == _LISTENING:
            heard = np.stack([np.where(h.present, h.readings, np.nan) for h in self._heard], axis=1)
            self._scatter = scatter(heard, self.relations.gauges)
            self._stillness = Stillness(heard, self._scatter)
            for i in range(2, len(self._heard)):
                self._weigh(self._heard[i - 2 : i + 1])
        else:
            return
        self._heard = self._heard[-2:]
        self._last = self._answered()

    def _weigh(self, heard: Sequence[_Sample]) -> None:
        """Take the last of three samples into the scores."""
        assert self._scatter is not None
        assert self._stillness is not None
        readings, change = heard[2].readings, heard[2].readings - heard[1].readings
        left, reach = heard[2].left, self._levels.reach(heard[2].size)
        sound = self.scores.argmax(axis=1) == 0
        if heard[2].lost:
            self._levels.rest(heard[2].lost)
        present = heard[2].present & (heard[2].lost == 0.0)
        signatures = self._renewed(heard[2], reach)
        known = left - self._levels.offset * reach
        pull, far = signatures.pull(known)
        still = (change == 0.0) & (readings > self._limits[0]) & (readings < self._limits[1])
        position = np.stack([h.readings[:, self._positions] for h in heard[1:]])
        commands = np.stack([h.commands for h in heard])
        paced = self._paced(heard)
        evidence = self._evidence(pull, far, signatures.strength, position, commands, paced)
        _, _, slow, off, frozen = self.candidates.slices
        self._errors = signatures.misread(known)
        expected = change - signatures.misread(left - heard[1].left)
        stillness = self._stillness.gains(change, still, expected, sound, present)
        evidence[:, frozen] = self._held + stillness
        pace = (position, commands, self._scatter[:, self._positions])
        evidence[:, slow] = np.where(paced, self._pace.gains(*pace), 0.0)
        self._asked += np.where(paced, self._pace.asked(*pace), 0.0)
        passed, afresh = self.candidates.passed(self.scores)
        beyond = np.abs(readings) > self._spans + _NOISE * self._scatter
        evidence[:, off] += _CERTAIN * (heard[2].present & beyond)
        for of_gauges in (off, frozen):
            evidence[:, of_gauges][:, self._idle] = -np.inf
        self.scores = passed + evidence
        self.scores -= self.scores.max(axis=1, keepdims=True)
        self._courses.follow(afresh[:, off], self._errors, still, heard[2].present)
        best = self.scores.argmax(axis=1)
        read = np.where(self._unread, 0.0, known)
        explained = signatures.explained(read, pull, far, self.relations.reads)
        strange = self._strangeness.follow(best, signatures.departure(read), pull, far, explained)
        learning = ((best == 0) & ~strange)[:, None] & ~self._unread
        self._levels.follow(learning, left, reach, signatures.noise)
        self._seen += 1

    def _paced(self, heard: Sequence[_Sample]) -> NDArray[np.bool_]:
        """Actuators of whose pace three samples can tell: nothing of them is lost, and no time is missing."""
        whole = np.ones(heard[2].commanded.shape, dtype=bool)
        for sample in heard:
            whole &= sample.commanded
        for sample in heard[1:]:
            whole &= sample.present[:, self._positions] & (sample.lost == 0.0)
        return whole

    def _renewed(self, sample: _Sample, reach: FloatArray) -> Signatures:
        """Return signatures, taken afresh from time to time at what is thought true, and where gauges come and go."""
        assert self._scatter is not None
        unread = ~sample.decided | ((~sample.present).astype(float) @ self.relations.reads.T > 0.0)
        changed = (unread != self._unread).any(axis=1)
        self._unread = unread
        timely = self._seen in _EARLY or self._seen % _AGAIN == 0 or sample.lost > 0.0
        if self._signatures is None or self._slopes is None or timely:
            wrong = self._wrong_gauge()
            rows = np.flatnonzero(wrong >= 0)
            true = sample.readings.copy()
            true[rows, wrong[rows]] -= self._errors[rows, wrong[rows]]
            slopes = np.nan_to_num(self.relations.by_gauge(true), posinf=0.0, neginf=0.0)
            # A law bends too much in an opening to tell the true one from a wrong position by its slope.
            kept = np.isin(wrong, self._positions)
            known = slopes if self._slopes is None else self._slopes
            self._slopes = np.where(kept[:, None, None], known, slopes)
            chosen = ~kept | changed
        else:
            chosen = changed
        if chosen.any():
            spread = self._levels.spread(reach) * np.where(unread, _UNREAD, 1.0)
            new = Signatures.at(self._slopes, self._scatter, self._faults, spread, self._sizes)
            self._signatures = new if self._signatures is None else self._signatures.replaced(chosen, new)
        assert self._signatures is not None
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
        paced: NDArray[np.bool_],
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
        unexplained = np.where(paced, unexplained, 0.0)
        # Whoever stands still to the last digit under a moving command is not slow; at rest that says nothing.
        self._held = np.maximum(alone[:, count:] + np.abs(far[:, count:]), 0.0)
        stood = 0.5 * unexplained**2 + np.log(deviation / (np.sqrt(2.0) * told))
        self._held[:, self._positions] += np.where(paced, stood, 0.0)
        for a, column in enumerate(self._positions):
            at = count + column
            steady = np.where(paced[:, a], self._pace.share[a] / deviation[:, a], 0.0)
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
        answered = np.where(best >= off.start, off.start + len(COURSES) * gauge + course, best)
        answered = np.where(self._strangeness.lasts, len(self.answers) - 2, answered)
        nothing: NDArray[np.int64] = np.where(self._unread.all(axis=1), len(self.answers) - 1, answered)
        return nothing


_FREE = 5.0
"""Price in nats of a position whose movement is left open altogether."""
_UNREAD = 1e12
"""Variance of a relation that cannot be read, over what it has otherwise."""
_CERTAIN = 1e6
"""Evidence in nats of a reading beyond its gauge's span."""
_NOISE = 5.0
"""Standard deviations of a sample by which a reading is beyond it: a valve that stands open reads 100.3 % as well."""
