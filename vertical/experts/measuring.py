"""Sizes and onsets of what the small model claims: measured by a search among its answers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hotfire.experts.case import SightedCase
from hotfire.experts.hypotheses import NOMINAL, Labels, labels_of
from hotfire.experts.searching import Found, search_log
from hotfire.observing.zero_shift import weighed_by_zeros, zero_shifts
from hotfire.physics.diagnosis.search import Weighed

__all__ = ["ANSWER", "MOST", "answer_set", "measured"]

ANSWER = 0.9
MOST = 10
"""Hypotheses of an answer set, at most; what lies beyond them is as good as undecided."""


def answer_set(posterior: Mapping[str, float], mass: float = ANSWER, most: int = MOST) -> dict[str, float]:
    """Return the fewest hypotheses with at least `mass` of the probability, likeliest first, `most` of them at most."""
    chosen: dict[str, float] = {}
    for hypothesis, probability in sorted(posterior.items(), key=lambda item: -item[1])[:most]:
        chosen[hypothesis] = probability
        if sum(chosen.values()) >= mass:
            break
    return chosen


def measured(
    case: SightedCase, posterior: Mapping[str, float], *, most: int = MOST, rivals: int = 0
) -> Found:
    """Return the model's answer set with sizes and onsets by the physics.

    Probabilities stay the model's: that of a label is shared over the faults that bear it as the search would. Between
    faults of one sensor its zeros weigh, which no description holds.

    Args:
        case: Of a log.
        posterior: The model's probability by label.
        most: Hypotheses that are measured, the likeliest; the others of the answer set are only named.
        rivals: Hypotheses that are weighed at least, those outside the answer set for a certificate alone.
    """
    claimed, labels = answer_set(posterior), labels_of(case.engine)
    ranked = sorted(posterior, key=lambda label: -posterior[label])
    weighed = dict.fromkeys([*list(claimed)[:most], *ranked[:rivals]])
    found = search_log(case.seen, frozenset(n for label in weighed for n in labels.names(label)))
    if not found.ranked:
        return found
    found = _with_probabilities(found, claimed, labels)
    return replace(found, ranked=weighed_by_zeros(found.ranked, zero_shifts(case.seen)))


def _with_probabilities(found: Found, claimed: Mapping[str, float], labels: Labels) -> Found:
    """Give what was found the probabilities of labels; faults that were not weighed are told apart."""
    own = {w.name: w for w in found.ranked}
    ranked: list[Weighed] = []
    unweighed: dict[str, float] = {}
    for label, probability in claimed.items():
        names = (NOMINAL,) if label == NOMINAL else labels.names(label)
        weighed = [own[n] for n in names if n in own]
        total = sum(w.probability for w in weighed)
        for w in weighed:
            share = w.probability / total if total > 0.0 else 1.0 / len(weighed)
            ranked.append(replace(w, probability=probability * share))
        if not weighed:
            unweighed |= {n: probability / len(names) for n in names}
    claims = {w.name for w in ranked}
    beside = tuple(w for w in found.ranked if w.name not in claims)
    ranked.sort(key=lambda w: -w.probability)
    return replace(found, ranked=tuple(ranked), unweighed=unweighed, beside=beside)
