"""The diagnosis of a log: look at it, have an expert answer, write the answer up, and certify it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hotfire.diagnosis import Diagnosis
from hotfire.engine import Engine
from hotfire.experts.asked import DEFAULT_EXPERT, MOST_FAULTS, Asked
from hotfire.log import Log
from hotfire.observing.sighting import sight
from hotfire.router.ledger import Cost, metered
from hotfire.suspects.missing import missing

if TYPE_CHECKING:
    from hotfire.answering.routes import Answered
    from hotfire.experts.searching import Found
    from hotfire.physics.certificate.values import Certificate

__all__ = ["diagnose"]

_WEIGHED = 7
"""Hypotheses that a certificate is issued from, at least: the claim, the sound engine and five rivals."""


def diagnose(
    log: Log,
    engine: Engine,
    *,
    channel_map: object = None,
    certify: bool = False,
    expert: str = DEFAULT_EXPERT,
    model: Path | None = None,
    provider: str = "auto",
    budget: float | None = None,
    faults: int = MOST_FAULTS,
    explain: int = 1,
) -> Diagnosis:
    """Diagnose a log.

    Args:
        log: As read by `hotfire.read_log`.
        engine: As loaded by `hotfire.load_engine`.
        channel_map: Already applied when the log was read; accepted so that callers may pass it on.
        certify: Issue a certificate as well, where one can be issued.
        expert: `symbolic`, `neural` or `auto`; see `hotfire.experts.asked.Asked`, as of the next four.
        model: Folder of another model than the one that ships.
        provider: What the model runs on.
        budget: Processor time in s that `auto` may spend on a search.
        faults: Faults at once that are weighed, one to three.
        explain: Hypotheses, likeliest first, of which the way from the fault to the sensors is told.

    Returns:
        Ranked hypotheses, phases, symptoms, findings on sensors and data, who answered and why, and what it cost.

    Raises:
        HotfireError: If options do not go together, or a model is asked for by name and there is none.
    """
    asked = Asked(expert, model, provider, budget, faults)
    with metered() as sighting:
        seen = sight(log, engine)
    from hotfire.answering.routes import answered
    from hotfire.answering.writing_up import unanswered, written

    if seen.observed is None or missing(seen):
        return unanswered(seen, {"shared": sighting.cost, "expert": Cost()})
    answer = answered(seen, asked, rivals=_WEIGHED if certify else 0)
    diagnosis = written(answer, sighting.cost, explain=explain)
    return _certified(diagnosis, answer) if certify else diagnosis


def _certified(diagnosis: Diagnosis, answer: Answered) -> Diagnosis:
    """Hand a certificate out with a diagnosis that it is evidence of, or say why there is none."""
    if diagnosis.verdict == "model_mismatch":
        return replace(diagnosis, certificate_reason="nothing that was searched explains this log")
    if not answer.found.ranked:
        return diagnosis
    if any(f.mode == "swapped" for f in diagnosis.hypotheses[0].faults):
        return replace(diagnosis, certificate_reason="sensors look exchanged: mend that, and diagnose again")
    certificate = _certificate(answer.found, diagnosis.answer_set)
    if isinstance(certificate, str):
        return replace(diagnosis, certificate_reason=certificate)
    return replace(diagnosis, certificate=certificate, certificate_reason="")


def _certificate(found: Found, answer_set: tuple[str, ...]) -> Certificate | str:
    """Issue the certificate of a search, or say why there is none."""
    from hotfire.certificate import issue
    from hotfire.physics.certificate.values import RunOutClaim

    seen, run_out = found.seen, None
    assert seen.observed is not None
    if seen.ended is not None and seen.run_out is not None:
        run_out = RunOutClaim(seen.run_out.tank, seen.ended)
    ranked = (*found.ranked, *found.beside)
    return issue(
        seen.log, seen.engine, seen.observed, found.search, ranked, answer=answer_set, run_out=run_out
    )
