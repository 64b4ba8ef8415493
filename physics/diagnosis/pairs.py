"""Two hardware faults at once, weighed where no single fault explains a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.forecast import Case
from hotfire.physics.diagnosis.hypotheses import Course, hardware_faults, size_grid

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Explanation, Search

__all__ = ["weigh_pairs"]

_LEADERS = 6
_OWN_SIZES, _PARTNER_SIZES = 5, 5


def weigh_pairs(search: Search, singles: Sequence[Explanation]) -> list[Explanation]:
    """Join each of the likeliest hardware faults with every other, sizes on a grid.

    Args:
        search: For the forecaster, the covariance and the point of linearisation.
        singles: Weighed single faults.

    Returns:
        One explanation a pair and time course.
    """
    faults = hardware_faults(search.forecaster)
    leaders = _leaders(singles, faults)
    cases, pairs = [], []
    for leader in leaders:
        for partner, fault in faults.items():
            if partner.split(".")[0] == leader.name.split(".")[0] and _opposed(leader.name, partner):
                continue
            pairs.append((leader, partner))
            cases += [
                Case(search.at, {leader.name: float(a), partner: float(b)}, leader.onset, leader.grows)
                for a in size_grid(leader.fault, _OWN_SIZES)
                for b in size_grid(fault, _PARTNER_SIZES)
                if leader.name != partner
            ]
    pairs = [(leader, partner) for leader, partner in pairs if leader.name != partner]
    outputs, good = search.forecaster.outputs(cases)
    means = search.forecaster.means(outputs)
    found, start = [], 0
    for leader, partner in pairs:
        own, other = size_grid(leader.fault, _OWN_SIZES), size_grid(faults[partner], _PARTNER_SIZES)
        rows = slice(start, start + own.size * other.size)
        start = rows.stop
        solved = good[rows] & np.isfinite(means[rows]).all(axis=1)
        if solved.any():
            found.append(_weigh(search, leader, partner, faults[partner], own, other, means[rows], solved))
    return found


def _leaders(singles: Sequence[Explanation], faults: dict[str, Fault]) -> list[Course]:
    """The best course of each of the likeliest hardware faults."""
    leaders: list[Course] = []
    for e in sorted(singles, key=lambda e: e.chi_square):
        if e.course and e.course.name in faults and e.course.name not in [c.name for c in leaders]:
            leaders.append(e.course)
        if len(leaders) == _LEADERS:
            break
    return leaders


def _opposed(first: str, second: str) -> bool:
    """Say whether two modes of one component undo one another (too low and too high of the same thing)."""
    undo = ({"blockage", "erosion"}, {"throat_erosion", "throat_blockage"}, {"cold", "warm"},
            {"regulator_low", "regulator_high"}, {"overpressure", "underpressure"},
            {"regression_low", "regression_high"})
    return {first.split(".")[1], second.split(".")[1]} in undo


def _weigh(
    search: Search,
    leader: Course,
    partner: str,
    fault: Fault,
    own: np.ndarray,
    other: np.ndarray,
    means: np.ndarray,
    solved: np.ndarray,
) -> Explanation:
    """Average the likelihood over the grid of sizes, tolerances integrated out."""
    from hotfire.physics.diagnosis.search import Explanation

    course = Course(leader.name, leader.fault, leader.onset, leader.grows, partner=partner)
    grid = np.where(solved[:, None], means, search.means)
    misfit, log_volume, chi = search.misfits(course, grid)
    chi = np.where(solved, chi, np.inf)
    half = np.where(solved, misfit, -np.inf) - log_volume
    peak = float(half.max())
    weights = np.exp(half - peak)
    evidence = peak + float(np.log(weights.mean())) + search.log_prior(course) + float(np.log(fault.rate))
    best = int(np.argmin(chi))
    by_own = weights.reshape(own.size, other.size).sum(axis=1)
    return Explanation(
        course, evidence, own, by_own / by_own.sum(), grid[best], float(chi[best]), float(other[best % other.size])
    )
