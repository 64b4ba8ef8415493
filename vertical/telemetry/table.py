"""What every reader hands over: columns as they stand in the file, before units, clocks and checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hotfire.log import FloatArray, Note

__all__ = ["Cells", "Column", "Table", "copies_of", "first_of", "unique_names"]

#: A column without a name: numbers or None, text (polars Series) or None, unreadable cells, examples. Numbers and text
#: both where all that is not empty is words.
Cells = tuple[FloatArray | None, Any, int, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file.

    Attributes:
        name: As written, without the unit.
        numbers: Values as recorded, NaN where missing; None for a text column.
        text: A polars Series of strings for a text column (time stamps, modes); None for numbers.
        unit: Unit as written in the file; "" when none.
        unit_source: `header`, `units row`, `units row (not trusted)`, `file` or "".
        unreadable: How many cells held text where numbers were expected.
        examples: A few of those texts.
    """

    name: str
    numbers: FloatArray | None
    text: Any = None
    unit: str = ""
    unit_source: str = ""
    unreadable: int = 0
    examples: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers) if self.numbers is not None else len(self.text)


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length that share a clock.

    Attributes:
        columns: In the file's order.
        dialect: How the file is written, for people.
        notes: What was found while reading.
        facts: Figures about the file (`header_line`, `encoding` ...), for programs.
    """

    columns: tuple[Column, ...]
    dialect: str
    notes: tuple[Note, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0]) if self.columns else 0


def first_of(name: str) -> str:
    """Return how the first of several columns of one name may be written: `x (1)`, beside `x (2)`."""
    return f"{name} (1)"


def copies_of(name: str, names: Collection[str]) -> tuple[str, ...]:
    """Return the other columns that were named as this one before they were numbered: `x (2)`, `x (3)` for `x`.

    Args:
        name: Of a column.
        names: Of all columns, made unique.
    """
    copies: list[str] = []
    while f"{name} ({len(copies) + 2})" in names:
        copies.append(f"{name} ({len(copies) + 2})")
    return tuple(copies)


def unique_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Make names unique and non-empty.

    Args:
        names: As written; blanks at the ends are removed.

    Returns:
        The names (`x`, `x (2)`, `column 3`), and those that stood more than once.
    """
    seen: dict[str, int] = {}
    result: list[str] = []
    repeated: list[str] = []
    taken = {n.strip() for n in names}
    for position, raw in enumerate(names, start=1):
        name = raw.strip() or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            repeated.append(name)
            count = seen[name]
            while f"{name} ({count})" in taken:
                count += 1
            name = f"{name} ({count})"
        taken.add(name)
        result.append(name)
    return result, repeated
