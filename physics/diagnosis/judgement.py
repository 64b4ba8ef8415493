"""What follows from the weights: answer set, ambiguity group, the sensor that would split it, detectability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.hypotheses import (
    Course,
    hardware_faults,
    sensor_effect,
    sensor_faults,
    size_grid,
)
from hotfire.physics.diagnosis.none_of_these import chi_square_tail
from hotfire.physics.diagnosis.search import NOMINAL, Search, Weighed

__all__ = ["alike", "ambiguity_group", "answer_set", "detectable_sizes", "goodness_of_fit"]

_LIKELY = 0.02
_SEEN = 5.0
"""Distance from the sound engine, in standard deviations, from which a fault counts as detectable."""
_ADDED_ACCURACY = 0.01
"""Relative accuracy supposed of a sensor that would be added."""


def answer_set(ranked: Sequence[Weighed], mass: float) -> tuple[str, ...]:
    """Smallest set of hypotheses with at least `mass` of the posterior."""
    total, chosen = 0.0, []
    for weighed in ranked:
        chosen.append(weighed.name)
        total += weighed.probability
        if total >= mass:
            break
    return tuple(chosen)


def ambiguity_group(
    search: Search, ranked: Sequence[Weighed], limit: float
) -> tuple[tuple[str, ...], str | None]:
    """Hypotheses that this log cannot tell from the first, and the quantity whose sensor would split them.

    Returns:
        Names, the first hypothesis first, empty when it stands alone; and an output of the network or None.
    """
    first = ranked[0]
    if first.name == NOMINAL:
        return (), None
    close = [
        w
        for w in ranked[1:]
        if w.name != NOMINAL and w.probability > _LIKELY and alike(search, first.best, w.best, limit)
    ]
    if not close:
        return (), None
    return (first.name, *(w.name for w in close)), _splitter(search, [first, *close])


def alike(search: Search, first: Explanation, other: Explanation, limit: float) -> bool:
    """Say whether two explanations forecast alike, or both, fitted by themselves, leave as little of the log."""
    if search.distance(first, other) < limit:
        return True
    fitted = first.point is not None and other.point is not None
    return fitted and abs(other.chi_square - first.chi_square) < limit**2


def _splitter(search: Search, group: Sequence[Weighed]) -> str | None:
    """Return the unmeasured pressure or flow in which the members differ most, relative to a 1 % sensor."""
    forecaster = search.forecaster
    cases = []
    for weighed in group:
        course = weighed.best.course
        if course is None:
            continue
        size = float(weighed.best.sizes[int(np.argmax(weighed.best.weights))])
        faults = {course.name: size} if course.name in hardware_faults(forecaster) else {}
        cases.append(Case(search.at, faults, course.onset, course.grows))
    outputs, good = forecaster.outputs(cases)
    if not good.all():
        return None
    last = outputs[:, -1]
    spread = (last.max(axis=0) - last.min(axis=0)) / (_ADDED_ACCURACY * np.abs(last).max(axis=0) + 1e-9)
    measured = {s.measures for s in forecaster.observation.sensors}
    names = forecaster.compiled.output_names
    candidates = [
        (float(spread[i]), n)
        for i, n in enumerate(names)
        if n not in measured and n.endswith((".pressure", ".flow", ".thrust"))
    ]
    best = max(candidates, default=(0.0, ""))
    return best[1] if best[0] > 3.0 else None


def detectable_sizes(search: Search) -> dict[str, float | None]:
    """Smallest size of each fault, present from the start, that this log would have shown; None when none would.

    Of components those that were weighed, of sensors all.
    """
    found: dict[str, float | None] = {}
    forecaster = search.forecaster
    for name in search.hardware:
        sizes, means = search.from_start.get(name, (np.empty(0), np.empty((0, search.used.size))))
        far = np.linalg.norm(search.whiten(means - search.means), axis=-1)
        found[name] = _first(sizes, far)
    for name, (column, fault) in sensor_faults(forecaster.observation.sensors).items():
        sizes = size_grid(fault, 40)
        effect = sensor_effect(
            forecaster, Course(name, fault, None, fault.name == "drift"), column, search.means
        )
        far = sizes * np.linalg.norm(search.whiten(effect))
        found[name] = _first(sizes, far)
    return found


def _first(sizes: np.ndarray, distances: np.ndarray) -> float | None:
    """Size at which the distance first reaches `_SEEN`, interpolated in the logarithms."""
    above = np.flatnonzero(distances >= _SEEN)
    if not above.size:
        return None
    i = int(above[0])
    if i == 0:
        return float(sizes[0])
    low, high = np.log(max(distances[i - 1], 1e-9)), np.log(distances[i])
    share = (np.log(_SEEN) - low) / max(high - low, 1e-12)
    return float(np.exp(np.log(sizes[i - 1]) + share * (np.log(sizes[i]) - np.log(sizes[i - 1]))))


def goodness_of_fit(search: Search) -> float:
    """Probability of a misfit at least that of the best explanation, were it true (chi-square).

    Taken before the model's scatter is widened.
    """
    return chi_square_tail(search.first_misfit, search.freedom)
