"""Figures as people read them: three significant digits, and no more digits than the interval deserves."""

from __future__ import annotations

import math
import re

from hotfire.diagnosis import FaultEstimate, Interval

__all__ = [
    "difference_unit",
    "has_offset",
    "instant_text",
    "interval_text",
    "number",
    "pair",
    "percent",
    "share",
    "size_text",
    "time_text",
]

_PERCENT_UP_TO = 10.0
"""Dimensionless sizes above this are read as a multiple, not as a percentage."""


_REFERENCE = re.compile(r"\s*\(?[agd]\)?$", re.IGNORECASE)


def difference_unit(unit: str) -> str:
    """Return the unit of a change: without gauge or absolute, and K for degrees Celsius."""
    from hotfire.physics.units import is_unit, parse_unit

    if not is_unit(unit):
        return unit
    read = parse_unit(unit)
    if has_offset(unit) and read.scale == 1.0:
        return "K"
    return _REFERENCE.sub("", unit) if read.reference else unit


def has_offset(unit: str) -> bool:
    """Say whether a temperature in a unit counts from elsewhere than absolute zero: a share of it means nothing."""
    from hotfire.physics.units import is_unit, parse_unit

    return is_unit(unit) and parse_unit(unit).kind == "temperature" and parse_unit(unit).offset != 0.0


def number(value: float, digits: int = 3) -> str:
    """Write a figure with `digits` significant digits, never in powers of ten where people would not."""
    if not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -4 <= magnitude < 7:
        return f"{value:.{digits - 1}e}"
    return _fixed(value, digits - 1 - magnitude)


def pair(first: float, second: float) -> tuple[str, str]:
    """Write two figures of one kind with so many digits that their difference can be read."""
    finite = [abs(v) for v in (first, second) if math.isfinite(v) and v]
    if not finite:
        return number(first), number(second)
    decimals = 2 - math.floor(math.log10(max(finite)))
    difference = abs(first - second)
    if math.isfinite(difference) and difference > 1e-4 * max(finite):
        decimals = max(decimals, 1 - math.floor(math.log10(difference)))
    return _fixed(first, decimals), _fixed(second, decimals)


def percent(share_of_one: float) -> str:
    """Write a share of one as a percentage with two significant digits."""
    return f"{number(100.0 * share_of_one, 2)} %"


def share(probability: float) -> str:
    """Write a probability: whole percent, and never a rounded certainty."""
    if probability > 0.995:
        return "> 99 %"
    if 0 < probability < 0.005:
        return "< 1 %"
    return f"{100.0 * probability:.0f} %"


def time_text(onset: Interval | None) -> str:
    """Say from when a fault stands."""
    if onset is None:
        return "from the first usable sample on"
    text = f"since {instant_text(onset)}"
    if onset.high > onset.low:
        decimals = _decimals_of(onset.high - onset.low)
        text += f" ({onset.low:.{decimals}f} to {onset.high:.{decimals}f})"
    return text


def instant_text(instant: Interval) -> str:
    """Write a time in s with as many decimals as its interval deserves."""
    spread = instant.high - instant.low
    return f"{instant.value:.{_decimals_of(spread) if spread > 0 else 2}f} s"


def size_text(fault: FaultEstimate) -> str:
    """Say how large a fault is and what that means; a fault that only is or is not has no figure."""
    size = fault.size
    if size is None or (size.unit == "" and size.low == size.value == size.high == 1.0):
        return fault.size_text
    if fault.at_edge:
        scale, unit = _scaled(size)
        edge = float(f"{scale * size.value:.2g}")
        return f"at the edge of its range ({edge:g} {unit}): {fault.size_text}"
    return f"{interval_text(size)}: {fault.size_text}"


def interval_text(size: Interval) -> str:
    """Write a size with its 90 % interval."""
    scale, unit = _scaled(size)
    value, low, high = scale * size.value, scale * size.low, scale * size.high
    if not high > low:
        return f"{number(value)} {unit}"
    decimals = _decimals_of(high - low)
    if value:
        decimals = min(decimals, max(2 - math.floor(math.log10(abs(value))), 0))
    return f"{_fixed(value, decimals)} {unit} ({_fixed(low, decimals)} to {_fixed(high, decimals)})"


def _scaled(size: Interval) -> tuple[float, str]:
    """Factor and unit by which a size is read."""
    if size.unit:
        return 1.0, size.unit
    largest = max(abs(v) for v in (size.value, size.low, size.high))
    return (100.0, "%") if largest <= _PERCENT_UP_TO else (1.0, "times")


def _decimals_of(spread: float) -> int:
    """Decimals that show a spread without false precision: 18 (15 to 21), 2.31 (2.26 to 2.37)."""
    return max(0, min(6, -math.floor(math.log10(spread / 2.5))))


def _fixed(value: float, decimals: int) -> str:
    if not math.isfinite(value):
        return "-"
    text = f"{round(value, decimals):.{max(decimals, 0)}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
