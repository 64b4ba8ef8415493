"""Two hardware faults at once, weighed where no single fault explains a log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.forecast import Case
from hotfire.physics.diagnosis.hypotheses import Course, hardware_faults, size_grid
from hotfire.physics.diagnosis.screening import clearing_courses

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.explanations import Explanation
    from hotfire.physics.diagnosis.search import Search

__all__ = ["weigh_pairs"]

_LEADERS = 6
_PARTNER_SIZES = 7
_SPREAD = (0.5, 0.8, 1.0, 1.2, 1.6)
"""Sizes of the leading fault, over the size that suits it best when alone."""


def weigh_pairs(search: Search, singles: Sequence[Explanation]) -> list[Explanation]:
    """Join each of the likeliest hardware faults with every other, sizes on a grid.

    Args:
        search: For the forecaster, the covariance and the point of linearisation.
        singles: Weighed single faults.

    Returns:
        One explanation a pair and time course.
    """
    faults = hardware_faults(search.forecaster)
    own_sizes = _leaders(singles, faults)
    leaders = list(own_sizes)
    clearing = {c.name: c.clears_at for c in clearing_courses(search)}
    partners = [(name, None) for name in faults] + list(clearing.items())
    cases: list[Case] = []
    pairs: list[tuple[Course, str, float | None]] = []
    for leader in leaders:
        for partner, clears_at in partners:
            if partner == leader.name or _opposed(leader.name, partner):
                continue
            pairs.append((leader, partner, clears_at))
            cleared = {} if clears_at is None else {partner: clears_at}
            cases += [
                Case(
                    search.at, {leader.name: float(a), partner: float(b)}, leader.onset, leader.grows, cleared
                )
                for a in own_sizes[leader]
                for b in size_grid(faults[partner], _PARTNER_SIZES)
            ]
    if not cases:
        return []
    means, good = search.forecaster.features(cases)
    found, start = [], 0
    for leader, partner, clears_at in pairs:
        own, other = own_sizes[leader], size_grid(faults[partner], _PARTNER_SIZES)
        rows = slice(start, start + own.size * other.size)
        start = rows.stop
        solved = good[rows]
        if solved.any():
            course = replace(leader, partner=partner, partner_clears_at=clears_at)
            found.append(_weigh(search, course, faults[partner], own, other, means[rows], solved))
    return found


def _leaders(singles: Sequence[Explanation], faults: dict[str, Fault]) -> dict[Course, np.ndarray]:
    """The best course of each of the likeliest hardware faults, with sizes about the best one, shape (5,)."""
    leaders: dict[Course, np.ndarray] = {}
    for e in sorted(singles, key=lambda e: e.chi_square):
        course = e.course
        if course is None or course.clears_at is not None or course.name not in faults:
            continue
        if course.name not in [c.name for c in leaders]:
            best = float(e.sizes[int(np.argmax(e.weights))])
            leaders[course] = np.clip(best * np.array(_SPREAD), course.fault.lower, course.fault.upper)
        if len(leaders) == _LEADERS:
            break
    return leaders


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
    course: Course,
    fault: Fault,
    own: np.ndarray,
    other: np.ndarray,
    means: np.ndarray,
    solved: np.ndarray,
) -> Explanation:
    """Average the likelihood over the grid of sizes, tolerances integrated out."""
    from hotfire.physics.diagnosis.explanations import Explanation

    grid = np.where(solved[:, None], means, search.means)
    misfit, log_volume, chi = search.misfits(course, grid)
    chi = np.where(solved, chi, np.inf)
    half = np.where(solved, misfit, -np.inf) - log_volume
    peak = float(half.max())
    weights = np.exp(half - peak)
    covered = np.log(own[-1] / own[0]) / np.log(course.fault.upper / course.fault.lower)
    share = float(np.log(min(max(covered, 0.05), 1.0)))
    evidence = (
        peak + float(np.log(weights.mean())) + share + search.log_prior(course) + float(np.log(fault.rate))
    )
    best = int(np.argmin(chi))
    by_own = weights.reshape(own.size, other.size).sum(axis=1)
    return Explanation(
        course,
        evidence,
        own,
        by_own / by_own.sum(),
        grid[best],
        float(chi[best]),
        float(other[best % other.size]),
    )
