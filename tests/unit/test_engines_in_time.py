"""Starts and shutdowns: the steady limit, conservation, determinism, and failures that are said."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import simpson

from hotfire.engine import Engine
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.transient import Course, TransientSolver
from hotfire.sequence import value_at
from hotfire.simulate import Plant, TestSequence

SEQUENCED = [name for name in engine_names() if load_engine(name).sequence is not None]


@cache
def plant_of(name: str) -> Plant:
    return Plant(load_engine(name))


@cache
def solver_of(name: str) -> TransientSolver:
    return TransientSolver(load_engine(name).network)


@cache
def compiled_of(name: str) -> CompiledNetwork:
    return CompiledNetwork(load_engine(name).network)


def commanded(engine: Engine, end: float) -> Course:
    """The engine's own start, held in mainstage until `end`."""
    sequence, network = engine.sequence, engine.network
    assert sequence is not None
    courses = [sequence.corners(n, 1e9) or ((0.0, v),) for n, v in network.input_defaults.items()]
    time = np.unique([0.0, *(t for corners in courses for t, _ in corners if t < end), end])
    inputs = [value_at(corners, time) for corners in courses]
    return Course(
        time,
        np.array([list(network.parameter_values.values())]),
        np.zeros((1, len(network.faults))),
        np.stack(inputs, axis=1),
    )


def steady(name: str, states: FloatArray) -> dict[str, float]:
    compiled, network = compiled_of(name), load_engine(name).network
    batch = Batch(
        states[None],
        np.array([list(network.parameter_values.values())]),
        np.zeros((1, len(network.faults))),
        np.array([list(network.input_defaults.values())]),
    )
    z, _ = solve_steady(compiled, batch)
    return dict(zip(compiled.output_names, compiled.rates(z, batch)[1][0].tolist(), strict=True))


@pytest.mark.parametrize("name", SEQUENCED)
def test_a_start_ends_where_the_steady_solver_says(name: str) -> None:
    engine = load_engine(name)
    assert engine.sequence is not None
    solver = solver_of(name)
    course = commanded(engine, engine.sequence.burn + 1.0)
    run = solver.run(course, solver.at_rest(course), course.time[-1:])
    there = dict(zip(solver.output_names, run.outputs[-1].tolist(), strict=True))
    wanted = steady(name, run.end.states)
    checked = [
        n
        for n in wanted
        if n.endswith((".pressure", ".flow", ".speed", ".thrust", ".temperature")) and abs(wanted[n]) > 1e-9
    ]
    kinds = (".flow", ".speed")
    largest = {k: max((abs(wanted[n]) for n in checked if n.endswith(k)), default=0.0) for k in kinds}
    for output in checked:
        # Small side flows and speeds count as shares of a hundredth of the largest.
        scale = max(abs(wanted[output]), *(0.01 * v for k, v in largest.items() if output.endswith(k)), 1e-9)
        assert abs(there[output] - wanted[output]) <= 1e-3 * scale, output


@pytest.mark.parametrize("name", sorted(set(engine_names()) - set(SEQUENCED)))
def test_an_engine_without_volumes_follows_its_steady_states(name: str) -> None:
    """Integrated from its full tanks, three seconds of burning end where the steady solver puts those tanks."""
    engine = load_engine(name)
    solver, compiled, network = solver_of(name), compiled_of(name), engine.network
    design = design_batch(compiled)
    z, _ = solve_steady(compiled, design)
    course = Course(np.array([0.0, 3.0]), design.parameters, design.faults, design.inputs)
    unknowns = dict(zip(network.unknowns, compiled.unknowns(z, design)[0].tolist(), strict=True))
    run = solver.run(course, solver.at_steady(unknowns, design.states[0], course), course.time[-1:])
    there = dict(zip(solver.output_names, run.outputs[-1].tolist(), strict=True))
    assert not np.allclose(run.end.states, design.states[0], rtol=1e-3)
    wanted = steady(name, run.end.states)
    for output in (n for n in wanted if n.endswith((".pressure", ".flow", ".thrust"))):
        assert there[output] == pytest.approx(wanted[output], rel=1e-3, abs=1e-6), output


