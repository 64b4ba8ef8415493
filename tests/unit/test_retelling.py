"""G* of a text: what somebody could tell of other faults as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.examination.retelling import Retelling
from hotfire.examination.truth import Truth
from hotfire.observing.symptoms import Symptoms
from hotfire.physics.description import Symptom
from hotfire.scenarios.effects import Course
from hotfire.scenarios.settings import FAMILIAR, Setting
from hotfire.scenarios.texts import Tale

MIDDLE = 7.0
"""Onset in s, between two windows."""


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(Setting(FAMILIAR, 0, "hydrazine-thruster"))


@pytest.fixture(scope="module")
def retelling(truth: Truth) -> Retelling:
    return Retelling(truth)


def shown(truth: Truth, name: str, size: float, course: Course) -> list[Symptom]:
    """What stands out of a fault without noise, strongest first."""
    rig = truth.rig
    symptoms = Symptoms(
        rig.sensors, rig.places, rig.expectation, rig.edges, rig.engine.network.ambient_pressure
    )
    means = rig.sound + truth.effects.effect(name, np.array([size]), course)
    (found,) = symptoms.of(means[:, 1:], rig.scatter(means, rig.usual_noise[None])[:, 1:], [()])
    return sorted((s for s in found if s.strength >= 8.0), key=lambda s: -s.strength)


def said(*symptoms: Symptom, sized: bool = False) -> Tale:
    return Tale("", symptoms, (sized,) * len(symptoms), ())


def label(truth: Truth, name: str) -> str:
    return truth.rig.labels[name].words


def faults(truth: Truth) -> list[tuple[str, list[Symptom]]]:
    """Hardware faults of middle size from amid the run on, with what stands out; those of which nothing does aside."""
    found = []
    for name, sizes in truth.effects.sizes.items():
        course = Course() if truth.rig.faults[name].initial else Course(MIDDLE)
        found.append((name, shown(truth, name, float(sizes[sizes.size // 2]), course)))
    return [(name, symptoms) for name, symptoms in found if symptoms]


def test_a_fault_can_be_told_of_as_it_shows(truth: Truth, retelling: Retelling) -> None:
    tried = faults(truth)
    assert len(tried) >= 5
    for name, symptoms in tried:
        tale = said(*symptoms[:4], sized=True)
        assert retelling.distances(tale)[name] <= 3.0, name
        assert retelling.group(label(truth, name), tale)[0] == label(truth, name)


def test_what_is_said_beyond_leaves_less_open(truth: Truth, retelling: Retelling) -> None:
    shrunk = 0
    for name, symptoms in faults(truth):
        vague = retelling.group(label(truth, name), said(symptoms[0]))
        sized = retelling.group(label(truth, name), said(symptoms[0], sized=True))
        whole = retelling.group(label(truth, name), said(*symptoms, sized=True))
        assert set(whole) <= set(vague) and set(sized) <= set(vague), name
        shrunk += len(whole) < len(vague)
    assert shrunk >= 3


def plain(truth: Truth) -> list[tuple[str, list[Symptom]]]:
    """The same with what stands out by itself, not only for how odd it is among the others."""
    found = [(name, [s for s in own if abs(s.sigma) >= 8.0]) for name, own in faults(truth)]
    return [(name, symptoms) for name, symptoms in found if symptoms]


def turned(symptom: Symptom) -> Symptom:
    return replace(symptom, size=-symptom.size, sigma=-symptom.sigma, given_others=-symptom.given_others)


def test_the_other_direction_is_another_text(truth: Truth, retelling: Retelling) -> None:
    tried = plain(truth)
    assert len(tried) >= 3
    for name, symptoms in tried:
        assert retelling.distances(said(symptoms[0], sized=True))[name] <= 3.0
        assert retelling.distances(said(turned(symptoms[0]), sized=True))[name] > 3.0, name


def test_a_channel_that_held_speaks_against_faults_that_move_it(truth: Truth, retelling: Retelling) -> None:
    name, symptoms = max(plain(truth), key=lambda found: len(found[1]))
    first, second = symptoms[0], next(s for s in symptoms if s.location != symptoms[0].location)
    alone = said(first, sized=True)
    held = replace(alone, held=(replace(second, size=0.0, sigma=0.0, given_others=0.0),))
    assert retelling.distances(alone)[name] <= 3.0 < retelling.distances(held)[name]


def test_a_text_without_a_departure_leaves_nothing_to_score(truth: Truth, retelling: Retelling) -> None:
    name, _ = faults(truth)[0]
    assert retelling.group(label(truth, name), said()) == ()


def test_a_fault_that_shows_by_its_signal_alone_must_be_told_by_it(
    truth: Truth, retelling: Retelling
) -> None:
    _, symptoms = faults(truth)[0]
    place = symptoms[0]
    frozen = replace(place, course="frozen", size=0.0, sigma=0.0, given_others=0.0)
    sensor = next(n for n in truth.names if n.endswith(".freeze"))
    assert retelling.group(label(truth, sensor), said(frozen, place)) == (label(truth, sensor),)
    assert retelling.group(label(truth, sensor), said(place)) == ()


def test_what_explains_the_text_as_well_as_the_fault_is_alike(truth: Truth, retelling: Retelling) -> None:
    name, symptoms = max(plain(truth), key=lambda found: len(found[1]))
    tale = said(turned(symptoms[0]), *symptoms[1:3], sized=True)
    distances = retelling.distances(tale)
    nearer = {label(truth, n) for n, d in distances.items() if d <= distances[name]}
    assert distances[name] > 3.0
    assert set(retelling.group(label(truth, name), tale)) == nearer
    assert len(nearer) < len(retelling.labels)
