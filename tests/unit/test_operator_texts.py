"""Operators' texts of cases: partial, various, and of the description alone."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from typing import Any

import numpy as np
import pytest

from hotfire.physics.description import Description, Location, Symptom
from hotfire.physics.errors import HotfireError
from hotfire.scenarios import texts
from hotfire.scenarios.protocol import WORDING, Wording, load_protocol
from hotfire.scenarios.texts import VOICES, flip, tale, tell
from hotfire.wording import understand

CHAMBER = Location("chamber")
FUEL, OXIDIZER = Location("injector", "fuel", end="inlet"), Location("injector", "oxidizer", end="inlet")
CASE = Description(
    "pressure-fed",
    ("N2O(L)", "ethanol"),
    ("fuel regulated tank",),
    6.0,
    (
        Symptom("pressure", CHAMBER, "step", -0.09, -8.0, -2.0, 2.3),
        Symptom("pressure", CHAMBER, "level", -0.05, -1.0),
        Symptom("pressure", FUEL, "ramp", 0.06, 5.0, 7.0, 4.1),
        Symptom("mass flow", FUEL, "level", -0.07, -4.0),
        Symptom("thrust", Location("nozzle"), "level", -0.08, -3.5),
        Symptom("pressure", OXIDIZER, "frozen", 0.0, 0.0, 0.0, 3.0),
        Symptom("pressure", Location("tank", "fuel"), "level", 0.001, 0.2),
        Symptom("pressure", Location("tank", "oxidizer"), "level", -0.001, -0.2),
    ),
)
LEVELS = {("pressure", CHAMBER): 2e6, ("mass flow", FUEL): 0.4}


def many(level: int, count: int = 200, **options: Any) -> list[str]:
    random = np.random.default_rng(level)
    return [tell(CASE, random, level=level, levels=LEVELS, **options) for _ in range(count)]


def test_the_same_seed_says_the_same() -> None:
    assert many(0, 20) == many(0, 20)


@pytest.mark.parametrize(
    ("level", "digest"),
    list(
        enumerate(
            [
                "da8ab4c8c01f69a5",
                "61c638bd019ad9c6",
                "9b86f04d7a11c823",
                "63a24ec462a994c9",
                "6cf0e4ff8a5e6a0b",
                "e9e58de986aa71ac",
            ]
        )
    ),
)
def test_a_seed_says_what_it_said_before_the_protocol_stated_the_axis(level: int, digest: str) -> None:
    assert hashlib.sha256("\n".join(many(level, 100)).encode()).hexdigest().startswith(digest)


def test_the_levels_of_wording_are_those_of_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = load_protocol()
    assert protocol.wording(0) == Wording(("familiar",))
    assert [protocol.wording(k).typing_errors for k in range(1, 6)] == [0.0, 0.0, 0.2, 0.0, 0.0]
    italian = {"vocabularies": [["italian"]] * 5, "typing_errors": [0] * 5}
    other = dataclasses.replace(protocol, shifts={**protocol.shifts, WORDING: italian})
    wanted = tell(CASE, np.random.default_rng(3), level=5)
    monkeypatch.setattr(texts, "load_protocol", lambda: other)
    assert tell(CASE, np.random.default_rng(3), level=1) == wanted


@pytest.mark.parametrize("level", range(6))
def test_texts_vary(level: int) -> None:
    told = many(level)
    assert len(set(told)) > 190
    assert not any(re.search(r"[{}]|  | ,|\bNone\b", t) for t in told)


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_speaks_at_every_level(voice: str) -> None:
    for level in range(6):
        assert all(many(level, 5, voice=voice))


def test_accounts_are_partial_and_of_what_stands_out() -> None:
    random = np.random.default_rng(1)
    told = [tale(CASE, random) for _ in range(200)]
    assert {len(t.told) for t in told} == {1, 2, 3, 4}
    assert all(s.notable for t in told for s in t.told)
    assert not any(s.notable for t in told for s in t.held)
    assert any(t.held for t in told)


def test_a_sound_run_is_told_as_such() -> None:
    quiet = Description("pressure-fed", ("LOX", "RP-1"), (), 6.0, CASE.symptoms[-2:])
    random = np.random.default_rng(1)
    assert all(not tale(quiet, random).told for _ in range(20))


def test_amounts_are_told_in_units_too() -> None:
    told = " ".join(many(0))
    assert re.search(r"\b1\.8 bar\b", told)
    assert re.search(r"\b26 psi\b", told)
    assert re.search(r"\b28 g/s\b", told)
    assert re.search(r"\b9 (%|percent)", told)


def test_names_of_the_stand_are_used() -> None:
    random = np.random.default_rng(2)
    told = " ".join(tell(CASE, random, names={("pressure", CHAMBER): "PT-301"}) for _ in range(50))
    assert "PT-301" in told
    assert "hamber pressure" not in told


def test_a_flip_reverses_every_direction() -> None:
    once = flip(CASE)
    assert [s.size for s in once.symptoms] == [-s.size for s in CASE.symptoms]
    assert [s.strength for s in once.symptoms] == [s.strength for s in CASE.symptoms]
    assert flip(once) == CASE


def _direction_words() -> set[str]:
    """Words that stand at the same place of a pair and differ."""
    found = set()
    for vocabulary in texts._phrases().values():
        if isinstance(vocabulary, dict) and "ways" in vocabulary:
            for pairs in vocabulary["ways"].values():
                for up, down in pairs:
                    words = zip(up.split(), down.split(), strict=True)
                    found |= {w for pair in words if pair[0] != pair[1] for w in pair}
    return found


@pytest.mark.parametrize("level", [0, 1, 2, 4, 5])
def test_texts_of_a_case_and_its_flip_differ_in_direction_words_only(level: int) -> None:
    words, differing = _direction_words(), 0
    for seed in range(100):
        told = tell(CASE, np.random.default_rng(seed), level=level).split()
        flipped = tell(flip(CASE), np.random.default_rng(seed), level=level).split()
        assert len(told) == len(flipped)
        apart = [(a, b) for a, b in zip(told, flipped, strict=True) if a != b]
        differing += bool(apart)
        assert {w.strip(".,;") for pair in apart for w in pair} <= words
    assert differing > 60


def test_typing_errors_fall_on_the_same_words_of_a_flip() -> None:
    for seed in range(50):
        told = tell(CASE, np.random.default_rng(seed), level=3).split()
        flipped = tell(flip(CASE), np.random.default_rng(seed), level=3).split()
        assert len(told) == len(flipped)


def test_new_phrasings_are_not_familiar_ones() -> None:
    familiar, new = texts._phrases()["familiar"], texts._phrases()["new"]
    assert not set(_leaves(familiar)) & set(_leaves(new))


def _leaves(values: Any) -> list[str]:
    """All phrases of more than one word below a node."""
    if isinstance(values, str):
        return [values] if " " in values and "{" not in values else []
    inner = values.values() if isinstance(values, dict) else values
    return [leaf for value in inner for leaf in _leaves(value)]


def test_pairs_of_directions_have_as_many_words() -> None:
    for vocabulary in texts._phrases().values():
        if isinstance(vocabulary, dict) and "ways" in vocabulary:
            pairs = [p for ways in vocabulary["ways"].values() for p in ways] + vocabulary["unmoved"]
            assert all(len(up.split()) == len(down.split()) for up, down in pairs)


def test_a_familiar_text_and_its_flip_are_understood_as_twins() -> None:
    both = 0
    for seed in range(60):
        told, flipped = (tell(c, np.random.default_rng(seed), voice="report") for c in (CASE, flip(CASE)))
        ways = {(s.quantity, s.location): s.size for s in understand(told).symptoms}
        other = {(s.quantity, s.location): s.size for s in understand(flipped).symptoms}
        assert ways.keys() == other.keys()
        assert all(np.sign(ways[k]) == -np.sign(other[k]) for k in ways)
        both += any(ways.values())
    assert both > 40


@pytest.mark.parametrize(("options", "said"), [({"voice": "opera"}, "no voice"), ({"level": 6}, "no level")])
def test_what_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(HotfireError, match=said):
        tell(CASE, np.random.default_rng(0), **options)
