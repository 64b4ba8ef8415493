"""The first look at a text file: encoding, decimal sign, delimiter; only its head and its tail are read."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hotfire.physics.errors import LogError

__all__ = ["MISSING", "Sample", "cells", "is_missing", "is_number", "no_rows", "sample_file", "split_line"]

HEAD_BYTES = 1 << 18
TAIL_BYTES = 1 << 14
DELIMITERS = (",", ";", "\t", "|")
_HEADER_LINES = 4  # names, units and groups

MISSING = frozenset(
    {
        "", "nan", "na", "n/a", "#n/a", "#na", "null", "none", "nil", "-", "--", "---", "?", "*", "<no data>",
        "no data", "<na>", "-nan", "nan.0", "#value!", "#div/0!", "#ref!", "#num!", "1.#qnan", "-1.#ind",
        "1.#ind", "1.#inf", "-1.#inf", "missing", "inval", "invalid", "bad", "#name?", "-nan(ind)",
        "undefined",
    }
)  # fmt: skip
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?$")
_COMMA_NUMBER = re.compile(r"^[+-]?\d*,\d+([eE][+-]?\d+)?$")
_INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "-infinity"})


@dataclass(frozen=True)
class Sample:
    """Head and tail of a text file.

    Attributes:
        path: The file.
        size: Bytes.
        encoding: Python's name of the encoding.
        head: Complete lines from the start, without line ends.
        tail: Last lines; empty when the head is the whole file.
        whole: True when the head is the whole file.
        ends_cleanly: True when the file ends with a line end.
        delimiter: One character; " " for runs of blanks; "" for a single column.
        decimal_comma: True when numbers are written 1,5.
        old_line_ends: True when lines end with a lone carriage return.
    """

    path: Path
    size: int
    encoding: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    whole: bool
    ends_cleanly: bool
    delimiter: str
    decimal_comma: bool
    old_line_ends: bool


def is_number(cell: str, decimal_comma: bool = False) -> bool:
    """Say whether a cell is a number, in either decimal sign when `decimal_comma`."""
    cell = cell.strip()
    if _NUMBER.match(cell) or cell.lower() in _INFINITE:
        return True
    return decimal_comma and _COMMA_NUMBER.match(cell) is not None


def is_missing(cell: str) -> bool:
    """Say whether a cell is one of the spellings of "no value"."""
    return cell.strip().lower() in MISSING


def split_line(line: str, delimiter: str) -> list[str]:
    """Split one line into cells, quotes understood; " " means runs of blanks, "" one cell."""
    if delimiter == "":
        return [line]
    if delimiter == " ":
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return line.split(delimiter)


def cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Split several lines."""
    return [split_line(line, delimiter) for line in lines]


