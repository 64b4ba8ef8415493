"""Descriptions: plain values and back, words that are the same for the same description, what is notable."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.physics.description import COURSES, Description, FaultLabel, Location, Symptom
from hotfire.physics.description_text import rendered

words = st.sampled_from(("injector", "pump", "chamber", "cooling jacket"))
places = st.builds(
    Location,
    words,
    st.sampled_from(("", "oxidizer", "fuel")),
    st.sampled_from(("", "gas generator")),
    st.integers(0, 3),
    st.sampled_from(("", "inlet", "outlet")),
)
numbers = st.floats(-1e4, 1e4).map(lambda v: float(f"{v:.3g}"))
symptoms = st.builds(
    Symptom,
    st.sampled_from(("pressure", "mass flow")),
    places,
    st.sampled_from(COURSES),
    numbers,
    numbers,
    numbers,
    st.none() | st.floats(0.0, 20.0),
)
descriptions = st.builds(
    Description,
    st.just("pressure-fed"),
    st.just(("LOX", "ethanol")),
    st.just(("fuel regulated tank",)),
    st.floats(1.0, 20.0),
    st.lists(symptoms, max_size=6).map(tuple),
    st.sampled_from(("", "Pc sagged")),
)


@given(descriptions)
def test_plain_values_and_back(description: Description) -> None:
    written = json.loads(json.dumps(description.as_dict()))
    assert Description.from_dict(written) == description


@given(descriptions)
def test_the_same_words_after_a_round_trip(description: Description) -> None:
    again = Description.from_dict(json.loads(json.dumps(description.as_dict())))
    text = rendered(description)
    assert rendered(again) == text
    assert "\n" not in text


@given(symptoms, st.booleans())
def test_a_flipped_symptom_reads_otherwise(symptom: Symptom, twice: bool) -> None:
    """Twin cases that differ in a direction alone must not read alike."""
    if symptom.course not in ("level", "step", "ramp") or not symptom.notable or symptom.size == 0.0:
        return
    flipped = Symptom(
        symptom.quantity,
        symptom.location,
        symptom.course,
        -symptom.size,
        -symptom.sigma,
        -symptom.given_others,
    )
    straight = Symptom(
        symptom.quantity, symptom.location, symptom.course, symptom.size, symptom.sigma, symptom.given_others
    )

    def text(s: Symptom) -> str:
        return rendered(Description("", ("", "LOX"), (), 1.0, (s,)))

    assert text(flipped) != text(straight)
    assert flipped.direction != straight.direction


def test_what_disagrees_with_its_neighbours_is_notable() -> None:
    place = Location("injector", "fuel", end="inlet")
    alone = Symptom("pressure", place, "step", 0.03, 0.6, 11.0, 2.3)
    assert alone.notable
    assert not Symptom("pressure", place, "step", 0.03, 0.6, 1.0, 2.3).notable
    text = rendered(Description("pressure-fed", ("LOX", "ethanol"), (), 3.0, (alone,)))
    assert "fuel injector inlet pressure rises 3 % at 2.3 s (0.6 sigma, 11 against the others)" in text


def test_labels_tell_hardware_from_sensors() -> None:
    place = Location("injector", "fuel", "gas generator", 2, "inlet")
    assert FaultLabel(Location("injector", "fuel"), "blockage").words == "fuel injector: blockage"
    assert (
        FaultLabel(place, "bias", "pressure").words
        == "gas generator fuel injector 2 inlet pressure sensor: bias"
    )


@pytest.mark.parametrize(
    ("value", "shown"), [(3.123456, "3.1"), (12.3456, "12"), (1234.56, "1200"), (99999.0, "over 9999")]
)
def test_numbers_are_rounded_to_what_they_are_worth(value: float, shown: str) -> None:
    symptom = Symptom("pressure", Location("chamber"), "level", 0.5, value)
    text = rendered(Description("", ("", "LOX"), (), 1.0, (symptom,)))
    assert f"chamber pressure high 50 % ({shown} sigma)" in text
