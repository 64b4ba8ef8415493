"""Screening: every fault with every onset and size, weighed with tolerances linear about the search's point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation
from hotfire.physics.diagnosis.forecast import Case
from hotfire.physics.diagnosis.hypotheses import (
    Course,
    coordinate,
    hardware_faults,
    sensor_effect,
    sensor_faults,
    size_at,
    size_grid,
)
from hotfire.physics.diagnosis.size_integral import integrate_size

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["clearing_courses", "hardware_explanations", "sensor_explanations"]

_COARSE, _FINE = 6, 7
_NARROWINGS, _NARROWED = 2, (-0.6, -0.25, -0.08, 0.0, 0.08, 0.25, 0.6)
"""Rounds in which sizes are added about the best one, and where, in the distance of its neighbours."""
_NEAR = 4.0
"""Distance of neighbouring sizes' features, in standard deviations, that needs no size between them."""
_MOST_COURSES = 3
"""Courses of one fault that are run on the model; the others keep their approximate weight."""
_SIZES = 33
_KEEP_NATS = 14.0


def hardware_explanations(search: Search, best: float) -> list[Explanation]:
    """Screen every course with masked signatures, then run the model for those that may matter."""
    screened = _screen(search)
    best = max(best, max((e.log_evidence for e in screened), default=best))
    by_fault: dict[str, list[Explanation]] = {}
    for e in sorted(screened, key=lambda e: -e.log_evidence):
        by_fault.setdefault(e.course.name if e.course else NOMINAL, []).append(e)
    chosen = [
        e.course
        for explanations in by_fault.values()
        for rank, e in enumerate(explanations[:_MOST_COURSES])
        if e.course and e.log_evidence > best - (2.0 if rank == 0 else 1.0) * _KEEP_NATS
    ]
    run = _run_courses(search, [*chosen, *clearing_courses(search)], _FINE)
    done = {e.course for e in run}
    return run + [e for e in screened if e.course not in done]


def clearing_courses(search: Search) -> list[Course]:
    """Faults of the start that are gone before the first window."""
    first = float(search.forecaster.observation.edges[0])
    faults = hardware_faults(search.forecaster)
    return [Course(n, f, None, clears_at=first) for n, f in faults.items() if f.clears]


def sensor_explanations(search: Search) -> list[Explanation]:
    """Weigh every fault of every sensor, in both directions, with every onset."""
    found = []
    for name, (column, fault) in sensor_faults(search.forecaster.observation.sensors).items():
        for onset in search.onsets():
            for sign in (1.0, -1.0):
                course = Course(name, fault, onset, fault.name == "drift", sign)
                effect = sensor_effect(search.forecaster, course, column, search.means)
                sizes = size_grid(fault, _SIZES)
                found.append(search.weigh(course, sizes, search.means + sizes[:, None] * effect))
    return found


def _screen(search: Search) -> list[Explanation]:
    """Weigh every fault with every onset, roughly.

    The effect of a later onset is approximated by that of the fault from the start, cut off before the onset;
    faults whose effect builds up in time are run for each onset.
    """
    from_start = [Course(n, f) for n, f in hardware_faults(search.forecaster).items()]
    building = [
        Course(c.name, c.fault, onset)
        for c in from_start
        if c.name in search.forecaster.compiled.integrating_faults
        for onset in search.onsets()
        if onset is not None
    ]
    courses = [*from_start, *building]
    signatures = _signatures(search, courses, [size_grid(c.fault, _COARSE) for c in courses])
    search.from_start = signatures[: len(from_start)]
    found = [
        search.weigh(c, sizes, means)
        for c, (sizes, means) in zip(courses, signatures, strict=True)
        if sizes.size
    ]
    for course, (sizes, means) in zip(from_start, search.from_start, strict=True):
        if sizes.size and course.name not in search.forecaster.compiled.integrating_faults:
            found += _cut_off(search, course, sizes, means)
    return found


