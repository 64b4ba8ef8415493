"""Zeros before and after a test, which tell an offset from a wrong proportion of the same sensor."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hotfire
from hotfire.experts.case import case_of_log
from hotfire.experts.hypotheses import labels_of
from hotfire.experts.measuring import measured
from hotfire.observing.sighting import sight
from hotfire.observing.zero_shift import ZeroShift, weighed_by_zeros, zero_shifts
from hotfire.physics.diagnosis.explanations import Explanation, Weighed
from hotfire.physics.diagnosis.hypotheses import Course
from hotfire.physics.sensors import SENSOR_FAULTS, Sensor
from hotfire.simulate import SimulatedFault, TestSequence, simulate_log

ENGINE = hotfire.load_engine("demo-engine")
THRUST = ENGINE.sensors["thrust"]
ONE = np.ones(1)


def weighed(name: str, probability: float, size: float, onset: float | None = 1.5) -> Weighed:
    courses = []
    for part in name.split(" + "):
        sensor, _, mode = part.rpartition(".")
        fault = SENSOR_FAULTS[mode] if sensor in ENGINE.sensors else ENGINE.network.faults[part]
        courses.append(Course(part, fault, onset))
    first, *others = courses
    spread = (np.array([size]), ONE)
    beside = tuple(spread for _ in others)
    course = first.beside(others)
    return Weighed(name, probability, (Explanation(course, 0.0, *spread, ONE, 0.0, beside),))


def shifted(shift: float, sensor: Sensor = THRUST) -> ZeroShift:
    return ZeroShift(sensor, 0.0, shift)


def test_a_zero_that_moved_by_the_offset_speaks_for_it_and_one_that_did_not_against_it() -> None:
    ranked = (weighed("thrust.scale", 0.6, 0.2), weighed("thrust.bias", 0.4, 0.1))
    moved = weighed_by_zeros(ranked, [shifted(0.1 * THRUST.span)])
    assert moved[0].name == "thrust.bias"
    assert moved[0].probability > 0.95
    still = weighed_by_zeros(ranked, [shifted(0.0)])
    assert still[0].name == "thrust.scale"
    assert still[0].probability > 0.95


@given(st.floats(-1.0, 1.0), st.floats(0.01, 0.9), st.floats(0.01, 0.5))
def test_a_zero_accuses_nobody_and_acquits_nobody(share: float, faulty: float, size: float) -> None:
    one = weighed("fuel_injector.blockage", 1.0 - faulty, size)
    ranked = (one, weighed("thrust.scale", 0.5 * faulty, size), weighed("thrust.bias", 0.5 * faulty, size))
    found = {w.name: w.probability for w in weighed_by_zeros(ranked, [shifted(share * THRUST.span)])}
    assert found["fuel_injector.blockage"] == pytest.approx(1.0 - faulty)
    assert sum(found.values()) == pytest.approx(1.0)
    assert min(found.values()) > 0.0


def test_pairs_are_weighed_beside_the_same_other_fault_alone() -> None:
    other = "fuel_injector.blockage"
    ranked = (
        weighed(f"{other} + thrust.scale", 0.5, 0.1),
        weighed(f"{other} + thrust.bias", 0.3, 0.1),
        weighed("thrust.scale", 0.2, 0.1),
    )
    found = {w.name: w.probability for w in weighed_by_zeros(ranked, [shifted(0.1 * THRUST.span)])}
    assert found["thrust.scale"] == pytest.approx(0.2)
    assert found[f"{other} + thrust.bias"] > 0.75


def test_an_offset_from_the_start_moves_no_zero() -> None:
    course = weighed("thrust.bias", 1.0, 0.1, onset=None).best.courses[0]
    assert shifted(0.0).weight(course, 0.1) > 0.9
    assert shifted(0.1 * THRUST.span).weight(course, 0.1) < 0.1


@pytest.mark.parametrize(("mode", "size"), [("bias", 0.1), ("scale", 0.24)])
def test_a_whole_log_tells_an_offset_from_a_wrong_proportion(mode: str, size: float) -> None:
    log = simulate_log(ENGINE, [SimulatedFault(f"thrust.{mode}", size, 1.5)], 3)
    first = hotfire.diagnose(log, engine=ENGINE, expert="symbolic").hypotheses[0]
    assert first.faults[0].name == f"thrust.{mode}"
    assert first.probability > 0.95


def test_the_models_own_answer_heeds_the_zeros_as_well() -> None:
    case = case_of_log(simulate_log(ENGINE, [SimulatedFault("thrust.bias", 0.1, 1.5)], 3), ENGINE)
    words = labels_of(case.engine).by_name
    undecided = {words["thrust.scale"]: 0.6, words["thrust.bias"]: 0.39, "nominal": 0.01}
    found = measured(case, undecided)
    assert found.ranked[0].name == "thrust.bias"
    assert found.ranked[0].probability > 0.9


def test_shifts_are_told_of_sensors_that_return_and_of_logs_that_go_on() -> None:
    log = simulate_log(ENGINE, [SimulatedFault("thrust.bias", 0.1, 1.5)], 3)
    shifts = {z.sensor.name: z.shift for z in zero_shifts(sight(log, ENGINE))}
    assert shifts["thrust"] == pytest.approx(0.1 * THRUST.span, rel=0.1)
    assert abs(shifts["chamber_pressure"]) < 0.01 * ENGINE.sensors["chamber_pressure"].span
    assert "fuel_tank_pressure" not in shifts
    usual = TestSequence.of(ENGINE)
    short = simulate_log(ENGINE, [], 3, sequence=replace(usual, end=usual.burn + 0.3))
    assert zero_shifts(sight(short, ENGINE)) == ()


def test_what_a_tank_holds_is_no_zero(tmp_path: Path) -> None:
    weighing = "  tank_mass: {measures: oxidizer_tank.propellant_mass, span: 20 kg, unit: kg}\n"
    text = resources.files("hotfire").joinpath("engines/demo-engine.yaml").read_text(encoding="utf-8")
    file = tmp_path / "weighed.yaml"
    file.write_text(text.replace("\nsensors:\n", f"\nsensors:\n{weighing}"), encoding="utf-8")
    engine = hotfire.load_engine(file)
    seen = sight(simulate_log(engine, seed=4), engine)
    assert seen.observed is not None
    assert seen.observed.offsets == {}
    names = [s.name for s in seen.observed.observation.sensors]
    assert seen.observed.observation.means[0, names.index("tank_mass")] == pytest.approx(4.6, abs=0.4)
    shifts = {s.sensor.name for s in zero_shifts(seen)}
    assert "thrust" in shifts
    assert "tank_mass" not in shifts
