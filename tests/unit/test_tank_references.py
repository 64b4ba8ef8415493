"""A bare `bar`: what stands at tank pressure before a test does not say whether it reads gauge or absolute."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hotfire.__main__ import main
from hotfire.design_outputs import design_outputs
from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.log import Log
from hotfire.observing.matching import match_log
from hotfire.recording.dialects import Dialect
from hotfire.recording.writing import write_log
from hotfire.simulate import Plant, TestSequence
from hotfire.stand_sensors import with_stand_sensors
from hotfire.telemetry import read_log
from hotfire.telemetry.pressure_reference import Pressure, infer_references

AMBIENT = 101325.0


@cache
def stand() -> Engine:
    """An engine whose tanks are held at about two bar, which reads one where it is gauge."""
    return with_stand_sensors(load_engine("v-2"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Its log with pressures in a bare `bar`, gauge, as a stand writes them."""
    path: Path = tmp_path_factory.mktemp("logs") / "v-2.csv"
    sequence = replace(TestSequence.of(stand()), burn=0.5, end=0.6, rate=100.0)
    write_log(Plant(stand()).run((), 5, sequence=sequence), path, AMBIENT, dialect=Dialect())
    return read_log(path)


def test_tanks_of_two_bar_are_read_as_the_gauges_beside_them(log: Log) -> None:
    read = {c.reference for c in log.channels.values() if c.unit == "bar"}
    assert read == {"gauge", "absolute"}
    matched, full = match_log(log, stand()), design_outputs(stand())
    bare = [c for c in matched.channels.values() if c.unit == "bar"]
    assert {(c.reference, c.reference_source) for c in bare} == {("gauge", "inferred")}
    for name in ("lox_tank", "alcohol_tank"):
        channel = matched.role(f"{name}_pressure")
        assert channel is not None
        assert np.median(channel.values) == pytest.approx(full[f"{name}.pressure"], rel=0.15)
    (note,) = (n for n in matched.notes if n.code == "reference_inferred")
    assert "read as absolute" not in note.message
    again = match_log(matched, stand())
    assert all(np.array_equal(c.values, again.channels[n].values) for n, c in matched.channels.items())


def test_what_a_channel_map_says_stays(log: Log) -> None:
    name = "lox_tank_pressure (bar)"
    said = replace(log.channels[name], reference_source="channel map")
    matched = match_log(replace(log, channels={**log.channels, name: said}), stand())
    assert matched.channels[name].reference == "absolute"


@pytest.mark.parametrize(
    ("file", "reference"), [(None, "absolute"), (2e5, "gauge"), (3.2e5, "gauge"), (20e5, "absolute")]
)
def test_a_tank_that_is_vented_before_the_test_rests_at_the_surroundings(
    file: float | None, reference: str
) -> None:
    """One bar is a vented tank by an absolute transducer, unless the tank may be held at two."""
    course = np.concatenate([np.full(50, 1.0), np.full(100, file / 1e5 if file else 20.0), np.full(50, 1.0)])
    chamber = np.concatenate([np.zeros(50), np.full(100, 10.0), np.zeros(50)])
    found, _ = infer_references(
        [Pressure("Pt", "bar", 1e5, course, file), Pressure("Pc", "bar", 1e5, chamber)], AMBIENT
    )
    assert found["Pt"][0] == reference


def test_an_inspection_with_an_engine_shows_what_a_diagnosis_uses(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotfire.engine_files.reading.load_engine", lambda _: stand())
    for engine, references in ([], {"gauge", "absolute"}), (["--engine", "v-2"], {"gauge"}):
        assert main(["inspect", str(log.source), "--json", *engine]) == 0
        channels = json.loads(capsys.readouterr().out)["channels"]
        assert {c["reference"] for c in channels if c["unit"] == "bar"} == references
