"""`hotfire scenarios` from the command line: cases, logs in many dialects, lists, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import hotfire
from hotfire.__main__ import main
from hotfire.scenarios.generation import read_cases
from hotfire.stand_sensors import with_stand_sensors


def _protocol(folder: Path, *engines: str) -> str:
    """The protocol with few cheap engines."""
    import yaml

    from hotfire.scenarios import protocol as module

    shipped = Path(module.__file__).with_name("protocol.yaml")
    data = yaml.safe_load(shipped.read_text())
    data["familiar"]["engines"] = list(engines)
    path = folder / "protocol.yaml"
    path.write_text(yaml.safe_dump(data))
    return str(path)


@pytest.fixture
def protocol(tmp_path: Path) -> str:
    return _protocol(tmp_path, "uvic-mule1")


def test_cases_with_truth(tmp_path: Path, protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "cases"
    words = [
        "scenarios",
        "--split",
        "test",
        "--cases",
        "8",
        "--protocol",
        protocol,
        "-o",
        str(folder),
        "--json",
    ]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 8
    cases = list(read_cases(folder))
    assert len(cases) == 8
    assert {c["engine"] for c in cases} == {"uvic-mule1"}
    assert all(c["description"]["symptoms"] for c in cases)


def test_a_run_that_is_killed_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    protocol = _protocol(tmp_path, "uvic-mule1", "hydrazine-thruster")
    words = ["scenarios", "--split", "validation", "--cases", "1200", "--protocol", protocol]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main([*words, "-o", str(whole)]) == 0

    words = [sys.executable, "-m", "hotfire", *words, "--workers", "2", "-o", str(parts)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        _wait_until(lambda: any(parts.glob("*.gz")))
        process.kill()
        # The pipe ends with the last worker: those that outlive it would write beside the next run's.
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert 1 <= len(list(parts.glob("*.gz"))) < len(list(whole.glob("*.gz")))
    early = {p: p.stat().st_mtime_ns for p in parts.glob("*.gz")}

    subprocess.run(words, check=True, capture_output=True, timeout=120)
    assert _digests(parts) == _digests(whole)
    assert {p: p.stat().st_mtime_ns for p in early} == early


def _wait_until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_logs_in_dialects_can_be_described(tmp_path: Path, protocol: str) -> None:
    folder = tmp_path / "logs"
    words = ["scenarios", "--split", "test", "--cases", "5", "--logs", "--dialects", "--protocol", protocol]
    assert main([*words, "-o", str(folder)]) == 0
    truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
    engine = with_stand_sensors(hotfire.load_engine("uvic-mule1"))
    described = [hotfire.describe(hotfire.read_log(folder / t["log"]), engine) for t in truth if t["log"]]
    assert len(described) == 5
    assert all(len(d.symptoms) >= 8 for d in described)


def test_the_list_names_splits_and_axes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "--list"]) == 0
    shown = capsys.readouterr().out
    assert "train (20000)" in shown
    assert "swap_undeclared" in shown
    assert shown.rstrip().endswith("wording")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--split", "exam", "-o", "x"], "there is no split 'exam'"),
        (["--axis", "colour", "--level", "2", "-o", "x"], "there is no axis 'colour'"),
        ([], "no folder is given"),
        (["--protocol", "pyproject.toml", "-o", "x"], "pyproject.toml"),
        (["--protocol", "no-such.yaml", "-o", "x"], "no-such.yaml"),
    ],
)
def test_what_it_refuses(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", *words]) == 2
    assert said in capsys.readouterr().err
