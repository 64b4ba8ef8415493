"""Scalar functions read as numpy calls against CasADi's own evaluation."""

from __future__ import annotations

import casadi
import numpy as np
import pytest

import hotfire.physics.compiled as compiled_module
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.properties import fluid
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.vectorised import Vectorised


def test_cases_that_fill_no_chunk_are_evaluated_too() -> None:
    x, y = casadi.SX.sym("x", 2), casadi.SX.sym("y")
    wanted = [casadi.vertcat(x[0] * y + casadi.exp(x[1]), 2.0 * y), casadi.fmax(x[0], y) ** 1.5]
    function = Vectorised(casadi.Function("f", [x, y], wanted))
    random = np.random.default_rng(1)
    for n in (1, 63, 300, 2100):
        a, b = random.uniform(0.1, 1.0, (n, 2)), random.uniform(0.1, 1.0, (n, 1))
        first, second = function([a, b])
        assert first == pytest.approx(np.column_stack([a[:, 0] * b[:, 0] + np.exp(a[:, 1]), 2.0 * b[:, 0]]))
        assert second == pytest.approx(np.maximum(a[:, :1], b) ** 1.5)
        assert (function.first([a, b]) == first).all()


def test_the_first_result_alone_is_not_what_was_asked_before() -> None:
    """A first result that an argument or a number gives is in place too, and what the others need is left out."""
    x = casadi.SX.sym("x", 2)
    function = Vectorised(
        casadi.Function("f", [x], [casadi.vertcat(x[1], 3.0, x[0] + 1.0), casadi.exp(x[0])])
    )
    function([np.full((80, 2), 7.0)])
    column = np.random.default_rng(1).uniform(0.1, 1.0, (80, 2))
    wanted = np.column_stack([column[:, 1], np.full(80, 3.0), column[:, 0] + 1.0])
    assert (function.first([column]) == wanted).all()


@pytest.mark.parametrize("name", engine_names())
def test_engines_are_the_same_in_many_cases_as_in_few(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled, n = CompiledNetwork(load_engine(name).network), 40
    batch = design_batch(compiled).rows([0] * n)
    random = np.random.default_rng(2)
    z = solve_steady(compiled, batch.rows([0]))[0] * random.uniform(0.9, 1.1, (n, len(compiled.torn)))
    few = compiled.residuals(z, batch)
    assert (compiled.values(z, batch) == few[0])[np.isfinite(few[0])].all()
    monkeypatch.setattr(compiled_module, "_MANY", 1)
    monkeypatch.setattr(compiled_module, "_WORTH_MAKING", 0)
    for one, other in zip(few, compiled.residuals(z, batch), strict=True):
        assert other == pytest.approx(one, rel=1e-7, abs=1e-9, nan_ok=True)
    assert compiled.values(z, batch) == pytest.approx(few[0], rel=1e-7, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", ["LOX", "LH2", "N2O", "helium"])
def test_columns_of_a_chart_are_its_readings_with_slopes(name: str) -> None:
    table, random = fluid(name), np.random.default_rng(3)
    low, high = table.enthalpies
    h = low + (high - low) * random.uniform(0.0, 1.0, 300) ** 2
    p = np.exp(random.uniform(*np.log(table.pressures), 300))
    columns = table.columns(table.together)([h, p])
    values, slopes = columns[:3], columns[3:]
    for alone, value in zip(table.columns(table.together).values([h, p]), values, strict=True):
        assert alone == pytest.approx(value, rel=1e-14)
    step_h, step_p = 1e-6 * (high - low), 1e-6 * p
    for i, quantity in enumerate(table.together):
        read = getattr(table, quantity)
        assert values[i] == pytest.approx(read(h, p), rel=1e-9)
        by_h = (read(h + step_h, p) - read(h - step_h, p)) / (2.0 * step_h)
        by_p = (read(h, p + step_p) - read(h, p - step_p)) / (2.0 * step_p)
        for found, expected, size in ((slopes[i], by_h, high - low), (slopes[3 + i], by_p, p)):
            scale = read(h, p) / size
            assert np.median(np.abs(found - expected) / scale) < 1e-6
            assert np.abs(found - expected) / scale == pytest.approx(np.zeros(300), abs=2e-2)
