"""Runs on the windows' own grid, their derivatives, and later onsets, against finer runs and differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.linearised import linearise
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.diagnosis.onsets import features_by_onset
from hotfire.physics.tangent import follow_departure

WINDOWS, FINER = 8, 20
FAULTS = {
    "demo-engine": {
        "fuel_line.blockage": 0.3,
        "fuel_tank.pressurant_leak": 0.05,
        "chamber.efficiency_loss": 0.1,
    },
    "stanford-helios": {
        "fuel_injector.blockage": 0.2,
        "oxidizer_tank.vent_leak": 0.01,
        "oxidizer_line.blockage": 0.3,
    },
    "uvic-mule1": {"injector.blockage": 0.2, "feed_line.leak": 0.1, "chamber.regression_high": 0.2},
}
"""Faults with sizes that the engine survives."""


def forecaster(name: str, windows: int = WINDOWS, last: float = 3.5) -> Forecaster:
    engine = load_engine(name)
    sensors = tuple(engine.sensors.values())
    edges = np.linspace(0.75, last, windows + 1)
    nothing = np.zeros((windows + 1, len(sensors)))
    found = Forecaster(CompiledNetwork(engine.network), Observation(sensors, edges, nothing, nothing, {}))
    found.discrepancy = 1e-3  # errors are told in thousandths of a reading, whatever the diagnosis allows
    return found


def windows_of(coarse: Forecaster, case: Case) -> np.ndarray:
    return coarse.features([case])[0].reshape(coarse.observation.means.shape)[1:]


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("onset", [None, 1.85, 2.06])
def test_window_means_of_a_coarse_run_are_those_of_a_fine_one(name: str, onset: float | None) -> None:
    coarse, fine = forecaster(name), forecaster(name, WINDOWS * FINER)
    for fault, size in FAULTS[name].items():
        case = Case(None, {fault: size}, onset)
        exact = windows_of(fine, case).reshape(WINDOWS, FINER, -1).mean(axis=1)
        error = np.abs(windows_of(coarse, case) - exact) / np.maximum(np.abs(exact), 1e-9)
        assert np.sqrt((error**2).mean()) < 1e-3, fault


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("onset", [None, 1.85])
def test_derivatives_along_a_run_are_those_of_running_again(name: str, onset: float | None) -> None:
    runner = forecaster(name)
    fault, size = next(iter(FAULTS[name].items()))
    at = 0.3 * np.random.default_rng(7).normal(size=runner.physical)
    case = Case(at, {fault: size}, onset)
    found = linearise(runner, [case])[0]
    scatter = runner.scatter(found.means)

    def by(above: Case, below: Case, step: float) -> np.ndarray:
        ends = runner.features([above, below])[0]
        return (ends[0] - ends[1]) / (2.0 * step) / scatter

    step = 0.03
    for i, unit in enumerate(np.eye(runner.physical)):
        moved = (replace(case, tolerances=at + s * step * unit) for s in (1.0, -1.0))
        differences = by(*moved, step)
        error = np.linalg.norm(found.by_tolerance[:, i] / scatter - differences)
        assert error < 0.02 * np.linalg.norm(differences) + 0.03, i
    if onset is not None:
        for grows in (False, True):
            own = replace(case, grows=grows)
            differences = by(*(replace(own, onset=onset + s * 0.02) for s in (1.0, -1.0)), 0.02)
            error = np.linalg.norm(linearise(runner, [own])[0].by_onset[:, 0] / scatter - differences)
            assert error < (0.15 if grows else 0.05) * np.linalg.norm(differences) + 0.05, grows
    sizes = (replace(case, faults={fault: size + s * 1e-3}) for s in (1.0, -1.0))
    differences = by(*sizes, 1e-3)
    assert np.linalg.norm(found.by_size / scatter - differences) < 0.02 * np.linalg.norm(differences)


@pytest.mark.parametrize("name", FAULTS)
def test_onsets_at_once_are_those_of_running_each(name: str) -> None:
    runner = forecaster(name)
    nothing = np.zeros(runner.physical)
    courses = [(1.85, False), (2.84, False), (1.85, True)]
    faults = [(fault, size * np.array([0.25, 0.5, 1.0])) for fault, size in FAULTS[name].items()]
    found = features_by_onset(runner, nothing, faults, courses)
    sound = runner.features([Case(nothing)])[0][0]
    scatter = runner.scatter(sound)
    for (fault, sizes), features in zip(faults, found, strict=True):
        assert features.shape == (sizes.size, len(courses), sound.size)
        for i, size in enumerate(sizes):
            for j, (onset, grows) in enumerate(courses):
                run = runner.features([Case(nothing, {fault: float(size)}, onset, grows)])[0][0]
                error = np.linalg.norm((features[i, j] - run) / scatter)
                assert error < 0.1 * np.linalg.norm((run - sound) / scatter) + 0.05, (
                    fault,
                    size,
                    onset,
                    grows,
                )


def test_a_departure_decays_as_its_equation_says() -> None:
    time = np.linspace(0.0, 2.0, 201)
    rate = np.full((time.size, 1, 1, 1), -1.5)
    forcing = np.zeros((time.size, 1, 1, 2))
    forcing[:, 0, 0, 1] = 3.0
    first = np.array([[[1.0, 0.0]]])
    found = follow_departure(time, np.full((time.size - 1, 1), 0.5), rate, forcing, first)[:, 0, 0]
    assert found[:, 0] == pytest.approx(np.exp(-1.5 * time), rel=1e-4)
    assert found[:, 1] == pytest.approx(2.0 * (1.0 - np.exp(-1.5 * time)), rel=1e-3, abs=1e-4)


def test_no_tank_runs_dry_until_it_may() -> None:
    runner = forecaster("stanford-helios", last=5.0)
    cases = [Case(), Case(None, {"oxidizer_line.leak": 0.05})]
    supply = runner.compiled.output_names.index("oxidizer_tank.supply")
    outputs, solved = runner.outputs(cases)
    assert solved.all()
    assert outputs[:, -1, supply] == pytest.approx(1.0)
    runner.let_tanks_run_dry()
    outputs, solved = runner.outputs(cases)
    assert solved.all()
    assert outputs[0, -1, supply] > 0.95
    assert outputs[1, -1, supply] < 0.5
