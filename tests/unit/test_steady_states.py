"""Steady states: branches followed around folds, predictions, single against batch, and failures in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.continuation import follow
from hotfire.physics.newton import newton
from hotfire.physics.prediction import Sensitivity
from hotfire.physics.solution_failure import failure
from hotfire.physics.steady import SteadyStates, design_batch, solve_states, solve_steady

DEMO = CompiledNetwork(load_engine("demo-engine").network)
F1 = CompiledNetwork(load_engine("f-1").network)


def curve(value: Any, slope: Any) -> Any:
    """Stand in for an engine of one unknown z, one parameter p and the equation value(z) = p."""

    def residuals(z: np.ndarray, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        return value(z) - batch.parameters, slope(z)[:, :, None]

    def values(z: np.ndarray, batch: Batch) -> np.ndarray:
        return residuals(z, batch)[0]

    def held(batch: Batch) -> Any:
        return SimpleNamespace(
            values=lambda z: values(z[None], batch)[0],
            residuals=lambda z: tuple(part[0] for part in residuals(z[None], batch)),
        )

    return SimpleNamespace(residuals=residuals, values=values, held=held, torn=("z",))


def at(*parameters: float) -> Batch:
    n = len(parameters)
    none = np.zeros((n, 0))
    return Batch(none, np.array(parameters)[:, None], none, none)


PARABOLA = curve(lambda z: z**2, lambda z: 2.0 * z)


@settings(max_examples=30, deadline=None)
@given(st.floats(-3.0, -0.2))
def test_a_branch_that_turns_back_is_told_with_the_place(end: float) -> None:
    found = follow(PARABOLA, at(1.0), np.array([[1.0]]), at(end), 1e-9)
    assert not found.reached[0]
    assert found.closed[0]
    assert found.fold[0] == pytest.approx(1.0 / (1.0 - end), abs=0.05)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.02, 4.0))
def test_a_case_before_the_fold_is_reached(end: float) -> None:
    found = follow(PARABOLA, at(1.0), np.array([[1.0]]), at(end), 1e-9)
    assert found.reached[0]
    assert np.isnan(found.fold[0])
    assert found.z[0, 0] == pytest.approx(np.sqrt(end), rel=1e-6)


def test_a_branch_that_turns_twice_is_followed_to_the_case() -> None:
    cubic = curve(lambda z: z**3 - 3.0 * z, lambda z: 3.0 * z**2 - 3.0)
    found = follow(cubic, at(-18.0), np.array([[-3.0]]), at(18.0), 1e-9)
    assert found.reached[0]
    assert found.z[0, 0] == pytest.approx(3.0)
    assert found.fold[0] == pytest.approx(20.0 / 36.0, abs=0.05)


def test_a_corner_turns_a_branch_too() -> None:
    corner = curve(np.abs, lambda z: np.where(z >= 0.0, 1.0, -1.0))
    found = follow(corner, at(1.0), np.array([[1.0]]), at(-1.0), 1e-9)
    assert not found.reached[0]
    assert found.fold[0] == pytest.approx(0.5, abs=0.05)


def _perturbed(compiled: CompiledNetwork, seed: int, n: int, spread: float) -> Batch:
    design = design_batch(compiled)
    columns = [np.repeat(column, n, axis=0) for column in design.columns()]
    columns[1] = columns[1] * (1.0 + spread * np.random.default_rng(seed).uniform(-1, 1, columns[1].shape))
    return Batch(*columns)


@pytest.mark.parametrize("compiled", [DEMO, F1], ids=["demo-engine", "f-1"])
def test_one_case_is_solved_as_in_a_batch(compiled: CompiledNetwork) -> None:
    cases = _perturbed(compiled, 3, 6, 0.05)
    together, solved = solve_steady(compiled, cases)
    assert solved.all()
    alone = np.concatenate([solve_steady(compiled, cases.rows([i]))[0] for i in range(6)])
    assert alone == pytest.approx(together, rel=1e-6)


@pytest.mark.parametrize("compiled", [DEMO, F1], ids=["demo-engine", "f-1"])
def test_the_prediction_is_of_second_order(compiled: CompiledNetwork) -> None:
    design = design_batch(compiled)
    z, _ = solve_steady(compiled, design, tolerance=1e-11)
    sensitivity = Sensitivity.of(compiled, design, z)
    errors = []
    for spread in (0.1, 0.025):
        cases = _perturbed(compiled, 1, 8, spread)
        exact, _ = solve_steady(compiled, cases, tolerance=1e-11)
        errors.append(np.median(np.abs(sensitivity.predicted(cases) - exact).max(axis=1)))
    assert errors[0] < 0.1
    assert errors[1] < errors[0] / 10.0


@pytest.mark.parametrize("compiled", [DEMO, F1], ids=["demo-engine", "f-1"])
def test_what_solves_the_torn_equations_solves_them_all_with_laws_as_flows(compiled: CompiledNetwork) -> None:
    cases = _perturbed(compiled, 4, 40, 0.1)
    z, solved = solve_steady(compiled, cases, tolerance=1e-10)
    assert solved.all()
    scale = np.array([compiled.scale(name) for name in compiled.network.unknowns])
    residual, jacobian = compiled.whole.residuals(compiled.unknowns(z, cases) / scale, cases)
    assert np.abs(residual).max() < 1e-7
    assert np.abs(np.linalg.solve(jacobian, residual[..., None])).max() < 1e-6


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.3, 3.0), min_size=1, max_size=5))
def test_where_a_jacobian_no_longer_serves_it_is_made_anew(ends: list[float]) -> None:
    """The slope of z^2 + 40 max(z - 1, 0) jumps at 1: near the solution, the Jacobian from the other side misleads."""
    bent = curve(lambda z: z**2 + 40.0 * np.maximum(z - 1.0, 0.0), lambda z: 2.0 * z + 40.0 * (z > 1.0))
    z = np.full((len(ends), 1), 1.0 + 1e-5)
    cases = at(*ends)
    _, error = newton(bent, cases, z, np.ones(len(ends), dtype=bool), 1e-10, 40)
    assert (error <= 1e-10).all()
    alone = np.full((1, 1), 1.0 + 1e-5)
    newton(bent, cases.rows([0]), alone, np.ones(1, dtype=bool), 1e-10, 40)
    assert alone[0] == pytest.approx(z[0], rel=1e-9)


def test_newtons_method_leaves_what_is_not_wanted() -> None:
    cases, wanted = _perturbed(DEMO, 2, 3, 0.1), np.array([True, False, True])
    z = np.repeat(solve_steady(DEMO, design_batch(DEMO))[0], 3, axis=0)
    before = z[1].copy()
    _, error = newton(DEMO, cases, z, wanted, 1e-8, 40)
    assert (error <= 1e-8).all()
    assert (z[1] == before).all()


def test_the_failure_names_the_equation_and_the_figures_that_push_towards_the_fold() -> None:
    engine = SimpleNamespace(
        **vars(PARABOLA) | {"torn": ("turbine.shaft.speed",)},
        residual_names=("shaft: torques",),
        state_names=(),
        parameter_names=("turbine.efficiency",),
        fault_names=(),
        input_names=(),
    )
    design, case = at(1.0), at(-0.25)
    found = follow(engine, design, np.array([[1.0]]), case, 1e-9)
    states = SteadyStates(found.z, found.reached, found.fold, found.closed, np.array([[0.3]]), found.at_fold)
    problem = failure(engine, design, case, states)
    assert problem.equation == "shaft: torques"
    message = str(problem)
    assert "no running state" in message
    assert "80% of the way" in message
    assert "shaft can no longer balance its torques" in message
    assert "turbine.efficiency -125%" in message


def test_what_is_lost_without_a_fold_names_the_equation_with_the_largest_residual() -> None:
    nowhere = np.array([np.nan, np.nan])
    residual = np.zeros((2, len(DEMO.torn)))
    residual[0, 0], residual[1, -1] = 0.1, -2.0
    no = np.zeros(2, dtype=bool)
    problem = failure(
        DEMO,
        design_batch(DEMO),
        _perturbed(DEMO, 1, 2, 0.1),
        SteadyStates(residual, no, nowhere, no, residual, residual),
    )
    assert problem.equation == DEMO.residual_names[-1]
    assert problem.residual == -2.0
    assert "in 2 of 2 cases" in str(problem)


def test_solved_cases_say_that_they_met_no_fold() -> None:
    states = solve_states(F1, _perturbed(F1, 5, 4, 0.05))
    assert states.solved.all()
    assert np.isnan(states.fold).all()
