"""When, as a text says it."""

from __future__ import annotations

from hotfire.wording._tokens import Token

__all__ = ["AT_START", "onset_of"]

AT_START = 0.0
"""What `onset_of` returns for `from ignition` and the like."""

_BEFORE = {
    "at",
    "after",
    "from",
    "since",
    "@",
    "near",
    "t",
    "past",
    "started",
    "began",
    "starting",
    "beginning",
    "between",
}
_AFTER = {"into", "in", "after", "past", "mark", "later"}
_LENGTH = {
    "for",
    "over",
    "within",
    "during",
    "last",
    "every",
    "per",
    "until",
    "till",
    "by",
    "first",
    "under",
    "a",
}
_VAGUE = {
    "about",
    "around",
    "roughly",
    "some",
    "almost",
    "nearly",
    "approx",
    "approximately",
    "say",
    "the",
    "~",
    "=",
}


def onset_of(tokens: tuple[Token, ...]) -> float | None:
    """Return the first onset that tokens tell, s after the start of the burn; None where they tell none."""
    for i, token in enumerate(tokens):
        if token.role == "onset":
            return token.value
        if token.role == "time" and _is_onset(tokens, i):
            return token.value
        if token.role == "number" and _is_range(tokens, i):
            return token.value
    return AT_START if any(t.role == "start" for t in tokens) else None


def _is_onset(tokens: tuple[Token, ...], at: int) -> bool:
    before = [t.text for t in tokens[:at] if t.text not in _VAGUE]
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if after in _AFTER:
        return True
    if before and before[-1] in _LENGTH:
        return False
    if "t" in before[-2:] or (before and before[-1] in _BEFORE):
        return True
    # A bare time opens a note of a log book: `3.3 s: Pc dropped`.
    return at == 0 and (after in (":", "-", "–") or len(tokens) == 1)


def _is_range(tokens: tuple[Token, ...], at: int) -> bool:
    """Say whether a number begins a stretch of time: `from 2 to 9 s`, `between 2 and 9 s`."""
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1 : at + 3]
    ends = len(after) == 2 and after[0].text in ("to", "at", "and") and after[1].role == "time"
    return before in ("from", "between") and ends
