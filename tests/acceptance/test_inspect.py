"""A look at real logs, measured by strangers: every file gives a log with honest notes or a clean refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hotfire import LogError
from hotfire.log import Log, Note
from hotfire.telemetry import inspect, read_log, render

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def logs(shared: Path) -> Path:
    return shared / "data" / "hotfire"


def notes(log: Log, code: str) -> list[Note]:
    return [n for n in log.notes if n.code == code]


def test_every_file_gives_a_log_or_a_clean_refusal(logs: Path) -> None:
    read, refused = [], []
    for path in sorted(
        p for p in logs.rglob("*") if p.is_file() and p.name != "LICENSE" and p.suffix != ".md"
    ):
        try:
            log = read_log(path)
        except LogError as error:
            assert error.what
            assert error.remedy, path
            assert str(path) in error.where
            refused.append(path.name)
        else:
            assert log.channels
            for channel in log.channels.values():
                assert len(channel.time) == len(channel.values)
                assert (np.diff(channel.time) >= 0).all()
            read.append(path.name)
    assert len(read) >= 20
    expected = {"SULREtestdata_test2_20251019-1222.csv", "black_box_COLDFLOW_pi.txt", "Header.txt"}
    assert expected <= set(refused)


def test_matlab_with_held_thrust(logs: Path) -> None:
    log = read_log(logs / "stanford-helios" / "5_13_18_data.mat")
    assert set(log.channels) == {"pft", "pom", "pot", "pcc", "we", "ft"}
    assert log.channels["pcc"].rate == pytest.approx(695, rel=0.02)
    assert log.channels["pcc"].time[0] == pytest.approx(-4.999168)
    assert np.nanmax(log.channels["pcc"].values) == pytest.approx(2.7776e6, rel=1e-3)
    assert {n.channel for n in notes(log, "held")} == {"ft", "we"}
    assert 8.0 < log.channels["ft"].rate < 20.0
    assert len(log.channels["ft"].values) < 1000


def test_a_units_row_one_field_longer_is_not_trusted(logs: Path) -> None:
    log = read_log(logs / "uvic-mule1" / "data0.csv")
    assert len(notes(log, "units_row_mismatch")) == 1
    thrust = log.channels["L_THRUST"]
    assert (thrust.kind, thrust.unit) == ("force", "N")
    assert {c.unit_source for c in log.channels.values() if c.unit} == {"units row (not trusted)"}
    assert log.channels["P_RUN_TANK"].kind == "pressure"
    assert log.channels["L_RUN_TANK"].kind == "mass"


def test_a_lost_sensor_and_an_open_thermocouple(logs: Path) -> None:
    log = read_log(logs / "uvic-mule1" / "data0.csv")
    (lost,) = notes(log, "lost")
    start = log.channels["P_COMB_CHMBR"].time[0]
    assert lost.channel == "P_COMB_CHMBR"
    assert lost.start is not None
    assert lost.start - start == pytest.approx(6.33, abs=0.1)
    assert [n.channel for n in notes(log, "open_thermocouple")] == ["T_POST_COMB"]
    blamed = {n.channel for n in log.notes if n.severity == "error"}
    assert blamed == {"P_COMB_CHMBR", "T_POST_COMB"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("1-54mm_test1.csv", "header_shifted"),
        ("1-54mm_test2.csv", "units_row_mismatch"),
        ("2-25mm_test1.csv", "unit_missing"),
    ],
)
def test_three_variants_of_one_header(logs: Path, name: str, code: str) -> None:
    log = read_log(logs / "uvic-injector" / name)
    assert next(iter(log.channels)) == "P_INJECTOR"
    assert notes(log, code)
    unplugged = {n.channel for n in log.notes if n.severity == "error"}
    assert {"L_THRUST", "P_RUN_TANK", "T_INJECTOR", "T_COMB_CHMBR", "T_POST_COMB"} <= unplugged
    assert "P_INJECTOR" not in unplugged


def test_spreadsheet_with_units_in_headers(logs: Path) -> None:
    log = read_log(logs / "imperial-dmt" / "test2_raw.xlsx")
    chamber = log.channels["P_Chamber(bar)"]
    assert np.nanmax(chamber.values) == pytest.approx(15.08e5, rel=0.01)
    assert chamber.rate == pytest.approx(100, rel=0.02)
    assert log.channels["T_Throat_Wall(C)"].kind == "temperature"
    assert np.nanmax(log.channels["T_Throat_Wall(C)"].values) == pytest.approx(483, abs=1)
    assert log.channels["Ox_Main_Angle(deg)"].kind == "angle"
    assert notes(log, "reference_inferred")
    assert len(notes(log, "missing_values")) == 2


@pytest.mark.parametrize(
    ("name", "share"),
    [("V1-1-1.TXT", 0.10), ("V2-1-2.TXT", 0.08), ("V3-1-2.TXT", 0.08), ("V3-2-1.TXT", 0.08)],
)
def test_duplicate_stamps(logs: Path, name: str, share: float) -> None:
    log = read_log(logs / "bestsage" / name)
    (note,) = notes(log, "duplicate_time")
    assert note.evidence["share"] == pytest.approx(share, abs=0.01)
    if name.startswith("V3"):
        assert [n.channel for n in notes(log, "open_thermocouple")] == ["TEMP3"]
    if name.startswith("V2"):
        assert notes(log, "clock_restart")


def test_dead_columns_and_open_thermocouples(logs: Path) -> None:
    log = read_log(logs / "waterloo" / "lcf1.csv")
    zeros = {c.name for c in log.channels.values() if not c.values.any()}
    told = {n.channel for n in log.notes if n.code in ("dead", "constant")}
    assert len(zeros) >= 12
    assert zeros <= told
    assert {n.channel for n in notes(log, "open_thermocouple")} == {f"Thermocouple {i}" for i in (1, 2, 3, 4)}


def test_irregular_and_backward_stamps(logs: Path) -> None:
    log = read_log(logs / "sulre" / "ignition_test_29_03_2026.csv")
    assert log.channels["P_o [Bar]"].kind == "pressure"
    assert notes(log, "wild_time")
    assert log.channels["Mode"].labels == ("REST", "FILL", "FIRE", "ABORT")
    listed = read_log(logs / "sulre" / "SULREtestdata_flowtest4_20251019-1500.csv")
    assert notes(listed, "list_in_cell")
    assert notes(listed, "no_header")
    assert listed.channels["column 3.1"].time[-1] == pytest.approx(625.139)


def test_a_log_without_data_is_refused(logs: Path) -> None:
    with pytest.raises(LogError, match="holds no data"):
        read_log(logs / "sulre" / "SULREtestdata_test2_20251019-1222.csv")


def test_two_huge_rows(logs: Path) -> None:
    log = read_log(logs / "hanaro" / "KNSB_250220_thrust_raw.csv")
    (channel,) = log.channels.values()
    assert len(channel.values) == 31574
    assert {"transposed", "time_guessed"} <= {n.code for n in log.notes}
    pressure = read_log(logs / "hanaro" / "KNSB_250220_pressure_raw.csv").channels["5600 Pressure (Bar)"]
    peak = pressure.time[int(np.argmax(pressure.values))]
    assert 154.3 <= peak <= 158.2
    assert pressure.values.max() == pytest.approx(46.2e5, rel=0.02)


def test_a_clock_without_name(logs: Path) -> None:
    log = read_log(logs / "stanford-coldflow" / "2020_03_08_Coldflow.csv")
    assert {"time_guessed", "time_unit_assumed"} <= {n.code for n in log.notes}
    assert log.channels["Channel2"].rate == pytest.approx(33.3, rel=0.02)
    other = read_log(logs / "stanford-coldflow" / "2019_05_26_Coldflow_B.csv")
    assert other.channels["4.OxTank"].rate == pytest.approx(167, rel=0.02)


def test_likely_roles(logs: Path) -> None:
    roles = {r.role: r.channel for r in inspect(logs / "imperial-dmt" / "test2_raw.xlsx").roles}
    assert roles["chamber_pressure"] == "P_Chamber(bar)"
    assert roles["oxidizer_tank_pressure"] == "P_Ox_Tank(bar)"
    assert roles["fuel_tank_pressure"] == "P_Fuel_Tank(bar)"
    assert roles["thrust"] == "Thrust(N)"


def test_inspection_is_readable_and_json(logs: Path) -> None:
    for path in (logs / "uvic-mule1" / "data0.csv", logs / "waterloo" / "lcf1.csv"):
        inspection = inspect(path)
        text = render(inspection)
        assert max(len(line) for line in text.splitlines()) <= 110
        for channel in inspection.channels:
            assert channel.name[:20] in text
        plain = json.loads(json.dumps(inspection.as_dict(), allow_nan=False))
        assert plain["schema"] == "hotfire.inspection/1"
        assert len(plain["channels"]) == len(inspection.channels)


def test_the_command(logs: Path) -> None:
    pytest.importorskip("hotfire.cli.inspect", reason="the command is not there yet")
    command = [sys.executable, "-m", "hotfire", "inspect", str(logs / "uvic-mule1" / "data0.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "P_COMB_CHMBR" in done.stdout
    assert "lost" in done.stdout
    as_json = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False, timeout=120)
    assert json.loads(as_json.stdout)["channels"]
    bad = subprocess.run(
        [*command[:-1], str(logs / "sulre" / "SULREtestdata_test2_20251019-1222.csv")],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert bad.returncode == 2
    assert "Traceback" not in bad.stderr
