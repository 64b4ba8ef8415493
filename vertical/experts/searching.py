"""The search of a whole log: the sure expert of a diagnosis, with all that the diagnosis is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hotfire.compiled_engines import compiled_engine
from hotfire.experts.case import SightedCase
from hotfire.experts.symbolic import by_label
from hotfire.observing.pace import paces, weighed_by_paces
from hotfire.observing.sighting import Sighting
from hotfire.observing.zero_shift import weighed_by_zeros, zero_shifts
from hotfire.physics.diagnosis.exchanges import Exchange, find_exchange
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.search import Search, Weighed
from hotfire.router.experts import Answer
from hotfire.router.ledger import metered

__all__ = ["USUAL", "Found", "LogSearch", "search_log"]

USUAL = 5.0
"""Processor time in s of a search as a rule, on one core of 2026; pump-fed engines take longer."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found in a log.

    Attributes:
        seen: The log as it was weighed; up to the run-out of a propellant where there was one.
        search: After it has run.
        ranked: Hypotheses, likeliest first; none where too little is left before a run-out.
        solves: Operating points that were solved.
        beside: Hypotheses that were weighed and are not part of the answer.
        exchange: Sensors that look exchanged; None where none do, or the sound engine explains the log.
        unweighed: Probability of faults that window means do not show, by name, where an expert claims any.
    """

    seen: Sighting
    search: Search
    ranked: Sequence[Weighed]
    solves: int
    unweighed: Mapping[str, float] = field(default_factory=dict)
    beside: Sequence[Weighed] = ()
    exchange: Exchange | None = None


def search_log(seen: Sighting, only: frozenset[str] | None = None, *, most: int = 2) -> Found:
    """Search a log; where a propellant ran out, what came before.

    Args:
        seen: With features.
        only: Names of the faults that are weighed; None for all.
        most: Faults at once that are weighed.
    """
    search, ranked = _search(seen, only, most)
    solves, run_out = search.forecaster.solves, search.run_out
    if search.ran_out and run_out is not None:
        assert seen.observed is not None
        seen = seen.up_to(run_out.tank, seen.observed.origin + run_out.time)
        if seen.observed is None:
            return Found(replace(seen, run_out=run_out), search, (), solves)
        search, ranked = _search(seen, only, most)
        solves += search.forecaster.solves
    exchange = find_exchange(search, ranked, seen.observed.offsets) if seen.observed is not None else None
    return Found(replace(seen, run_out=run_out), search, ranked, solves, exchange=exchange)


def _search(seen: Sighting, only: frozenset[str] | None, most: int) -> tuple[Search, tuple[Weighed, ...]]:
    assert seen.observed is not None
    forecaster = Forecaster(compiled_engine(seen.engine), seen.observed.observation)
    search = Search(forecaster, only=only, most=most)
    return search, weighed_by_paces(weighed_by_zeros(search.run(), zero_shifts(seen)), paces(seen))


class LogSearch:
    """The search as the sure expert behind the router; its evidence is `Found`."""

    name = "symbolic"

    def answer(self, case: SightedCase, hints: Mapping[str, float]) -> Answer:
        """Answer a case; every fault is weighed whatever the hints say."""
        with metered() as meter:
            found = search_log(case.seen)
            meter.count(solves=found.solves)
        return Answer(by_label(found.ranked, case), self.name, evidence=found, cost=meter.cost)
