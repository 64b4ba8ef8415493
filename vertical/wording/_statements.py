"""Tokens in statements: what stands between two joints of a sentence, about one thing or several alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from hotfire.wording._amounts import EXPECTED
from hotfire.wording._tokens import Token

__all__ = ["Mention", "Statement", "mentions", "sentences"]

_LINKS = {":", "(", "@", "/", "'s"}
"""Marks that do not part the words of one mention."""
_APART = {"to", "from", "after", "towards", "start", "end", "test"}
"""Words that do."""


_NO_PLURALS = ("press", "prs", "revs", "amps", "volts", "rpms", "gauss", "revolutions")
_PLURALS = ("pressioni", "portate", "flussi", "correnti", "tensioni", "posizioni", "termocoppie")
"""Italian plurals of quantities."""
_BESIDE = ("above", "below", "under", "over", "beyond", "sopra", "sotto")
_DRIVEN = {"pump", "actuator", "valve", "shaft"}
"""Kinds of place that a motor may drive."""


@dataclass(frozen=True)
class Mention:
    """What a text says of a subject.

    Attributes:
        first: Index of its first token in the statement.
        last: Of its last.
        quantity: Dimension word; "" where it is not said, as below.
        kind: What stands there.
        side: `oxidizer` or `fuel`.
        burner: `gas generator`, or "".
        end: `inlet` or `outlet`.
        many: Whether several are meant.
        plural: Whether its quantity is a plural.
        name: What the engine itself calls it; "" without.
        doubtful: Whether an unknown word stands before it, which may say of which it is.
        share: Departure of the quantity over that of what was named (a pressure drop is a share of the pressure).
    """

    first: int
    last: int
    quantity: str = ""
    kind: str = ""
    side: str = ""
    burner: str = ""
    end: str = ""
    many: bool = False
    plural: bool = False
    name: str = ""
    doubtful: bool = False
    share: float = 1.0

    def filled(self, other: Mention, *, place: bool = True) -> Mention:
        """Return it with what it leaves open as another mention says; of the place only the side without `place`."""
        taken = ("quantity", "kind", "side", "burner", "end") if place else ("side",)
        own = {k: getattr(self, k) or getattr(other, k) for k in taken}
        if self.quantity and not self.kind and self.quantity != other.quantity:
            own["end"] = self.end
        return replace(self, **own)


@dataclass(frozen=True)
class Statement:
    """A piece of a sentence.

    Attributes:
        joint: Word or mark that it begins with; "" at the head of a sentence.
        tokens: Without the joint.
    """

    joint: str
    tokens: tuple[Token, ...]

    def of(self, role: str) -> list[Token]:
        """Return its tokens of one role."""
        return [t for t in self.tokens if t.role == role]

    @property
    def places(self) -> tuple[Mention, ...]:
        """Subjects that it mentions."""
        return mentions(self.tokens)


def sentences(tokens: Iterable[Token]) -> list[list[Statement]]:
    """Part tokens into sentences of statements."""
    found: list[list[Statement]] = [[]]
    joint, row = "", list[Token]()
    whole = tuple(tokens)
    for i, token in enumerate(whole):
        if (token.text == "and" and _between(whole, i)) or _comparing(whole, i, row):
            row.append(token if token.role not in ("comma", "joint") else replace(token, role="mark"))
        elif token.text == "with" and not any(t.role == "part" for t in row):
            row.append(token)  # `nothing wrong with the thrust` is one piece
        elif token.role in ("stop", "joint", "comma") or token.text == "nor" or _announced(token, row):
            found[-1] += _parted(joint, row)
            joint, row = token.text, []
            if token.text == "?":
                from hotfire.wording._questions import said_in_question  # which needs statements itself

                found[-1] = said_in_question(found[-1])
            if token.role == "stop" or (token.text == ";" and _of_limits(_piece(whole, i))):
                found.append([])
                joint = ""
            elif token.text == "nor":
                row = [token]
        else:
            row.append(token)
    found[-1] += _parted(joint, row)
    return [s for s in found if s]


def _announced(token: Token, row: list[Token]) -> bool:
    """Say whether a colon ends what says something already: `MFV looks stuck: fuel manifold 20 % short`."""
    heading = bool(row) and not any(t.role in ("part", "amount", "number") for t in row)
    return token.text == ":" and (
        heading or any(t.role in ("predicate", "opinion") or t.against is not None for t in row)
    )


def _between(tokens: tuple[Token, ...], at: int) -> bool:
    """Say whether an `and` stands between two times or readings (`between 12 and 18 s`)."""
    around = [t.role for t in tokens[max(at - 2, 0) : at + 2]]
    return len(around) == 4 and tokens[at - 2].text == "between" and around[1] in ("number", "time", "amount")


def _comparing(tokens: tuple[Token, ...], at: int, row: list[Token]) -> bool:
    """Say whether what was expected follows: `1.9 lb/s, expected 2.05`, `4.1 kN where we'd normally see 4.9`."""
    after = [t for t in tokens[at + 1 : at + 4] if t.role != "glue" or t.text in EXPECTED]
    if tokens[at].text == "than":
        return bool(after) and after[0].role in ("predicate", "glue") and after[0].text in EXPECTED
    if tokens[at].role != "comma" and tokens[at].text not in ("where", "when"):
        return False
    piece = _piece(tokens, at)
    words = {w for t in piece for w in t.text.split()}
    read = any(t.role in ("amount", "number") for t in row) and any(t.role == "part" for t in row)
    other = any(t.role == "part" or (t.role == "predicate" and t.says["way"] != "steady") for t in piece)
    told = any(t.role in ("amount", "number") for t in piece[-3:])
    return read and not other and bool(words & EXPECTED) and told


def _piece(tokens: tuple[Token, ...], at: int) -> tuple[Token, ...]:
    """What follows a token up to the next that parts pieces of a sentence."""
    ends = (
        i for i, t in enumerate(tokens) if i > at and (t.role in ("stop", "joint", "comma") or t.text == ":")
    )
    return tokens[at + 1 : next(ends, len(tokens))]


def _of_limits(piece: tuple[Token, ...]) -> bool:
    """Say whether a piece is about a limit, and about nothing that is measured."""
    return any(t.role == "limit" for t in piece) and not any(t.role == "part" for t in piece)


def _parted(joint: str, row: list[Token]) -> list[Statement]:
    """Part a row where a second subject follows what was said of the first (`Pc low thrust low`)."""
    if not row:
        return []
    tokens = _without_clause(row)
    places = mentions(tokens)
    for before, after in pairwise(places):
        between = tokens[before.last + 1 : after.first]
        said = next((i for i, t in enumerate(between) if t.role in ("predicate", "amount")), None)
        beside = [t.text for t in between if t.text not in ("the", "its", "that")][-1:]
        if beside and beside[0] in _BESIDE:
            continue  # one is held against the other
        if said is not None and not any(t.text in ("in", "of", "on") for t in between[said:]):
            return [Statement(joint, tokens[: after.first]), *_parted("", list(tokens[after.first :]))]
    return [Statement(joint, tokens)]


def _without_clause(row: list[Token]) -> tuple[Token, ...]:
    """Tokens in which nothing is named behind `what`: it is only compared with (`under what the map promises`)."""
    said = next((i for i, t in enumerate(row) if t.role in ("predicate", "amount")), len(row))
    at = next((i for i, t in enumerate(row) if t.text == "what" and i > said), len(row))
    return tuple(
        replace(t, role="mark", says={}) if i > at and t.role == "part" else t for i, t in enumerate(row)
    )


def mentions(tokens: tuple[Token, ...]) -> tuple[Mention, ...]:
    """Return the subjects that a row of tokens mentions.

    A noun of something unmeasured right after a mention takes it for itself (`fuel pressure regulator`).
    """
    found: list[Mention] = []
    for i, token in enumerate(tokens):
        if token.role != "part":
            continue
        last = found[-1] if found else None
        if last is not None and _linked(last, tokens[last.last + 1 : i]):
            merged = _merged(last, i, token)
            if merged is not None:
                found[-1] = merged
                continue
        found.append(Mention(i, i, doubtful=_doubtful(tokens[:i]), **_several(token)))
    return tuple(m for m in found if not _owned(tokens, m))


def _several(token: Token) -> dict[str, Any]:
    """What a part of a subject says, and whether its word is a plural."""
    says = dict(token.says)
    plural = "quantity" in says and token.text.endswith("s") and token.text not in _NO_PLURALS
    if plural or token.text in _PLURALS:
        says["plural"] = True
    return says


def _linked(mention: Mention, between: tuple[Token, ...]) -> bool:
    """Say whether words between parts keep them one; `from` and `to` do after an end (`inlet to the pump`)."""
    apart = _APART - {"from", "to"} if mention.end and not mention.kind else _APART
    tagged = bool(mention.quantity) and not mention.kind  # the number of an instrument: `TC-7 (cat bed)`
    return all(
        (t.role == "glue" and t.text not in apart) or t.text in _LINKS or (tagged and t.role == "number")
        for t in between
    )


def _merged(mention: Mention, at: int, token: Token) -> Mention | None:
    """Return a mention with one more part; None where that names something else."""
    says = _several(token)
    clash = {
        k
        for k, v in says.items()
        if k not in ("many", "plural") and getattr(mention, k, v) not in ("", v, 1.0)
    }
    if clash == {"kind"} and at == mention.last + 1 and not mention.quantity:
        clash = set()  # the last noun of a compound is its head: `pump shaft`, `tank line`
    if clash == {"kind"} and mention.kind == "line" and says.get("end"):
        clash = set()  # `line pressure upstream of the valve`
    if "kind" in clash and "motor" in (mention.kind, says["kind"]) and {mention.kind, says["kind"]} & _DRIVEN:
        clash, says = set(), says | {"kind": "motor"}  # `the motor of the fuel valve`
    return None if clash else replace(mention, last=at, **says)


def _doubtful(before: tuple[Token, ...]) -> bool:
    """Say whether what is not known stands before a mention (`glycol tank`, `vibration of the turbopump`)."""
    for token in reversed(before):
        if token.role in ("word", "thing"):
            return not token.text.endswith("ly")
        if token.role != "glue" or token.text in ("that", "see", "was", "is"):
            return False
    return False


def _owned(tokens: tuple[Token, ...], mention: Mention) -> bool:
    """Say whether the next word takes a mention for itself: a thing, or a noun that is not known."""
    after = tokens[mention.last + 1 : mention.last + 2]
    if not after or after[0].role not in ("thing", "word"):
        return False
    verb = len(after[0].text) > 3 and after[0].text.endswith(("ly", "ed", "ing", "s", "t"))
    return after[0].role == "thing" or not verb
