"""What statements say: of which quantities, which way, how much and since when.

A statement without a subject speaks of the one before it (`Pc sagged, then recovered`); one that only names a subject
is spoken of by the next one (`Pc, thrust and fuel flow dropped`) or by the one before it (`a drop in Pc and thrust`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hotfire.wording._amounts import Amount, amount_of, quantity_of, reads_zero, told_as_rate
from hotfire.wording._asides import of_this_run
from hotfire.wording._channels import Book, Measured
from hotfire.wording._predicates import Predicate, of_reading, predicate_of
from hotfire.wording._statements import Mention, Statement
from hotfire.wording._subjects import Thread, completed, subjects_of
from hotfire.wording._times import onset_of

__all__ = ["Saying", "sayings_of"]


_REVOLUTIONS = 1000.0
"""Numbers without a unit from which on a machine's speed is meant."""
_MOVES = ("opens", "opened", "opening", "closes", "closed", "closing", "stroked", "started", "starts")
"""What valves do in time, which is said of nothing else (`once the valve opens`)."""
_ALIKE = ("as well", "too", "also", "likewise", "similarly", "ditto", "equally", "idem")
_UNREAD = ("reading", "signal", "measured", "recorded", "logged", "seen", "saw", "instrumented", "available")
"""After a negation, what says that nobody knows what it was (`chamber pressure was not measured`)."""


@dataclass(frozen=True)
class Saying:
    """What is said of some quantities.

    Attributes:
        measured: The quantities.
        way: `up`, `down`, `steady`, `anyhow`, or what a signal is.
        course: `step`, `ramp`, or "" where no word tells.
        amount: How much; None where no number tells.
        size: By words alone; 0 where none tells.
        share: Departure of the quantity over that of what was named.
        onset: s after the start of the burn; `AT_START`; None where nothing is said.
        statements: Indices of the statements that say it.
        noun: Whether it is said before its subject (`a drop in Pc`).
        everywhere: Whether it is said of all that is measured.
    """

    measured: tuple[Measured, ...]
    way: str
    course: str = ""
    amount: Amount | None = None
    size: float = 0.0
    share: float = 1.0
    onset: float | None = None
    statements: frozenset[int] = frozenset()
    noun: bool = False
    everywhere: bool = False


def sayings_of(
    sentence: Sequence[Statement], book: Book, before: Sequence[Mention] = ()
) -> tuple[list[Saying], list[Mention]]:
    """Return what a sentence says, and of what it spoke last.

    Args:
        sentence: Its statements.
        book: All that can be spoken of.
        before: Of what the sentence before it spoke.
    """
    found: list[Saying] = []
    thread = Thread(before=before)
    here = of_this_run(sentence)
    for i, statement in enumerate(sentence):
        if i not in here:
            thread.spoken = completed(statement, thread, book) or thread.spoken
            continue
        predicate = _carried(predicate_of(statement.tokens), found, sentence[i + 1 : i + 2])
        places = completed(statement, thread, book)
        onset = onset_of(statement.tokens)
        if onset is not None and not places and predicate is None:
            thread.onset = onset
            if found and found[-1].onset is None and i == len(sentence) - 1:
                found[-1] = replace(found[-1], onset=onset, statements=found[-1].statements | {i})
            continue
        if predicate is None:
            found += _named_only(i, statement, places, thread, found[-1:], book)
            continue
        if not places and _of_everything(statement, predicate, thread):
            found.append(Saying((), "steady", statements=frozenset({i}), everywhere=True))
            continue
        if i == 0 and places and onset_of(statement.tokens[: places[0].first]) is not None:
            thread.onset = onset  # a time at the head of a line is that of the line
        found += _said(i, statement, predicate, places, thread, onset, book)
    return found, thread.spoken or thread.named


