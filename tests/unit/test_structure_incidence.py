"""The structural model of engines: square without sensors, one degree of redundancy a sensor, modes in the union."""

from __future__ import annotations

import casadi
import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import HotfireError
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.structure import StructuralModel, decompose, detectable, isolable_from, structural_model
from hotfire.physics.structure.branches import active_symbols

ENGINES = ("demo-engine", "hydrazine-thruster", "uvic-mule1", "student-n2o-ethanol", "rl10a-3-3a")


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_just_determined_and_each_sensor_adds_one_degree(name: str) -> None:
    engine = load_engine(name)
    bare = decompose(structural_model(engine.network))
    assert not bare.over[0]
    assert not bare.under[1]
    sensors = {s.name: s.measures for s in engine.sensors.values()}
    model = structural_model(engine.network, sensors, sensor_modes=("bias",))
    assert decompose(model).redundancy == len(sensors)
    assert detectable(model.with_fault_variables()) <= set(model.faults)


def test_a_fault_stays_in_its_own_component() -> None:
    engine = load_engine("rl10a-3-3a")
    model = structural_model(engine.network)
    for fault, where in model.faults.items():
        owner = fault.split(".", maxsplit=1)[0]
        assert all(model.equations[e].startswith((f"{owner}:", f"rate of {owner}.")) for e in where), fault


def test_a_redundant_sensor_is_isolable_and_a_series_of_restrictions_is_not() -> None:
    engine = load_engine("student-n2o-ethanol")
    sensors = {
        "tank": "fuel_tank.pressure",
        "again": "fuel_tank.pressure",
        "manifold": "fuel_injector.inlet.pressure",
    }
    model = structural_model(engine.network, sensors, sensor_modes=("bias",)).with_fault_variables()
    apart = isolable_from(model)
    assert "again.bias" in apart["tank.bias"]
    # Between the tank and the manifold nothing tells one restriction from the next.
    assert "fuel_venturi.blockage" not in apart["fuel_line.blockage"]


@pytest.mark.parametrize("name", ["student-n2o-ethanol", "rl10a-3-3a"])
def test_a_mode_is_part_of_the_union_and_holds_every_slope(name: str) -> None:
    network = load_engine(name).network
    compiled = CompiledNetwork(network)
    batch = design_batch(compiled)
    solved, _ = solve_steady(compiled, batch)
    values = dict(zip(network.unknowns, compiled.unknowns(solved, batch)[0], strict=True))
    union, mode = structural_model(network), structural_model(network, at=values)

    def rows(model: StructuralModel) -> dict[str, set[str]]:
        return {
            e: {model.unknowns[u] for u in row}
            for e, row in zip(model.equations, model.incidence, strict=True)
        }

    whole, part = rows(union), rows(mode)
    assert whole.keys() == part.keys()
    assert all(part[e] <= whole[e] for e in whole)
    if name == "student-n2o-ethanol":
        # With liquid in it, the tank's pressure follows its temperature and not its mass.
        assert any(part[e] < whole[e] for e in whole if e.startswith("oxidizer_tank: "))


def test_switches_hand_on_one_side_and_slopes_of_zero_count() -> None:
    x, y, z = (casadi.SX.sym(n) for n in "xyz")
    switched = casadi.if_else(x > 0.0, y, z)
    expressions = [switched, casadi.fmin(y, z), (y - 2.0) ** 2, casadi.sqrt(x * x + y)]
    assert active_symbols(expressions, None) == [{"x", "y", "z"}, {"y", "z"}, {"y"}, {"x", "y"}]
    values = {"x": 1.0, "y": 2.0, "z": 3.0}
    assert active_symbols(expressions, values) == [{"y"}, {"y"}, {"y"}, {"x", "y"}]
    assert active_symbols(expressions, values | {"x": -1.0, "y": 5.0})[:2] == [{"z"}, {"z"}]


@pytest.mark.parametrize("seed", range(25))
def test_a_mode_holds_whatever_differences_show(seed: int) -> None:
    """Property: a symbol that moves a random expression at a point is among its symbols there."""
    rng = np.random.default_rng(seed)
    symbols = [casadi.SX.sym(f"v{i}") for i in range(5)]
    pool = list(symbols)
    for _ in range(12):
        a, b = (pool[i] for i in rng.integers(0, len(pool), 2))
        made = [
            a + b,
            a * b,
            a - 2.0 * b,
            casadi.fmax(a, b),
            casadi.fmin(a, b),
            casadi.if_else(a > b, a, b * b),
        ]
        pool.append(made[rng.integers(len(made))])
    values = {f"v{i}": float(v) for i, v in enumerate(rng.normal(size=5))}
    (found,) = active_symbols([pool[-1]], values)
    function = casadi.Function("f", symbols, [pool[-1]])
    point = np.array(list(values.values()))
    for i in range(5):
        step = np.zeros(5)
        step[i] = 1e-7
        if abs(float(function(*(point + step))) - float(function(*point))) > 1e-12:
            assert f"v{i}" in found


def test_an_output_that_is_not_there_is_an_error() -> None:
    with pytest.raises((KeyError, HotfireError)):
        structural_model(load_engine("demo-engine").network, {"a": "nowhere.pressure"})
