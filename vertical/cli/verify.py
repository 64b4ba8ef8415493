"""`hotfire verify`: whether the certificate of a diagnosis holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hotfire.cli import Exit
from hotfire.cli._output import add_json, add_log_options, emit

if TYPE_CHECKING:
    from hotfire.engine import Engine
    from hotfire.physics.certificate.values import Certificate
    from hotfire.verify import Verification

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Read a log again and recompute every figure of a diagnosis' certificate: the windows, the
equations with plain numbers and Cantera, the misfit, and the rivals. Exit code 1 when it is
refused. What is promised and what is not: docs/explanation/certificate.md."""
EXAMPLES = """\
  hotfire verify cert.json run.csv
  hotfire verify cert.json run.csv --engine engine.yaml
  hotfire verify cert.json run.csv --engine engine.yaml --json | jq .holds"""

_SHOWN = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("certificate", metavar="CERT", type=Path, help="certificate, as `diagnose` wrote it")
    parser.add_argument("log", metavar="LOG", help="the log that was diagnosed")
    parser.add_argument(
        "--engine",
        metavar="NAME_OR_FILE",
        help="the engine; without it the shipped one whose file the certificate names",
    )
    add_log_options(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify one certificate."""
    import hotfire
    from hotfire.verify import read_certificate, verify

    certificate = read_certificate(arguments.certificate)
    engine = _engine(certificate, arguments.engine)
    log = hotfire.read_log(
        arguments.log, channel_map=arguments.channels, rate=arguments.rate, sheet=arguments.sheet
    )
    found = verify(certificate, log, engine)
    emit(
        lambda _: _text(found),
        lambda: {"schema": "hotfire.verification/1", **vars(found)},
        as_json=arguments.json,
    )
    return Exit.DONE if found.holds else Exit.REFUSED


def _engine(certificate: Certificate, given: str | None) -> Engine:
    """Load the engine that was named, or the shipped one of the certificate's file name; never a path it names."""
    from hotfire.engine_files.reading import engine_names, load_engine
    from hotfire.physics.errors import CertificateError

    if given is not None:
        return load_engine(given)
    name = certificate.engine.file.removesuffix(".yaml")
    if name not in engine_names():
        raise CertificateError(
            f"the engine {certificate.engine.name[:60]!r} does not ship with hotfire",
            where="engine.file",
            why="a certificate names its engine file but does not hold it",
            remedy="give the file: --engine FILE",
        )
    return load_engine(name)


def _text(found: Verification) -> str:
    """Write what was checked for people."""
    counts = ", ".join(f"{n} {kind}" for kind, n in found.checked.items())
    claim = "no fault" if found.claim == "nominal" else found.claim
    verdict = "CERTIFICATE HOLDS" if found.holds else "CERTIFICATE REFUSED"
    lines = [f"{verdict}: {claim}", f"recomputed: {counts}"]
    if found.holds:
        for name, behind in found.rejected:
            lines.append(f"rejected at its stated best point: {name}, {behind:.1f} nats behind")
        lines += [f"explains the log about as well: {name}" for name in found.not_rejected]
        lines.append("not claimed: that no other point, and no other set of faults, explains the log better")
    for refusal in found.refusals[:_SHOWN]:
        lines.append(
            f"{refusal.figure}: stated {_shown(refusal.stated)}, recomputed {_shown(refusal.recomputed)}"
        )
        lines.append(f"  tolerance {refusal.tolerance:.3g}; {refusal.why}")
    if len(found.refusals) > _SHOWN:
        lines.append(f"... and {len(found.refusals) - _SHOWN} more")
    lines += [f"note: {note}" for note in found.notes]
    return "\n".join(lines)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"
