"""What a statement says, whoever its subject is: a direction, that all is well, or what a signal does."""

from __future__ import annotations

from dataclasses import dataclass

from hotfire.wording._amounts import EXPECTED, amount_of
from hotfire.wording._tokens import Token

__all__ = ["Predicate", "of_reading", "predicate_of"]

_HUNG = ("hung", "hang", "stuck", "stall", "stop", "stopped")
"""With these a reading is frozen, and a thing held back (`pump hung at 26 krpm`)."""
_INSTRUMENTS = (
    "feedback",
    "position feedback",
    "lvdt",
    "flow meter",
    "flowmeter",
    "load cell",
    "thermocouple",
    "tc",
    "tachometer",
)
"""Names of quantities that are those of instruments."""
_MATCHES = (
    "matched",
    "matches",
    "match",
    "matching",
    "tracked",
    "tracks",
    "agreed",
    "agrees",
    "met",
    "meets",
)
_PLANNED = {
    "curve",
    "plan",
    "sim",
    "simulation",
    "design",
    "forecast",
    "profile",
    "setpoint",
    "requirement",
    "goal",
}
_HELD_AGAINST = ("expected", "predicted", "usual")
"""What is steady where no verb is, and else what it is held against (`overtook the predicted value`)."""


@dataclass(frozen=True)
class Predicate:
    """What a statement says, whoever its subject is."""

    way: str
    course: str
    size: float
    quantity: str
    kind: str
    first: int
    amount_only: bool = False
    loose: bool = False
    everywhere: bool = False


def predicate_of(tokens: tuple[Token, ...]) -> Predicate | None:
    """What tokens say: the first plain direction, else the first weak one; a departure before what is steady."""
    found = [(i, t) for i, t in enumerate(tokens) if t.role == "predicate"]
    amounts = [i for i, t in enumerate(tokens) if t.role == "amount"]
    if not amounts and amount_of(tokens, "") is not None:
        amounts = [i for i, t in enumerate(tokens) if t.role == "number"]
    if not found and (match := _matching(tokens)) is not None:
        return Predicate("steady", "", 0.0, "", "", match)
    if not found and (held := _held_within(tokens)) is not None:
        return Predicate("steady", "", 0.0, "", "", held)
    if not found:
        return Predicate("anyhow", "", 0.0, "", "", amounts[0], amount_only=True) if amounts else None
    found = [(i, t) for i, t in found if not _attribute(tokens, i)]
    departures = [(i, t) for i, t in found if t.says["way"] != "steady"]
    signals = [(i, t) for i, t in departures if t.says["way"] not in ("up", "down", "anyhow", "same")]
    signals = [(i, t) for i, t in signals if not t.says.get("weak")]
    plain = [(i, t) for i, t in departures if not t.says.get("weak")]
    near = [(i, t) for i, t in departures if tokens[i + 1 : i + 2] and tokens[i + 1].role == "part"]
    if near and any(t.role == "part" for t in tokens[: near[0][0]]):
        near = []
    at, token = (near or signals or plain or departures or found)[0]
    way = token.says["way"]
    if token.text in _HELD_AGAINST and any(t.role == "word" for t in tokens[:at]):
        way = "anyhow"  # what does it do to the expected value?
    if way in ("up", "down", "anyhow") and any(_as_expected(t) for i, t in found if i > at):
        way = "steady"  # `climbed as usual`
    size = token.says.get("size", 0.0)
    if token.says.get("reading"):
        way, size = ("lost", 0.0) if of_reading(tokens) else ("down", 1.0)
    elif way == "down" and token.text.startswith(_HUNG) and of_reading(tokens):
        way = "frozen"
    negated = [i for i, t in enumerate(tokens) if t.role == "not" and i < at]
    if negated:
        way = "steady" if way != "steady" else "anyhow"
    courses = [t.says["course"] for t in tokens if t.role == "pace"]
    courses += [t.says["course"] for _, t in departures if "course" in t.says]
    sizes = [t.says["size"] for t in tokens if t.role == "degree"]
    told = [t.says for _, t in found if "quantity" in t.says]
    own = token.says if "quantity" in token.says else told[0] if told else {}
    return Predicate(
        way,
        courses[0] if courses else "",
        sizes[0] if sizes else size,
        own.get("quantity", ""),
        own.get("kind", ""),
        at,
        loose=own.get("loose", False),
        everywhere=token.says.get("trouble" if negated else "everywhere", False),
    )


def _attribute(tokens: tuple[Token, ...], at: int) -> bool:
    """Say whether a word says how large the change is that the next one names (`more droop`, `excessive drop`)."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    said = tokens[at].says
    if after is None or after.role != "predicate" or after.says["way"] not in ("up", "down"):
        return False
    return said["way"] == "up" and "course" not in said and "course" in after.says


def _as_expected(token: Token) -> bool:
    """Say whether a word says that a change was what was expected."""
    return token.says["way"] == "steady" and token.text.startswith(("as ", "just as ", "like ", "come "))


def _matching(tokens: tuple[Token, ...]) -> int | None:
    """Index of a verb that says that something is as it was expected (`matched the pretest prediction`)."""
    for i, token in enumerate(tokens):
        if token.text in _MATCHES and any(
            (EXPECTED | _PLANNED) & set(t.text.split()) for t in tokens[i + 1 : i + 6]
        ):
            return i
    return None


def _held_within(tokens: tuple[Token, ...]) -> int | None:
    """Index of the word that says how near to what was expected something stayed (`within 1 % of the set point`)."""
    for i, token in enumerate(tokens):
        if token.text.rpartition(" ")[2] in ("within", "inside"):
            after = next((t for t in tokens[i + 1 : i + 4] if t.role != "glue"), None)
            if after is not None and after.role in ("amount", "spread"):
                return i
    return None


def of_reading(tokens: tuple[Token, ...]) -> bool:
    """Say whether an instrument is spoken of, and not what it measures."""
    return any(t.says.get("reading") or t.text in _INSTRUMENTS for t in tokens)
