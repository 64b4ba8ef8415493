"""What an explanation leaves of the features: in all, and of each sensor given what the others read.

A wrong explanation may leave no more in all than chance would, since many features say nothing of it; what it leaves
gathers in a few sensors, as a level or a change. For each sensor a level, a step in any window and a ramp are taken off
as well as they go (the measurement test of data reconciliation: Mah and Tamhane, AIChE Journal 28 (1982) 828).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.about import about
from hotfire.physics.diagnosis.doubt import doubt_columns
from hotfire.physics.diagnosis.hypotheses import Course
from hotfire.physics.diagnosis.linearised import linearise
from hotfire.physics.diagnosis.refit import Fit, case_of

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["Leftover", "left_by_fit", "left_by_screening"]

_FREE = 1.0
"""Standard deviation of the coordinate of the size about a fit, so that its last step is not held against it."""
_SILENT = 1e-9
"""Least information about a departure, over that of the sensor's best known one, with which it is judged."""


@dataclass(frozen=True, eq=False)
class Leftover:
    """Misfits of one explanation.

    Attributes:
        chi_square: Of all used features.
        freedom: Number of used features.
        by_sensor: Largest square of a departure of each sensor in standard deviations, given what the others read,
            shape (S,).
    """

    chi_square: float
    freedom: int
    by_sensor: FloatArray


def left_by_screening(search: Search, course: Course | None, means: FloatArray) -> Leftover:
    """Judge features forecast with the tolerances of the search's point, shape (d,)."""
    shape = search.forecaster.observation.means.shape
    hardware = course is not None and search.is_hardware(course)
    change = (means - search.means).reshape(shape)
    doubt = doubt_columns(search.forecaster.observation.edges, course, change, hardware=hardware)[search.used]
    off = search.measured - (means - search.prior_shift)[search.used]
    return _judged(search, off, search.covariance + doubt @ doubt.T)


def left_by_fit(search: Search, fit: Fit) -> Leftover | None:
    """Judge a fit about its best point, by one more run of the model; None where it has none."""
    if fit.kept is None:
        return None
    linearised = linearise(search.forecaster, [case_of(search, fit, fit.kept)])[0]
    if not np.isfinite(linearised.means).all():
        return None
    here = about(search, fit.explanation.courses, fit.kept, linearised)
    free = np.concatenate([here.physical, _FREE * here.slopes], axis=1)[search.used]
    off = search.measured - here.prior_means[search.used]
    return _judged(search, off, here.around + free @ free.T)


def _judged(search: Search, off: FloatArray, covariance: FloatArray) -> Leftover:
    """Judge what is left of the used features, shape (used,), with its covariance."""
    shapes = _shapes(search)[..., search.used]
    flat = shapes.reshape(-1, off.size)
    solved = np.linalg.solve(covariance, np.concatenate([flat, off[None]]).T)
    pull = (flat @ solved[:, -1]).reshape(shapes.shape[0], -1)
    known = np.einsum("if,fi->i", flat, solved[:, :-1]).reshape(pull.shape)
    least = _SILENT * known.max(axis=1, keepdims=True)
    squares = np.where(known > least, pull**2 / np.maximum(known, 1e-300), 0.0)
    return Leftover(float(off @ solved[:, -1]), off.size, squares.max(axis=1))


def _shapes(search: Search) -> FloatArray:
    """A level, steps at each edge and a ramp of each sensor, features last, shape (S, courses, d)."""
    rows, count = search.forecaster.observation.means.shape
    windows = np.arange(rows)
    courses = np.stack([windows >= k for k in range(1, rows)] + [windows / (rows - 1.0)]).astype(float)
    alone = np.einsum("ck,st->sckt", courses, np.eye(count))
    return np.asarray(alone.reshape(count, courses.shape[0], -1))
