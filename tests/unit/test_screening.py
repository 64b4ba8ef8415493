"""Screening of faults: what they do is run once, however often they are weighed with another scatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.diagnosis import onsets, screening
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.fitting import _hopes, fit_likely
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.search import Search
from hotfire.scenarios.rig import Rig


def test_what_faults_do_is_not_run_again_for_another_scatter(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = load_engine("hydrazine-thruster")
    rig = Rig(engine, equations={})
    seen = replace(rig.blank, means=1.01 * rig.sound)
    search = Search(Forecaster(CompiledNetwork(engine.network), seen))
    first = screening.hardware_explanations(search)
    own = screening.hardware_signatures
    asked: list[int] = []

    def counted(*arguments: object) -> list[screening.Signature]:
        asked.append(1)
        return own(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(screening, "hardware_signatures", counted)
    search.widening = 4.0 * np.ones_like(search.widening)
    search._factorise()
    again = screening.hardware_explanations(search)
    assert not asked
    assert [e.course for e in again] == [e.course for e in first]
    assert all(a.chi_square < f.chi_square for a, f in zip(again, first, strict=True))
    # About other tolerances they do something else, and are run.
    search._linearise(search.at + 0.5)
    screening.hardware_explanations(search)
    assert asked == [1]


def test_an_engine_that_hardly_changes_is_screened_as_well_at_two_instants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = load_engine("n2o4-mmh")
    rig = Rig(engine, equations={})
    search = Search(Forecaster(CompiledNetwork(engine.network), rig.blank))
    search._linearise(np.zeros(search.at.size))
    names = ("fuel_injector.blockage", "chamber.efficiency_loss", "fuel_tank.regulator_low")
    faults = {name: search.hardware[name] for name in names}
    assert onsets.stands_still(search.forecaster, search.at)
    quick = screening.hardware_signatures(search, faults)
    monkeypatch.setattr(onsets, "_STILL", -1.0)
    assert not onsets.stands_still(search.forecaster, search.at)
    whole = screening.hardware_signatures(search, faults)
    assert [course for course, _, _ in quick] == [course for course, _, _ in whole]
    for (_, sizes, means), (_, same_sizes, same) in zip(quick, whole, strict=True):
        np.testing.assert_array_equal(sizes, same_sizes)
        far = np.linalg.norm(search.whiten(same - search.means), axis=1)
        off = np.linalg.norm(search.whiten(means - same), axis=1)
        assert (off < 0.02 * far + 0.1).all()


def test_a_fault_of_which_screening_would_have_to_be_all_wrong_is_not_fitted() -> None:
    engine = load_engine("n2o4-mmh")
    rig = Rig(engine, equations={})
    model = Forecaster(CompiledNetwork(engine.network), rig.blank)
    means, _ = model.features([Case(None, {"fuel_injector.blockage": 0.3}, float(rig.edges[3]) - 0.1)])
    noise = np.tile(rig.usual_noise / np.sqrt(rig.samples), (rig.edges.size, 1))
    seen = replace(rig.blank, means=means[0].reshape(rig.sound.shape), noise=noise)
    search = Search(Forecaster(CompiledNetwork(engine.network), seen))
    screened = search._weigh_singles()
    hopes = {e.course.name for e in _hopes(search, screened) if e.course is not None}
    assert "fuel_injector.blockage" in hopes
    assert len(hopes) < len({e.course.name for e in screened if e.course is not None})
    assert fit_likely(search, screened)[0].point is not None
