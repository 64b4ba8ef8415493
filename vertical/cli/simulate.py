"""`hotfire simulate`: a log of an engine, with faults if wanted."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit, write_whole
from hotfire.recording.dialects import DIALECTS

if TYPE_CHECKING:
    from hotfire.log import Note
    from hotfire.simulate import TestSequence

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Run an engine on the simulator and write its log. The equations differ on purpose from those
of the diagnosis; hardware tolerances, sensor errors and noise follow from the seed."""
EXAMPLES = """\
  hotfire simulate engine.yaml -o run.csv
  hotfire simulate engine.yaml --fault fuel_injector.blockage=0.18@2.3s -o run.csv
  hotfire simulate engine.yaml --fault chamber_pressure.bias=0.05 --seed 7 -o run.parquet
  hotfire simulate engine.yaml --fault fuel_valve.position.late=0.3 -o run.csv
  hotfire simulate engine.yaml --burn 12 --rate 1000 --hum 0.1%@60Hz -o run.h5
  hotfire simulate engine.yaml --dialect labview -o run.txt
  hotfire engines show engine.yaml                 # lists the faults that an engine can have"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("engine", metavar="ENGINE", help="name of a shipped engine, or an engine file (YAML)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="COMPONENT.MODE=SIZE@TIMEs",
        help="a fault, its size, and its onset in seconds after the valves opened (without: from before); "
        "may be given several times",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of tolerances and noise (default 0)"
    )
    parser.add_argument("--burn", type=_positive, metavar="S", help="time from start to shutdown command")
    parser.add_argument(
        "--after", type=_positive, metavar="S", help="length of the record beyond the shutdown"
    )
    parser.add_argument("--rate", type=_positive, metavar="HZ", help="samples per second (default 400)")
    parser.add_argument(
        "--hum",
        type=_hum,
        metavar="SHARE[@HZ]",
        help="mains hum in every channel, amplitude over its span, such as 0.1%%@60Hz (without: none; 50 Hz)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the log to write; its ending says as what: .csv, .parquet, .h5 or .tdms",
    )
    parser.add_argument(
        "--dialect",
        choices=tuple(DIALECTS),
        help="write text as test stands do: plain, semicolon (decimal commas), labview (tabs, date-times, a row of "
        "units), tags (PT-101 with a key), counter (rows and a rate), aligned (with blanks), clocks (several)",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Simulate one test."""
    import hotfire
    from hotfire.cli._fault_option import parse_fault
    from hotfire.recording.writing import ending_of, write_log
    from hotfire.simulate import TestSequence, simulate_log

    # Refused by the name that was given, before anything is run.
    form = None if arguments.dialect else ending_of(arguments.output)
    engine = hotfire.load_engine(arguments.engine)
    faults = [parse_fault(text, engine) for text in arguments.fault]
    sequence = _sequence(TestSequence.of(engine), arguments)
    log = simulate_log(engine, faults, arguments.seed, sequence=sequence, cut_short=True)
    ambient = engine.network.ambient_pressure
    dialect = arguments.dialect
    write_whole(arguments.output, lambda part: write_log(log, part, ambient, form=form, dialect=dialect))
    made = ", ".join(arguments.fault) or "no fault"
    document = {
        "engine": engine.name,
        "output": arguments.output,
        "seed": arguments.seed,
        "faults": faults,
        "channels": list(log.channels),
        "notes": [note.message for note in log.notes],
    }
    emit(
        lambda _: (
            f"{arguments.output}: {len(log.channels)} channels of {engine.name}, {made}, "
            f"seed {arguments.seed}\n"
            + "".join(f"{_word(note)}: {note.message}\n" for note in log.notes)
            + f"next: hotfire diagnose {arguments.output} --engine {arguments.engine}"
        ),
        lambda: document,
        as_json=arguments.json,
    )
    return Exit.CUT_SHORT if any(note.code == "cut_short" for note in log.notes) else Exit.DONE


def _word(note: Note) -> str:
    return "WARNING" if note.severity == "error" else "note"


def _sequence(usual: TestSequence, arguments: argparse.Namespace) -> TestSequence:
    """Return the test as the options change it."""
    burn = arguments.burn or usual.burn
    after = arguments.after or usual.end - usual.burn
    hum, frequency = arguments.hum or (usual.hum, usual.hum_frequency)
    rate = arguments.rate or usual.rate
    return replace(usual, burn=burn, end=burn + after, rate=rate, hum=hum, hum_frequency=frequency)


def _positive(text: str) -> float:
    value = float(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _hum(text: str) -> tuple[float, float]:
    match = re.fullmatch(
        r"(?P<share>[\d.eE-]+)(?P<percent>%?)(@(?P<hertz>[\d.]+)(Hz)?)?", text.replace(" ", "")
    )
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not written like 0.1%@60Hz")
    share = _positive(match["share"]) / (100.0 if match["percent"] else 1.0)
    return share, _positive(match["hertz"] or "50")
