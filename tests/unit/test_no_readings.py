"""Logs without readings: codes of loggers, files that end at their header, rows that stand newest first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotfire import LogError
from hotfire.log import FloatArray, Log
from hotfire.telemetry import read_log
from hotfire.telemetry.no_reading import without_codes

TIME = np.arange(600) * 0.005


def burn(top: float = 388.0) -> FloatArray:
    noise = np.random.default_rng(4).normal(0.0, 0.004 * top, TIME.size)
    return np.where((TIME > 1.0) & (TIME < 2.0), top, 0.0) + noise


def codes(log: Log) -> set[str]:
    return {n.code for n in log.notes}


@pytest.mark.parametrize("code", [9999.99, -9999.0, 99999.0, 1e30, 9.9e37, float(np.finfo(np.float32).max)])
def test_a_code_far_outside_is_no_reading(code: float) -> None:
    values = burn()
    values[400:410] = code
    cleaned, (note,) = without_codes("PT-103", TIME, values)
    assert np.flatnonzero(np.isnan(cleaned)).tolist() == list(range(400, 410))
    assert values[400] == code
    assert (note.code, note.channel, note.evidence["count"]) == ("no_reading", "PT-103", 10.0)
    assert (note.start, note.end) == (TIME[400], TIME[409])
    assert "10 of 600 samples" in note.message


def test_one_sample_that_nothing_ever_reads_is_enough() -> None:
    values = burn()
    values[400] = 1e30
    cleaned, (note,) = without_codes("PT-103", TIME, values)
    assert np.flatnonzero(np.isnan(cleaned)).tolist() == [400]
    assert note.message.startswith("1 of 600 samples is 1e+30")


def test_a_code_is_known_in_single_precision_and_in_small_units() -> None:
    values = burn(3100.0)  # kPa: the code is three times the readings only, but no sample lies between
    values[[7, 300, 301]] = float(np.float32(9999.99))
    cleaned, notes = without_codes("PT-103", TIME, values)
    assert np.isnan(cleaned).sum() == 3
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("top", "code", "count"),
    [
        (388.0, 9999.99, 1),  # once may be a spike
        (388.0, 5000.0, 10),  # a number that no logger writes for none
        (9000.0, 9999.0, 10),  # within what the channel may read
        (388.0, -999.0, 0),  # nothing there
    ],
)
def test_what_may_be_a_reading_stays(top: float, code: float, count: int) -> None:
    values = burn(top)
    values[400 : 400 + count] = code
    cleaned, notes = without_codes("PT-103", TIME, values)
    assert cleaned is values
    assert notes == ()


def test_a_ramp_through_a_code_stays() -> None:
    values = np.round(np.linspace(0.0, 20000.0, 600))
    values[300:303] = 9999.0
    assert without_codes("N", TIME, values)[1] == ()


def test_a_channel_of_codes_and_one_value_stays() -> None:
    values = np.full(600, 9999.0)
    values[:3] = 0.0
    assert without_codes("N", TIME, values)[1] == ()


def test_codes_are_taken_out_on_reading_before_scale_and_unit(tmp_path: Path) -> None:
    values = burn()
    values[400:410] = 9999.99
    path = tmp_path / "log.csv"
    path.write_text(
        "time,P (psig)\n" + "\n".join(f"{t:.3f},{v:.2f}" for t, v in zip(TIME, values, strict=True))
    )
    given = tmp_path / "map.yaml"
    given.write_text("channels: {P: {scale: 2}}")
    for log in (read_log(path), read_log(path, channel_map=given), read_log(path, check=False)):
        assert np.isnan(log.channels["P (psig)"].values).sum() == 10
        assert "no_reading" in codes(log)
        assert "sentinel" not in codes(log)


HEADERS = {
    "names": "time,PT1,PT2",
    "names and units": "time,PT1,PT2\ns,psig,psig\n",
    "behind a preamble": 'Stand DAQ\nDate:,2026-05-14\nAmbient (psia):,14.50\nBy:,"J, R"\n\nTIME,A,B,C\ns,psig,lbf,N\n',
    "tabs": "ms\tAI0\tAI1\n",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_file_that_ends_at_its_header_holds_no_data_rows(name: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEADERS[name])
    with pytest.raises(LogError) as caught:
        read_log(path)
    assert "no data rows" in caught.value.what
    assert caught.value.where == str(path)
    assert "names or units" in caught.value.why
    assert caught.value.remedy


@pytest.mark.parametrize("clock", ["TIME", "stamps", "ms"])
def test_rows_that_stand_newest_first_are_turned_round(clock: str, tmp_path: Path) -> None:
    shown = {
        "TIME": [f"{t - 1:.3f}" for t in TIME],
        "ms": [f"{1000 * t:.0f}" for t in TIME],
        "stamps": [f"2026-05-14 10:00:{t:06.3f}" for t in TIME],
    }[clock]
    name = "Timestamp" if clock == "stamps" else clock
    rows = [
        f"{s},{v:.3f},{m}" for s, v, m in zip(shown, TIME**2, ["idle"] * 100 + ["run"] * 500, strict=True)
    ]
    path = tmp_path / "log.csv"
    path.write_text("\n".join([f"{name},P (bara),mode", *reversed(rows)]))
    log = read_log(path)
    pressure = log.channels["P (bara)"]
    assert np.all(np.diff(pressure.time) > 0)
    assert pressure.values == pytest.approx(1e5 * TIME**2, abs=60.0)
    assert log.channels["mode"].labels[0] == "idle"
    (note,) = [n for n in log.notes if n.code == "rows_reversed"]
    assert note.channel == name
    assert "reverse order" in note.message


def test_a_rate_counts_rows_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("TIME,P (bara)\n" + "\n".join(f"{3 - t:.3f},{t:.3f}" for t in TIME))
    assert read_log(path, rate=200.0).channels["P (bara)"].values == pytest.approx(1e5 * TIME, abs=60.0)


def test_a_clock_that_rises_beside_one_that_falls_keeps_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("time_s,elapsed,P (bara)\n" + "\n".join(f"{3 - t:.3f},{t:.3f},{t:.3f}" for t in TIME))
    log = read_log(path)
    assert "rows_reversed" not in codes(log)
    assert log.channels["P (bara)"].values == pytest.approx(1e5 * TIME, abs=60.0)
