"""`hotfire analyze`: what the sensors of an engine can detect and tell apart, before any test."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit, width_of, write_whole

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Say before any test which faults the sensors can detect, from which size on, which they cannot tell
apart, and which one sensor to add. It is worked out on the diagnosing model, with the noise and the
tolerances of hardware and sensors."""
EXAMPLES = """\
  hotfire analyze engine.yaml
  hotfire analyze engine.yaml --sensors stand --add 3   # a usual stand too, and three more
  hotfire analyze engine.yaml --size 0.1 --windows 12
  hotfire analyze engine.yaml --heat-map isolability.svg --json > analysis.json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("engine", metavar="ENGINE", help="name of a shipped engine or path of an engine file")
    parser.add_argument(
        "--size",
        metavar="SIZE",
        help="compare faults at this size in their own measure (0.1), or at so many times the smallest "
        "detectable one (3x; default 2x)",
    )
    parser.add_argument(
        "--windows",
        type=_whole,
        default=6,
        metavar="K",
        help="windows of the mainstage, at least 2 (default 6)",
    )
    parser.add_argument(
        "--sensors",
        choices=("stand", "file"),
        default="file",
        help="those of the engine file (default), or those that a stand usually adds too",
    )
    parser.add_argument(
        "--add", type=_whole, default=1, metavar="N", help="add N sensors one by one (default 1)"
    )
    parser.add_argument(
        "--heat-map", type=Path, metavar="FILE", help="write the isolability matrix to FILE as SVG"
    )
    parser.set_defaults(parser=parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Analyze an engine."""
    relative, value = _size(arguments)
    import hotfire
    from hotfire.analysis.heat_map import heat_map
    from hotfire.analysis.result import SCHEMA
    from hotfire.analysis.separation import StatedSize
    from hotfire.analysis.text import analysis_text
    from hotfire.analyze import analyze
    from hotfire.report.json_report import plain

    analysis = analyze(
        hotfire.load_engine(arguments.engine),
        sensors=arguments.sensors,
        windows=arguments.windows,
        size=StatedSize(value, relative),
        add=arguments.add,
    )
    if arguments.heat_map is not None:
        drawing = heat_map(analysis)
        write_whole(arguments.heat_map, lambda path: path.write_text(drawing, encoding="utf-8"))
    people = sys.stderr if arguments.json else sys.stdout
    emit(
        lambda _: analysis_text(analysis, width_of(people)),
        lambda: {"schema": SCHEMA, **plain(analysis)},
        as_json=arguments.json,
    )
    return Exit.DONE


def _size(arguments: argparse.Namespace) -> tuple[bool, float]:
    """Read `--size`: whether it is a multiple of the smallest detectable size, and the figure."""
    text = arguments.size or "2x"
    try:
        value = float(text.removesuffix("x"))
    except ValueError:
        value = math.nan
    if not 0.0 < value < math.inf:
        arguments.parser.error(f"{text!r} is not a size: write `0.1`, or `2x` for a multiple of the smallest")
    return text.endswith("x"), value


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 0 or more")
    return value
