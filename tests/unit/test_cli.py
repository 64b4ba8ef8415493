"""The command line: exit codes, streams, files, and that no user ever sees a traceback."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hotfire
from hotfire.__main__ import main
from hotfire.cli import COMMANDS, Exit, _output
from hotfire.cli.diagnose import fails
from hotfire.diagnosis import Cost, Diagnosis, FaultEstimate, Hypothesis
from hotfire.physics.errors import LogError

REFERENCE = Path(__file__).parents[2] / "docs/reference/command-line.md"
NOMINAL = Diagnosis(
    "nominal",
    "All is well.",
    "E",
    "run.csv",
    (Hypothesis((), 1.0, (), (), 1.0, "nominal_no_fault", "Sound."),),
)
LOST = FaultEstimate(
    "thrust", "dropout", "sensor", None, "lost", None, "the load cell is lost", "sensor_fault"
)


def _with(verdict: str, *findings: FaultEstimate) -> Diagnosis:
    return Diagnosis(verdict, "Said.", "E", "run.csv", NOMINAL.hypotheses, sensor_findings=findings)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a command writes into the current folder go to a temporary one."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Let `hotfire.diagnose` return what the test wants, or raise it."""

    def give(result: Any) -> None:
        def diagnose(*_: Any, **__: Any) -> Any:
            if isinstance(result, BaseException):
                raise result
            return result

        for name, function in (
            ("diagnose", diagnose),
            ("read_log", lambda *_, **__: None),
            ("load_engine", lambda _: None),
        ):
            monkeypatch.setitem(vars(hotfire), name, function)

    return give


def _run(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hotfire", *words], capture_output=True, text=True, check=False, **options
    )


# -- help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"examples:\n  hotfire {command}" in text
    assert "--json" in text
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    section = re.split(r"^## ", page, flags=re.MULTILINE)
    mine = next((s for s in section if s.startswith(f"`hotfire {command}`")), "")
    main([command, "--help"])
    options = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", capsys.readouterr().out)) - {"--help"}
    assert mine, f"hotfire {command} has no section"
    assert not {o for o in options if f"`{o}" not in mine}


def test_the_reference_documents_no_command_that_is_not_there() -> None:
    assert re.findall(r"^## `hotfire (\w+)`", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE) == list(
        COMMANDS
    )


def test_examples_are_accepted_by_the_parser() -> None:
    from importlib import import_module

    from hotfire.__main__ import _parser

    for command in COMMANDS:
        for line in import_module(f"hotfire.cli.{command}").EXAMPLES.splitlines():
            words = shlex.split(re.split(r"[|>#]", line)[0])[1:]
            _parser(words).parse_args(words)


