"""Many cases at once: the same solutions as one by one, and no time for what crawls."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.newton import newton
from hotfire.physics.properties import fluid
from hotfire.physics.steady import design_batch, solve_states, solve_steady


def far(compiled: CompiledNetwork, seed: int, n: int) -> Batch:
    """n engines with every figure but temperatures off by up to a fifth."""
    columns = [np.repeat(column, n, axis=0) for column in design_batch(compiled).columns()]
    warm = np.array([name.endswith("temperature") for name in compiled.parameter_names])
    loose = np.array([compiled.network.tolerances[name] > 0.0 for name in compiled.parameter_names])
    reach = np.where(warm, 0.03, np.where(loose, 0.2, 0.0))
    columns[1] = columns[1] * (1.0 + reach * np.random.default_rng(seed).uniform(-1, 1, columns[1].shape))
    return Batch(*columns)


@pytest.mark.parametrize("name", ["ox-rich-kerosene", "methane-expander-bleed"])
def test_far_cases_are_solved_together_as_alone(name: str) -> None:
    """Where the prediction fails a batch has neighbours, a single case has the branch: both lead to one solution."""
    compiled = CompiledNetwork(load_engine(name).network)
    cases = far(compiled, 7, 160)
    together, solved = solve_steady(compiled, cases)
    assert solved.all()
    alone = np.concatenate([solve_steady(compiled, cases.rows([i]))[0] for i in range(160)])
    assert np.abs(alone - together).max() < 1e-7
    everything = [compiled.unknowns(z, cases) for z in (alone, together)]
    assert everything[0] == pytest.approx(everything[1], rel=1e-6, abs=1e-6)


def test_a_case_without_a_solution_is_given_up_and_does_not_keep_the_others() -> None:
    def residuals(z: np.ndarray, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        counted.append(z.shape[0])
        return z**2 - batch.parameters, 2.0 * z[:, :, None]

    def values(z: np.ndarray, batch: Batch) -> np.ndarray:
        return residuals(z, batch)[0]

    counted: list[int] = []
    none = np.zeros((2, 0))
    batch = Batch(none, np.array([[4.0], [-1.0]]), none, none)
    z = np.array([[1.0], [1.0]])
    equations = SimpleNamespace(residuals=residuals, values=values)
    _, error = newton(equations, batch, z, np.ones(2, dtype=bool), 1e-8, 500)
    assert z[0, 0] == pytest.approx(2.0)
    assert error[0] <= 1e-8 < error[1]
    assert sum(counted) < 120


def test_an_engine_that_cannot_run_is_said_to_have_a_fold() -> None:
    compiled = CompiledNetwork(load_engine("rl10a-3-3a").network)
    cases = far(compiled, 7, 120)
    found = solve_states(compiled, cases)
    assert (found.solved | np.isfinite(found.fold)).all()
    speeds = [i for i, name in enumerate(compiled.torn) if name.endswith("speed")]
    running = found.z[found.solved][:, speeds] > 0.5
    assert running.mean() > 0.95


@pytest.mark.parametrize("name", ["LCH4", "LH2", "LOX"])
def test_the_dome_is_found_as_the_chart_finds_it(name: str) -> None:
    """Only cases in the dome are read as mixture: on either side of its ends the columns are the readings."""
    table, random = fluid(name), np.random.default_rng(4)
    pressure = np.exp(random.uniform(np.log(table.pressures[0]), np.log(0.9 * table.pressures[1]), 400))
    low, high = table.enthalpies
    enthalpy = low + (high - low) * random.uniform(0.0, 1.0, 400)
    values = table.columns(table.together)([enthalpy, pressure])[: len(table.together)]
    for value, quantity in zip(values, table.together, strict=True):
        assert value == pytest.approx(getattr(table, quantity)(enthalpy, pressure), rel=1e-9)
