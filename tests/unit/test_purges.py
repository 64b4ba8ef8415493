"""Purge gas in an injector manifold: a mixture that thins the liquid and burns nowhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.transient import Course, TransientSolver
from hotfire.simulate import Plant, SimulatedFault, TestSequence

ENGINE = load_engine("student-n2o-ethanol")
COMPILED = CompiledNetwork(ENGINE.network)


def steady(left_on: float) -> dict[str, float]:
    """The engine with its fuel purge left on."""
    design = design_batch(COMPILED)
    columns = [a.copy() for a in design.columns()]
    columns[2][0, list(COMPILED.fault_names).index("fuel_purge.left_on")] = left_on
    batch = Batch(*columns)
    z, _ = solve_steady(COMPILED, batch)
    return dict(zip(COMPILED.output_names, COMPILED.rates(z, batch)[1][0].tolist(), strict=True))


SOUND = steady(0.0)


@settings(max_examples=10, deadline=None)
@given(size=st.floats(0.02, 1.0))
def test_gas_takes_the_place_of_fuel(size: float) -> None:
    o = steady(size)
    gas = o["fuel_purge.outlet.flow"]
    assert gas > 0.0
    assert o["fuel_injector.outlet.flow"] == pytest.approx(o["fuel_injector.inlet.flow"] + gas, rel=1e-9)
    assert o["fuel_injector.inlet.flow"] < SOUND["fuel_injector.inlet.flow"]
    assert o["fuel_injector.inlet.pressure"] > SOUND["fuel_injector.inlet.pressure"]
    assert o["chamber.pressure"] < SOUND["chamber.pressure"]
    # The inert gas is no fuel: the mixture ratio is that of the liquids.
    liquids = o["chamber.oxidizer.flow"] / o["fuel_injector.inlet.flow"]
    assert o["chamber.mixture_ratio"] == pytest.approx(liquids, rel=1e-5)


def test_a_purge_that_is_off_gives_nothing() -> None:
    assert SOUND["fuel_purge.outlet.flow"] == 0.0


def test_the_steady_limit_with_gas_in_the_fuel() -> None:
    """Composition, density and c* of the transient are those of the steady state also with inert gas."""
    solver, network = TransientSolver(ENGINE.network), ENGINE.network
    design = design_batch(COMPILED)
    faults = design.faults.copy()
    faults[0, list(network.faults).index("fuel_purge.left_on")] = 1.0
    course = Course(np.array([0.0, 3.0]), design.parameters, faults, design.inputs)
    z, _ = solve_steady(COMPILED, design)
    unknowns = dict(zip(network.unknowns, COMPILED.unknowns(z, design)[0].tolist(), strict=True))
    run = solver.run(course, solver.at_steady(unknowns, design.states[0], course), course.time[-1:])
    there = dict(zip(solver.output_names, run.outputs[-1].tolist(), strict=True))
    batch = Batch(run.end.states[None], design.parameters, faults, design.inputs)
    z, _ = solve_steady(COMPILED, batch)
    wanted = dict(zip(COMPILED.output_names, COMPILED.rates(z, batch)[1][0].tolist(), strict=True))
    for output in ("chamber.pressure", "chamber.mixture_ratio", "fuel_purge.outlet.flow", "nozzle.thrust"):
        assert there[output] == pytest.approx(wanted[output], rel=1e-3), output


def test_a_purge_left_on_shows_in_the_log() -> None:
    plant = Plant(ENGINE)
    sequence = TestSequence(burn=3.0, end=5.0, rate=200.0)
    sound, purged = (
        plant.run(faults, 4, sequence=sequence)
        for faults in ((), (SimulatedFault("fuel_purge.left_on", 1.0),))
    )
    manifolds = [log.channels["fuel_manifold_pressure"] for log in (sound, purged)]
    burning = [c.values[(c.time > 4.0) & (c.time < 4.8)].mean() for c in manifolds]
    assert burning[1] > burning[0] + 0.4e5
    # After the burn the purge of the sequence blows in both.
    after = [c.values[(c.time > 5.5) & (c.time < 6.0)].mean() for c in manifolds]
    assert min(after) > 1.05e5
