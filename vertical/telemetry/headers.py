"""Names and units in header rows: `P_Tank(bar)`, `t [ms]`, several rows, a row of units."""

from __future__ import annotations

import re

from hotfire.physics.units import is_unit

__all__ = ["bare_unit", "join_rows", "split_unit", "units_share"]

_BRACKETED = re.compile(r"^(?P<name>.*?)\s*(?P<open>[(\[{])\s*(?P<unit>[^\[\]{}]*?)\s*[)\]}]\s*$")
_COMMA = re.compile(r"^(?P<name>.+?)\s*(?:,|/|\bin\b|;)\s+(?P<unit>\S{1,12})$")
# Only units that no part of a channel's name is likely to be: `P_C` is a chamber pressure, not coulombs.
_SUFFIXES = frozenset(
    {
        "psi", "psig", "psia", "psid", "bar", "barg", "bara", "mbar", "kpa", "mpa", "kpag", "kpaa",
        "pa", "pascal", "atm", "torr", "degc", "degf", "degk", "celsius", "kelvin", "fahrenheit",
        "lbf", "lbm", "kgf", "kg", "kn", "newton", "newtons", "rpm", "gpm", "scfm", "slpm", "lpm",
        "hz", "khz", "ms", "us", "sec", "secs", "seconds", "millis", "micros", "volts", "mv", "ma",
        "mm", "percent", "pct",
    }
)  # fmt: skip


def bare_unit(cell: str) -> str:
    """Return the unit of a cell of a units row, without its brackets; "" for blanks and dashes."""
    cell = cell.strip()
    if len(cell) > 2 and cell[0] in "([{" and cell[-1] in ")]}":
        cell = cell[1:-1].strip()
    return "" if cell in ("", "-", "--", "n/a", "N/A", "none", "None") else cell


def split_unit(name: str) -> tuple[str, str, bool]:
    """Split a header cell into name and unit.

    Args:
        name: The cell as written.

    Returns:
        Name without unit, unit ("" when none), and True when brackets hold something that is no known unit.
    """
    match = _balanced(name)
    if match is not None:
        text, unit = match
        if is_unit(unit):
            return text, unit, False
        word = unit.split()[0].strip(",;") if unit.split() else ""
        if len(word) > 1 and is_unit(word):
            return text, word, False
        return name.strip(), "", bool(unit) and bool(text) and len(unit) <= 8
    found = _COMMA.match(name)
    if found is not None and is_unit(found["unit"]):
        return found["name"].strip(), found["unit"], False
    tail = re.split(r"[\s_\-.]+", name.strip())
    if len(tail) > 1 and tail[-1].lower() in _SUFFIXES:
        return name.strip()[: -len(tail[-1])].rstrip(" _-."), tail[-1], False
    return name.strip(), "", False


def _balanced(name: str) -> tuple[str, str] | None:
    """Return name and content of the last bracket pair, `P (bar(g))` included."""
    match = _BRACKETED.match(name)
    if match is None:
        return None
    unit = match["unit"]
    if unit.count("(") > unit.count(")"):
        unit += ")"
    return match["name"].strip(), unit


def units_share(row: list[str]) -> float:
    """Return the share of a row's non-empty cells that are units."""
    filled = [bare_unit(cell) for cell in row if bare_unit(cell)]
    if not filled:
        return 0.0
    return sum(is_unit(cell) for cell in filled) / len(filled)


def join_rows(rows: list[list[str]], width: int) -> list[str]:
    """Join several header rows into one name a column; a group name stands for the blanks after it.

    Args:
        rows: Header rows from the top.
        width: Number of columns.

    Returns:
        One name a column; the last row alone where it is complete and without repetition in itself.
    """
    padded = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    if len(padded) == 1:
        return padded[0][:width]
    for row in padded[:-1]:
        sparse = sum(bool(c) for c in row) < 0.7 * width
        for i in range(1, width):
            if sparse and not row[i] and row[i - 1]:
                row[i] = row[i - 1]
    joined = []
    for i in range(width):
        words: list[str] = []
        for row in padded:
            if row[i] and row[i] not in words:
                words.append(row[i])
        joined.append(" ".join(words))
    return joined
