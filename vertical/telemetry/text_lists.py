"""Several numbers in one cell: `"1.080,1.080,590170"` becomes three columns."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from hotfire.log import Note
from hotfire.telemetry.table import Column, Table

__all__ = ["split_lists"]

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def split_lists(table: Table) -> Table:
    """Split text columns whose cells mostly hold a fixed count of numbers.

    Args:
        table: As read.

    Returns:
        The table with `NAME.1`, `NAME.2` ... in place of such a column; the same object when there is none.
    """
    columns: list[Column] = []
    notes: list[Note] = list(table.notes)
    for column in table.columns:
        parts, note = _split(column)
        columns += parts
        if note is not None:
            notes.append(note)
    if len(columns) == len(table.columns):
        return table
    return replace(table, columns=tuple(columns), notes=tuple(notes))


def _split(column: Column) -> tuple[list[Column], Note | None]:
    if column.text is None:
        return [column], None
    import polars as pl

    words = column.text.drop_nulls()
    probe = words.gather_every(max(1, len(words) // 200)).to_list()
    counts = [len(re.split(r"[,;|]", cell)) for cell in probe if _is_list(cell)]
    if len(counts) < 0.3 * len(probe) or not counts:
        return [column], None
    size = max(set(counts), key=counts.count)
    pattern = r"^\s*[\[(]?\s*" + r"\s*[,;|]\s*".join([f"({_NUMBER})"] * size) + r"\s*[\])]?\s*$"
    fields = column.text.str.extract_groups(pattern).struct.unnest()
    result = []
    for i in range(size):
        numbers = fields.to_series(i).cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
        result.append(Column(f"{column.name}.{i + 1}", np.asarray(numbers, dtype=np.float64)))
    other = words.filter(~words.str.contains(pattern))
    examples = other.unique(maintain_order=True).head(3).to_list()
    note = Note(
        "list_in_cell",
        "warning",
        f"each cell holds {size} numbers: read as {size} channels; {len(other)} of {len(column)} "
        "cells hold other text",
        channel=column.name,
        evidence={
            "numbers": float(size),
            "other_cells": float(len(other)),
            "examples": "; ".join(examples)[:120],
        },
        remedy="give names and units in the channel map",
    )
    return result, note


def _is_list(cell: str) -> bool:
    parts = re.split(r"[,;|]", cell.strip().strip("[]()"))
    return len(parts) > 1 and all(re.fullmatch(rf"\s*{_NUMBER}\s*", p) for p in parts)
