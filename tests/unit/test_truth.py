"""Truth about ambiguity: what the sensors of the plant cannot tell apart, since when left open."""

from __future__ import annotations

import pytest

from hotfire.examination.truth import Truth
from hotfire.scenarios.effects import Course
from hotfire.scenarios.settings import Setting


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(Setting("familiar", 0, "hydrazine-thruster"))


def test_a_rival_may_set_in_when_it_likes(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line blocked at the end of a run is like a drift of a pressure that set in at another time."""
    edges = truth.rig.edges
    onset = float(edges[-2] - 0.3 * (edges[1] - edges[0]))
    smallest = truth.effects.smallest("line.blockage", Course(onset))
    assert smallest is not None
    fault = {"name": "line.blockage", "size": 1.2 * smallest, "onset": onset, "grows": False}
    assert "inlet_pressure.drift" in truth.group(fault)
    monkeypatch.setattr(truth, "_onsets", ())
    assert "inlet_pressure.drift" not in truth.group(fault)


def test_the_truth_comes_first_and_no_name_twice(truth: Truth) -> None:
    size = truth.effects.smallest("chamber_pressure.bias", Course())
    assert size is not None
    fault = {"name": "chamber_pressure.bias", "size": size, "onset": None, "grows": False}
    group = truth.group(fault)
    assert group[0] == "chamber_pressure.bias"
    assert len(set(group)) == len(group)


def test_courses_of_rivals(truth: Truth) -> None:
    own = Course(1.234)
    courses = truth._courses("chamber_pressure.drift", own)
    assert own in courses
    assert Course() in courses
    assert {c.onset for c in courses} >= set(truth.rig.edges[:-1].tolist())
    assert float(truth.rig.edges[-1]) not in {c.onset for c in courses}
