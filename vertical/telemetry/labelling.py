"""Names and units laid over columns of data: shifted, short and repeated headers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hotfire.log import FloatArray, Note
from hotfire.telemetry.headers import split_unit
from hotfire.telemetry.table import Cells, Column, Table, unique_names
from hotfire.telemetry.units_row import align_units

__all__ = ["build_table"]


def build_table(
    data: list[Cells],
    names: tuple[str, ...] | None,
    units: tuple[str, ...] | None,
    *,
    dialect: str,
    notes: tuple[Note, ...] = (),
    facts: Mapping[str, str] | None = None,
) -> Table:
    """Put names and units to columns of data, and say where they do not fit.

    Args:
        data: Columns of cells.
        names: Header cells, as many as the file has; None when it has no header.
        units: Cells of the units row, as many as the file has; None when there is none.
        dialect: How the file is written, for people.
        notes: What was found before.
        facts: Figures about the file.

    Returns:
        The table.
    """
    found = list(notes)
    while len(data) > 1 and (names is None or len(names) < len(data) or not names[len(data) - 1].strip()):
        if not _is_empty(data[-1]):
            break
        data = data[:-1]
    fitted, header_notes = _fit_names(names, data)
    found += header_notes
    written = fitted  # units are read from these: the number of a repeated name would stand behind its unit
    fitted, repeated = unique_names(fitted)
    if repeated:
        found.append(
            Note(
                "repeated_names",
                "warning",
                f"names stand more than once ({', '.join(sorted(set(repeated))[:5])}): numbered "
                "`(2)`, `(3)` ...",
                evidence={"count": float(len(repeated))},
            )
        )
    row_units, source = ("",) * len(data), ""
    split = [split_unit(name.strip() or own) for name, own in zip(written, fitted, strict=True)]
    if units is not None:
        row_units, source, more = align_units([s[0] for s in split], units)
        found += more
    data, repeats = _without_repeated_header(data, fitted)
    if repeats:
        found.append(
            Note(
                "header_repeated",
                "info",
                f"the header stands {repeats} time{'s' if repeats > 1 else ''} more among the data "
                "(the logger restarted)",
                evidence={"count": float(repeats)},
            )
        )
    columns = []
    for cells, name, (_, unit, odd), row_unit in zip(data, fitted, split, row_units, strict=True):
        numbers, text, lost, examples = _events_or_lost(cells, unit or row_unit)
        if odd and name.count("(") + name.count("["):
            found.append(Note("unit_unknown", "info", "the brackets hold no known unit", channel=name))
        columns.append(
            Column(
                name,
                numbers,
                text,
                unit or row_unit,
                "header" if unit else source if row_unit else "",
                lost,
                examples,
            )
        )
    return Table(tuple(columns), dialect, tuple(found), facts or {})


def _without_repeated_header(data: list[Cells], names: list[str]) -> tuple[list[Cells], int]:
    """Forget unreadable cells that are the column's own name."""
    repeats = [
        lost for (_, _, lost, examples), name in zip(data, names, strict=True) if lost and examples == (name,)
    ]
    if not repeats:
        return data, 0
    fresh = [
        (numbers, text, 0 if examples == (name,) else lost, examples)
        for (numbers, text, lost, examples), name in zip(data, names, strict=True)
    ]
    return fresh, max(repeats)


def _events_or_lost(cells: Cells, unit: str) -> Cells:
    """Settle a column that holds words alone: marks of events, or the readings of a channel with a unit lost."""
    numbers, text, lost, examples = cells
    if numbers is None or text is None:
        return cells
    return (numbers, None, lost, examples) if unit or not lost else (None, text, 0, ())


def _is_empty(column: Cells) -> bool:
    numbers, text, lost, _ = column
    if numbers is not None:
        return lost == 0 and not np.isfinite(numbers).any()
    return bool(text.null_count() == len(text))


def _fit_names(names: tuple[str, ...] | None, data: list[Cells]) -> tuple[list[str], list[Note]]:
    """Lay the header over the columns of data."""
    width = len(data)
    if names is None:
        return [f"column {i + 1}" for i in range(width)], []
    cells = list(names)
    evidence: dict[str, float | str] = {"header_fields": float(len(cells)), "data_columns": float(width)}
    if len(cells) > width and not cells[0].strip() and len(cells) - width == 1:
        note = Note(
            "header_shifted",
            "warning",
            "the header has one field more than the data; its first field is empty and is left out",
            evidence=evidence,
        )
        return cells[1:], [note]
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) == width:
        return cells, []
    if len(cells) == width - 1 and _is_index(data[0][0]):
        note = Note(
            "header_shifted",
            "info",
            "the header has one field less than the data: the first column is a row number without a name",
            evidence=evidence,
        )
        return ["row number", *cells], [note]
    note = Note(
        "header_mismatch",
        "warning",
        f"the header has {len(cells)} fields, the data have {width} columns: names are laid from the left",
        evidence=evidence,
        remedy="check the header; give roles only to channels whose values you recognise",
    )
    return (cells + [f"column {i + 1}" for i in range(len(cells), width)])[:width], [note]


def _is_index(values: FloatArray | None) -> bool:
    return values is not None and len(values) > 1 and bool(np.all(np.diff(values) == 1))
