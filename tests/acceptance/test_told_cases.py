"""`hotfire diagnose --cases` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotfire.__main__ import main

INVENTED = Path(__file__).parents[1] / "data" / "told_failures.yaml"


def test_each_case_is_one_line_of_json_with_its_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.jsonl"
    assert main(["diagnose", "--cases", str(INVENTED), "--output", str(path)]) == 0
    streams = capsys.readouterr()
    assert streams.out == path.read_text(encoding="utf-8")
    answers = [json.loads(line) for line in streams.out.splitlines()]
    assert len(answers) == 56
    for answer in answers:
        assert answer["schema"] == "hotfire.case/1"
        first = answer["hypotheses"][0]
        assert set(first) == {"category", "group", "meaning", "probability", "prior", "for", "against"}
        assert f"{answer['id']}\n" in streams.err


def test_the_shared_cases_are_read_with_and_without_their_answers(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import yaml

    path = shared / "data" / "failures" / "cases.yaml"
    seen = ("id", "cycle", "propellants", "phase", "time_ref", "evidence", "narrative_evidence")
    blind = [{k: e[k] for k in seen if k in e} for e in yaml.safe_load(path.read_text(encoding="utf-8"))]
    (tmp_path / "blind.json").write_text(json.dumps(blind), encoding="utf-8")
    outputs = []
    for file in (path, tmp_path / "blind.json"):
        assert main(["diagnose", "--cases", str(file)]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == len(blind)


@pytest.mark.parametrize(
    "stray", [["run.csv"], ["--engine", "ssme"], ["--text", "x"], ["--phase", "start"], ["--rate-cpu", "1"]]
)
def test_nothing_else_is_diagnosed_beside_cases(stray: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--cases", str(INVENTED), *stray]) == 2
    assert "with --cases" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--cases", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_a_text_without_an_engine_is_told_a_kind_of_failure(capsys: pytest.CaptureFixture[str]) -> None:
    words = "The hydrogen pump did not turn after the start command and ice was found in it."
    assert main(["diagnose", "--text", words, "--phase", "start", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["kinds"][0]["category"] == "pump_blocked_by_ice"
