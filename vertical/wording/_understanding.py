"""A text in words as symptoms: what each statement says of which quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hotfire.engine import Engine
from hotfire.physics.description import Symptom
from hotfire.wording._apposition import explained
from hotfire.wording._channels import Book, Measured, book_of
from hotfire.wording._distribution import one_by_one
from hotfire.wording._lexicon import lexicon
from hotfire.wording._references import held_against
from hotfire.wording._sayings import Saying, sayings_of
from hotfire.wording._sizes import Nominal, size_of
from hotfire.wording._statements import Mention, Statement, sentences
from hotfire.wording._times import AT_START, onset_of
from hotfire.wording._tokens import tokens

__all__ = ["ALL_ELSE", "IN_WORDS", "Heard", "Understood", "understand"]

_SIGNALS = ("frozen", "lost", "noisy", "clipped", "spiky", "open")
_DATING = ("glue", "mark", "time", "onset", "start", "number")
ALL_ELSE = "all else that is measured as expected"
"""What is understood of `everything nominal`: of each sensor that the text does not speak of."""
_PERCENT = 0.01
_SEEN = 3.0
"""Least standard deviations of what somebody mentions: he says what stands out to him."""
IN_WORDS = 5.0
"""Standard deviations of a departure that is told without a number."""


@dataclass(frozen=True)
class Heard:
    """One symptom that was understood.

    Attributes:
        text: The words that say it.
        start: Where they begin in the text.
        end: Where they end.
        words: The symptom in words.
    """

    text: str
    start: int
    end: int
    words: str


@dataclass(frozen=True)
class Understood:
    """What was understood of a text.

    Attributes:
        symptoms: Departures, and quantities that were as expected (size and sigma 0).
        understood: Where the text says each of them, in the same order.
        ignored: Pieces of the text that say nothing that was understood.
        all_well: Whether the text says that all that it does not speak of was as expected.
        absent: What the text speaks of and the engine does not have: `oxidizer pump`.
    """

    symptoms: tuple[Symptom, ...]
    understood: tuple[Heard, ...]
    ignored: tuple[str, ...]
    all_well: bool = False
    absent: tuple[str, ...] = ()


def understand(text: str, *, engine: Engine | None = None, phase: str = "mainstage") -> Understood:
    """Read what an operator says of a test.

    A departure with a number has its size in standard deviations of 1 %, and at least 3; one in words alone has 5. What
    is said to be steady has size and sigma 0. Nothing is guessed: what may mean two quantities is ignored.

    Args:
        text: In English or Italian, or both, as operators write it.
        engine: The engine, if it is known: its own channels are preferred, and absolute amounts become relative ones.
        phase: Phase of the test that the text is about.
    """
    book, nominal = book_of(engine, lexicon()), Nominal(engine)
    found: dict[Measured, tuple[Symptom, Heard]] = {}
    ignored: list[str] = []
    absent: list[str] = []
    well: Heard | None = None
    for sentence, sayings in _told(text, book):
        told: set[int] = set()
        for saying in sayings:
            if saying.everywhere:
                well, told = _heard(saying, sentence, ALL_ELSE, text), told | saying.statements
            for measured in saying.measured:
                symptom = _symptom(saying, measured, nominal, phase)
                if symptom is None:
                    continue
                told |= saying.statements
                if measured in found:
                    held = saying.amount is not None and saying.amount.held
                    symptom = _refined(found[measured][0], symptom, held=held)
                if measured not in found or symptom != found[measured][0]:
                    found[measured] = symptom, _heard(saying, sentence, in_words(symptom), text)
        ignored += _left(sentence, told, text)
        absent += [book.lacks(m) for i, s in enumerate(sentence) if i not in told for m in s.places]
    if well is not None:
        rest = (m for m in book.entries if m.own and m not in found)
        found |= {m: (_steady(m, phase), well) for m in rest}
    pairs = list(found.values())
    return Understood(
        tuple(s for s, _ in pairs),
        tuple(h for _, h in pairs),
        tuple(ignored),
        well is not None,
        tuple(dict.fromkeys(a for a in absent if a)),
    )


def _told(text: str, book: Book) -> list[tuple[list[Statement], list[Saying]]]:
    """Sentences and what they say.

    One that tells a time only (`Started at 5.5 s.`) dates the one before; one that takes it back undoes it.
    """
    found: list[tuple[list[Statement], list[Saying]]] = []
    before: Sequence[Mention] = ()
    row = held_against(one_by_one(tokens(text, book.phrases)), book.words.references)
    for whole in sentences(row):
        sentence = explained(whole)
        said = [t for s in sentence for t in s.tokens]
        onset = onset_of(tuple(said))
        if onset is not None and found and all(t.role in _DATING for t in said):
            found[-1] = (
                found[-1][0],
                [s if s.onset is not None else replace(s, onset=onset) for s in found[-1][1]],
            )
        if found and {"retraction"} <= {t.role for t in said} <= {"retraction", "glue", "mark"}:
            found[-1] = found[-1][0], []
        sayings, before = sayings_of(sentence, book, before)
        found.append((sentence, sayings))
    return found


def _symptom(saying: Saying, measured: Measured, nominal: Nominal, phase: str) -> Symptom | None:
    """What a saying says of one quantity; None where the direction is open."""
    onset = None if saying.onset in (None, AT_START) else saying.onset
    if saying.way == "steady" and not (saying.amount and saying.amount.signed):
        return _steady(measured, phase)
    if saying.way in _SIGNALS:
        return Symptom(measured.quantity, measured.location, saying.way, 0.0, 0.0, 0.0, onset, phase)
    size, told = size_of(saying, measured, nominal)
    if size is None:
        return None
    if size == 0.0:
        return _steady(measured, phase)
    sigma = max(abs(size) / _PERCENT, _SEEN) if told else IN_WORDS
    course = saying.course or ("level" if onset is None else "step")
    if saying.onset == AT_START and course == "step":
        course = "level"
    signed = sigma if size > 0.0 else -sigma
    return Symptom(
        measured.quantity, measured.location, course, _rounded(size), _rounded(signed), 0.0, onset, phase
    )


def _refined(before: Symptom, now: Symptom, *, held: bool) -> Symptom:
    """What two sayings of one quantity tell: the first departure, with the number and the time of the later one.

    A reading held against what was expected tells more than words before it (`came up lazily, 640 °C instead of 870`).
    """
    if held and abs(before.sigma) in (0.0, IN_WORDS) and before.course not in _SIGNALS and not _quiet(now):
        if before.onset is None or now.onset is not None:
            return now
        return replace(now, onset=before.onset, course=before.course)
    if _quiet(before) or _quiet(now):
        return now if _quiet(before) else before
    if now.course in ("open", "clipped") and before.course not in _SIGNALS and abs(before.sigma) == IN_WORDS:
        return now  # `shows minus 200, i.e. open`
    if before.course in _SIGNALS or now.course in _SIGNALS or before.size * now.size < 0.0:
        return before
    if abs(before.sigma) == IN_WORDS != abs(now.sigma):
        before = replace(before, size=now.size, sigma=now.sigma)
    if before.onset is None and now.onset is not None:
        course = "step" if before.course == "level" else before.course
        before = replace(before, onset=now.onset, course=course)
    return before


def _steady(measured: Measured, phase: str) -> Symptom:
    return Symptom(measured.quantity, measured.location, "level", 0.0, 0.0, 0.0, None, phase)


def _quiet(symptom: Symptom) -> bool:
    return symptom.course == "level" and symptom.size == 0.0


def _heard(saying: Saying, sentence: Sequence[Statement], words: str, text: str) -> Heard:
    """Where a text says what these words say."""
    own = [t for i in sorted(saying.statements) for t in sentence[i].tokens]
    start, end = min(t.start for t in own), max(t.end for t in own)
    return Heard(text[start:end], start, end, words)


def in_words(symptom: Symptom) -> str:
    """Return a symptom in words: `chamber pressure falls by 9 % at 2 s`."""
    what = f"{symptom.location.words} {symptom.quantity}"
    if symptom.quantity == "thrust":
        what = symptom.quantity
    if _quiet(symptom):
        return f"{what} as expected"
    when = "" if symptom.onset is None else f" at {symptom.onset:g} s"
    if symptom.course in _SIGNALS:
        return f"{what} {symptom.course}{when}"
    slowly = " slowly" if symptom.course == "ramp" else ""
    return f"{what} {symptom.direction}{slowly} by {_share(symptom.size)} %{when}"


def _share(size: float) -> str:
    share = 100.0 * abs(size)
    return f"{share:.0f}" if share >= 100.0 else f"{share:.3g}"


def _left(sentence: Sequence[Statement], told: set[int], text: str) -> list[str]:
    """Pieces of a sentence that nothing was understood of, neighbours together."""
    pieces: list[list[int]] = []
    for i, statement in enumerate(sentence):
        if i in told or not any(
            t.role not in ("glue", "mark", "time", "onset", "start") for t in statement.tokens
        ):
            continue
        start, end = statement.tokens[0].start, statement.tokens[-1].end
        if pieces and i - 1 not in told:
            pieces[-1][1] = end
        else:
            pieces.append([start, end])
    return [text[start:end].strip() for start, end in pieces]


def _rounded(value: float) -> float:
    """Three significant digits, as descriptions of logs have."""
    return float(f"{value:.3g}")
