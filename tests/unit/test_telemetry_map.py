"""Channel maps, roles, gauge or absolute, units rows that do not line up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotfire import ChannelMapError, UnitError
from hotfire.log import Channel, Log
from hotfire.telemetry import ChannelMap, assign_roles, guess_roles, load_channel_map, read_log
from hotfire.telemetry.names import is_time_name, kinds_of
from hotfire.telemetry.units_row import UNTRUSTED, align_units

TIME = np.arange(400) * 0.01


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    burn = np.where((TIME > 1) & (TIME < 3), 1.0, 0.0)
    lines = ["time,PT1,PT2,LC1,TC1"]
    lines += [
        f"{t:.2f},{300 * b + 0.5:.2f},{700 - 20 * t:.2f},{50 * b:.2f},{21.5 + t:.2f}"
        for t, b in zip(TIME, burn, strict=True)
    ]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines))
    return path


def mapped(folder: Path, text: str) -> Path:
    path = folder / "channels.yaml"
    path.write_text(text)
    return path


def test_a_map_settles_units_roles_and_scale(log_file: Path, tmp_path: Path) -> None:
    text = """
ambient_pressure: 0.95 bar
channels:
  PT1: {role: chamber_pressure, unit: psi, reference: gauge, sensor: pressure transducer}
  PT2: {role: oxidizer_tank_pressure, unit: psia}
  LC1: {role: thrust, unit: lb, scale: 2.0, offset: -1.0}
  TC1: {unit: C}
