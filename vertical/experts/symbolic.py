"""The sure expert: search over the physics, answering by labels.

It needs no training, and works an answer out for any engine that is described. See
docs/explanation/symbolic-expert.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotfire.compiled_engines import compiled_engine
from hotfire.experts.case import ExpertCase
from hotfire.experts.hypotheses import MISMATCH, joined, labels_of, parts
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.judgement import goodness_of_fit
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.diagnosis.run_out import RunOut
from hotfire.physics.diagnosis.search import Search, Weighed
from hotfire.router.experts import Answer
from hotfire.router.ledger import metered

__all__ = ["Evidence", "SymbolicExpert", "by_label"]

_REPORTED = 1e-3
_FEWEST = 2
"""Windows before a run-out that can be weighed."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What backs an answer.

    Attributes:
        ranked: Hypotheses of the search with sizes and onsets, likeliest first; those with a probability worth a word.
        none_of_these: Probability that no hypothesis on the list is right.
        goodness_of_fit: p value of the best explanation.
        run_out: A propellant that may have run out early; None without.
    """

    ranked: tuple[Weighed, ...]
    none_of_these: float
    goodness_of_fit: float
    run_out: RunOut | None


class SymbolicExpert:
    """Works an answer out by search over the physics."""

    name = "symbolic"

    def __init__(self, most: int = 2) -> None:
        """Take how many faults at once are weighed."""
        self.most = most

    def answer(self, case: ExpertCase, hints: Mapping[str, float]) -> Answer:
        """Answer a case.

        Args:
            case: The case.
            hints: Posterior of another expert. Every fault is weighed whatever it says, so that the answer is
                independent evidence.

        Returns:
            Probability by label; of several faults as `label + label`, of none of the hypotheses as `model mismatch`.
        """
        if case.observation is None:
            return self._of_text(case)
        with metered() as meter:
            search, ranked, solves = _search(case, case.observation, self.most)
            evidence = Evidence(
                tuple(w for w in ranked if w.probability >= _REPORTED),
                search.none_of_these,
                goodness_of_fit(search),
                search.run_out,
            )
            posterior = _with_mismatch(by_label(ranked, case), search.none_of_these)
            meter.count(solves=solves)
        return Answer(posterior, self.name, evidence=evidence, cost=meter.cost)

    def _of_text(self, case: ExpertCase) -> Answer:
        """Answer by the symptoms alone."""
        from hotfire.experts.described import by_symptoms, departing  # rigs, which a log does not need

        with metered() as meter:
            table, solves = departing(case.engine)
            posterior = by_symptoms(case.description, table, case.hypotheses)
            meter.count(solves=solves)
        return Answer(posterior, self.name, cost=meter.cost)


def _search(case: ExpertCase, observation: Observation, most: int) -> tuple[Search, Sequence[Weighed], int]:
    """Search; where a propellant ran out, in what came before. Return the operating points solved as well."""
    search = Search(Forecaster(compiled_engine(case.engine), observation), most=most)
    ranked, run_out, solves = search.run(), search.run_out, search.forecaster.solves
    if search.ran_out and run_out is not None:
        before = observation.up_to(run_out.time)
        if before.windows >= _FEWEST:
            search = Search(Forecaster(compiled_engine(case.engine), before), most=most)
            ranked = search.run()
            solves, search.run_out = solves + search.forecaster.solves, run_out
    return search, ranked, solves


def _with_mismatch(named: dict[str, float], none_of_these: float) -> dict[str, float]:
    """Give the hypothesis that none is right its share, where that is worth a word; likeliest first."""
    if none_of_these < _REPORTED:
        return named
    shared = {h: (1.0 - none_of_these) * p for h, p in named.items()} | {MISMATCH: none_of_these}
    return dict(sorted(shared.items(), key=lambda item: -item[1]))


def by_label(ranked: Sequence[Weighed], case: ExpertCase) -> dict[str, float]:
    """Return the probability by label of hypotheses of the search, likeliest first.

    What the signals show holds beside each hypothesis: it is seen, not weighed. Labels that are not admissible are left
    out, and the rest takes their probability.
    """
    labels, admissible = labels_of(case.engine), set(case.hypotheses)
    shown = {labels.by_name[f"{s.sensor}.{s.mode}"] for s in case.signals} & admissible
    found: dict[str, float] = {}
    for weighed in ranked:
        hypothesis = joined(shown | labels.of(weighed.name))
        if admissible.issuperset(parts(hypothesis)):
            found[hypothesis] = found.get(hypothesis, 0.0) + weighed.probability
    total = sum(found.values())
    if not total > 0.0:
        return {joined(shown): 1.0}
    return {h: p / total for h, p in sorted(found.items(), key=lambda item: -item[1])}
