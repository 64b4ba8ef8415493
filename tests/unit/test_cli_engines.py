"""`hotfire engines`, `simulate` and `demo` on the engine of the demonstration."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

import hotfire
from hotfire.__main__ import main
from hotfire.cli import Exit
from hotfire.cli._fault_option import parse_fault
from hotfire.cli.demo import DEMO_ENGINE
from hotfire.engine_files.reading import engine_names, load_engine


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a command writes into the current folder go to a temporary one."""
    monkeypatch.chdir(tmp_path)


def test_list_names_every_shipped_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "list", "--json"]) == 0
    streams = capsys.readouterr()
    assert [e["name"] for e in json.loads(streams.out)] == list(engine_names())
    assert all(name in streams.err for name in engine_names())


@pytest.mark.parametrize("name", engine_names())
def test_show_says_every_number_and_its_origin(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "show", name, "--json"]) == 0
    streams = capsys.readouterr()
    document = json.loads(streams.out)
    assert {p["status"] for p in document["parameters"]} <= {"source", "assumed", "unknown"}
    for parameter in document["parameters"]:
        assert parameter["name"] in streams.err
    assert document["faults"]


@pytest.mark.parametrize("name", engine_names())
def test_check_gives_the_readings_of_a_running_engine(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "check", name, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert set(document["readings"]) == set(hotfire.load_engine(name).sensors)
    assert document["readings"]["chamber_pressure"] > 5e5


def test_check_refuses_a_sensor_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = hotfire.load_engine(DEMO_ENGINE).path
    assert source is not None
    path = tmp_path / "engine.yaml"
    text = source.read_text(encoding="utf-8")
    path.write_text(text.replace("measures: chamber.pressure", "measures: chamber.presure"), encoding="utf-8")
    assert main(["engines", "check", str(path)]) == Exit.BAD_INPUT
    assert "chamber.presure" in (said := capsys.readouterr().err)
    assert "chamber.pressure" in said


@pytest.mark.parametrize(
    ("text", "size", "onset"),
    [
        ("fuel_injector.blockage=0.18@2.3s", 0.18, 2.3),
        ("fuel_injector.blockage = 0.18 @ 2.3 s", 0.18, 2.3),
        ("fuel_injector.blockage=18%", 0.18, None),
        ("chamber_pressure.bias=-0.05@1s", -0.05, 1.0),
        ("chamber_pressure.freeze@1.5s", 1.0, 1.5),
    ],
)
def test_a_fault_is_read(text: str, size: float, onset: float | None) -> None:
    fault = parse_fault(text, hotfire.load_engine(DEMO_ENGINE))
    assert (fault.size, fault.onset) == (pytest.approx(size), onset)
    assert fault.name == text.split("=", maxsplit=1)[0].split("@", maxsplit=1)[0].strip()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fuel_injector", "write COMPONENT.MODE=SIZE@TIMEs"),
        ("fuel_injectr.blockage=0.2", "use one of fuel_injector.blockage"),
        ("fuel_injector.blockage", "the size is missing"),
        ("fuel_injector.blockage=1.2", "out of range"),
        ("fuel_injector.blockage=0", "out of range"),
        ("fuel_injector.blockage=-.3", "out of range"),
        ("fuel_injector.blockage=0.2@2", "write COMPONENT.MODE=SIZE@TIMEs"),
        ("fuel_injector.blockage=1e@2s", "no figure"),
        ("fuel_injector.blockage=nan@2s", "write COMPONENT.MODE=SIZE@TIMEs"),
        ("oxidizer_tank.cold=0.1@2s", "does not set in during a run"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(hotfire.HotfireError, match=said):
        parse_fault(text, hotfire.load_engine(DEMO_ENGINE))


def test_simulate_writes_a_log_that_can_be_read_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    words = [
        "simulate",
        DEMO_ENGINE,
        "--fault",
        "fuel_injector.blockage=0.3@2s",
        "--seed",
        "3",
        "--json",
        "-o",
    ]
    assert main([*words, str(first)]) == 0
    assert json.loads(capsys.readouterr().out)["faults"][0]["name"] == "fuel_injector.blockage"
    assert main([*words, str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()
    log = hotfire.read_log(first)
    engine = hotfire.load_engine(DEMO_ENGINE)
    assert {name.split(" (")[0] for name in log.channels} == set(engine.sensors)
    assert all(c.unit for c in log.channels.values())


def test_demo_diagnoses_the_packaged_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--json"]) == 0
    streams = capsys.readouterr()
    document = json.loads(streams.out)
    assert document["verdict"] == "fault"
    assert document["hypotheses"][0]["faults"][0]["component"] in document["hypotheses"][0]["name"]
    assert streams.err.startswith("FAULT\n")


def test_copy_writes_the_file_to_start_from_and_over_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["engines", "copy", "f-1", "-o", "mine.yaml"]) == 0
    original = load_engine("f-1").path
    assert original is not None and Path("mine.yaml").read_bytes() == original.read_bytes()
    assert "hotfire engines check mine.yaml" in capsys.readouterr().out
    assert load_engine("mine.yaml").name == load_engine("f-1").name
    assert main(["engines", "copy", "v-2", "-o", "mine.yaml"]) == Exit.BAD_INPUT
    assert "already" in capsys.readouterr().err
    assert Path("mine.yaml").read_bytes() == original.read_bytes()
    assert main(["engines", "copy", "v-2"]) == Exit.BAD_INPUT


@pytest.mark.parametrize("name", engine_names())
def test_show_follows_every_stream_of_matter(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    network = load_engine(name).network
    assert main(["engines", "show", name]) == 0
    flow = capsys.readouterr().out.split("Flow\n")[1].split("\n\n")[0]
    shown = [
        pair
        for line in flow.splitlines()
        for pair in itertools.pairwise(re.split(r" (?:->|~>) ", line.strip()))
    ]
    there = {(s.source[0], s.target[0]) for s in network.streams if s.fluid}
    assert set(shown) == there and len(shown) == len(there)
