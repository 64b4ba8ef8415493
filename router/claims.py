"""The learnt expert's claim held against the case, and where it holds, its likeliest rivals as well.

A claim that explains a case proves little while another does so too. To hold a rival against the case costs no more
than a check, far less than to work an answer out, and tells doubt that the learnt expert did not have from doubt that
the case itself leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from hotfire.router.experts import Answer, Checked, Checker
from hotfire.router.ledger import Cost

__all__ = ["RIVAL", "RIVALS", "Examined", "examine"]

Case = TypeVar("Case")

RIVAL = "rival"
"""Name of the score."""
RIVALS = 2
"""Rivals that are held against a case; on 450 calibration cases a third added less than a thousandth of the area."""


@dataclass(frozen=True)
class Examined:
    """What was found of a claim and its rivals.

    Attributes:
        check: Of the claim.
        rivals: Checks of its rivals, likeliest first; none where the claim itself failed.
        rival: Probability of the likeliest rival that explains the case too, over that of the claim; 0 without one.
        cost: Of all checks.
    """

    check: Checked
    rivals: Mapping[str, Checked]
    rival: float
    cost: Cost


def examine(checker: Checker[Case], case: Case, answer: Answer, rivals: int = RIVALS) -> Examined:
    """Hold the likeliest hypothesis of an answer against the case, and its rivals where it explains the case.

    Args:
        checker: Of claims.
        case: The case.
        answer: Of the learnt expert.
        rivals: How many of them.
    """
    ranked = sorted(answer.posterior, key=lambda name: (answer.posterior[name], name), reverse=True)
    check = checker.check(case, answer.best)
    others = {name: checker.check(case, name) for name in ranked[1 : 1 + rivals]} if check.agrees else {}
    agreeing = [answer.posterior[name] for name, found in others.items() if found.agrees]
    cost = sum((c.cost for c in others.values()), check.cost)
    return Examined(check, others, max(agreeing, default=0.0) / max(answer.confidence, 1e-12), cost)
