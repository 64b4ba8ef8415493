"""`hotfire diagnose --text` from the command line: what is understood, how it is written, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotfire.__main__ import main

SAID = "Pc sagged 9 % two seconds into mainstage, fuel manifold pressure up 3 bar. Camera 2 fogged up."


def test_people_read_what_was_understood_and_what_was_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--text", SAID, "--engine", "imperial-dmt"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "UNDERSTOOD"
    assert shown[1].startswith("  chamber pressure falls slowly by 9 % at 2 s  (“Pc sagged")
    assert shown[2].startswith("  fuel injector inlet pressure high by ")
    assert shown[3:5] == ["NOT UNDERSTOOD", "  Camera 2 fogged up"]
    assert shown[5] == "WHAT WOULD EXPLAIN IT"
    assert "%   " in shown[6]
    assert any(line.startswith("both experts (pooled: ") for line in shown)
    assert "there is no certificate" in " ".join(shown)


def test_what_no_fault_is_forecast_of_is_weighed_and_what_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = "Throat temperature 20 % above the model, Pc 5 % low. Motor current on the fuel valve is up."
    assert main(["diagnose", "--text", said, "--engine", "imperial-dmt"]) == 0
    shown = capsys.readouterr().out
    assert "nozzle temperature high by 20 %" in shown
    assert "fuel motor" in shown
    assert "WHAT WOULD EXPLAIN IT" in shown


def test_programs_get_the_description(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    words = ["diagnose", "--text", SAID, "--cycle", "gas_generator", "--propellants", "LOX/RP-1"]
    assert main([*words, "--phase", "throttle", "--json", "--output", str(path)]) == 0
    streams = capsys.readouterr()
    document = json.loads(streams.out)
    assert document == json.loads(path.read_text(encoding="utf-8"))
    assert streams.err.startswith("UNDERSTOOD\n")
    assert document["schema"] == "hotfire.text/1"
    assert (document["diagnosis"]["expert"], document["diagnosis"]["route"]) == ("neural", "unchecked")
    described = document["description"]
    assert (described["cycle"], described["propellants"]) == ("gas generator", ["LOX", "RP-1"])
    assert described["text"] == SAID
    assert {s["phase"] for s in described["symptoms"]} == {"throttle"}
    assert [u["text"] for u in document["understood"]] == [
        SAID[u["start"] : u["end"]] for u in document["understood"]
    ]
    assert document["ignored"] == ["Camera 2 fogged up"]


def test_a_text_of_which_nothing_is_understood_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--text", "it was raining"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("NOTHING WAS UNDERSTOOD\n")
    assert "No expert was asked" in shown


def test_programs_get_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--text", SAID, "--engine", "imperial-dmt", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)["diagnosis"]
    assert (answer["expert"], answer["route"]) == ("both", "pooled")
    probabilities = [h["probability"] for h in answer["hypotheses"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) <= 1.0 + 1e-9
    assert answer["hypotheses"][0]["label"] == answer["answer_set"][0]
    assert "no certificate" in answer["certificate_reason"]
    assert answer["cost"]["total"]["model_calls"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is nothing to diagnose"),
        (["run.csv", "--text", "Pc low"], "a log and a text are given"),
        (["run.csv", "--engine", "e.yaml", "--cycle", "hybrid"], "--cycle without --text"),
        (["run.csv"], "--engine is missing"),
        (["--text", " "], "the text is empty"),
        (["--text", "Pc low", "--rate", "100"], "--rate with --text"),
        (["--text", "Pc low", "--fail-on", "fault"], "--fail-on with --text"),
        (["--text", "Pc low", "--engine", "e.yaml", "--cycle", "hybrid"], "--cycle with --engine"),
        (["--text", "Pc low", "--cycle", "steam"], "there is no cycle 'steam'"),
        (["--text", "Pc low", "--propellants", "a/b/c"], "'a/b/c' are no propellants"),
        (["--text", "Pc low", "--phase", "lunch"], "--phase"),
        (["--text", "Pc low", "--budget", "1"], "--budget with --text"),
        (["--text", "Pc low", "--expert", "symbolic", "--model", "m"], "a model with the symbolic expert"),
        (
            ["run.csv", "--engine", "e.yaml", "--expert", "symbolic", "--budget", "1"],
            "a budget with the symbolic expert",
        ),
        (["run.csv", "--engine", "e.yaml", "--expert", "oracle"], "--expert"),
        (["--text", "Pc low", "--engine", "nothing-like-this"], "no shipped engine"),
    ],
)
def test_what_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", *words]) == 2
    streams = capsys.readouterr()
    assert said in streams.err
    assert streams.out == ""


def test_what_is_told_was_seen_so_a_sound_engine_does_not_explain_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["diagnose", "--text", SAID, "--engine", "imperial-dmt", "--json"]) == 0
    ranked = json.loads(capsys.readouterr().out)["diagnosis"]["hypotheses"]
    assert (ranked[0]["label"], ranked[0]["category"]) == ("fuel injector: blockage", "injector_blockage")
    assert all(h["probability"] < 0.05 for h in ranked if h["label"] == "nominal")


def test_who_tells_of_nothing_odd_has_a_sound_engine(capsys: pytest.CaptureFixture[str]) -> None:
    words = "Chamber pressure and thrust were nominal, tank pressures held."
    assert main(["diagnose", "--text", words, "--engine", "imperial-dmt", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["diagnosis"]["hypotheses"][0]
    assert (first["label"], first["category"]) == ("nominal", "nominal_no_fault")
