"""Spreadsheets (.xlsx, .xlsm, .xlsb, .xls, .ods) into a table, by fastexcel (calamine)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.log import Note
from hotfire.physics.errors import LogError
from hotfire.telemetry.labelling import build_table
from hotfire.telemetry.memory import available_memory
from hotfire.telemetry.table import Cells, Table
from hotfire.telemetry.text_bulk import numbers_of_text
from hotfire.telemetry.text_layout import find_layout
from hotfire.telemetry.text_sample import Sample

__all__ = ["read_spreadsheet", "refuse_zip_bomb"]

_SEPARATOR = "\x1f"
#: A spreadsheet may unpack to this many bytes, and by this factor once it is large.
MAX_UNPACKED = 4 * 2**30
MAX_RATIO = 250.0
_SMALL = 64 * 2**20
_HEAD_ROWS = 400


def refuse_zip_bomb(path: Path) -> None:
    """Refuse an archive that unpacks to far more than its size, before anything unpacks it.

    Args:
        path: A file that starts like a ZIP archive.

    Raises:
        LogError: If it is broken, or too large unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            nested = [
                e.filename for e in archive.infolist() if e.filename.startswith("/") or ".." in e.filename
            ]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise LogError(
            "the spreadsheet is broken",
            where=str(path),
            why=f"it is no whole ZIP archive: {error}",
            remedy="copy or save the file again",
        ) from None
    ratio = unpacked / max(1, path.stat().st_size)
    if (
        unpacked > min(MAX_UNPACKED, 0.5 * available_memory())
        or (unpacked > _SMALL and ratio > MAX_RATIO)
        or nested
    ):
        raise LogError(
            "the spreadsheet is refused: it unpacks to far more than a log does",
            where=str(path),
            why=f"{unpacked / 2**20:.0f} MiB unpacked, {ratio:.0f} times the file"
            + (f", and entries outside the archive ({nested[0]})" if nested else ""),
            remedy="save the sheet as CSV and read that",
        )


def read_spreadsheet(path: Path, sheet: str | None = None) -> Table:
    """Read one sheet of a spreadsheet.

    Args:
        path: The file.
        sheet: Name of the sheet; None takes the only one, or the first that holds a table of numbers.

    Returns:
        Its columns.

    Raises:
        LogError: If there is no such sheet or no table of numbers in it.
    """
    with path.open("rb") as handle:
        magic = handle.read(4)
    if magic[:2] == b"PK":
        refuse_zip_bomb(path)
    import logging

    import fastexcel

    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it complains of empty columns, which we report
    try:
        book = fastexcel.read_excel(path)
        names = list(book.sheet_names)
    except Exception as error:  # calamine raises its own family of errors; all mean the same here
        raise LogError(
            "the spreadsheet cannot be opened",
            where=str(path),
            why=str(error).splitlines()[0],
            remedy="save the sheet as CSV and read that",
        ) from None
    if sheet is not None and sheet not in names:
        raise LogError(f"there is no sheet {sheet!r}", where=str(path), why=f"sheets: {', '.join(names)}")
    tried: list[str] = []
    for name in [sheet] if sheet is not None else names:
        try:
            table = _read_sheet(path, book, name)
        except LogError as error:
            tried.append(f"{name}: {error.what}")
            continue
        return _with_choice(table, names, name, sheet)
    raise LogError("no sheet holds a table of numbers", where=str(path), why="; ".join(tried)[:300])


def _with_choice(table: Table, names: list[str], name: str, sheet: str | None) -> Table:
    if sheet is not None or len(names) == 1:
        return table
    note = Note(
        "sheet_chosen",
        "info",
        f"sheet {name!r} is read, the first of {len(names)} that holds a table",
        evidence={"sheets": ", ".join(names)[:200]},
        remedy="choose another with sheet=...",
    )
    return Table(table.columns, table.dialect, (*table.notes, note), table.facts)


def _read_sheet(path: Path, book: Any, name: str) -> Table:
    head = book.load_sheet(name, header_row=None, n_rows=_HEAD_ROWS, dtypes="string").to_polars()
    if head.height == 0 or head.width == 0:
        raise LogError("the sheet is empty", where=f"{path}, sheet {name}")
    lines = tuple(
        _SEPARATOR.join("" if cell is None else str(cell).replace("\n", " ") for cell in row)
        for row in head.iter_rows()
    )
    comma = False
    sample = Sample(path, path.stat().st_size, "utf-8", lines, (), True, True, _SEPARATOR, comma, False)
    layout = find_layout(sample)
    footer = layout.footer if head.height < _HEAD_ROWS else 0
    count = head.height - layout.skip - footer if footer else None
    body = book.load_sheet(
        name, header_row=None, skip_rows=layout.skip, n_rows=count, schema_sample_rows=None
    ).to_polars()
    data = [cells_of(body.to_series(i)) for i in range(body.width)]
    if not any(values is not None and np.isfinite(values).any() for values, *_ in data):
        raise LogError("no column with numbers", where=f"{path}, sheet {name}")
    dialect = ", ".join([f"spreadsheet ({path.suffix.lstrip('.').lower()}), sheet {name!r}", *layout.words])
    # calamine starts at the first used cell: leading empty columns are gone in both reads alike.
    return build_table(
        data, layout.names, layout.units, dialect=dialect, notes=layout.notes, facts=layout.facts
    )


def cells_of(series: Any) -> Cells:
    """Turn a typed column (polars Series) into numbers, seconds or text."""
    import polars as pl

    if (
        series.null_count() == len(series)
        or series.dtype.is_numeric()
        or series.dtype in (pl.Boolean, pl.Null)
    ):
        values = series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
        return np.asarray(values, dtype=np.float64), None, 0, ()
    if series.dtype == pl.Duration:
        seconds = series.dt.total_microseconds().cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return np.asarray(seconds, dtype=np.float64) * 1e-6, None, 0, ()
    if series.dtype in (pl.Datetime, pl.Date, pl.Time):
        form = "%H:%M:%S%.6f" if series.dtype == pl.Time else "%Y-%m-%d %H:%M:%S%.6f"
        return (
            None,
            series.cast(pl.Datetime).dt.strftime(form)
            if series.dtype == pl.Date
            else series.dt.strftime(form),
            0,
            (),
        )
    text = series.cast(pl.String)
    values, lost, examples = numbers_of_text(text, False)
    filled = len(text) - text.null_count()
    if filled and np.isfinite(values).sum() > 0.5 * filled:
        return values, None, lost, examples
    return None, text, 0, ()
