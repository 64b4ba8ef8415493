"""A simulated log with two faults diagnosed with a certificate, and that verified; changed, it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hotfire.__main__ import main
from hotfire.physics.certificate.document import digest

FAULTS = ("fuel_injector.blockage", "oxidizer_injector.blockage")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The log, its certificate and its diagnosis."""
    folder = tmp_path_factory.mktemp("two")
    log, certificate, answer = (folder / name for name in ("run.csv", "cert.json", "run.json"))
    faults = ("--fault", f"{FAULTS[0]}=0.4@2.2s", "--fault", f"{FAULTS[1]}=0.3")
    assert main(["simulate", "demo-engine", *faults, "--seed", "5", "-o", str(log)]) == 0
    words = ["--engine", "demo-engine", "--expert", "symbolic", "--certificate", str(certificate)]
    assert main(["diagnose", str(log), *words, "--output", str(answer)]) == 0
    return log, certificate, answer


def test_two_faults_are_certified_with_sizes_onsets_and_single_rivals(files: tuple[Path, Path, Path]) -> None:
    log, path, answer = files
    document = json.loads(path.read_text(encoding="utf-8"))
    claimed, *rivals = document["hypotheses"]
    assert json.loads(answer.read_text(encoding="utf-8"))["certificate"]["sha256"] == document["sha256"]
    assert {f["name"] for f in claimed["faults"]} == set(FAULTS)
    assert sorted(f["onset"] is None for f in claimed["faults"]) == [False, True]
    assert len(claimed["without"]) == len(claimed["features_without"]) == 2
    assert {"nominal", "fuel_injector.blockage"} <= {h["name"] for h in rivals}
    assert main(["verify", str(path), str(log)]) == 0


def _sized(claimed: dict[str, Any]) -> None:
    claimed["faults"][1]["size"] *= 1.02


def _evident(claimed: dict[str, Any]) -> None:
    claimed["log_evidence"] += 0.6


def _renamed(claimed: dict[str, Any]) -> None:
    third = "fuel_line.blockage"
    claimed["faults"][1]["name"] = third
    claimed["name"] = f"{claimed['faults'][0]['name']} + {third}"


def _with_a_third(claimed: dict[str, Any]) -> None:
    claimed["faults"].append(claimed["faults"][1] | {"name": "fuel_line.leak"})
    claimed["name"] = " + ".join(sorted(f["name"] for f in claimed["faults"]))


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        (_sized, "hypotheses[0]"),
        (_evident, "hypotheses[0].log_evidence"),
        (_renamed, "hypotheses[0]"),
        (_with_a_third, "hypotheses[0]"),
    ],
)
def test_what_is_changed_about_two_faults_is_refused(
    files: tuple[Path, Path, Path],
    change: Callable[[dict[str, Any]], None],
    figure: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log, path, _ = files
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document["hypotheses"][0])
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document | {"sha256": digest(document)}), encoding="utf-8")
    assert main(["verify", str(forged), str(log)]) == 1
    assert figure in capsys.readouterr().out
