"""Screening of faults: what they do is run once, however often they are weighed with another scatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_file import load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.diagnosis import screening
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
