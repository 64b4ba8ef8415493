"""Manifolds and lines that fill before anything leaves them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.components.filling import passing
from hotfire.physics.network import Network
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.transient import Course, TransientSolver
from hotfire.sequence import value_at
from hotfire.simulate import simulate_log

FILLED = {
    "student-n2o-ethanol": ("oxidizer_injector", "fuel_injector"),
    "tum-hopper": ("oxidizer_feed", "fuel_feed"),
    "n2o4-mmh": ("oxidizer_injector", "fuel_injector"),
}


class Share:
    """What the gate needs to know of a component."""

    def __init__(self, filled: float, volume: float | None = 1.0) -> None:
        self.filled, self.volume = filled, volume


def started(
    engine: Engine, network: Network, end: float, steps: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Time and outputs of the engine's own start."""
    assert engine.sequence is not None
    courses = [engine.sequence.corners(n, 1e9) or ((0.0, v),) for n, v in network.input_defaults.items()]
    corners = np.unique([0.0, *(t for c in courses for t, _ in c if t < end), end])
    course = Course(
        corners,
        np.array([list(network.parameter_values.values())]),
        np.zeros((1, len(network.faults))),
        np.stack([value_at(c, corners) for c in courses], axis=1),
    )
    solver, time = TransientSolver(network), np.linspace(0.0, end, steps)
    run = solver.run(course, solver.at_rest(course), time)
    return time, dict(zip(solver.output_names, run.outputs.T, strict=True))


def without_volume(network: Network, names: tuple[str, ...]) -> Network:
    components = dict(network.components)
    for name in names:
        kept = {k: v for k, v in components[name].parameters.items() if k != "volume"}
        components[name] = replace(components[name], parameters=kept)
    return replace(network, components=components)


@given(filled=st.floats(-0.05, 1.0), more=st.floats(0.0, 0.05))
def test_what_passes_rises_with_the_filling_from_nothing_to_all(filled: float, more: float) -> None:
    assert passing(Share(0.0)) == 0.0
    assert passing(Share(1.0)) == 1.0
    assert passing(Share(filled)) <= passing(Share(filled + more))
    assert passing(Share(filled, None)) == 1.0


@pytest.mark.parametrize("name", FILLED)
def test_the_steady_state_knows_nothing_of_the_volume(name: str) -> None:
    network = load_engine(name).network
    found = []
    for one in (network, without_volume(network, FILLED[name])):
        compiled = CompiledNetwork(one)
        batch = design_batch(compiled)
        z, _ = solve_steady(compiled, batch)
        found.append(dict(zip(compiled.output_names, compiled.rates(z, batch)[1][0].tolist(), strict=True)))
    for output, value in found[0].items():
        assert value == pytest.approx(found[1][output], rel=1e-9, abs=1e-9), output


@pytest.mark.parametrize("name", FILLED)
def test_nothing_leaves_until_full_and_what_was_kept_is_the_volume(name: str) -> None:
    engine = load_engine(name)
    network = engine.network
    time, outputs = started(engine, network, 1.5, 6001)
    for part in FILLED[name]:
        entering, leaving = outputs[f"{part}.inlet.flow"], outputs[f"{part}.outlet.flow"]
        into = np.concatenate([[0.0], np.cumsum(0.5 * (entering[1:] + entering[:-1]) * np.diff(time))])
        out = np.concatenate([[0.0], np.cumsum(0.5 * (leaving[1:] + leaving[:-1]) * np.diff(time))])
        held = into - out
        assert out[held < 0.85 * held[-1]].max() < 1e-3 * held[-1]
        # The densities are those of the engine files; nitrous oxide hardly cools in this time.
        density = held[-1] / network.parameter_values[f"{part}.volume"]
        assert 700.0 < density < 1500.0
        if name != "tum-hopper":  # its valves open too slowly for a surge
            assert entering.max() > 1.15 * entering[-1]


def test_mass_is_kept_while_a_manifold_fills() -> None:
    """What enters a filling manifold is what leaves it and what fills it, to 1e-6 of what entered."""
    engine = load_engine("tum-hopper")
    solver, network = TransientSolver(engine.network), engine.network
    assert engine.sequence is not None
    courses = [engine.sequence.corners(n, 1e9) or ((0.0, v),) for n, v in network.input_defaults.items()]
    for end in (0.12, 0.2, 0.25, 0.4):
        corners = np.unique([0.0, *(t for c in courses for t, _ in c if t < end), end])
        course = Course(
            corners,
            np.array([list(network.parameter_values.values())]),
            np.zeros((1, len(network.faults))),
            np.stack([value_at(c, corners) for c in courses], axis=1),
        )
        run = solver.run(course, solver.at_rest(course), corners[-1:])
        imposed = [course.parameters[0], course.faults[0], course.inputs[-1]]
        stored, states, _ = solver.dynamics.rates(run.end.z, run.end.stored, run.end.states, *imposed)
        rates = dict(zip(solver.dynamics.stored_names, np.ravel(stored), strict=True))
        tanks = dict(zip(network.states, np.ravel(states), strict=True))
        outputs = dict(zip(solver.output_names, run.outputs[-1], strict=True))
        gained = rates["chamber: continuity"] + sum(v for n, v in tanks.items() if n.endswith(".mass"))
        for side in ("oxidizer", "fuel"):
            density = network.parameter_values[f"{side}_tank.density"]
            volume = network.parameter_values[f"{side}_feed.volume"]
            gained += rates[f"{side}_feed: filling"] * density * volume
        through = abs(outputs["nozzle.inlet.flow"]) + outputs["fuel_feed.inlet.flow"]
        assert abs(gained + outputs["nozzle.inlet.flow"]) < 1e-6 * max(through, 1.0), end


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_delay_and_the_surge_are_in_the_log(seed: int) -> None:
    log = simulate_log(load_engine("n2o4-mmh"), seed=seed)
    pressure = log.channels["fuel_injector_pressure"]
    first = pressure.time[np.argmax(pressure.values > 2e5)] - 2.0
    assert 0.08 < first < 0.3
