"""How strangers say things, mechanism by mechanism, with sentences that are in no set."""

from __future__ import annotations

import pytest

import hotfire
from hotfire.wording import describe_text, understand
from hotfire.wording._families import family
from hotfire.wording._numbers import in_words


def _said(text: str) -> list[tuple[str, str, str, str]]:
    """Quantity, place, side and direction of all that is understood."""
    found = []
    for s in understand(text).symptoms:
        way = "steady" if s.size == 0.0 else "high" if s.size > 0.0 else "low"
        way = way if s.course in ("level", "step", "ramp") else s.course
        found.append((s.quantity, s.location.kind, s.location.side, way))
    return found


def test_families_stand_for_phrases() -> None:
    assert list(family("(right|) on the (line|money)")) == [
        *("right on the line", "right on the money", "on the line", "on the money"),
    ]
    assert list(family("sag~ off")) == ["sag off", "sags off", "sagged off", "sagging off"]
    assert list(family("basta*")) == ["bastao", "bastaa", "bastai", "bastae"]


@pytest.mark.parametrize(
    ("words", "value", "used"),
    [
        ("three six decimal four against", 36.4, 4),
        ("twenty six thousand rpm", 26000.0, 3),
        ("one hundred and five bar", 105.0, 4),
        ("thirty", 0.0, 0),
        ("two thirds", 0.0, 0),
    ],
)
def test_numbers_in_words(words: str, value: float, used: int) -> None:
    assert in_words(words.split()) == (pytest.approx(value), used)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("Load cell shows 2.7 kN, brochure says 3.0.", -0.1),
        ("Chamber pressure 22 bar. We normally get 20.", 0.1),
        ("We asked for 30 krpm and the fuel pump hung at 27.", -0.1),
        ("Pc 18 bar (pred. 20).", -0.1),
        ("Thrust 95 N; the acceptance band is 100 N ± 10 %.", 0.0),
        ("Thrust 4.3 kN. Requirement 4.2 to 4.4.", 0.0),
        ("Fuel pump at twenty-seven thousand instead of thirty thousand.", -0.1),
        ("Ox valve 45° against 50° commanded.", -0.1),
        ("Pc came up nicely, 18 bar rather than 20.", -0.1),
        ("Spinta 2,7 kN, ce ne servivano 3,0.", -0.1),
        ("La Pc è salita a 18 bar, il modello ne dava 20.", -0.1),
    ],
)
def test_a_reading_and_a_reference_in_any_words(text: str, size: float) -> None:
    (symptom,) = understand(text).symptoms
    assert symptom.size == pytest.approx(size, abs=0.002)


@pytest.mark.parametrize(
    "text",
    [
        "Battery 27 V, acceptance minimum is 26.",
        "Fuel tank 30 bar, LOX tank 28 bar.",
        "Pc swings by ±2 bar.",
        "Fuel manifold 3 bar above the LOX manifold.",
        "We raised the LOX tank pressure by 2 bar.",
    ],
)
def test_bounds_pairs_swings_and_deeds_are_no_departures(text: str) -> None:
    assert all(s.size == 0.0 for s in understand(text).symptoms)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Throat skin TC 20 % above the model.", [("temperature", "nozzle", "", "high")]),
        ("The kero tank was at 25 °C, we wanted 15.", [("temperature", "tank", "fuel", "high")]),
        ("Current of the motor on the LOX pump 10 % high.", [("current", "motor", "oxidizer", "high")]),
        ("LOX temperature at the injector 4 K low.", [("temperature", "injector", "oxidizer", "low")]),
        ("Il motorino della valvola fuel assorbe il 20 % in più.", [("current", "motor", "fuel", "high")]),
    ],
)
def test_places_that_descriptions_do_not_have(text: str, said: list[tuple[str, str, str, str]]) -> None:
    assert _said(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Fuel and ox dome pressures were 30 and 33 bar, respectively, versus 32 predicted for both.",
            [("pressure", "injector", "fuel", "low"), ("pressure", "injector", "oxidizer", "high")],
        ),
        (
            "Pc 20 bar and thrust 5 kN, both as planned.",
            [("pressure", "chamber", "", "steady"), ("thrust", "nozzle", "", "steady")],
        ),
        (
            "Both turbopumps came up 2 % short.",
            [("speed", "shaft", "oxidizer", "low"), ("speed", "shaft", "fuel", "low")],
        ),
        (
            "Fuel turbopump 3 % down; the discharge pressure of that pump sagged too.",
            [("speed", "shaft", "fuel", "low"), ("pressure", "pump", "fuel", "low")],
        ),
        ("What about Pc? It froze at 12 s.", [("pressure", "chamber", "", "frozen")]),
        ("PT-31, LOX dome, is noisy.", [("pressure", "injector", "oxidizer", "noisy")]),
        ("PT-31 jumps around, that's the LOX dome one.", [("pressure", "injector", "oxidizer", "noisy")]),
        (
            "Thrust down 3 %, Pc as well.",
            [("thrust", "nozzle", "", "low"), ("pressure", "chamber", "", "low")],
        ),
        (
            "Neither thrust nor Pc budged.",
            [("thrust", "nozzle", "", "steady"), ("pressure", "chamber", "", "steady")],
        ),
    ],
)
def test_of_whom_it_is_said(text: str, said: list[tuple[str, str, str, str]]) -> None:
    assert _said(text) == said


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("Did anybody else spot the LOX tank pressure sagging?", "low"),
        ("Is it normal that the LOX tank pressure creeps up?", "high"),
        ("Do we have any idea why LOX tank pressure sags?", "low"),
        ("Could the low LOX tank pressure be due to the filter?", "low"),
        ("Has the LOX tank pressure dropped?", ""),
        ("Anyone know whether the LOX tank pressure dropped?", ""),
        ("Is there any chance that the LOX tank pressure was low?", ""),
        ("Any droop on the LOX tank pressure?", ""),
        ("Come mai la pressione del serbatoio LOX cala?", "low"),
    ],
)
def test_questions(text: str, way: str) -> None:
    assert [w for *_, w in _said(text)] == ([way] if way else [])


