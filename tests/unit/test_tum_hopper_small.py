"""The small network of the hopper: what it reads is causal, and its places are the classes."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
pytest.importorskip("tum_hopper.definition")
pytest.importorskip("torch")
pytest.importorskip("pytorch_lightning")

import torch
from tum_hopper.classes import CLASSES, PIPES
from tum_hopper.definition import SENSORS, SPLITS
from tum_hopper.endurance import Endured, sound_flight
from tum_hopper.places import MEMORY, Places, _rivals, remembered
from tum_hopper.plans import plan
from tum_hopper.small_network import SmallNetwork

COLUMNS = {"pipes": 2, "valves": 3, "sensors": 4, "whole": 5}


def _places(samples, seed):
    random = np.random.default_rng(seed)
    shapes = [(samples, 4, 2), (samples, 2, 3), (samples, 16, 4), (samples, 5)]
    return Places(*(random.normal(size=shape).astype(np.float16) for shape in shapes))


@given(arrays(np.float64, (3, 9), elements=st.floats(-50, 50)))
@settings(deadline=None)
def test_rivals_are_the_best_of_all_others(evidence) -> None:
    own = np.array([[0, 1], [4, 7], [8, 2]])
    found = _rivals(evidence, own)
    for place, members in enumerate(own):
        others = np.delete(evidence, members, axis=1)
        assert found[:, place] == pytest.approx(np.maximum(others.max(axis=1), 0.0))


def test_nothing_is_read_from_the_future() -> None:
    early, late = _places(60, 1), _places(60, 2)
    mixed = Places(
        *(
            np.concatenate([a[:40], b[40:]])
            for a, b in zip(vars(early).values(), vars(late).values(), strict=True)
        )
    )
    at = np.arange(40)
    for own, other in zip(
        vars(remembered(early, at)).values(), vars(remembered(mixed, at)).values(), strict=True
    ):
        assert (own == other).all()


def test_memory_is_a_faded_mean() -> None:
    places = Places(*(np.ones_like(part) for part in vars(_places(2000, 3)).values()))
    told = remembered(places, np.array([0, 1999])).whole
    assert told[0] == pytest.approx(np.repeat([1.0, *(1.0 / m for m in MEMORY)], 5), rel=1e-2)
    assert told[1] == pytest.approx(np.ones(told.shape[1]), rel=1e-2)


@pytest.mark.parametrize(
    ("kind", "place", "own"),
    [
        ("pipes", 1, [f"{PIPES[1]}.{state}" for state in ("blockage", "leak", "blockage_and_leak")]),
        ("valves", 0, ["oxidizer_valve.slow"]),
        ("sensors", 5, [f"{SENSORS[5]}.{mode}" for mode in ("freeze", "bias", "drift")]),
    ],
)
def test_what_a_place_shows_moves_its_own_classes_alone(kind, place, own) -> None:
    network = SmallNetwork(COLUMNS).eval()
    order = list(COLUMNS)
    sizes = [(1, 4, 2), (1, 2, 3), (1, 16, 4), (1, 5)]
    parts = [torch.zeros(size) for size in sizes]
    moved = [part.clone() for part in parts]
    moved[order.index(kind)][0, place] += 1.0
    with torch.inference_mode():
        change = (network(*moved) - network(*parts))[0].numpy()
    assert {CLASSES[i] for i in np.flatnonzero(change)} == set(own)


def test_flights_of_the_hours_are_sound_and_new() -> None:
    first, second = sound_flight(0), sound_flight(1)
    frozen = plan("sound", SPLITS["sound"][0] - 1)
    assert first.kind == "sound"
    assert first.index == frozen.index + 1
    assert not np.array_equal(first.thrust, second.thrust)
    assert not np.array_equal(first.thrust, frozen.thrust)


def test_without_an_alarm_thirty_hours_bound_one_in_ten() -> None:
    """The rule of three: nothing in T bounds the rate by 3 / T with 95 % confidence."""
    thirty = Endured(flights=3700, samples=30 * 3600 * 100)
    assert 10.0 * thirty.bound == pytest.approx(1.0, rel=2e-3)
    assert Endured(1, 360000, alarms=1).bound > Endured(1, 360000).bound
