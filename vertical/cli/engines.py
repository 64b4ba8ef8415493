"""`hotfire engines`: list, show, check and draw engine files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit, write_whole

if TYPE_CHECKING:
    from hotfire.engine import Engine

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
List the engines that ship with the package, show what a file says and where each number comes
from, copy one to start your own from, check a file (its grammar, its units, its connections, and
that the engine runs at all), or draw it as SVG."""
EXAMPLES = """\
  hotfire engines list
  hotfire engines show engine.yaml
  hotfire engines copy NAME -o engine.yaml         # a file of your own to start from
  hotfire engines check engine.yaml                # exit code 2 where the file is wrong
  hotfire engines draw engine.yaml -o engine.svg
  hotfire engines list --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("action", choices=("list", "show", "copy", "check", "draw"), help="what to do")
    parser.add_argument("engine", nargs="?", metavar="NAME_OR_FILE", help="for all but list")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the file that copy and draw write")
    parser.set_defaults(parser=parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked."""
    if arguments.action == "list":
        if arguments.engine is not None:
            arguments.parser.error("`list` takes no engine: use `show`, `copy`, `check` or `draw`")
        return _list(as_json=arguments.json)
    if arguments.engine is None:
        arguments.parser.error(
            f"`{arguments.action}` needs the name of an engine or the path of an engine file"
        )
    if (arguments.action in ("copy", "draw")) != (arguments.output is not None):
        arguments.parser.error("`copy` and `draw` need `-o FILE`, and they alone take it")
    import hotfire

    engine = hotfire.load_engine(arguments.engine)
    if arguments.action == "show":
        emit(lambda _: _shown(engine), lambda: _as_dict(engine), as_json=arguments.json)
    elif arguments.action == "copy":
        _copy(engine, arguments.output, as_json=arguments.json)
    elif arguments.action == "draw":
        _draw(engine, arguments.output, as_json=arguments.json)
    else:
        _check(engine, as_json=arguments.json)
    return Exit.DONE


def _list(*, as_json: bool) -> int:
    from importlib import resources

    from hotfire.engine_files.reading import engine_names
    from hotfire.engine_files.yaml_lines import load_yaml
    from hotfire.physics.errors import EngineError

    engines: list[dict[str, str]] = []
    for name in engine_names():
        data = load_yaml(Path(str(resources.files("hotfire") / "engines" / f"{name}.yaml")), EngineError)
        engines.append({"name": name, "description": str(data.get("description", ""))})
    wide = max((len(e["name"]) for e in engines), default=0)
    lines = [f"{e['name']:{wide}}  {e['description']}" for e in engines]
    emit(lambda _: "\n".join(lines), lambda: engines, as_json=as_json)
    return Exit.DONE


def _copy(engine: Engine, output: Path, *, as_json: bool) -> None:
    """Write an engine's file as it is; over no other, which may be somebody's work."""
    from hotfire.physics.errors import HotfireError

    assert engine.path is not None
    text = engine.path.read_text(encoding="utf-8")
    if output.exists():
        raise HotfireError("there is such a file already", where=str(output), remedy="name another place")
    write_whole(output, lambda part: part.write_text(text, encoding="utf-8"))
    emit(
        lambda _: f"{output}: {engine.name}\nnext: change it, then hotfire engines check {output}",
        lambda: {"engine": engine.name, "output": output},
        as_json=as_json,
    )


def _draw(engine: Engine, output: Path, *, as_json: bool) -> None:
    from hotfire.engine_drawing import draw_engine

    write_whole(output, lambda part: part.write_text(draw_engine(engine), encoding="utf-8"))
    count = len(engine.network.components)
    emit(
        lambda _: f"{output}: {engine.name}, {count} components",
        lambda: {"engine": engine.name, "output": output, "components": count},
        as_json=as_json,
    )


def _check(engine: Engine, *, as_json: bool) -> None:
    from hotfire.cli._operating_point import operating_point, span_warnings
    from hotfire.physics.unit_check import check_units

    check_units(engine.network)
    point = operating_point(engine)
    warnings = span_warnings(engine, point)
    unknown = [n for n, p in engine.provenance.items() if p.status == "unknown"]
    if unknown:
        warnings.append(f"not known, so assumed: {', '.join(unknown)}")
    document = {"engine": engine.name, "ok": True, "readings": point, "warnings": warnings}

    def text(_: bool) -> str:
        count = len(engine.network.components)
        lines = [
            f"{engine.name}: the file is sound; {count} components, {len(engine.sensors)} sensors, "
            f"{len(engine.network.faults)} hardware faults"
        ]
        lines += ["", "What the sensors would read when the valves are open and the tanks still full:"]
        lines += _columns([(n, *_reading(engine, n, v)) for n, v in point.items()], right=(1,))
        lines += [f"  - {w}" for w in warnings]
        return "\n".join(lines)

    emit(text, lambda: document, as_json=as_json)


