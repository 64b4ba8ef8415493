"""The bed of a hydrazine thruster: its gas, its loss of pressure, its faults."""

from __future__ import annotations

import numpy as np
import pytest

from hotfire import diagnose
from hotfire.engine_files.reading import load_engine
from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.components.catalyst_beds import _C_STAR, _GAMMA, _TEMPERATURE, _polynomial
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.thermochemistry import ideal_thrust_coefficient, monopropellant
from hotfire.simulate import SimulatedFault, simulate_log

ENGINE = load_engine("hydrazine-thruster")
COMPILED = CompiledNetwork(ENGINE.network)


def steady(**changed: float) -> dict[str, float]:
    """The thruster with parameters or faults changed, `bed__blockage=0.1`."""
    design = design_batch(COMPILED)
    columns: list[FloatArray] = [a.copy() for a in design.columns()]
    names = (None, list(ENGINE.network.parameter_values), COMPILED.fault_names, None)
    for name, value in changed.items():
        dotted = name.replace("__", ".")
        for column, known in zip(columns, names, strict=True):
            if known is not None and dotted in known:
                column[0, list(known).index(dotted)] = value
    batch = Batch(*columns)
    z, _ = solve_steady(COMPILED, batch)
    return dict(zip(COMPILED.output_names, COMPILED.rates(z, batch)[1][0].tolist(), strict=True))


@pytest.mark.parametrize("dissociation", [0.2, 0.37, 0.55, 0.74, 0.9])
def test_the_gas_is_that_of_the_thermochemistry(dissociation: float) -> None:
    state = monopropellant("N2H4", pressure=1e6, ammonia_dissociation=dissociation)
    assert _polynomial(_C_STAR, dissociation) == pytest.approx(state.c_star, rel=1e-4)
    assert _polynomial(_TEMPERATURE, dissociation) == pytest.approx(state.temperature, rel=3e-4)
    ideal = ideal_thrust_coefficient(_polynomial(_GAMMA, dissociation), 50.0, 0.0)
    assert ideal == pytest.approx(state.expand(50.0).thrust_coefficient_vacuum, rel=2e-3)


def test_the_thruster_is_one() -> None:
    o = steady()
    impulse = o["nozzle.thrust"] / (o["bed.fuel_flow"] * 9.80665)
    assert 205.0 < impulse < 240.0
    assert 0.1 < 1.0 - o["bed.pressure"] / o["bed.fuel.pressure"] < 0.4


def test_more_dissociation_cools_and_a_blocked_bed_takes_pressure() -> None:
    sound, cool = steady(), steady(bed__ammonia_dissociation=0.8)
    assert cool["bed.temperature"] < sound["bed.temperature"]
    blocked = steady(bed__blockage=0.2)
    assert blocked["bed.pressure"] < sound["bed.pressure"]
    assert blocked["bed.fuel.pressure"] > sound["bed.fuel.pressure"]
    dead = steady(bed__no_ignition=1.0)
    assert dead["nozzle.thrust"] < 0.7 * sound["nozzle.thrust"]


def test_a_dying_catalyst_shows_in_the_log() -> None:
    faults = [SimulatedFault("bed.activity_loss", 0.3, 8.0)]
    thrust = simulate_log(ENGINE, faults, 2).channels["thrust"]
    before, after = (
        np.median(thrust.values[(thrust.time > a) & (thrust.time < a + 3.0)]) for a in (6.0, 14.0)
    )
    assert after < 0.92 * before


def test_the_thruster_is_diagnosed_though_its_bed_is_warm_before_the_test() -> None:
    """A temperature has no zero that the surroundings would give it."""
    assert diagnose(simulate_log(ENGINE, (), 5), ENGINE, expert="symbolic").verdict == "nominal"
    answer = diagnose(
        simulate_log(ENGINE, [SimulatedFault("bed.activity_loss", 0.2)], 3), ENGINE, expert="symbolic"
    )
    assert answer.verdict == "fault"
    assert "bed.activity_loss" in answer.answer_set
