"""Truth about ambiguity: what the sensors of the plant cannot tell apart, since when left open."""

from __future__ import annotations

import pytest

from hotfire.examination.truth import Truth
from hotfire.scenarios.effects import Course
from hotfire.scenarios.readings import SensorFault
from hotfire.scenarios.settings import Setting


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(Setting("familiar", 0, "hydrazine-thruster"))


def test_a_rival_may_set_in_when_it_likes(truth: Truth) -> None:
    """A line blocked at the end of a run is like a drift of a pressure that set in at another time."""
    edges = truth.rig.edges
    onset = float(edges[-2] - 0.3 * (edges[1] - edges[0]))
    smallest = truth.effects.smallest("line.blockage", Course(onset))
    assert smallest is not None
    fault = {"name": "line.blockage", "size": 1.2 * smallest, "onset": onset, "grows": False}
    assert "inlet_pressure.drift" in truth.group(fault)


@pytest.mark.parametrize("onset", [0.55, 0.7, 0.83, 0.95])
def test_a_large_drift_of_the_last_window_is_like_an_offset(truth: Truth, onset: float) -> None:
    """One number was measured of it, however well: neither where the offset sets in nor its size is on a grid."""
    edges = truth.rig.edges
    fault = {"name": "inlet_pressure.drift", "size": 0.18, "grows": False}
    fault["onset"] = float(edges[-2] + (onset - 0.5) * (edges[1] - edges[0]))
    assert "inlet_pressure.bias" in truth.group(fault)


def test_a_large_drift_of_half_a_run_is_not(truth: Truth) -> None:
    edges = truth.rig.edges
    fault = {"name": "inlet_pressure.drift", "size": 0.18, "onset": float(edges[2]), "grows": False}
    assert "inlet_pressure.bias" not in truth.group(fault)


def test_the_truth_comes_first_and_no_name_twice(truth: Truth) -> None:
    size = truth.effects.smallest("chamber_pressure.bias", Course())
    assert size is not None
    fault = {"name": "chamber_pressure.bias", "size": size, "onset": None, "grows": False}
    group = truth.group(fault)
    assert group[0] == "chamber_pressure.bias"
    assert len(set(group)) == len(group)


def test_courses_of_rivals(truth: Truth) -> None:
    kinds = truth.rivals._kinds("chamber_pressure.drift")
    onsets = [c.onset for c in kinds[False, True] if c.onset is not None]
    assert kinds[False, False] == (Course(),)
    assert (True, True) not in kinds
    assert onsets == sorted(onsets)
    assert {*truth.rig.edges[:-1].tolist()} <= {*onsets}
    assert truth.rig.edges[-2] < onsets[-1] < truth.rig.edges[-1]


def test_a_lost_sensor_tells_nothing_and_an_unspoilt_stand_what_it_did(truth: Truth) -> None:
    """Without the sensor that it is a fault of, a bias is nothing; what the others show is shown by them."""
    bias = {"name": "inlet_pressure.bias", "size": 0.1, "onset": None, "grows": False}
    column = [s.name for s in truth.rig.sensors].index("inlet_pressure")
    others = truth.beside([SensorFault(column, "dropout", 1.0, Course())])
    assert truth.distance(bias) > 30.0
    assert others.distance(bias) < 0.01
    assert truth.beside([]) is truth
    assert truth.distance(bias) > 30.0


def test_a_sensor_that_is_lost_late_tells_what_came_before(truth: Truth) -> None:
    bias = {"name": "inlet_pressure.bias", "size": 0.1, "onset": None, "grows": False}
    column = [s.name for s in truth.rig.sensors].index("inlet_pressure")
    lost = [SensorFault(column, "dropout", 1.0, Course(float(t))) for t in (*truth.rig.edges[[1, 4]],)]
    noisy = SensorFault(column, "noise", 20.0, Course())
    early, late = (truth.beside([s]).distance(bias) for s in lost)
    assert 1.0 < early < late < truth.distance(bias)
    assert 0.0 < truth.beside([noisy]).distance(bias) < truth.distance(bias)


def test_beside_a_lost_sensor_the_other_fault_is_what_the_others_tell(truth: Truth) -> None:
    names = [s.name for s in truth.rig.sensors]
    size = truth.effects.smallest("line.blockage", Course())
    assert size is not None
    blocked = {"name": "line.blockage", "size": 1.1 * size, "onset": None, "grows": False}
    lost = {"name": "inlet_pressure.dropout", "size": 1.0, "onset": None, "grows": False}
    left = truth.beside([SensorFault(names.index("inlet_pressure"), "dropout", 1.0, Course())])
    group = truth.group_of_two([blocked, lost])
    assert group[0] == ("line.blockage", "inlet_pressure.dropout")
    assert [g[0] for g in group if len(g) == 2] == list(left.group(blocked))
    assert (("inlet_pressure.dropout",) in group) == (left.distance(blocked) <= truth.alike)
    assert truth.group_of_two([lost, {**lost, "name": "chamber_pressure.freeze"}]) == (
        ("inlet_pressure.dropout", "chamber_pressure.freeze"),
    )
