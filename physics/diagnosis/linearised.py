"""Features of faulty and sound runs with their derivatives by tolerances and by the size of the fault.

All balances and tanks are differentiated along the run (implicit function theorem at each instant, `tangent.py` between
them), so one run a case is enough, however many tolerances there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch
from hotfire.physics.diagnosis.forecast import Case, Forecaster
from hotfire.physics.tangent import follow_departure
from hotfire.physics.trajectory import Run, Schedule, first_states

__all__ = ["Linearised", "linearise"]

_SMALL = 1e-6
"""Relative change of a parameter over which the states at the start are differenced."""


@dataclass(frozen=True, eq=False)
class Linearised:
    """Features of a case and how they change.

    Attributes:
        means: Features, shape (d,); NaN where the case has no solution.
        by_tolerance: Derivatives by all tolerance variables, those of sensors included, shape (d, m).
        by_size: Derivative by the size of the case's fault, shape (d,).
        beside: Features of the neighbours, shape (k, d).
    """

    means: FloatArray
    by_tolerance: FloatArray
    by_size: FloatArray
    beside: FloatArray


def linearise(forecaster: Forecaster, wanted: Sequence[tuple[Case, Sequence[Case]]]) -> list[Linearised]:
    """Linearise about several cases, each with neighbours that are run beside it, all in one batch."""
    cases = [case for own, neighbours in wanted for case in (own, *neighbours)]
    schedule, run = forecaster.run(cases)
    means = forecaster.means(forecaster.rows(run.outputs, schedule.like_end))
    means[~(run.solved & np.isfinite(means).all(axis=1))] = np.nan
    counts = [1 + len(neighbours) for _, neighbours in wanted]
    starts = np.cumsum([0, *counts[:-1]])
    physical, by_size = _derivatives(forecaster, [own for own, _ in wanted], schedule, run, starts)
    return [
        Linearised(
            means[start],
            np.concatenate([physical[i], forecaster.sensor_columns(means[start])], axis=1),
            by_size[i],
            means[start + 1 : start + count],
        )
        for i, (start, count) in enumerate(zip(starts, counts, strict=True))
    ]


def _derivatives(
    forecaster: Forecaster, cases: Sequence[Case], schedule: Schedule, run: Run, rows: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Derivatives of features by tolerance variables, shape (n, d, physical), and by the fault's size, (n, d)."""
    instants, n = forecaster.time.size, len(cases)
    imposed = [np.stack([schedule.at(k)[i][rows] for k in range(instants)]) for i in range(3)]
    flat = [a.reshape(instants * n, -1) for a in (run.states[:, rows], *imposed, run.unknowns[:, rows])]
    slopes = forecaster.compiled.slopes(flat[-1], Batch(*flat[:-1]))

    def along(array: FloatArray) -> FloatArray:
        return array.reshape(instants, n, *array.shape[1:])

    parameters = imposed[0]
    rates, outputs = (
        _by_cause(forecaster, along(by_parameter), along(by_fault), parameters, cases)
        for by_parameter, by_fault in (
            (slopes.rates_by_parameter, slopes.rates_by_fault),
            (slopes.outputs_by_parameter, slopes.outputs_by_fault),
        )
    )
    like_end = schedule.like_end[:, rows]
    first = _first_states_by_cause(forecaster, parameters[0])
    departures = follow_departure(forecaster.time, like_end, along(slopes.rates_by_state), rates, first)
    outputs = outputs + along(slopes.outputs_by_state) @ departures
    causes = outputs.shape[-1]
    as_runs = outputs.swapaxes(2, 3).reshape(instants, n * causes, -1)
    windows = forecaster.rows(as_runs, np.repeat(like_end, causes, axis=1), departure=True)
    features = forecaster.means(windows).reshape(n, causes, -1)
    return features[:, :-1].swapaxes(1, 2), features[:, -1]


def _by_cause(
    forecaster: Forecaster,
    by_parameter: FloatArray,
    by_fault: FloatArray,
    parameters: FloatArray,
    cases: Sequence[Case],
) -> FloatArray:
    """From parameters (T, n, q, p) and faults to causes: tolerance variables, then the size, (T, n, q, m + 1)."""
    names = list(forecaster.compiled.parameter_names)
    relative = by_parameter * parameters[:, :, None, :]
    chosen = [names.index(n) for n in forecaster.constant]
    widths = np.array([forecaster.compiled.network.tolerances[n] for n in forecaster.constant])
    parts = [relative[..., chosen] * widths]
    for name, amplitude in forecaster.wandering:
        own = relative[..., names.index(name)] * amplitude
        parts.append(own[..., None] * forecaster.hats[:, None, None, :])
    size = np.zeros((*by_fault.shape[:3], 1))
    for i, case in enumerate(cases):
        for fault in case.faults:
            column = by_fault[:, i, :, forecaster.compiled.fault_names.index(fault)]
            size[:, i, :, 0] += column * forecaster.course_of(case, fault)[:, None]
    return np.concatenate([*parts, size], axis=-1)


def _first_states_by_cause(forecaster: Forecaster, parameters: FloatArray) -> FloatArray:
    """Derivatives of the states at the start by the causes, shape (n, states, m + 1)."""
    compiled = forecaster.compiled
    names = list(compiled.parameter_names)
    derivatives = np.zeros((parameters.shape[0], len(compiled.state_names), forecaster.physical + 1))
    own = first_states(compiled, parameters)
    for i, name in enumerate(forecaster.constant):
        moved = parameters.copy()
        moved[:, names.index(name)] *= 1.0 + _SMALL
        change = (first_states(compiled, moved) - own) / _SMALL
        derivatives[:, :, i] = change * compiled.network.tolerances[name]
    return derivatives
