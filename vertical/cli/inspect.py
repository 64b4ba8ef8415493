"""`hotfire inspect`: what is in a log."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from typing import TYPE_CHECKING

from hotfire.cli import Exit
from hotfire.cli._output import add_json, add_log_options, emit, width_of

if TYPE_CHECKING:
    from hotfire.log import Note

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Say how a log is written, what its channels are, in which units, on which clocks, and what is
wrong with its data. Nothing is diagnosed and no engine is needed; with one, channels are read as a
diagnosis will read them, and units are held against it: pressures at rest, and a burn that looks
like a cold flow. Start here with a new log."""
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
    from hotfire.telemetry import read_log, render
    from hotfire.telemetry.inspect import inspect_log

    how = {"channel_map": arguments.channels, "rate": arguments.rate, "sheet": arguments.sheet}
    found: tuple[Note, ...] = ()
    log = read_log(arguments.log, **how)
    if arguments.engine:
        from hotfire.engine_files.reading import load_engine
        from hotfire.observing.matching import match_log
        from hotfire.suspects.unit_notes import unit_notes

        engine = load_engine(arguments.engine)
        # What a diagnosis will use: roles, units and references that only the engine tells.
        found, log = unit_notes(log, engine), match_log(log, engine)
    inspection = inspect_log(log)
    inspection = dataclasses.replace(inspection, notes=(*found, *inspection.notes))
    people = sys.stderr if arguments.json else sys.stdout
    emit(lambda _: render(inspection, width_of(people)), inspection.as_dict, as_json=arguments.json)
    return Exit.DONE
