"""A text as a row of tokens: phrases of the lexicon, amounts with units, times, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from hotfire.wording._lexemes import LEXEME, ends_sentence, joins, lowered, spelled, told_apart
from hotfire.wording._lexicon import Entry, Lexicon, is_italian, lexicon
from hotfire.wording._numbers import RANGE, SPACED, SPREAD_AFTER, SPREAD_BEFORE, in_digits, in_words
from hotfire.wording._spelling import mended

__all__ = ["Token", "tokens"]

_TENS = 10.0
"""Numbers in one word from which on they are numbers by themselves (`twenty more than before`)."""
_LONG, _MANY = 3, 1000.0
"""Words, and value, from which on a number in words needs no unit to be one."""
_STOPS = {".", "!", "?", "\n"}
_STRONG = 50.0
"""Percentage from which on a propellant may be that strong."""
_SIDES = ("fuel", "oxidizer", "ox", "fuel side", "ox side")
_LONGEST_NUMBER, _LONGEST_FRACTION, _LONGEST_SIGN = 12, 8, 16
_NUMBER = r"([0-9]+(?:[.,][0-9]+)?)"
_ONSET = re.compile(
    rf"(?<![^\W_])(?:(?:t|ignition|start|startup|mainstage|engine start|t0|accensione|avvio)\s*|(?:e|es|esc)(?=\+))"
    rf"(?:\+|=|plus|pi[uù]'?)\s*{_NUMBER}"
    r"(?:\s*(ms|msec|milliseconds|millisecondi|seconds|secondi|second|secs|sec|s)(?![^\W_]))?(?![0-9])"
)
"""A time as count-downs give it: `T+3.1 s`, `ignition plus 2.4 s`."""
_SECOND = re.compile(rf"(?<![^\W_])(?:second|seconds|sec|secondo)\s+{_NUMBER}(?![0-9])(?!\s*[-–%])")
"""A time by its second: `from second 33`, `al secondo 7`."""
_THOUSAND = re.compile(r"\s*(?:thousand|mila)(?![^\W_])|ĸ")
_SENTENCE = re.compile(r"[!?\n]|\.(?=\s|$)")
"""What ends a stretch that is in one language."""
_GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}(?![0-9])")
_ARROW = re.compile(r"[-–=]{1,2}>|→|⇒")
_SIGN = re.compile(r"(?<![\w.)%])[-+−–]$")


@dataclass(frozen=True)
class Token:
    """One token.

    Attributes:
        role: As `Entry.role`; or `amount`, `number`, `time`, `onset`, `spread` (how far something swings), `stop`,
            `comma`, `mark`, `word`.
        text: In lower case.
        start: Where it begins in the text.
        end: Where it ends.
        says: What its phrase says.
        value: Of an amount or a number as written; of a time, s.
        units: Kinds and symbols that the unit of an amount may have.
        signed: Whether a plus or a minus stands before it.
        against: What an amount is held against, where the text has that.
    """

    role: str
    text: str
    start: int
    end: int
    says: Mapping[str, Any] = field(default_factory=dict)
    value: float = 0.0
    units: tuple[tuple[str, str], ...] = ()
    signed: bool = False
    against: Token | None = None

    def counted(self, symbol: str) -> float:
        """Return the value in a unit; a point before three digits parts thousands of revolutions (`31.500 rpm`)."""
        return 1000.0 * self.value if symbol == "rpm" and _GROUPED.match(self.text) else self.value


def tokens(text: str, names: Mapping[tuple[str, ...], Entry] | None = None) -> tuple[Token, ...]:
    """Return the tokens of a text, in order; `names` are phrases that come before those of the lexicon.

    Where a sentence has a word that only Italian has, it is read with the Italian words beside the English ones, since
    people mix them; elsewhere with the English ones, of which some mean something else in Italian.
    """
    low = told_apart(text, lowered(text))
    ends = [m.end() for m in _SENTENCE.finditer(low)]
    found: list[Token] = []
    for start, end in pairwise([0, *ends, len(low)]):
        words = lexicon(italian=is_italian(low[start:end]))
        found += _lettered(list(_Reader(low, words, names or {}, start, end).read()), words)
    return tuple(found)


def _lettered(found: list[Token], words: Lexicon) -> list[Token]:
    """Tell what words are that depend on their neighbours: letters beside places, little words before nouns."""
    named = {t.says["quantity"] for t in found if t.role == "part" and "quantity" in t.says}
    for i, token in enumerate(found):
        if token.says.get("only", "") not in ("", *named):
            found[i] = replace(token, role="glue", says={})  # only a thermocouple is `open`
    for i, token in enumerate(found):
        before = found[i - 1].role if i else ""
        after = found[i + 1].role if i + 1 < len(found) else ""
        if token.text in words.after and before == "part":
            found[i] = replace(token, role="part", says={"quantity": words.after[token.text]})
        elif token.text in words.letters and after == "part":
            found[i] = replace(token, role="part", says={"side": words.letters[token.text]})
        elif token.text in words.letters and after == "word":
            found[i] = replace(token, role="word", says={})
        elif token.role == "amount" and _strength(found, i):
            found[i], found[i + 1] = replace(token, role="mark"), replace(found[i + 1], role="mark")
        elif token.text in words.before_nouns and after in ("part", "glue", "thing", "everything"):
            found[i] = replace(token, role="glue", says={}, text=words.before_nouns[token.text])
    return found


def _strength(found: Sequence[Token], at: int) -> bool:
    """Say whether a percentage is how strong a propellant is (`98 % peroxide`), and not how much of it flows."""
    token, after = found[at], found[at + 1 : at + 3]
    if token.units[0][1] != "%" or not after or after[0].role != "part" or set(after[0].says) != {"side"}:
        return False
    strong = token.value >= _STRONG and not token.signed
    return strong and (len(after) < 2 or after[1].role != "part") and after[0].text not in _SIDES


class _Reader:
    """Reads one sentence from left to right; the longest phrase wins."""

    def __init__(
        self, text: str, words: Lexicon, names: Mapping[tuple[str, ...], Entry], start: int, end: int
    ) -> None:
        self.text, self.words = text, words
        self.names, self.longest_name = names, max(map(len, names), default=1)
        found = [(spelled(m.group()), m.start(), m.end()) for m in LEXEME.finditer(text, start, end)]
        kept = [x for i, x in enumerate(found) if not joins(found, i)]
        self.lexemes = [(mended(_bare(word, words), words), start, end) for word, start, end in kept]
        self.onsets = {m.start(): m for p in (_SECOND, _ONSET) for m in p.finditer(text, start, end)}
        self.breaks = [i for i in range(start, end) if text[i] == "\n"]

    def read(self) -> Iterator[Token]:
        """Yield the tokens."""
        at = 0
        while at < len(self.lexemes):
            start = self.lexemes[at][1]
            token = self._onset(start) or self._number(at) or self._spelled(at) or self._phrase(at)
            token = self._swinging(token) if token.role in ("amount", "number") else token
            yield token
            at += 1
            while at < len(self.lexemes) and self.lexemes[at][1] < token.end:
                at += 1
        for place in self.breaks:  # the end of a line, which is no lexeme
            yield Token("stop", "\n", place, place + 1)

    def _onset(self, start: int) -> Token | None:
        match = self.onsets.get(start)
        if match is None or len(match[1]) > _LONGEST_NUMBER:
            return None
        unit = match[2] if match.re is _ONSET else ""
        scale = 1e-3 if (unit or "").startswith("m") else 1.0
        return Token("onset", match[0], start, match.end(), value=scale * in_digits(match[1]))

    def _number(self, at: int) -> Token | None:
        """A number in digits, with its sign and its unit."""
        word, start, end = self.lexemes[at]
        if not word[0].isdigit() or not word.isascii() or len(word) > _LONGEST_NUMBER:
            return None
        value, bounds = in_digits(word), RANGE.match(self.text, start)
        spaced, thousand = SPACED.match(self.text, start), _THOUSAND.match(self.text, end)
        if bounds and len(bounds[0]) < 2 * _LONGEST_NUMBER:
            value, end = 0.5 * (in_digits(bounds[1]) + in_digits(bounds[2])), bounds.end()
        elif spaced and self.words.unit.match(self.text, spaced.end()):
            value, end = float("".join(filter(str.isdigit, spaced[0]))), spaced.end()
        elif thousand:
            value, end = 1000.0 * value, thousand.end()
        sign = _SIGN.search(self.text, 0, start)
        negative = sign is not None and sign[0] != "+"
        return self._with_unit(start, end, -value if negative else value, sign is not None)

    def _swinging(self, token: Token) -> Token:
        """A number that says how far something swings (`±2 %`, `70 psi p-p`), which is no departure."""
        after = SPREAD_AFTER.match(self.text, token.end) if token.role == "amount" else None
        if after:
            return replace(token, role="spread", end=after.end())
        before = SPREAD_BEFORE.search(self.text[max(token.start - _LONGEST_SIGN, 0) : token.start])
        return replace(token, role="spread", value=abs(token.value), signed=False) if before else token

    def _with_unit(self, start: int, end: int, value: float, signed: bool = False) -> Token:
        match = self.words.unit.match(self.text, end)
        if match is None:
            return Token("number", self.text[start:end], start, end, value=value, signed=signed)
        units = self.words.units[" ".join(match[1].split())]
        whole = self.text[start : match.end()]
        if units[0][0] == "time":
            scale = {"s": 1.0, "ms": 1e-3, "min": 60.0}[units[0][1]]
            return Token("time", whole, start, match.end(), value=abs(scale * value))
        return Token("amount", whole, start, match.end(), value=value, units=units, signed=signed)

    def _spelled(self, at: int) -> Token | None:
        """A fraction in words, or a number in words before a unit."""
        longest = _LONGEST_FRACTION if self.lexemes[at][0] in self.words.counting else 0
        for length in range(longest, 0, -1):
            phrase = tuple(x[0] for x in self.lexemes[at : at + length])
            start, end = self.lexemes[at][1], self.lexemes[min(at + length, len(self.lexemes)) - 1][2]
            if phrase in self.words.fractions:
                share = (("dimensionless", "%"),)
                value = self.words.fractions[phrase]
                entry = self.words.entries.get(phrase, Entry("amount"))
                return Token(
                    "amount" if entry.role != "predicate" else "predicate",
                    self.text[start:end],
                    start,
                    end,
                    entry.says,
                    value,
                    share,
                )
            if phrase in self.words.numbers:
                token = self._with_unit(start, end, self.words.numbers[phrase])
                if token.role != "number":
                    return token
        return self._said(at)

    def _said(self, at: int) -> Token | None:
        """A number of several words."""
        value, used = in_words([x[0] for x in self.lexemes[at : at + _LONGEST_FRACTION + 2]])
        if not used:
            return None
        token = self._with_unit(self.lexemes[at][1], self.lexemes[at + used - 1][2], value)
        return token if used >= _LONG or value >= _MANY or token.role != "number" else None

    def _phrase(self, at: int) -> Token:
        word, start, end = self.lexemes[at]
        if arrow := _ARROW.match(self.text, start):
            leads = self.text[arrow.end() :].lstrip()[:1].isdigit()
            return Token("glue" if leads else "comma", "to" if leads else ";", start, arrow.end())
        longest = max(self.words.longest_from.get(word, 1), self.longest_name)
        phrase = tuple(x[0] for x in self.lexemes[at : at + longest])
        for length in range(len(phrase), 0, -1):
            entry = self.names.get(phrase[:length]) or self.words.entries.get(phrase[:length])
            if entry is not None:
                end = self.lexemes[at + length - 1][2]
                return Token(entry.role, entry.english or self.text[start:end], start, end, entry.says)
        if word in _STOPS:
            return Token("stop" if ends_sentence(self.text, word, start, end) else "mark", word, start, end)
        if self.words.numbers.get((word,), 0.0) >= _TENS:
            return Token("number", word, start, end, value=self.words.numbers[(word,)])
        if word in ",;|" or (word in "-–—/" and self.text[start - 1 : end + 1] == f" {word} "):
            return Token("comma", word, start, end)
        return Token("word" if word[0].isalnum() else "mark", word, start, end)


def _bare(word: str, words: Lexicon) -> str:
    """A word without what is joined to it by an apostrophe: `inlet's`, `we'd`."""
    bare, apostrophe, _ = word.partition("'")
    return bare if apostrophe and bare and word not in words.vocabulary else word
