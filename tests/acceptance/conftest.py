"""Diagnoses of the real logs by the command line, made once for all tests and workers."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Diagnose = Callable[..., dict]


@pytest.fixture(scope="session")
def diagnose() -> Diagnose:
    """Diagnose a log by the command line, given its path, the engine and further words."""

    def diagnose(log: Path, engine: str, *more: str) -> dict:
        command = [sys.executable, "-m", "hotfire", "diagnose", str(log), "--engine", engine, "--json", *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return diagnose


@pytest.fixture(scope="session")
def diagnosed(diagnose: Diagnose, tmp_path_factory: pytest.TempPathFactory) -> Diagnose:
    """The same for a log that several tests look at: the answer is kept in the folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def diagnosed(log: Path, engine: str) -> dict:
        kept = folder / f"diagnosis-{hashlib.sha256(f'{log} {engine}'.encode()).hexdigest()[:16]}.json"
        if not kept.exists():
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_text(json.dumps(diagnose(log, engine)), encoding="utf-8")
            part.replace(kept)
        return json.loads(kept.read_text(encoding="utf-8"))

    return diagnosed
