"""`hotfire diagnose`: what is wrong with the engine, by its log or by what is told of it."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hotfire.cli import Exit, _asking, _text_case, _told_cases
from hotfire.cli._output import add_json, add_log_options, emit, width_of, write_whole

if TYPE_CHECKING:
    from hotfire.diagnosis import Diagnosis
    from hotfire.engine import Engine
    from hotfire.log import Log

__all__ = [
    "DESCRIPTION",
    "EXAMPLES",
    "add_html",
    "check_html",
    "configure",
    "fails",
    "run",
    "show",
    "write_html",
]

DESCRIPTION = """\
Read a log, compare it with what the physics of the engine expects, and say what is wrong, since
when, and how sure that is: hypotheses with probabilities, sizes and onsets, faults that these
sensors cannot tell apart, sensors not to be trusted, and the figures the answer rests on.
With --text, what an operator says is read instead of a log; with --cases, a file of failures
that are told, and the kind of each is named."""
EXAMPLES = """\
  hotfire diagnose run.csv --engine engine.yaml
  hotfire diagnose run.csv --engine engine.yaml --channels channels.yaml --output run.json
  hotfire diagnose run.csv --engine engine.yaml --json | jq .verdict
  hotfire diagnose run.csv --engine engine.yaml --html report.html    # a page with charts
  hotfire diagnose run.csv --engine engine.yaml --certificate cert.json
  hotfire diagnose run.csv --engine engine.yaml --explain 3    # how each fault reaches the sensors
  hotfire diagnose run.csv --engine engine.yaml --fail-on fault    # exit code 1 on a fault
  hotfire diagnose run.csv --engine engine.yaml --expert symbolic    # search, whatever a model says
  hotfire diagnose --text "Pc sagged 9 % two seconds into mainstage" --cycle pressure-fed
  hotfire diagnose --cases failures.yaml > answers.jsonl"""

_FAIL_ON = ("fault", "sensor_fault", "not_nominal")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "log", metavar="LOG", nargs="?", help="log: CSV or other text, spreadsheet, MATLAB file"
    )
    parser.add_argument(
        "--engine",
        metavar="NAME_OR_FILE",
        help="name of a shipped engine, or an engine file (YAML); a log needs it",
    )
    _text_case.configure(parser)
    _told_cases.configure(parser)
    add_log_options(parser)
    _asking.configure(parser)
    add_json(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the JSON to FILE as well")
    add_html(parser)
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="write the certificate to FILE, for `hotfire verify`; where none can be issued, stderr says why",
    )
    parser.add_argument(
        "--explain",
        type=int,
        default=1,
        metavar="N",
        help="tell of the N likeliest hypotheses how the fault reaches the sensors, step by step (default 1)",
    )
    parser.add_argument(
        "--fail-on",
        choices=_FAIL_ON,
        metavar="WHAT",
        help="exit with 1 on `fault` (of anything but a sensor), `sensor_fault` (that, or a sensor's), or "
        "`not_nominal` (that, or the answer is not that all is well)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Diagnose one log, one text, or a file of told cases."""
    if _told_cases.is_cases(arguments):
        return _told_cases.run(arguments)
    if _text_case.is_text(arguments):
        return _text_case.run(arguments)
    import hotfire

    asked = _asking.asked(arguments)
    check_html(arguments)
    engine = hotfire.load_engine(arguments.engine)
    log = hotfire.read_log(
        arguments.log, channel_map=arguments.channels, rate=arguments.rate, sheet=arguments.sheet
    )
    certify = arguments.certificate is not None
    diagnosis = hotfire.diagnose(
        log,
        engine,
        channel_map=arguments.channels,
        certify=certify,
        explain=arguments.explain,
        **dataclasses.asdict(asked),
    )
    diagnosis = dataclasses.replace(diagnosis, cost=_asking.priced(diagnosis.cost, arguments))
    if arguments.output:
        _write(diagnosis, arguments.output)
    if arguments.html:
        write_html(diagnosis, log, engine, arguments.html)
    if certify:
        _write_certificate(diagnosis, arguments.certificate)
    show(diagnosis, as_json=arguments.json)
    return Exit.FAULT_FOUND if fails(diagnosis, arguments.fail_on) else Exit.DONE


def show(diagnosis: Diagnosis, *, as_json: bool) -> None:
    """Print a diagnosis."""
    from hotfire.report.json_report import as_dict
    from hotfire.report.terminal import render

    width = width_of(sys.stderr if as_json else sys.stdout)
    emit(
        lambda colour: render(diagnosis, colour=colour, width=width),
        lambda: as_dict(diagnosis),
        as_json=as_json,
    )


def fails(diagnosis: Diagnosis, fail_on: str | None) -> bool:
    """Say whether a diagnosis is what `--fail-on` asks for."""
    fault = diagnosis.verdict in ("fault", "control_or_limit", "external")
    if fail_on == "fault":
        return fault
    if fail_on == "sensor_fault":
        return fault or diagnosis.verdict == "sensor_fault" or bool(diagnosis.sensor_findings)
    return fail_on == "not_nominal" and (diagnosis.verdict != "nominal" or bool(diagnosis.sensor_findings))


def add_html(parser: argparse.ArgumentParser) -> None:
    """Add the option `--html`."""
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write a report to FILE: one page with charts, to open, mail or print (needs the extra `report`)",
    )


def check_html(arguments: argparse.Namespace) -> None:
    """Say that a report cannot be made before anything is worked out for it.

    Raises:
        HotfireError: If something is not installed.
    """
    if arguments.html:
        from hotfire.report.html import template

        template()


def write_html(diagnosis: Diagnosis, log: Log, engine: Engine, path: Path) -> None:
    """Write the report."""
    from datetime import date

    from hotfire.report.html import render

    page = render(diagnosis, log=log, engine=engine, made=date.today())
    write_whole(path, lambda part: part.write_text(page, encoding="utf-8"))


def _write(diagnosis: Diagnosis, path: Path) -> None:
    from hotfire.report.json_report import as_dict, dumps

    text = dumps(as_dict(diagnosis)) + "\n"
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def _write_certificate(diagnosis: Diagnosis, path: Path) -> None:
    """Write the certificate, or say why there is none; a file of that name from before would be another log's."""
    certificate = diagnosis.certificate
    if certificate is None:
        print(f"hotfire: no certificate: {diagnosis.certificate_reason}", file=sys.stderr, flush=True)
        path.unlink(missing_ok=True)
        return
    from hotfire.physics.certificate.document import to_text

    write_whole(path, lambda part: part.write_text(to_text(certificate), encoding="ascii"))
