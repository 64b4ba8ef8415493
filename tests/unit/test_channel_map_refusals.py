"""Channel maps and column names that do not fit are refused, and the error says where and what to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hotfire import ChannelMapError, LogError
from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.log import Log
from hotfire.observing.matching import match_log
from hotfire.telemetry import ChannelMap, guess_roles, read_log
from hotfire.telemetry.channel_map import Entry

TIME = np.arange(300) * 0.01
ROLES = {"pcc": "chamber_pressure", "ft": "thrust", "pft": "fuel_tank_pressure"}


@pytest.fixture(scope="module")
def engine() -> Engine:
    """An engine whose file names the channels pcc, ft, pft and pot."""
    return load_engine("stanford-helios")


def write(folder: Path, names: Sequence[str]) -> Path:
    columns = np.column_stack([TIME, *(20.0 + np.sin(TIME * (i + 1)) for i in range(len(names)))])
    lines = [",".join(("time", *names)), *(",".join(f"{v:.4f}" for v in row) for row in columns)]
    path = folder / "log.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def read(folder: Path, names: Sequence[str], channels: str) -> Log:
    given = folder / "channels.yaml"
    given.write_text(f"ambient_pressure: 1 bar\nchannels:\n{channels}\n")
    return read_log(write(folder, names), channel_map=given)


def test_a_unit_of_another_kind_than_a_usual_role_is_refused_on_reading(tmp_path: Path) -> None:
    with pytest.raises(ChannelMapError) as caught:
        read(tmp_path, ["PT-105 PC"], '  "PT-105 PC": {role: chamber_pressure, unit: lbf}')
    error = caught.value
    assert error.where == f"{tmp_path / 'channels.yaml'}, line 3"
    assert all(w in error.what for w in ("'PT-105 PC'", "'chamber_pressure'", "'lbf'", "a pressure"))
    assert "psi" in error.remedy


def test_kilograms_on_a_force_are_refused_with_the_word_to_write(tmp_path: Path) -> None:
    with pytest.raises(ChannelMapError) as caught:
        read(tmp_path, ["BRIDGE0"], "  BRIDGE0: {role: thrust, unit: kg}")
    assert "`kgf`" in caught.value.remedy
    assert caught.value.where.endswith("line 3")


def test_a_map_made_in_python_is_held_to_the_same(tmp_path: Path) -> None:
    given = ChannelMap({"A": Entry(role="thrust", unit="psi")})
    with pytest.raises(ChannelMapError, match="force"):
        read_log(write(tmp_path, ["A"]), channel_map=given)


@pytest.mark.parametrize(
    ("role", "unit", "kind"),
    [
        ("fuel_valve_position", "V", "voltage"),
        ("fuel_mass_flow", "gpm", "volume_flow"),
        ("thrust", "lb", "force"),
    ],
)
def test_units_that_a_role_may_have_stay(tmp_path: Path, role: str, unit: str, kind: str) -> None:
    assert read(tmp_path, ["A"], f"  A: {{role: {role}, unit: {unit}}}").channels["A"].kind == kind


def test_the_engine_says_the_kind_of_its_own_roles(tmp_path: Path, engine: Engine) -> None:
    others = [s.name for s in engine.sensors.values() if s.kind == "pressure"]
    log = read(tmp_path, ["A (K)"], f"  A: {{role: {others[0]}}}")  # the unit stands in the file
    with pytest.raises(ChannelMapError) as caught:
        match_log(log, engine)
    assert others[0] in caught.value.what
    assert caught.value.where.endswith("channels.yaml, line 3")


def test_a_volume_flow_is_no_mass_flow_to_an_engine(tmp_path: Path) -> None:
    engine = load_engine("hydrazine-thruster")
    role = next(s.name for s in engine.sensors.values() if s.kind == "mass_flow")
    with pytest.raises(ChannelMapError, match="mass flow"):
        match_log(read(tmp_path, ["A"], f"  A: {{role: {role}, unit: gpm}}"), engine)


@pytest.mark.parametrize(
    ("word", "near"),
    [("chamber_presure", "chamber_pressure"), ("pc_main", "chamber_pressure"), ("xyz", "sensor")],
)
def test_a_role_that_the_engine_does_not_know_is_refused(
    tmp_path: Path, engine: Engine, word: str, near: str
) -> None:
    log = read(tmp_path, ["A"], f"  A: {{role: {word}, unit: psig}}")
    with pytest.raises(ChannelMapError) as caught:
        match_log(log, engine)
    assert repr(word) in caught.value.what
    assert caught.value.where.endswith("channels.yaml, line 3")
    assert near in caught.value.remedy


def test_a_usual_role_without_a_sensor_is_told_and_ignored_ones_are_not(
    tmp_path: Path, engine: Engine
) -> None:
    assert "throat_wall_temperature" not in engine.sensors
    text = "  A: {role: throat_wall_temperature, unit: K}\n  B: ignore\n  C: ignore\n  D: ignore"
    matched = match_log(read(tmp_path, ["A", "B", "C", "D", "D"], text), engine)
    (note,) = [n for n in matched.notes if n.code == "role_unused"]
    assert note.channel == "A"
    assert match_log(matched, engine).notes == matched.notes


def test_a_name_that_stands_twice_is_not_taken_by_order(tmp_path: Path, engine: Engine) -> None:
    log = read_log(write(tmp_path, ["pcc", "pcc", "ft"]))
    with pytest.raises(LogError) as caught:
        match_log(log, engine)
    assert caught.value.where == str(tmp_path / "log.csv")
    assert '"pcc (1)": {role: chamber_pressure}' in caught.value.remedy
    assert '"pcc (2)"' in caught.value.remedy


def test_a_map_says_which_of_two_columns(tmp_path: Path, engine: Engine) -> None:
    for written, name in (("pcc (1)", "pcc"), ("pcc (2)", "pcc (2)")):
        log = read(tmp_path, ["pcc", "pcc"], f'  "{written}": {{role: chamber_pressure, unit: bara}}')
        chosen = match_log(log, engine).role("chamber_pressure")
        assert chosen is not None
        assert chosen.name == name


@pytest.mark.parametrize("names", [("pcc", "pcc"), ("pcc (bar)", "pcc (psi)")])
def test_a_map_that_gives_a_role_to_a_name_of_two_columns_is_refused(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    with pytest.raises(ChannelMapError) as caught:
        read(tmp_path, names, "  pcc: {role: chamber_pressure}")
    assert caught.value.where.endswith("line 3")
    assert "several columns" in caught.value.what


def test_one_column_has_one_entry(tmp_path: Path) -> None:
    with pytest.raises(ChannelMapError, match="same column"):
        read(tmp_path, ["A", "A"], '  "A": {unit: N}\n  "A (1)": {unit: N}')


def test_copies_that_are_equal_or_empty_leave_nothing_open(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "log.csv"
    lines = ["time,pcc,pcc,pcc", *(f"{t:.2f},{3 + t:.2f},{3 + t:.2f}," for t in TIME)]
    path.write_text("\n".join(lines) + "\n")
    chosen = match_log(read_log(path), engine).role("chamber_pressure")
    assert chosen is not None
    assert chosen.name == "pcc"


def test_a_guess_between_two_of_one_name_says_how_to_write_the_first(tmp_path: Path) -> None:
    (guess,) = guess_roles(read_log(write(tmp_path, ["P_Chamber", "P_Chamber"])), ["chamber_pressure"])
    assert guess.channel is None
    assert "P_Chamber (1)" in guess.remedy
