"""The package as a whole: what it imports, what it exports, what it is made of."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import networkx
import pytest

import hotfire

PACKAGE = Path(str(resources.files("hotfire")))
"""The package that is under test: the installed one in continuous integration."""
REPOSITORY = Path(__file__).parents[2]
FOLDERS = {
    "hotfire": "vertical",
    "hotfire.physics": "physics",
    "hotfire.models": "models",
    "hotfire.router": "router",
}
MAY_IMPORT = {
    "hotfire.router": ("hotfire.router",),
    "hotfire.physics": ("hotfire.physics",),
    "hotfire.models": ("hotfire.models", "hotfire.physics"),
    "hotfire": tuple(FOLDERS),
}
"""By layer, the layers that it may import; the most specific name counts."""
HEAVY = (
    "numpy",
    "scipy",
    "polars",
    "pint",
    "networkx",
    "cantera",
    "casadi",
    "yaml",
    "onnxruntime",
    "tokenizers",
)


TRAINING = {"torch", "pytorch_lightning", "onnx", "safetensors"}
"""What `hotfire[train]` brings; CI tests the package without it."""


def _layer(module: str) -> str:
    return next((layer for layer in MAY_IMPORT if module == layer or module.startswith(f"{layer}.")), "")


def _sources() -> Iterator[tuple[str, Path]]:
    """Every module of the package with its name."""
    for name, folder in FOLDERS.items():
        root = REPOSITORY / folder
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join((name, *parts)).removesuffix(".__init__"), path


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _loaded(code: str) -> set[str]:
    """Run code in a fresh interpreter and return the top-level modules it has loaded."""
    code += "\nimport sys; print('LOADED', *{m.split('.')[0] for m in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize("module, path", [pytest.param(m, p, id=m) for m, p in _sources()])
def test_each_folder_imports_only_what_it_may(module: str, path: Path) -> None:
    layer = _layer(module)
    for name in _imports(path):
        assert name.split(".")[0] not in FOLDERS.values(), f"{module} imports {name} under its folder's name"
        if name.split(".")[0] == "hotfire":
            target = max((a for a in MAY_IMPORT if name == a or name.startswith(f"{a}.")), key=len)
            assert target in MAY_IMPORT[layer], f"{module} may not import {name}"


def _parts(module: str) -> str:
    """The package or module, directly under its folder, that a module is part of."""
    layer = _layer(module)
    return ".".join(module.split(".")[: layer.count(".") + 2])


def _circles(sources: Iterable[tuple[str, Path]]) -> list[set[str]]:
    """Parts of the package that import each other in a circle, imports on first use and for types alone among them."""
    graph = networkx.DiGraph()
    modules = {m for m, _ in _sources()}
    for module, path in sources:
        for name in _imports(path):
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and _parts(target) not in {_parts(module), *FOLDERS}:
                graph.add_edge(_parts(module), _parts(target))
    return [c for c in networkx.strongly_connected_components(graph) if len(c) > 1]


def test_parts_of_the_package_import_each_other_in_no_circle() -> None:
    assert _circles(_sources()) == []


def test_a_circle_is_found(tmp_path: Path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text("from hotfire.answering.routes import answered\n", encoding="utf-8")
    (circle,) = _circles([*_sources(), ("hotfire.phases.wrong", source)])
    assert {"hotfire.phases", "hotfire.answering"} <= circle


def test_the_rule_of_the_layers_can_be_broken(tmp_path: Path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text("from hotfire.physics import units\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="may not import"):
        test_each_folder_imports_only_what_it_may("hotfire.router.wrong", source)


def test_no_second_copy_under_the_names_of_the_folders() -> None:
    for folder in FOLDERS.values():
        spec = importlib.util.find_spec(folder)
        installed = PACKAGE.parent / folder
        assert spec is None or (REPOSITORY / folder).samefile(Path(str(spec.origin)).parent), folder
        assert not (installed / "__init__.py").exists() or installed == REPOSITORY / folder, (
            f"{installed} is a copy"
        )
    assert not set(FOLDERS.values()) & set(sys.modules)


def test_every_folder_with_modules_is_packaged() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    packaged = set(settings["tool"]["setuptools"]["packages"])
    present = {name for name, path in _sources() if path.name == "__init__.py"}
    assert packaged == present


def test_every_module_of_the_checkout_is_installed() -> None:
    for module, path in _sources():
        assert importlib.util.find_spec(module) is not None, f"{path} is not in the installed package"


def test_all_is_sorted_and_the_truth() -> None:
    assert hotfire.__all__ == sorted(hotfire.__all__)
    assert set(hotfire.__all__) <= set(dir(hotfire))
    for name in hotfire.__all__:
        assert getattr(hotfire, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hotfire.nothing  # noqa: B018
    assert hotfire.__version__ == version("hotfire")


def test_a_module_does_not_hide_the_function_of_its_name() -> None:
    importlib.import_module("hotfire.diagnose")
    assert not isinstance(hotfire.diagnose, type(sys))
    assert callable(hotfire.diagnose)


def test_every_public_class_and_function_is_documented() -> None:
    for name in hotfire.__all__:
        value = getattr(hotfire, name)
        if callable(value):
            assert (value.__doc__ or "").strip(), f"hotfire.{name} has no docstring"


def test_the_declared_names_of_each_module_exist() -> None:
    for module, path in _sources():
        names = _declared(path)
        if names is None or not names:
            continue
        try:
            loaded = importlib.import_module(module)
        except ModuleNotFoundError as error:
            # Training alone may want more than the package needs; whatever else is missing is a defect.
            assert str(error.name).split(".")[0] in TRAINING, (module, error)
            assert module.startswith("hotfire.models.") or module == "hotfire.learning.run", module
            continue
        assert [n for n in names if not hasattr(loaded, n)] == [], module


def _declared(path: Path) -> list[str] | None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            return list(ast.literal_eval(node.value))
    return None


def test_importing_hotfire_loads_nothing_heavy() -> None:
    assert not _loaded("import hotfire") & set(HEAVY)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["diagnose", "--help"], ["nonsense"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    assert not _loaded(f"from hotfire.__main__ import main; main({words!r})") & set(HEAVY)


def test_help_imports_no_module_of_another_command() -> None:
    code = (
        "from hotfire.__main__ import main; main(['inspect', '--help'])\n"
        "import sys; assert 'hotfire.cli.inspect' in sys.modules\n"
        "assert not {'hotfire.cli.simulate', 'hotfire.cli.engines'} & set(sys.modules)"
    )
    _loaded(code)


def test_no_code_names_an_engine() -> None:
    """Engines are data. The demonstration is the one place that says which engine it shows."""
    names = [p.stem for p in (REPOSITORY / "vertical" / "engines").glob("*.yaml")]
    assert names
    pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(n)}(?![\w-])" for n in names), re.IGNORECASE)
    for module, path in _sources():
        if module != "hotfire.cli.demo":
            found = pattern.findall(path.read_text(encoding="utf-8"))
            assert not found, f"{module} names {found}"


def test_no_file_of_the_package_is_large() -> None:
    for path in PACKAGE.rglob("*"):
        assert not path.is_file() or path.stat().st_size < 10_000_000, path


DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in DOCUMENTS])
def test_what_a_page_names_is_there(path: Path) -> None:
    """Modules, functions and files: pages outlive the places that they name."""
    text = path.read_text(encoding="utf-8")
    for name in set(re.findall(r"`(hotfire(?:\.\w+)+)[`(]", text)):
        assert _found(name), f"{path.name} names {name}"
    for file in set(
        re.findall(r"\b((?:vertical|physics|models|router|benchmarks|tests)/[\w/]+\.(?:py|yaml))\b", text)
    ):
        assert (REPOSITORY / file).exists(), f"{path.name} names {file}"


def _found(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    found: object = hotfire
    for count, part in enumerate(name.split(".")[1:], 2):
        if isinstance(found, ModuleType):
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(".".join(name.split(".")[:count]))
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True
