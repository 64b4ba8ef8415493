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
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.tangent import follow_departure
from hotfire.physics.trajectory import Run, Schedule, first_states

__all__ = ["Linearised", "linearise", "linearise_run"]

_SLOWER = 1.3
"""Factor by which the time in which an engine settles is uncertain: it hangs on hardware, and on a fold nearby."""
_SMALL = 1e-6
"""Share of a parameter, and of the run, over which what is cheap is differenced."""


@dataclass(frozen=True, eq=False)
class Linearised:
    """Features of a case and how they change.

    Attributes:
        means: Features, shape (d,); NaN where the case has no solution.
        by_tolerance: Derivatives by all tolerance variables, those of sensors included, shape (d, m).
        by_sizes: Derivatives by the sizes of the case's faults, in their order, shape (d, faults).
        by_onset: Derivatives by their onsets, per second, shape (d, faults); zero where they are there from the start.
            Of faults that step in together the first has that of all.
        by_pace: What changes where the engine settles as much more slowly as is likely, shape (d, 1); no column where
            it follows at once.
    """

    means: FloatArray
    by_tolerance: FloatArray
    by_sizes: FloatArray
    by_onset: FloatArray
    by_pace: FloatArray

    @property
    def by_size(self) -> FloatArray:
        """Derivative by the size of the first fault, shape (d,); zero without one."""
        return self.by_sizes[:, 0]


def linearise(forecaster: Forecaster, cases: Sequence[Case]) -> list[Linearised]:
    """Linearise about several cases, in one batch of runs."""
    return linearise_run(forecaster, cases, *forecaster.run(cases))


def linearise_run(
    forecaster: Forecaster, cases: Sequence[Case], schedule: Schedule, run: Run
) -> list[Linearised]:
    """Linearise about cases that have been run."""
    read, onsets = run.outputs[..., forecaster.reading], forecaster.grid.steps_in(cases)
    means = forecaster.features_of(read, onsets)
    by_pace = np.zeros((*means.shape, 0))
    if forecaster.lag is not None:
        by_pace = (forecaster.features_of(read, onsets, slower=_SLOWER) - means)[..., None]
    means[~(run.solved & np.isfinite(means).all(axis=1))] = np.nan
    # Slopes are taken in one direction a row, so a case has a row for each of its faults.
    rows = [(i, fault) for i, case in enumerate(cases) for fault in case.faults or ("",)]
    derivatives = _derivatives(forecaster, cases, rows, schedule, run)
    return [
        _put_together(forecaster, own, derivatives[[r == i for r, _ in rows]], by_pace[i])
        for i, own in enumerate(means)
    ]


def _put_together(
    forecaster: Forecaster, means: FloatArray, by_cause: FloatArray, by_pace: FloatArray
) -> Linearised:
    """From features of a case and their derivatives in the direction of each of its faults, (faults, d, causes)."""
    by_tolerance = np.concatenate([by_cause[0, :, :-2], forecaster.stray_columns(means)], axis=1)
    return Linearised(means, by_tolerance, by_cause[..., -2].T, by_cause[..., -1].T, by_pace)


def _derivatives(
    forecaster: Forecaster,
    cases: Sequence[Case],
    rows: Sequence[tuple[int, str]],
    schedule: Schedule,
    run: Run,
) -> FloatArray:
    """Derivatives of features by tolerance variables, by a fault's size and by its onset, (rows, d, physical + 2).

    Args:
        forecaster: Of the cases.
        cases: That were run.
        rows: Number of the case, and the fault by whose size it is differentiated; "" for none.
        schedule: What is imposed on the cases.
        run: Of the cases.
    """
    instants, n = forecaster.grid.time.size, len(rows)
    owners = np.array([i for i, _ in rows])
    imposed = [np.stack([schedule.at(k)[i][owners] for k in range(instants)]) for i in range(3)]
    states, unknowns = run.states[:, owners], run.unknowns[:, owners]
    flat = [a.reshape(instants * n, -1) for a in (states, *imposed, unknowns)]
    towards, later = _faults_by_course(forecaster, cases, rows)
    slopes = forecaster.compiled.slopes(
        flat[-1],
        Batch(*flat[:-1]),
        outputs=forecaster.read,
        parameters=_uncertain(forecaster),
        towards=towards.reshape(instants * n, -1),
    )

    def along(array: FloatArray) -> FloatArray:
        return array.reshape(instants, n, *array.shape[1:])

    rates, outputs = (
        _by_cause(forecaster, along(by_parameter), along(by_fault), imposed[0], later)
        for by_parameter, by_fault in (
            (slopes.rates_by_parameter, slopes.rates_by_fault),
            (slopes.outputs_by_parameter, slopes.outputs_by_fault),
        )
    )
    first = _first_states_by_cause(forecaster, imposed[0][0], rates.shape[-1])
    onsets = forecaster.grid.steps_in(cases)[owners]
    own = _own_steps(forecaster, cases, rows)
    kicks = np.zeros((instants - 1, *first.shape))
    kicks[..., -1] = _kicks_by_onset(forecaster, own, run.rates[:, owners])
    departures = follow_departure(
        forecaster.grid.time,
        schedule.like_end[:, owners],
        along(slopes.rates_by_state),
        rates,
        first,
        kicks,
    )
    outputs = outputs + along(slopes.outputs_by_state) @ departures
    causes = outputs.shape[-1]
    as_runs = outputs.swapaxes(2, 3).reshape(instants, n * causes, -1)
    features = forecaster.features_of(as_runs, np.repeat(onsets, causes, axis=0), departure=True)
    features = features.reshape(n, causes, -1)
    features[:, -1] += _share_by_onset(
        forecaster, onsets, own, run.outputs[:, owners][..., forecaster.reading]
    )
    return features.swapaxes(1, 2)


