"""From a fault to what sensors show, in steps with numbers: the engine with the fault against the same engine without.

Both are run with the tolerances that the hypothesis was fitted with, and solved again at one instant: the last at
which the fault is there. The steps between are the way of `hotfire.physics.influence`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.answering.effect_words import Wording
from hotfire.answering.with_and_without import WithAndWithout
from hotfire.diagnosis import CausalStep, Effect, Hypothesis, Symptom
from hotfire.experts.searching import Found
from hotfire.log import FloatArray
from hotfire.physics.sensors import Sensor

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search
    from hotfire.physics.influence import Influence, Influences

__all__ = ["with_effects"]

_NOTABLE = 2.5
"""Standard deviations of the scatter from which a sensor that is no symptom is worth a sentence."""
_EXACT = 1e-10
"""Largest scaled residual of the two solutions that are held against one another."""


def with_effects(
    hypotheses: Sequence[Hypothesis],
    runs: Mapping[int, WithAndWithout],
    found: Found,
    symptoms: Sequence[Symptom],
) -> tuple[Hypothesis, ...]:
    """Return the hypotheses, those of which there are runs with what their faults do to the sensors, by which way.

    Args:
        hypotheses: In words, likeliest first.
        runs: The engine with their faults and without, by rank.
        found: What they were written from.
        symptoms: Deviations from the sound engine, strongest first.
    """
    return tuple(
        replace(h, effects=_effects(h, runs[rank], found, symptoms)) if rank in runs else h
        for rank, h in enumerate(hypotheses)
    )


def _effects(
    hypothesis: Hypothesis, both: WithAndWithout, found: Found, symptoms: Sequence[Symptom]
) -> tuple[Effect, ...]:
    """What a hypothesis does to the sensors, symptoms first, those that it does not explain last."""
    compared = _compared(hypothesis, both, found)
    if compared is None:
        return ()
    by_sensor = {s.sensor: s for s in symptoms}
    effects = []
    for column, sensor in enumerate(compared.search.forecaster.observation.sensors):
        symptom = by_sensor.get(sensor.name)
        effect = compared.effect(column, symptom)
        if symptom is not None or abs(compared.size(column)) >= _NOTABLE:
            effects.append((effect, symptom, abs(compared.size(column))))

    def strongest_first(item: tuple[Effect, Symptom | None, float]) -> tuple[bool, bool, float]:
        effect, symptom, size = item
        return not effect.steps, symptom is None, -(symptom.deviations if symptom else size)

    return tuple(effect for effect, _, _ in sorted(effects, key=strongest_first))


@dataclass(frozen=True, eq=False)
class _Compared:
    """The engine with the faults of a hypothesis against the same engine without.

    Attributes:
        search: That weighed it.
        influences: Of the faults of components at the instant; None where only sensors are at fault.
        faults: Names of the faults of components.
        added: What faults of sensors add to the readings at the instant, SI, by column.
        shown: Reading in the window of the instant less that of the engine without the faults, SI, shape (S,).
        scatter: Standard deviation of that reading by scatter alone, SI, shape (S,).
        instant: s of the log's clock.
        words: That put quantities into units and sentences.
        hypothesis: In words.
    """

    search: Search
    influences: Influences | None
    faults: tuple[str, ...]
    added: Mapping[int, tuple[str, float]]
    shown: FloatArray
    scatter: FloatArray
    instant: float
    words: Wording
    hypothesis: Hypothesis

    def sensor(self, column: int) -> Sensor:
        """Return a sensor by its column."""
        return self.search.forecaster.observation.sensors[column]

    def through_engine(self, column: int) -> float:
        """Change of what a sensor measures, SI."""
        return 0.0 if self.influences is None else self.influences.change(self.sensor(column).measures)

    def size(self, column: int) -> float:
        """Change of a reading over its scatter."""
        whole = self.through_engine(column) + self.added.get(column, ("", 0.0))[1]
        return float(whole / self.scatter[column])

    def effect(self, column: int, symptom: Symptom | None) -> Effect:
        """Put what happens to one sensor into steps and a sentence."""
        sensor = self.sensor(column)
        explained = sensor.name not in self.hypothesis.unexplained
        steps = self._steps(column) if explained and abs(self.size(column)) >= 1.0 else ()
        shown = float(self.shown[column])
        unit = self.words.unit_of_sensor(sensor)
        measured = None if not np.isfinite(shown) else self.words.difference(shown, unit)
        deviations = None if measured is None else abs(shown) / float(self.scatter[column])
        effect = Effect(
            sensor=sensor.name,
            symptom=symptom is not None,
            instant=self.instant,
            steps=steps,
            measured_change=measured,
            unit=unit,
            deviations=deviations,
            sentence="",
        )
        return replace(effect, sentence=self.words.sentence(effect, self.hypothesis, symptom))

    def _steps(self, column: int) -> tuple[CausalStep, ...]:
        """Steps from the fault to the reading: through the engine, or by the sensor's own fault where that is more."""
        sensor = self.sensor(column)
        name, added = self.added.get(column, ("", 0.0))
        if abs(added) > abs(self.through_engine(column)):
            return self.words.of_sensor(sensor, name, self._reading(column), added)
        if self.influences is None:
            return ()
        way = self.influences.way(self.faults, sensor.measures)
        told: Sequence[Influence] = self.influences.told(way) if way else ()
        return self.words.steps(self.influences, told)

    def _reading(self, column: int) -> float:
        """Reading without the faults, SI."""
        return float(self.search.means.reshape(-1, self.scatter.size)[-1, column])