@pytest.mark.parametrize("name", ["f-1", "tum-hopper", "electric-kerosene"])
def test_mass_is_neither_made_nor_lost(name: str) -> None:
    engine = load_engine(name)
    solver = solver_of(name)
    network, dynamics = engine.network, solver.dynamics
    course = commanded(engine, 1.3)
    run = solver.run(course, solver.at_rest(course), course.time[-1:])
    imposed = [course.parameters[0], course.faults[0], course.inputs[-1]]
    stored, states, _ = dynamics.rates(run.end.z, run.end.stored, run.end.states, *imposed)
    filled = dict(zip(dynamics.stored_names, np.ravel(stored), strict=True))
    tanks = dict(zip(network.states, np.ravel(states), strict=True))
    outputs = dict(zip(solver.output_names, run.outputs[-1], strict=True))
    ends = [n for n, c in network.components.items() if c.kind.type_name in ("nozzle", "exhaust")]
    leaving = sum(outputs[f"{n}.inlet.flow"] for n in ends)
    gained = sum(v for n, v in filled.items() if n.endswith(": continuity"))
    gained += sum(v for n, v in tanks.items() if n.endswith(".mass"))
    assert abs(gained + leaving) < 1e-6 * max(abs(leaving), 1.0)


@pytest.mark.parametrize(
    ("name", "shaft", "turbine", "pumps"),
    [
        ("f-1", "shaft", "turbine", ("lox_pump", "fuel_pump")),
        ("full-flow-methane", "lox_shaft", "ox_turbine", ("lox_pump",)),
    ],
)
def test_what_a_turbine_gives_is_in_the_pumps_or_in_the_rotor(
    name: str, shaft: str, turbine: str, pumps: tuple[str, ...]
) -> None:
    engine = load_engine(name)
    solver = solver_of(name)
    course = commanded(engine, 5.0)
    time = np.arange(2.0, 4.0, 2e-4)
    run = solver.run(course, solver.at_rest(course), np.concatenate([[0.0], time]))
    outputs = dict(zip(solver.output_names, run.outputs[1:].T, strict=True))
    power = outputs[f"{turbine}.power"]
    surplus = simpson(power - sum(outputs[f"{p}.power"] for p in pumps), x=time)
    speed = outputs[f"{shaft}.speed"]
    spin = 0.5 * engine.network.parameter_values[f"{shaft}.inertia"] * (speed[-1] ** 2 - speed[0] ** 2)
    assert abs(surplus - spin) < 1e-6 * simpson(power, x=time)


def test_the_same_seed_gives_the_same_start() -> None:
    plant = plant_of("electric-kerosene")
    first, again = (plant.run([], 5, sequence=TestSequence(burn=2.0, end=2.5)) for _ in range(2))
    for name, channel in first.channels.items():
        assert np.array_equal(channel.values, again.channels[name].values)


@pytest.mark.parametrize("name", SEQUENCED)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_random_hardware_runs_or_says_why_not(seed: int, name: str) -> None:
    plant = plant_of(name)
    try:
        log = plant.run([], seed, sequence=TestSequence(burn=3.0, end=4.0, rate=100.0))
    except SolutionError as problem:
        assert problem.what and problem.where
        assert problem.why and problem.remedy
    else:
        assert all(np.isfinite(c.values).all() for c in log.channels.values())


