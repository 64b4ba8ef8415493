"""Gas tapped from the chamber drives the turbines; nothing is lost on the way."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.states import Liquid
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
    z, _ = solve_steady(COMPILED, batch, tolerance=1e-11)
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


def test_a_cooled_chamber_with_a_tap_loses_no_energy() -> None:
    """What enters is in the core's gas, in the tapped gas, and in the wall."""
    placed = ENGINE.network.components["chamber"]
    given = dict.fromkeys([p.name for p in placed.kind.parameters]) | dict(placed.parameters)

    def entering(flow: float, energy: float) -> SimpleNamespace:
        state = Liquid(constant_density=1000.0, added_energy=energy)
        return SimpleNamespace(flow=flow, pressure=8e6, properties={"state": state, "supply": 1.0})

    q = SimpleNamespace(
        **given,
        **dict.fromkeys([f.name for f in placed.kind.faults], 0.0),
        ignition=1.0,
        igniter=None,
        oxidizer_share=0.85,
        oxidizer=entering(200.0, 2e4),
        fuel=entering(35.0, 3e5),
        outlet=SimpleNamespace(flow=230.0, pressure=8e6, properties={}),
        tap=SimpleNamespace(flow=5.0, pressure=8e6),
        wall=SimpleNamespace(heat_flow=3e7, temperature=700.0),
        reference_flow=240.0,
        molar_gas_constant=8314.46,
        table=placed.table,
    )
    core = placed.kind.carried(q)
    tapped = placed.kind.carried_at("tap", q, core)["state"].added_energy
    left = 230.0 * core["added_energy"] + 5.0 * tapped + 3e7
    assert left == pytest.approx(200.0 * 2e4 + 35.0 * 3e5, abs=1.0)
