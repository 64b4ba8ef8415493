"""Small departures from a run: how they grow and fade through the tanks and grains that they drain.

With states s' = r(s, c) and small changes of what is imposed, the departure d of the states obeys d' = A d + b(t),
A = dr/ds along the run. The trapezoidal rule that the run itself is corrected with carries it from instant to instant.
"""

from __future__ import annotations

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["follow_departure"]


def follow_departure(
    time: FloatArray,
    like_end: FloatArray,
    by_state: FloatArray,
    forcing: FloatArray,
    first: FloatArray,
    kicks: FloatArray | None = None,
) -> FloatArray:
    """Carry departures of the states along n runs.

    Args:
        time: Instants in s, shape (T,).
        like_end: Share of each step that passes as its end does, shape (T - 1, n).
        by_state: Derivatives of the rates by the states, shape (T, n, states, states).
        forcing: Change of the rates at unchanged states, for m causes, shape (T, n, states, m).
        first: Departures at the first instant, shape (n, states, m).
        kicks: What is added to the departures in each step at once, shape (T - 1, n, states, m).

    Returns:
        Departures, shape (T, n, states, m).
    """
    departures = np.empty(forcing.shape)
    departures[0] = first
    unit = np.eye(by_state.shape[-1])
    for k, step in enumerate(np.diff(time)):
        after = like_end[k][:, None, None]
        rate = by_state[k] @ departures[k] + forcing[k]
        known = departures[k] + step * ((1.0 - after) * rate + after * forcing[k + 1])
        if kicks is not None:
            known = known + kicks[k]
        departures[k + 1] = np.linalg.solve(unit - step * after * by_state[k + 1], known)
    return departures
