"""One command remakes the figures of the pages: it knows every benchmark that a page names, and runs what it says."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NAMED = re.compile(r"(?:python|pytest) (?:-m pytest )?(benchmarks/\w+\.py)")
_BY_HAND = {"benchmarks/remake.py"}


@pytest.fixture(scope="module")
def remake() -> ModuleType:
    spec = importlib.util.spec_from_file_location("remake", ROOT / "benchmarks" / "remake.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["remake"] = module
    spec.loader.exec_module(module)
    return module


def test_every_benchmark_that_a_page_names_is_remade_for_that_page(remake: ModuleType) -> None:
    run: dict[str, set[str]] = {}
    for own in remake.figures():
        run.setdefault(own.page, set()).update(_NAMED.findall(" ".join(own.commands)))
    pages = [ROOT / "README.md", *sorted((ROOT / "docs" / "explanation").glob("*.md"))]
    for page in pages:
        named = set(_NAMED.findall(page.read_text(encoding="utf-8"))) - _BY_HAND
        missing = named - run.get(str(page.relative_to(ROOT)), set())
        assert not missing, f"{page.name} names {missing}, which benchmarks/figures.yaml does not run for it"


def test_pages_and_scripts_are_there(remake: ModuleType) -> None:
    for own in remake.figures():
        assert (ROOT / own.page).exists(), own.page
        for script in _NAMED.findall(" ".join(own.commands)):
            assert (ROOT / script).exists(), script


def test_a_command_that_ended_well_is_not_run_again_and_one_that_failed_is(
    remake: ModuleType, tmp_path: Path
) -> None:
    well = remake.Figures("docs/well.md", ("python -c \"print('seven')\"",), 0.0)
    ill = remake.Figures("docs/ill.md", ('python -c "raise SystemExit(3)"',), 0.0)
    first = dict(remake.remade([well, ill], tmp_path, tmp_path))
    assert list(first.values()) == [True, False]
    assert "seven" in (tmp_path / "well-1.txt").read_text()
    assert "ended with 3" in (tmp_path / "ill-1.txt").read_text()
    assert list(dict(remake.remade([well, ill], tmp_path, tmp_path)).values()) == [False]


def test_places_are_filled_in(remake: ModuleType) -> None:
    words = remake.words_of("hotfire bench -o {out}/bench", {"out": "here", "cases": "", "shared": ""})
    assert words == [sys.executable, "-m", "hotfire", "bench", "-o", "here/bench"]
