"""Verifying a certificate: the log is read again, and every figure is recomputed without a solver.

See docs/explanation/certificate.md for what is recomputed how, and what that can promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hotfire.certificate import engine_identity, log_identity, windows_of
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.observing.observe import Observed
from hotfire.observing.sighting import sight
from hotfire.physics.certificate.check import check_hypotheses
from hotfire.physics.certificate.document import from_text
from hotfire.physics.certificate.ledger import Ledger, Refusal
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.ranking import check_ranking
from hotfire.physics.certificate.rivals import Found, check_rivals
from hotfire.physics.certificate.settings import check_model
from hotfire.physics.certificate.values import Certificate
from hotfire.physics.errors import CertificateError, HotfireError

__all__ = ["LARGEST", "Verification", "read_certificate", "verify", "verify_observed"]

LARGEST = 64 * 1024 * 1024
"""Bytes; no certificate is longer."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Verification:
    """What verifying found.

    Attributes:
        holds: Whether every figure holds.
        claim: Name of the claimed hypothesis.
        rejected: Stated rivals, each with the nats by which it is behind.
        not_rejected: Stated rivals that the diagnosis does not claim to reject.
        checked: Number of figures by what they are.
        refusals: Figures that do not hold, in the order in which they were found.
        notes: What was taken as stated.
    """

    holds: bool
    claim: str
    rejected: tuple[tuple[str, float], ...]
    not_rejected: tuple[str, ...]
    checked: dict[str, int]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]


def read_certificate(path: Path) -> Certificate:
    """Read a certificate from a file.

    Raises:
        CertificateError: It is too large, no text, no JSON, of another schema, incomplete, or changed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise CertificateError(
            "the certificate cannot be read",
            where=str(path),
            why=str(error.strerror),
            remedy="check the path",
        ) from error
    if len(data) > LARGEST:
        raise CertificateError(
            f"the file is larger than {LARGEST // 2**20} MB",
            where=str(path),
            why="no certificate is that long",
            remedy="give the file that `hotfire diagnose --certificate` wrote",
        )
    try:
        return from_text(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise CertificateError(
            "this is no text",
            where=str(path),
            why="a certificate is JSON",
            remedy="give a certificate first, then a log",
        ) from None
    except CertificateError as error:
        where = f"{path}, {error.where}" if error.where else str(path)
        raise CertificateError(error.what, where=where, why=error.why, remedy=error.remedy) from None


def verify(
    certificate: Certificate, log: Log, engine: Engine, rivals: Sequence[Found] | None = None
) -> Verification:
    """Recompute every figure of a certificate.

    Args:
        certificate: As read.
        log: As read by `hotfire.read_log`.
        engine: As loaded by `hotfire.load_engine`.
        rivals: As sought before for the same log; sought for None.

    Raises:
        CertificateError: It is of another log or another engine.
    """
    _of_these(certificate, log, engine)
    return verify_observed(certificate, _observe(certificate, log, engine), engine, rivals)


def verify_observed(
    certificate: Certificate, observed: Observed | None, engine: Engine, rivals: Sequence[Found] | None = None
) -> Verification:
    """Recompute every figure of a certificate of this engine against windows that have been read.

    Args:
        certificate: As read.
        observed: The log's windows; None where it has none.
        engine: The engine.
        rivals: As sought before for the same log; sought for None.
    """
    ledger = Ledger()
    if observed is None:
        ledger.holds("windows", "windows", False, "the log has a steady stretch that can be weighed")
    elif _check_windows(ledger, certificate, observed):
        _check_physics(ledger, certificate, observed, engine, rivals)
    claimed = certificate.claimed
    rejected = tuple(
        (h.name, claimed.log_evidence - h.log_evidence)
        for h in certificate.hypotheses[1:]
        if h.name not in certificate.not_rejected
    )
    return Verification(
        not ledger.refusals,
        claimed.name,
        rejected,
        certificate.not_rejected,
        ledger.checked,
        tuple(ledger.refusals),
        _taken_as_stated(certificate),
    )


def _check_physics(
    ledger: Ledger,
    certificate: Certificate,
    observed: Observed,
    engine: Engine,
    rivals: Sequence[Found] | None,
) -> None:
    frame = Frame.of(certificate, engine.network, observed.observation.sensors)
    if not check_model(ledger, certificate, frame):
        return
    try:
        with np.errstate(all="ignore"):
            weights = check_hypotheses(ledger, certificate, frame)
            check_ranking(ledger, certificate, frame, weights)
            if not ledger.refusals:
                check_rivals(ledger, certificate, frame, weights, rivals)
    except (ArithmeticError, ValueError, HotfireError, np.linalg.LinAlgError) as error:
        why = error.what if isinstance(error, HotfireError) else str(error)
        ledger.holds("balances", "hypotheses", False, f"the declarations can be evaluated there ({why})")


def _of_these(certificate: Certificate, log: Log, engine: Engine) -> None:
    """Refuse a certificate of another log or another engine."""
    own = engine_identity(engine)
    if certificate.engine.sha256 != own.sha256:
        raise CertificateError(
            f"the certificate is of the engine {certificate.engine.name[:60]!r} in {certificate.engine.file[:60]!r}",
            where="engine.sha256",
            why=f"the engine file given is another one, or was changed ({own.name!r}, SHA-256 {own.sha256[:12]}...)",
            remedy="give the engine file that the diagnosis was made with: --engine FILE",
        )
    mine = log_identity(log)
    if (certificate.log.of, certificate.log.sha256) != (mine.of, mine.sha256):
        raise CertificateError(
            f"the certificate is of the log {certificate.log.name[:60]!r}",
            where="log.sha256",
            why=f"the log given is another one, or was changed ({mine.name!r}, SHA-256 {mine.sha256[:12]}...)",
            remedy="give the log that was diagnosed",
        )


def _taken_as_stated(certificate: Certificate) -> tuple[str, ...]:
    run_out = certificate.model.run_out
    if run_out is None:
        return ()
    return (f"that {run_out.tank} ran out at {run_out.time:.2f} s is taken as stated",)


def _observe(certificate: Certificate, log: Log, engine: Engine) -> Observed | None:
    """Average the log over windows again."""
    seen, run_out = sight(log, engine), certificate.model.run_out
    return seen.observed if run_out is None else seen.up_to(run_out.tank, run_out.time).observed


def _check_windows(ledger: Ledger, certificate: Certificate, observed: Observed) -> bool:
    """Check the windows; return whether the rest can be checked against them."""
    stated, own = certificate.windows, windows_of(observed)
    before = len(ledger.refusals)
    why = "read from the log again"
    ledger.holds(
        "windows", "windows.sensors", stated.sensors == own.sensors, "those of the log, in its order"
    )
    last = max(abs(own.origin), abs(own.edges[-1]), 1.0)
    ledger.same("windows", "windows.origin", stated.origin, own.origin, _ROUNDING * last, why)
    ledger.series("windows", "windows.edges", stated.edges, own.edges, _ROUNDING * last, why)
    spans = [_ROUNDING * s.span for s in observed.observation.sensors]
    ledger.table("windows", "windows.means", stated.means, own.means, spans, why)
    ledger.table("windows", "windows.scatter", stated.scatter, own.scatter, spans, why)
    ledger.holds(
        "windows", "windows.inputs", set(stated.inputs) == set(own.inputs), "those that the log records"
    )
    for name in sorted(set(stated.inputs) & set(own.inputs)):
        ledger.series(
            "windows", f"windows.inputs.{name}", stated.inputs[name], own.inputs[name], _ROUNDING, why
        )
    return len(ledger.refusals) == before
