"""Cases that are told: what may be looked at of each, read from a file that may say more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hotfire.engine_files.yaml_lines import LineDict, load_yaml
from hotfire.physics.errors import HotfireError

__all__ = ["CasesError", "FailureCase", "Row", "read_cases"]

_HINTS = ("inspection", "pattern", "precedent", "configuration")
"""Parameters of rows that are known only hours after the event."""
_REMEDY = "see docs/reference/failure-cases.md for the format"


class CasesError(HotfireError, ValueError):
    """A file of cases is not in its format."""


@dataclass(frozen=True)
class Row:
    """One row of evidence.

    Attributes:
        parameter: What was looked at, as `chamber_pressure`.
        location: Where.
        behaviour: What it did.
        magnitude: By how much, in words; "" where it is not known.
        time_s: Seconds after the reference of the case; None where it is not known.
    """

    parameter: str
    location: str = ""
    behaviour: str = ""
    magnitude: str = ""
    time_s: float | None = None

    @property
    def is_hint(self) -> bool:
        """Whether it was known only after the event: an inspection, a pattern, a precedent, a configuration."""
        return any(hint in self.parameter.lower() for hint in _HINTS)


@dataclass(frozen=True)
class FailureCase:
    """One case: only what a diagnosis may look at, and an identifier to echo.

    Attributes:
        identifier: Of the case in its file; nothing is concluded from it.
        cycle: As `gas_generator`; "" where it is not known.
        propellants: As `LOX/RP-1`; "" where they are not known.
        phase: As `mainstage`, `start`, `coast`; "" where it is not known.
        time_ref: What the times of the rows count from, as `liftoff`; "" where it is not known.
        rows: Evidence.
        narrative: What was said.
    """

    identifier: str
    cycle: str = ""
    propellants: str = ""
    phase: str = ""
    time_ref: str = ""
    rows: tuple[Row, ...] = ()
    narrative: str = ""

    def without_hints(self) -> FailureCase:
        """Return the case without the rows that were known only after the event."""
        return replace(self, rows=tuple(r for r in self.rows if not r.is_hint))


def read_cases(path: str | Path) -> tuple[FailureCase, ...]:
    """Read a file of cases (YAML or JSON): a list of mappings, or a mapping with the list under `cases`.

    What a diagnosis may not look at (name, vehicle, engine, year, notes, sources, root_cause ...) is dropped here.

    Raises:
        CasesError: If the file is not in its format; with file and line.
    """
    path = Path(path)
    document = load_yaml(path, CasesError)
    entries = document.get("cases") if isinstance(document, Mapping) else document
    if not isinstance(entries, list) or not entries:
        raise CasesError("there are no cases", where=str(path), why="a list is expected", remedy=_REMEDY)
    cases = tuple(_case(path, i, entry) for i, entry in enumerate(entries))
    seen: set[str] = set()
    for case in cases:
        if case.identifier in seen:
            raise CasesError(
                f"the id {case.identifier!r} is given twice", where=str(path), remedy="give each case its own"
            )
        seen.add(case.identifier)
    return cases


def _case(path: Path, index: int, entry: Any) -> FailureCase:
    where = f"{path}, case {index + 1}"
    if not isinstance(entry, Mapping):
        raise CasesError("a case is not a mapping", where=where, remedy=_REMEDY)
    if isinstance(entry, LineDict) and entry.lines:
        where = f"{path}:{min(entry.lines.values())}"
    rows = entry.get("evidence") or []
    if not isinstance(rows, list):
        raise CasesError("`evidence` is not a list", where=where, remedy=_REMEDY)
    case = FailureCase(
        _words(entry, "id", where) or str(index + 1),
        _words(entry, "cycle", where).lower(),
        _words(entry, "propellants", where),
        _words(entry, "phase", where).lower(),
        _words(entry, "time_ref", where).lower(),
        tuple(_rows(rows, where)),
        _words(entry, "narrative_evidence", where),
    )
    if not case.rows and not case.narrative.strip():
        raise CasesError(
            f"case {case.identifier!r} tells nothing",
            where=where,
            why="neither `evidence` nor `narrative_evidence` is given",
            remedy="give at least one of them",
        )
    return case


def _rows(rows: list[Any], where: str) -> Iterator[Row]:
    for entry in rows:
        if not isinstance(entry, Mapping):
            raise CasesError("a row of `evidence` is not a mapping", where=where, remedy=_REMEDY)
        own = where
        if isinstance(entry, LineDict) and entry.lines:
            own = f"{where.rsplit(':', 1)[0]}:{min(entry.lines.values())}"
        row = Row(
            _words(entry, "parameter", own),
            _words(entry, "location", own),
            _words(entry, "behaviour", own),
            _words(entry, "magnitude", own),
            _seconds(entry.get("time_s"), own),
        )
        if not (row.parameter or row.behaviour):
            raise CasesError(
                "a row says neither what was looked at nor what it did",
                where=own,
                remedy="give `parameter` and `behaviour`",
            )
        yield row


def _words(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if isinstance(value, (list, Mapping)):
        raise CasesError(f"`{key}` is not a text", where=where, remedy=_REMEDY)
    return "" if value is None else str(value).strip()


def _seconds(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise CasesError(
            f"`time_s` is {value!r}", where=where, why="it is no number", remedy="give seconds, or null"
        )
    return float(value)
