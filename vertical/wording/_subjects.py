"""Of whom a statement speaks: of what it names, of what was named before, or of what `it` and `both` mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hotfire.wording._amounts import quantity_of
from hotfire.wording._channels import Book
from hotfire.wording._predicates import Predicate
from hotfire.wording._statements import Mention, Statement
from hotfire.wording._tokens import Token

__all__ = ["Thread", "completed", "leans", "subjects_of"]

_TURNING = ("pump", "turbine", "shaft")
"""Kinds of place whose side says which of an engine's turbopumps is meant."""
_DATED = ("after", "before", "at", "upon", "when", "until", "once", "from", "since", "during")
_MOVING = ("open", "opens", "opened", "opening", "close", "closes", "closed", "closing", "stroke", "strokes")
_DRIVEN = ("pump", "motor", "actuator", "valve", "shaft")
"""Kinds of place whose current is that of a motor."""
_POINTING = {"that", "this", "same", "said", "its", "it"}
"""Words before a place that was named before (`the discharge pressure of that pump`)."""
_BACK = {"it", "its", "it's", "that one", "this one", "they", "both", "those", "these", "one", "he", "she"}
"""Words for what the sentence before spoke of."""

_WHEN = {
    "at",
    "during",
    "after",
    "from",
    "until",
    "till",
    "in",
    "on",
    "of",
    "before",
    "since",
    "by",
    "to",
    "near",
    "through",
}
"""Words before a part of the test that only says when."""

_DONE = {
    *(
        "lowered",
        "raised",
        "increased",
        "decreased",
        "reduced",
        "dropped",
        "bumped",
        "upped",
        "boosted",
        "stepped",
        "lower",
    ),
    *(
        "raise",
        "increase",
        "reduce",
        "drop",
        "changed",
        "change",
        "shifted",
        "moved",
        "cut",
        "ridotto",
        "ridotta",
        "alzato",
    ),
    *(
        "alzata",
        "abbassato",
        "abbassata",
        "aumentato",
        "aumentata",
        "cambiato",
        "cambiata",
        "spostato",
        "spostata",
    ),
}
"""What people do to a quantity."""
_WHO = {"we", "i", "you", "they", "he", "she", "has", "abbiamo", "ho", "hanno", "to", "will"}
_BESIDE = {"above", "below", "under", "over", "beyond", "higher", "lower", "sopra", "sotto"}


@dataclass
class Thread:
    """What a sentence has spoken of so far.

    Attributes:
        open: Subjects that were only named, by the statement.
        pending: Subjects whose readings were told, and not yet what is thought of them.
        spoken: Subjects of the statement before.
        named: All that was named in the sentence.
        last: The last of them.
        before: Subjects of the sentence before.
        onset: Time at the head of the line.
    """

    open: list[tuple[int, Mention]] = field(default_factory=list)
    pending: list[tuple[int, Mention]] = field(default_factory=list)
    spoken: list[Mention] = field(default_factory=list)
    named: list[Mention] = field(default_factory=list)
    last: Mention | None = None
    before: Sequence[Mention] = ()
    onset: float | None = None


def leans(mention: Mention) -> bool:
    """Say whether a mention cannot stand alone: only a side, an end, or a quantity without its place."""
    alone = ("thrust", "voltage", "current", "roughness")
    return not mention.kind and not mention.burner and mention.quantity not in alone


def completed(statement: Statement, thread: Thread, book: Book) -> list[Mention]:
    """Fill what mentions leave open from the ones before them in the sentence; `both` are the last two."""
    found: list[Mention] = []
    for mention in statement.places:
        if (found and _base(statement, mention)) or _dating(statement, mention):
            continue
        if _all_of(mention):
            if not found and not any(not _all_of(m) for m in statement.places):
                found += _meant_by_all(statement, mention, thread)
            continue
        whole = _filled(mention, statement, thread, book)
        thread.last = whole
        found.append(whole)
    thread.named += [m for m in found if m not in thread.named]
    return found


def _dating(statement: Statement, mention: Mention) -> bool:
    """Say whether something is named only to say when (`after main valves open`)."""
    before = [t.text for t in statement.tokens[: mention.first] if t.text not in ("the", "a")]
    after = statement.tokens[mention.last + 1 : mention.last + 2]
    return bool(before and after) and before[-1] in _DATED and after[0].text in _MOVING


def _base(statement: Statement, mention: Mention) -> bool:
    """Say whether something is only what a share is one of (`roughness about 12 % of Pc`)."""
    before = statement.tokens[max(mention.first - 2, 0) : mention.first]
    return len(before) == 2 and before[1].text == "of" and before[0].role in ("amount", "spread")


def _all_of(mention: Mention) -> bool:
    """Say whether a mention is only `both` or `all`."""
    named = mention.quantity or mention.kind or mention.side or mention.burner or mention.end or mention.name
    return mention.many and not named


def _meant_by_all(statement: Statement, mention: Mention, thread: Thread) -> list[Mention]:
    """What `both` or `all` mean: the last two that were named, or all of them."""
    named = thread.named or list(thread.before)
    words = {t.text for t in statement.tokens[mention.first : mention.last + 1]}
    few = named[-2:] if words & {"both", "entrambi", "entrambe", "ambedue", "each"} else named
    return [replace(m, first=mention.first, last=mention.last) for m in few] if len(few) > 1 else []


