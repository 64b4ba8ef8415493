"""Compiled functions against the declarations, evaluated with plain numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import solve_steady

_BY_FAULT = ("rates_by_fault", "outputs_by_fault")


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


@pytest.mark.parametrize("name", engine_names())
def test_slopes_of_solved_cases_are_those_of_solving_again(name: str) -> None:
    compiled = CompiledNetwork(load_engine(name).network)
    batch = nominal(compiled)
    z, _ = solve_steady(compiled, batch, tolerance=1e-12)
    names = {"outputs": compiled.output_names, "parameters": compiled.parameter_names}
    slopes = compiled.slopes(z, batch, **names)
    grown = [
        compiled.slopes(z, batch, **names, towards=unit[None]) for unit in np.eye(len(compiled.fault_names))
    ]
    faults = [np.stack([getattr(g, n)[0] for g in grown], axis=1)[None] for n in _BY_FAULT]
    for what, by_rates, by_outputs in (
        ("states", slopes.rates_by_state, slopes.outputs_by_state),
        ("parameters", slopes.rates_by_parameter, slopes.outputs_by_parameter),
        ("faults", *faults),
    ):
        values = getattr(batch, what)
        for i in range(values.shape[1]):
            size = abs(values[0, i]) or 1.0
            step = 1e-5 * size
            ends = []
            for sign in (1.0, -1.0):
                moved = values.copy()
                moved[0, i] += sign * step
                case = replace(batch, **{what: moved})
                ends.append(compiled.rates(solve_steady(compiled, case, z, tolerance=1e-12)[0], case))
            for k, found in enumerate((by_rates, by_outputs)):
                differences = (ends[0][k][0] - ends[1][k][0]) / (2 * step)
                scale = np.abs(ends[0][k][0]) / size + 1e-9
                assert found[0, :, i] / scale == pytest.approx(differences / scale, rel=1e-3, abs=1e-4), i
