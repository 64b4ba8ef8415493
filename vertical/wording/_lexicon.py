"""The words that operators use, read from `lexicon.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any

__all__ = ["LEXEME", "Channel", "Entry", "Lexicon", "lexicon", "lowered"]

LEXEME = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+[0-9]*(?:['’][^\W\d_]+)?|\S"
)
"""A number, a word, or a mark. Words take digits at their end (`rp1`), and an apostrophe inside (`didn't`)."""

_ROLES = {
    "glue": "glue",
    "things": "thing",
    "opinions": "opinion",
    "asides": "aside",
    "joints": "joint",
    "from_start": "start",
    "slow": "pace",
    "sudden": "pace",
    "slight": "degree",
    "strong": "degree",
    "negations": "not",
}
"""Role of a word by the list that it stands in; where it stands in several, the last of them here counts."""
_SAYS: dict[str, dict[str, Any]] = {
    "slow": {"course": "ramp"},
    "sudden": {"course": "step"},
    "slight": {"size": 0.02},
    "strong": {"size": 0.2},
}


def lowered(text: str) -> str:
    """Return a text in lower case, letter by letter, so that places in it stay where they were."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text).replace("’", "'")


@dataclass(frozen=True)
class Entry:
    """What a phrase is.

    Attributes:
        role: `part` of a subject, `predicate`, `not`, `degree`, `pace`, `start`, `joint`, `aside`, `opinion`, `thing`
            or `glue`.
        says: What it says, by the keys of the file.
    """

    role: str
    says: Mapping[str, Any] = field(default_factory=dict)


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


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Words of operators.

    Attributes:
        entries: What phrases are, by their words.
        longest: Most words of a phrase.
        channels: All quantities that can be spoken of; where one has two ends, the usual one first.
        usual: Quantity that is meant by a place.
        alone: Kind of place that is meant by a quantity.
        instead: Kind of place where a quantity is measured of which another is named.
        also: Other kinds that a kind's name may mean.
        units: Unit as the unit table spells it with the kinds it may have, by how people write it.
        unit: Finds one after a number.
        letters: Sides that a letter means before the name of a place.
        numbers: Numbers in words.
        fractions: Percentages in words.
    """

    entries: Mapping[tuple[str, ...], Entry]
    longest: int
    channels: tuple[Channel, ...]
    usual: Mapping[str, str]
    alone: Mapping[str, str]
    instead: Mapping[str, Mapping[str, str]]
    also: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[tuple[str, str], ...]]
    unit: re.Pattern[str]
    letters: Mapping[str, str]
    numbers: Mapping[tuple[str, ...], float]
    fractions: Mapping[tuple[str, ...], float]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words of all phrases."""
        phrases = (*self.entries, *self.numbers, *self.fractions, *(tuple(u.split()) for u in self.units))
        return frozenset(word for phrase in phrases for word in phrase)


def _phrases(text: str) -> Iterator[tuple[str, ...]]:
    for phrase in text.split(","):
        yield tuple(LEXEME.findall(phrase.strip()))


@cache
def lexicon() -> Lexicon:
    """Read the lexicon, once."""
    import yaml

    text = resources.files("hotfire.wording").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    entries: dict[tuple[str, ...], Entry] = {}
    for name, role in _ROLES.items():
        entries |= {p: Entry(role, _SAYS.get(name, {})) for p in _phrases(data[name])}
    for role, name in (("predicate", "predicates"), ("part", "parts")):
        for says in data[name]:
            words = says.pop("words")
            entries |= {p: Entry(role, says) for p in _phrases(words)}
    units = _units(data["units"])
    spelled = "|".join(re.escape(u).replace(r"\ ", r"\s+") for u in sorted(units, key=len, reverse=True))
    return Lexicon(
        entries,
        max(map(len, entries)),
        tuple(Channel(**c) for c in data["channels"]),
        data["usual"],
        data["alone"],
        data["instead"],
        {kind: tuple(others) for kind, others in data["also"].items()},
        units,
        re.compile(rf"[\s\-]*({spelled})(?![^\W_])"),
        data["letters"],
        {next(_phrases(w)): float(n) for w, n in data["numbers"].items()},
        {next(_phrases(w)): float(n) for w, n in data["fractions"].items()},
    )


def _units(kinds: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return kind and symbol of units by how people write them; `pounds` may be several."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, units in kinds.items():
        for symbol, words in units.items():
            for word in words.split(","):
                found[word.strip()] = (*found.get(word.strip(), ()), (kind, symbol))
    return found
