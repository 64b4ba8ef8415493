"""Screening: every fault with every onset and size, weighed with tolerances linear about the search's point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.hypotheses import (
    Course,
    coordinate,
    sensor_effect,
    sensor_faults,
    size_at,
    size_grid,
)
from hotfire.physics.diagnosis.onsets import features_by_onset, stands_still
from hotfire.physics.diagnosis.size_integral import integrate_size

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = [
    "Signature",
    "clearing_courses",
    "hardware_explanations",
    "hardware_signatures",
    "sensor_explanations",
    "sensor_signatures",
]

_COARSE, _FINE = 6, 7
_NARROWINGS, _NARROWED = 2, (-0.6, -0.25, -0.08, 0.0, 0.08, 0.25, 0.6)
"""Rounds in which sizes are added about the best one, and where, in the distance of its neighbours."""
_NEAR = 4.0
"""Distance of neighbouring sizes' features, in standard deviations, that needs no size between them."""
_MOST_COURSES = 3
"""Courses of one fault that are run on the model; the others keep their approximate weight."""
_SIZES = 33
_KEEP_NATS = 14.0


Signature = tuple[Course, FloatArray, FloatArray]
"""A course, its sizes in rising order, shape (n,), and the features that it has with each, shape (n, d)."""


def hardware_explanations(search: Search) -> list[Explanation]:
    """Screen every course of every fault of a component.

    What faults do hangs on the tolerances and the loads alone, so it is kept for a search that weighs again with
    another scatter.
    """
    forecaster = search.forecaster
    about = (search.at.tobytes(), tuple(sorted(forecaster.spare_load.items())))
    if about not in search.hardware_known:
        search.hardware_known[about] = hardware_signatures(search, search.hardware)
    found = list(search.hardware_known[about])
    found += _run_courses(search, clearing_courses(search), _FINE)
    search.signatures = [*search.signatures, *found]
    return [search.weigh(*signature) for signature in found]


def clearing_courses(search: Search) -> list[Course]:
    """Faults of the start that are gone before the first window."""
    first = float(search.forecaster.observation.edges[0])
    return [Course(n, f, None, clears_at=first) for n, f in search.hardware.items() if f.clears]


def sensor_explanations(search: Search) -> list[Explanation]:
    """Weigh every fault of every sensor, in both directions, with every onset."""
    found = [signature for name in search.sensor_names for signature in sensor_signatures(search, name)]
    search.signatures = [*search.signatures, *found]
    return [search.weigh(*signature) for signature in found]


def sensor_signatures(search: Search, name: str) -> list[Signature]:
    """Signatures of one fault of a sensor, in both directions, with every onset."""
    column, fault = sensor_faults(search.forecaster.observation.sensors)[name]
    found = []
    for onset in search.onsets():
        for sign in (1.0, -1.0):
            course = Course(name, fault, onset, fault.name == "drift", sign)
            effect = sensor_effect(search.forecaster, course, column, search.means)
            sizes = size_grid(fault, _SIZES)
            found.append((course, sizes, search.means + sizes[:, None] * effect))
    return found


def hardware_signatures(search: Search, faults: Mapping[str, Fault]) -> list[Signature]:
    """Signatures of faults of components with every onset, on a coarse grid of sizes that the model can do."""
    if not faults:
        return []
    from_start = [Course(n, f) for n, f in faults.items()]
    grids = [size_grid(c.fault, _COARSE) for c in from_start]
    courses: list[tuple[float | None, bool]] = [
        (onset, grows) for onset in search.onsets() if onset is not None for grows in (False, True)
    ]
    if any(f.may_grow for f in faults.values()):
        courses.append((0.0, True))
    steady = np.where(np.arange(search.at.size) < len(search.forecaster.constant), search.at, 0.0)
    still = stands_still(search.forecaster, steady)
    # Where the tanks matter, a fault of the start is run with its own; else wander is what moves, and hardly what
    # faults do.
    always: list[tuple[float | None, bool]] = [(None, False)] if still else []
    named = [(c.name, grid) for c, grid in zip(from_start, grids, strict=True)]
    at = steady if still else search.at
    later = features_by_onset(search.forecaster, at, named, [*courses, *always])
    if not np.array_equal(at, search.at):
        (without,), _ = search.forecaster.features([Case(at)])
        later = [means + (search.means - without) for means in later]
    if still:
        owns = [_where_solved(grid, means[:, -1]) for grid, means in zip(grids, later, strict=True)]
    else:
        owns = _signatures(search, from_start, grids)
    found = []
    for course, grid, own, means in zip(from_start, grids, owns, later, strict=True):
        if own[0].size:
            found.append((course, *own))
        for i, (onset, grows) in enumerate(courses):
            if course.fault.initial or (grows and not course.fault.may_grow):
                continue
            solved = np.isfinite(means[:, i]).all(axis=1)
            if solved.any():
                when = None if grows and onset == 0.0 else onset
                found.append((replace(course, onset=when, grows=grows), grid[solved], means[solved, i]))
    return found


def _where_solved(sizes: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray]:
    solved = np.isfinite(means).all(axis=1)
    return sizes[solved], means[solved]


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
    means, good = search.forecaster.features(cases)
    results, start = [], 0
    for grid in grids:
        rows = slice(start, start + grid.size)
        results.append((grid[good[rows]], means[rows][good[rows]]))
        start += grid.size
    return results


def _run_courses(search: Search, courses: Sequence[Course], count: int) -> list[Signature]:
    """Run courses at sizes over the whole range, then at more sizes about the best."""
    nodes = _signatures(search, courses, [size_grid(c.fault, count) for c in courses])
    for _ in range(_NARROWINGS):
        grids = [_between(search, c, s, m) for c, (s, m) in zip(courses, nodes, strict=True)]
        if not any(g.size for g in grids):
            break
        added = _signatures(search, courses, grids)
        nodes = [_merged(a, b) for a, b in zip(nodes, added, strict=True)]
    return [(c, s, m) for c, (s, m) in zip(courses, nodes, strict=True) if s.size]


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
