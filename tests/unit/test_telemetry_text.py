"""Delimited text in the dialects of the world: layout, numbers, units, and what is refused."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotfire import LogError
from hotfire.log import Log
from hotfire.telemetry.read import read_log

TIME = np.arange(60) * 0.01
PRESSURE = 20.0 + np.round(5 * np.sin(TIME * 9), 3)
THRUST = np.round(100 + 40 * np.cos(TIME * 7), 2)


def write(path: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def rows(delimiter: str = ",", comma: bool = False) -> list[str]:
    lines = [delimiter.join(f"{v:g}" for v in row) for row in zip(TIME, PRESSURE, THRUST, strict=True)]
    return [line.replace(".", ",") for line in lines] if comma else lines


def codes(log: Log) -> set[str]:
    return {n.code for n in log.notes}


def check(log: Log, pressure: str = "Pc", thrust: str = "F") -> None:
    """The three columns came through, in whatever unit."""
    assert log.channels[thrust].values == pytest.approx(THRUST)
    assert log.channels[thrust].time == pytest.approx(TIME)
    values = log.channels[pressure].values
    scale = np.polyfit(PRESSURE, values, 1)
    assert np.polyval(scale, PRESSURE) == pytest.approx(values)


def quote(line: str) -> str:
    return ",".join(f'"{c}"' for c in line.split(","))


def fortran(line: str) -> str:
    return ",".join(f"{float(c):.9E}".replace("E", "D") for c in line.split(","))


def midnight(t: float) -> str:
    return f"{'23:59:59' if t < 0.3 else '00:00:00'}.{round(t * 1000 + 700) % 1000:03d}"


def timed(name: str, stamps: list[str]) -> str:
    lines = [f"{s}," + r.split(",", 1)[1] for s, r in zip(stamps, rows(), strict=True)]
    return "\n".join([f"{name},Pc,F", *lines])


HEAD = "time,Pc,F"
CASES: dict[str, tuple[str | bytes, str, str]] = {
    "plain": ("\n".join([HEAD, *rows()]) + "\n", "Pc", "F"),
    "windows line ends": ("\r\n".join([HEAD, *rows()]) + "\r\n", "Pc", "F"),
    "old mac line ends": ("\r".join([HEAD, *rows()]) + "\r", "Pc", "F"),
    "no line end at the end": ("\n".join([HEAD, *rows()]), "Pc", "F"),
    "byte-order mark": (b"\xef\xbb\xbf" + "\n".join([HEAD, *rows()]).encode(), "Pc", "F"),
    "utf-16": ("\n".join([HEAD, *rows()]).encode("utf-16"), "Pc", "F"),
    "utf-16 without mark": ("\n".join([HEAD, *rows()]).encode("utf-16-le"), "Pc", "F"),
    "latin-1": ("\n".join(["time,Pc,F,T (°C)", *(r + ",20" for r in rows())]).encode("latin-1"), "Pc", "F"),
    "semicolons": ("\n".join(["time;Pc;F", *rows(";")]), "Pc", "F"),
    "european": ("\n".join(["Zeit;Pc;F", *rows(";", comma=True)]), "Pc", "F"),
    "tab": ("\n".join(["time\tPc\tF", *rows("\t")]), "Pc", "F"),
    "tab, decimal comma": ("\n".join(["time\tPc\tF", *rows("\t", comma=True)]), "Pc", "F"),
    "bar": ("\n".join(["time|Pc|F", *rows("|")]), "Pc", "F"),
    "blanks": ("\n".join(["  time    Pc     F", *("   " + r for r in rows("    "))]), "Pc", "F"),
    "comments": ("# test 7\n# operator: nobody\n" + "\n".join([HEAD, *rows()]), "Pc", "F"),
    "header in a comment": ("# time,Pc,F\n" + "\n".join(rows()), "Pc", "F"),
    "metadata above": ("Test,7\nDate,2024-05-01\n\n" + "\n".join([HEAD, *rows()]), "Pc", "F"),
    "header below": ("\n".join([*rows(), HEAD]), "Pc", "F"),
    "trailing delimiter": ("\n".join([HEAD + ",", *(r + "," for r in rows())]), "Pc", "F"),
    "trailing delimiter in data": ("\n".join([HEAD, *(r + "," for r in rows())]), "Pc", "F"),
    "index column": ("\n".join([HEAD, *(f"{i}," + r for i, r in enumerate(rows()))]), "Pc", "F"),
    "quoted": ("\n".join([quote(HEAD), *(quote(r) for r in rows())]), "Pc", "F"),
    "blanks after commas": ("\n".join(["time, Pc, F", *(r.replace(",", ", ") for r in rows())]), "Pc", "F"),
    "blank lines": ("\n\n".join([HEAD, *rows()]) + "\n\n", "Pc", "F"),
    "units in brackets": ("\n".join(["time [s],Pc [barg],F [N]", *rows()]), "Pc [barg]", "F [N]"),
    "units row": ("\n".join([HEAD, "s,barg,N", *rows()]), "Pc", "F"),
    "units row above": ("\n".join(["s,barg,N", HEAD, *rows()]), "Pc", "F"),
    "units below the data": ("\n".join([*rows(), HEAD, "s,barg,N"]), "Pc", "F"),
    "milliseconds": (timed("t [ms]", [f"{1000 * t:g}" for t in TIME]), "Pc", "F"),
    "fortran exponents": ("\n".join([HEAD, *(fortran(r) for r in rows())]), "Pc", "F"),
    "times with zone": (timed("Timestamp", [f"2024-03-01T10:00:{t:06.3f}+02:00" for t in TIME]), "Pc", "F"),
    "times of day past midnight": (timed("Time", [midnight(t) for t in TIME]), "Pc", "F"),
    "german dates": (timed("Datum", [f"31.12.2023 10:00:{t:06.3f}" for t in TIME]), "Pc", "F"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_dialects(name: str, tmp_path: Path) -> None:
    text, pressure, thrust = CASES[name]
    log = read_log(write(tmp_path / "log.csv", text))
    check(log, pressure, thrust)
    assert log.dialect


def test_units_are_read_from_every_place(tmp_path: Path) -> None:
    for name in ("units in brackets", "units row", "units row above", "units below the data"):
        text, pressure, thrust = CASES[name]
        log = read_log(write(tmp_path / "log.csv", text))
        assert log.channels[pressure].values == pytest.approx(PRESSURE * 1e5 + 101325.0), name
        assert log.channels[pressure].unit == "barg"
        assert log.channels[thrust].unit == "N"
        assert log.channels[pressure].unit_source == ("header" if "brackets" in name else "units row")


def test_two_header_rows_are_joined(tmp_path: Path) -> None:
    text = "\n".join([",Tank,,Chamber", "time,P,T,P", *(r + ",1.5" for r in rows())])
    log = read_log(write(tmp_path / "log.csv", text))
    assert list(log.channels) == ["Tank P", "Tank T", "Chamber P"]


@pytest.mark.parametrize("word", ["NaN", "nan", "", "-", "N/A", "#N/A", "<no data>", "null", "1.#QNAN", " "])
def test_spellings_of_no_value(word: str, tmp_path: Path) -> None:
    lines = rows()
    lines[30] = f"{TIME[30]:g},{word},{THRUST[30]:g}"
    log = read_log(write(tmp_path / "log.csv", "\n".join([HEAD, *lines])))
    values = log.channels["Pc"].values
    assert np.isnan(values[30])
    assert np.isfinite(np.delete(values, 30)).all()
    assert "missing_values" in codes(log)


def test_words_among_numbers_are_counted_and_shown(tmp_path: Path) -> None:
    lines = rows()
    lines[40] = f"{TIME[40]:g},OVERRANGE,{THRUST[40]:g}"
    log = read_log(write(tmp_path / "log.csv", "\n".join([HEAD, *lines])))
    note = next(n for n in log.notes if n.code == "not_numbers")
    assert (note.channel, note.evidence["count"]) == ("Pc", 1.0)
    assert "OVERRANGE" in note.message
    assert log.channels["F"].values == pytest.approx(THRUST)


def test_words_deep_in_a_long_file(tmp_path: Path) -> None:
    n = 60_000
    lines = [f"{i * 0.001:.3f},{i % 97},{i % 89}" for i in range(n)]
    lines[50_000] = "50.000,ERR,7"
    log = read_log(write(tmp_path / "log.csv", "\n".join([HEAD, *lines]) + "\n"))
    assert np.isnan(log.channels["Pc"].values[50_000])
    assert log.channels["F"].values[50_000] == 7.0
    assert len(log.channels["F"].values) == n


def test_mixed_encoding_deep_in_a_file(tmp_path: Path) -> None:
    lines = [f"{i * 0.001:.3f},{i % 97},ok".encode() for i in range(60_000)]
    lines[55_000] = b"55.000,5,\xb0\xff"
    log = read_log(write(tmp_path / "log.csv", b"time,Pc,remark\n" + b"\n".join(lines)))
    assert len(log.channels["Pc"].values) == 60_000


def test_a_cut_last_line_is_left_out_and_reported(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "log.csv", "\n".join([HEAD, *rows()]) + "\n0.6,2"))
    check(log)
    assert "truncated" in codes(log)


def test_the_unit_of_the_clock_is_told_from_its_steps(tmp_path: Path) -> None:
    lines = [
        f"{round(t * 1000) + 1_628_680}," + r.split(",", 1)[1] for t, r in zip(TIME, rows(), strict=True)
    ]
    log = read_log(write(tmp_path / "log.csv", "\n".join(["Time,Pc,F", *lines])))
    assert log.channels["F"].rate == pytest.approx(100.0)
    assert "time_unit_assumed" in codes(log)


def test_an_ambiguous_clock_is_refused_with_the_line_that_settles_it(tmp_path: Path) -> None:
    lines = [f"{1000 * i}," + r.split(",", 1)[1] for i, r in enumerate(rows())]
    with pytest.raises(LogError, match="cannot be told") as caught:
        read_log(write(tmp_path / "log.csv", "\n".join(["Time,Pc,F", *lines])))
    assert "unit: ms" in caught.value.remedy


def test_without_a_clock_a_rate_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "\n".join(["Pc,F", *(r.split(",", 1)[1] for r in rows())]))
    with pytest.raises(LogError, match="no time column") as caught:
        read_log(path)
    assert "--rate" in caught.value.remedy
    log = read_log(path, rate=100.0)
    check(log)
    assert "clock_from_rate" in codes(log)


def test_a_rate_stated_in_the_file_is_used_and_reported(tmp_path: Path) -> None:
    lines = ["# Sample rate: 100 Hz", "Pc,F", *(r.split(",", 1)[1] for r in rows())]
    log = read_log(write(tmp_path / "log.csv", "\n".join(lines)))
    check(log)
    assert "clock_from_rate" in codes(log)


def test_a_single_column(tmp_path: Path) -> None:
    path = write(tmp_path / "log.txt", "\n".join(["F", *(f"{v:g}" for v in THRUST)]))
    assert read_log(path, rate=100.0).channels["F"].values == pytest.approx(THRUST)


def test_several_clocks_in_one_file(tmp_path: Path) -> None:
    slow = [f"{i * 0.05:g},{i}" if i < 12 else "," for i in range(60)]
    lines = [f"{r.split(',')[0]},{r.split(',')[2]},{s}" for r, s in zip(rows(), slow, strict=True)]
    log = read_log(write(tmp_path / "log.csv", "\n".join(["Time,F,Time,slow", *lines])))
    assert log.channels["F"].rate == pytest.approx(100.0)
    assert log.channels["slow"].rate == pytest.approx(20.0)
    assert len(log.channels["slow"].values) == 12


REFUSED: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n\n  \n",
    "binary": bytes(range(256)) * 40,
    "prose": b"This is a report of the test.\nIt went well, we think.\nNobody was hurt.\n",
    "json": b'{"channels": [1, 2, 3]}',
    "json lines": b'{"a": 1}\n{"a": 2}\n',
    "labview": b"LabVIEW Measurement\t\nWriter_Version\t2\n",
    "no numbers": b"time,Pc\nnow,high\nthen,low\n",
    "header only": b"time,Pc,F\n",
    "only missing": b"time,Pc\n0.0,<no data>\n0.1,<no data>\n0.2,<no data>\n0.3,<no data>\n",
    "html": b"<html><body><p>404: not found</p></body></html>\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_and_reason(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", REFUSED[name])
    with pytest.raises(LogError) as caught:
        read_log(path)
    assert str(path) in caught.value.where
    assert caught.value.what


def test_repeated_names_are_numbered(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "log.csv", "\n".join(["time,P,P", *rows()])))
    assert list(log.channels) == ["P", "P (2)"]
    assert "repeated_names" in codes(log)


def test_one_channel_a_line(tmp_path: Path) -> None:
    time = np.arange(400) * 0.01
    text = "\n".join([",".join(f"{v:g}" for v in time), ",".join(f"{v:g}" for v in np.sin(time))])
    log = read_log(write(tmp_path / "log.csv", text))
    assert log.channels["column 2"].time == pytest.approx(time)
    assert {"transposed", "time_guessed", "no_header"} <= codes(log)


@given(
    seed=st.integers(0, 2**32 - 1),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    comma=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    units=st.sampled_from(["none", "brackets", "row below", "row above"]),
    preamble=st.integers(0, 4),
    channels=st.integers(1, 6),
    last_end=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_dialect_reads_back_the_same_numbers(
    seed: int, delimiter: str, comma: bool, end: str, encoding: str, units: str, preamble: int, channels: int,
    last_end: bool, tmp_path: Path,
) -> None:  # fmt: skip
    comma = comma and delimiter != ","
    random = np.random.default_rng(seed)
    n = int(random.integers(12, 80))
    time = np.round(np.cumsum(random.uniform(0.01, 0.012, n)), 6)
    data = np.round(random.normal(50.0, 30.0, (n, channels)), int(random.integers(1, 6)))
    names = ["time", *(f"F{i}" for i in range(channels))]
    out = io.StringIO()
    for i in range(preamble):
        out.write(f"# remark {i}: nothing of note{end}")
    header = (
        [f"{x} [{'s' if i == 0 else 'N'}]" for i, x in enumerate(names)] if units == "brackets" else names
    )
    lines = [delimiter.join(header)]
    if units.startswith("row"):
        lines.insert(1 if units == "row below" else 0, delimiter.join(["s"] + ["N"] * channels))
    for t, row in zip(time, data, strict=True):
        cells = [repr(float(t)), *(repr(float(v)) for v in row)]
        lines.append(delimiter.join(c.replace(".", ",") if comma else c for c in cells))
    out.write(end.join(lines) + (end if last_end else ""))
    path = tmp_path / f"log{seed % 7}.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    log = read_log(path, check=False)
    assert list(log.channels) == header[1:]
    for i, channel in enumerate(log.channels.values()):
        assert np.array_equal(channel.values, data[:, i])
        assert np.array_equal(channel.time, time)
        assert channel.unit == (None if units == "none" else "N")


@given(data=st.binary(max_size=400))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_a_log_or_a_clean_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(data)
    try:
        log = read_log(path)
    except LogError as error:
        assert error.what
    else:
        assert log.channels


@given(text=st.text(alphabet="0123456789.,;:- \t\n\"'#ept", max_size=300))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_of_numbers_gives_a_log_or_a_clean_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text)
    try:
        read_log(path)
    except LogError as error:
        assert error.what


def test_marks_of_events_are_words_and_nothing_to_mend(tmp_path: Path) -> None:
    """A column that is empty until its first word, 2,000 rows down: its head tells nothing."""
    marks = {2000: "START", 5500: "CUTOFF"}
    lines = [f"{i / 1000:g},{20 + i % 7},{marks.get(i, '')}" for i in range(6000)]
    log = read_log(write(tmp_path / "log.csv", "\n".join(["time (s),Pc (bar),Event", *lines])))
    event = log.channels["Event"]
    assert event.kind == "text" and event.labels == ("START", "CUTOFF")
    told = np.isfinite(event.values)
    assert event.time[told].tolist() == [2.0, 5.5] and event.values[told].tolist() == [0.0, 1.0]
    assert not [n for n in log.notes if n.channel == "Event"]


def test_a_channel_with_a_unit_that_reads_words_alone_is_no_event(tmp_path: Path) -> None:
    lines = [f"{i / 1000:g},{20 + i % 7},{'ERR' if i in (2000, 5500) else ''}" for i in range(6000)]
    log = read_log(write(tmp_path / "log.csv", "\n".join(["time (s),Pc (bar),Pinj (bar)", *lines])))
    assert {n.code for n in log.notes if n.channel == "Pinj (bar)"} >= {"not_numbers", "missing_values"}
    assert not np.isfinite(log.channels["Pinj (bar)"].values).any()


def test_as_many_pressures_that_rest_at_nought_as_at_the_ambient_are_read_alike() -> None:
    """By the order of a set, which differs between processes, a certificate was refused that another had issued."""
    asks = """
import numpy as np
from hotfire.telemetry.pressure_reference import Pressure, infer_references
rests = {"manifold": 0.0, "chamber": 1.013, "tank": 28.0}
channels = [Pressure(n, "bar", 1e5, v + np.linspace(0.0, 0.01, 300)) for n, v in rests.items()]
print(infer_references(channels, 101325.0)[0]["tank"][0])
"""
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", asks],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.strip() == "gauge", seed
