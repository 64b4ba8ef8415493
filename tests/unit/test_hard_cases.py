"""Simulated tests that once led the diagnosis astray: collapsed runs, tanks that run dry, rough combustion."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from hotfire.diagnose import diagnose
from hotfire.diagnosis import Diagnosis
from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.trajectory import Schedule, integrate
from hotfire.simulate import Plant, SimulatedFault


@cache
def plant(engine: str) -> Plant:
    return Plant(load_engine(engine))


def answer(engine: str, fault: SimulatedFault, seed: int) -> Diagnosis:
    return diagnose(plant(engine).run([fault], seed=seed), load_engine(engine), expert="symbolic")


@pytest.mark.parametrize("seed", [11, 12])
def test_a_run_that_collapses_with_its_valves_open_is_weighed_to_its_end(seed: int) -> None:
    found = answer("stanford-helios", SimulatedFault("oxidizer_injector.blockage", 0.88, 1.5), seed)
    assert found.verdict == "fault"
    assert found.hypotheses[0].faults[0].name == "oxidizer_injector.blockage"


@pytest.mark.parametrize("seed", [11, 12])
def test_a_true_fault_far_behind_in_the_screening_is_found(seed: int) -> None:
    found = answer("stanford-helios", SimulatedFault("fuel_tank.pressurant_leak", 0.18, 1.55), seed)
    assert "fuel_tank.pressurant_leak" in found.answer_set


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_rough_combustion_from_the_start_is_no_step_in_thrust(seed: int) -> None:
    found = answer("stanford-helios", SimulatedFault("chamber.unstable_combustion", 0.06, None), seed)
    assert not {"thrust.scale", "thrust.bias", "thrust.drift", "nozzle.expansion_loss"} & set(
        found.answer_set
    )


@pytest.mark.parametrize("sensor", ["thrust", "oxidizer_manifold_pressure"])
def test_a_sensor_that_becomes_noisy_beside_rough_combustion_is_named(sensor: str) -> None:
    found = answer("stanford-helios", SimulatedFault(f"{sensor}.noise", 8.0, 2.0), 14)
    assert (sensor, "noise") in {(f.component, f.mode) for f in found.sensor_findings}


@pytest.mark.parametrize(("sensor", "onset"), [("chamber_pressure", None), ("thrust", 1.2)])
@pytest.mark.parametrize("seed", [15, 16])
def test_a_sensor_drowned_in_noise_accuses_no_hardware(sensor: str, onset: float | None, seed: int) -> None:
    found = answer("stanford-helios", SimulatedFault(f"{sensor}.noise", 50.0, onset), seed)
    assert found.verdict == "sensor_fault"
    assert not found.hypotheses[0].faults
    assert {f.name for f in found.sensor_findings} == {f"{sensor}.noise"}


def test_nitrous_oxide_without_liquid_loses_its_pressure() -> None:
    network = load_engine("stanford-helios").network
    compiled = CompiledNetwork(network)
    nominal = np.array(list(network.parameter_values.values()))[None, None]
    inputs = np.array(list(network.input_defaults.values()))[None, None]
    faults = np.zeros((1, 1, len(compiled.fault_names)))
    faults[..., compiled.fault_names.index("oxidizer_line.leak")] = 0.6
    time = np.linspace(0.0, 4.0, 81)
    run = integrate(compiled, Schedule(time, nominal, faults, inputs), strict=False)
    pressure = run.outputs[:, 0, compiled.output_names.index("oxidizer_tank.pressure")]
    mass = run.states[:, 0, compiled.state_names.index("oxidizer_tank.mass")]
    assert run.solved.all()
    assert (np.diff(mass) < 1e-3).all()
    assert (mass > 0.0).all()
    assert pressure[-1] < 3.0 * network.ambient_pressure


def test_a_load_is_cold_from_the_start_or_not_at_all() -> None:
    found = answer("stanford-helios", SimulatedFault("oxidizer_tank.cold", 0.3, None), 15)
    cold = [h for h in found.hypotheses if [f.name for f in h.faults] == ["oxidizer_tank.cold"]]
    assert cold
    assert cold[0].faults[0].onset is None
