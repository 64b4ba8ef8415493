"""`hotfire simulate`: a log of an engine, with faults if wanted."""

from __future__ import annotations

import argparse
from pathlib import Path

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit, write_whole

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Run an engine on the simulator and write its log. The equations differ on purpose from those
of the diagnosis; hardware tolerances, sensor errors and noise follow from the seed."""
EXAMPLES = """\
  hotfire simulate engine.yaml -o run.csv
  hotfire simulate engine.yaml --fault fuel_injector.blockage=0.18@2.3s -o run.csv
  hotfire simulate engine.yaml --fault chamber_pressure.bias=0.05 --seed 7 -o run.parquet
  hotfire simulate engine.yaml --fault fuel_valve.position.late=0.3 -o run.csv
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
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the log to write; its ending says as what: .csv, .parquet, .h5 or .tdms",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Simulate one test."""
    import hotfire
    from hotfire.cli._fault_option import parse_fault
    from hotfire.log_writing import write_log
    from hotfire.simulate import simulate_log

    engine = hotfire.load_engine(arguments.engine)
    faults = [parse_fault(text, engine) for text in arguments.fault]
    log = simulate_log(engine, faults, arguments.seed)
    ambient, form = engine.network.ambient_pressure, arguments.output.suffix
    write_whole(arguments.output, lambda part: write_log(log, part, ambient, form=form))
    made = ", ".join(arguments.fault) or "no fault"
    document = {
        "engine": engine.name,
        "output": arguments.output,
        "seed": arguments.seed,
        "faults": faults,
        "channels": list(log.channels),
    }
    emit(
        lambda _: (
            f"{arguments.output}: {len(log.channels)} channels of {engine.name}, {made}, "
            f"seed {arguments.seed}\n"
            f"next: hotfire diagnose {arguments.output} --engine {arguments.engine}"
        ),
        lambda: document,
        as_json=arguments.json,
    )
    return Exit.DONE
