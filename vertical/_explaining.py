"""From a fault to what sensors show, in steps with numbers: the engine with the fault against the same engine without.

Both are run with the tolerances that the hypothesis was fitted with, and solved again at one instant: the last at
which the fault is there. The steps between are the way of `hotfire.physics.influence`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire._effect_words import Wording
from hotfire.diagnosis import CausalStep, Effect, Hypothesis, Symptom
from hotfire.experts.searching import Found
from hotfire.log import FloatArray
from hotfire.physics.sensors import Sensor

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.forecast import Case
    from hotfire.physics.diagnosis.hypotheses import Course
    from hotfire.physics.diagnosis.search import Search, Weighed
    from hotfire.physics.influence import Influence, Influences
    from hotfire.physics.trajectory import Run, Schedule

__all__ = ["with_effects"]

_NOTABLE = 2.5
"""Standard deviations of the scatter from which a sensor that is no symptom is worth a sentence."""
_EXACT = 1e-10
"""Largest scaled residual of the two solutions that are held against one another."""


def with_effects(
    hypotheses: Sequence[Hypothesis], found: Found, symptoms: Sequence[Symptom], *, most: int
) -> tuple[Hypothesis, ...]:
    """Return the hypotheses, the first `most` with what their faults do to the sensors and by which way.

    Args:
        hypotheses: In words, likeliest first.
        found: What they were written from.
        symptoms: Deviations from the sound engine, strongest first.
        most: How many are explained.
    """
    weighed = {frozenset(w.name.split(" + ")): w for w in found.ranked}
    explained = []
    for rank, hypothesis in enumerate(hypotheses):
        own = weighed.get(frozenset(f.name for f in hypothesis.faults))
        if rank < most and hypothesis.faults and own is not None:
            explained.append(replace(hypothesis, effects=_effects(hypothesis, own, found, symptoms)))
        else:
            explained.append(hypothesis)
    return tuple(explained)


def _effects(
    hypothesis: Hypothesis, weighed: Weighed, found: Found, symptoms: Sequence[Symptom]
) -> tuple[Effect, ...]:
    """What a hypothesis does to the sensors, symptoms first, those that it does not explain last."""
    compared = _compared(hypothesis, weighed, found)
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


def _compared(hypothesis: Hypothesis, weighed: Weighed, found: Found) -> _Compared | None:
    """Run the engine with the faults at the sizes that are stated, and without; None where it does not run."""
    from hotfire.physics.diagnosis.hypotheses import sensor_effect

    search, seen = found.search, found.seen
    forecaster, observation = search.forecaster, search.forecaster.observation
    assert seen.observed is not None
    courses = weighed.best.courses
    stated = {f.name: f.size.value for f in hypothesis.faults if f.size is not None}
    faulty, sound = _cases(search, weighed, stated)
    schedule, run = forecaster.run([sound, faulty])
    if not run.solved.all():
        return None
    there = np.flatnonzero(_present(search, courses, faulty))
    last = int(there[-1]) if there.size else forecaster.time.size - 1
    means = forecaster.features_of(run.outputs[..., forecaster.reading], forecaster.steps_in([sound, faulty]))
    row = max(last - forecaster.first, 1)
    shape = observation.means.shape
    added: dict[int, tuple[str, float]] = {}
    read = means[1].copy()
    for course in courses:
        if not search.is_hardware(course):
            column = search.column(course)
            effect = abs(stated[course.name]) * sensor_effect(forecaster, course, column, means[1])
            added[column] = course.name, float(effect.reshape(shape)[row, column])
            read += effect
    pull = _sensor_pull(search, read).reshape(shape)[row]
    scatter = np.sqrt(search.scatter_variance(search.means)).reshape(shape)[row]
    influences = None
    if faulty.faults:
        influences = _influences(search, schedule, run, last)
        if influences is None:
            return None
    return _Compared(
        search,
        influences,
        tuple(faulty.faults),
        added,
        observation.means[row] - means[0].reshape(shape)[row] - pull,
        scatter,
        seen.observed.origin + float(forecaster.time[last]),
        Wording(seen.engine, seen.observed.used),
        hypothesis,
    )


def _sensor_pull(search: Search, means: FloatArray) -> FloatArray:
    """What the sensors' tolerances, at their best beside features forecast with the faults, add to them, shape (d,)."""
    forecaster, used = search.forecaster, search.used
    columns = forecaster.sensor_columns(means)
    weighed = columns[used] / search.scatter_variance(means)[used, None]
    left = forecaster.observation.means.ravel()[used] - means[used]
    size = columns.shape[1]
    best = np.linalg.solve(np.eye(size) + weighed.T @ columns[used], weighed.T @ left)
    return np.asarray(columns @ best)


def _cases(search: Search, weighed: Weighed, stated: Mapping[str, float]) -> tuple[Case, Case]:
    """Return the run with the faults of components and the one without, tolerances those of the fit."""
    from hotfire.physics.diagnosis.explanations import Point
    from hotfire.physics.diagnosis.forecast import Case
    from hotfire.physics.diagnosis.hypotheses import coordinate
    from hotfire.physics.diagnosis.refit import case_at

    best = weighed.best
    tolerances = search.tolerances_with(best) if best.tolerances is None else best.tolerances
    assert best.course is not None
    sizes = [np.array([abs(stated.get(c.name, c.fault.upper))]) for c in best.courses]
    places = tuple(float(coordinate(c.fault, s)[0]) for c, s in zip(best.courses, sizes, strict=True))
    if not any(map(search.is_hardware, best.courses)):
        return Case(tolerances), Case(tolerances)
    shifts = best.point.shifts if best.point is not None else (0.0,) * len(places)
    faulty = case_at(search, best.course, Point(tolerances, places, shifts))
    return faulty, replace(faulty, faults={}, cleared={}, before=frozenset())


def _present(search: Search, courses: Sequence[Course], faulty: Case) -> FloatArray:
    """Return where on the grid the faults of components are there; all of it where there are none."""
    forecaster = search.forecaster
    shares = [forecaster.course_of(faulty, name) for name in faulty.faults]
    return np.any([s > 0.0 for s in shares], axis=0) if shares else np.ones(forecaster.time.size)


def _influences(search: Search, schedule: Schedule, run: Run, instant: int) -> Influences | None:
    """Solve both runs, sound and faulty, exactly at one instant of the grid; None where that fails."""
    from hotfire.physics.compiled import Batch
    from hotfire.physics.influence import Influences
    from hotfire.physics.steady import solve_steady

    compiled = search.forecaster.compiled
    batch = Batch(run.states[instant], *schedule.at(instant))
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
