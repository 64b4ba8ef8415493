"""What statements say: of which quantities, which way, how much and since when.

A statement without a subject speaks of the one before it (`Pc sagged, then recovered`); one that only names a subject
is spoken of by the next one (`Pc, thrust and fuel flow dropped`) or by the one before it (`a drop in Pc and thrust`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hotfire.wording._amounts import Amount, amount_of, quantity_of, reads_zero
from hotfire.wording._asides import of_this_run
from hotfire.wording._channels import Book, Measured
from hotfire.wording._statements import Mention, Statement
from hotfire.wording._times import onset_of
from hotfire.wording._tokens import Token

__all__ = ["Saying", "sayings_of"]


_TURNING = ("pump", "turbine", "shaft")
"""Kinds of place whose side says which of an engine's turbopumps is meant."""


_FEEDBACK = ("feedback", "position feedback", "lvdt", "reading", "signal")
_UNREAD = ("reading", "signal", "measured", "recorded", "logged", "seen", "saw", "instrumented", "available")
"""After a negation, what says that nobody knows what it was (`chamber pressure was not measured`)."""
_HELD_AGAINST = ("expected", "predicted", "usual")
"""What is steady where no verb is, and else what it is held against (`overtook the predicted value`)."""


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


@dataclass(frozen=True)
class _Predicate:
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


@dataclass
class _Thread:
    """What a sentence has spoken of so far."""

    open: list[tuple[int, Mention]] = field(default_factory=list)
    spoken: list[Mention] = field(default_factory=list)
    last: Mention | None = None
    onset: float | None = None


def sayings_of(sentence: Sequence[Statement], book: Book) -> list[Saying]:
    """Return what a sentence says."""
    found: list[Saying] = []
    thread = _Thread()
    here = of_this_run(sentence)
    for i, statement in here.items():
        predicate = _carried(_predicate(statement.tokens), found, sentence[i + 1 : i + 2])
        places = _completed(statement.places, thread, book)
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
        subjects, indices = _subjects(i, statement, predicate, places, thread)
        for mention in subjects:
            saying = _saying(statement, predicate, mention, book)
            if saying is not None:
                when = onset if onset is not None else thread.onset
                found.append(replace(saying, onset=when, statements=frozenset(indices)))
        if subjects:
            thread.open, thread.spoken = [], list(subjects)
    return found


def _carried(
    predicate: _Predicate | None, found: Sequence[Saying], ahead: Sequence[Statement]
) -> _Predicate | None:
    """A predicate with the direction that it only points to: of the saying before, or of what it is said to follow.

    `Pc sagged, thrust followed`; `LOX manifold pressure followed chamber pressure down`.
    """
    if predicate is None or predicate.way != "same":
        return predicate
    alike = [s.way for s in found if s.way in ("up", "down", "steady")]
    if not alike and ahead and not ahead[0].joint:
        leader = _predicate(ahead[0].tokens)
        alike = [leader.way] if leader is not None and leader.way in ("up", "down") else []
    return replace(predicate, way=alike[-1] if alike else "anyhow")


def _of_everything(statement: Statement, predicate: _Predicate, thread: _Thread) -> bool:
    """Say whether a statement without a subject says that all is well: `everything nominal`, `no anomalies`."""
    if predicate.way != "steady" or statement.of("thing"):
        return False
    strange = [t for t in statement.of("word") if not t.text.endswith(("ly", "ed"))]
    if statement.of("everything"):
        return not any(t.start < statement.tokens[predicate.first].start for t in strange)
    if strange or thread.open or thread.spoken:
        return False
    whole = any(t.says.get("whole") for t in statement.tokens)
    return predicate.everywhere or (whole and not any(t.says.get("event") for t in statement.tokens))


def _completed(places: Sequence[Mention], thread: _Thread, book: Book) -> list[Mention]:
    """Fill what mentions leave open from the one before them in the sentence."""
    found = []
    for mention in places:
        whole = mention
        if thread.last is not None and not mention.doubtful and _leans(mention):
            alone = mention.quantity in book.words.alone
            there = not alone and book.measures(mention.quantity, thread.last.kind)
            whole = mention.filled(thread.last, place=there)
        elif (
            thread.last is not None
            and mention.kind
            and not mention.many
            and _same_place(mention, thread.last)
        ):
            whole = mention.filled(thread.last, place=False)
        if book.of_engine and whole.kind == "shaft" and thread.last and thread.last.kind in _TURNING:
            whole = whole.filled(thread.last, place=False)
        thread.last = whole
        found.append(whole)
    return found


def _same_place(mention: Mention, last: Mention) -> bool:
    """Say whether a place is named again without its side: `a cold nitrous tank, so tank pressure was down`."""
    return not mention.side and (mention.kind, mention.burner) == (last.kind, last.burner)


def _leans(mention: Mention) -> bool:
    """Say whether a mention cannot stand alone: only a side, an end, or a quantity without its place."""
    return (
        not mention.kind and not mention.burner and mention.quantity not in ("thrust", "voltage", "current")
    )


