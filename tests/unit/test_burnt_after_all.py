"""A chamber pressure in the wrong unit makes a burn look like a cold flow; thrust and hot gas say otherwise."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import pytest

import hotfire
from hotfire.engine_files.reading import load_engine
from hotfire.log import Log
from hotfire.observing.sighting import sight
from hotfire.recording.writing import write_csv
from hotfire.simulate import SimulatedFault, simulate_log
from hotfire.suspects.burnt_after_all import burnt_after_all
from hotfire.suspects.missing import missing
from hotfire.suspects.unit_notes import unit_notes
from hotfire.telemetry import read_log

ENGINE = "student-n2o-ethanol"
PSI_IN_BAR = 0.0689476


@cache
def run(*faults: SimulatedFault) -> Log:
    return simulate_log(load_engine(ENGINE), faults, 7)


def chamber_read_as_psi(log: Log) -> Log:
    """The log with a chamber pressure whose figures in bar are labelled psi."""
    chamber = log.channels["chamber_pressure"]
    read = dataclasses.replace(chamber, unit="psia", values=chamber.values * PSI_IN_BAR)
    return dataclasses.replace(log, channels=log.channels | {chamber.name: read})


def test_the_unit_of_the_chamber_pressure_is_doubted() -> None:
    found = hotfire.diagnose(chamber_read_as_psi(run()), load_engine(ENGINE), expert="symbolic")
    assert found.verdict == "insufficient_data"
    assert "by its chamber pressure this is a cold flow, but thrust rises by" in found.headline
    assert "chamber_pressure reads 0.0" in found.headline
    assert "as figures in bar taken for psia do" in found.headline
    assert "the chamber never burnt" not in found.headline


def test_a_cold_flow_stays_one() -> None:
    """Nothing is lit: the chamber passes cold propellant, which pushes a little."""
    seen = sight(run(SimulatedFault("chamber.no_ignition", 0.98, None)), load_engine(ENGINE))
    cold = dataclasses.replace(seen, phases=dataclasses.replace(seen.phases, kind="cold_flow"))
    assert burnt_after_all(cold.log, cold.engine, cold.phases) == ""
    assert "the chamber never burnt" in missing(cold)


def test_a_sound_log_has_no_note_on_units(tmp_path: Path) -> None:
    assert unit_notes(run(), load_engine(ENGINE)) == ()


@pytest.mark.parametrize("command", [["inspect"], ["inspect", "--json"]])
def test_inspect_tells_it_with_an_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    from hotfire.__main__ import main

    path = tmp_path / "run.csv"
    write_csv(chamber_read_as_psi(run()), path, 101300.0)
    assert any(n.code == "burnt_after_all" for n in unit_notes(read_log(path), load_engine(ENGINE)))
    main([command[0], str(path), *command[1:]])
    assert "burnt_after_all" not in capsys.readouterr().out
    main([command[0], str(path), "--engine", ENGINE, *command[1:]])
    assert "burnt_after_all" in capsys.readouterr().out