def _filled(mention: Mention, statement: Statement, thread: Thread, book: Book) -> Mention:
    """A mention with what the last one says and it leaves open."""
    last = thread.last
    whole = mention
    if last is not None and last.kind in _DRIVEN and mention.quantity == "current" and not mention.kind:
        return replace(mention, kind="motor", side=mention.side or last.side)
    if last is not None and not mention.doubtful and leans(mention):
        alone = mention.quantity in book.words.alone
        if alone and mention.quantity == "speed" and len({m.side for m in thread.named if m.side}) > 1:
            return whole  # of both sides was spoken
        placed = bool(last.kind or last.burner)
        there = not alone and (not placed or book.measures(mention.quantity, last.kind))
        whole = mention.filled(last, place=there)
    elif last is not None and mention.kind and not mention.many and not mention.side:
        alike = (mention.kind, mention.burner) == (last.kind, last.burner)
        before = statement.tokens[max(mention.first - 3, 0) : mention.last]
        if alike or any(t.text in _POINTING for t in before):
            whole = mention.filled(last, place=False)
    if book.of_engine and whole.kind == "shaft" and last and last.kind in _TURNING:
        whole = whole.filled(last, place=False)
    return whole


def subjects_of(
    i: int, statement: Statement, predicate: Predicate, places: list[Mention], thread: Thread
) -> tuple[list[Mention], set[int]]:
    """Whom a statement speaks of, and the statements that name them."""
    if _acted(statement, predicate):
        return [], {i}
    if _of_each_other(statement, predicate, places):
        return ([places[0]] if leans(statement.places[-1]) else []), {i}
    if places:
        if places[0].first > predicate.first:
            return ([] if _of_thing(statement, predicate, places[0]) else places), {i}
        listed = all(t.role in ("glue", "not", "part") for t in statement.tokens[: places[0].first])
        waiting = [(k, m.filled(places[0]) if leans(m) else m) for k, m in thread.open if listed]
        return [m for _, m in waiting] + places, {i, *(k for k, _ in waiting)}
    if predicate.kind and not statement.of("thing"):
        return [Mention(0, 0, quantity=predicate.quantity, kind=predicate.kind)], {i}
    if _blocked(statement, predicate):
        return [], {i}
    if thread.open:
        return [m for _, m in thread.open], {i, *(k for k, _ in thread.open)}
    if thread.pending and predicate.way == "steady":
        return [m for _, m in thread.pending], {i, *(k for k, _ in thread.pending)}
    if not (thread.spoken or thread.before) and quantity_of(statement.tokens) == "thrust":
        return [Mention(0, 0, quantity="thrust", kind="nozzle")], {
            i
        }  # `we ended up with 1.9 kN, the goal was 2.2`
    if not thread.spoken and i == 0 and _points_back(statement, predicate):
        return list(thread.before[-1:]), {i}
    return thread.spoken, {i}


def _acted(statement: Statement, predicate: Predicate) -> bool:
    """Say whether somebody did it (`we lowered the tank pressure`), and nothing happened."""
    said = statement.tokens[predicate.first]
    before = [
        t.text
        for t in statement.tokens[: predicate.first]
        if t.text not in ("have", "had", "then", "also", "just")
    ]
    return said.text in _DONE and bool(before) and before[-1] in _WHO


def _of_each_other(statement: Statement, predicate: Predicate, places: Sequence[Mention]) -> bool:
    """Say whether two subjects are held against each other (`fuel manifold 3 bar above the LOX manifold`)."""
    said = statement.tokens[predicate.first].text
    if len(places) < 2 or said not in _BESIDE or places[0].first > predicate.first:
        return False
    behind = [m for m in places if m.first > predicate.first]
    between = statement.tokens[predicate.first + 1 : behind[0].first] if behind else ()
    return bool(behind) and all(t.text in ("the", "its", "that", "of") for t in between)


def _points_back(statement: Statement, predicate: Predicate) -> bool:
    """Say whether a statement at the head of a sentence goes on about what the sentence before spoke of."""
    said = any(t.text in _BACK for t in statement.tokens[:4])
    if said or predicate.everywhere:
        return said
    known = all(t.role not in ("word", "thing") for t in statement.tokens)
    head = statement.tokens[0]
    if head.role not in ("predicate", "amount", "number", "not", "degree", "pace") and not head.says.get(
        "reading"
    ):
        return False
    told = predicate.way != "steady" or any(t.role in ("amount", "number") for t in statement.tokens)
    return known and told and not statement.of("opinion")


def _blocked(statement: Statement, predicate: Predicate) -> bool:
    """Say whether something that is not measured is spoken of."""
    head = statement.tokens[: predicate.first]
    if any(_part_of_test(head, i) for i in range(len(head))):
        return True
    if any(t.role == "thing" or (t.role == "word" and not t.text.endswith("ly")) for t in head):
        return True
    if statement.of("opinion") and not predicate.amount_only:
        return True  # `maybe a bad transducer`: of which one is not said
    return bool(statement.of("thing")) and all(t.role == "glue" for t in head)


def _part_of_test(head: Sequence[Token], at: int) -> bool:
    """Say whether a part of the test is what is spoken of (`chilldown too short`), and not when (`low at ignition`)."""
    if not head[at].says.get("event"):
        return False
    before = [
        t.text.rpartition(" ")[2] for t in head[max(at - 2, 0) : at] if t.text not in ("the", "a", "an")
    ]
    return not before or before[-1] not in _WHEN


def _of_thing(statement: Statement, predicate: Predicate, place: Mention) -> bool:
    """Say whether something unmeasured does it, to what is named (`the regulator can't keep up with the flow`)."""
    head, between = statement.tokens[: predicate.first], statement.tokens[predicate.first + 1 : place.first]
    return any(t.role == "thing" for t in head) and any(t.text == "with" for t in between)
