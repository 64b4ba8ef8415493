"""Which quantities a mention means, in the words of `hotfire.locations`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from hotfire.engine import ById, Engine
from hotfire.physics.description import Location
from hotfire.physics.sensors import Sensor
from hotfire.wording._lexemes import LEXEME, lowered
from hotfire.wording._lexicon import Channel, Entry, Lexicon
from hotfire.wording._statements import Mention

__all__ = ["Book", "Measured", "book_of"]

_OUTPUTS = {"mass flow": "flow"}
"""What the network calls a quantity, where that differs."""
_BURNERS = {"injector", "pump"}
"""Kinds that a text may say to feed a gas generator."""


_CALLED = {"shaft": "turbopump", "actuator": "valve with a measured position"}
"""What people call kinds of place."""
_THROUGH = ("gas generator", "turbine")
"""Kinds of place of whose pressure an end is said that is not measured on its own."""


@dataclass(frozen=True)
class Measured:
    """One quantity at one place.

    Attributes:
        quantity: Dimension word.
        location: Where.
        measures: Output of the network; "" without an engine.
        own: Whether a sensor of the engine's file measures it.
    """

    quantity: str
    location: Location
    measures: str = ""
    own: bool = False


@dataclass(frozen=True, eq=False)
class Book:
    """All that can be spoken of.

    Attributes:
        entries: Quantities, those of the engine's own sensors first.
        names: What the engine itself calls them.
        words: The lexicon.
        of_engine: Whether they are those of one engine.
    """

    entries: tuple[Measured, ...]
    names: Mapping[str, Measured]
    words: Lexicon
    of_engine: bool = False

    @cached_property
    def phrases(self) -> dict[tuple[str, ...], Entry]:
        """The engine's own names as parts of a subject."""
        return {
            tuple(LEXEME.findall(name)): Entry(
                "part",
                {
                    "name": name,
                    "quantity": m.quantity,
                    "kind": m.location.kind,
                    "side": m.location.side,
                    "burner": m.location.burner,
                    "end": m.location.end,
                },
            )
            for name, m in self.names.items()
        }

    def find(self, mention: Mention, *, every: bool = False) -> tuple[Measured, ...]:
        """Return what a mention means; nothing where it may mean several things.

        Args:
            mention: What the text says.
            every: Whether all of those that it may mean are meant (`tank pressures held`).
        """
        if mention.name in self.names:
            return (self.names[mention.name],)
        if mention.doubtful and not (mention.quantity and mention.kind):
            return ()
        quantity, kinds = self._meant(mention)
        several = mention.many or (every and mention.plural)
        for kind in kinds:
            found = [e for e in self.entries if e.quantity == quantity and e.location.kind == kind]
            found = self._ended(found, mention.end, quantity, kind)
            found = _burning(found, "" if kind == "gas generator" else mention.burner)
            found = _sided(found, mention.side, many=mention.many)
            if found:
                return _chosen(found, mention.end, every=several and not mention.doubtful)
        return ()

    def lacks(self, mention: Mention) -> str:
        """Return what a mention names that the engine does not have: `oxidizer pump`; "" where it has it."""
        kind = "gas generator" if mention.burner and not mention.kind else mention.kind
        kinds = {kind, *self.words.also.get(kind, ())}
        there = [e.location.side for e in self.entries if e.location.kind in kinds]
        if not self.of_engine or not kind or mention.name or (there and not mention.side):
            return ""
        if any(side in ("", mention.side) for side in there):
            return ""
        return f"{mention.side} {_CALLED.get(kind, kind)}".strip()

    def measures(self, quantity: str, kind: str) -> bool:
        """Say whether a quantity is one of a kind of place; any is, where none is named."""
        kind = kind or "gas generator"  # what stands before it is a burner
        known = any((c.quantity, c.kind) == (quantity, kind) for c in self.words.channels)
        return not quantity or known or kind in self.words.instead.get(quantity, {})

    def _meant(self, mention: Mention) -> tuple[str, list[str]]:
        """Quantity and kinds of place, likeliest first."""
        kind = mention.kind
        if mention.burner and kind in ("", "chamber"):
            kind = "gas generator"
        usual = self.words.usual
        quantity = mention.quantity or usual.get(f"{kind} {mention.end}", "") or usual.get(kind, "")
        if not kind and quantity in self.words.alone:
            own_kinds = {e.location.kind for e in self.entries if e.own and e.quantity == quantity}
            kind = own_kinds.pop() if len(own_kinds) == 1 else self.words.alone[quantity]
        elsewhere = self.words.instead.get(quantity, {}).get(kind)
        kinds = [kind, *self.words.also.get(kind, ())]
        own = any(e.own and e.quantity == quantity and e.location.kind == kind for e in self.entries)
        return quantity, kinds if elsewhere is None or own else [elsewhere, *kinds]

    def _ended(self, found: list[Measured], end: str, quantity: str, kind: str) -> list[Measured]:
        """Keep those at the end that is named, or else at the usual one."""
        ends = [c.end for c in self.words.channels if (c.quantity, c.kind) == (quantity, kind)]
        elsewhere = quantity == "pressure" and kind not in _THROUGH
        wanted = end if end in ends or (end and (elsewhere or len(ends) > 1)) else next(iter(ends), "")
        return [e for e in found if e.location.end == wanted]


