"""A row of units that does not line up with the names: proved by the names, or not used.

Zipping blindly is how a thrust column becomes kilograms. Each possible shift is compared with the kinds that
the channels' names state; a shift is proposed only when it contradicts no name and every other one does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotfire.log import Note
from hotfire.physics.errors import UnitError
from hotfire.physics.units import parse_unit
from hotfire.telemetry.names import is_time_name, kinds_of

__all__ = ["UNTRUSTED", "align_units"]

UNTRUSTED = "units row (not trusted)"
_NO_UNIT = frozenset({"", "-", "--", "1", "n/a", "none"})
_CLOCK = re.compile(r"[hdmysf:./ -]*[hm]{1,2}[:.]?[ms]{1,2}[hdmysf:./ -]*", re.IGNORECASE)
"""How a row of units says that a column is a time of day."""
_NAMED = 4


@dataclass(frozen=True)
class _Trial:
    """One way to lay the units row under the names."""

    start: int
    units: tuple[str, ...]
    agreements: int
    contradicted: tuple[str, ...]
    kinds: int

    @property
    def contradictions(self) -> int:
        """Names that their units contradict."""
        return len(self.contradicted)


def align_units(names: Sequence[str], row: Sequence[str]) -> tuple[tuple[str, ...], str, tuple[Note, ...]]:
    """Lay a row of units under the names.

    Args:
        names: Names of the columns of data.
        row: Cells of the units row, as many as the file has.

    Returns:
        One unit a name ("" for none), their source, and what was found.
    """
    width = len(names)
    trials = _trials(names, row)
    blind = trials[0]
    if len(row) == width and not (blind.contradictions and any(_proved(t, trials) for t in trials[1:])):
        notes = (_contradicted(blind),) if blind.contradictions else ()
        return blind.units, "units row", notes
    best = next((t for t in sorted(trials, key=lambda t: -t.agreements) if _proved(t, trials)), None)
    evidence: dict[str, float | str] = {
        "fields_in_units_row": float(len(row)),
        "fields_in_header": float(width),
        "units_row": ",".join(row)[:200],
        "contradictions_when_read_in_order": float(blind.contradictions),
    }
    lead = f"the units row has {len(row)} fields, the data have {width} columns: read in order, "
    lead += (
        f"{blind.contradictions} units contradict the names"
        if blind.contradictions
        else "nothing proves it fits"
    )
    if best is None:
        note = Note(
            "units_row_mismatch",
            "warning",
            f"{lead}; the units row is not used",
            evidence=evidence,
            remedy="give the units in the channel map, one line a channel: `NAME: {unit: psig}`",
        )
        return ("",) * width, "", (note,)
    evidence |= {"shift": float(best.start), "agreements_when_shifted": float(best.agreements)}
    what = (
        f"without its first {best.start} field{'s' if best.start != 1 else ''}"
        if best.start > 0
        else "as it starts"
    )
    example = next((f"`{n}: {{unit: {u}}}`" for n, u in zip(names, best.units, strict=True) if u), "")
    note = Note(
        "units_row_mismatch",
        "warning",
        f"{lead}; {what} it agrees with {best.agreements} names and contradicts none, every other alignment "
        "contradicts some: proposed, but not trusted",
        evidence=evidence,
        remedy=f"confirm in the channel map, one line a channel: {example}",
    )
    return best.units, UNTRUSTED, (note,)


def _trials(names: Sequence[str], row: Sequence[str]) -> list[_Trial]:
    """Return every alignment within one field, the blind one first."""
    starts = sorted(range(-1, max(2, len(row) - len(names) + 2)), key=lambda s: (s != 0, abs(s)))
    return [_trial(names, row, start) for start in starts]


def _trial(names: Sequence[str], row: Sequence[str], start: int) -> _Trial:
    units = tuple(row[i + start] if 0 <= i + start < len(row) else "" for i in range(len(names)))
    agree, contradicted = 0, []
    kinds: set[str] = set()
    for name, unit in zip(names, units, strict=True):
        expected = ("time",) if is_time_name(name) else kinds_of(name)
        if (
            not expected
            or unit.strip() in _NO_UNIT
            or (is_time_name(name) and _CLOCK.fullmatch(unit.strip()))
        ):
            continue
        found = _fits(unit, expected)
        if found:
            agree += 1
            kinds.add(found)
        else:
            contradicted.append(f"{name} ({unit.strip()})")
    return _Trial(start, units, agree, tuple(contradicted), len(kinds))


def _fits(unit: str, expected: tuple[str, ...]) -> str:
    for kind in expected:
        try:
            return parse_unit(unit, kind).kind if parse_unit(unit, kind) else ""
        except UnitError:
            continue
    return ""


def _proved(trial: _Trial, trials: Sequence[_Trial]) -> bool:
    """Say whether one alignment alone is free of contradiction, with three agreements of two kinds."""
    if trial.contradictions or trial.agreements < 3 or trial.kinds < 2:
        return False
    return all(
        other.contradictions > 0 for other in trials if other is not trial and other.units != trial.units
    )


def _contradicted(trial: _Trial) -> Note:
    return Note(
        "units_row_doubtful",
        "warning",
        f"{trial.contradictions} unit{'s' if trial.contradictions > 1 else ''} of the units row "
        f"do{'' if trial.contradictions > 1 else 'es'} not fit the name: {', '.join(trial.contradicted[:_NAMED])}"
        f"{' ...' if trial.contradictions > _NAMED else ''}",
        evidence={"agreements": float(trial.agreements), "contradictions": float(trial.contradictions)},
        remedy="nothing, where the units are right; otherwise give them in the channel map: `NAME: {unit: psig}`",
    )