@pytest.mark.parametrize(
    "text",
    [
        "In the event of low chamber pressure call a hold.",
        "Tomorrow the chamber pressure goes up by 2 bar.",
        "In April chamber pressure was 5 % low.",
        "On hotfire 4 Pc was 5 % low.",
        "Remember: low chamber pressure and high flow mean a hole.",
        "Never let the chamber pressure drop below 10 bar.",
        "Evitare che la pressione in camera scenda sotto 10 bar.",
    ],
)
def test_rules_plans_and_other_days_say_nothing(text: str) -> None:
    assert not understand(text).symptoms


def test_what_was_said_before_a_plan_stays() -> None:
    assert _said("Chamber pressure 5 % low, next run we swap the orifice.") == [
        ("pressure", "chamber", "", "low")
    ]
    assert _said("Last week Pc was low; today thrust is low.") == [("thrust", "nozzle", "", "low")]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("The thermocouple taped to the nozzle is open.", "open"),
        ("Fuel valve feedback sat on 0 % all along.", "lost"),
        ("LOX flow meter returned zero counts.", "lost"),
        ("Pc trace flatlined even after shutdown.", "frozen"),
        ("Load cell is pinned at full scale.", "clipped"),
        ("Pc is buried in noise.", "noisy"),
        ("Termocoppia in gola aperta.", "open"),
    ],
)
def test_what_signals_do(text: str, way: str) -> None:
    assert [w for *_, w in _said(text)] == [way]


@pytest.mark.parametrize(
    "text",
    [
        "Pc smack on the line.",
        "Pc right where it should be.",
        "Pc did exactly what the sim said.",
        "I could not see any drop in Pc.",
        "Pc stayed inside the box.",
        "Pc climbed as usual.",
        "Nobody saw anything odd on Pc.",
        "Pc held within 1 % of the set point.",
        "La Pc ricalca la previsione.",
    ],
)
def test_what_is_well(text: str) -> None:
    assert _said(text) == [("pressure", "chamber", "", "steady")]


def test_one_of_two_is_not_guessed() -> None:
    heard = understand("Flow looks flat to me.")
    assert not heard.symptoms
    assert heard.ignored


@pytest.mark.parametrize("word", ["stack", "waited", "burned", "trust", "logged"])
def test_words_that_are_one_letter_from_others_are_no_slips(word: str) -> None:
    assert all(s.size == 0.0 and s.course == "level" for s in understand(f"Pc {word} nominal.").symptoms)


def test_a_place_that_the_engine_lacks_is_said_and_one_that_is_not_forecast_is_weighed() -> None:
    engine = hotfire.load_engine("demo-engine")
    heard = understand("Motor current of the fuel pump 20 % high.", engine=engine)
    assert not heard.symptoms
    assert heard.absent == ("fuel motor",)
    description = describe_text("Throat temperature 20 % above the model, Pc 5 % low.", engine)
    assert [s.location.words for s in description.symptoms] == ["nozzle", "chamber"]


def test_a_change_of_an_injectors_drop_in_bar_is_one_of_the_pressure_before_it() -> None:
    """A share of it is a fifth of that: drops are some fifth of the chamber's pressure."""
    engine = hotfire.load_engine("demo-engine")
    (bar,) = understand("oxidizer injector dP went up by 2 bar", engine=engine).symptoms
    (share,) = understand("oxidizer injector dP up 20 %", engine=engine).symptoms
    (pressure,) = understand("oxidizer injector pressure went up by 2 bar", engine=engine).symptoms
    assert bar.size == pressure.size
    assert share.size == pytest.approx(0.04)
    assert not understand("oxidizer injector dP was 9 bar", engine=engine).symptoms


@pytest.mark.parametrize(
    "text",
    [
        "Fuel main valve stuck half open.",
        "The fuel valve opened only halfway.",
        "La valvola combustibile si è aperta solo a metà.",
    ],
)
def test_half_open_is_half(text: str) -> None:
    (symptom,) = understand(text).symptoms
    assert (symptom.quantity, symptom.size) == ("position", -0.5)