def _compared(hypothesis: Hypothesis, both: WithAndWithout, found: Found) -> _Compared | None:
    """Hold the two engines against one another; None where their equations have no solution there."""
    search, seen = both.search, found.seen
    forecaster, observation = search.forecaster, search.forecaster.observation
    assert seen.observed is not None
    there = np.flatnonzero(_present(both))
    last = int(there[-1]) if there.size else forecaster.grid.time.size - 1
    row = max(last - forecaster.grid.first, 1)
    shape = observation.means.shape
    influences = None
    if both.case.faults:
        influences = _influences(both, last)
        if influences is None:
            return None
    return _Compared(
        search,
        influences,
        tuple(both.case.faults),
        {i: (name, float(effect.reshape(shape)[row, i])) for i, (name, effect) in both.added.items()},
        observation.means[row] - (both.means + both.pull).reshape(shape)[row],
        np.sqrt(search.scatter_variance(search.means)).reshape(shape)[row],
        seen.observed.origin + float(forecaster.grid.time[last]),
        Wording(seen.engine, seen.observed.used),
        hypothesis,
    )


def _present(both: WithAndWithout) -> FloatArray:
    """Return where on the grid the faults of components are there; all of it where there are none."""
    forecaster = both.search.forecaster
    shares = [forecaster.grid.course_of(both.case, name) for name in both.case.faults]
    return np.any([s > 0.0 for s in shares], axis=0) if shares else np.ones(forecaster.grid.time.size)


def _influences(both: WithAndWithout, instant: int) -> Influences | None:
    """Solve both runs, sound and faulty, exactly at one instant of the grid; None where that fails."""
    from hotfire.physics.compiled import Batch
    from hotfire.physics.influence import Influences
    from hotfire.physics.steady import solve_steady

    compiled, run = both.search.forecaster.compiled, both.run
    batch = Batch(run.states[instant], *both.schedule.at(instant))
    z, solved = solve_steady(compiled, batch, run.unknowns[instant], tolerance=_EXACT, strict=False)
    if not solved.all():
        return None
    names = (
        *compiled.network.unknowns,
        *compiled.state_names,
        *compiled.parameter_names,
        *compiled.fault_names,
        *compiled.input_names,
    )
    values = np.concatenate([compiled.unknowns(z, batch), *batch.columns()], axis=1)
    before, after = (dict(zip(names, map(float, row), strict=True)) for row in values)
    return Influences(compiled.network, before, after)