def _said(
    i: int,
    statement: Statement,
    predicate: Predicate,
    places: list[Mention],
    thread: Thread,
    onset: float | None,
    book: Book,
) -> list[Saying]:
    """What a statement with a predicate says of its subjects."""
    found = []
    subjects, indices = subjects_of(i, statement, predicate, places, thread)
    for mention in subjects:
        saying = _saying(statement, predicate, mention, book)
        if saying is not None:
            when = onset if onset is not None else thread.onset
            found.append(replace(saying, onset=when, statements=frozenset(indices)))
    if subjects:
        told = [_told_of(statement, predicate, m, book) for m in subjects]
        thread.open, thread.spoken = [], told if predicate.amount_only else list(subjects)
        unjudged = predicate.amount_only and all(s.amount is None or not s.amount.signed for s in found)
        thread.pending = [*thread.pending, *((i, m) for m in told)] if unjudged else []
    return found


def _carried(
    predicate: Predicate | None, found: Sequence[Saying], ahead: Sequence[Statement]
) -> Predicate | None:
    """A predicate with the direction that it only points to: of the saying before, or of what it is said to follow.

    `Pc sagged, thrust followed`; `LOX manifold pressure followed chamber pressure down`.
    """
    if predicate is None or predicate.way != "same":
        return predicate
    alike = [s.way for s in found if s.way in ("up", "down", "steady")]
    if not alike and ahead and not ahead[0].joint:
        leader = predicate_of(ahead[0].tokens)
        alike = [leader.way] if leader is not None and leader.way in ("up", "down") else []
    return replace(predicate, way=alike[-1] if alike else "anyhow")


def _of_everything(statement: Statement, predicate: Predicate, thread: Thread) -> bool:
    """Say whether a statement without a subject says that all is well: `everything nominal`, `no anomalies`."""
    if (
        predicate.way != "steady"
        or statement.of("thing")
        or (predicate.kind and not statement.of("everything"))
    ):
        return False
    strange = [t for t in statement.of("word") if not t.text.endswith(("ly", "ed"))]
    if statement.of("everything"):
        return not any(t.start < statement.tokens[predicate.first].start for t in strange)
    if strange:
        return False
    if statement.joint == "otherwise" and predicate.everywhere:
        return True
    if thread.open or thread.spoken:
        return False
    whole = any(t.says.get("whole") for t in statement.tokens)
    return predicate.everywhere or (whole and not any(t.says.get("event") for t in statement.tokens))


def _named_only(
    i: int,
    statement: Statement,
    places: Sequence[Mention],
    thread: Thread,
    before: Sequence[Saying],
    book: Book,
) -> Iterator[Saying]:
    """A statement that says nothing of what it names: it is quiet, or another one says it."""
    last = next((t for t in reversed(statement.tokens) if t.role != "mark"), None)
    if places and last is not None and last.text in ("the same", "same"):
        for mention in places:
            yield Saying(book.find(mention, every=True), "steady", statements=frozenset({i}))
        return
    negations = [k for k, t in enumerate(statement.tokens) if t.role == "not"]
    unread = any(t.text in _UNREAD for t in statement.tokens)
    if negations and unread and places and places[-1].last < negations[-1]:
        return
    silent = (
        negations
        and not unread
        and all(t.role in ("glue", "mark", "time") for t in statement.tokens[negations[-1] + 1 :])
    )
    if places and silent and negations[-1] > places[-1].last:
        for mention in places:
            measured = book.find(mention, every=True)
            if measured:
                yield Saying(measured, "steady", statements=frozenset({i}))
        return
    if places and before and _as_well(statement, places):
        yield from _alike(i, places, before[0], book)
        return
    moves = any(t.text in _MOVES for t in statement.tokens)
    bare = not moves and all(
        t.role in ("part", "glue", "not", "mark", "degree", "pace") for t in statement.tokens
    )
    if not bare:
        thread.open, thread.spoken = [], list(places or thread.spoken)
        return
    thread.open += [(i, m) for m in places]
    if before and before[0].noun and statement.joint in ("and", ",", "or", "nor"):
        for mention in places:
            measured = book.find(mention, every=before[0].way == "steady")
            if measured:
                yield replace(before[0], measured=measured, statements=frozenset({i}))


