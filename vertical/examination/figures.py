"""Figures over many answers: scores of an axis and level, calibration, and how well a score sees errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from scipy.stats import rankdata

from hotfire.examination.cases import UNGROUPED
from hotfire.examination.score import FEW, NOMINAL, answer_set, score, summary
from hotfire.experts.hypotheses import MISMATCH, joined, parts

__all__ = ["Examined", "area_under_curve", "calibration_error", "row"]

_CONFIDENT = 0.9
_BINS = 10


class Examined(Protocol):
    """What the scoring needs of a case; as of `ExamCase`."""

    @property
    def axis(self) -> str:
        """Shift axis, or `familiar`."""
        ...

    @property
    def level(self) -> int:
        """0 where familiar."""
        ...

    @property
    def truth(self) -> tuple[str, ...]:
        """Labels of its faults."""
        ...

    @property
    def detectable(self) -> bool:
        """Whether the sensors show all of them."""
        ...

    @property
    def group(self) -> tuple[str, ...]:
        """G* of a single fault."""
        ...

    @property
    def label(self) -> str:
        """The one right answer; the first of several."""
        ...


def row(expert: str, cases: Sequence[Examined], answers: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return the figures of one expert on the cases of one axis and level.

    Single faults are scored against G*. Several faults have columns of their own, and an undeclared swap has no score:
    that nothing fits is right there, and how often an answer is sure and wrong counts.
    """
    axis = cases[0].axis
    found: dict[str, Any] = {"expert": expert, "axis": axis, "level": cases[0].level, "all_cases": len(cases)}
    if axis not in UNGROUPED:
        found |= _single(cases, answers)
    if axis == "several":
        found |= _several(cases, answers)
    tops = [max(a, key=lambda h: (a[h], h)) for a in answers]
    sure = [a[t] >= _CONFIDENT for a, t in zip(answers, tops, strict=True)]
    right = [_is_right(axis, c.truth, t) for c, t in zip(cases, tops, strict=True)]
    found["confident"] = float(np.mean(sure))
    found["confident_wrong"] = float(np.mean([s and not r for s, r in zip(sure, right, strict=True)]))
    return found


def _is_right(axis: str, truth: tuple[str, ...], claim: str) -> bool:
    """Whether a claim names no fault that is not there; of an undeclared swap only that nothing fits."""
    if axis == "swap_undeclared":
        return claim == MISMATCH
    return set(parts(claim)) <= set(truth) and (claim != NOMINAL or not truth)


def _single(cases: Sequence[Examined], answers: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Figures of cases with at most one fault."""
    scored = [
        score(a, c.label, c.group, detectable=c.detectable) for a, c in zip(answers, cases, strict=True)
    ]
    earned = [s.score for s in scored if s.detectable and s.truth != NOMINAL]
    error = float(np.std(earned) / np.sqrt(len(earned))) if earned else float("nan")
    return {**summary(scored), "score_error": error}


def _several(cases: Sequence[Examined], answers: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Score of two faults, each detectable, that few others are like; and what an answer knows of several.

    The latter: whether the likeliest single fault is one of them, and how many of them the set of single faults holds.
    """
    firsts, shares, earned = [], [], []
    for case, answer in zip(cases, answers, strict=True):
        if len(case.truth) == 2 and case.detectable and 0 < len(case.group) <= FEW:
            earned.append(score(answer, joined(case.truth), case.group).score)
        chosen = answer_set(_each(answer))
        firsts.append(chosen[0] in case.truth)
        shares.append(np.mean([t in chosen for t in case.truth]))
    return {
        "several_first": float(np.mean(firsts)),
        "several_first_error": float(np.std(firsts) / np.sqrt(len(firsts))),
        "several_share": float(np.mean(shares)),
        "doubles": len(earned),
        "doubles_score": float(np.mean(earned)) if earned else float("nan"),
    }


def calibration_error(confidence: Sequence[float], correct: Sequence[bool]) -> float:
    """Expected calibration error in ten bins (Guo et al., arXiv 1706.04599, equation 3)."""
    sure, hit = np.asarray(confidence), np.asarray(correct, dtype=float)
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [
        (place == b).mean() * abs(hit[place == b].mean() - sure[place == b].mean())
        for b in range(_BINS)
        if (place == b).any()
    ]
    return float(np.sum(gaps))


def area_under_curve(score: Sequence[float], wrong: Sequence[bool]) -> float:
    """Chance that a wrong case scores above a right one (Mann and Whitney); NaN where there is but one kind."""
    values, errors = np.asarray(score, dtype=float), np.asarray(wrong, dtype=bool)
    bad, good = int(errors.sum()), int((~errors).sum())
    if not bad or not good:
        return float("nan")
    ranks = rankdata(values)
    return float((ranks[errors].sum() - bad * (bad + 1) / 2) / (bad * good))


def _each(answer: Mapping[str, float]) -> dict[str, float]:
    """Probability of each fault by itself, whatever stands beside it."""
    single: dict[str, float] = {}
    for hypothesis, probability in answer.items():
        for label in parts(hypothesis) or (NOMINAL,):
            single[label] = single.get(label, 0.0) + probability
    return single
