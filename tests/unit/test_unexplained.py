"""A log that nothing explains: no fault is alleged, what comes nearest is told as that."""

from __future__ import annotations

import pytest

import hotfire
from hotfire.answering import words
from hotfire.diagnosis import Diagnosis, FaultEstimate, Hypothesis
from hotfire.report.terminal import render
from hotfire.simulate import simulate_log


def nearest(verdict: str, none: float, *, at_once: int = 2, faulty: bool = True) -> Diagnosis:
    fault = FaultEstimate("valve", "stuck", "hardware", None, "", None, "valve is stuck", "valve")
    first = Hypothesis((fault,) if faulty else (), 0.96, (), (), 1.0, "valve", "valve is stuck")
    return Diagnosis(verdict, "", "E", "run.csv", (first,), none_of_these=none, at_once=at_once)


def test_another_engines_log_is_no_fault() -> None:
    log = simulate_log(hotfire.load_engine("demo-engine"), (), 3)
    found = hotfire.diagnose(log, hotfire.load_engine("n2o4-mmh"), expert="symbolic")
    assert found.none_of_these >= 0.5
    assert found.verdict == "model_mismatch"
    assert found.hypotheses
    assert found.headline.startswith(
        "Nothing that was searched explains this log: it may be another engine's"
    )
    assert found.hypotheses[0].summary in found.headline
    assert render(found).startswith("NOTHING SEARCHED EXPLAINS THIS LOG")


@pytest.mark.parametrize(("at_once", "more"), [(1, "several faults at once"), (2, "more faults at once")])
def test_the_headline_calls_the_nearest_no_finding(at_once: int, more: str) -> None:
    said = words.headline(nearest("model_mismatch", 0.9, at_once=at_once))
    assert more in said
    assert "Nearest, no finding (96% among what was searched): valve is stuck." in said


def test_a_sound_engine_that_comes_nearest_is_no_clean_bill() -> None:
    assert "No hardware fault" not in words.headline(nearest("model_mismatch", 0.9, faulty=False))


def test_what_explains_the_log_is_told_as_before() -> None:
    assert words.headline(nearest("fault", 0.3)) == "Most likely (96%): valve is stuck."
