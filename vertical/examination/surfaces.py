"""How near a point comes to what a hypothesis can show: a path over its sizes, or a surface over sizes and onsets."""

from __future__ import annotations

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.two_sizes import best_of_two

__all__ = ["nearest"]

_STEPS = 4
"""Gauss-Newton steps within a cell between four nodes."""
_GAIN = 1e-3
"""Least that the cells about a place must come nearer for those about the new place to be tried."""
_NEAR, _SHARE = 15.0, 0.5
"""How near its lines must come for the surface to be searched: so far, or this share of the point's distance from the
origin."""
_STARTS = 3


def nearest(point: FloatArray, surface: FloatArray) -> tuple[float, float, float]:
    """Least distance of a point from a surface that is bilinear between its nodes, and where.

    Steps of Gauss and Newton go from cell to cell, from the nearest points of the lines that join the nodes.

    Args:
        point: Shape (d,).
        surface: Its nodes, shape (m, n, d); infinite where there is none.

    Returns:
        The distance, the place along the m and along the n nodes; whole numbers stand for nodes.
    """
    away = surface - point
    lines = [*_along(away), *((d, place[::-1]) for d, place in _along(away.swapaxes(0, 1)))]
    lines.sort(key=lambda found: found[0])
    least, place = lines[0]
    if min(away.shape[:2]) > 1 and least <= max(_NEAR, _SHARE * float(np.linalg.norm(point))):
        least, place = min((_descended(away, *line) for line in lines[:_STARTS]), key=lambda found: found[0])
    return least, float(place[0]), float(place[1])


def _descended(away: FloatArray, least: float, place: FloatArray) -> tuple[float, FloatArray]:
    """Go from a place to the nearest one of the cells about it, as long as that is nearer."""
    while True:
        trials = [_within(away, cell, place) for cell in _cells(away, place)]
        found, trial = min(trials, key=lambda t: t[0])
        if not found < least - _GAIN:
            return least, place
        least, place = found, trial


def _cells(away: FloatArray, place: FloatArray) -> list[FloatArray]:
    """First corners of the cells that a place is in or at the edge of."""
    last = np.array(away.shape[:2]) - 2
    first, second = (sorted({int(np.ceil(x)) - 1, int(np.floor(x))}) for x in place)
    return [np.array([i, j]) for i in first for j in second if 0 <= i <= last[0] and 0 <= j <= last[1]]


def _within(away: FloatArray, cell: FloatArray, place: FloatArray) -> tuple[float, FloatArray]:
    """Nearest place of a cell, from one in it or at its edge."""
    here, slopes = _bilinear(away, cell, place)
    least = float(np.linalg.norm(here))
    for _ in range(_STEPS):
        if not np.isfinite(slopes).all():
            break
        gram, box = slopes @ slopes.T, np.stack([cell - place, cell + 1.0 - place])
        step, _ = best_of_two((gram[0, 0], gram[0, 1], gram[1, 1]), -(slopes @ here), box[:, 0], box[:, 1])
        trial = np.clip(place + step, cell, cell + 1.0)
        moved, turned = _bilinear(away, cell, trial)
        found = float(np.linalg.norm(moved))
        if not found < least - 0.1 * _GAIN:
            break
        least, place, here, slopes = found, trial, moved, turned
    return least, place


def _along(away: FloatArray) -> list[tuple[float, FloatArray]]:
    """Least length on the straight lines along the second axis, and its place, for each row."""
    ends = np.sqrt((away**2).sum(axis=-1))
    columns = np.argmin(ends, axis=1)
    found = [(float(ends[row, c]), np.array([float(row), float(c)])) for row, c in enumerate(columns)]
    if away.shape[1] == 1:
        return found
    with np.errstate(invalid="ignore"):
        steps = np.diff(away, axis=1)
        length = np.maximum((steps**2).sum(axis=-1), 1e-300)
        share = np.clip(-(away[:, :-1] * steps).sum(axis=-1) / length, 0.0, 1.0)
        between = np.sqrt(((away[:, :-1] + share[..., None] * steps) ** 2).sum(axis=-1))
    between = np.where(np.isfinite(between), between, np.inf)
    columns = np.argmin(between, axis=1)
    lines = [
        (float(between[row, c]), np.array([float(row), c + float(share[row, c])]))
        for row, c in enumerate(columns)
    ]
    return [min(pair, key=lambda one: one[0]) for pair in zip(found, lines, strict=True)]


def _bilinear(nodes: FloatArray, cell: FloatArray, place: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value at a place in a cell, shape (d,), and its derivatives along both axes, shape (2, d)."""
    (u, v), (i, j) = place - cell, cell
    a, b, c, d = nodes[i, j], nodes[i, j + 1], nodes[i + 1, j], nodes[i + 1, j + 1]
    with np.errstate(invalid="ignore"):
        value = (1 - u) * ((1 - v) * a + v * b) + u * ((1 - v) * c + v * d)
        slopes = np.stack([(1 - v) * (c - a) + v * (d - b), (1 - u) * (b - a) + u * (d - c)])
    return value, slopes
