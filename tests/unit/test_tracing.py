"""Compiled functions against the declarations, evaluated with plain numbers."""

from __future__ import annotations

import numpy as np
import pytest

from hotfire.engine_file import engine_names, load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import solve_steady


def nominal(compiled: CompiledNetwork) -> Batch:
    network = compiled.network
    first = network.initial_states(network.parameter_values)
    return Batch(
        np.array([[first[s] for s in compiled.state_names]]),
        np.array([list(network.parameter_values.values())]),
        np.full((1, len(compiled.fault_names)), 0.01),
        np.array([list(network.input_defaults.values())]),
    )


@pytest.mark.parametrize("name", engine_names())
def test_the_jacobian_by_the_chain_rule_is_that_of_differences(name: str) -> None:
    compiled = CompiledNetwork(load_engine(name).network)
    batch = nominal(compiled)
    z, _ = solve_steady(compiled, batch)
    z = z * 1.01
    _, jacobian = compiled.residuals(z, batch)
    step = 1e-6
    for i in range(z.shape[1]):
        shift = np.zeros_like(z)
        shift[0, i] = step
        above, below = (compiled.residuals(z + s * shift, batch)[0] for s in (1.0, -1.0))
        assert (above - below)[0] / (2 * step) == pytest.approx(jacobian[0, :, i], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", engine_names())
def test_compiled_outputs_are_those_of_the_declarations(name: str) -> None:
    compiled = CompiledNetwork(load_engine(name).network)
    network, batch = compiled.network, nominal(compiled)
    z, _ = solve_steady(compiled, batch)
    values = dict(zip(network.unknowns, map(float, compiled.unknowns(z, batch)[0]), strict=True))
    for names, row in (
        (compiled.parameter_names, batch.parameters),
        (compiled.fault_names, batch.faults),
        (compiled.input_names, batch.inputs),
        (compiled.state_names, batch.states),
    ):
        values |= dict(zip(names, map(float, row[0]), strict=True))
    plain = network.evaluate(values | {"ambient_pressure": network.ambient_pressure})
    rates, outputs = compiled.rates(z, batch)
    assert outputs[0] == pytest.approx(list(plain.outputs.values()), rel=1e-7, abs=1e-9)
    assert rates[0] == pytest.approx([plain.derivatives[s] for s in compiled.state_names], rel=1e-7, abs=1e-9)


def test_faults_that_build_up_are_those_on_the_rate_of_a_state() -> None:
    found = CompiledNetwork(load_engine("stanford-helios").network).integrating_faults
    assert {"fuel_tank.pressurant_leak", "oxidizer_tank.vent_leak"} <= found
    assert "fuel_injector.blockage" not in found
