"""The certificate of one diagnosis: which log and engine it is of, its windows, and what the search states."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hotfire.engine import Engine
from hotfire.log import FloatArray, Log
from hotfire.observing.observe import Observed

if TYPE_CHECKING:
    from hotfire.physics.certificate.values import (
        Certificate,
        EngineIdentity,
        LogIdentity,
        RunOutClaim,
        Windows,
    )
    from hotfire.physics.diagnosis.search import Search, Weighed

__all__ = ["engine_identity", "issue", "log_identity", "windows_of"]

_BLOCK = 1 << 20


def issue(
    log: Log,
    engine: Engine,
    observed: Observed,
    search: Search,
    ranked: Sequence[Weighed],
    *,
    answer: Sequence[str] = (),
    claim: str = "",
    run_out: RunOutClaim | None = None,
    evident: bool = True,
) -> Certificate | str:
    """Issue the certificate of a search.

    Args:
        log: With roles.
        engine: The engine.
        observed: What was weighed.
        search: After it has run.
        ranked: What it returned.
        answer: Answer set of the diagnosis.
        claim: Hypothesis to claim; the most probable for "".
        run_out: A propellant that is taken to have run out.
        evident: Issue nothing that would be no evidence for the claim; benchmarks of forgeries say no.

    Returns:
        The certificate, or why there is none.
    """
    from hotfire.physics.certificate.issue import state
    from hotfire.physics.certificate.values import Certificate

    statement = state(search, ranked, claim=claim, run_out=run_out, evident=evident)
    if isinstance(statement, str):
        return statement
    names = [h.name for h in statement.hypotheses]
    return Certificate(
        engine=engine_identity(engine),
        log=log_identity(log),
        windows=windows_of(observed),
        model=statement.model,
        hypotheses=statement.hypotheses,
        not_rejected=tuple(n for n in answer if n in names[1:]),
        freedom=search.freedom,
        equations=statement.equations,
        bounds=statement.bounds,
    )


def engine_identity(engine: Engine) -> EngineIdentity:
    """Say which engine: by its file."""
    from hotfire.physics.certificate.values import EngineIdentity

    if engine.path is None:
        return EngineIdentity(engine.name, "", "")
    return EngineIdentity(engine.name, engine.path.name, _digest_of(engine.path))


def log_identity(log: Log) -> LogIdentity:
    """Say which log: by its file, or by its samples where it was never a file."""
    from hotfire.physics.certificate.values import LogIdentity

    if log.source is not None and log.source.is_file():
        return LogIdentity(log.source.name, "file", _digest_of(log.source))
    samples = hashlib.sha256()
    for name, channel in sorted(log.channels.items()):
        samples.update(f"{name}\0{channel.unit}\0{channel.kind}\0".encode())
        for values in (channel.time, channel.values):
            samples.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return LogIdentity("", "samples", samples.hexdigest())


def windows_of(observed: Observed) -> Windows:
    """What was weighed of the log, as a certificate states it."""
    from hotfire.physics.certificate.values import Windows

    observation = observed.observation
    return Windows(
        float(observed.origin),
        tuple(map(float, observation.edges)),
        tuple(s.name for s in observation.sensors),
        _table(observation.means),
        _table(observation.noise),
        {name: tuple(map(float, values)) for name, values in observation.inputs.items()},
    )


def _table(values: FloatArray) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(float(v) if np.isfinite(v) else None for v in row) for row in values)


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
