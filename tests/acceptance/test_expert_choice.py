"""`hotfire diagnose --expert` from the command line, on the packaged log."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from hotfire.__main__ import main
from hotfire.models import card

LOG = str(resources.files("hotfire") / "data" / "demo.csv")
WORDS = ["diagnose", LOG, "--engine", "demo-engine"]


def test_the_search_by_name_is_told_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--expert", "symbolic", "--json"]) == 0
    streams = capsys.readouterr()
    document = json.loads(streams.out)
    assert (document["expert"], document["route"], document["risk"]) == ("symbolic", "", None)
    assert document["hypotheses"][0]["name"] == "fuel_injector.blockage"
    assert set(document["cost"]) == {"shared", "expert", "total"}
    assert "\nsymbolic expert: " in streams.err
    assert "small model" not in streams.err


def test_without_a_model_the_search_answers_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(card, "SHIPPED", tmp_path)
    assert main([*WORDS, "--expert", "auto"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "symbolic expert (no model: there is no trained model here)" in shown
    assert "the small model could not be asked, the physics was searched" in shown
    assert main([*WORDS, "--expert", "neural"]) == 2
    assert "there is no trained model here" in capsys.readouterr().err
