"""Sentences written before the reader was mended for such, English and Italian: floors of what is understood."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

import hotfire
from hotfire.wording import ALL_ELSE, understand

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from sentences import score

_DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("file", "language", "recall", "precision"),
    [
        ("blind_sentences", "english", 0.95, 0.95),
        ("blind_sentences", "italian", 0.92, 0.92),
        ("blind_sentences_second", "english", 0.90, 0.94),
        ("blind_sentences_second", "italian", 0.92, 0.92),
        ("blind_sentences_third", "english", 0.90, 0.90),
        ("blind_sentences_third", "italian", 0.92, 0.92),
        ("blind_sentences_fourth", "english", 0.75, 0.84),
        ("blind_sentences_fourth", "italian", 0.85, 0.77),
        ("blind_sentences_fifth", "english", 0.93, 0.91),
        ("blind_sentences_fifth", "italian", 0.88, 0.93),
        ("blind_sentences_sixth", "english", 0.96, 0.97),
        ("blind_sentences_sixth", "italian", 0.95, 0.96),
        ("blind_sentences_seventh", "english", 0.84, 0.92),
        ("blind_sentences_seventh", "italian", 0.86, 0.92),
    ],
)
def test_floors(file: str, language: str, recall: float, precision: float) -> None:
    data = yaml.safe_load((_DATA / f"{file}.yaml").read_text(encoding="utf-8"))
    result = score(data[language])
    assert result.recall >= recall, result.misses
    assert result.precision >= precision, result.misses


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("Pc 18 bar, should've been 20.", -0.1),
        ("Load cell says 4.5 kN where we'd normally see 5, odd.", -0.1),
        ("Chamber pressure 22 bar at shutdown, last run it was 20.", 0.1),
        ("Turbopump at 27000, we expected 30000.", -0.1),
        ("Pressione in camera 18 bar contro i 20 di ieri.", -0.1),
        ("Pc 20 bar, should have been 20.", 0.0),
        ("Fuel flow 12 gpm where 16 was expected.", -0.25),
        ("Gas gen pressure sat at 52 bar when it should be 47.", 0.106),
    ],
)
def test_a_reading_is_held_against_what_was_expected(text: str, size: float) -> None:
    (symptom,) = understand(text).symptoms
    assert symptom.size == pytest.approx(size, abs=0.002)


@pytest.mark.parametrize(
    "text",
    [
        "If Pc falls below 18 bar we abort, it should be 20.",
        "Yesterday Pc was 18 bar.",
        "Run 18, stand 20.",
        "PT-104 vs PT-203 predicted.",
    ],
)
def test_conditions_other_days_and_numbers_of_runs_are_no_readings(text: str) -> None:
    assert not understand(text).symptoms


def test_numbers_of_instruments_are_no_readings() -> None:
    heard = understand("Chamber pressure PT-104 against PT-203 as predicted.")
    assert all(s.size == 0.0 for s in heard.symptoms)


def test_a_limit_behind_a_semicolon_leaves_what_stands_before_it() -> None:
    (symptom,) = understand("Chamber pressure dipped to 17 bar; redline is 15 so we kept going.").symptoms
    assert symptom.size < 0.0


@pytest.mark.parametrize(
    "text",
    [
        "Did the LOX tank pressure drop at all during the burn?",
        "Thrust was 5 % low. Scratch that.",
        "Fuel flow 12 gpm.",
        "Injector face clean, no discoloration.",
        "Chamber pressure not measured.",
        "La pressione in camera non è stata misurata.",
    ],
)
def test_questions_what_is_taken_back_and_volumes_alone_say_nothing(text: str) -> None:
    assert not understand(text).symptoms


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("Why did Pc drop 5 %?", [("chamber", -1)]),
        ("Pc was 5 % lower than yesterday.", [("chamber", -1)]),
        ("Chamber pressure has gone up 2 bar.", [("chamber", 1)]),
        ("LOX manifold pressure followed chamber pressure down.", [("injector", -1), ("chamber", -1)]),
        ("LOX tank pressure was fine at first, tank pressure dropped later.", [("tank", -1)]),
        ("MFV seems stuck: fuel injector manifold 20 % low.", [("actuator", 0), ("injector", -1)]),
    ],
)
def test_what_is_said_keeps_its_subject_and_its_way(text: str, ways: list[tuple[str, int]]) -> None:
    symptoms = understand(text).symptoms
    assert [(s.location.kind, (s.size > 0.0) - (s.size < 0.0)) for s in symptoms] == ways


def test_what_the_engine_does_not_have_is_said() -> None:
    heard = understand("LOX pump inlet pressure dropped 30 psi", engine=hotfire.load_engine("demo-engine"))
    assert not heard.symptoms
    assert heard.absent == ("oxidizer pump",)


def test_all_is_well_holds_what_is_measured_and_not_spoken_of() -> None:
    engine = hotfire.load_engine("demo-engine")
    heard = understand("Everything nominal except the chamber pressure, which was 5 % low.", engine=engine)
    assert heard.all_well
    assert sum(h.words == ALL_ELSE for h in heard.understood) == len(engine.sensors) - 1
    assert [s.location.kind for s in heard.symptoms if s.size < 0.0] == ["chamber"]


@pytest.mark.parametrize(
    ("accent", "bare"),
    [("La portata LOX è giù.", "La portata LOX e' giu'."), ("Spinta più bassa.", "Spinta piu bassa.")],
)
def test_accents_may_be_apostrophes_or_missing(accent: str, bare: str) -> None:
    assert understand(accent).symptoms == understand(bare).symptoms != ()


@pytest.mark.parametrize("text", ["Camera 2 fogged up.", "Pc fine.", "Due to weather Pc test was low."])
def test_english_is_not_read_as_italian(text: str) -> None:
    assert all(s.location.kind == "chamber" for s in understand(text).symptoms)
    assert not any(s.size > 0.0 for s in understand(text).symptoms)


def test_a_tolerance_is_no_departure() -> None:
    (symptom,) = understand("Pc within 1 % of predicted.").symptoms
    assert symptom.size == 0.0
