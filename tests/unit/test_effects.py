"""The way from a fault to a sensor: signs, parts that add up, numbers of the runs, and how a diagnosis tells it."""

from __future__ import annotations

from functools import cache
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import hotfire
from hotfire.answering.effect_words import Wording, signed
from hotfire.engine import Engine
from hotfire.engine_files.reading import engine_names
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.influence import Influence, Influences
from hotfire.physics.steady import design_batch, solve_states
from hotfire.report.json_report import as_dict
from hotfire.report.terminal import render
from hotfire.simulate import SimulatedFault, simulate_log

ENGINES = ("demo-engine", "n2o4-mmh", "v-2", "j-2")


@cache
def _engine(name: str) -> tuple[Engine, CompiledNetwork]:
    engine = hotfire.load_engine(name)
    return engine, CompiledNetwork(engine.network)


@cache
def _runs(name: str, fault: str, size: float) -> tuple[Influences, dict[str, np.ndarray]] | None:
    """Two steady states, sound and faulty, held against one another, and the outputs of the compiled model."""
    _, compiled = _engine(name)
    batch = Batch(*(np.repeat(column, 2, axis=0) for column in design_batch(compiled).columns()))
    batch.faults[1, compiled.fault_names.index(fault)] = size
    states = solve_states(compiled, batch)
    if not states.solved.all():
        return None
    columns = [compiled.unknowns(states.z, batch), *batch.columns()]
    names = (
        *compiled.network.unknowns,
        *compiled.state_names,
        *compiled.parameter_names,
        *compiled.fault_names,
        *compiled.input_names,
    )
    before, after = (dict(zip(names, row, strict=True)) for row in np.concatenate(columns, axis=1))
    outputs = compiled.rates(states.z, batch)[1]
    shown = dict(zip(compiled.output_names, outputs.T, strict=True))
    return Influences(compiled.network, before, after), shown


@st.composite
def _single_faults(draw: st.DrawFn) -> tuple[str, str, float]:
    name = draw(st.sampled_from(ENGINES))
    faults = _engine(name)[1].network.faults
    fault = draw(st.sampled_from(sorted(faults)))
    low, high = faults[fault].lower, faults[fault].upper
    return name, fault, round(low * (high / low) ** draw(st.sampled_from([0.1, 0.3, 0.5])), 6)


@settings(max_examples=40, deadline=None)
@given(_single_faults())
def test_every_way_has_the_signs_and_the_numbers_of_the_two_runs(case: tuple[str, str, float]) -> None:
    name, fault, size = case
    found = _runs(name, fault, size)
    assume(found is not None)
    assert found is not None
    influences, outputs = found
    for sensor in _engine(name)[0].sensors.values():
        measured = sensor.measures
        sound, faulty = outputs[measured]
        assert influences.before[measured] == pytest.approx(sound, rel=1e-6, abs=1e-9)
        assert influences.after[measured] == pytest.approx(faulty, rel=1e-6, abs=1e-9)
        way = influences.way([fault], measured)
        assert bool(way) == influences.moved(measured)
        for told in (way, influences.told(way)):
            _check(influences, fault, measured, told)


def _check(influences: Influences, fault: str, measured: str, way: tuple[Influence, ...]) -> None:
    if not way:
        return
    assert way[0].cause == fault and way[-1].effect == measured
    assert len({step.effect for step in way}) == len(way), "a way goes through nothing twice"
    chained = [step.cause for step in way[1:]]
    assert len(chained) == len(way) - 1
    partial = [np.sign(step.amount) * np.sign(influences.change(step.cause)) for step in way]
    for step in way:
        assert 0.0 < step.share <= 1.0 + 1e-12
        assert np.sign(step.amount) == np.sign(influences.change(step.effect))
    assert prod(partial) * np.sign(influences.change(fault)) == np.sign(influences.change(measured))


def test_what_pushes_a_quantity_adds_up_to_its_change() -> None:
    """Of the demonstrator's chamber: all parts of the matched balance, of either sign, for a small fault."""
    found = _runs("demo-engine", "fuel_injector.blockage", 0.05)
    assert found is not None
    influences, _ = found
    network = _engine("demo-engine")[1].network
    flow = influences.change("chamber.outlet.flow")
    ins = [n for n in network.unknowns if n in ("oxidizer_injector.outlet.flow", "fuel_injector.outlet.flow")]
    assert sum(influences.change(n) for n in ins) == pytest.approx(flow, rel=1e-6)
    way = influences.way(["fuel_injector.blockage"], "chamber.pressure")
    step = next(s for s in way if s.effect == "chamber.outlet.flow")
    assert step.amount == pytest.approx(influences.change("fuel_injector.outlet.flow"), rel=1e-6)


def test_a_pump_fed_loop_has_a_finite_way() -> None:
    found = _runs("j-2", "lox_shaft.bearing_drag", 0.1)
    assert found is not None
    influences, _ = found
    way = influences.told(influences.way(["lox_shaft.bearing_drag"], "chamber.pressure"))
    assert 1 <= len(way) <= 20
    assert influences.change("chamber.pressure") < 0.0


@pytest.fixture(scope="module")
def diagnosis() -> hotfire.Diagnosis:
    engine = hotfire.load_engine("demo-engine")
    log = simulate_log(engine, [SimulatedFault("chamber.efficiency_loss", 0.04, 4.0)], seed=8)
    return hotfire.diagnose(log, engine, expert="symbolic", explain=2)


def test_a_fault_beside_a_tolerance_explains_the_symptoms_that_it_moves(diagnosis: hotfire.Diagnosis) -> None:
    """Thrust is 20 % low from the start by tolerances, and falls by 2 % with the fault."""
    first = diagnosis.hypotheses[0]
    assert {s.sensor for s in diagnosis.symptoms} >= {"thrust", "chamber_pressure"}
    assert set(first.explained) >= {"thrust", "chamber_pressure"}


def test_effects_agree_with_what_was_measured_and_stand_in_every_report(
    diagnosis: hotfire.Diagnosis,
) -> None:
    first, second = diagnosis.hypotheses[:2]
    effect = next(e for e in first.effects if e.sensor == "chamber_pressure")
    assert effect.symptom and effect.unit.startswith("bar")
    moved = effect.steps[-1].faulty - effect.steps[-1].sound
    assert moved == pytest.approx(effect.measured_change, rel=0.15)
    assert effect.steps[0].quantity == first.faults[0].name
    assert first.faults[0].size is not None
    assert effect.steps[0].faulty == pytest.approx(first.faults[0].size.value)
    assert second.effects and not any(h.effects for h in diagnosis.hypotheses[2:])
    told = as_dict(diagnosis)["hypotheses"][0]["effects"][0]
    assert {
        "sensor",
        "symptom",
        "instant",
        "steps",
        "measured_change",
        "unit",
        "deviations",
        "sentence",
    } == set(told)
    text = " ".join(render(diagnosis, width=100).split())
    assert first.effects[0].sentence in text


def test_what_no_log_is_written_in_stays_in_si() -> None:
    words = Wording(hotfire.load_engine("rl10a-3-3a"), {})
    unit = words._unit("jacket.enthalpy")
    assert unit == "J/kg"
    assert words.value(2.5e6, unit) == 2.5e6


@pytest.mark.parametrize("name", engine_names())
def test_every_quantity_of_an_engine_can_be_written(name: str) -> None:
    engine = hotfire.load_engine(name)
    words = Wording(engine, {})
    for quantity in engine.network.unknowns:
        unit = words._unit(quantity)
        assert signed(words.value(1e5, unit) - words.value(0.9e5, unit), unit)[0] == "+"
