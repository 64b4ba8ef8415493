"""The packaged log diagnosed with a certificate, and that verified, as a user does it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hotfire", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_certificate_is_issued_verified_and_refused_when_it_was_changed(tmp_path: Path) -> None:
    log = Path(str(resources.files("hotfire") / "data/demo.csv"))
    path, answer = tmp_path / "cert.json", tmp_path / "run.json"
    issued = _run("diagnose", log, "--engine", "demo-engine", "--certificate", path, "--output", answer)
    assert issued.returncode == 0, issued.stderr
    document = json.loads(path.read_text(encoding="utf-8"))
    assert json.loads(answer.read_text(encoding="utf-8"))["certificate"]["sha256"] == document["sha256"]

    holds = _run("verify", path, log, "--json")
    assert holds.returncode == 0, holds.stderr
    assert json.loads(holds.stdout)["holds"] is True
    assert "not claimed" in holds.stderr

    from hotfire.physics.certificate.document import digest

    document["hypotheses"][0]["features"][3][2] *= 1.0001
    path.write_text(json.dumps(document | {"sha256": digest(document)}), encoding="utf-8")
    refused = _run("verify", path, log)
    assert refused.returncode == 1
    assert "hypotheses[0].features[3][2]: stated" in refused.stdout

    path.write_text("{", encoding="utf-8")
    bad = _run("verify", path, log)
    assert bad.returncode == 2
    assert "mend:" in bad.stderr
    assert "Traceback" not in bad.stderr
