"""Checking that the claimed hypothesis fits, and that no stated rival explains the log better."""

from __future__ import annotations

import math

from hotfire.physics.certificate.check import EVIDENCE_TOLERANCE
from hotfire.physics.certificate.ledger import Ledger, Refusal
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.values import Certificate
from hotfire.physics.certificate.weight import Weights

__all__ = ["BAD_FIT", "allowed_lead", "check_ranking", "number_of_faults"]

BAD_FIT = 1.5
"""Chi-square per feature from which a search widens the scatter: what fits no better is no explanation."""
_LEVELLING = 0.3
"""One less the power by which weights of faults are levelled among themselves."""


def allowed_lead(claim: str, rival: str, windows: int, faults: int) -> float:
    """By how many nats a rival's best course may lead the claimed one's without being likelier as a hypothesis.

    A fault is claimed for the sum of its courses, of which there are two for each onset; the sound engine has one.
    Weights are levelled among hypotheses with as many faults, which can favour a claim with another number of them.
    """
    courses = math.log(2.0 * (windows + 1)) if claim != "nominal" else 0.0
    levelled = rival != "nominal" and claim.count(" + ") + (claim != "nominal") != 1 + rival.count(" + ")
    return courses + (_LEVELLING * math.log(faults) if levelled else 0.0)


def check_ranking(ledger: Ledger, certificate: Certificate, frame: Frame, weights: Weights) -> None:
    """Check that the claimed hypothesis fits, and that no stated rival explains the log better."""
    claimed, faults = certificate.claimed, number_of_faults(frame)
    most = BAD_FIT * weights.used.sum()
    ledger.holds("ranking", "hypotheses[0].misfit", claimed.misfit <= most, f"at most {BAD_FIT} a feature")
    for i, rival in enumerate(certificate.hypotheses[1:], start=1):
        lead = allowed_lead(claimed.name, rival.name, weights.windows, faults) + 2.0 * EVIDENCE_TOLERANCE
        ahead = rival.log_evidence - claimed.log_evidence
        ledger.checked["ranking"] = ledger.checked.get("ranking", 0) + 1
        if not ahead <= lead:
            why = f"{rival.name} explains the log better than {claimed.name} by {ahead:.1f} nats"
            ledger.refusals.append(Refusal(f"hypotheses[{i}].log_evidence", 0.0, ahead, lead, why))


def number_of_faults(frame: Frame) -> int:
    """Number of single faults that compete."""
    hardware = sum(f.weighed for f in frame.network.faults.values())
    return hardware + 3 * sum(bool(s.kind) for s in frame.sensors)
