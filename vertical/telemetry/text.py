"""Delimited text (CSV, TSV, semicolons, blanks) into a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hotfire.log import Note
from hotfire.physics.errors import LogError
from hotfire.telemetry.labelling import build_table
from hotfire.telemetry.table import Cells, Table
from hotfire.telemetry.text_bulk import read_bulk
from hotfire.telemetry.text_layout import Layout, find_layout
from hotfire.telemetry.text_lists import split_lists
from hotfire.telemetry.text_sample import Sample, is_number, sample_file, split_line

__all__ = ["read_text"]

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
    table = build_table(
        data, layout.names, layout.units, dialect=dialect, notes=layout.notes, facts=layout.facts
    )
    if not any(c.numbers is not None and np.isfinite(c.numbers).any() for c in table.columns):
        split = split_lists(table)
        if split is table:
            raise _no_data(path, layout, table)
    return split_lists(table)


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
    data: list[Cells] = [
        (np.concatenate((v, np.full(longest - len(v), np.nan))), None, 0, ()) for v in values
    ]
    note = Note(
        "transposed",
        "info",
        f"each of the {len(rows)} lines is one channel of {longest} samples; the first line is read "
        "as the first column",
        evidence={"lines": float(len(rows)), "samples": float(longest)},
    )
    names = tuple(row[0] for row in rows) if named else None
    notes = (note,) if named else (note, _unnamed(len(rows)))
    dialect = f"text, {_DELIMITER_WORDS[sample.delimiter]}, one channel a line"
    return build_table(data, names, None, dialect=dialect, notes=notes)


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
