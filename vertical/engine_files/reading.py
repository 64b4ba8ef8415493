"""Engine files: YAML that places components, connects them, and says where each number comes from.

See docs/reference/engine-file.md. Every error names the file and the line.
"""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path

from hotfire.engine import Engine
from hotfire.engine_files.components import ComponentReader
from hotfire.engine_files.connections import read_network
from hotfire.engine_files.fluids import not_followed
from hotfire.engine_files.inputs import recorded_range, recorder
from hotfire.engine_files.numbers import NumberReader
from hotfire.engine_files.sections import Sections
from hotfire.engine_files.sensors import read_sensors
from hotfire.engine_files.sequence import read_sequence
from hotfire.engine_files.yaml_lines import load_yaml
from hotfire.physics.errors import EngineError, NotFollowedError

__all__ = ["engine_names", "load_engine"]

_SCHEMA = "hotfire.engine/1"
_BEST_VACUUM = 100.0
"""Pa; no altitude cell of a firing engine is emptier."""
_TOP = (
    "schema",
    "name",
    "description",
    "propellants",
    "ambient_pressure",
    "components",
    "connections",
    "sensors",
    "inputs",
    "sequence",
    "channels",
    "sources",
)
_SHIPPED = Path(str(resources.files("hotfire") / "engines"))
"""Where the engine files of the package lie."""


def engine_names() -> tuple[str, ...]:
    """Names of the engines that ship with the package."""
    folder = resources.files("hotfire") / "engines"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".yaml")))


def load_engine(name_or_path: str | Path) -> Engine:
    """Load an engine. The units of every equation are checked; those of shipped engines the tests have checked.

    Args:
        name_or_path: Name of a shipped engine, or path of an engine file.

    Raises:
        EngineError: With file, line, what is wrong and how to mend it; or with the file, the component and the equation
            whose units do not agree.
    """
    path = _find(name_or_path)
    data = load_yaml(path, EngineError)
    sections = Sections(path, data)
    engine = _engine(sections)
    if path.parent != _SHIPPED:
        _check_equations(engine, sections)
    return engine


def _check_equations(engine: Engine, sections: Sections) -> None:
    """Check the units of all equations, and that each can be evaluated at all; the error names the file."""
    from hotfire.physics.unit_check import check_units

    try:
        check_units(engine.network)
    except NotFollowedError as error:
        raise not_followed(error, engine, sections.section("components"), sections.fail) from None
    except EngineError as error:
        raise EngineError(
            error.what, where=f"{sections.path}: {error.where}", why=error.why, remedy=error.remedy
        ) from error


def _find(name_or_path: str | Path) -> Path:
    given = Path(name_or_path)
    if given.suffix in (".yaml", ".yml"):
        if given.is_file():
            return given
        raise EngineError("there is no such engine file", where=str(given), remedy="check the path")
    names = engine_names()
    if str(name_or_path) in names:
        return _SHIPPED / f"{name_or_path}.yaml"
    near = difflib.get_close_matches(str(name_or_path).lower(), names, n=3, cutoff=0.6) or names
    raise EngineError(
        f"no shipped engine is called {name_or_path!r}",
        where="--engine",
        remedy=f"use one of {', '.join(near)}, or the path of a .yaml file",
    )


def _engine(sections: Sections) -> Engine:
    """Read all sections of a file."""
    data, number = sections.data, NumberReader(sections.fail)
    sections.known(data, _TOP, "the engine file")
    if data.get("schema") != _SCHEMA:
        raise sections.fail(
            f"schema is {data.get('schema')!r}",
            data,
            "schema",
            remedy=f"write `schema: {_SCHEMA}`",
        )
    propellants = {k: str(v) for k, v in sections.section("propellants").items()}
    reader = ComponentReader(sections, number, propellants)
    components = {n: reader.read(n) for n in sections.section("components")}
    ambient = number(data, "ambient_pressure", "Pa", 101325.0)
    if ambient < _BEST_VACUUM:
        raise sections.fail(
            f"the ambient pressure of {ambient:g} Pa is none",
            data,
            "ambient_pressure",
            why="equations of the nozzle and of rest divide by it",
            remedy=f"write a vacuum as `{_BEST_VACUUM:g} Pa`",
        )
    network = read_network(sections, components, ambient)
    inputs = sections.section("inputs", required=False)
    return Engine(
        name=str(data.get("name", sections.path.stem)),
        description=str(data.get("description", "")),
        network=network,
        sensors=read_sensors(
            sections.section("sensors"), network.measurable, number, sections.known, sections.fail
        ),
        recorded_inputs={n: recorder(sections, inputs, n) for n in inputs},
        input_ranges={n: recorded_range(number, inputs, n) for n in inputs},
        provenance=reader.provenance,
        channel_units={k: str(v) for k, v in sections.section("channels", required=False).items()},
        propellants=propellants,
        path=sections.path,
        sequence=read_sequence(
            sections.section("sequence", required=False), network.input_defaults, number, sections.fail
        ),
    )
