"""Spreadsheets, MATLAB files, and what is refused: by content, before anything is unpacked or run."""

from __future__ import annotations

import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from hotfire import LogError
from hotfire.telemetry.memory import refuse_if_too_large
from hotfire.telemetry.read import read_log

TIME = np.arange(200) * 0.01
CHAMBER = 2e6 * (TIME > 0.5) + 1e5


def test_matlab_vectors_and_structs(tmp_path: Path) -> None:
    path = tmp_path / "log.mat"
    savemat(
        path,
        {"time": TIME[:, None], "pcc": CHAMBER[:, None], "n": 3.0, "name": "run 7", "daq": {"ft": TIME * 5}},
    )
    log = read_log(path)
    assert log.channels["pcc"].values == pytest.approx(CHAMBER)
    assert log.channels["pcc"].time == pytest.approx(TIME)
    assert log.channels["daq.ft"].values == pytest.approx(TIME * 5)


def test_matlab_groups_with_their_own_clocks(tmp_path: Path) -> None:
    path = tmp_path / "log.mat"
    slow = np.arange(50) * 0.04
    savemat(path, {"fast": {"time": TIME, "p": CHAMBER}, "slow": {"time": slow, "temp": 20 + slow}})
    log = read_log(path)
    assert log.channels["fast.p"].rate == pytest.approx(100.0)
    assert log.channels["slow.temp"].rate == pytest.approx(25.0)


def test_matlab_arrays_without_clock_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "log.mat"
    savemat(path, {"time": TIME, "p": CHAMBER, "other": np.sin(np.arange(77.0) * 9)})
    log = read_log(path)
    assert list(log.channels) == ["p"]
    assert "no_clock" in {n.code for n in log.notes}


def test_matlab_without_arrays(tmp_path: Path) -> None:
    savemat(tmp_path / "log.mat", {"name": "run"})
    with pytest.raises(LogError, match="no numeric arrays"):
        read_log(tmp_path / "log.mat")


def test_matlab_objects_are_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "log.mat"
    savemat(path, {"time": TIME, "p": CHAMBER, "c": np.array([1, "a", [2, 3]], dtype=object)})
    log = read_log(path)
    assert "variable_refused" in {n.code for n in log.notes}
    assert list(log.channels) == ["p"]


def test_matlab_73(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "log.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["time"] = TIME[None, :]
        file["p"] = CHAMBER[None, :]
        file["away"] = h5py.ExternalLink("/etc/passwd", "/")
    with path.open("r+b") as handle:
        handle.write(b"MATLAB 7.3 MAT-file".ljust(124) + struct.pack("<HH", 0x0200, 0x4D49))
    assert read_log(path).channels["p"].values == pytest.approx(CHAMBER)


@pytest.mark.parametrize("cut", [100, 200, 600])
def test_broken_matlab(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "log.mat"
    savemat(path, {"time": TIME, "p": CHAMBER})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(LogError):
        read_log(path)


def sheet_xml(rows: list[list[str | float]]) -> str:
    def cell(value: str | float) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value!r}</v></c>"

    body = "".join("<row>" + "".join(cell(v) for v in row) + "</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'


def workbook(path: Path, sheets: dict[str, list[list[str | float]]], extra: bytes = b"") -> Path:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    names = list(sheets)
    listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1))
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in enumerate(names, 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.'
            'openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
        )
        out.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        out.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>',
        )
        out.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        )
        for i, name in enumerate(names, 1):
            out.writestr(f"xl/worksheets/sheet{i}.xml", sheet_xml(sheets[name]))
        if extra:
            out.writestr("xl/media/image.bin", extra)
    return path


ROWS: list[list[str | float]] = [["Time(s)", "P_Chamber(barg)", "Thrust(N)"]]
ROWS += [[float(t), float(c) / 1e5, 5.0 + float(t)] for t, c in zip(TIME, CHAMBER, strict=True)]


def test_a_spreadsheet(tmp_path: Path) -> None:
    log = read_log(workbook(tmp_path / "log.xlsx", {"run": ROWS}))
    assert log.channels["P_Chamber(barg)"].values == pytest.approx(CHAMBER + 101325.0)
    assert log.channels["Thrust(N)"].time == pytest.approx(TIME)


def test_the_sheet_with_the_table_is_found_or_named(tmp_path: Path) -> None:
    notes: list[list[str | float]] = [["Test 7"], ["a remark"]]
    path = workbook(tmp_path / "log.xlsx", {"remarks": notes, "run": [["Test 7"], ["Date", "May"], *ROWS]})
    log = read_log(path)
    assert "sheet_chosen" in {n.code for n in log.notes}
    assert len(read_log(path, sheet="run").channels) == 2
    with pytest.raises(LogError, match="no sheet 'none'"):
        read_log(path, sheet="none")
    with pytest.raises(LogError):
        read_log(path, sheet="remarks")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "log.xlsx", {"run": ROWS}, extra=bytes(200 * 2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(LogError, match="unpacks"):
        read_log(path)


def test_a_broken_spreadsheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "log.xlsx", {"run": ROWS})
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(LogError):
        read_log(path)
    path.write_bytes(b"\x00\x01" * 500)
    with pytest.raises(LogError):
        read_log(path)


REFUSED = {
    "log.h5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "log.tdms": b"TDSm" + bytes(100),
    "log.parquet": b"PAR1" + bytes(100),
    "log.npy": b"\x93NUMPY\x01\x00" + bytes(100),
    "log.pkl": pickle.dumps({"a": 1}, protocol=4),
    "log.csv.gz": b"\x1f\x8b" + bytes(100),
    "log.png": b"\x89PNG" + bytes(100),
    "report.pdf": b"%PDF-1.4\n" + bytes(100),
    "run.csv": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "random.bin": np.random.default_rng(0).bytes(5000),
    "log.mat": np.random.default_rng(1).bytes(5000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_formats_are_refused_by_name_with_a_way_out(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(REFUSED[name])
    with pytest.raises(LogError) as caught:
        read_log(path)
    assert str(path) in caught.value.where
    assert caught.value.remedy


def test_a_plain_zip_folder_and_missing_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as out:
        out.writestr("log.csv", "time,a\n0,1\n")
    for path in (tmp_path / "logs.zip", tmp_path, tmp_path / "none.csv"):
        with pytest.raises(LogError):
            read_log(path)


def test_a_device_is_not_read() -> None:
    if Path("/dev/zero").exists():
        with pytest.raises(LogError, match="no plain file"):
            read_log("/dev/zero")


def test_a_log_that_does_not_fit_in_memory_is_refused_with_figures(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="too large") as caught:
        refuse_if_too_large(tmp_path / "log.csv", 10 * 2**30, rows=1e8, width=40, available=16 * 2**30)
    assert "GiB" in caught.value.why
    refuse_if_too_large(tmp_path / "log.csv", 2**20, rows=1e4, width=10, available=2**30)


def test_a_huge_sparse_file_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with path.open("wb") as handle:
        handle.write(b"time,a,b\n" + b"".join(b"%d.0,1,2\n" % i for i in range(60000)))
        handle.truncate(200 * 2**30)
    with pytest.raises(LogError, match="too large"):
        read_log(path)
