"""What is doubtful about the computed effect of a fault, as columns of a square root of a covariance."""

from __future__ import annotations

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.hypotheses import Course

__all__ = ["WITHIN_WINDOW", "doubt_columns"]

_SIGNATURE_ERROR = 0.02
"""Relative error of a hardware fault's computed effect on each sensor, the same in all windows: the model of a
damaged part is rougher than that of a sound one."""
WITHIN_WINDOW = 0.3
"""Standard deviation of the share of a window that lies after an onset somewhere in it (uniform: 1/sqrt(12))."""
_UNEVEN, _SPILL = 0.2, 0.03
"""The same, apart for each sensor, and in the window after: lags differ, and the step has a shape."""


def doubt_columns(
    edges: FloatArray,
    course: Course | None,
    change: FloatArray,
    *,
    hardware: bool,
    by_onset: FloatArray | None = None,
) -> FloatArray:
    """Return the columns that widen the covariance of the features, shape (d, r).

    Args:
        edges: Edges of the windows in s after the valves opened, shape (K + 1,).
        course: The fault; None for the sound engine.
        change: Effect of the fault at its best size, shape (K + 1, S).
        hardware: False for a fault of a sensor, whose effect is known exactly.
        by_onset: Derivative of the features by the onset per width of a window, shape (K + 1, S), where it is known;
            otherwise the effect is taken to be in proportion to the share of the window that is left.
    """
    rows, count = change.shape
    blocks = [np.zeros((rows, count, 0))]
    if course is not None and hardware:
        by_sensor = np.zeros((rows, count, count))
        by_sensor[:, np.arange(count), np.arange(count)] = _SIGNATURE_ERROR * change
        blocks.append(by_sensor)
    if by_onset is not None:
        blocks.append(WITHIN_WINDOW * by_onset[:, :, None])
    if course is not None and course.onset is not None and not course.grows:
        window = 1 + int(np.clip(np.searchsorted(edges, course.onset) - 1, 0, edges.size - 2))
        shift = np.zeros((rows, count, count + 1))
        shift[window, np.arange(count), np.arange(count)] = _UNEVEN * change[window]
        following = min(window + 1, rows - 1)
        shift[following, np.arange(count), np.arange(count)] += _SPILL * change[following]
        if by_onset is None:
            shift[window, :, count] = WITHIN_WINDOW * change[window]
        blocks.append(shift)
    columns: FloatArray = np.concatenate(blocks, axis=2).reshape(rows * count, -1)
    return columns
