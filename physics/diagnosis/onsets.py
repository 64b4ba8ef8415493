"""What faults that set in during the run do to the features, without running the model for every onset.

At each instant the flows are solved with the fault but with the tanks as the sound engine left them: the effect at
once. From the onset on, the tanks stray from the sound course; how far is taken linear about each faulty point. An
engine that hardly changes during the run is solved at its first and last instant; between them all is straight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.steady import solve_steady
from hotfire.physics.tangent import follow_departure
from hotfire.physics.trajectory import Run

__all__ = ["features_by_onset", "stands_still"]

_TOLERANCE, _PATIENCE = 1e-6, 12
_STILL = 0.005
"""Largest change of a scaled unknown during a run of an engine that hardly changes."""


def stands_still(forecaster: Forecaster, tolerances: FloatArray) -> bool:
    """Say whether the sound engine hardly changes from its first to its last instant."""
    return _hardly_changes(forecaster.run([Case(tolerances)])[1])


def _hardly_changes(sound: Run) -> bool:
    return bool(np.ptp(sound.unknowns[:, 0], axis=0).max(initial=0.0) < _STILL)


def features_by_onset(
    forecaster: Forecaster,
    tolerances: FloatArray,
    faults: Sequence[tuple[str, FloatArray]],
    courses: Sequence[tuple[float | None, bool]],
) -> list[FloatArray]:
    """Forecast the features for every fault with every course.

    Args:
        forecaster: Of the engine and the observation.
        tolerances: Tolerance variables, shape (m,).
        faults: Names, and sizes in rising order, shape (n,) each.
        courses: Onset in s after the valves opened (None: there before), and whether the fault grows from there on, k.

    Returns:
        Features of each fault, shape (n, k, d); NaN where there is no solution.
    """
    each = [(name, float(size)) for name, sizes in faults for size in sizes]
    n, k = len(each), len(courses)
    schedule, sound = forecaster.run([Case(tolerances)])
    instants = forecaster.grid.time.size
    nodes = np.array([0, instants - 1]) if _hardly_changes(sound) else np.arange(instants)
    parts = [np.stack([schedule.at(i)[j][0] for i in nodes]) for j in range(3)]
    parts = [np.repeat(a[:, None], n + 1, axis=1) for a in (sound.states[nodes, 0], *parts)]
    names = forecaster.compiled.fault_names
    for i, (name, size) in enumerate(each):
        parts[2][:, i, names.index(name)] = size
    flat = [a.reshape(nodes.size * (n + 1), -1) for a in parts]
    batch = Batch(*flat)
    guess = np.repeat(sound.unknowns[nodes], n + 1, axis=1).reshape(nodes.size * (n + 1), -1)
    if nodes.size == instants:
        z, solved = _solved(forecaster, batch, guess)
    else:
        # The last instant from the first: it is nearly the same, and of no use without the first.
        first, there = _solved(forecaster, batch.rows(slice(0, n + 1)), guess[: n + 1])
        last, still_there = _solved(forecaster, batch.rows(slice(n + 1, None)), first, there)
        z, solved = np.concatenate([first, last]), np.concatenate([there, still_there])
    rates, outputs = forecaster.compiled.rates(z, batch)
    outputs = outputs[:, forecaster.reading]
    slopes = forecaster.compiled.slopes(z, batch, outputs=forecaster.read)
    forecaster.solves += batch.states.shape[0]

    def shaped(array: FloatArray) -> FloatArray:
        array[~solved] = np.nan
        at_nodes = array.reshape(nodes.size, n + 1, *array.shape[1:])
        return at_nodes if nodes.size == instants else _between_ends(at_nodes, forecaster.grid.time)

    rates, outputs = shaped(rates), shaped(outputs)
    by_state, outputs_by_state = shaped(slopes.rates_by_state), shaped(slopes.outputs_by_state)
    steps_in = np.repeat(forecaster.grid.steps_in([Case(None, {}, *course) for course in courses]), n)
    share = np.stack([forecaster.grid.profile(onset, grows=grows) for onset, grows in courses], axis=1)
    below, above, part = _between_sizes([sizes for _, sizes in faults], share)
    at = np.arange(instants)[:, None, None]

    def in_course(array: FloatArray) -> FloatArray:
        """From values at the sizes to values on the courses, shape (T, k n, ...), straight between sizes."""
        fraction = part.reshape(*part.shape, *(1,) * (array.ndim - 2))
        low = array[at, below]
        value = np.where(fraction > 0.0, low + fraction * (array[at, above] - low), low)
        in_order: FloatArray = value.reshape(instants, k * n, *array.shape[2:])
        return in_order

    forcing = in_course(rates) - rates[:, n:]
    first = np.zeros((k * n, rates.shape[2], 1))
    departures = follow_departure(
        forecaster.grid.time,
        forecaster.grid.like_end(steps_in),
        in_course(by_state),
        forcing[..., None],
        first,
    )
    results = in_course(outputs) + (in_course(outputs_by_state) @ departures)[..., 0]
    features = forecaster.features_of(results, steps_in).reshape(k, n, -1).swapaxes(0, 1)
    return np.split(features, np.cumsum([sizes.size for _, sizes in faults])[:-1])


def _solved(
    forecaster: Forecaster, batch: Batch, guess: FloatArray, active: np.ndarray | None = None
) -> tuple[FloatArray, np.ndarray]:
    return solve_steady(
        forecaster.compiled,
        batch,
        guess,
        tolerance=_TOLERANCE,
        strict=False,
        iterations=_PATIENCE,
        active=active,
    )


def _between_ends(ends: FloatArray, time: FloatArray) -> FloatArray:
    """From values at the first and the last instant, shape (2, ...), to all instants, shape (T, ...)."""
    share = ((time - time[0]) / (time[-1] - time[0])).reshape(-1, *(1,) * (ends.ndim - 1))
    return np.asarray(ends[:1] + share * (ends[1:] - ends[:1]))


def _between_sizes(
    grids: Sequence[FloatArray], share: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rows of the neighbouring sizes of a share of each size, and the place between them, each (T, k, n).

    The last row, after all sizes, is the sound engine.
    """
    sound = sum(g.size for g in grids)
    below, above, parts, start = [], [], [], 0
    for grid in grids:
        nodes = np.concatenate([[0.0], grid])
        rows = np.concatenate([[sound], start + np.arange(grid.size)])
        wanted = share[:, :, None] * grid
        upper = np.clip(np.searchsorted(nodes, wanted * (1.0 + 1e-12), side="right"), 1, grid.size)
        low, high = nodes[upper - 1], nodes[upper]
        part = np.clip((wanted - low) / (high - low), 0.0, 1.0)
        below.append(np.where(part == 1.0, rows[upper], rows[upper - 1]))
        above.append(rows[upper])
        parts.append(np.where(part == 1.0, 0.0, part))
        start += grid.size
    return np.concatenate(below, axis=2), np.concatenate(above, axis=2), np.concatenate(parts, axis=2)