def _cut_off(search: Search, course: Course, sizes: FloatArray, means: FloatArray) -> list[Explanation]:
    """Weigh later onsets of a fault, and its growth, by its effect from the start."""
    edges = search.forecaster.observation.edges
    centres = 0.5 * (edges[1:] + edges[:-1])
    change = (means - search.means).reshape(-1, *search.forecaster.observation.means.shape)
    found = []
    for onset in search.onsets():
        shapes = {} if onset is None else {False: _share_after(search, onset)}
        if course.fault.grows:
            start = onset or 0.0
            ramp = np.clip((centres - start) / max(float(edges[-1]) - start, 1e-6), 0.0, 1.0)
            shapes[True] = np.concatenate([[0.0], ramp])
        for grows, shape in shapes.items():
            approximate = search.means + (change * shape[:, None]).reshape(change.shape[0], -1)
            found.append(search.weigh(Course(course.name, course.fault, onset, grows), sizes, approximate))
    return found


def _share_after(search: Search, onset: float | None) -> FloatArray:
    """Share of each window that lies after an onset, with the row before the test first, shape (K + 1,)."""
    edges = search.forecaster.observation.edges
    if onset is None:
        return np.ones(edges.size)
    share = np.clip((edges[1:] - onset) / np.diff(edges), 0.0, 1.0)
    return np.concatenate([[0.0], share])


def _signatures(
    search: Search, courses: Sequence[Course], grids: Sequence[FloatArray]
) -> list[tuple[FloatArray, FloatArray]]:
    """Run the model for each course at its sizes; sizes without a solution are left out."""
    cases = [
        Case(
            search.at,
            {c.name: float(s)},
            c.onset,
            c.grows,
            {} if c.clears_at is None else {c.name: c.clears_at},
        )
        for c, grid in zip(courses, grids, strict=True)
        for s in grid
    ]
    if not cases:
        return [(np.empty(0), np.empty((0, search.used.size))) for _ in courses]
    outputs, good = search.forecaster.outputs(cases)
    means = search.forecaster.means(outputs)
    good &= np.isfinite(means).all(axis=1)
    results, start = [], 0
    for grid in grids:
        rows = slice(start, start + grid.size)
        results.append((grid[good[rows]], means[rows][good[rows]]))
        start += grid.size
    return results


def _run_courses(search: Search, courses: Sequence[Course], count: int) -> list[Explanation]:
    """Run courses at sizes over the whole range, then at more sizes about the best."""
    nodes = _signatures(search, courses, [size_grid(c.fault, count) for c in courses])
    for _ in range(_NARROWINGS):
        grids = [_between(search, c, s, m) for c, (s, m) in zip(courses, nodes, strict=True)]
        if not any(g.size for g in grids):
            break
        added = _signatures(search, courses, grids)
        nodes = [_merged(a, b) for a, b in zip(nodes, added, strict=True)]
    return [search.weigh(c, s, m) for c, (s, m) in zip(courses, nodes, strict=True) if s.size]


def _between(search: Search, course: Course, sizes: FloatArray, means: FloatArray) -> FloatArray:
    """Sizes to add about the best one; none where its neighbours are close in the features."""
    if sizes.size < 2:
        return np.empty(0)
    places = coordinate(course.fault, sizes)
    white = search.residual(means)
    found = integrate_size(places, white)
    near = np.linalg.norm(white[found.stretch + 1] - white[found.stretch])
    if near < _NEAR:
        return np.empty(0)
    gap = places[found.stretch + 1] - places[found.stretch]
    added = np.clip(found.best + gap * np.array(_NARROWED), places[0], places[-1])
    added = added[np.abs(added[:, None] - places).min(axis=1) > 1e-6]
    return size_at(course.fault, np.unique(added))


def _merged(
    a: tuple[FloatArray, FloatArray], b: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Join sizes and their features, sizes rising."""
    sizes = np.concatenate([a[0], b[0]])
    means = np.concatenate([a[1], b[1]])
    order = np.argsort(sizes, kind="stable")
    return sizes[order], means[order]
