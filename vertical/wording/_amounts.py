"""How much, as a text says it: a difference, a reading, or a reading against what was expected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from hotfire.physics.units import Unit, parse_unit
from hotfire.wording._tokens import Token

__all__ = ["EXPECTED", "Amount", "amount_of", "quantity_of", "reads_zero", "told_as_rate"]

_KINDS = {
    "pressure": "pressure",
    "mass flow": "mass_flow",
    "temperature": "temperature",
    "thrust": "force",
    "speed": "rotation",
    "voltage": "voltage",
    "current": "current",
}
"""Kind of the unit that a quantity is told in."""
_METERED = {"mass flow": "volume_flow", "position": "angle"}
"""Another kind, of which two readings tell a share, and one alone nothing."""
EXPECTED = {
    "instead",
    "vs",
    "versus",
    "rather",
    "against",
    "compared",
    "expected",
    "predicted",
    "nominal",
    "planned",
    "pred",
    "prediction",
    "model",
    "target",
    "wanted",
    "we wanted",
    "wanted to see",
    "should be",
    "should have been",
    "supposed to be",
    "rated",
    "spec",
    "should",
    "should've",
    "ought",
    "normally",
    "usually",
    "expect",
    "expecting",
    "last",
    "previous",
}
"""Words that what was expected is told with."""
_LEVEL = {"to", "at", "on", "read", "reads", "reading", "was", "is", "only", "=", "reached", "hit", "stuck"}
_UP_TO = {
    "to",
    "at",
    "reached",
    "only reached",
    "only",
    "never above",
    "never exceeded",
    "could not be maintained above",
}
_PREPOSITIONS = {"to", "at"}
_SHARE_OF = {"of"}
_RATE = {"per", "/", "every", "each"}
_THOUSANDS = 200.0
"""Ratio of two readings from which the second was told in thousands."""
_LEAST_SHARE = 0.2
"""Percentage over a hundred from which `at 85 %` is a share of the full value, and not a departure."""


@dataclass(frozen=True)
class Amount:
    """An amount, SI or relative.

    Attributes:
        relative: Departure over the full value, with its sign where the text has one; None where it is absolute.
        difference: Departure in SI; None where it is not told so.
        reading: Level in SI, pressures as told; None where it is not told so.
        signed: Whether its sign is told, by a sign or by two readings.
        held: Whether it is a reading held against what was expected, which tells the direction better than any word.
    """

    relative: float | None = None
    difference: float | None = None
    reading: float | None = None
    signed: bool = False
    held: bool = False


def quantity_of(tokens: tuple[Token, ...]) -> str:
    """Return the quantity that units (`20 psi up`) or verbs (`spun up to`) tell; "" where they tell none or several."""
    kinds = {kind for t in tokens if t.role == "amount" for kind, _ in t.units} - {"dimensionless", "angle"}
    if "temperature" in kinds:
        kinds -= {"rotation"}  # `20 K`, which may be thousands of revolutions
    found = [quantity for quantity, kind in _KINDS.items() if kinds == {kind}]
    hints = {str(t.says["hint"]) for t in tokens if "hint" in t.says}
    hints |= {"speed" for t in tokens if _TURNING & set(t.text.split())}
    return found[0] if found else hints.pop() if len(hints) == 1 and not kinds else ""


_TURNING = {"spun", "spins", "spin", "spinning", "spool", "spooled"}


def reads_zero(tokens: tuple[Token, ...]) -> bool:
    """Say whether tokens give nought as a reading (`reads a constant 0.0 psig`)."""
    noughts = [i for i, t in enumerate(tokens) if t.role in ("amount", "number") and t.value == 0.0]
    return any(t.text in _LEVEL for i in noughts for t in tokens[:i])


def told_as_rate(tokens: tuple[Token, ...]) -> bool:
    """Say whether an amount is told for a time (`0.1 bar per second`)."""
    rates = (i for i, t in enumerate(tokens[1:], 1) if t.text in _RATE)
    return any(tokens[i - 1].role == "amount" for i in rates)


def amount_of(tokens: tuple[Token, ...], quantity: str) -> Amount | None:
    """Return what tokens say how much a quantity departs; None where they do not."""
    for token in tokens:
        if token.against is not None and (held := _held(token, token.against, quantity)) is not None:
            return held
    for i, token in enumerate(tokens):
        unit = _unit(token, quantity) or _borrowed(tokens, i, quantity)
        if unit is None or (i + 1 < len(tokens) and tokens[i + 1].text in _RATE):
            continue
        if any(_leads(tokens, i, j) for j, t in enumerate(tokens) if j > i and _measures(t, quantity)):
            continue  # where it came from
        reference = _reference(tokens, i, quantity)
        if reference is not None:
            other = _unit(reference, quantity) or unit
            return _against(token.counted(unit.symbol), unit, reference.counted(other.symbol), other)
        before, after = _neighbours(tokens, i)
        if before == "within":
            continue  # how far it is at most from what was expected
        if unit.kind == "dimensionless":
            return _share(token, before, after)
        if unit.kind != _KINDS.get(quantity):
            continue
        if before in _LEVEL and not _compared(tokens, i):
            return Amount(reading=token.counted(unit.symbol) * unit.scale + unit.offset)
        return Amount(difference=token.counted(unit.symbol) * unit.scale, signed=token.signed)
    return _of_bare_numbers(tokens)


def _borrowed(tokens: tuple[Token, ...], at: int, quantity: str) -> Unit | None:
    """The unit of the reading that leads to a bare number (`from 35 bar to 38.5`)."""
    if tokens[at].role != "number":
        return None
    before = [i for i in range(at) if tokens[i].role == "amount"]
    return _unit(tokens[before[-1]], quantity) if before and _leads(tokens, before[-1], at) else None


def _held(token: Token, reference: Token, quantity: str) -> Amount | None:
    """A reading against the reference that belongs to it; None where its unit is of another quantity."""
    if token.role == "number":
        many = token.value >= _THOUSANDS * reference.value > 0.0
        found = _ratio(token.value, 1000.0 * reference.value if many else reference.value)
    else:
        unit, other = _unit(token, quantity), _unit(reference, quantity)
        if unit is None or other is None:
            return None
        value, expected = token.counted(unit.symbol), reference.counted(other.symbol)
        thousands = value >= _THOUSANDS * expected > 0.0  # `27 thousand instead of 30`
        found = _against(value, unit, 1000.0 * expected if thousands else expected, other)
    return None if found is None else replace(found, held=True)


def _ratio(value: float, expected: float) -> Amount | None:
    return None if expected == 0.0 else Amount(relative=(value - expected) / abs(expected), signed=True)


def _of_bare_numbers(tokens: tuple[Token, ...]) -> Amount | None:
    """What two numbers without a unit tell of which one was expected: `turbopump at 31500, we expected 33000`."""
    tags = [i for i, t in enumerate(tokens) if i and tokens[i - 1].role == "part"]  # `PT-104`, `line 2`
    at = [i for i, t in enumerate(tokens) if t.role == "number" and i not in tags]
    for first, second in pairwise(at):
        between = {
            w for t in (*tokens[first + 1 : second], *tokens[second + 1 : second + 2]) for w in t.text.split()
        }
        expected = tokens[second].value
        if between & EXPECTED and expected > 0.0:
            return Amount(relative=(tokens[first].value - expected) / expected, signed=True)
    return None


def _unit(token: Token, quantity: str) -> Unit | None:
    """The unit of an amount where it fits the quantity."""
    if token.role not in ("amount", "predicate"):
        return None
    for kind, symbol in token.units:
        if kind in ("dimensionless", _KINDS.get(quantity), _METERED.get(quantity)):
            return parse_unit(symbol, kind)
    return None


def _neighbours(tokens: tuple[Token, ...], at: int) -> tuple[str, str]:
    """Words before and after an amount; `about` and the like are passed over."""
    vague = {
        "about",
        "around",
        "roughly",
        "some",
        "almost",
        "nearly",
        "approx",
        "approximately",
        "say",
        "just",
        "a",
    }
    before = [_last(t) for t in tokens[:at] if t.text not in vague]
    return (before[-1] if before else ""), (tokens[at + 1].text if at + 1 < len(tokens) else "")


def _last(token: Token) -> str:
    """The word before an amount; of a phrase that ends in it, the preposition (`only got to`)."""
    word = token.text.split()[-1]
    return word if word in _PREPOSITIONS else token.text


def _compared(tokens: tuple[Token, ...], at: int) -> bool:
    """Say whether a direction follows right after: `is 3 bar low` tells a difference."""
    after = tokens[at + 1 : at + 2]
    return bool(after) and after[0].role == "predicate" and after[0].says["way"] in ("up", "down")


def _share(token: Token, before: str, after: str) -> Amount:
    """A percentage: a departure, or what is left of the full value."""
    value = 0.01 * token.value
    if token.role == "predicate":
        return Amount(relative=value)
    level = before in _UP_TO and abs(value) >= _LEAST_SHARE
    if (level or after in _SHARE_OF) and not token.signed:
        return Amount(relative=value - 1.0, signed=True)
    return Amount(relative=value, signed=token.signed)


def _reference(tokens: tuple[Token, ...], at: int, quantity: str) -> Token | None:
    """What a reading is held against: `from 40 to 36 bar`, `18 bar instead of 20`, `26 bar (24.5 expected)`."""
    earlier = [i for i, t in enumerate(tokens[:at]) if _measures(t, quantity)]
    if earlier and _leads(tokens, earlier[-1], at):
        return tokens[earlier[-1]]
    later = [(i, t) for i, t in enumerate(tokens) if i > at and _measures(t, quantity)]
    if later:
        i, reference = later[0]
        if tokens[i - 1].text == "from" and not any(t.role == "time" for t in tokens[i + 1 : i + 3]):
            return reference  # `down to 250 psi from 300`
        around = {w for t in (*tokens[at + 1 : i], *tokens[i + 1 : i + 3]) for w in t.text.split()}
        if around & EXPECTED or (tokens[at].units[0][0] != "dimensionless" and around & _SHARE_OF):
            return reference
    return None


def _leads(tokens: tuple[Token, ...], first: int, at: int) -> bool:
    """Say whether a reading leads to another one: `40 to 36 bar`, `44 V down to 38 V`, in Italian `da 40 a 36 bar`."""
    between = [t for t in tokens[first + 1 : at] if t.role != "predicate" or t.text.endswith(" to")]
    if len(between) != 1:
        return False
    word = between[0].text.split()[-1]
    return word == "to" or (word == "at" and first > 0 and tokens[first - 1].text == "from")


def _measures(token: Token, quantity: str) -> bool:
    return token.role == "number" or _unit(token, quantity) is not None


def _against(value: float, unit: Unit, expected: float, other: Unit) -> Amount | None:
    """A reading against what was expected; temperatures from absolute zero."""
    reading, reference = value * unit.scale + unit.offset, expected * other.scale + other.offset
    return None if reference == 0.0 else Amount(relative=(reading - reference) / abs(reference), signed=True)