def sample_file(path: Path) -> Sample:
    """Read head and tail of a text file and find its encoding, delimiter and decimal sign.

    Args:
        path: The file.

    Returns:
        The sample.

    Raises:
        LogError: If the file is empty or is no text.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
        while size > len(head) and head.count(b"\n") + head.count(b"\r") < 4 and len(head) < 64 * HEAD_BYTES:
            more = handle.read(4 * HEAD_BYTES)
            head += more
        tail = b""
        if size > len(head):
            handle.seek(max(len(head), size - TAIL_BYTES))
            tail = handle.read()
    encoding = _encoding(head, path)
    whole = size <= len(head)
    lines, old = _lines(head, encoding)
    if not whole:
        lines = lines[:-1]
    if not any(line.strip() for line in lines):
        raise LogError(
            "the file holds no lines of text", where=str(path), remedy="check that the logger wrote it"
        )
    tail_lines = [] if whole else _lines(tail, encoding)[0][1:]
    clean = (tail or head).rstrip(b"\x00 \t")[-1:] in (b"\n", b"\r")
    _refuse_other(lines, path)
    body = [line for line in lines[-200:] if line.strip()] or lines
    delimiter, comma = _delimiter(body, path)
    return Sample(
        path, size, encoding, tuple(lines), tuple(tail_lines), whole, clean, delimiter, comma, old
    )  # fmt: skip


def _encoding(head: bytes, path: Path) -> str:
    """Return the encoding of a head; refuse what is no text."""
    if not head.strip():
        raise LogError(
            "the file is empty",
            where=str(path),
            why=f"{len(head)} bytes, none of them text",
            remedy="check that the logger wrote to it, or copy it again",
        )
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return name
    zeros = head[:4096].count(0) / len(head[:4096])
    if zeros > 0.25 and head[1:4096:2].count(0) > 0.8 * len(head[1:4096:2]):
        return "utf-16-le"
    if zeros > 0.25 and head[0:4096:2].count(0) > 0.8 * len(head[0:4096:2]):
        return "utf-16-be"
    control = sum(head[:8192].count(bytes([b])) for b in range(32) if b not in (9, 10, 13, 12, 27, 0x1A))
    if control > 0.005 * len(head[:8192]) + 1:
        raise LogError(
            "the file is binary, not text",
            where=str(path),
            why=f"{control} control characters in the first {len(head[:8192])} bytes",
            remedy="export the log as CSV, or give the file its right extension (.xlsx, .mat ...)",
        )
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "cp1252"
    return "utf-8"


def _lines(data: bytes, encoding: str) -> tuple[list[str], bool]:
    """Decode and split into lines; say whether lone carriage returns end them."""
    text = data.decode(encoding, errors="replace").replace("\x00", "")
    old = "\n" not in text and "\r" in text
    lines = re.split(r"\r\n|\n|\r" if old else r"\r?\n", text)
    if lines and lines[-1] == "":
        lines.pop()
    return lines, old


def _refuse_other(lines: Sequence[str], path: Path) -> None:
    """Refuse text that is no table by its first line."""
    first = next(line for line in lines if line.strip()).strip()
    if first[0] in "{[" and (":" in first or first in ("{", "[")):
        kind = "JSON lines" if first.endswith("}") else "JSON"
        raise LogError(
            f"the file is {kind}, not a table",
            where=f"{path}, line 1",
            why=f"it starts with {first[:50]!r}; records of several types cannot be laid out as "
            "columns by guessing",
            remedy="write one row per sample and one column per channel (CSV) and read that",
        )
    if first.startswith("LabVIEW Measurement"):
        raise LogError(
            "the file is a LabVIEW measurement (.lvm)",
            where=f"{path}, line 1",
            why="its blocks with own headers are not read yet",
            remedy="in LabVIEW export as text without headers, or save the lines below the last "
            "header as CSV",
        )


def _delimiter(lines: Sequence[str], path: Path) -> tuple[str, bool]:
    """Return delimiter and decimal sign that split the lines most evenly into numbers."""
    best: tuple[float, str, bool] = (0.0, "", False)
    for delimiter in (*DELIMITERS, " "):
        for comma in (False,) if delimiter == "," else (False, True):
            score = _score(lines, delimiter, comma)
            if score > best[0] + 1e-9:
                best = (score, delimiter, comma)
    _, delimiter, comma = best
    if delimiter:
        return delimiter, comma
    numbers = [line for line in lines if is_number(line, decimal_comma=True) or is_missing(line)]
    if not numbers and (names := _names_alone(lines)):
        raise no_rows(path, names)
    if len(numbers) < 0.5 * len(lines):
        raise LogError(
            "no table of numbers found",
            where=str(path),
            why="no delimiter (comma, semicolon, tab, |, blanks) splits the lines into equal columns "
            "of numbers",
            remedy="export the log as CSV with one row per sample and one column per channel",
        )
    return "", any(_COMMA_NUMBER.match(line.strip()) for line in numbers)


def _names_alone(lines: Sequence[str]) -> list[list[str]]:
    """Return the rows of a file that is a header and nothing else: a few lines of as many words each."""
    for delimiter in DELIMITERS if len(lines) <= _HEADER_LINES else ():
        rows = cells(lines, delimiter)
        if len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows):
            return rows
    return []


def no_rows(path: Path, last: list[list[str]]) -> LogError:
    """Return the error for a file that ends before its first row of data.

    Args:
        path: The file.
        last: Its last rows.
    """
    shown = "; ".join(
        ", ".join(c.strip() for c in row[:6]) + (" ..." if len(row) > 6 else "") for row in last
    )
    return LogError(
        "the log holds no data rows",
        where=str(path),
        why=f"it ends with names or units ({shown}), and no row of numbers follows",
        remedy="check that the logger was triggered and the export was complete; read another file of the same test",
    )


def _score(lines: Sequence[str], delimiter: str, comma: bool) -> float:
    """Return how well a delimiter fits: share of even rows times share of readable cells."""
    rows = cells(lines, delimiter)
    counts = Counter(len(row) for row in rows)
    width, hits = counts.most_common(1)[0]
    near = sum(n for w, n in counts.items() if abs(w - width) <= 1)
    if width < 2:
        return 0.0
    full = [row for row in rows if abs(len(row) - width) <= 1]
    total = sum(len(row) for row in full)
    readable = sum(is_number(cell, comma) for row in full for cell in row)
    empty = sum(is_missing(cell) for row in full for cell in row)
    if readable == 0 and empty < total * 0.3:
        return 0.0
    # Blanks also separate words and dates from times: they must earn it against a real delimiter.
    weight = 0.8 if delimiter == " " else 1.0
    evenness = (hits + 0.5 * (near - hits)) / len(rows)
    return weight * evenness * (readable + 0.6 * empty + 0.25 * (total - readable - empty)) / total
