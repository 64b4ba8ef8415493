"""What an operator says of a case: its text, told from what stands out in its description.

A text is partial, vague in places, beside the point in others, and its beliefs on the cause are guesses. It never knows
the truth. The protocol's shift axis `wording` says by level which vocabularies its phrases are from and how much is
mistyped: 1 phrases that no familiar text has, 2 jargon, 3 typing errors, 4 Italian words between, 5 Italian.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.physics.description import Description, Location, Symptom
from hotfire.physics.errors import HotfireError
from hotfire.scenarios.protocol import LEVELS, Wording, load_protocol
from hotfire.scenarios.typing_errors import mistyped

__all__ = ["QUIET", "VOICES", "Tale", "flip", "levels_of", "tale", "tell"]

VOICES = ("terse", "chatty", "report", "conductor", "second_language")

QUIET = 1.0
"""Standard deviations below which a channel is told to be steady."""
_MOST = 4
"""Departures that somebody tells of one run."""
_UNITS: dict[str, tuple[tuple[str, float], ...]] = {
    "pressure": (("bar", 1e5), ("psi", 6894.757), ("kPa", 1e3)),
    "mass flow": (("kg/s", 1.0), ("lb/s", 0.45359237), ("g/s", 1e-3)),
    "temperature": (("K", 1.0), ("degC", 1.0)),
    "thrust": (("N", 1.0), ("kN", 1e3), ("lbf", 4.4482216)),
    "speed": (("rpm", 0.10471976),),
    "voltage": (("V", 1.0),),
    "current": (("A", 1.0),),
}
"""Units that differences are told in, with their SI value."""

Place = tuple[str, Location]
"""Quantity and where it is measured."""


@dataclass(frozen=True)
class Tale:
    """A text and what it tells.

    Attributes:
        text: As an operator would write it.
        told: Departures that it tells.
        sized: Whether it says how large each of them is.
        held: Symptoms of quantities that it tells to be quiet.
    """

    text: str
    told: tuple[Symptom, ...]
    sized: tuple[bool, ...]
    held: tuple[Symptom, ...]


def tell(
    description: Description,
    random: np.random.Generator,
    *,
    voice: str | None = None,
    level: int = 0,
    levels: Mapping[Place, float] | None = None,
    names: Mapping[Place, str] | None = None,
) -> str:
    """Write what an operator says of a case; see `tale`."""
    return tale(description, random, voice=voice, level=level, levels=levels, names=names).text


def tale(
    description: Description,
    random: np.random.Generator,
    *,
    voice: str | None = None,
    level: int = 0,
    levels: Mapping[Place, float] | None = None,
    names: Mapping[Place, str] | None = None,
) -> Tale:
    """Write what an operator says of a case. The same generator state gives the same text.

    Args:
        description: Of the case.
        random: Generator of all draws; as many are taken for a case as for its flip.
        voice: One of `VOICES`; drawn where None.
        level: 0 familiar; 1 to 5 on the axis `wording`.
        levels: Readings above rest of the sound engine, SI: with them differences are told in units as well.
        names: What channels are called at this stand; without one a place has its usual names.

    Raises:
        HotfireError: If there is no such voice or level.
    """
    if voice is not None and voice not in VOICES:
        raise HotfireError(f"there is no voice {voice!r}", where="voice", remedy=f"use {', '.join(VOICES)}")
    if level not in (0, *LEVELS):
        raise HotfireError(f"there is no level {level}", where="level", remedy="use 0 (familiar) to 5")
    drawn, wording = _pick(VOICES, random), load_protocol().wording(level)
    told = _Teller(description, random, voice or drawn, wording, levels or {}, names or {}).tale()
    errors = wording.typing_errors
    return replace(told, text=mistyped(told.text, random, errors)) if errors else told


def flip(description: Description) -> Description:
    """Return the same case with every direction reversed."""
    return replace(description, symptoms=tuple(_reversed(s) for s in description.symptoms))


def _reversed(symptom: Symptom) -> Symptom:
    return replace(symptom, size=-symptom.size, sigma=-symptom.sigma, given_others=-symptom.given_others)


def levels_of(engine: Engine) -> dict[Place, float]:
    """Return what the sensors of an engine read above rest when it runs as designed, SI."""
    from hotfire.locations import locations, sensor_location, sensor_quantity
    from hotfire.stand_sensors import mainstage

    readings, places = mainstage(engine.network), locations(engine.network)
    found = {}
    for sensor in engine.sensors.values():
        if sensor.measures in readings:
            rest = engine.network.ambient_pressure if sensor.kind == "pressure" else 0.0
            found[sensor_quantity(sensor), sensor_location(sensor, places)] = readings[sensor.measures] - rest
    return found


def _pick(choices: Sequence[Any], random: np.random.Generator) -> Any:
    """Draw one, by one number whatever there is to choose from."""
    return choices[int(random.random() * len(choices))]


@dataclass(frozen=True, eq=False)
class _Teller:
    """Tells one case."""

    description: Description
    random: np.random.Generator
    voice: str
    wording: Wording
    levels: Mapping[Place, float]
    names: Mapping[Place, str]

    def tale(self) -> Tale:
        """Return the whole text, and what it tells."""
        manner, told = self._manner(), self._chosen()
        departures = [self._departure(s, manner) for s in told]
        said = [text for text, _ in departures] or [self._phrase("nothing")]
        asides = self._asides(manner)
        said += asides
        text = said[0]
        for piece in said[1:]:
            text += _pick(manner["join"], self.random) + piece
        whole = f"{_pick(manner['opening'], self.random)}{text}{'.' if manner['upper'] else ''}"
        whole += _pick(manner["closing"], self.random)
        if manner["upper"]:
            whole = re.sub(r"(?:^|(?<=\. ))[a-z]", lambda m: m[0].upper(), whole)
        held = tuple(s for s in asides.values() if s is not None)
        return Tale(whole, tuple(told), tuple(sized for _, sized in departures), held)

    def _manner(self) -> Mapping[str, Any]:
        own = "voices_italian" if self.wording.vocabularies == ("italian",) else "voices"
        voices = _phrases()[own]
        found: Mapping[str, Any] = voices.get(self.voice) or voices["terse"]
        return found

    def _vocabulary(self, key: str) -> Any:
        """One of the level's vocabularies; the familiar one where that has no such word."""
        return _phrases()[_pick(self.wording.vocabularies, self.random)][key]

    def _phrase(self, key: str) -> str:
        return str(_pick(self._vocabulary(key), self.random))

    def _chosen(self) -> list[Symptom]:
        """Departures that are told: the strongest mostly, each quantity once."""
        first: dict[Place, Symptom] = {}
        for symptom in self.description.notable:
            first.setdefault((symptom.quantity, symptom.location), symptom)
        told = 1 + int(self.random.random() * _MOST)
        kept = [s for s in list(first.values())[: 2 * _MOST] if self.random.random() < 0.75]
        return (kept or list(first.values()))[:told]

    def _departure(self, symptom: Symptom, manner: Mapping[str, Any]) -> tuple[str, bool]:
        """What is said of one departure, and whether a size is."""
        what = self._place(symptom)
        if symptom.course in ("level", "step", "ramp"):
            pair = _pick(self._vocabulary("ways")[symptom.course], self.random)
            did, by = pair[0 if symptom.size > 0.0 else 1], self._amount(symptom)
        else:
            did, by = _pick(self._vocabulary("signals")[symptom.course], self.random), ""
        return self._put(manner, what=what, did=did, by=by, at=self._time(symptom)), bool(by)

    def _put(self, manner: Mapping[str, Any], **parts: str) -> str:
        """Put parts into a pattern of the voice; what is not said leaves no gap."""
        text = " ".join(str(_pick(manner["say"], self.random)).format(**parts).split())
        return text.replace("the the ", "the ").replace(" :", ":")

    def _place(self, symptom: Symptom) -> str:
        """A name of the place."""
        place = symptom.location
        key = " ".join(w for w in (symptom.quantity, place.kind, place.end) if w)
        vocabulary = self._vocabulary("places")
        other = _phrases()["familiar"]["places"].get(
            key, [f"{{side}} {place.kind} {place.end} {symptom.quantity}"]
        )
        pattern = str(_pick(vocabulary.get(key, other), self.random))
        side = self._side(place)
        known = self.names.get((symptom.quantity, place))
        number = f" {place.number}" if place.number else ""
        burner = f"{self._phrase_of('burners', place.burner)} " if place.burner else ""
        return known or " ".join(f"{burner}{pattern.format(side=side)}{number}".split())

    def _side(self, place: Location) -> str:
        """A side, by its own word or by its propellant's."""
        by_propellant = self.random.random() < 0.4
        name = self._phrase_of("sides", place.side)
        oxidizer, fuel = self.description.propellants
        own = {"oxidizer": oxidizer, "fuel": fuel}.get(place.side, "")
        called = self._phrase_of("propellants", own)
        return called if by_propellant and called else name

    def _phrase_of(self, key: str, name: str) -> str:
        return str(_pick(self._vocabulary(key).get(name, [""]), self.random))

    def _amount(self, symptom: Symptom) -> str:
        """How much: in percent, in a unit, or not at all."""
        draw, form = self.random.random(), self._phrase("by")
        unit, scale = _pick(_UNITS.get(symptom.quantity, (("", 1.0),)), self.random)
        level = self.levels.get((symptom.quantity, symptom.location))
        size = abs(symptom.size)
        if draw < 0.35 or size == 0.0:
            return ""
        if draw < 0.7 and level is not None and unit:
            return form.format(amount=f"{_rounded(size * level / scale)} {unit}")
        percent = "%" if self.random.random() < 0.6 else self._phrase("percent")
        return form.format(amount=f"{_rounded(100.0 * size)} {percent}")

    def _time(self, symptom: Symptom) -> str:
        """When: to a tenth of a second, vaguely, or not at all."""
        draw = self.random.random()
        exactly, always = self._phrase("at"), self._phrase("from_start")
        share = 0.0 if symptom.onset is None else symptom.onset / max(self.description.burn, 1e-9)
        part = "early" if share < 0.33 else "middle" if share < 0.67 else "late"
        vaguely = str(_pick(self._vocabulary("vaguely")[part], self.random))
        if draw < 0.3:
            return ""
        if symptom.onset is None:
            return always if symptom.course == "level" and draw < 0.5 else ""
        return vaguely if draw < 0.5 else exactly.format(time=f"{symptom.onset:.1f}")

    def _asides(self, manner: Mapping[str, Any]) -> dict[str, Symptom | None]:
        """What else is said, with the quiet channel that it is of: beliefs, and what has nothing to do with it."""
        found: dict[str, Symptom | None] = {}
        quiet = self._quiet()
        for _ in range(2):
            draw, at = self.random.random(), self.random.random()
            if quiet and draw < 0.4:
                symptom = quiet[int(at * len(quiet))]
                found[self._steady(symptom, manner)] = symptom
        if self.random.random() < 0.35:
            thing = self._phrase("things")
            found[self._phrase("hedges").format(thing=thing)] = None
        if self.random.random() < 0.3:
            found[self._phrase("remarks")] = None
        return found

    def _quiet(self) -> list[Symptom]:
        """One symptom of each quantity that shows nothing."""
        worst: dict[Place, Symptom] = {}
        for symptom in self.description.symptoms:
            place = (symptom.quantity, symptom.location)
            loud = symptom.course not in ("level", "step", "ramp")
            if place not in worst or loud or symptom.strength > worst[place].strength:
                worst[place] = symptom
        return [s for s in worst.values() if not s.notable and s.strength < QUIET]

    def _steady(self, symptom: Symptom, manner: Mapping[str, Any]) -> str:
        """A channel that held, or that did not do what one might have expected."""
        negated, held = self.random.random() < 0.3, self._phrase("steady")
        way = _pick(_pick(self._vocabulary("unmoved"), self.random), self.random)
        did = way if negated else held
        return self._put(manner, what=self._place(symptom), did=did, by="", at="")


def _rounded(value: float) -> str:
    """Two significant digits, without an exponent."""
    return f"{float(f'{value:.2g}'):g}" if value < 1e5 else f"{value:.0f}"


@cache
def _phrases() -> dict[str, Any]:
    """Read the phrases, once."""
    import yaml

    text = resources.files("hotfire.scenarios").joinpath("texts.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
