"""Sizes and onsets of what the small model claims, measured by a search among its answers and what looks the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hotfire.experts.case import SightedCase
from hotfire.experts.hypotheses import NOMINAL, Labels, labels_of
from hotfire.experts.searching import Found, search_log
from hotfire.observing.zero_shift import weighed_by_zeros, zero_shifts
from hotfire.physics.diagnosis.judgement import alike
from hotfire.physics.diagnosis.look_alikes import look_alikes
from hotfire.physics.diagnosis.search import Weighed

__all__ = ["ANSWER", "MOST", "answer_set", "measured"]

ANSWER = 0.9
ALIKE = 3.0
"""Distance in standard deviations up to which a log cannot tell two faults apart."""
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

    Probabilities stay the model's: that of a label is shared over the faults that bear it as the search would, that of
    the first with those that look the same, which the model may never have weighed. Between faults of one sensor its
    zeros weigh, which no description holds.

    Args:
        case: Of a log.
        posterior: The model's probability by label.
        most: Hypotheses that are measured, the likeliest; the others of the answer set are only named.
        rivals: Hypotheses that are weighed at least, those outside the answer set for a certificate alone.
    """
    claimed, labels = answer_set(posterior), labels_of(case.engine)
    ranked = sorted(posterior, key=lambda label: -posterior[label])
    weighed = dict.fromkeys([*list(claimed)[:most], *ranked[:rivals]])
    names = frozenset(n for label in weighed for n in labels.names(label))
    found = search_log(case.seen, names)
    first = frozenset(labels.names(ranked[0]))
    beside = _look_alikes(found, first) - names if most > 1 else frozenset()
    if beside:
        again = search_log(case.seen, names | beside)
        found = replace(again, solves=again.solves + found.solves)
    if not found.ranked:
        return found
    by_physics = {w.name: w.probability for w in found.ranked}
    found = _with_probabilities(found, claimed, labels)
    found = _shared_with_alike(found, by_physics, first, beside)
    return replace(found, ranked=weighed_by_zeros(found.ranked, zero_shifts(case.seen)))


def _look_alikes(found: Found, claimed: frozenset[str]) -> frozenset[str]:
    """Faults of components that the sensors can hardly tell from the claimed one."""
    own = [
        w
        for w in found.ranked
        if w.name in claimed and w.best.course is not None and found.search.is_hardware(w.best.course)
    ]
    return frozenset(look_alikes(found.search, own[0].best, ALIKE)) if own else frozenset()


def _shared_with_alike(
    found: Found, by_physics: Mapping[str, float], claimed: frozenset[str], beside: frozenset[str]
) -> Found:
    """Give faults that the log cannot tell from the claimed one their share of its probability, by the physics.

    The model has learnt from engines that it has seen: of another, it may never have weighed what looks the same there.
    """
    first = next((w for w in found.ranked if w.name in claimed), None)
    if first is None or not beside:
        return found
    others = [w for w in found.beside if w.name in beside and alike(found.search, first.best, w.best, ALIKE)]
    total = by_physics.get(first.name, 0.0) + sum(by_physics[w.name] for w in others)
    if not others or not total > 0.0:
        return found
    shared = [
        replace(w, probability=first.probability * by_physics[w.name] / total) for w in (first, *others)
    ]
    rest = [w for w in found.ranked if w is not first]
    ranked = sorted([*shared, *rest], key=lambda w: -w.probability)
    left = tuple(w for w in found.beside if w not in others)
    return replace(found, ranked=tuple(ranked), beside=left)


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