"""
    log = read_log(log_file, channel_map=mapped(tmp_path, text))
    chamber = log.role("chamber_pressure")
    assert chamber is not None
    assert chamber.values[0] == pytest.approx(0.5 * 6894.757293168361 + 95000.0)
    assert (chamber.unit_source, chamber.reference, chamber.reference_source) == (
        "channel map",
        "gauge",
        "channel map",
    )
    assert chamber.sensor == "pressure transducer"
    assert log.channels["PT2"].values[0] == pytest.approx(700 * 6894.757293168361)
    assert log.channels["LC1"].values[0] == pytest.approx(-4.4482216152605)
    assert log.channels["TC1"].values[0] == pytest.approx(294.65)
    assert not any(n.code.startswith("reference") for n in log.notes)


def test_gauge_is_inferred_from_rest_and_reported(log_file: Path, tmp_path: Path) -> None:
    text = "channels: {PT1: {unit: psi}, PT2: {unit: psi}}"
    log = read_log(log_file, channel_map=mapped(tmp_path, text))
    assert {log.channels[c].reference for c in ("PT1", "PT2")} == {"gauge"}
    assert log.channels["PT1"].reference_source == "inferred"
    note = next(n for n in log.notes if n.code == "reference_inferred")
    assert "PT1 rests" in note.message
    assert "reference: gauge" in note.remedy


def test_absolute_is_inferred_from_rest(log_file: Path, tmp_path: Path) -> None:
    text = "channels: {PT1: {unit: psi, offset: 14.2}}"
    log = read_log(log_file, channel_map=mapped(tmp_path, text))
    assert log.channels["PT1"].reference == "absolute"
    assert log.channels["PT1"].values[0] == pytest.approx(14.7 * 6894.757293168361)


def test_without_evidence_gauge_is_assumed_and_a_warning(log_file: Path, tmp_path: Path) -> None:
    log = read_log(log_file, channel_map=mapped(tmp_path, "channels: {PT2: {unit: psi}}"))
    note = next(n for n in log.notes if n.code == "reference_assumed")
    assert note.severity == "warning"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("channels:\n  PT1: {rolle: thrust}", 2, "rolle"),
        ("channels:\n  PT1: {unit: furlong}", 2, "furlong"),
        ("channels:\n  PT1: {unit: psi, reference: relative}", 2, "relative"),
        ("channels:\n  PT1: {scale: big}", 2, "big"),
        ("channels:\n  PT1: {scale: 0}", 2, "scale 0"),
        ("channels:\n  PT1: {role: a}\n  PT2: {role: a}", 3, "same role"),
        ("channels:\n  PT1: {role: a}\n  PT1: {role: b}", 3, "twice"),
        ("channels:\n  PT9: {role: a}", 2, "no channel"),
        ("time: {rate: -5}", 1, "not positive"),
        ("time: {unit: bar}", 1, "bar"),
        ("ambient_pressure: 3 m", 1, "m"),
        ("ambient_pressure: 30 bar", 1, "ambient"),
        ("channels: [a, b]", 1, "mapping"),
        ("channels:\n  PT1: {unit: psi\n", 3, "YAML"),
        ("a: !!python/object/apply:os.system [ls]", 1, "unknown entry"),
    ],
)
def test_errors_name_the_line(text: str, line: int, words: str, log_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ChannelMapError) as caught:
        read_log(log_file, channel_map=mapped(tmp_path, text))
    assert words in str(caught.value)
    assert f"line {line}" in caught.value.where


def test_an_ambiguous_unit_is_settled_by_the_role_or_refused(log_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ChannelMapError, match="ambiguous"):
        read_log(log_file, channel_map=mapped(tmp_path, "channels: {PT1: {unit: lb, kind: other}}"))


def test_maps_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ChannelMapError):
        load_channel_map(tmp_path / "none.yaml")
    (tmp_path / "empty.yaml").write_text("")
    assert load_channel_map(tmp_path / "empty.yaml") == ChannelMap(source=str(tmp_path / "empty.yaml"))


def test_a_map_can_name_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("tick,a\n" + "\n".join(f"{1000 * i},{i % 7}" for i in range(50)))
    log = read_log(path, channel_map=mapped(tmp_path, "time: {channel: tick, unit: us}"))
    assert log.channels["a"].rate == pytest.approx(1000.0)


NAMES = ["P_INJ", "P_CH", "P_TANK", "L_THRUST", "L_TANK", "T_WALL", "seconds"]
UNITS = ["psi", "psi", "psi", "N", "kg", "C", "s"]


def test_a_units_row_that_fits_is_used() -> None:
    assert align_units(NAMES, UNITS) == (tuple(UNITS), "units row", ())


@pytest.mark.parametrize("row", [["", *UNITS], ["", *UNITS[:-1]], UNITS[:-1]])
def test_a_units_row_of_another_length_is_only_proposed_when_proved(row: list[str]) -> None:
    units, source, notes = align_units(NAMES, row)
    if notes:
        assert notes[0].code == "units_row_mismatch"
        assert source == UNTRUSTED
    assert units[:6] == tuple(UNITS[:6])


def test_a_units_row_without_proof_is_not_used() -> None:
    names = ["a", "b", "c", "d"]
    units, source, notes = align_units(names, ["", "psi", "psi", "N", "kg"])
    assert set(units) == {""}
    assert source == ""
    assert notes[0].code == "units_row_mismatch"


def channel(name: str, kind: str | None = None, unit: str | None = None) -> Channel:
    kind = kind or (kinds_of(name) or (None,))[0]
    return Channel(name, TIME, np.sin(TIME), kind=kind, unit=unit)


def log_of(*names: str) -> Log:
    return Log(None, "memory", {n: channel(n) for n in names})


def test_roles_by_words() -> None:
    log = log_of(
        "PT-1 Ox Tank", "PT-2 Fuel Tank", "P_Chamber", "Load Cell", "PT-4 Injector Oxidizer", "TC wall"
    )
    found = {g.role: g.channel for g in guess_roles(log)}
    assert found["oxidizer_tank_pressure"] == "PT-1 Ox Tank"
    assert found["fuel_tank_pressure"] == "PT-2 Fuel Tank"
    assert found["chamber_pressure"] == "P_Chamber"
    assert found["thrust"] == "Load Cell"
    assert found["oxidizer_manifold_pressure"] == "PT-4 Injector Oxidizer"
    assert found["fuel_manifold_pressure"] is None


def test_short_names() -> None:
    found = {g.role: g.channel for g in guess_roles(log_of("pft", "pot", "pom", "pcc", "ft"))}
    assert found["fuel_tank_pressure"] == "pft"
    assert found["oxidizer_tank_pressure"] == "pot"
    assert found["oxidizer_manifold_pressure"] == "pom"
    assert found["chamber_pressure"] == "pcc"
    assert found["thrust"] == "ft"


def test_two_alike_are_not_assigned_but_reported() -> None:
    log = assign_roles(log_of("PC1", "PC2", "P_Ox_Tank"), ["chamber_pressure", "oxidizer_tank_pressure"])
    assert log.role("chamber_pressure") is None
    assert log.role("oxidizer_tank_pressure") is log.channels["P_Ox_Tank"]
    note = next(n for n in log.notes if n.code == "role_open")
    assert "PC1" in note.message
    assert "role: chamber_pressure" in note.remedy


def test_the_same_name_wins() -> None:
    found = {
        g.role: g.channel for g in guess_roles(log_of("chamber_pressure", "P_Chamber"), ["chamber_pressure"])
    }
    assert found["chamber_pressure"] == "chamber_pressure"


def test_kinds_must_agree() -> None:
    log = Log(None, "memory", {"T_Chamber": channel("T_Chamber"), "x": channel("x")})
    assert all(g.channel is None for g in guess_roles(log, ["chamber_pressure", "thrust"]))


@pytest.mark.parametrize(
    "name",
    ["time", "Time(s)", "t [ms]", "T", "timestamp", "seconds", "Elapsed Time", "Datetime", "Zeit", "time_ms"],
)
def test_names_of_clocks(name: str) -> None:
    assert is_time_name(name)


@pytest.mark.parametrize("name", ["T_wall", "Fill_Time", "TC1", "P_time_max_of_run", "thrust", "", "12"])
def test_names_of_other_things(name: str) -> None:
    assert not is_time_name(name)


def test_channel_map_errors_are_unit_errors_only_where_they_are() -> None:
    assert not issubclass(ChannelMapError, UnitError)


def test_a_unit_that_does_not_fit_is_named() -> None:
    units, _, notes = align_units(["Time", "PT-101", "TC-2"], ["s", "kg", "degC"])
    (note,) = notes
    assert units == ("s", "kg", "degC")
    assert "PT-101 (kg)" in note.message
    assert "TC-2" not in note.message


def test_no_unit_a_time_of_day_and_a_flow_transmitter_fit() -> None:
    names = ["clock", "p_inj_ox", "pos_ox", "FT-102"]
    assert align_units(names, ["hh:mm:ss", "kPa", "-", "kg/s"])[2] == ()
