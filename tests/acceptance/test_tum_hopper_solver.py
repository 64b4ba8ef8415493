"""The solver on a handful of rebuilt runs: what is written in is named, and a sound flight is called sound."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
pytest.importorskip("tum_hopper.definition")

from tum_hopper.classes import CLASSES, NUMBERS
from tum_hopper.flights import Flight, thrust_course
from tum_hopper.plans import RunPlan
from tum_hopper.plant import fly
from tum_hopper.readings import read
from tum_hopper.solver import labelled

SENSORS = [
    ("chamber_pressure", "bias", 0.1),
    ("fuel_pipe_inlet_pressure", "drift", 0.03),
    ("oxidizer_injector_flow", "drift", 0.02),
    ("fuel_feed_outlet_pressure", "freeze", 0.0),
    ("oxidizer_valve_position", "bias", -0.12),
    ("fuel_valve_position", "freeze", 0.0),
]


@pytest.fixture(scope="module")
def labels():
    """Truth and answers of eleven short flights, followed side by side."""
    time, thrust = thrust_course(Flight(2600.0, 4.0, 70.0))
    sound = RunPlan("train", 0, "sound", "", time, thrust)
    pipe = {"onset": 8.0, "blocked": ((8.0, 8.1, 8.5, 8.55), (0.0, 0.8, 0.8, 0.0))}
    plans = {
        "nominal": sound,
        "oxidizer_pipe.blockage": replace(sound, place="oxidizer_pipe", **pipe),
        "fuel_feed.blockage": replace(sound, place="fuel_feed", **pipe),
        "fuel_feed.leak": replace(sound, place="fuel_feed", leaking=((8.2, 8.25), (0.0, 0.05)), **pipe),
        "fuel_valve.slow": replace(sound, place="fuel_valve", onset=2.5, time_constant=4.0),
    }
    records = dict(zip(plans, fly(list(plans.values())), strict=True))
    for sensor, mode, size in SENSORS:
        name = f"{sensor}.{mode}"
        plans[name] = replace(sound, kind="sensor", place=sensor, mode=mode, begin=0.3, size=size)
        records[name] = records["nominal"]
    readings = [read(plan, records[name]) for name, plan in plans.items()]
    return dict(zip(plans, zip([r.labels for r in readings], labelled(readings), strict=True), strict=True))


def test_a_sound_flight_is_called_sound(labels) -> None:
    _, answers = labels["nominal"]
    assert (answers == 0).all()


@pytest.mark.parametrize(
    "name",
    [
        "oxidizer_pipe.blockage",
        "fuel_feed.blockage",
        "fuel_feed.leak",
        "fuel_valve.slow",
        *(f"{sensor}.{mode}" for sensor, mode, _ in SENSORS),
    ],
)
def test_a_fault_is_named_and_no_other(labels, name) -> None:
    truth, answers = labels[name]
    own = truth == NUMBERS[name]
    assert np.mean(answers[own] == NUMBERS[name]) > 0.8
    others = set(np.unique(answers[own])) - {0, NUMBERS[name]}
    assert sum(np.mean(answers[own] == other) for other in others) < 0.05, [CLASSES[i] for i in others]


@pytest.mark.parametrize("name", ["oxidizer_pipe.blockage", "fuel_feed.leak"])
def test_what_follows_a_blockage_is_told_sample_by_sample(labels, name) -> None:
    truth, answers = labels[name]
    assert np.mean(answers == truth) > 0.97