def _as_well(statement: Statement, places: Sequence[Mention]) -> bool:
    """Say whether a statement only names what does the same (`Pc as well`, `and also Pc`)."""
    known = all(t.role in ("part", "glue", "mark", "number", "degree") for t in statement.tokens)
    said = [i for i, t in enumerate(statement.tokens) if t.text in _ALIKE]
    return known and bool(said) and (said[-1] > places[-1].last or statement.joint in ("and", "but"))


def _alike(i: int, places: Sequence[Mention], before: Saying, book: Book) -> Iterator[Saying]:
    """What is said of others, said of these as well (`thrust down a few percent, Pc as well`)."""
    for mention in places:
        measured = book.find(mention, every=before.way == "steady")
        if measured:
            yield replace(
                before, measured=measured, amount=None, share=mention.share, statements=frozenset({i})
            )


def _saying(statement: Statement, predicate: Predicate, mention: Mention, book: Book) -> Saying | None:
    """What a statement says of one mention."""
    if statement.of("opinion") and not mention.quantity and not predicate.quantity:
        return None
    mention = _told_of(statement, predicate, mention, book)
    measured = book.find(mention, every=predicate.way == "steady")
    if not measured:
        return None
    amount = None if _of_limit(statement) else amount_of(statement.tokens, measured[0].quantity)
    if predicate.amount_only and amount is None:
        return None
    way = predicate.way
    if way in ("steady", "anyhow") and reads_zero(statement.tokens):
        way = "lost"
    elif way == "lost" and amount is not None and abs(amount.relative or 0.0) >= 1.0:
        amount = None  # `dropped out to zero`
    elif amount is not None and way == "lost" and amount.signed and amount.relative is not None:
        way = "anyhow"  # `gone from 1.2 A to 1.8 A`
    elif amount is not None and (
        way == "lost"
        or (way == "frozen" and amount.held and not of_reading(statement.tokens))
        or (way == "frozen" and _held_back(statement, measured[0], amount))
    ):
        way = "down"  # `lost 2 bar`, `valve stuck at 45 %`
    if way == "lost" and amount is None and told_as_rate(statement.tokens):
        way = "down"  # `losing 0.1 bar every five seconds`
    noun = predicate.first < mention.first
    return Saying(measured, way, predicate.course, amount, predicate.size, mention.share, noun=noun)


def _of_limit(statement: Statement) -> bool:
    """Say whether an amount may be that of a limit, or over it."""
    return any(t.role == "limit" or "limit" in t.text or "redline" in t.text for t in statement.tokens)


def _held_back(statement: Statement, measured: Measured, amount: Amount) -> bool:
    """Say whether it is the thing itself that is stuck, and not its reading."""
    read = of_reading(statement.tokens)
    turns = measured.quantity in ("position", "speed")
    return turns and not read and amount.relative is not None and amount.signed


def _of_units(statement: Statement, mention: Mention, book: Book) -> str:
    """The quantity that units tell, if it is one of the place that is named (`60°` at a valve is no temperature)."""
    quantity = quantity_of(statement.tokens)
    if not quantity and mention.kind in ("pump", "turbine"):
        turning = any(
            t.role == "number" and t.against is not None and t.value >= _REVOLUTIONS for t in statement.tokens
        )
        return "speed" if turning else ""  # `pump at 27 thousand instead of 30`
    there = not mention.kind or book.measures(quantity, mention.kind)
    return quantity if there or mention.kind not in ("actuator", "valve") else ""


def _told_of(statement: Statement, predicate: Predicate, mention: Mention, book: Book) -> Mention:
    """A mention with the quantity that its predicate (`ran hot`) or the unit of its amount (`20 psi up`) tells."""
    quantity = predicate.quantity
    if predicate.loose or not quantity:
        quantity = mention.quantity or _of_units(statement, mention, book) or quantity
    if not quantity or quantity == mention.quantity:
        return mention
    placed = mention.kind or mention.quantity or mention.burner or quantity in book.words.alone
    return replace(mention, quantity=quantity, name="") if placed else mention
