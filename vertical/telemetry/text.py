"""Delimited text (CSV, TSV, semicolons, blanks) into a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hotfire.log import FloatArray, Note
from hotfire.physics.errors import LogError
from hotfire.telemetry.headers import split_unit
from hotfire.telemetry.table import Column, Table, unique_names
from hotfire.telemetry.text_bulk import read_bulk
from hotfire.telemetry.text_layout import Layout, find_layout
from hotfire.telemetry.text_lists import split_lists
from hotfire.telemetry.text_sample import Sample, is_number, sample_file, split_line
from hotfire.telemetry.units_row import align_units

__all__ = ["build_table", "read_text"]

_DELIMITER_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks", "": "one column"}


def read_text(path: Path) -> Table:
    """Read a delimited text file.

    Args:
        path: The file.

    Returns:
        Its columns with names and units as written.

    Raises:
        LogError: If it is no table of numbers.
    """
    sample = sample_file(path)
    if _is_transposed(sample):
        return _transposed(sample)
    layout = find_layout(sample)
    data = read_bulk(sample, layout)
    words = [_DELIMITER_WORDS[sample.delimiter], *layout.words]
    if sample.decimal_comma:
        words.append("decimal comma")
    if sample.encoding != "utf-8":
        words.append(
            {"utf-8-sig": "byte-order mark", "cp1252": "Latin-1"}.get(
                sample.encoding, sample.encoding.upper()
            )
        )
    dialect = f"text, {', '.join(words)}"
    table = build_table(path, data, layout.names, layout.units, dialect, layout.notes, layout.facts)
    if not any(c.numbers is not None and np.isfinite(c.numbers).any() for c in table.columns):
        split = split_lists(table)
        if split is table:
            raise _no_data(path, layout, table)
    return split_lists(table)


def build_table(
    path: Path,
    data: list[tuple[FloatArray | None, Any, int, tuple[str, ...]]],
    names: tuple[str, ...] | None,
    units: tuple[str, ...] | None,
    dialect: str,
    notes: tuple[Note, ...],
    facts: dict[str, str],
) -> Table:
    """Put names and units to columns of data, and say where they do not fit."""
    found = list(notes)
    while len(data) > 1 and (names is None or len(names) < len(data) or not names[len(data) - 1].strip()):
        if not _is_empty(data[-1]):
            break
        data = data[:-1]
    fitted, header_notes = _fit_names(names, data)
    found += header_notes
    fitted, repeated = unique_names(fitted)
    if repeated:
        found.append(
            Note(
                "repeated_names",
                "warning",
                f"names stand more than once ({', '.join(sorted(set(repeated))[:5])}): numbered `(2)`, `(3)` ...",
                evidence={"count": float(len(repeated))},
            )
        )
    row_units, source = ("",) * len(data), ""
    split = [split_unit(name) for name in fitted]
    if units is not None:
        row_units, source, more = align_units([s[0] for s in split], units)
        found += more
    data, repeats = _without_repeated_header(data, fitted)
    if repeats:
        found.append(
            Note(
                "header_repeated",
                "info",
                f"the header stands {repeats} time{'s' if repeats > 1 else ''} more among the data (the logger restarted)",
                evidence={"count": float(repeats)},
            )
        )
    columns = []
    for (numbers, text, lost, examples), name, (_, unit, odd), row_unit in zip(
        data, fitted, split, row_units, strict=True
    ):
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
    return Table(tuple(columns), dialect, tuple(found), facts)


def _without_repeated_header(
    data: list[tuple[FloatArray | None, Any, int, tuple[str, ...]]], names: list[str]
) -> tuple[list[tuple[FloatArray | None, Any, int, tuple[str, ...]]], int]:
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


def _is_empty(column: tuple[FloatArray | None, Any, int, tuple[str, ...]]) -> bool:
    numbers, text, lost, _ = column
    if numbers is not None:
        return lost == 0 and not np.isfinite(numbers).any()
    return bool(text.null_count() == len(text))


def _fit_names(
    names: tuple[str, ...] | None, data: list[tuple[FloatArray | None, Any, int, tuple[str, ...]]]
) -> tuple[list[str], list[Note]]:
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


def _is_transposed(sample: Sample) -> bool:
    """Say whether channels are rows: few, very long lines of numbers."""
    lines = [line for line in sample.head if line.strip()]
    if not sample.whole or len(lines) > 64 or sample.delimiter in ("", " "):
        return False
    widths = [line.count(sample.delimiter) + 1 for line in lines]
    if min(widths) < 200 or min(widths) < 20 * len(lines):
        return False
    return all(is_number(c, sample.decimal_comma) for c in split_line(lines[-1], sample.delimiter)[1:50])


def _transposed(sample: Sample) -> Table:
    """Read a file whose rows are channels."""
    lines = [line for line in sample.head if line.strip()]
    rows = [split_line(line, sample.delimiter) for line in lines]
    named = all(not is_number(row[0], sample.decimal_comma) for row in rows)
    values = []
    for row in rows:
        cells = row[1:] if named else row
        cells = [c.replace(",", ".") for c in cells] if sample.decimal_comma else cells
        values.append(np.array([float(c) if is_number(c) else np.nan for c in cells]))
    longest = max(len(v) for v in values)
    data: list[tuple[FloatArray | None, Any, int, tuple[str, ...]]] = [
        (np.concatenate((v, np.full(longest - len(v), np.nan))), None, 0, ()) for v in values
    ]
    note = Note(
        "transposed",
        "info",
        f"each of the {len(rows)} lines is one channel of {longest} samples; the first line is read as the first column",
        evidence={"lines": float(len(rows)), "samples": float(longest)},
    )
    names = tuple(row[0] for row in rows) if named else None
    notes = (note,) if named else (note, _unnamed(len(rows)))
    dialect = f"text, {_DELIMITER_WORDS[sample.delimiter]}, one channel a line"
    return build_table(sample.path, data, names, None, dialect, notes, {})


def _unnamed(count: int) -> Note:
    return Note(
        "no_header",
        "warning",
        f"the file names no channels: they are called `column 1` to `column {count}`",
        remedy="give roles in the channel map: `channels: {column 2: {role: thrust, unit: N}}`",
    )


def _no_data(path: Path, layout: Layout, table: Table) -> LogError:
    texts = [c for c in table.columns if c.text is not None]
    shown = ", ".join(repr(m) for m in layout.missing[:3])
    return LogError(
        "the log holds no data",
        where=str(path),
        why=f"{table.rows} rows, {len(texts)} columns of text, no column with a number"
        + (f"; cells read {shown}" if shown else ""),
        remedy="check the link between the sensors and the logger; choose another file of the same test",
    )
