"""Faults that look like the one that a model claims, which it may never have weighed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.experts.case import SightedCase, case_of_sighting
from hotfire.experts.hypotheses import labels_of
from hotfire.experts.measuring import ALIKE, measured
from hotfire.experts.searching import search_log
from hotfire.observing.sighting import sight
from hotfire.physics.diagnosis.look_alikes import look_alikes
from hotfire.simulate import Plant, SimulatedFault

ENGINE = load_engine("demo-engine")
PLANT = Plant(ENGINE)
CLAIMED = ("chamber.efficiency_loss", 0.25), ("oxidizer_line.blockage", 0.5)


def _case(name: str, size: float) -> SightedCase:
    return case_of_sighting(sight(PLANT.run([SimulatedFault(name, size, 2.0)], seed=5), ENGINE))


@pytest.mark.parametrize(
    ("claim", "near", "far"),
    [
        (CLAIMED[0], "nozzle.burn_through", "fuel_injector.blockage"),
        (CLAIMED[1], "oxidizer_valve.partly_closed", "nozzle.throat_erosion"),
    ],
)
def test_what_looks_the_same_is_found(claim: tuple[str, float], near: str, far: str) -> None:
    found = search_log(_case(*claim).seen, frozenset({claim[0]}))
    own = next(w.best for w in found.ranked if w.name == claim[0])
    alike = look_alikes(found.search, own, ALIKE)
    assert near in alike
    assert not {far, claim[0]} & set(alike)


def test_the_sound_engine_has_none() -> None:
    found = search_log(_case(*CLAIMED[0]).seen, frozenset({CLAIMED[0][0]}))
    assert look_alikes(found.search, found.search.sound(), ALIKE) == ()


@pytest.mark.parametrize("claim", CLAIMED)
def test_a_claim_shares_its_probability_as_the_whole_search_would(claim: tuple[str, float]) -> None:
    """The model claims one fault and has never weighed the one that looks the same on this engine."""
    case = _case(*claim)
    label = labels_of(case.engine).by_name[claim[0]]
    answer = {w.name: w.probability for w in measured(case, {label: 0.97, "nominal": 0.03}).ranked}
    whole = {w.name: w.probability for w in search_log(case.seen).ranked}
    assert sum(answer.values()) == pytest.approx(0.97, abs=0.01)
    for name in (n for n, p in whole.items() if p > 0.2):
        assert answer[name] == pytest.approx(whole[name], abs=0.12)


def test_what_looks_the_same_takes_nothing_from_the_sound_engine() -> None:
    """A label that several faults bear may lead though no single one of them does."""
    case = _case(*CLAIMED[0])
    labels = labels_of(case.engine).by_name
    posterior = {labels[CLAIMED[0][0]]: 0.5, "nominal": 0.45}
    answer = {w.name: w.probability for w in measured(case, posterior).ranked}
    assert answer["nominal"] == pytest.approx(0.45)
    assert sum(answer.values()) == pytest.approx(0.95)


def test_windows_without_a_reading_at_the_end_tell_nothing() -> None:
    name, size = CLAIMED[0]
    seen = _case(name, size).seen
    assert seen.observed is not None
    observation = seen.observed.observation
    means = observation.means.copy()
    means[-2:] = np.nan
    cut = replace(seen, observed=replace(seen.observed, observation=replace(observation, means=means)))
    found = search_log(cut, frozenset({name}))
    own = next(w.best for w in found.ranked if w.name == name)
    assert "fuel_injector.blockage" not in look_alikes(found.search, own, ALIKE)
