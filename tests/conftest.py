"""Fixtures of all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data: `HOTFIRE_SHARED`, else `shared` beside the repository."""
    path = Path(os.environ.get("HOTFIRE_SHARED") or Path(__file__).parents[2] / "shared")
    if not (path / "data").is_dir():
        pytest.skip("the shared test data are not here: set HOTFIRE_SHARED to their folder")
    return path
