"""Which explanations are fitted by themselves, and how far: all that may still turn out to be likely.

Screening is rough where the log is far from the sound engine: a true fault may lie hundreds of nats behind there. So
every fault that could catch up is fitted for a few steps, from several sizes; those that get on are fitted to the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation
from hotfire.physics.diagnosis.hypotheses import size_grid
from hotfire.physics.diagnosis.refit import Fit, advance, begin

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["fit_likely"]

_MARGIN = 6.0
"""How far below the best an explanation may stay unfitted, in nats."""
_BEYOND = 4.5
"""Length in standard deviations by which an effect may fall short, at the most that screening may be wrong about it, of
what the best one as screened explains."""
_COURSES = {"once": 1, "from the start": 1, "stepping": 2, "growing": 1}
"""Courses of a fault that are tried at first."""
_STARTS = 4
"""Sizes from which a fault of the start is fitted, where it is not clear which is right."""
_ROUNDS = ((1, 80), (1, 24), (2, 10), (5, 0))
"""Gauss-Newton steps of each round, and how many of the fits go on to the next."""
_BEHIND = 20.0
"""How far behind the best one a fit may be to go on, in nats; farther where even the best fits badly."""
_FULL = 8
_MOST_BESIDE = 12
"""Explanations beside the best ones, or better than them as screened, that are fitted in the end."""
_LEADERS = 3
"""Hypotheses whose other courses are fitted too, beside the best one in onset."""


def fit_likely(search: Search, screened: Sequence[Explanation]) -> list[Explanation]:
    """Fit what may be likely; what is not fitted loses what fits lost against the screening."""
    longest = _longest(screened)
    fits = [f for e in _hopes(search, screened) for f in _starts(search, e, longest)]
    aside: list[Fit] = []
    for steps, count in _ROUNDS:
        fits = _best_starts(advance(search, fits, steps))
        fits, left = _ahead(search, fits, count)
        aside += left
    fits = _best_starts([*fits, *aside])
    more = _overlooked(search, fits, screened)
    fits += advance(search, [begin(search, e) for e in more], _FULL)
    fitted = {f.explanation.course for f in fits}
    losses = _losses(fits)
    rest = [
        replace(e, log_evidence=e.log_evidence + losses.get(_name(e), losses[NOMINAL]))
        for e in screened
        if e.course not in fitted
    ]
    return [f.outcome for f in fits] + rest


def _name(explanation: Explanation) -> str:
    return explanation.course.name if explanation.course else NOMINAL


def _hopes(search: Search, screened: Sequence[Explanation]) -> list[Explanation]:
    """The best courses of each fault that a fit could bring near the best explanation.

    At most, a fit brings the misfit down to that of the explanation that fits best, and it moves what the fault does by
    a share of it only.
    """
    best = max(e.log_evidence for e in screened)
    least = min(search.freedom, *(e.chi_square for e in screened))
    longest = _longest(screened)
    taken: dict[tuple[str, str], int] = {}
    hopes = []
    for e in sorted(screened, key=lambda e: -e.log_evidence):
        kind = (_name(e), _kind(e))
        hope = e.log_evidence + 0.5 * (e.chi_square - least)
        taken[kind] = taken.get(kind, 0) + 1
        likely = hope > best - _MARGIN and taken[kind] <= _COURSES[kind[1]]
        if e.course is None or (likely and e.unreached.min() < longest):
            hopes.append(e)
    return hopes


def _longest(screened: Sequence[Explanation]) -> float:
    """Length in standard deviations that may be left at the most that screening may be wrong about an effect."""
    return float(np.sqrt(min(e.chi_square for e in screened))) + _BEYOND


def _kind(explanation: Explanation) -> str:
    course = explanation.course
    if course is None or course.clears_at is not None:
        return "once"
    if course.grows:
        return "growing"
    return "from the start" if course.onset is None else "stepping"


def _is_hardware(search: Search, explanation: Explanation) -> bool:
    return explanation.course is not None and search.is_hardware(explanation.course)


def _starts(search: Search, explanation: Explanation, longest: float) -> list[Fit]:
    """Fits from the screened size; of a fault of the start that fits badly, from other sizes that may reach as well."""
    course = explanation.course
    fits = [begin(search, explanation)]
    if course is None or not search.is_hardware(course) or course.onset is not None or course.grows:
        return fits
    if explanation.chi_square > 2.0 * search.freedom and course.fault.upper > course.fault.lower:
        sizes = size_grid(course.fault, _STARTS + 1)[1:]
        left = np.interp(sizes, explanation.screened_sizes, explanation.unreached)
        fits += [begin(search, explanation, float(s)) for s in sizes[left < longest]]
    return fits


def _best_starts(trials: Iterable[Fit]) -> list[Fit]:
    """Of several fits of one course, the one that got farthest."""
    best: dict[object, Fit] = {}
    for fit in trials:
        course = fit.explanation.course
        if course not in best or _reached(fit) > _reached(best[course]):
            best[course] = fit
    return list(best.values())


def _reached(fit: Fit) -> float:
    return fit.result.log_evidence if fit.result else -np.inf


def _ahead(search: Search, fits: Sequence[Fit], count: int) -> tuple[list[Fit], list[Fit]]:
    """Split fits into those that go on, the sound engine always among them, and the rest; all go on for 0."""
    if not count:
        return list(fits), []
    order = sorted(fits, key=lambda f: -_reached(f))
    best = order[0].outcome
    behind = _BEHIND + max(best.chi_square - search.freedom, 0.0)
    ahead: list[Fit] = []
    rest: list[Fit] = []
    for rank, fit in enumerate(order):
        near = rank < count and _reached(fit) > best.log_evidence - behind
        (ahead if near or fit.explanation.course is None else rest).append(fit)
    return ahead, rest


def _overlooked(search: Search, fits: Sequence[Fit], screened: Sequence[Explanation]) -> list[Explanation]:
    """Explanations not fitted yet that set in beside the best ones, or lead as screened."""
    fitted = {f.explanation.course for f in fits}
    losses = _losses(fits)
    best = max(f.outcome.log_evidence for f in fits)
    left = [e for e in screened if e.course not in fitted]
    beside = _beside(search, fits, left)
    leading = [
        e
        for e in left
        if e.log_evidence + losses.get(_name(e), losses[NOMINAL]) > best - _MARGIN and e not in beside
    ]
    leading.sort(key=lambda e: -e.log_evidence)
    return beside + leading[: max(_MOST_BESIDE - len(beside), 0)]


def _beside(search: Search, fits: Sequence[Fit], screened: Sequence[Explanation]) -> list[Explanation]:
    """Courses that set in one window earlier or later than the best fitted ones."""
    edges = search.forecaster.observation.edges
    width = float(edges[-1] - edges[0]) / (edges.size - 1)
    leaders = sorted((f.outcome for f in fits), key=lambda e: -e.log_evidence)[:_LEADERS]
    return [other for other in screened if any(_are_beside(other, leader, 1.2 * width) for leader in leaders)]


def _are_beside(a: Explanation, b: Explanation, width: float) -> bool:
    if a.course is None or b.course is None or a.course.onset is None or b.course.onset is None:
        return False
    alike = (a.course.name, a.course.grows, a.course.sign) == (b.course.name, b.course.grows, b.course.sign)
    return alike and abs(a.course.onset - b.course.onset) < width


def _losses(fits: Sequence[Fit]) -> dict[str, float]:
    """What the best fit of each fault lost against its screening; zero where it gained, in nats.

    What was not fitted is taken to lose as much as the sound engine: both were weighed too far from their best point.
    """
    best: dict[str, Fit] = {}
    for fit in fits:
        name = _name(fit.explanation)
        if name not in best or fit.outcome.log_evidence > best[name].outcome.log_evidence:
            best[name] = fit
    return {n: min(f.outcome.log_evidence - f.explanation.log_evidence, 0.0) for n, f in best.items()}
