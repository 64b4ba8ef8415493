"""Numbers, sensors and channels of an engine file that cannot be are refused by line, with a remedy."""

import math
from pathlib import Path

import pytest

from hotfire.engine import Engine
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.bounds import ANY, COEFFICIENT, NOT_NEGATIVE, POSITIVE, SHARE, TOLERANCE, Bounds
from hotfire.physics.components import COMPONENTS
from hotfire.physics.errors import EngineError
from hotfire.physics.unit_check import _plain_evaluation, _values

FILE = """\
schema: hotfire.engine/1
name: Kestrel
propellants: {oxidizer: LOX, fuel: ethanol}
ambient_pressure: 1.0 bara
components:
  lox_tank: {type: regulated_tank, set_pressure: 32 bara, density: 1135 kg/m^3, propellant_mass: 16 kg}
  fuel_tank: {type: regulated_tank, set_pressure: 32 bara, density: 789 kg/m^3, propellant_mass: 13 kg}
  lox_injector: {type: injector, effective_area: {value: 40 mm^2, tolerance: 6 %, source: water flow}}
  fuel_injector: {type: injector, effective_area: {drop: 7 bar, flow: 1.1 kg/s, density: 789 kg/m^3}}
  chamber: {type: combustor, c_star_efficiency: 0.93}
  nozzle: {type: nozzle, throat_area: 1850 mm^2, area_ratio: 3.8, thrust_efficiency: 0.95}
connections:
  - lox_tank -> lox_injector -> chamber.oxidizer
  - fuel_tank -> fuel_injector -> chamber.fuel
  - chamber -> nozzle
sensors:
  chamber_pressure: {measures: chamber.pressure, span: 50 bar, unit: bar, channels: [PT-1]}
  tank_pressure: {measures: lox_tank.pressure, span: 70 bar, scale_tolerance: 1 %, channels: [PT-2]}
  thrust: {measures: nozzle.thrust, kind: force, span: 10 kN, unit: N, channels: [LC-1]}
inputs:
  chamber.ignition: {recorded_by: igniter_current}
sequence: {burn: 5 s, after: 2 s}
"""


def loaded(tmp_path: Path, old: str = "", new: str = "") -> Engine:
    path = tmp_path / "engine.yaml"
    assert FILE.count(old) == 1 or not old
    path.write_text(FILE.replace(old, new) if old else FILE, encoding="utf-8")
    return load_engine(path)


def refused(tmp_path: Path, old: str, new: str) -> EngineError:
    """The error, which names the line of what was changed."""
    with pytest.raises(EngineError) as caught:
        loaded(tmp_path, old, new)
    line = FILE[: FILE.index(old)].count("\n") + 1
    assert caught.value.where == f"{tmp_path / 'engine.yaml'}:{line}"
    return caught.value


def test_the_file_as_it_stands_is_sound(tmp_path: Path) -> None:
    assert loaded(tmp_path).sensors["thrust"].kind == "force"


@pytest.mark.parametrize(
    ("old", "new", "names", "remedy"),
    [
        ("40 mm^2", "-40 mm^2", "lox_injector.effective_area is -40 mm^2", "above 0 m^2"),
        ("40 mm^2", "0 mm^2", "lox_injector.effective_area is 0 mm^2", "above 0 m^2"),
        ("16 kg", "-16 kg", "lox_tank.propellant_mass is -16 kg", "above 0 kg"),
        ("0.93", "93", "chamber.c_star_efficiency is 93", "`93 %` if per cent was meant"),
        ("0.93", "-0.93", "chamber.c_star_efficiency is -0.93", "above 0 and at most 1.1"),
        ("0.93", ".nan", "chamber.c_star_efficiency is nan", "above 0 and at most 1.1"),
        ("area_ratio: 3.8", "area_ratio: 0.38", "nozzle.area_ratio is 0.38", "at least 1"),
        ("area_ratio: 3.8", "area_ratio: .inf", "nozzle.area_ratio is inf", "at least 1"),
        ("6 %", "-6 %", "the tolerance of lox_injector.effective_area is -6 %", "at least 0"),
        ("6 %", "6", "the tolerance of lox_injector.effective_area is 6", "`6 %` if per cent was meant"),
        ("6 %", "1", "the tolerance of lox_injector.effective_area is 1", "`1 %` if per cent was meant"),
        ("6 %", "300 %", "the tolerance of lox_injector.effective_area is 300 %", "below 1"),
        ("7 bar", "-7 bar", "`drop` is -7 bar", "above 0 Pa"),
        ("50 bar", "-50 bar", "`span` is -50 bar", "above 0 Pa"),
        ("1 %", "1", "`scale_tolerance` is 1", "`1 %` if per cent was meant"),
        ("burn: 5 s", "burn: -5 s", "`burn` is -5 s", "above 0 s"),
    ],
)
def test_an_impossible_number_is_refused(tmp_path: Path, old: str, new: str, names: str, remedy: str) -> None:
    error = refused(tmp_path, old, new)
    assert names in error.what
    assert "it must be" in error.why
    assert remedy in error.remedy


