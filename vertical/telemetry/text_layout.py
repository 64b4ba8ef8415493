"""Where the data of a text file stand: header above, below or missing, units row, comments, footer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from hotfire.log import Note
from hotfire.physics.errors import LogError
from hotfire.telemetry.headers import bare_unit, join_rows, units_share
from hotfire.telemetry.stamps import looks_like_stamp
from hotfire.telemetry.text_sample import Sample, cells, is_missing, is_number, no_rows, split_line

__all__ = ["Layout", "find_layout"]

_COMMENT = re.compile(r"^\s*(#|%|//|;|\*{2,}|!|\"#)")
_RATE = re.compile(
    r"(?:sampl\w*[\s_-]*(?:rate|freq\w*)|scan[\s_-]*rate|\bfs\b)\W{0,12}?([\d.]+(?:e[+-]?\d+)?)\s*(k?)(?:hz|s/s|sps)?",
    re.IGNORECASE,
)


#: Lines from the start in which the data must begin, and the sample of cells that settles the columns' kinds.
FIRST_LINES = 400
LATE_LINES = 100
_MANY_ROWS = 20  # of one width with numbers: no lines about the file


@dataclass(frozen=True)
class Layout:
    """How the lines of a text file are to be read.

    Attributes:
        skip: Lines before the data.
        footer: Last lines that are no data.
        names: One name a column, or None when the file has none.
        units: One unit a column (may be shorter or longer than the data), or None.
        width: Number of columns of the data.
        numeric: For each column, True when it is read as numbers.
        loose: For each column, True when numbers are mixed with words.
        missing: Spellings of "no value" found in the sample.
        words: How the file is written, for people.
        notes: What was found.
        facts: Figures for programs.
    """

    skip: int
    footer: int
    names: tuple[str, ...] | None
    units: tuple[str, ...] | None
    width: int
    numeric: tuple[bool, ...]
    loose: tuple[bool, ...]
    missing: tuple[str, ...]
    words: tuple[str, ...]
    notes: tuple[Note, ...]
    facts: dict[str, str]


def find_layout(sample: Sample) -> Layout:
    """Find header, units, data and footer of a sampled text file."""
    rows = cells(sample.head[:FIRST_LINES], sample.delimiter)
    late = cells(_spread(sample.head[FIRST_LINES:] + sample.tail), sample.delimiter)
    body = [r for r in rows + late if any(c.strip() for c in r) and not _COMMENT.match(r[0])]
    if not body:
        raise LogError(
            "the file holds no data", where=str(sample.path), why="every line is blank or a comment"
        )
    if sample.whole and not _has_rows(body, sample.decimal_comma):
        raise no_rows(sample.path, body[-2:])
    width = Counter(len(r) for r in body[len(body) // 2 :]).most_common(1)[0][0]
    counts = _count(body[:: max(1, len(body) // LATE_LINES)], width, sample.decimal_comma)
    start = _first_data_line(rows, sample, width, counts)
    end_lines = list(sample.head[start:]) if sample.whole else list(sample.tail)
    footer, cut = _footer(end_lines, sample, width, counts)
    notes: list[Note] = []
    if cut:
        notes.append(_truncated(end_lines[-1]))
    above = _header_rows(sample.head[:start], sample.delimiter, width)
    below = _header_rows(end_lines[len(end_lines) - footer :], sample.delimiter, width) if footer else []
    chosen, place = (above, "above") if above or not below else (below, "below")
    names, units, words = _names_and_units(chosen, width, place, start)
    if place == "below":
        notes.append(
            Note("header_below", "info", f"the names stand below the data, in the last {footer} lines")
        )
    elif footer - cut > 0:
        text = end_lines[len(end_lines) - footer]
        notes.append(
            Note(
                "footer",
                "info",
                f"{footer - cut} lines after the data are not read: {text[:60]!r}",
                evidence={},
            )
        )
    if names is None:
        notes.append(_no_header(width))
    # The kinds of the columns are settled by the data alone, without header and footer.
    outside = {tuple(split_line(line, sample.delimiter)) for line in end_lines[len(end_lines) - footer :]}
    body = [
        r
        for r in rows[start : start + LATE_LINES] + late
        if any(c.strip() for c in r) and (not footer or tuple(r) not in outside)
    ]
    counts = _count(body, width, sample.decimal_comma)
    kinds = [_is_numeric(column) for column in counts]
    loose = [numeric and column["text"] > 0 for numeric, column in zip(kinds, counts, strict=True)]
    found = {c for r in body for c in r if c.strip() and is_missing(c)}
    facts = _facts(sample.head[:start])
    return Layout(
        start,
        footer,
        names,
        units,
        width,
        tuple(kinds),
        tuple(loose),
        tuple(sorted(found)),
        words,
        tuple(notes),
        facts,
    )


def _has_rows(rows: list[list[str]], comma: bool) -> bool:
    """Say whether some rows are readings, not names, units and figures about the file (`Date,2024-05-01`)."""
    widths: Counter[int] = Counter()
    for row in rows:
        sorts = [_sort(cell, comma) for cell in row if cell.strip()]
        told = len(sorts) - sorts.count("text")
        if told > 0.5 * len(row) or (sorts and told and sorts[0] != "text"):
            return True
        widths[len(row)] += told > 0
    return max(widths.values(), default=0) >= _MANY_ROWS


def _spread(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return about LATE_LINES lines, spread evenly."""
    return lines[:: max(1, len(lines) // LATE_LINES)]


def _count(rows: list[list[str]], width: int, comma: bool) -> list[Counter[str]]:
    """Count what the cells of each column are."""
    result: list[Counter[str]] = [Counter() for _ in range(width)]
    for row in rows:
        for counter, cell in zip(result, row, strict=False):
            sort = _sort(cell, comma)
            counter[sort] += 1
            if sort == "text" and len(counter) < 64:
                counter[f"word {cell.strip()}"] += 1
    return result


def _sort(cell: str, comma: bool) -> str:
    if is_number(cell, comma):
        return "number"
    if is_missing(cell):
        return "missing"
    return "stamp" if looks_like_stamp(cell) else "text"


def _is_numeric(column: Counter[str]) -> bool:
    """Say whether a column is read as numbers: most filled cells are, or it has none, or few words recur."""
    filled = column["number"] + column["stamp"] + column["text"]
    if filled == 0 or column["number"] > 0.5 * filled:
        return True
    words = sum(key.startswith("word ") for key in column)
    return column["number"] > 0.1 * filled and words <= 2 and column["text"] > 10 * words


def _is_data(row: list[str], width: int, counts: list[Counter[str]], comma: bool) -> bool:
    """Say whether a row is data: right width, and no word where its column holds numbers."""
    if abs(len(row) - width) > 1 and len(row) < 0.6 * width:
        return False
    sorts = [_sort(cell, comma) for cell in row[:width]]
    if not ("number" in sorts or "stamp" in sorts):
        return sorts.count("missing") == len(sorts) and len(sorts) == width and width > 1
    for sort, column in zip(sorts, counts, strict=False):
        filled = column["number"] + column["text"] + column["stamp"]
        if sort == "text" and filled > 3 and column["number"] + column["stamp"] > 0.9 * filled:
            return False
    return sorts.count("text") <= 0.5 * width


def _first_data_line(rows: list[list[str]], sample: Sample, width: int, counts: list[Counter[str]]) -> int:
    """Return the index of the first line of data."""
    comma = sample.decimal_comma
    for i, (row, line) in enumerate(zip(rows, sample.head, strict=False)):
        if not line.strip() or _COMMENT.match(line) or not _is_data(row, width, counts, comma):
            continue
        if not any(_sort(c, comma) in ("number", "stamp") for c in row):
            continue
        following = [r for r in rows[i + 1 : i + 6] if any(c.strip() for c in r)]
        if sum(_is_data(r, width, counts, comma) for r in following) >= 0.6 * len(following):
            return i
    return 0


def _footer(lines: list[str], sample: Sample, width: int, counts: list[Counter[str]]) -> tuple[int, int]:
    """Return how many of the last lines are no data, and 1 when the last one is cut off."""
    count = cut = 0
    if lines and not sample.ends_cleanly and sample.delimiter:
        last = split_line(lines[-1], sample.delimiter)
        if len(last) < width and len(lines) > 1 and len(split_line(lines[-2], sample.delimiter)) == width:
            count = cut = 1
    for line in reversed(lines[: len(lines) - count]):
        row = split_line(line, sample.delimiter)
        if count > 40 or (line.strip() and _is_data(row, width, counts, sample.decimal_comma)):
            break
        count += 1
    return (count, cut) if count < len(lines) else (0, 0)


def _header_rows(
    lines: tuple[str, ...] | list[str], delimiter: str, width: int
) -> list[tuple[int, list[str]]]:
    """Return the lines that may be header rows (right width), with their index; comments only if need be."""
    plain: list[tuple[int, list[str]]] = []
    commented: list[tuple[int, list[str]]] = []
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        match = _COMMENT.match(line)
        row = split_line(line[match.end() :] if match else line, delimiter)
        if abs(len(row) - width) <= 1 or len(row) > width:
            (commented if match else plain).append((i, row))
    rows = plain or commented[-2:]
    rows = [(i, r) for i, r in rows if sum(bool(c.strip()) for c in r) >= min(2, width) and not _is_remark(r)]
    full = [(i, r) for i, r in rows if len(r) >= width]
    return full or rows


def _is_remark(row: list[str]) -> bool:
    """Say whether a row is metadata (`Date,2024-05-01`), not names: few cells, one a number or a date."""
    filled = [c.strip() for c in row if c.strip()]
    return len(filled) <= 3 and any(is_number(c, True) or looks_like_stamp(c) for c in filled[1:])


def _names_and_units(
    rows: list[tuple[int, list[str]]], width: int, place: str, start: int
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...]]:
    """Tell the row of units from the rows of names."""
    if not rows:
        return None, None, ("no header",)
    shares = [units_share(row) for _, row in rows]
    units: tuple[str, ...] | None = None
    best = max(range(len(rows)), key=lambda i: shares[i])
    lines = [i + 1 for i, _ in rows]
    words = []
    if len(rows) > 1 and shares[best] >= 0.6:
        units = tuple(bare_unit(cell) for cell in rows[best][1])
        words.append(f"units in line {lines[best]}" if place == "above" else "units below the data")
        rows = [row for i, row in enumerate(rows) if i != best]
        lines = [n for i, n in enumerate(lines) if i != best]
    longest = max(len(row) for _, row in rows)
    names = tuple(join_rows([row for _, row in rows], longest))
    where = " and ".join(str(n) for n in lines) if place == "above" else "below the data"
    words.insert(0, f"header in line {where}" if place == "above" else f"header {where}")
    return names, units, tuple(words)


def _facts(lines: tuple[str, ...]) -> dict[str, str]:
    """Return figures that the lines before the data state (the sampling rate in Hz)."""
    for line in lines:
        match = _RATE.search(line)
        if match is not None:
            return {"rate": str(float(match[1]) * (1e3 if match[2] else 1.0)), "rate_line": line.strip()[:80]}
    return {}


def _truncated(line: str) -> Note:
    return Note(
        "truncated",
        "warning",
        f"the last line is cut off and not read: {line[:60]!r}",
        evidence={"line": line[:60]},
        remedy="nothing to do, unless the file was copied incompletely",
    )


def _no_header(width: int) -> Note:
    return Note(
        "no_header",
        "warning",
        f"the file names no channels: they are called `column 1` to `column {width}`",
        evidence={"columns": float(width)},
        remedy="give roles in the channel map: `channels: {column 2: {role: chamber_pressure, unit: psig}}`",
    )
