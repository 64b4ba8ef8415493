"""Pairs of faults screened about the sound engine, their effects added.

Every course of every fault at a few sizes is a column, which may be scaled as far as its neighbouring sizes; the misfit
of two columns is a parabola in their two scales with bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.pair_columns import (
    Columns,
    doubtful_effects,
    may_stand_together,
    narrowness,
    rank,
    squares,
    whitening,
)
from hotfire.physics.diagnosis.screened_pair import ScreenedPair
from hotfire.physics.diagnosis.two_sizes import best_of_two

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["by_adding"]

_KEPT = 320
"""Pairs that are returned at most, and half as many of each block."""
_BLOCK = 256


def by_adding(search: Search, columns: Columns, best_single: Explanation) -> list[ScreenedPair]:
    """Screen all pairs about the sound engine, their effects added."""
    off = search.measured - (search.means - search.prior_shift)[search.used]
    whitener, volume = whitening(search, search.covariance + doubtful_effects(search, off))
    white = columns.effects[:, search.used] @ whitener.T
    residual = whitener @ off
    pull, square = white @ residual, squares(white)
    found: list[tuple[float, int, int, float, float, float]] = []
    chi = float(residual @ residual)
    scale = np.clip(pull / square, *columns.scales)
    alone = -0.5 * (chi - 2.0 * pull * scale + square * scale**2) + columns.shares
    alone += narrowness(scale * np.sqrt(square), columns.widths)
    over = best_single.log_evidence - max(float(alone.max()), -0.5 * chi + search.log_share(None))
    for start in range(0, len(columns.courses), _BLOCK):
        rows = slice(start, start + _BLOCK)
        allowed = may_stand_together(columns, rows)
        i, j = np.nonzero(allowed)
        if not i.size:
            continue
        i += start
        across = (white[rows] @ white.T)[allowed]
        best, gain = best_of_two(
            (square[i], across, square[j]),
            np.stack([pull[i], pull[j]]),
            columns.scales[:, i],
            columns.scales[:, j],
        )
        score = -0.5 * (chi - gain) - volume + columns.shares[i] + columns.shares[j]
        score += narrowness(best[0] * np.sqrt(square[i]), columns.widths[i])
        score += narrowness(best[1] * np.sqrt(square[j]), columns.widths[j])
        most = min(_KEPT // 2, score.size)
        top = np.argpartition(-score, most - 1)[:most]
        x, y = best
        found += [
            (float(score[k]), int(i[k]), int(j[k]), float(x[k]), float(y[k]), chi - float(gain[k]))
            for k in top
        ]
    found.sort(key=lambda f: -f[0])
    return [_paired(search, columns, over + volume, *f) for f in found[:_KEPT]]


def _paired(
    search: Search,
    columns: Columns,
    over: float,
    score: float,
    i: int,
    j: int,
    x: float,
    y: float,
    chi_square: float,
) -> ScreenedPair:
    """Put a pair together."""
    if _follows(search, columns, i, j):
        i, j, x, y = j, i, y, x
    a, b = columns.courses[i], columns.courses[j]
    effect = x * columns.effects[i] + y * columns.effects[j]
    course = a.beside([b])
    score += search.log_share(course) - columns.shares[i] - columns.shares[j]
    sizes = tuple(
        float(np.clip(columns.sizes[k] * s, c.fault.lower, c.fault.upper))
        for k, s, c in ((i, x, a), (j, y, b))
    )
    return ScreenedPair(score, score + over, course, (sizes[0], sizes[1]), effect, chi_square)


def _follows(search: Search, columns: Columns, i: int, j: int) -> bool:
    """Whether the second of two columns leads: components before sensors, what sets in before what was there."""
    return rank(search, columns.courses[j]) > rank(search, columns.courses[i])