def _burning(found: list[Measured], burner: str) -> list[Measured]:
    """Keep those that feed the burner that is named; without a name those of the main chamber, if there are any."""
    if burner:
        return [e for e in found if e.location.burner]
    return [e for e in found if not e.location.burner] or found


def _sided(found: list[Measured], side: str, *, many: bool) -> list[Measured]:
    """Keep those of the side that is named; what has no side stands on both. Several are those that have sides."""
    if many and not side:
        return [e for e in found if e.location.side] or found
    if side:
        return [e for e in found if e.location.side == side] or [e for e in found if not e.location.side]
    return [e for e in found if not e.location.side] or found


def _chosen(found: Sequence[Measured], end: str, *, every: bool) -> tuple[Measured, ...]:
    """Take one of each side: along the flow the first at an inlet, else the last; a sensor's own place before all."""
    sides: dict[str, list[Measured]] = {}
    for entry in found:
        sides.setdefault(entry.location.side, []).append(entry)
    if len(sides) > 1 and not every:
        return ()
    taken = []
    for alike in sides.values():
        own = [e for e in alike if e.own] or alike
        own.sort(key=lambda e: e.location.number)
        taken.append(own[0] if end == "inlet" or own[0].quantity == "speed" else own[-1])
    return tuple(taken)


def book_of(engine: Engine | None, words: Lexicon) -> Book:
    """Return what can be spoken of: of an engine, or of engines at large; made once for all texts."""
    return _at_large_book(words) if engine is None else _own_book(ById(engine), words)


@lru_cache(maxsize=2)
def _at_large_book(words: Lexicon) -> Book:
    return Book(tuple(_at_large(words.channels)), {}, words)


@lru_cache(maxsize=64)
def _own_book(key: ById, words: Lexicon) -> Book:
    engine = key.engine
    from hotfire.locations import locations, sensor_location, sensor_quantity

    places = locations(engine.network)
    own = {
        s.measures: Measured(sensor_quantity(s), sensor_location(s, places), s.measures, own=True)
        for s in engine.sensors.values()
    }
    usual = (m for c in words.channels for m in _usual(c, places) if m.measures not in own)
    names = {n: own[s.measures] for s in engine.sensors.values() for n in _names(s, words)}
    return Book((*own.values(), *usual), names, words, of_engine=True)


def _at_large(channels: Sequence[Channel]) -> Iterator[Measured]:
    """Yield every quantity at every side where it can be."""
    sides = {"each": ("oxidizer", "fuel"), "may": ("", "oxidizer", "fuel"), "none": ("",), "fuel": ("fuel",)}
    for channel in channels:
        for burner in ("", "gas generator") if channel.kind in _BURNERS else ("",):
            for side in sides[channel.sides]:
                yield Measured(channel.quantity, Location(channel.kind, side, burner, 0, channel.end))


def _usual(channel: Channel, places: Mapping[str, Location]) -> Iterator[Measured]:
    """Yield a channel at all places of an engine that have it."""
    output = _OUTPUTS.get(channel.quantity, channel.quantity)
    for component, place in places.items():
        if place.kind == channel.kind:
            where = Location(place.kind, place.side, place.burner, place.number, channel.end)
            yield Measured(
                channel.quantity, where, ".".join(w for w in (component, channel.end, output) if w)
            )


def _names(sensor: Sensor, words: Lexicon) -> Iterator[str]:
    """Yield names of a sensor by words; single words that mean something else as well are left out."""
    for name in (sensor.name, *sensor.channels):
        phrase = lowered(name).replace("_", " ").replace("-", " ").split()
        if len(phrase) > 1 or (phrase and (phrase[0],) not in words.entries and len(phrase[0]) > 2):
            yield " ".join(phrase)
