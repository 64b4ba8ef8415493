"""Start, mainstage and shutdown of hardware drawn from a seed, as benchmarks/starts_and_shutdowns.py tells of them."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hotfire.__main__ import main
from hotfire.cli import Exit
from hotfire.engine_files.reading import load_engine
from hotfire.physics.errors import SolutionError
from hotfire.physics.integration import Integrator
from hotfire.physics.transient import Course, Instant, TransientRun, TransientSolver
from hotfire.simulate import Plant, TestSequence

_SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "starts_and_shutdowns.py"
QUICK = ("demo-engine", "hydrazine-thruster", "n2o4-mmh", "electric-kerosene", "f-1")


@pytest.fixture(scope="module")
def starts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("starts_and_shutdowns", _SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["starts_and_shutdowns"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Tolerances with which the integrator did not find to its first step after a start, until there are three.

    IDAS' line search for consistent values fails at the SSME's cutoff with some faults.
    """
    found: list[Any] = []
    resting: list[TransientSolver] = []

    def refusing(self: Integrator, begin: float, grid: Any, tolerance: Any) -> Any:
        if resting or len(found) == 3:
            return integrators(self, begin, grid, tolerance)

        def run(**_: Any) -> None:
            found.append(tolerance)
            os.write(2, b"The linesearch algorithm failed with too small a step.\n")
            raise RuntimeError

        return run

    def left_alone(self: TransientSolver, *arguments: Any) -> Any:
        resting.append(self)
        try:
            return leaving_alone(self, *arguments)
        finally:
            resting.clear()

    integrators, leaving_alone = Integrator._idas, TransientSolver.left_alone
    monkeypatch.setattr(Integrator, "_idas", refusing)
    monkeypatch.setattr(TransientSolver, "left_alone", left_alone)
    return found


@pytest.mark.parametrize("name", QUICK)
def test_scattered_hardware_starts_runs_and_shuts_down(starts: ModuleType, name: str) -> None:
    (found,) = starts.courses(name, [1])
    assert found.end == "completed"
    assert found.running > 0.7


def test_a_shutdown_is_stepped_over_where_the_integrator_stops() -> None:
    """Flows into the full-flow engine's oxidizer-side preburner end as its valve shuts (docs/explanation/ssme.md)."""
    plant = Plant(load_engine("full-flow-methane"))
    sequence = TestSequence.of(plant.engine)
    log = plant.run([], 1, sequence=sequence)
    assert {n.code for n in log.notes} == {"stepped_over"}
    note = log.notes[0]
    assert note.start is not None and sequence.burn < note.start + sequence.start < sequence.end
    for channel in log.channels.values():
        assert np.isfinite(channel.values).all()
        within = (channel.time > note.start - 0.02) & (channel.time < note.start + 0.02)
        jumps = np.abs(np.diff(channel.values[within]))
        assert jumps.max() < 0.15 * np.ptp(channel.values)


def test_the_command_tells_where_a_run_was_stepped_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], refused: list[Any]
) -> None:
    words = ["simulate", "n2o4-mmh", "--seed", "1", "--rate", "100", "-o", str(tmp_path / "run.csv")]
    assert main([*words, "--json"]) == 0
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert "stepped over" in note
    refused.clear()
    assert main(words) == 0
    assert f"note: {note}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["n2o4-mmh", "tum-hopper", "student-n2o-ethanol"])
def test_what_lies_before_the_shut_valves_stands_at_tank_pressure(name: str) -> None:
    """As the diagnosis takes it, also behind lines with inertia; what a purge holds back is not there."""
    plant = Plant(load_engine(name))
    transient, network = plant.transient, plant.network
    inputs = [0.0 if i.endswith(".command") else 2e-4 for i in network.input_defaults]
    course = Course(
        np.array([0.0, 1.0]),
        np.array([list(network.parameter_values.values())]),
        np.zeros((1, len(network.faults))),
        np.array([inputs]),
    )
    start = transient.left_alone(transient.at_rest(course), course, 0.1)
    found = dict(
        zip(transient.output_names, transient.run(course, start, np.zeros(1)).outputs[0], strict=True)
    )
    standing = {p: tank for p, tank in network.at_tank_pressure.items() if p in found}
    assert len(standing) > 6
    assert not any("purge.outlet" in p for p in standing)
    for place, tank in standing.items():
        assert found[place] == pytest.approx(found[tank], rel=1e-3), place


def test_a_start_that_the_integrator_does_not_find_is_stepped_over(refused: list[Any]) -> None:
    plant = Plant(load_engine("n2o4-mmh"))
    (note,) = plant.run([], 1, sequence=TestSequence.of(plant.engine)).notes
    assert note.code == "stepped_over"
    assert len(set(refused)) == 3


def test_a_run_that_cannot_be_followed_is_written_as_far_as_it_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    following = TransientSolver.run

    def lost(self: TransientSolver, course: Course, start: Instant, samples: Any) -> TransientRun:
        if course.time[-1] > 3.0:
            raise SolutionError("the run cannot be followed beyond 3 s", time=3.0)
        return following(self, course, start, samples)

    plant = Plant(load_engine("n2o4-mmh"))
    whole = plant.run([], 1)
    monkeypatch.setattr(TransientSolver, "run", lost)
    with pytest.raises(SolutionError):
        plant.run([], 1)
    log = plant.run([], 1, cut_short=True)
    (note,) = log.notes
    assert note.code == "cut_short" and note.severity == "error"
    name = next(iter(log.channels))
    part, all_of_it = log.channels[name], whole.channels[name]
    assert 4.9 < part.time[-1] < 5.0 < all_of_it.time[-1]
    assert part.values == pytest.approx(all_of_it.values[: part.values.size], rel=1e-4)
    output = tmp_path / "run.csv"
    assert main(["simulate", "n2o4-mmh", "--seed", "1", "-o", str(output)]) == Exit.CUT_SHORT == 3
    assert "WARNING: the run cannot be followed beyond" in capsys.readouterr().out
    assert output.stat().st_size > 1000


def test_what_the_integrator_said_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_: Any) -> Any:
        def run(**_: Any) -> None:
            os.write(2, b"The sky is falling.\n")
            raise RuntimeError

        return run

    monkeypatch.setattr(Integrator, "_idas", refusing)
    plant = Plant(load_engine("n2o4-mmh"))
    with pytest.raises(SolutionError) as caught:
        plant.run([], 1, sequence=TestSequence.of(plant.engine))
    assert caught.value.why == "The sky is falling."
