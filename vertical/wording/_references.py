"""Readings with what they are held against: `18 bar instead of 20`, `690 °C. We usually get 900`.

People say in hundreds of ways what they had expected. All of them have two numbers of one kind, and beside the second a
word for what was planned, asked for, forecast or usual, or one that compares. Such a pair becomes one amount, and the
words about the reference go, so that they neither part a sentence nor say anything themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hotfire.wording._lexicon import References
from hotfire.wording._tokens import Token

__all__ = ["held_against"]

_NUMBERS = ("amount", "number", "spread")
_KEPT = ("time", "onset", "start", "part", "retraction", "limit", "trip")
"""What stays of the words about a reference."""
_NOT_OF = {
    "by",
    "below",
    "above",
    "under",
    "over",
    "within",
    "than",
    "from",
    "as",
    "per",
    "inside",
    "beyond",
    "short",
}
"""Words between a reference and a number that make it a distance, or no reference at all."""
_SAID_AFTER = _NOT_OF | {"of", "to", "on", "at"}
_NO_VALUE = {"nominal", "normal", "target", "spec"}
"""What may be said of the reading beside it (`nominal at 31 psi`)."""
_BOUNDS = {"minimum", "min", "maximum", "max", "least", "most", "minimo", "massimo", "almeno", "margin"}
"""Words that make a number a bound, which a reading may well be away from."""
_VERBS = {
    "was",
    "were",
    "is",
    "it",
    "had",
    "have",
    "we",
    "showed",
    "shows",
    "read",
    "reads",
    "got",
    "saw",
    "gave",
    ":",
}
"""Between a reference and its number, words that make `at acceptance` another occasion, and not this one."""
_INSTRUMENTS = (
    "pt",
    "pts",
    "tc",
    "tcs",
    "fm",
    "ft",
    "lc",
    "rtd",
    "thermocouple",
    "transducer",
    "sensor",
    "channel",
)
_AROUND, _BEHIND, _UNKNOWN = 9, 5, 5
"""Words before and behind a number that may tell that it is a reference, and how many of them need not be known."""


@dataclass(frozen=True)
class _Reference:
    """A number that a reading is held against, and the words that say so.

    Attributes:
        at: Index of the number.
        first: Of the first word about it.
        last: Of the last.
        compared: Whether a word compares (`instead of`).
    """

    at: int
    first: int
    last: int
    compared: bool


def held_against(tokens: Sequence[Token], words: References) -> tuple[Token, ...]:
    """Return tokens in which a reading and its reference are one amount."""
    numbers = [i for i, t in enumerate(tokens) if t.role in _NUMBERS and not _counts(tokens, i, words)]
    if len(numbers) < 2:
        return tuple(tokens)
    references: dict[int, _Reference] = {}
    for i in numbers:
        read = any(n < i and n not in references and _alike(tokens[n], tokens[i]) for n in numbers)
        told = words if not read else replace(words, known=words.known | words.weak)
        if (reference := _reference(tokens, i, told)) is not None:
            references[i] = reference
    gone: set[int] = set()
    folded: dict[int, Token] = {}
    for at, reference in references.items():
        reading = _reading(tokens, reference, [i for i in numbers if i not in references and i not in folded])
        if reading is None:
            continue
        folded[reading] = _folded(tokens[reading], _allowed(tokens, tokens[reading], at))
        gone |= _dropped(tokens, reading, reference)
    return tuple(_rest(tokens, folded, gone))


def _rest(tokens: Sequence[Token], folded: dict[int, Token], gone: set[int]) -> list[Token]:
    """What is left; the end of a sentence that a reference stood in alone ends the one before it."""
    found: list[Token] = []
    stop: Token | None = None
    for i, token in enumerate(tokens):
        if i in gone:
            stop = token if token.role == "stop" else stop
            continue
        if stop is not None:
            if token.role != "stop":
                found.append(stop)
            stop = None
        found.append(folded.get(i, token))
    return found if stop is None else [*found, stop]


def _counts(tokens: Sequence[Token], at: int, words: References) -> bool:
    """Say whether a number is that of an instrument or a run, a concentration, or a distance and no reading."""
    token, before = tokens[at], tokens[at - 1] if at else None
    if token.role == "number" and token.text.isalpha():
        return True  # `the previous eleven units`
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if before is not None and token.role == "number":
        touching = before.end + 1 >= token.start and before.role in ("part", "word") and before.text.isalpha()
        if before.text in words.counted or (touching and before.text in _INSTRUMENTS):
            return True
    if before is not None and before.text in ("by", "within"):
        return True
    if after is None:
        return False
    away = after.role == "predicate" and after.says["way"] in ("up", "down") and token.role == "amount"
    return away and after.text not in words.known


def _reference(tokens: Sequence[Token], at: int, words: References) -> _Reference | None:
    """What says that a number is a reference; None where nothing does."""
    first, compared = _before(tokens, at, words)
    last = _behind(tokens, at, words)
    if first is None and last is None:
        return None
    begin = at if first is None else first
    if any(t.role == "limit" for t in tokens[max(begin - 2, 0) : (last or at) + 2]):
        return None
    return _Reference(at, _opened(tokens, begin), at if last is None else last, compared)


def _before(tokens: Sequence[Token], at: int, words: References) -> tuple[int | None, bool]:
    """Index of the word before a number that says so, and whether it compares."""
    unknown = 0
    if any(t.text in _BOUNDS for t in tokens[max(at - 4, 0) : at + 2]):
        return None, False
    for i in range(at - 1, max(at - 1 - _AROUND, -1), -1):
        token = tokens[i]
        said = set(token.text.split())
        if said & words.comparing:
            return i, True
        if said & words.known:
            told = i and tokens[i - 1].text in ("as", "on", "per", "in", "at", "than", "within")
            told = told and not any(t.text in _VERBS for t in tokens[i + 1 : at])
            told = told or (token.role == "predicate" and " " in token.text and tokens[i + 1].text != "of")
            valued = said & _NO_VALUE and tokens[i + 1].text in ("at", "with")
            if token.text == "last" and tokens[i + 1].role not in ("glue", "word", "event"):
                return None, False
            return (None, False) if told or valued else (i, False)
        if token.text in _NOT_OF and not (
            token.text == "than" and i and tokens[i - 1].text in words.comparing
        ):
            return None, False
        wished = token.role == "part" and any(t.text.endswith("to") for t in tokens[i + 1 : at])
        if (token.role in ("stop", "comma", "part", *_NUMBERS) and not wished) or token.text == "and":
            return None, False  # `I expected the bed to hit 900` goes on
        if token.role == "predicate" and token.says["way"] in ("up", "down"):
            return None, False
        unknown += token.role == "word"
        if unknown > _UNKNOWN:
            return None, False
    return None, False


def _behind(tokens: Sequence[Token], at: int, words: References) -> int | None:
    """Index of the word behind a number that says so."""
    for i in range(at + 1, min(at + 1 + _BEHIND, len(tokens))):
        token = tokens[i]
        if token.text in _BOUNDS:
            return None
        if token.text == "(" or (token.role == "predicate" and " " in token.text):
            return None
        ahead = [t.role for t in tokens[i + 1 : i + 3]]
        if ahead[:1] and (ahead[0] in _NUMBERS or (ahead[0] in ("glue", "mark") and ahead[-1] in _NUMBERS)):
            return None  # it is said of that number
        if set(token.text.split()) & words.known:
            read = i == at + 1 and token.text in _NO_VALUE and not _where(tokens, at)
            return None if read else i
        ends = token.role in ("stop", "comma", "joint", "part", "time", "onset", *_NUMBERS)
        if ends or token.text in _SAID_AFTER or token.role == "predicate":
            return None
    return None


def _where(tokens: Sequence[Token], at: int) -> bool:
    """Say whether a word before a number begins what is said of a reference."""
    return any(t.text in ("where", "when", "with", "for", "(") for t in tokens[max(at - 3, 0) : at])


def _opened(tokens: Sequence[Token], first: int) -> int:
    """Where words about a reference begin: behind the mark or the joint before them, which goes too."""
    begin = first
    while begin and tokens[begin - 1].role in ("glue", "word", "mark", "aside", "not"):
        begin -= 1
    opens = begin and (tokens[begin - 1].role in ("comma", "joint", "stop"))
    known = all(t.role != "word" for t in tokens[begin:first])
    return begin - 1 if opens else begin if known and begin else first


def _reading(tokens: Sequence[Token], reference: _Reference, numbers: Sequence[int]) -> int | None:
    """Index of the reading: the nearest number before a reference that is of its kind, or else the one behind it."""
    at = reference.at
    for i in reversed([n for n in numbers if n < at]):
        between = tokens[i + 1 : reference.first + 1]
        if sum(t.role == "stop" for t in between) > 1 or _named(tokens, i, reference):
            break
        if _alike(tokens[i], tokens[at]):
            return i
    behind = next((n for n in numbers if n > at), None)
    if behind is None or reference.compared or not _alike(tokens[behind], tokens[at]):
        return None
    between = tokens[reference.last + 1 : behind]
    marks = sum(t.role in ("stop", "comma", "joint") for t in between)
    names = _runs(tokens[reference.first : behind])
    return behind if 0 < marks <= 2 and names <= 1 and not any(t.role == "limit" for t in between) else None


def _named(tokens: Sequence[Token], reading: int, reference: _Reference) -> bool:
    """Say whether something else is named between a reading and what seems to be its reference."""
    between = range(reading + 1, reference.at)
    marks = [i for i in between if tokens[i].role in ("comma", "joint", "stop") and tokens[i].text != "where"]
    return bool(marks) and any(tokens[i].role == "part" for i in range(marks[0], reference.at))


def _runs(tokens: Sequence[Token]) -> int:
    """How many subjects are named."""
    return sum(
        t.role == "part" and not (i and tokens[i - 1].role in ("part", "glue")) for i, t in enumerate(tokens)
    )


def _alike(reading: Token, reference: Token) -> bool:
    """Say whether two numbers may be of one kind."""
    if "spread" in (reading.role, reference.role):
        return reading.role == reference.role
    if reading.role == "number" or reference.role == "number":
        bare = reading if reading.role == "number" else reference
        return bare.value > 0.0 or reference.role == "number"
    return bool({k for k, _ in reading.units} & {k for k, _ in reference.units})


def _allowed(tokens: Sequence[Token], reading: Token, at: int) -> Token:
    """A reference; of a range or a tolerance (`22 N ± 5 %`, `4.25 to 4.40`) what is nearest to the reading."""
    token, after = tokens[at], tokens[at + 1 : at + 3]
    low = high = token.value
    if len(after) == 2 and after[0].text in ("to", "and") and after[1].role in _NUMBERS:
        high = after[1].value
    elif len(after) == 2 and after[1].role == "spread":
        share = (
            bool(after[1].units) and after[1].units[0][1] == "%" and (token.units[:1] != after[1].units[:1])
        )
        margin = 0.01 * after[1].value * abs(token.value) if share else after[1].value
        low, high = token.value - margin, token.value + margin
    units = token.units or (after[1].units if len(after) == 2 and high != low else ())
    role = "amount" if units and token.role == "number" else token.role
    return replace(token, value=min(max(reading.value, low), high), units=units, role=role)


def _folded(reading: Token, reference: Token) -> Token:
    """One amount of both; a number without a unit has the other's, and `27 thousand instead of 30` is of thousands."""
    if reading.role == "number":
        reading = replace(reading, role=reference.role, units=reference.units)
    elif reference.role == "number":
        reference = replace(reference, role="amount", units=reading.units)
    if reading.role == "spread":
        reading, reference = replace(reading, role="amount"), replace(reference, role="amount")
    return replace(reading, against=reference)


def _dropped(tokens: Sequence[Token], reading: int, reference: _Reference) -> set[int]:
    """Indices of the words about a reference; times in them stay, with the word before them."""
    found = set()
    for i in range(max(reference.first, reading + 1 if reading < reference.at else 0), reference.last + 1):
        dates = i + 1 < len(tokens) and tokens[i + 1].role in ("time", "onset") and tokens[i].role == "glue"
        if i == reference.at or not (tokens[i].role in _KEPT or dates):
            found.add(i)
    return found
