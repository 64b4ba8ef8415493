"""Engine files: every mistake is named with its place and its remedy."""

from pathlib import Path

import pytest

from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.errors import EngineError

DEMO = Path(str(load_engine("demo-engine").path)).read_text(encoding="utf-8")


def broken(tmp_path: Path, old: str, new: str) -> str:
    path = tmp_path / "engine.yaml"
    assert old in DEMO
    path.write_text(DEMO.replace(old, new), encoding="utf-8")
    with pytest.raises(EngineError) as caught:
        load_engine(path)
    return str(caught.value)


@pytest.mark.parametrize("name", engine_names())
def test_every_number_of_a_shipped_engine_has_a_provenance(name: str) -> None:
    engine = load_engine(name)
    assert set(engine.provenance) == set(engine.network.parameter_values)
    assert all(s.span > 0 for s in engine.sensors.values())


def test_unknown_parameter_is_named_with_its_line_and_a_suggestion(tmp_path: Path) -> None:
    text = broken(tmp_path, "throat_area: 330 mm^2", "throat_aria: 330 mm^2")
    assert "throat_area" in text
    assert "engine.yaml:" in text


def test_missing_unit_is_refused(tmp_path: Path) -> None:
    assert "unit" in broken(tmp_path, "throat_area: 330 mm^2", "throat_area: 330")


def test_wrong_unit_is_refused(tmp_path: Path) -> None:
    assert "bar" in broken(tmp_path, "throat_area: 330 mm^2", "throat_area: 330 bar")


def test_open_port_is_named(tmp_path: Path) -> None:
    assert "chamber.outlet is connected 0 times" in broken(tmp_path, "  - chamber -> nozzle\n", "")


def test_unknown_propellant_is_named(tmp_path: Path) -> None:
    assert "unobtainium" in broken(tmp_path, "fuel: ethanol", "fuel: unobtainium")


def test_key_given_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in broken(tmp_path, "name: Demonstrator", "name: Demonstrator\nname: Other")


def test_alias_is_refused(tmp_path: Path) -> None:
    assert "alias" in broken(tmp_path, "name: Demonstrator", "name: &a Demonstrator\ndescription2: *a")


def test_unknown_engine_names_the_nearest() -> None:
    with pytest.raises(EngineError, match="demo-engine"):
        load_engine("demo-engin")


def other(tmp_path: Path, engine: str, *changes: tuple[str, str]) -> str:
    text = Path(str(load_engine(engine).path)).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "engine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(EngineError) as caught:
        load_engine(tmp_path / "engine.yaml")
    return str(caught.value)


def test_a_jacket_cooled_by_a_liquid_without_temperature_is_refused_with_the_tank_to_mend(
    tmp_path: Path,
) -> None:
    told = other(
        tmp_path,
        "methane-expander-bleed",
        (
            "fluid: LCH4, set_pressure: 3 bara, temperature: 112 K",
            "density: 422 kg/m^3, set_pressure: 3 bara",
        ),
    )
    assert "`jacket` (regenerative_jacket) needs the enthalpy" in told and "engine.yaml:" in told
    assert (
        "in `fuel_tank` (line 7), write `fluid: LCH4, temperature: ...`" in told and "cooling_jacket" in told
    )


def test_a_nozzle_behind_a_gas_generator_is_refused_with_both_names(tmp_path: Path) -> None:
    told = other(
        tmp_path,
        "demo-engine",
        ("type: combustor, c_star_efficiency: 0.93", "type: gas_generator"),
    )
    assert "`nozzle` (nozzle) cannot be fed by `chamber` (gas_generator)" in told
    assert "`c_star`" in told and "exhaust" in told and "engine.yaml:" in told


def test_wander_can_be_given_and_is_what_the_diagnosis_allows_for(tmp_path: Path) -> None:
    usual = load_engine("demo-engine").network.wandering
    assert usual["fuel_tank.departure"] == 0.04
    old, path = "fuel_tank: {", tmp_path / "own.yaml"
    path.write_text(DEMO.replace(old, f"{old}departure: {{value: 1, wander: 1 %}}, "), encoding="utf-8")
    assert load_engine(path).network.wandering == {**usual, "fuel_tank.departure": 0.01}
    path.write_text(DEMO.replace(old, f"{old}departure: {{value: 1, wander: 0}}, "), encoding="utf-8")
    assert "fuel_tank.departure" not in load_engine(path).network.wandering
    assert "the wander of fuel_tank.departure" in broken(
        tmp_path, old, f"{old}departure: {{value: 1, wander: 150 %}}, "
    )
