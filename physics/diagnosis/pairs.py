"""Two hardware faults at once, weighed where no single fault explains a log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.about import effect_at
from hotfire.physics.diagnosis.doubt import doubt_columns
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.forecast import Case
from hotfire.physics.diagnosis.hypotheses import Course, hardware_faults, size_grid
from hotfire.physics.diagnosis.linearised import linearise
from hotfire.physics.diagnosis.screening import clearing_courses

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["weigh_pairs"]

_LEADERS = 6
_PARTNER_SIZES = 5
_SPREAD = (0.8, 1.0, 1.25)
"""Sizes of the leading fault, over the size that suits it best when alone."""


def weigh_pairs(search: Search, singles: Sequence[Explanation]) -> list[Explanation]:
    """Join each of the likeliest hardware faults with every other, sizes on a grid.

    Args:
        search: For the forecaster, the covariance and the point of linearisation.
        singles: Weighed single faults.

    Returns:
        One explanation a pair and time course.
    """
    return [pair for leader in _leaders(search, singles) for pair in _with_every_partner(search, leader)]


def _leaders(search: Search, singles: Sequence[Explanation]) -> list[Explanation]:
    """The best fitted course of each of the likeliest hardware faults."""
    leaders: dict[str, Explanation] = {}
    for e in sorted(singles, key=lambda e: -e.log_evidence):
        course = e.course
        if course is None or course.clears_at is not None or e.tolerances is None:
            continue
        if search.is_hardware(course) and len(leaders) < _LEADERS:
            leaders.setdefault(course.name, e)
    return list(leaders.values())


def _with_every_partner(search: Search, leader: Explanation) -> list[Explanation]:
    """Weigh one fault with each other one that sets in with it or was there at the start only."""
    course, faults = leader.course, hardware_faults(search.forecaster)
    assert course is not None
    own = np.clip(leader.best_size * np.array(_SPREAD), course.fault.lower, course.fault.upper)
    partners: list[tuple[str, float | None]] = [(name, None) for name in faults]
    partners += [(c.name, c.clears_at) for c in clearing_courses(search)]
    partners = [(n, t) for n, t in partners if n != course.name and not _opposed(course.name, n)]
    cases = [
        Case(
            leader.tolerances,
            {course.name: float(a), partner: float(b)},
            course.onset,
            course.grows,
            {} if clears_at is None else {partner: clears_at},
        )
        for partner, clears_at in partners
        for a in own
        for b in size_grid(faults[partner], _PARTNER_SIZES)
    ]
    about = _About(search, leader)
    means, good = search.forecaster.features(cases)
    found, start = [], 0
    for partner, clears_at in partners:
        other = size_grid(faults[partner], _PARTNER_SIZES)
        rows = slice(start, start + own.size * other.size)
        start = rows.stop
        if good[rows].any():
            joined = replace(course, partner=partner, partner_clears_at=clears_at)
            found.append(_weigh(search, about, joined, faults[partner], own, other, means[rows], good[rows]))
    return found


class _About:
    """Covariance of the features about one fault that has been fitted."""

    def __init__(self, search: Search, leader: Explanation) -> None:
        course = leader.course
        assert course is not None
        assert leader.tolerances is not None
        forecaster, used = search.forecaster, search.used
        case = Case(leader.tolerances, {course.name: leader.best_size}, course.onset, course.grows)
        point = linearise(forecaster, [case])[0]
        self.pulled = point.by_tolerance[:, : leader.tolerances.size] @ leader.tolerances
        change = effect_at(search, point, leader.tolerances, leader.best_size)
        doubt = doubt_columns(
            forecaster.observation.edges,
            course,
            change.reshape(forecaster.observation.means.shape),
            hardware=True,
        )
        stray = np.concatenate([point.by_tolerance, doubt], axis=1)[used]
        root = np.linalg.cholesky(stray @ stray.T + np.diag(search.scatter_variance(point.means)[used]))
        self.whitener = np.linalg.inv(root)
        self.log_volume = float(np.log(np.diag(root)).sum()) - search.log_volume

    def misfits(self, search: Search, means: np.ndarray) -> np.ndarray:
        """Chi-square of forecasts at the leader's tolerances, (n, d), tolerances integrated out, shape (n,)."""
        off = search.measured - (means - self.pulled)[:, search.used]
        chi: np.ndarray = ((off @ self.whitener.T) ** 2).sum(axis=1)
        return chi


def _opposed(first: str, second: str) -> bool:
    """Say whether two modes of one component undo one another (too low and too high of the same thing)."""
    if first.split(".", maxsplit=1)[0] != second.split(".", maxsplit=1)[0]:
        return False
    undo = (
        {"blockage", "erosion"},
        {"throat_erosion", "throat_blockage"},
        {"cold", "warm"},
        {"regulator_low", "regulator_high"},
        {"overpressure", "underpressure"},
        {"regression_low", "regression_high"},
    )
    return {first.split(".")[1], second.split(".")[1]} in undo


def _weigh(
    search: Search,
    about: _About,
    course: Course,
    fault: Fault,
    own: np.ndarray,
    other: np.ndarray,
    means: np.ndarray,
    solved: np.ndarray,
) -> Explanation:
    """Average the likelihood over the grid of sizes, tolerances integrated out."""
    grid = np.where(solved[:, None], means, search.means)
    chi = np.where(solved, about.misfits(search, grid), np.inf)
    peak = float(-0.5 * chi.min())
    weights = np.exp(-0.5 * chi - peak)
    covered = np.log(own[-1] / own[0]) / np.log(course.fault.upper / course.fault.lower)
    share = float(np.log(min(max(covered, 0.05), 1.0)))
    evidence = peak - about.log_volume + float(np.log(weights.mean())) + share
    best = int(np.argmin(chi))
    by_own = weights.reshape(own.size, other.size).sum(axis=1)
    return Explanation(
        course,
        evidence + search.log_prior(course) + float(np.log(search.prior_scale * fault.rate)),
        own,
        by_own / by_own.sum(),
        grid[best] - about.pulled + search.prior_shift,
        float(chi[best]),
        float(other[best % other.size]),
    )
