"""Which explanations are fitted by themselves, and how far: all that may still turn out to be likely.

Screening is rough where the log is far from the sound engine: a true fault may lie hundreds of nats behind there. So
every fault that could catch up is fitted for a few steps, from several sizes; the likeliest are fitted to the end.
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
"""How far below the best an explanation may stay unfitted, in nats, when the log is near the sound engine."""
_COURSES = {"once": 1, "from the start": 1, "stepping": 2, "growing": 1}
"""Courses of a fault that are tried at first."""
_STARTS = 4
"""Sizes from which a fault of the start is fitted, where it is not clear which is right."""
_TRIAL, _FULL = 2, 5
"""Gauss-Newton steps of a trial, and of a fit to the end after it."""
_FINALISTS, _FINAL_MARGIN = 10, 20.0
"""Fits that are taken to the end at a time, and how far behind the best one they may be after the trial, in nats."""
_LEADERS = 3
"""Hypotheses whose other courses are fitted too, beside the best one in onset."""


def fit_likely(search: Search, screened: Sequence[Explanation]) -> list[Explanation]:
    """Fit what may be likely; other courses of a fitted fault lose what the fit lost against the screening."""
    hopes = _hopes(search, screened)
    trials = advance(search, [f for e in hopes for f in _starts(search, e)], _TRIAL)
    fits = _best_starts(trials)
    fits = _to_the_end(search, fits)
    tried = {f.explanation.course for f in fits}
    beside = [e for e in _beside(search, fits, screened) if e.course not in tried]
    fits += advance(search, [begin(search, e) for e in beside], _TRIAL + _FULL)
    fitted = {f.explanation.course for f in fits}
    losses = _losses(fits)
    rest = [
        replace(e, log_evidence=e.log_evidence + losses.get(_name(e), 0.0))
        for e in screened
        if e.course not in fitted
    ]
    return [f.outcome for f in fits] + rest


def _name(explanation: Explanation) -> str:
    return explanation.course.name if explanation.course else NOMINAL


def _hopes(search: Search, screened: Sequence[Explanation]) -> list[Explanation]:
    """The best courses of each fault that a fit could bring near the best explanation.

    At most, a fit brings the misfit down to that of the explanation that fits best.
    """
    best = max(e.log_evidence for e in screened)
    least = min(search.freedom, *(e.chi_square for e in screened))
    taken: dict[tuple[str, str], int] = {}
    hopes = []
    for e in sorted(screened, key=lambda e: -e.log_evidence):
        kind = (_name(e), _kind(e))
        hope = e.log_evidence + 0.5 * (e.chi_square - least)
        taken[kind] = taken.get(kind, 0) + 1
        if e.course is None or (hope > best - _MARGIN and taken[kind] <= _COURSES[kind[1]]):
            hopes.append(e)
    return hopes


def _kind(explanation: Explanation) -> str:
    course = explanation.course
    if course is None or course.clears_at is not None:
        return "once"
    if course.grows:
        return "growing"
    return "from the start" if course.onset is None else "stepping"


def _is_hardware(search: Search, explanation: Explanation) -> bool:
    return explanation.course is not None and search.is_hardware(explanation.course)


def _starts(search: Search, explanation: Explanation) -> list[Fit]:
    """Fits from the screened size; of a fault of the start that fits badly, from other sizes as well."""
    course = explanation.course
    fits = [begin(search, explanation)]
    if course is None or not search.is_hardware(course) or course.onset is not None or course.grows:
        return fits
    if explanation.chi_square > 2.0 * search.freedom and course.fault.upper > course.fault.lower:
        fits += [begin(search, explanation, float(s)) for s in size_grid(course.fault, _STARTS + 1)[1:]]
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


def _to_the_end(search: Search, fits: Sequence[Fit]) -> list[Fit]:
    """Take the sound engine and the likeliest faults to the end of their fits."""
    order = sorted(fits, key=lambda f: -_reached(f))
    best = _reached(order[0])
    chosen = [
        f
        for rank, f in enumerate(order)
        if f.explanation.course is None or (rank < _FINALISTS and _reached(f) > best - _FINAL_MARGIN)
    ]
    rest = [f for f in order if f not in chosen]
    return advance(search, chosen, _FULL) + rest


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
    """What the best fit of each fault lost against its screening; zero where it gained, in nats."""
    best: dict[str, Fit] = {}
    for fit in fits:
        name = _name(fit.explanation)
        if name not in best or fit.outcome.log_evidence > best[name].outcome.log_evidence:
            best[name] = fit
    return {n: min(f.outcome.log_evidence - f.explanation.log_evidence, 0.0) for n, f in best.items()}