def test_no_command_shows_help_and_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == Exit.BAD_INPUT
    streams = capsys.readouterr()
    assert "hotfire demo" in streams.err
    assert streams.out == ""


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hotfire {hotfire.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_and_version_start_fast(words: list[str]) -> None:
    """The budget is 0.1 s of processor; more where a bare interpreter needs more than its usual 0.03 s."""

    def seconds(*command: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    pairs = [(seconds("-c", "pass"), seconds("-m", "hotfire", *words)) for _ in range(8)]
    bare, used = (min(column) for column in zip(*pairs, strict=True))
    assert used <= 0.1 * max(1.0, bare / 0.03)


# -- bad input


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diagnoze"], "there is no command 'diagnoze'\n  mend: use diagnose"),
        (["--nope"], "--nope"),
        (["diagnose", "run.csv"], "--engine"),
        (["inspect", "x.csv", "--rate", "0"], "not a sampling rate"),
        (["inspect", "x.csv", "--rate", "fast"], "--rate"),
        (["engines", "show"], "`show` needs the name"),
        (["engines", "list", "x"], "`list` takes no engine"),
        (["engines", "show", "nothing-like-this"], "no shipped engine"),
        (["engines", "check", "nowhere/engine.yaml"], "no such engine file"),
        (["inspect", "nowhere/run.csv"], "nowhere/run.csv"),
        (["diagnose", "run.csv", "--engine", "e.yaml", "--fail-on", "anything"], "--fail-on"),
    ],
)
def test_bad_input_is_two_and_says_what(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == Exit.BAD_INPUT
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("hotfire: ")
    assert said in streams.err
    assert "Traceback" not in streams.err


def test_an_error_says_where_why_and_how_to_mend(
    answer: Callable[[Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    answer(LogError("no time column", where="run.csv:3", why="no column rises", remedy="give --rate"))
    assert main(["diagnose", "run.csv", "--engine", "e.yaml"]) == Exit.BAD_INPUT
    assert capsys.readouterr().err == (
        "hotfire: run.csv:3: no time column\n  why: no column rises\n  mend: give --rate\n"
    )


def test_an_engine_file_that_is_wrong_names_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "engine.yaml"
    text = "schema: hotfire.engine/1\npropellants: {}\ncomponents:\n  tank: {type: tnk}\n"
    path.write_text(text, encoding="utf-8")
    assert main(["engines", "check", str(path)]) == Exit.BAD_INPUT
    assert f"{path}:4" in capsys.readouterr().err


# -- what must not happen


def test_an_internal_error_is_seventy_with_a_report(
    answer: Callable[[Any], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_TOKEN", "do not write this")
    answer(ZeroDivisionError("nobody thought of this"))
    assert main(["diagnose", "run.csv", "--engine", "e.yaml"]) == Exit.INTERNAL
    streams = capsys.readouterr()
    (report,) = tmp_path.glob("hotfire-error-*.txt")
    assert str(report) in streams.err
    assert "Traceback" not in streams.err
    text = report.read_text(encoding="utf-8")
    assert "command: hotfire diagnose run.csv --engine e.yaml" in text
    assert "nobody thought of this" in text
    assert "Traceback" in text
    assert "do not write this" not in text


def test_the_report_goes_elsewhere_when_the_folder_takes_none(
    answer: Callable[[Any], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Path, "cwd", lambda: tmp_path / "gone")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer(ZeroDivisionError())
    assert main(["diagnose", "run.csv", "--engine", "e.yaml"]) == Exit.INTERNAL
    (report,) = tmp_path.glob("hotfire-error-*.txt")
    assert str(report) in capsys.readouterr().err


def test_an_interrupt_is_130(answer: Callable[[Any], None], capsys: pytest.CaptureFixture[str]) -> None:
    answer(KeyboardInterrupt())
    assert main(["diagnose", "run.csv", "--engine", "e.yaml"]) == Exit.INTERRUPTED
    assert capsys.readouterr().err == "hotfire: interrupted\n"


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="no pipes of this kind here")
def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        run = subprocess.run(
            [sys.executable, "-m", "hotfire", "engines", "list"],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert run.returncode == Exit.BROKEN_PIPE
    assert run.stderr == b""


def test_a_narrow_encoding_does_not_stop_the_report() -> None:
    run = _run("engines", "list", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert run.returncode == 0, run.stderr


# -- answers


def test_json_goes_to_stdout_and_text_to_stderr(
    answer: Callable[[Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    answer(NOMINAL)
    assert main(["diagnose", "run.csv", "--engine", "e.yaml", "--json"]) == 0
    streams = capsys.readouterr()
    assert json.loads(streams.out)["schema"] == "hotfire.diagnosis/1"
    assert streams.err.startswith("NOMINAL\n")


def test_costs_have_prices_at_given_rates(
    answer: Callable[[Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    cost = {"expert": Cost(9.0, 36.0, 1, 2, 3)}
    answer(dataclasses.replace(NOMINAL, cost=cost))
    words = ["diagnose", "run.csv", "--engine", "e.yaml", "--json"]
    prices = []
    for rates in ([], ["--rate-cpu", "5"], ["--rate-cpu", "5", "--rate-call", "0.25"]):
        assert main([*words, *rates]) == 0
        prices.append(json.loads(capsys.readouterr().out)["cost"]["expert"]["price"])
    assert prices == [None, pytest.approx(0.05), pytest.approx(0.55)]


def test_output_is_whole_and_replaces_what_was_there(
    answer: Callable[[Any], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    path.write_text("old", encoding="utf-8")
    answer(NOMINAL)
    assert main(["diagnose", "run.csv", "--engine", "e.yaml", "--output", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["verdict"] == "nominal"
    assert list(tmp_path.iterdir()) == [path]
    assert capsys.readouterr().out.startswith("NOMINAL\n")


def test_output_that_cannot_be_written_is_bad_input(
    answer: Callable[[Any], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(NOMINAL)
    words = ["diagnose", "run.csv", "--engine", "e.yaml", "--output", str(tmp_path / "nowhere" / "x.json")]
    assert main(words) == Exit.BAD_INPUT
    assert "cannot be written" in capsys.readouterr().err


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("old", encoding="utf-8")

    def broken(part: Path) -> None:
        part.write_text("half", encoding="utf-8")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        _output.write_whole(path, broken)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("diagnosis", "fault", "sensor_fault", "not_nominal"),
    [
        (NOMINAL, False, False, False),
        (_with("fault"), True, True, True),
        (_with("external"), True, True, True),
        (_with("sensor_fault", LOST), False, True, True),
        (_with("nominal", LOST), False, True, True),
        (_with("unknown"), False, False, True),
        (_with("insufficient_data"), False, False, True),
    ],
)
def test_fail_on(diagnosis: Diagnosis, fault: bool, sensor_fault: bool, not_nominal: bool) -> None:
    assert fails(diagnosis, None) is False
    assert fails(diagnosis, "fault") is fault
    assert fails(diagnosis, "sensor_fault") is sensor_fault
    assert fails(diagnosis, "not_nominal") is not_nominal


def test_fail_on_is_exit_code_one(answer: Callable[[Any], None], capsys: pytest.CaptureFixture[str]) -> None:
    answer(_with("fault"))
    words = ["diagnose", "run.csv", "--engine", "e.yaml"]
    assert main(words) == Exit.DONE
    assert main([*words, "--fail-on", "fault"]) == Exit.FAULT_FOUND
    assert "FAULT" in capsys.readouterr().out


def test_colour_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    stream: Any = Terminal()
    assert _output.wants_colour(stream)
    assert not _output.wants_colour(sys.__stdout__) or sys.__stdout__.isatty()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not _output.wants_colour(stream)
