"""Time stamps in words: dates, times of day, minutes and seconds, with and without time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.log import FloatArray

__all__ = ["Stamps", "looks_like_stamp", "parse_stamps"]

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)\s*([AaPp]\.?[Mm]\.?)?"
_TIME_OF_DAY = re.compile(rf"^{_CLOCK}$")
_DATE = re.compile(
    r"^(?P<a>\d{1,4})[-/.](?P<b>\d{1,2}|[A-Za-z]{3})[-/.](?P<c>\d{1,4})"
    r"(?:[T _,]\s*(?P<clock>\d{1,2}:\d{1,2}(?::\d{1,2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?)"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$"
)
_MONTHS = {
    m: i
    for i, m in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_DAY = 86400.0


@dataclass(frozen=True, eq=False)
class Stamps:
    """Time stamps as seconds.

    Attributes:
        seconds: Since the first stamp, NaN where a cell is no stamp.
        first: The first stamp as written.
        form: `date and time`, `time of day` or `minutes and seconds`.
        readable: Share of cells that are stamps, 0 to 1.
        ambiguous: Why the order of day and month had to be assumed; "" when it is clear.
    """

    seconds: FloatArray
    first: str
    form: str
    readable: float
    ambiguous: str = ""


def looks_like_stamp(cell: str) -> bool:
    """Say whether a cell is a date, a time of day, or minutes and seconds."""
    cell = cell.strip()
    return ":" in cell and (_TIME_OF_DAY.match(cell) is not None or _DATE.match(cell) is not None)


def parse_stamps(series: Any) -> Stamps | None:
    """Read a polars column of strings as time stamps.

    Args:
        series: polars Series of strings.

    Returns:
        The stamps, or None when less than half of the cells are stamps.
    """
    words = series.drop_nulls()
    if not len(words):
        return None
    probe = words.gather_every(max(1, len(words) // 200)).to_list()
    if sum(looks_like_stamp(cell) for cell in probe) < 0.5 * len(probe):
        return None
    first = next((cell for cell in probe if looks_like_stamp(cell)), probe[0]).strip()
    if _DATE.match(first):
        seconds, ambiguous = _dates(series, probe)
        form = "date and time"
    else:
        match = _TIME_OF_DAY.match(first)
        seconds, ambiguous = _unrolled(_clock(series), first), ""
        form = "time of day" if match is not None and match[1] is not None else "minutes and seconds"
    good = np.isfinite(seconds)
    if not good.any():
        return None
    seconds = seconds - seconds[np.argmax(good)]
    return Stamps(seconds, first, form, float(good.mean()), ambiguous)


def _clock(series: Any) -> FloatArray:
    """Return seconds of the day of `hh:mm:ss.f`, `mm:ss.f`, with AM and PM."""
    import polars as pl

    parts = series.str.strip_chars().str.extract_groups(rf"^{_CLOCK}$").struct.unnest()
    hour, minute, second = (
        parts.to_series(i).str.replace(",", ".").cast(pl.Float64, strict=False) for i in range(3)
    )
    seconds = np.array(
        (hour.fill_null(0.0) * 3600.0 + minute * 60.0 + second).fill_null(float("nan")).to_numpy(),
        dtype=np.float64,
    )
    half = parts.to_series(3).str.to_lowercase().str.slice(0, 1)
    if half.null_count() < len(half):
        noon = (hour == 12.0).fill_null(False).to_numpy()
        after = (half == "p").fill_null(False).to_numpy()
        seconds = seconds + np.where(after & ~noon, 43200.0, np.where(~after & noon, -43200.0, 0.0))
    return seconds


def _unrolled(seconds: FloatArray, first: str) -> FloatArray:
    """Undo the wrap at midnight, or at the full hour for minutes and seconds."""
    period = _DAY if first.count(":") == 2 else 3600.0
    good = np.flatnonzero(np.isfinite(seconds))
    steps = np.diff(seconds[good])
    wraps = np.concatenate(([0.0], np.cumsum(steps < -0.5 * period)))
    if wraps[-1]:
        seconds = seconds.copy()
        seconds[good] += wraps * period
    return seconds


def _dates(series: Any, probe: list[str]) -> tuple[FloatArray, str]:
    """Return seconds since 1970 (UTC where a zone is given) of dates in any usual order."""
    import polars as pl

    order, ambiguous = _order(probe)
    text = series.str.strip_chars()
    parts = text.str.extract_groups(
        r"^(\d{1,4})[-/.](\d{1,2}|[A-Za-z]{3})[-/.](\d{1,4})[T _,]?\s*(.*)$"
    ).struct.unnest()
    fields = {role: parts.to_series(i) for i, role in enumerate(order)}
    month = fields["m"].str.to_lowercase().replace({k: str(v) for k, v in _MONTHS.items()})
    year = fields["y"].cast(pl.Int32, strict=False)
    frame = pl.DataFrame(
        {"y": year + (year < 100).cast(pl.Int32) * 2000, "m": month.cast(pl.Int32, strict=False)}
    )
    frame = frame.with_columns(fields["d"].cast(pl.Int32, strict=False).alias("d"))
    clean = (pl.col("m").is_between(1, 12)) & (pl.col("d").is_between(1, 31))
    days = frame.select(
        pl.when(clean)
        .then(pl.date(pl.col("y"), pl.col("m").clip(1, 12), pl.col("d").clip(1, 28)))
        .dt.epoch("d")
        + (pl.col("d") - pl.col("d").clip(1, 28))
    ).to_series()
    rest = parts.to_series(3)
    zone = rest.str.extract(r"([+-]\d{2}:?\d{2})$").str.replace(":", "")
    clock = rest.str.replace(r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})$", "")
    clock = clock.str.replace(r"^(\d{1,2}:\d{1,2})(\s*[AaPp][Mm])?$", "$1:00$2").fill_null("")
    seconds = _clock(pl.select(pl.when(clock == "").then(pl.lit("0:00:00")).otherwise(clock)).to_series())
    shift = zone.str.slice(0, 3).cast(pl.Float64, strict=False) * 3600.0
    minutes = zone.str.slice(3, 2).cast(pl.Float64, strict=False) * 60.0
    sign = pl.select(pl.when(zone.str.starts_with("-")).then(-1.0).otherwise(1.0)).to_series()
    offset = (shift + minutes * sign).fill_null(0.0).to_numpy()
    whole = days.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    base = float(whole[np.argmax(np.isfinite(whole))]) if np.isfinite(whole).any() else 0.0
    # Days are taken from the first one, so that microseconds survive in a float64.
    return (whole - base) * _DAY + seconds - offset, ambiguous


def _order(probe: list[str]) -> tuple[str, str]:
    """Return the order of year, month and day, and why it had to be assumed."""
    found = [m for m in map(_DATE.match, (cell.strip() for cell in probe)) if m is not None]
    if len(found[0]["a"]) == 4:
        return "ymd", ""
    if any(m["b"].isalpha() for m in found):
        return "dmy", ""
    first, second = max(int(m["a"]) for m in found), max(int(m["b"]) for m in found)
    if first > 12:
        return "dmy", ""
    if second > 12:
        return "mdy", ""
    return (
        "dmy",
        f"{found[0][0]!r} may be day/month or month/day; it matters only if the test runs past midnight",
    )
