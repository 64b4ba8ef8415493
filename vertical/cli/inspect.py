"""`hotfire inspect`: what is in a log."""

from __future__ import annotations

import argparse
import dataclasses
import sys

from hotfire.cli import Exit
from hotfire.cli._output import add_json, add_log_options, emit, width_of

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Say how a log is written, what its channels are, in which units, on which clocks, and what is
wrong with its data. Nothing is diagnosed and no engine is needed; with one, units are held against
it: pressures at rest, and a burn that looks like a cold flow. Start here with a new log."""
EXAMPLES = """\
  hotfire inspect run.csv
  hotfire inspect run.csv --rate 1000              # a log without a time column
  hotfire inspect run.xlsx --sheet "Hot fire 2" --channels channels.yaml
  hotfire inspect run.csv --engine engine.yaml     # are the pressures in the units that it says?
  hotfire inspect run.csv --json > run.json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("log", metavar="FILE", help="log: CSV or other text, spreadsheet, MATLAB file")
    parser.add_argument(
        "--engine",
        metavar="NAME_OR_FILE",
        help="name of a shipped engine, or an engine file (YAML): units are held against it",
    )
    add_log_options(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Inspect one log."""
    from hotfire.telemetry import inspect, read_log, render

    how = {"channel_map": arguments.channels, "rate": arguments.rate, "sheet": arguments.sheet}
    inspection = inspect(arguments.log, **how)
    if arguments.engine:
        from hotfire.engine_file import load_engine
        from hotfire.unit_notes import unit_notes

        found = unit_notes(read_log(arguments.log, **how), load_engine(arguments.engine))
        inspection = dataclasses.replace(inspection, notes=(*found, *inspection.notes))
    people = sys.stderr if arguments.json else sys.stdout
    emit(lambda _: render(inspection, width_of(people)), inspection.as_dict, as_json=arguments.json)
    return Exit.DONE
