"""Engine files: YAML that places components, connects them, and says where each number comes from.

See docs/reference/engine-file.md. Every error names the file and the line.
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from hotfire.engine import Engine, Provenance
from hotfire.engine_files.fluids import not_followed
from hotfire.engine_files.numbers import NumberReader
from hotfire.engine_files.sensors import read_sensors
from hotfire.engine_files.sequence import read_sequence
from hotfire.engine_files.yaml_lines import LineDict, load_yaml
from hotfire.physics.bounds import POSITIVE, TOLERANCE
from hotfire.physics.components import COMPONENTS
from hotfire.physics.declaration import Component, Parameter, Port
from hotfire.physics.errors import EngineError, HotfireError, NotFollowedError
from hotfire.physics.network import Network
from hotfire.physics.placing import PlacedComponent, Stream
from hotfire.physics.states import Supply

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
_LOSS = ("drop", "flow", "density")
"""A pressure loss, from which an effective area follows."""
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
    reader = _Reader(path, data)
    engine = reader.engine()
    if path.parent != _SHIPPED:
        _check_equations(path, engine, reader)
    return engine


def _check_equations(path: Path, engine: Engine, reader: _Reader) -> None:
    """Check the units of all equations, and that each can be evaluated at all; the error names the file."""
    from hotfire.physics.unit_check import check_units

    try:
        check_units(engine.network)
    except NotFollowedError as error:
        raise not_followed(error, engine, reader.section("components"), reader.fail) from None
    except EngineError as error:
        raise EngineError(
            error.what, where=f"{path}: {error.where}", why=error.why, remedy=error.remedy
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


class _Reader:
    """Reads one engine file; `where` of every error is file and line."""

    def __init__(self, path: Path, data: Any) -> None:
        self.path = path
        if not isinstance(data, LineDict):
            raise EngineError(
                "an engine file is a mapping", where=str(path), remedy="see the engine-file reference"
            )
        self.data = data
        self.provenance: dict[str, Provenance] = {}
        self.number = NumberReader(self.fail)

    def fail(
        self, what: str, mapping: Any = None, key: str = "", *, why: str = "", remedy: str = ""
    ) -> EngineError:
        line = mapping.line(key) if isinstance(mapping, LineDict) else 0
        where = f"{self.path}:{line}" if line else str(self.path)
        return EngineError(what, where=where, why=why, remedy=remedy)

    def section(self, name: str, *, required: bool = True) -> LineDict:
        value = self.data.get(name)
        if value is None and not required:
            return LineDict()
        if not isinstance(value, LineDict):
            raise self.fail(
                f"section `{name}` is missing or not a mapping",
                self.data,
                name,
                remedy=f"add `{name}:` with one entry a line",
            )
        return value

    def engine(self) -> Engine:
        self._known(self.data, _TOP, "the engine file")
        if self.data.get("schema") != _SCHEMA:
            raise self.fail(
                f"schema is {self.data.get('schema')!r}",
                self.data,
                "schema",
                remedy=f"write `schema: {_SCHEMA}`",
            )
        propellants = {k: str(v) for k, v in self.section("propellants").items()}
        components = {n: self._component(n, propellants) for n in self.section("components")}
        ambient = self.number(self.data, "ambient_pressure", "Pa", 101325.0)
        if ambient < _BEST_VACUUM:
            raise self.fail(
                f"the ambient pressure of {ambient:g} Pa is none",
                self.data,
                "ambient_pressure",
                why="equations of the nozzle and of rest divide by it",
                remedy=f"write a vacuum as `{_BEST_VACUUM:g} Pa`",
            )
        network = self._network(components, ambient)
        inputs = self.section("inputs", required=False)
        return Engine(
            name=str(self.data.get("name", self.path.stem)),
            description=str(self.data.get("description", "")),
            network=network,
            sensors=read_sensors(
                self.section("sensors"), network.measurable, self.number, self._known, self.fail
            ),
            recorded_inputs={n: self._recorder(inputs, n) for n in inputs},
            input_ranges={n: self._range(inputs, n) for n in inputs},
            provenance=self.provenance,
            channel_units={k: str(v) for k, v in self.section("channels", required=False).items()},
            propellants=propellants,
            path=self.path,
            sequence=read_sequence(
                self.section("sequence", required=False), network.input_defaults, self.number, self.fail
            ),
        )

    def _known(self, mapping: LineDict, allowed: tuple[str, ...], of: str) -> None:
        for key in mapping:
            if key not in allowed:
                near = difflib.get_close_matches(str(key), allowed, n=2, cutoff=0.4)
                raise self.fail(
                    f"`{key}` is not known in {of}",
                    mapping,
                    str(key),
                    remedy=f"did you mean {' or '.join(near)}?"
                    if near
                    else f"known are {', '.join(allowed)}",
                )

    def _component(self, name: str, propellants: Mapping[str, str]) -> PlacedComponent:
        section = self.section("components")
        entry = section[name]
        if not isinstance(entry, LineDict) or "type" not in entry:
            raise self.fail(f"component `{name}` has no type", section, name, remedy="add `type: ...`")
        kind = COMPONENTS.get(str(entry["type"]))
        if kind is None:
            near = difflib.get_close_matches(str(entry["type"]), COMPONENTS, n=3, cutoff=0.3)
            raise self.fail(
                f"component type `{entry['type']}` is not known",
                entry,
                "type",
                remedy=f"use one of {', '.join(near or sorted(COMPONENTS))}",
            )
        allowed = ("type", *kind.options, *(p.name for p in kind.parameters))
        self._known(entry, allowed, f"component `{name}` of type {kind.type_name}")
        parameters, tolerances = {}, {}
        for parameter in kind.parameters:
            if parameter.optional and entry.get(parameter.name) is None:
                continue
            parameters[parameter.name], tolerances[parameter.name] = self._parameter(name, entry, parameter)
        options = {o: str(entry.get(o, propellants.get(o, ""))) for o in kind.options}
        return PlacedComponent(
            name,
            kind(),
            parameters,
            tolerances,
            options,
            self._table(kind, options, entry),
            self._fluid(name, entry, options, parameters),
        )

    def _fluid(
        self, name: str, entry: LineDict, options: Mapping[str, str], parameters: Mapping[str, float]
    ) -> Supply | None:
        """Properties of what a tank holds, where the file names a fluid."""
        if "fluid" not in options:
            return None
        if not options["fluid"]:
            if "density" in parameters:
                return None
            raise self.fail(
                f"{name} says neither what it holds nor how dense that is",
                self.section("components"),
                name,
                remedy="add `fluid: LOX` with `temperature: ...`, or `density: ...`",
            )
        if "temperature" not in parameters:
            raise self.fail(
                f"{name} holds {options['fluid']} of no given temperature",
                entry,
                "fluid",
                remedy="add `temperature: ...`",
            )
        from hotfire.physics.properties import fluid

        pressure = next(parameters[p] for p in ("set_pressure", "initial_pressure") if p in parameters)
        try:
            table = fluid(options["fluid"])
            return Supply.at(table, parameters["temperature"], pressure, _stored_at(options["fluid"]))
        except HotfireError as error:
            raise self.fail(error.what, entry, "fluid", why=error.why, remedy=error.remedy) from error

    def _table(self, kind: type[Component], options: Mapping[str, str], entry: LineDict) -> Any:
        if "oxidizer" not in kind.options:
            return None
        from hotfire.physics.thermochemistry import combustion_table

        try:
            return combustion_table(options["oxidizer"], options["fuel"])
        except HotfireError as error:
            raise self.fail(
                error.what, self.data, "propellants", why=error.why, remedy=error.remedy
            ) from error

    def _parameter(self, component: str, entry: LineDict, parameter: Parameter) -> tuple[float, float]:
        name = f"{component}.{parameter.name}"
        given = entry.get(parameter.name)
        if given is None:
            if parameter.default is None:
                raise self.fail(
                    f"{name} is missing ({parameter.description}, in {parameter.unit or 'no unit'})",
                    self.section("components"),
                    component,
                    remedy=f"add `{parameter.name}: {{value: ..., tolerance: ..., source: ...}}`",
                )
            self.provenance[name] = Provenance("assumed", "default of the component")
            return parameter.default, parameter.tolerance
        detail = given if isinstance(given, LineDict) else LineDict({"value": given})
        self._known(detail, ("value", *_LOSS, "tolerance", "source", "assumed", "unknown"), name)
        if "value" not in detail and parameter.unit == "m^2" and "drop" in detail:
            value = self._area_of(detail)
        else:
            value = self.number(
                detail,
                "value",
                parameter.unit,
                None,
                at=(entry, parameter.name),
                name=name,
                bounds=parameter.bounds,
                absolute=parameter.unit == "Pa" and not parameter.difference,
            )
        tolerance = self.number(
            detail,
            "tolerance",
            "",
            parameter.tolerance,
            at=(entry, parameter.name),
            name=f"the tolerance of {name}",
            bounds=TOLERANCE,
        )
        status = next((s for s in ("source", "assumed", "unknown") if s in detail), "assumed")
        self.provenance[name] = Provenance(status, str(detail.get(status, "no source given")))
        return value, tolerance

    def _area_of(self, detail: LineDict) -> float:
        """Effective area in m^2 that loses `drop` at `flow` of `density` (Sutton and Biblarz, 9th ed., eq. 8-2)."""
        drop, flow, density = (
            self.number(detail, key, unit, None, bounds=POSITIVE)
            for key, unit in zip(_LOSS, ("Pa", "kg/s", "kg/m^3"), strict=True)
        )
        return float(flow / (2.0 * density * drop) ** 0.5)

    def _network(self, components: Mapping[str, PlacedComponent], ambient: float) -> Network:
        pairs: list[tuple[tuple[str, str], tuple[str, str], str, bool]] = []
        chains = self.data.get("connections")
        if not isinstance(chains, list):
            raise self.fail(
                "`connections` is not a list",
                self.data,
                "connections",
                remedy="write chains such as `- fuel_tank -> fuel_valve -> chamber.fuel`",
            )
        for chain in chains:
            # `a ~> b` marks the stream from a to b as one that runs back.
            ends = [end.strip() for end in str(chain).replace("~>", "->~").split("->")]
            pairs += [
                (*self._link(a.lstrip("~ "), b.lstrip("~ "), components), b.startswith("~"))
                for a, b in itertools.pairwise(ends)
            ]
        streams = [
            Stream(source, target, medium, components[source[0]].port(source[1]).many, returns)
            for source, target, medium, returns in pairs
        ]
        try:
            return Network(components, tuple(streams), ambient)
        except EngineError as error:
            raise self.fail(
                error.what, self.data, "connections", why=error.where, remedy=error.remedy
            ) from error

    def _link(
        self, upstream: str, downstream: str, components: Mapping[str, PlacedComponent]
    ) -> tuple[tuple[str, str], tuple[str, str], str]:
        """Find the two ports that a connection means; where several would do, those of one medium."""
        sources, targets = self._ports(upstream, "out", components), self._ports(downstream, "in", components)
        fitting = [(a, b) for a in sources for b in targets if _same_medium(a, b)]
        if len(fitting) > 1:
            # A chain follows the propellant; other media are named.
            fitting = [pair for pair in fitting if pair[0].fluid] or fitting
            fitting = [(a, b) for a, b in fitting if not a.optional and not b.optional] or fitting
        if len(fitting) != 1:
            names = [f"{upstream.partition('.')[0]}.{p.name}" for p in sources]
            names += [f"{downstream.partition('.')[0]}.{p.name}" for p in targets]
            raise self.fail(
                f"`{upstream} -> {downstream}` "
                + ("fits no pair of ports" if not fitting else "fits several ports"),
                self.data,
                "connections",
                remedy=f"name the ports: {', '.join(names)}",
            )
        source, target = fitting[0]
        return (
            (upstream.partition(".")[0], source.name),
            (downstream.partition(".")[0], target.name),
            source.medium,
        )

    def _ports(self, end: str, direction: str, components: Mapping[str, PlacedComponent]) -> list[Port]:
        """Ports that an end of a connection can mean."""
        name, _, port = end.partition(".")
        if name not in components:
            near = difflib.get_close_matches(name, components, n=2, cutoff=0.4)
            raise self.fail(
                f"connection names `{name}`, which is no component",
                self.data,
                "connections",
                remedy=f"did you mean {' or '.join(near)}?" if near else "",
            )
        ports = [p for p in components[name].kind.ports if p.direction == direction]
        chosen = [p for p in ports if port in ("", p.name)]
        if chosen:
            return chosen
        raise self.fail(
            f"`{end}` names no {direction}going port of {name}",
            self.data,
            "connections",
            remedy=f"use {' or '.join(f'{name}.{p.name}' for p in ports) or 'another component'}",
        )

    def _recorder(self, inputs: LineDict, name: str) -> str:
        """Role of the channel that records an input."""
        entry = inputs[name]
        if not isinstance(entry, LineDict) or "recorded_by" not in entry:
            raise self.fail(
                f"input `{name}` does not say what records it",
                inputs,
                name,
                remedy="add `recorded_by: ...`, the role of its channel",
            )
        return str(entry["recorded_by"])

    def _range(self, inputs: LineDict, name: str) -> tuple[float, float]:
        entry = inputs[name]
        return (self._reading(entry, "shut", 0.0), self._reading(entry, "open", 1.0))

    def _reading(self, entry: LineDict, key: str, default: float) -> float:
        """Read a position as recorded: a plain share, or an angle."""
        unit = "rad" if isinstance(entry.get(key), str) and "%" not in str(entry.get(key)) else ""
        return self.number(entry, key, unit, default)


def _stored_at(fluid: str) -> tuple[float, bool] | None:
    """Temperature in K at which the table of reactants has a fluid, and whether as a gas; None where it is none."""
    from hotfire.physics.thermochemistry import propellant

    try:
        # Only liquids have a density there.
        states = {(part.temperature, math.isnan(part.density)) for part, _ in propellant(fluid).parts}
    except HotfireError:
        return None
    return states.pop() if len(states) == 1 else None


def _same_medium(source: Port, target: Port) -> bool:
    """Whether a stream can join two ports: matter of any phase, or the same medium."""
    return (source.fluid and target.fluid) or source.medium == target.medium