def _own_steps(forecaster: Forecaster, cases: Sequence[Case], rows: Sequence[tuple[int, str]]) -> FloatArray:
    """Onset of the fault of each row in s, NaN where it does not step in or an earlier row of its case does there."""
    found, seen = np.full(len(rows), np.nan), set()
    for i, (owner, fault) in enumerate(rows):
        onset, grows = cases[owner].set_in(fault)
        step = forecaster.grid.step_of(onset, grows=grows)
        if step is not None and (owner, step) not in seen:
            seen.add((owner, step))
            found[i] = onset
    return found


def _kicks_by_onset(forecaster: Forecaster, onsets: FloatArray, rates: FloatArray) -> FloatArray:
    """What a later onset adds to the states in the step of the onset, per second, shape (T - 1, n, states).

    For a while longer the rates stay those of before.
    """
    kicks = np.zeros(rates[:-1].shape)
    for i in np.flatnonzero(np.isfinite(onsets)):
        k = int(np.searchsorted(forecaster.grid.time, onsets[i])) - 1
        turn = 0.0
        if k > 0:
            steps = np.diff(forecaster.grid.time)
            turn = (rates[k, i] - rates[k - 1, i]) * steps[k] / steps[k - 1]
        kicks[k, i] = rates[k, i] + turn - rates[k + 1, i]
    return kicks


def _share_by_onset(
    forecaster: Forecaster, onsets: FloatArray, own: FloatArray, read: FloatArray
) -> FloatArray:
    """How the features change as less of the window lies after a row's own onset, per second, shape (n, d)."""
    edges = forecaster.grid.edges
    shift = _SMALL * (edges[-1] - edges[0])
    at = np.clip(np.searchsorted(edges, own) - 1, 0, edges.size - 2)
    inside = np.clip(own, edges[at] + 2.0 * shift, edges[at + 1] - 2.0 * shift)
    onsets = onsets.reshape(own.size, -1)
    moves = (onsets == own[:, None]) & (own > edges[0])[:, None]
    later, earlier = (
        forecaster.features_of(read, np.where(moves, (inside + s * shift)[:, None], onsets))
        for s in (1.0, -1.0)
    )
    change: FloatArray = (later - earlier) / (2.0 * shift)
    return change


def _faults_by_course(
    forecaster: Forecaster, cases: Sequence[Case], rows: Sequence[tuple[int, str]]
) -> tuple[FloatArray, FloatArray]:
    """Direction in which a fault grows with its size, (T, n, faults), and how much less it is for a later onset.

    The second is for growing faults, as a change of the size per second, shape (T, n).
    """
    names = forecaster.compiled.fault_names
    towards = np.zeros((forecaster.grid.time.size, len(rows), len(names)))
    later = np.zeros(towards.shape[:2])
    for i, (owner, fault) in enumerate(rows):
        if not fault:
            continue
        case = cases[owner]
        course = forecaster.grid.course_of(case, fault)
        towards[:, i, names.index(fault)] = course
        onset, grows = case.set_in(fault)
        if grows:
            by_onset = _growth_by_onset(forecaster, onset)
            share = np.divide(by_onset, course, out=np.zeros_like(course), where=course > 0.0)
            later[:, i] = case.faults[fault] * share
    return towards, later


def _uncertain(forecaster: Forecaster) -> tuple[str, ...]:
    """Parameters that have a tolerance or wander."""
    return tuple(dict.fromkeys([*forecaster.constant, *(name for name, _ in forecaster.wandering)]))


def _by_cause(
    forecaster: Forecaster,
    by_parameter: FloatArray,
    by_fault: FloatArray,
    parameters: FloatArray,
    later: FloatArray,
) -> FloatArray:
    """From parameters (T, n, q, p) and faults (T, n, q) to tolerance variables, size and onset.

    Returns:
        Shape (T, n, q, physical + 2).
    """
    network = forecaster.compiled.network
    names = forecaster.compiled.parameter_names
    chosen = _uncertain(forecaster)
    relative = by_parameter * parameters[:, :, None, [names.index(n) for n in chosen]]
    widths = np.array([network.tolerances[n] for n in forecaster.constant])
    parts = [relative[..., [chosen.index(n) for n in forecaster.constant]] * widths]
    for name, amplitude in forecaster.wandering:
        own = relative[..., chosen.index(name)] * amplitude
        parts.append(own[..., None] * forecaster.hats[:, None, None, :])
    parts += [by_fault[..., None], (by_fault * later[..., None])[..., None]]
    return np.concatenate(parts, axis=-1)


def _growth_by_onset(forecaster: Forecaster, onset: float | None) -> FloatArray:
    """Derivative of the course of a growing fault by its onset, per second, shape (T,)."""
    start, last = onset or 0.0, forecaster.grid.time[-1]
    later: FloatArray = (forecaster.grid.time - last) / max(last - start, _SMALL) ** 2
    return np.where(forecaster.grid.time > start, later, 0.0)


def _first_states_by_cause(forecaster: Forecaster, parameters: FloatArray, causes: int) -> FloatArray:
    """Derivatives of the states at the start by the causes, shape (n, states, causes)."""
    compiled = forecaster.compiled
    names = list(compiled.parameter_names)
    derivatives = np.zeros((parameters.shape[0], len(compiled.state_names), causes))
    own = first_states(compiled, parameters)
    for i, name in enumerate(forecaster.constant):
        moved = parameters.copy()
        moved[:, names.index(name)] *= 1.0 + _SMALL
        change = (first_states(compiled, moved) - own) / _SMALL
        derivatives[:, :, i] = change * compiled.network.tolerances[name]
    return derivatives
