"""Gas tapped from the chamber drives the turbines; nothing is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine_file import load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.thermochemistry import combustion_table

ENGINE = load_engine("tap-off-hydrogen")
COMPILED = CompiledNetwork(ENGINE.network)


def steady(**changed: float) -> dict[str, float]:
    """The engine with parameters or faults times or at a value: `fuel_turbine__efficiency=0.5`."""
    design = design_batch(COMPILED)
    columns = [a.copy() for a in design.columns()]
    names = (None, list(ENGINE.network.parameter_values), list(COMPILED.fault_names), None)
    for name, value in changed.items():
        dotted = name.replace("__", ".")
        for column, known in zip(columns, names, strict=True):
            if known is not None and dotted in known:
                column[0, known.index(dotted)] = value
    batch = Batch(*columns)
    z, _ = solve_steady(COMPILED, batch)
    return dict(zip(COMPILED.output_names, COMPILED.rates(z, batch)[1][0].tolist(), strict=True))


SOUND = steady()


def test_matter_and_each_propellant_are_conserved() -> None:
    o = SOUND
    injected = o["chamber.oxidizer.flow"] + o["chamber.fuel.flow"]
    assert o["chamber.outlet.flow"] + o["chamber.tap.flow"] == pytest.approx(injected, rel=1e-9)
    core, tapped = (
        ratio / (1.0 + ratio)
        for ratio in (
            o["chamber.mixture_ratio"],
            o["chamber.mixture_ratio"] * ENGINE.network.parameter_values["chamber.tap_mixture_ratio_factor"],
        )
    )
    oxidizer = o["chamber.outlet.flow"] * core + o["chamber.tap.flow"] * tapped
    assert oxidizer == pytest.approx(o["chamber.oxidizer.flow"], rel=1e-5)
    assert o["turbine_exhaust.inlet.flow"] == pytest.approx(o["chamber.tap.flow"], rel=1e-9)


def test_the_gas_is_that_of_the_layer() -> None:
    table = combustion_table("LOX", "LH2")
    ratio = (
        SOUND["chamber.mixture_ratio"] * ENGINE.network.parameter_values["chamber.tap_mixture_ratio_factor"]
    )
    flame = float(np.squeeze(table.temperature(ratio, SOUND["chamber.outlet.pressure"])))
    # The pumps and the jacket warm the propellants, so the gas is a little hotter than from the tanks.
    assert flame < SOUND["chamber.tap.temperature"] < 1.02 * flame


def test_the_engine_is_of_the_size_of_the_published_one() -> None:
    assert SOUND["nozzle.thrust"] + SOUND["turbine_exhaust.thrust"] == pytest.approx(1.139e6, rel=0.03)
    assert 5.0 < SOUND["chamber.mixture_ratio"] < 6.0
    for pump, turbine in (("lox_pump", "lox_turbine"), ("fuel_pump", "fuel_turbine")):
        assert SOUND[f"{pump}.power"] == pytest.approx(SOUND[f"{turbine}.power"], rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(factor=st.floats(0.93, 1.05))
def test_hotter_gas_drives_the_engine_harder(factor: float) -> None:
    changed = steady(chamber__tap_temperature_factor=factor)
    assert (changed["chamber.pressure"] - SOUND["chamber.pressure"]) * (factor - 1.0) >= 0.0