def _reading(engine: Engine, sensor: str, value: float) -> tuple[str, str]:
    """Write a reading in the sensor's unit; pressures are absolute where that unit leaves it open."""
    from hotfire.figures import number
    from hotfire.physics.units import from_si, parse_unit

    written = engine.sensors[sensor].unit
    if not written:
        return number(value), ""
    unit = parse_unit(written, engine.sensors[sensor].kind or None)
    if unit.kind == "pressure" and unit.reference is None:
        unit, written = unit.with_reference("absolute"), f"{written}a"
    return number(float(from_si([value], unit, engine.network.ambient_pressure)[0])), written


def _parameters(engine: Engine) -> list[dict[str, Any]]:
    found = []
    for component in engine.network.components.values():
        for parameter in component.declared:
            name = f"{component.name}.{parameter.name}"
            origin = engine.provenance.get(name)
            found.append(
                {
                    "name": name,
                    "value": component.parameters[parameter.name],
                    "unit": parameter.unit,
                    "tolerance": component.tolerances[parameter.name],
                    "status": origin.status if origin else "assumed",
                    "origin": origin.text if origin else "",
                    "description": parameter.description,
                }
            )
    return found


def _shown(engine: Engine) -> str:
    from hotfire.figures import percent

    lines = [engine.name, f"  {engine.description}"]
    lines += [f"  {role}: {name}" for role, name in engine.propellants.items()]
    lines += ["", "Flow", *(f"  {' -> '.join(chain)}" for chain in _chains(engine))]
    lines += [f"  {s.source[0]} ~> {s.target[0]}" for s in engine.network.streams if s.returns]
    lines += ["", "Numbers (SI)"]
    rows = [
        (
            p["name"],
            f"{p['value']:.4g}",
            p["unit"],
            f"+-{percent(p['tolerance'])}" if p["tolerance"] else "",
            f"{p['status']}: {p['origin']}",
        )
        for p in _parameters(engine)
    ]
    lines += _columns(rows, right=(1, 3))
    lines += ["", "Sensors"]
    lines += _columns([(s.name, s.measures, s.unit, ", ".join(s.channels)) for s in engine.sensors.values()])
    lines += ["", "Faults"]
    lines += _columns([(name, f.size_text) for name, f in engine.network.faults.items()])
    return "\n".join(lines)


def _chains(engine: Engine) -> list[list[str]]:
    """Follow every stream once: from each source as far as it goes, then from where a branch was left."""
    network = engine.network
    left: dict[str, list[str]] = {name: [] for name in network.order}
    for stream in network.streams:
        source, target = stream.source[0], stream.target[0]
        if stream.fluid and not stream.returns and target not in left[source]:
            left[source].append(target)
    chains: list[list[str]] = []
    starts = [name for name in network.order if not network.graph.in_degree(name)]
    while starts:
        chain = [starts.pop(0)]
        while left[chain[-1]]:
            chain.append(left[chain[-1]].pop(0))
        chains += [chain] if len(chain) > 1 else []
        starts += [name for name in chain if left[name] and name not in starts]
    return chains


def _columns(rows: Sequence[tuple[str, ...]], right: tuple[int, ...] = ()) -> list[str]:
    if not rows:
        return []
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            f"{c:>{w}}" if i in right else f"{c:<{w}}" for i, (c, w) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in rows
    ]


def _as_dict(engine: Engine) -> dict[str, Any]:
    network = engine.network
    return {
        "name": engine.name,
        "description": engine.description,
        "path": engine.path,
        "propellants": engine.propellants,
        "ambient_pressure": network.ambient_pressure,
        "components": {c.name: c.kind.type_name for c in network.components.values()},
        "connections": [[".".join(s.source), ".".join(s.target)] for s in network.streams],
        "parameters": _parameters(engine),
        "sensors": list(engine.sensors.values()),
        "inputs": engine.recorded_inputs,
        "faults": network.faults,
    }
