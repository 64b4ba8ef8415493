"""Operators' words as symptoms."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import hotfire
from hotfire.engine import Engine
from hotfire.engine_files.reading import engine_names
from hotfire.locations import locations, sensor_location, sensor_quantity
from hotfire.physics.description import Description, Location, Symptom
from hotfire.wording import Understood, describe_text, understand
from hotfire.wording._lexicon import lexicon

SENTENCES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "operator_sentences.yaml").read_text(encoding="utf-8")
)
RECALL, PRECISION = 0.95, 0.97
"""Floors slightly below what was measured (docs/explanation/texts.md)."""


def said(understood: Understood) -> list[tuple[str, str, str, str]]:
    """What was understood, in the terms of the frozen sentences."""
    return [(s.quantity, s.location.kind, s.location.side, direction(s)) for s in understood.symptoms]


def direction(symptom: Symptom) -> str:
    if symptom.course not in ("level", "step", "ramp"):
        return symptom.course
    return "steady" if symptom.size == 0.0 else "high" if symptom.size > 0.0 else "low"


def only(text: str, **options: Any) -> Symptom:
    (symptom,) = understand(text, **options).symptoms
    return symptom


@cache
def _loaded() -> Engine:
    return hotfire.load_engine("imperial-dmt")


@pytest.fixture
def engine() -> Engine:
    return _loaded()


# -- the frozen sentences


def test_recall_and_precision_on_the_frozen_sentences() -> None:
    wanted = hits = told = 0
    for sentence in SENTENCES:
        expected = [tuple(s) for s in sentence["says"]]
        found = said(understand(sentence["text"]))
        wanted, told = wanted + len(expected), told + len(found)
        hits += sum(e in found for e in expected)
    assert len(SENTENCES) == 100
    assert hits / wanted >= RECALL, f"recall {hits / wanted:.3f}"
    assert hits / told >= PRECISION, f"precision {hits / told:.3f}"


# -- quantities, places, directions


def test_channels_are_named_as_in_the_log() -> None:
    engine = hotfire.load_engine("uvic-mule1")
    assert only("P_COMB_CHMBR low by 9 %", engine=engine).location.kind == "chamber"
    assert only("P_RUN_TANK dropped 2 bar at T+3", engine=engine).location.kind == "tank"


@pytest.mark.parametrize("name", engine_names())
def test_every_sensor_of_a_shipped_engine_can_be_spoken_of_by_its_name(name: str) -> None:
    channels = {(c.quantity, c.kind, c.end) for c in lexicon().channels}
    loaded = hotfire.load_engine(name)
    places = locations(loaded.network)
    for sensor in loaded.sensors.values():
        quantity, place = sensor_quantity(sensor), sensor_location(sensor, places)
        assert (quantity, place.kind, place.end) in channels, sensor.name
        for spelling in (sensor.name.replace("_", " "), sensor.name, sensor.name.upper()):
            found = only(f"{spelling} low", engine=loaded)
            assert (found.quantity, found.location) == (quantity, place)


@pytest.mark.parametrize(
    ("text", "size", "course", "onset"),
    [
        ("Pc low by 9 %", -0.09, "level", None),
        ("Pc sagged nine percent at T+3.1", -0.09, "ramp", 3.1),
        ("Pc up 4,5 % after 2 s", 0.045, "step", 2.0),
        ("Pc dropped from 20 to 18 bar at ignition", -0.1, "level", None),
        ("Pc read 261.068 psi instead of 20 bar", -0.1, "level", None),
        ("Pc -3 %", -0.03, "level", None),
        ("thrust at 80 % of nominal", -0.2, "level", None),
        ("Pc halved two seconds into mainstage", -0.5, "step", 2.0),
        ("Pc slightly low", -0.02, "level", None),
        ("Pc low", -0.05, "level", None),
        ("Pc crept up 3 % over 4 s", 0.03, "ramp", None),
        ("500 ms after ignition Pc dropped 4-6 %", -0.05, "step", 0.5),
    ],
)
def test_size_course_and_onset(text: str, size: float | None, course: str, onset: float | None) -> None:
    symptom = only(text)
    assert symptom.size == pytest.approx(size, rel=1e-3)
    assert (symptom.course, symptom.onset) == (course, onset)


@pytest.mark.parametrize(
    ("text", "sigma"), [("Pc low by 9 %", -9.0), ("Pc up 1 %", 3.0), ("Pc low", -5.0), ("Pc steady", 0.0)]
)
def test_sigma_is_size_over_one_percent_or_five(text: str, sigma: float) -> None:
    assert only(text).sigma == pytest.approx(sigma)


@pytest.mark.parametrize(
    "text",
    [
        "Pc was not low",
        "Pc didn't drop",
        "no drop in Pc",
        "Pc held",
        "Pc unchanged",
        "no change in Pc",
        "Pc nominal",
    ],
)
def test_negated_and_steady_is_as_expected(text: str) -> None:
    symptom = only(text)
    assert (symptom.course, symptom.size, symptom.sigma) == ("level", 0.0, 0.0)
    assert not symptom.notable


@pytest.mark.parametrize(
    "text",
    [
        "tank pressure low",
        "fuel pressure low",
        "flow dropped",
        "the regulator drooped",
        "Pc was odd",
        "",
        "9 %",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert understand(text).symptoms == ()


def test_what_was_understood_and_what_was_not() -> None:
    found = understand("Pc sagged 9 %, camera 2 fogged up. Fuel manifold pressure up")
    assert [h.text for h in found.understood] == ["Pc sagged 9 %", "Fuel manifold pressure up"]
    assert [h.words for h in found.understood] == [
        "chamber pressure falls slowly by 9 %",
        "fuel injector inlet pressure high by 5 %",
    ]
    assert found.ignored == ("camera 2 fogged up",)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("Pc, thrust and fuel flow all dropped", ["low", "low", "low"]),
        ("a drop in Pc and thrust", ["low", "low"]),
        ("no drop in Pc or thrust", ["steady", "steady"]),
        ("Pc sagged, then recovered", ["low"]),
        ("Pc started fine, then sagged", ["low"]),
        ("Thrust up, Pc not", ["high", "steady"]),
        ("fuel and ox manifold pressures both rose", ["high", "high"]),
        ("Pc low thrust high", ["low", "high"]),
        ("thrust did not build up", ["low"]),
        ("Pc lost 3 bar", ["low"]),
        ("lost the load cell", ["lost"]),
        ("If Pc drops we abort", []),
        ("I think the chamber was low", []),
        ("vibration on the turbopump grew", []),
        ("glycol tank pressure held", []),
        ("fuel manifold presure dorpped", ["low"]),
    ],
)
def test_sentences_hang_together(text: str, ways: list[str]) -> None:
    assert [direction(s) for s in understand(text).symptoms] == ways


def test_a_time_before_or_after_belongs_to_what_is_said() -> None:
    assert only("Thrust fell by 8 %, at T+3.1").onset == 3.1
    assert [s.onset for s in understand("Pc dn 10 pct at T+2.0, thrust dn 11 pct").symptoms] == [2.0, None]
    assert [s.onset for s in understand("T+2.0 Pc dn 10 pct, thrust dn 11 pct").symptoms] == [2.0, 2.0]
    assert [s.onset for s in understand("At T+2.0, Pc dn 10 pct, thrust dn 11 pct").symptoms] == [2.0, 2.0]


# -- with an engine


def test_one_side_only_needs_no_side() -> None:
    hybrid = hotfire.load_engine("uvic-mule1")
    assert only("tank pressure low", engine=hybrid).location == Location("tank", "oxidizer")


@pytest.mark.parametrize("amount", ["1 bar", "100 kPa", "0.1 MPa", "14.5038 psi", "1000 mbar"])
def test_other_units_give_the_same_size(engine: Engine, amount: str) -> None:
    bare = only("Pc low by 1 bar", engine=engine).size
    assert only(f"Pc low by {amount}", engine=engine).size == pytest.approx(bare, rel=2e-3)
    assert -0.2 < bare < -0.02


def test_an_absolute_amount_without_an_engine_is_a_direction_only() -> None:
    assert only("Pc low by 3 bar").size == -0.05


def test_the_description_of_a_text(engine: Engine) -> None:
    text = "Pc sagged 9 % two seconds into mainstage"
    description = describe_text(text, engine)
    assert description.cycle == "pressure-fed"
    assert description.text == text
    assert Description.from_dict(description.as_dict()) == description
    other = describe_text(text, cycle="gas generator", propellants=("LOX", "RP-1"))
    assert (other.cycle, other.propellants, other.hardware) == ("gas generator", ("LOX", "RP-1"), ())
    assert other.symptoms == description.symptoms


# -- properties


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_it(text: str) -> None:
    found = understand(text)
    assert len(found.symptoms) == len(found.understood)


_WORDS = "Pc fuel LOX manifold pressure flow dropped not held halved into and nor both with than no thrust GG turbine"
_MARKS = (
    ", | . | ( | by | 9 % | 3 bar | -2.5 psi | at T+3.1 | two seconds | from 40 to | instead of | 1e999 | °C | \n",
    "9" * 30,
)
_PIECES = st.sampled_from([*_WORDS.split(), *_MARKS[0].split(" | "), _MARKS[1]])


@given(st.lists(_PIECES, max_size=14))
@settings(max_examples=300, deadline=None)
def test_no_row_of_known_words_breaks_it(pieces: list[str]) -> None:
    for symptom in understand(" ".join(pieces)).symptoms:
        assert abs(symptom.size) <= 10.0


_SAME = {
    "Pc": {"bar": 1.0, "kPa": 100.0, "MPa": 0.1, "psi": 14.5037738, "mbar": 1000.0},
    "thrust": {"kN": 1.0, "N": 1000.0, "lbf": 224.808943},
    "fuel flow": {"kg/s": 1.0, "g/s": 1000.0, "lb/s": 2.20462262},
}
"""Units of a quantity with what one of the first is in each."""


@given(
    st.sampled_from(sorted(_SAME)),
    st.floats(0.02, 3.0),
    st.sampled_from(["low by ", "up ", "fell ", "+", "-"]),
)
@settings(max_examples=60, deadline=None)
def test_a_quantity_in_another_unit_has_the_same_size(subject: str, value: float, way: str) -> None:
    said = [f"{subject} {way}{factor * value:.7f} {unit}" for unit, factor in _SAME[subject].items()]
    sizes = [only(text, engine=_loaded()).size for text in said]
    assert sizes == pytest.approx([sizes[0]] * len(sizes), rel=6e-3)


@given(
    st.sampled_from([s["text"] for s in SENTENCES]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
)
@settings(max_examples=60, deadline=None)
def test_case_and_blanks_around_do_not_matter(text: str, recase: Any) -> None:
    plain = understand(text).symptoms
    assert understand(f" \n\t {recase(text)}  \n").symptoms == plain