@pytest.mark.parametrize(("written", "value"), [("1.05", 1.05), ("93 %", 0.93)])
def test_an_efficiency_may_lie_a_little_above_one_and_in_per_cent(
    tmp_path: Path, written: str, value: float
) -> None:
    network = loaded(tmp_path, "0.93", written).network
    assert network.parameter_values["chamber.c_star_efficiency"] == pytest.approx(value)


def test_bounds_hold_at_their_ends() -> None:
    assert not POSITIVE.allow(0.0)
    assert NOT_NEGATIVE.allow(0.0)
    assert SHARE.allow(1.0)
    assert not TOLERANCE.allow(1.0)
    assert not COEFFICIENT.allow(1.11)
    assert ANY.allow(-5.0)
    assert not any(ANY.allow(x) for x in (math.inf, -math.inf, math.nan))
    assert [b.text for b in (ANY, Bounds(1.0), SHARE)] == [
        "any finite number",
        "at least 1",
        "above 0 and at most 1",
    ]


def test_every_default_lies_within_its_bounds() -> None:
    for kind in COMPONENTS.values():
        for parameter in kind.parameters:
            assert parameter.default is None or parameter.bounds.allow(parameter.default), parameter
            assert TOLERANCE.allow(parameter.tolerance), parameter


def test_a_pressure_says_gauge_or_absolute(tmp_path: Path) -> None:
    old, new = "32 bara, density: 1135", "{} , density: 1135"
    error = refused(tmp_path, old, new.format("32 bar"))
    assert "lox_tank.set_pressure" in error.what
    assert "`32 barg` or `32 bara`" in error.remedy
    gauge = loaded(tmp_path, old, new.format("32 barg")).network
    assert gauge.parameter_values["lox_tank.set_pressure"] == pytest.approx(32e5 + 101325.0)


def test_a_difference_of_pressures_is_neither_gauge_nor_absolute(tmp_path: Path) -> None:
    areas = {
        loaded(tmp_path, "7 bar", f"7 bar{mark}").network.parameter_values["fuel_injector.effective_area"]
        for mark in ("", "g", "a", "d")
    }
    assert len(areas) == 1
    assert loaded(tmp_path, "50 bar", "50 barg").sensors["chamber_pressure"].span == pytest.approx(50e5)


def test_the_kind_of_a_sensor_follows_from_what_it_measures(tmp_path: Path) -> None:
    assert loaded(tmp_path, "kind: force, ", "").sensors["thrust"].kind == "force"
    bare = loaded(tmp_path, "kind: force, span: 10 kN, unit: N, ", "").sensors["thrust"]
    assert (bare.kind, bare.unit) == ("force", "N")


def test_a_kind_that_does_not_fit_what_is_measured_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "kind: force, span: 10 kN, unit: N", "kind: mass, span: 10 kg, unit: kg")
    assert "`thrust` is of the kind `mass`, but `nozzle.thrust` is of the kind `force`" in error.what
    assert "`kind: force`" in error.remedy


def test_a_unit_that_does_not_fit_the_sensor_is_refused(tmp_path: Path) -> None:
    assert "`thrust`" in refused(tmp_path, "unit: N", "unit: kg").what


def test_a_sensor_of_nothing_is_refused_by_line(tmp_path: Path) -> None:
    error = refused(tmp_path, "chamber.pressure", "chamber.presure")
    assert "chamber.pressure" in error.remedy


def test_what_no_sensor_reads_is_refused(tmp_path: Path) -> None:
    assert "in m^2" in refused(tmp_path, "nozzle.thrust,", "nozzle.throat_area,").what


def test_a_channel_of_two_sensors_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "PT-2", "PT-1")
    assert "`chamber_pressure` and `tank_pressure` both have the channel `PT-1`" in error.what


def test_an_input_says_what_records_it(tmp_path: Path) -> None:
    assert (
        "recorded_by"
        in refused(tmp_path, "chamber.ignition: {recorded_by: igniter_current}", "chamber.ignition: 1").remedy
    )


@pytest.mark.parametrize("name", engine_names())
def test_what_can_be_measured_is_told_without_evaluating(name: str) -> None:
    network = load_engine(name).network
    outputs = _plain_evaluation(network, _values(network)).outputs
    assert set(outputs) <= set(network.measurable)
    assert all(n.endswith(".temperature") for n in set(network.measurable) - set(outputs))


def test_an_unknown_engine_far_from_all_names_lists_them_all() -> None:
    with pytest.raises(EngineError) as caught:
        load_engine("nosuch")
    assert all(name in caught.value.remedy for name in engine_names())
    with pytest.raises(EngineError) as caught:
        load_engine("SSME")
    assert caught.value.remedy == "use one of ssme, or the path of a .yaml file"