@pytest.mark.parametrize("name", SEQUENCED)
def test_the_plant_of_an_engine_starts_runs_and_shuts_down(name: str) -> None:
    """Nominal hardware through the engine's own sequence: near its steady state, and hardly any pressure at the end."""
    engine = load_engine(name)
    plant = plant_of(name)
    solver, network, sequence = plant.transient, plant.network, engine.sequence
    assert sequence is not None
    burn, end = sequence.burn, sequence.burn + sequence.after
    courses = [sequence.corners(n, burn) or ((0.0, v),) for n, v in network.input_defaults.items()]
    time = np.unique([0.0, *(t for corners in courses for t, _ in corners if t < end), end])
    inputs = np.stack([value_at(corners, time) for corners in courses], axis=1)
    nominal = np.array([list(network.parameter_values.values())])
    course = Course(time, nominal, np.zeros((1, len(network.faults))), inputs)
    run = solver.run(course, solver.at_rest(course), np.array([0.0, burn - 0.05, end]))
    chamber = solver.output_names.index(f"{network.burner}.pressure")
    _, running, after = run.outputs[:, chamber]
    z, _ = solve_steady(plant.compiled, design_batch(plant.compiled))
    design = plant.compiled.rates(z, design_batch(plant.compiled))[1][0]
    # Tanks that blow down have lost some pressure by then.
    assert 0.6 * design[chamber_of(plant)] < running < 1.05 * design[chamber_of(plant)]
    assert after < 0.1 * running


def chamber_of(plant: Plant) -> int:
    return plant.compiled.output_names.index(f"{plant.network.burner}.pressure")


@pytest.mark.parametrize("name", sorted(set(engine_names()) - set(SEQUENCED)))
def test_the_same_hardware_runs_much_alike_on_plant_and_model(name: str) -> None:
    """Engines without a sequence of their own; one seed draws the same hardware for both."""
    sequence = TestSequence(burn=1.5, end=4.0, rate=100.0)
    engine = load_engine(name)
    logs = [Plant(engine, equations=kind).run([], 2, sequence=sequence) for kind in ("plant", "model")]
    running, after = (
        [log.channels["chamber_pressure"].values[i].mean() for log in logs]
        for i in (slice(330, 345), slice(-20, None))
    )
    assert running[0] == pytest.approx(running[1], rel=0.1)
    assert running[0] != pytest.approx(running[1], rel=5e-4)
    assert max(after) < 0.3 * min(running)


@pytest.mark.parametrize("name", SEQUENCED)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_random_hardware_neither_makes_nor_loses_mass(seed: int, name: str) -> None:
    """Parameters within their tolerances; where the start cannot be followed, the solver says so in full."""
    engine = load_engine(name)
    solver = solver_of(name)
    network, dynamics = engine.network, solver.dynamics
    course = commanded(engine, 1.3)
    off = np.random.default_rng(seed).standard_normal(course.parameters.shape).clip(-2.0, 2.0)
    course.parameters[:] *= 1.0 + off * np.array([network.tolerances[n] for n in network.parameter_values])
    try:
        run = solver.run(course, solver.at_rest(course), course.time[-1:])
    except SolutionError as problem:
        assert problem.what and problem.where
        assert problem.why and problem.remedy
        return
    assert np.isfinite(run.outputs).all()
    imposed = [course.parameters[0], course.faults[0], course.inputs[-1]]
    stored, states, _ = dynamics.rates(run.end.z, run.end.stored, run.end.states, *imposed)
    outputs = dict(zip(solver.output_names, run.outputs[-1], strict=True))
    ends = [n for n, c in network.components.items() if c.kind.type_name in ("nozzle", "exhaust")]
    leaving = sum(outputs[f"{n}.inlet.flow"] for n in ends)
    rates = [*zip(dynamics.stored_names, np.ravel(stored), strict=True)]
    rates += zip(network.states, np.ravel(states), strict=True)
    gained = sum(v for n, v in rates if n.endswith((": continuity", ".mass")))
    assert abs(gained + leaving) < 1e-6 * max(abs(leaving), network.reference_flow)


def test_the_chamber_of_a_rich_start_lights_only_when_commanded() -> None:
    engine = load_engine("f-1")
    solver = solver_of("f-1")
    course = commanded(engine, 3.0)
    dark = Course(course.time, course.parameters, course.faults, course.inputs.copy())
    names = list(engine.network.input_defaults)
    dark.inputs[:, names.index("gas_generator.ignition")] = 0.0
    lit, cold = (solver.run(c, solver.at_rest(c), c.time[-1:]).outputs[-1] for c in (course, dark))
    speed = solver.output_names.index("shaft.speed")
    assert lit[speed] > 3.0 * abs(cold[speed])
