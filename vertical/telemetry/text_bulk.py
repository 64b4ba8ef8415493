"""The bulk of a text file into columns, by polars: nothing is guessed, what is no number is counted."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotfire.log import FloatArray
from hotfire.physics.errors import LogError
from hotfire.telemetry.memory import refuse_if_too_large
from hotfire.telemetry.table import Cells
from hotfire.telemetry.text_layout import Layout
from hotfire.telemetry.text_sample import MISSING, Sample

__all__ = ["numbers_of_text", "read_bulk"]

_BLOCK = 1 << 22


def read_bulk(sample: Sample, layout: Layout) -> list[Cells]:
    """Read all rows of a text file.

    Args:
        sample: What the file is.
        layout: Where its data stand.

    Returns:
        For each column: numbers (or None), text (or None), count of unreadable cells, examples of them. Both where
        the head of the file promised numbers and no cell holds one: what it is the header must say.

    Raises:
        LogError: If the file does not fit in memory or cannot be read.
    """
    line = sum(len(x) + 1 for x in sample.head[-200:]) / len(sample.head[-200:])
    refuse_if_too_large(sample.path, sample.size, rows=sample.size / max(line, 1.0), width=layout.width)
    source: Any = sample.path
    if _needs_rewriting(sample, layout):
        source = _rewritten(sample, layout)
    # A twentieth more than the lines seen suggest: growing is the exception.
    columns = _parse(source, sample, layout, int(1.05 * sample.size / max(line, 1.0)) + 64)
    result: list[Cells] = []
    for i, numeric in enumerate(layout.numeric):
        column, columns[i] = columns[i], None
        if isinstance(column, np.ndarray):
            result.append((column, None, 0, ()))
        elif numeric:
            values, lost, examples = numbers_of_text(column, sample.decimal_comma)
            words = column if lost and not np.isfinite(values).any() else None
            result.append((values, words, lost, examples))
        else:
            result.append((None, column, 0, ()))
    return result


def _needs_rewriting(sample: Sample, layout: Layout) -> bool:
    plain = sample.encoding in ("utf-8", "utf-8-sig")
    return not plain or sample.old_line_ends or layout.footer > 0 or sample.delimiter == " "


def _rewritten(sample: Sample, layout: Layout) -> bytes:
    """Return the file as UTF-8 with plain line ends and one tab for blanks, without its footer."""
    decoder = codecs.getincrementaldecoder(sample.encoding)(errors="replace")
    parts = []
    with Path(sample.path).open("rb") as handle:
        while block := handle.read(_BLOCK):
            parts.append(decoder.decode(block).encode("utf-8"))
    parts.append(decoder.decode(b"", final=True).encode("utf-8"))
    data = b"".join(parts)
    if sample.old_line_ends:
        data = data.replace(b"\r", b"\n")
    if b"\x00" in data[:_BLOCK]:
        data = data.replace(b"\x00", b"")
    if layout.footer:
        data = _without_last_lines(data, layout.footer)
    if sample.delimiter == " ":
        data = re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t\r]+$", b"", data))
    return data


def _without_last_lines(data: bytes, count: int) -> bytes:
    end = len(data)
    if data.endswith(b"\n"):
        end -= 1
    for _ in range(count):
        end = data.rfind(b"\n", 0, end)
        if end < 0:
            return b""
    return data[: end + 1]


def _parse(source: Any, sample: Sample, layout: Layout, rows: int) -> list[Any]:
    """Parse strictly first; where a number column holds words, read that column as text."""
    import polars as pl

    names = [f"c{i}" for i in range(layout.width)]
    numeric = [n and not loose for n, loose in zip(layout.numeric, layout.loose, strict=True)]
    options: dict[str, Any] = {
        "has_header": False,
        "skip_lines": layout.skip,
        "separator": "\t" if sample.delimiter in (" ", "") else sample.delimiter,
        "decimal_comma": sample.decimal_comma,
        "truncate_ragged_lines": True,
        "null_values": list(layout.missing) or None,
    }
    for attempt in range(layout.width + 2):
        schema = {
            n: pl.Float64 if is_number else pl.String for n, is_number in zip(names, numeric, strict=True)
        }
        try:
            return _collected(source, schema, options, rows)
        except pl.exceptions.PolarsError as error:
            message = str(error)
            found = re.search(r"at column 'c(\d+)'", message)
            if found is not None and numeric[int(found[1])] and attempt < 3:
                numeric[int(found[1])] = False
            elif "utf-8" in message.lower() or "utf8" in message.lower():
                options["encoding"] = "utf8-lossy"
            elif any(numeric):
                numeric = [False] * layout.width
            else:
                raise LogError(
                    "the lines cannot be split into columns",
                    where=str(sample.path),
                    why=message.splitlines()[0],
                    remedy="check the line named above, or export the log again as CSV",
                ) from None
    raise LogError("the lines cannot be split into columns", where=str(sample.path))


def _collected(source: Any, schema: dict[str, Any], options: dict[str, Any], rows: int) -> list[Any]:
    """Parse in batches straight into own arrays.

    There is one copy of the data in memory, and it is writable, so that units can be converted in place.
    """
    import polars as pl

    names = [name for name, kind in schema.items() if kind == pl.Float64]
    texts: dict[str, list[Any]] = {name: [] for name in schema if name not in names}
    block = np.empty((len(names), rows))  # one block: large pages, few page faults
    at = 0
    for frame in _batches(source, schema, options):
        end = at + frame.height
        if end > block.shape[1]:
            block = _wider(block, at, int(1.3 * end) + 64)
        for values, name in zip(block, names, strict=True):
            _fill(values, at, frame.get_column(name))
        for name, parts in texts.items():
            parts.append(frame.get_column(name))
        at = end
    numbers = {name: values[:at] for name, values in zip(names, block, strict=True)}
    empty = pl.Series([], dtype=pl.String)
    joined = {name: pl.concat(parts) if parts else empty for name, parts in texts.items()}
    return [numbers[name] if name in numbers else joined[name] for name in schema]


def _wider(block: NDArray[np.float64], used: int, rows: int) -> NDArray[np.float64]:
    result = np.empty((len(block), rows))
    result[:, :used] = block[:, :used]
    return result


def _batches(source: Any, schema: dict[str, Any], options: dict[str, Any]) -> Iterator[Any]:
    import polars as pl

    lazy = pl.scan_csv(source, schema=schema, **options)
    if hasattr(lazy, "collect_batches"):
        yield from lazy.collect_batches(maintain_order=True)
    else:  # polars before 1.34
        yield lazy.collect()


def _fill(values: FloatArray, at: int, series: Any) -> None:
    for chunk in series.get_chunks():
        part = chunk.fill_null(float("nan")) if chunk.null_count() else chunk
        values[at : at + len(part)] = part.to_numpy()
        at += len(part)


def numbers_of_text(series: Any, comma: bool) -> tuple[FloatArray, int, tuple[str, ...]]:
    """Read a polars column of strings as numbers.

    Args:
        series: polars Series of strings.
        comma: True when numbers are written 1,5.

    Returns:
        Numbers (NaN for none), the count of cells that are neither number nor "no value", examples.
    """
    import polars as pl

    text = series.str.strip_chars()
    plain = text.str.replace_all(",", ".", literal=True) if comma else text
    plain = plain.str.replace(r"^([+-]?[\d.]+)[dD]([+-]?\d+)$", "${1}e${2}")
    numbers = plain.cast(pl.Float64, strict=False)
    lost = text.filter(numbers.is_null() & text.is_not_null())
    lost = lost.filter(~lost.str.to_lowercase().is_in(list(MISSING)))
    examples = tuple(lost.unique(maintain_order=True).head(3).to_list())
    values = np.ascontiguousarray(numbers.fill_null(float("nan")).to_numpy(), dtype=np.float64)
    return values, len(lost), examples
