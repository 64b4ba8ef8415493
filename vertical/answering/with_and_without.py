"""The engine with the faults of a hypothesis beside the same engine without, as both would read in every window.

Both are run with the tolerances that the hypothesis was fitted with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.diagnosis import Hypothesis
from hotfire.experts.searching import Found
from hotfire.log import FloatArray

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.case import Case
    from hotfire.physics.diagnosis.search import Search, Weighed
    from hotfire.physics.trajectory import Run, Schedule

__all__ = ["WithAndWithout", "with_and_without"]


@dataclass(frozen=True, eq=False)
class WithAndWithout:
    """Two runs of one engine and what they read.

    Attributes:
        search: That weighed the hypothesis.
        weighed: The hypothesis.
        case: The run with the faults of components.
        schedule, run: Of both, the one without faults first.
        means: What the engine without faults gives, SI, shape (d,).
        read: What it gives with the faults of components and sensors, SI, shape (d,).
        added: What faults of sensors add to that, SI, shape (d,), by column, with the name of the fault.
        pull: What the sensors' tolerances add to both where they explain the readings best, SI, shape (d,).
    """

    search: Search
    weighed: Weighed
    case: Case
    schedule: Schedule
    run: Run
    means: FloatArray
    read: FloatArray
    added: Mapping[int, tuple[str, FloatArray]]
    pull: FloatArray


def with_and_without(
    hypotheses: Sequence[Hypothesis], found: Found, *, most: int
) -> dict[int, WithAndWithout]:
    """Run the engine for the first `most` hypotheses that allege faults, and return the runs by rank.

    Those that were not weighed by window means, or at whose sizes the engine does not run, are left out.
    """
    weighed = {frozenset(w.name.split(" + ")): w for w in found.ranked}
    runs = {}
    for rank, hypothesis in enumerate(hypotheses[:most]):
        own = weighed.get(frozenset(f.name for f in hypothesis.faults))
        if hypothesis.faults and own is not None:
            both = _both(hypothesis, own, found.search)
            if both is not None:
                runs[rank] = both
    return runs


def _both(hypothesis: Hypothesis, weighed: Weighed, search: Search) -> WithAndWithout | None:
    """Run the engine with the faults at the sizes that are stated, and without; None where it does not run."""
    from hotfire.physics.diagnosis.hypotheses import sensor_effect

    forecaster = search.forecaster
    stated = {f.name: f.size.value for f in hypothesis.faults if f.size is not None}
    faulty, sound = _cases(search, weighed, stated)
    schedule, run = forecaster.run([sound, faulty])
    if not run.solved.all():
        return None
    means = forecaster.features_of(
        run.outputs[..., forecaster.reading], forecaster.grid.steps_in([sound, faulty])
    )
    added: dict[int, tuple[str, FloatArray]] = {}
    read = means[1].copy()
    for course in weighed.best.courses:
        if not search.is_hardware(course):
            column = search.column(course)
            effect = abs(stated[course.name]) * sensor_effect(forecaster, course, column, means[1])
            added[column] = course.name, effect
            read += effect
    return WithAndWithout(
        search, weighed, faulty, schedule, run, means[0], read, added, _sensor_pull(search, read)
    )


def _sensor_pull(search: Search, means: FloatArray) -> FloatArray:
    """What sensors' tolerances and a start that still settles, at their best, add to features with the faults, (d,)."""
    forecaster, used = search.forecaster, search.used
    columns = forecaster.stray_columns(means)
    weighed = columns[used] / search.scatter_variance(means)[used, None]
    left = forecaster.observation.means.ravel()[used] - means[used]
    size = columns.shape[1]
    best = np.linalg.solve(np.eye(size) + weighed.T @ columns[used], weighed.T @ left)
    return np.asarray(columns @ best)


def _cases(search: Search, weighed: Weighed, stated: Mapping[str, float]) -> tuple[Case, Case]:
    """Return the run with the faults of components and the one without, tolerances those of the fit."""
    from hotfire.physics.diagnosis.case import Case
    from hotfire.physics.diagnosis.explanations import Point
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
    return faulty, replace(faulty, faults={}, cleared={}, before=frozenset(), apart={})
