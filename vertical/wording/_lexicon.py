"""The words that operators use, read from `lexicon.yaml` and `italian.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import resources
from typing import Any

from hotfire.wording._families import family
from hotfire.wording._lexemes import LEXEME, spelled

__all__ = ["Channel", "Entry", "Lexicon", "References", "is_italian", "lexicon"]

_ROLES = {
    "glue": "glue",
    "fillers": "glue",
    "callers": "glue",
    "readings": "glue",
    "things": "thing",
    "opinions": "opinion",
    "limits": "limit",
    "trips": "trip",
    "asides": "aside",
    "rules": "aside",
    "lectures": "aside",
    "plans": "aside",
    "other_days": "aside",
    "joints": "joint",
    "from_start": "start",
    "slow": "pace",
    "sudden": "pace",
    "slight": "degree",
    "strong": "degree",
    "negations": "not",
    "whole": "glue",
    "events": "glue",
    "everything": "everything",
    "retractions": "retraction",
}
"""Role of a word by the list that it stands in; where it stands in several, the last of them here counts."""
_SAYS: dict[str, dict[str, Any]] = {
    "slow": {"course": "ramp"},
    "sudden": {"course": "step"},
    "slight": {"size": 0.02},
    "strong": {"size": 0.2},
    "whole": {"whole": True},
    "readings": {"reading": True},
    "events": {"event": True},
    "rules": {"rule": True},
    "lectures": {"rule": True, "head": True},
    "plans": {"soft": True, "rule": True},
    "other_days": {"soft": True, "day": True},
}
_TELLING = 3
"""Letters from which a word tells that a sentence is Italian."""


@dataclass(frozen=True)
class Entry:
    """What a phrase is.

    Attributes:
        role: `part` of a subject, `predicate`, `not`, `degree`, `pace`, `start`, `joint`, `aside`, `limit`, `trip`,
            `opinion`, `thing`, `everything`, `retraction` or `glue`.
        says: What it says, by the keys of the file.
        english: The English word that does the same, of a little word of another language; "" elsewhere.
    """

    role: str
    says: Mapping[str, Any] = field(default_factory=dict)
    english: str = ""


@dataclass(frozen=True)
class Channel:
    """A quantity that descriptions know, and where it is measured.

    Attributes:
        quantity: Dimension word.
        kind: What stands there.
        sides: `each`, `may`, `none` or `fuel`.
        end: `inlet`, `outlet` or "".
    """

    quantity: str
    kind: str
    sides: str
    end: str = ""


@dataclass(frozen=True)
class References:
    """Words about what a reading is held against.

    Attributes:
        known: Of what was planned, asked for, forecast or usual.
        weak: That say so only behind a reading (`the curve says`), since instruments say things as well.
        comparing: That compare (`instead`, `versus`).
        counted: Before the number of a run, a step or an instrument.
    """

    known: frozenset[str]
    weak: frozenset[str]
    comparing: frozenset[str]
    counted: frozenset[str]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Words of operators.

    Attributes:
        entries: What phrases are, by their words.
        channels: All quantities that can be spoken of; where one has two ends, the usual one first.
        usual: Quantity that is meant by a place.
        alone: Kind of place that is meant by a quantity.
        instead: Kind of place where a quantity is measured of which another is named.
        also: Other kinds that a kind's name may mean.
        units: Unit as the unit table spells it with the kinds it may have, by how people write it.
        unit: Finds one after a number.
        letters: Sides that a letter means before the name of a place.
        after: Quantities that a letter means after the name of a place.
        before_nouns: Little words that a word is before a noun, whatever it is elsewhere.
        numbers: Numbers in words.
        fractions: Percentages in words.
        references: Words about what a reading is held against, in both languages.
        telling: Words that tell a sentence in Italian.
    """

    entries: Mapping[tuple[str, ...], Entry]
    channels: tuple[Channel, ...]
    usual: Mapping[str, str]
    alone: Mapping[str, str]
    instead: Mapping[str, Mapping[str, str]]
    also: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[tuple[str, str], ...]]
    unit: re.Pattern[str]
    letters: Mapping[str, str]
    after: Mapping[str, str]
    before_nouns: Mapping[str, str]
    numbers: Mapping[tuple[str, ...], float]
    fractions: Mapping[tuple[str, ...], float]
    references: References
    telling: frozenset[str] = frozenset()

    @cached_property
    def longest_from(self) -> Mapping[str, int]:
        """Most words of a phrase, by its first word."""
        found: dict[str, int] = {}
        for phrase in self.entries:
            found[phrase[0]] = max(len(phrase), found.get(phrase[0], 0))
        return found

    @cached_property
    def counting(self) -> frozenset[str]:
        """First words of what says a number or a fraction."""
        return frozenset(phrase[0] for phrase in (*self.numbers, *self.fractions))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words of all phrases."""
        phrases = (*self.entries, *self.numbers, *self.fractions, *(tuple(u.split()) for u in self.units))
        return frozenset(word for phrase in phrases for word in phrase)


@cache
def lexicon(*, italian: bool = False) -> Lexicon:
    """Read the lexicon, once; with the Italian words as well, which come before English ones, where that is asked."""
    return _with_italian(lexicon()) if italian else _english()


def is_italian(sentence: str) -> bool:
    """Say whether a sentence, in lower case, has a word that only Italian has."""
    telling = lexicon(italian=True).telling
    return any(spelled(w) in telling for w in LEXEME.findall(sentence))


def _phrases(text: str) -> Iterator[tuple[str, ...]]:
    for phrase in text.split(","):
        for member in family(phrase.strip()):
            yield tuple(spelled(w) for w in LEXEME.findall(member))


def _loaded(name: str) -> dict[str, Any]:
    import yaml

    text = resources.files("hotfire.wording").joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data


def _entries(data: Mapping[str, Any]) -> dict[tuple[str, ...], Entry]:
    """Return what phrases are; parts of a subject before what is said of it, and both before other words."""
    found: dict[tuple[str, ...], Entry] = {}
    for name, role in _ROLES.items():
        found |= {p: Entry(role, _SAYS.get(name, {})) for p in _phrases(data.get(name, "")) if p}
    for quantity, words in data.get("hints", {}).items():
        found |= {p: Entry("glue", {"hint": quantity}) for p in _phrases(words)}
    for role, name in (("predicate", "predicates"), ("part", "parts")):
        for says in data[name]:
            words = says.pop("words")
            found |= {p: Entry(role, says) for p in _phrases(words)}
    return found


def _english() -> Lexicon:
    data = _loaded("lexicon.yaml")
    entries, units = _entries(data), _units(data["units"])
    return Lexicon(
        entries,
        tuple(Channel(**c) for c in data["channels"]),
        data["usual"],
        data["alone"],
        data["instead"],
        {kind: tuple(others) for kind, others in data["also"].items()},
        units,
        _unit_pattern(units),
        data["letters"],
        data["after"],
        {},
        _counted(data["numbers"]),
        _counted(data["fractions"]),
        _references(data["references"], _loaded("italian.yaml")["references"]),
    )


def _references(*languages: Mapping[str, str]) -> References:
    """Words of both languages together, since crews mix them."""
    found = {
        key: frozenset(w for language in languages for p in _phrases(language.get(key, "")) for w in p)
        for key in ("known", "weak", "comparing", "counted")
    }
    return References(**found)


def _counted(numbers: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    """Numbers by the phrases that say them."""
    return {p: float(n) for words, n in numbers.items() for p in _phrases(words)}


def _with_italian(english: Lexicon) -> Lexicon:
    data = _loaded("italian.yaml")
    little = {
        p: replace(english.entries.get((word,), Entry("glue")), english=word)
        for word, words in data["little"].items()
        for p in _phrases(words)
    }
    own = little | _entries(data)
    numbers, fractions = _counted(data["numbers"]), _counted(data["fractions"])
    merged = dict(english.units)
    for name, kinds in _units(data["units"]).items():
        merged[name] = tuple(dict.fromkeys((*merged.get(name, ()), *kinds)))
    entries = {**english.entries, **own}
    words = {w for p in (*own, *numbers, *fractions) for w in p if w.isalpha() and len(w) >= _TELLING}
    shared = {w for p in _phrases(data["shared"]) for w in p}
    return replace(
        english,
        entries=entries,
        units=merged,
        unit=_unit_pattern(merged),
        before_nouns=data["before_nouns"],
        numbers={**english.numbers, **numbers},
        fractions={**english.fractions, **fractions},
        telling=frozenset(words - shared - english.vocabulary) | {"è"},
    )


def _units(kinds: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return kind and symbol of units by how people write them; `pounds` may be several."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, units in kinds.items():
        for symbol, words in units.items():
            for word in words.split(","):
                found[word.strip()] = (*found.get(word.strip(), ()), (kind, symbol))
    return found


def _unit_pattern(units: Mapping[str, object]) -> re.Pattern[str]:
    """Return what finds a unit after a number, the longest first."""
    spellings = "|".join(re.escape(u).replace(r"\ ", r"\s+") for u in sorted(units, key=len, reverse=True))
    return re.compile(rf"[\s\-]*({spellings})(?![^\W_])")