def _predicate(tokens: tuple[Token, ...]) -> _Predicate | None:
    """What tokens say: the first plain direction, else the first weak one; a departure before what is steady."""
    found = [(i, t) for i, t in enumerate(tokens) if t.role == "predicate"]
    amounts = [i for i, t in enumerate(tokens) if t.role == "amount"]
    if not amounts and amount_of(tokens, "") is not None:
        amounts = [i for i, t in enumerate(tokens) if t.role == "number"]
    if not found:
        return _Predicate("anyhow", "", 0.0, "", "", amounts[0], amount_only=True) if amounts else None
    found = [(i, t) for i, t in found if not _attribute(tokens, i)]
    departures = [(i, t) for i, t in found if t.says["way"] != "steady"]
    signals = [(i, t) for i, t in departures if t.says["way"] not in ("up", "down", "anyhow")]
    plain = [(i, t) for i, t in departures if not t.says.get("weak")]
    near = [(i, t) for i, t in departures if tokens[i + 1 : i + 2] and tokens[i + 1].role == "part"]
    if near and any(t.role == "part" for t in tokens[: near[0][0]]):
        near = []
    at, token = (near or signals or plain or departures or found)[0]
    way = token.says["way"]
    if token.text in _HELD_AGAINST and any(t.role == "word" for t in tokens[:at]):
        way = "anyhow"  # what does it do to the expected value?
    negated = [i for i, t in enumerate(tokens) if t.role == "not" and i < at]
    if negated:
        way = "steady" if way != "steady" else "anyhow"
    courses = [t.says["course"] for t in tokens if t.role == "pace"]
    courses += [t.says["course"] for _, t in departures if "course" in t.says]
    sizes = [t.says["size"] for t in tokens if t.role == "degree"]
    own = next((t.says for _, t in found if "quantity" in t.says), {})
    return _Predicate(
        way,
        courses[0] if courses else "",
        sizes[0] if sizes else 0.0,
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


def _named_only(
    i: int,
    statement: Statement,
    places: Sequence[Mention],
    thread: _Thread,
    before: Sequence[Saying],
    book: Book,
) -> Iterator[Saying]:
    """A statement that says nothing of what it names: it is quiet, or another one says it."""
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
    bare = all(t.role in ("part", "glue", "not", "mark", "degree", "pace") for t in statement.tokens)
    if not bare:
        thread.open, thread.spoken = [], list(places or thread.spoken)
        return
    thread.open += [(i, m) for m in places]
    if before and before[0].noun and statement.joint in ("and", ",", "or", "nor"):
        for mention in places:
            measured = book.find(mention, every=before[0].way == "steady")
            if measured:
                yield replace(before[0], measured=measured, statements=frozenset({i}))


def _subjects(
    i: int, statement: Statement, predicate: _Predicate, places: list[Mention], thread: _Thread
) -> tuple[list[Mention], set[int]]:
    """Whom a statement speaks of, and the statements that name them."""
    if places:
        if places[0].first > predicate.first:
            return places, {i}
        listed = all(t.role in ("glue", "not", "part") for t in statement.tokens[: places[0].first])
        waiting = [(k, m.filled(places[0]) if _leans(m) else m) for k, m in thread.open if listed]
        return [m for _, m in waiting] + places, {i, *(k for k, _ in waiting)}
    if predicate.kind and not statement.of("thing"):
        return [Mention(0, 0, quantity=predicate.quantity, kind=predicate.kind)], {i}
    if _blocked(statement, predicate):
        return [], {i}
    if thread.open:
        return [m for _, m in thread.open], {i, *(k for k, _ in thread.open)}
    return thread.spoken, {i}


def _blocked(statement: Statement, predicate: _Predicate) -> bool:
    """Say whether something that is not measured is spoken of."""
    head = statement.tokens[: predicate.first]
    if any(t.role == "thing" or (t.role == "word" and not t.text.endswith("ly")) for t in head):
        return True
    if statement.of("opinion") and not predicate.amount_only:
        return True  # `maybe a bad transducer`: of which one is not said
    return bool(statement.of("thing")) and all(t.role == "glue" for t in head)


def _saying(statement: Statement, predicate: _Predicate, mention: Mention, book: Book) -> Saying | None:
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
    elif amount is not None and (
        way == "lost" or (way == "frozen" and _held_back(statement, measured[0], amount))
    ):
        way = "down"  # `lost 2 bar`, `valve stuck at 45 %`
    noun = predicate.first < mention.first
    return Saying(measured, way, predicate.course, amount, predicate.size, mention.share, noun=noun)


def _of_limit(statement: Statement) -> bool:
    """Say whether an amount may be that of a limit, or over it."""
    return any(t.role == "limit" or "limit" in t.text or "redline" in t.text for t in statement.tokens)


def _held_back(statement: Statement, measured: Measured, amount: Amount) -> bool:
    """Say whether it is the thing itself that is stuck, and not its reading."""
    read = any(t.text in _FEEDBACK for t in statement.tokens)
    turns = measured.quantity in ("position", "speed")
    return turns and not read and amount.relative is not None and amount.signed


def _told_of(statement: Statement, predicate: _Predicate, mention: Mention, book: Book) -> Mention:
    """A mention with the quantity that its predicate (`ran hot`) or the unit of its amount (`20 psi up`) tells."""
    quantity = predicate.quantity
    if predicate.loose or not quantity:
        quantity = mention.quantity or quantity_of(statement.tokens) or quantity
    if not quantity or quantity == mention.quantity:
        return mention
    placed = mention.kind or mention.quantity or mention.burner or quantity in book.words.alone
    return replace(mention, quantity=quantity, name="") if placed else mention
