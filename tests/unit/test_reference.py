"""Pages that are generated from the declarations, and links between pages."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from hotfire.physics.components import COMPONENTS

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
LINK = re.compile(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)")
PAGES = sorted(DOCS.rglob("*.md"))
LATER = {DOCS / "explanation" / "results.md"}
"""Pages that may be absent: their figures come from long runs."""


def _make_reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_engine_file_reference_is_up_to_date() -> None:
    present = (DOCS / "reference" / "engine-file.md").read_text(encoding="utf-8")
    assert _make_reference().page(present) == present, "run: python docs/make_reference.py"


def test_the_page_of_failure_modes_is_up_to_date() -> None:
    present = (DOCS / "reference" / "failure-modes.md").read_text(encoding="utf-8")
    assert _make_reference().modes_page() == present, "run: python docs/make_reference.py"


def test_the_page_of_the_plant_is_up_to_date() -> None:
    present = (DOCS / "explanation" / "plant.md").read_text(encoding="utf-8")
    assert _make_reference().plant_page(present) == present, "run: python docs/make_reference.py"


def test_every_component_parameter_and_fault_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "engine-file.md").read_text(encoding="utf-8")
    for kind in COMPONENTS.values():
        section = text.split(f"### `{kind.type_name}`\n")[1].split("\n##")[0]
        for declared in (*kind.parameters, *kind.faults, *kind.inputs):
            assert f"`{declared.name}`" in section, f"{kind.type_name}.{declared.name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [(page.parent / target).resolve() for target in LINK.findall(page.read_text(encoding="utf-8"))]
    missing = [t for t in targets if not t.exists() and t not in LATER]
    assert not missing
