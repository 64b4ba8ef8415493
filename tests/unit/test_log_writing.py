"""Logs written and read again: CSV, Parquet, HDF5, TDMS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotfire import ChannelMapError, HotfireError, LogError, load_engine, read_log, write_log
from hotfire.__main__ import main
from hotfire.log import Channel, Log
from hotfire.recording.writing import WRITTEN
from hotfire.simulate import simulate_log

LOG = simulate_log(load_engine("demo-engine"), (), 4)


@pytest.mark.parametrize("ending", WRITTEN)
def test_a_log_comes_back_as_it_was(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"run{ending}"
    write_log(LOG, path)
    back = read_log(path, check=False)
    assert len(back.channels) == len(LOG.channels)
    for before, after in zip(LOG.channels.values(), back.channels.values(), strict=True):
        assert after.name.startswith(before.name)
        assert after.kind == before.kind
        assert after.time == pytest.approx(before.time, abs=2e-6)
        scale = float(np.nanmax(np.abs(before.values)))
        assert after.values == pytest.approx(before.values, rel=1e-6, abs=1e-6 * scale)


@pytest.mark.parametrize("ending", [".parquet", ".h5", ".tdms"])
def test_every_format_says_the_same_as_csv(ending: str, tmp_path: Path) -> None:
    for each in (".csv", ending):
        write_log(LOG, tmp_path / f"run{each}")
    csv, other = read_log(tmp_path / "run.csv"), read_log(tmp_path / f"run{ending}")
    assert list(csv.channels) == list(other.channels)
    assert {n.code for n in csv.notes} == {n.code for n in other.notes}


@pytest.mark.parametrize("ending", WRITTEN)
def test_lost_samples_and_clocks_of_their_own_stay_empty(ending: str, tmp_path: Path) -> None:
    def channel(name: str, time: np.ndarray, values: np.ndarray) -> Channel:
        return Channel(name, time, values, "force", "N", "header", None, None)

    fast, slow = np.arange(100) * 0.01, np.arange(25) * 0.04
    lost = np.sin(fast) + 2.0
    lost[40:60] = np.nan
    log = Log(None, "made", {"a": channel("a", fast, lost), "b": channel("b", slow, slow + 1.0)})
    write_log(log, tmp_path / f"run{ending}")
    back = {n.split(" (")[0]: c for n, c in read_log(tmp_path / f"run{ending}", check=False).channels.items()}
    assert np.isnan(back["a"].values[40:60]).all()
    assert np.isfinite(back["b"].values).sum() == 25


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HotfireError, match=r"not written as \.xlsx"):
        write_log(LOG, tmp_path / "run.xlsx")


@pytest.mark.parametrize("ending", [".parquet", ".h5", ".tdms"])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.7])
def test_a_file_cut_short_is_refused_or_read_in_part(ending: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"run{ending}"
    write_log(LOG, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(8, int(share * len(whole)))])
    try:
        log = read_log(path)
    except LogError as error:
        assert str(path) in str(error)
    else:
        assert ending == ".tdms"
        assert log.channels


def test_groups_of_an_hdf5_file_have_their_own_clocks(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    fast, slow = np.arange(200) * 0.01, np.arange(50) * 0.04
    with h5py.File(tmp_path / "run.h5", "w") as file:
        for group, time in (("fast", fast), ("slow", slow)):
            file[f"{group}/time"] = time
            data = file.create_dataset(f"{group}/pressure", data=1e5 + 2e6 * (time > 0.5))
            data.attrs["unit"] = b"Pa"
        file["name"] = "run 7"
        file["away"] = h5py.ExternalLink("/etc/passwd", "/")
    log = read_log(tmp_path / "run.h5", check=False)
    rates = {n: c.rate for n, c in log.channels.items() if c.kind == "pressure"}
    assert rates == {
        "fast.pressure (Pa)": pytest.approx(100.0),
        "slow.pressure (Pa)": pytest.approx(25.0),
    }


def grouped(path: Path, *groups: str) -> Path:
    h5py = pytest.importorskip("h5py")
    time = np.arange(200) * 0.01
    with h5py.File(path, "w") as file:
        for group in groups:
            for name, unit, values in (("time", "s", time), ("PT-201", "bara", 5.0 + (time > 0.5))):
                file.create_dataset(f"{group}/{name}", data=values).attrs["units"] = unit
    return path


def mapped(path: Path, name: str) -> Path:
    path.write_text(f"channels:\n  {name}: {{role: oxidizer_tank_pressure}}\n")
    return path


@pytest.mark.parametrize("name", ["PT-201", "fast.PT-201", "fast/PT-201", "/fast/PT-201"])
def test_a_map_names_a_channel_of_a_group_by_its_last_part(name: str, tmp_path: Path) -> None:
    log = read_log(grouped(tmp_path / "run.h5", "fast"), channel_map=mapped(tmp_path / "map.yaml", name))
    channel = log.role("oxidizer_tank_pressure")
    assert channel is not None and channel.name == "fast.PT-201 (bara)"
    assert channel.rate == pytest.approx(100.0)
    assert "time_guessed" not in {n.code for n in log.notes}


def test_a_last_part_that_two_groups_have_is_refused_with_both(tmp_path: Path) -> None:
    path = grouped(tmp_path / "run.h5", "fast", "slow")
    with pytest.raises(ChannelMapError, match=r"fast\.PT-201.*slow\.PT-201") as refused:
        read_log(path, channel_map=mapped(tmp_path / "map.yaml", "PT-201"))
    assert "line 2" in refused.value.where and "whole name" in refused.value.remedy
    log = read_log(path, channel_map=mapped(tmp_path / "map.yaml", "slow/PT-201"))
    assert log.role("oxidizer_tank_pressure") is log.channels["slow.PT-201 (bara)"]


def test_the_last_part_and_the_whole_name_are_one_column(tmp_path: Path) -> None:
    path = mapped(tmp_path / "map.yaml", "PT-201")
    path.write_text(path.read_text() + "  fast.PT-201: {unit: psi}\n")
    with pytest.raises(ChannelMapError, match="same column"):
        read_log(grouped(tmp_path / "run.h5", "fast"), channel_map=path)


def test_the_clock_of_a_group_may_be_named_by_its_last_part(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("time: {channel: time, unit: ms}\n")
    log = read_log(grouped(tmp_path / "run.h5", "fast"), channel_map=tmp_path / "map.yaml", check=False)
    assert log.channels["fast.PT-201 (bara)"].rate == pytest.approx(1e5)


def test_a_compound_dataset_is_read_by_its_columns(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    time = np.arange(100) * 0.01
    table = np.zeros(100, dtype=[("time", "f8"), ("thrust_N", "f4"), ("word", "S4")])
    table["time"], table["thrust_N"] = time, 100.0 * (time > 0.3)
    with h5py.File(tmp_path / "run.h5", "w") as file:
        file["run"] = table
    log = read_log(tmp_path / "run.h5", check=False)
    assert log.channels["thrust_N"].values == pytest.approx(table["thrust_N"])


def test_waveforms_of_a_tdms_file_bring_their_clock(tmp_path: Path) -> None:
    nptdms = pytest.importorskip("nptdms")
    values = 1e3 * (np.arange(500) > 100)
    wave = {"wf_increment": 0.002, "wf_start_offset": -0.1, "unit_string": "N"}
    with nptdms.TdmsWriter(str(tmp_path / "run.tdms")) as file:
        file.write_segment([nptdms.ChannelObject("daq", "thrust", values.astype(float), properties=wave)])
    (channel,) = read_log(tmp_path / "run.tdms", check=False).channels.values()
    assert channel.time[0] == pytest.approx(-0.1)
    assert channel.rate == pytest.approx(500.0)
    assert channel.values.max() == pytest.approx(1e3)


@pytest.mark.parametrize("ending", [".parquet", ".tdms"])
def test_the_command_line_simulates_and_inspects_it(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"run{ending}"
    arguments = ["simulate", "demo-engine", "--fault", "fuel_injector.blockage=0.2@2s", "--seed", "7"]
    assert main([*arguments, "-o", str(path)]) == 0
    assert main(["inspect", str(path)]) == 0
    assert "chamber_pressure" in capsys.readouterr().out
    assert main([*arguments, "-o", str(tmp_path / "run.doc")]) == 2
    assert "not written as .doc" in capsys.readouterr().err
