"""Gauge or absolute, where nobody wrote it: read from the level at rest, and always reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.log import FloatArray, Note

__all__ = ["INFERENCES", "Pressure", "infer_references"]

INFERENCES = ("reference_inferred", "reference_assumed")
"""Codes of the notes on it."""
_NEAR_ZERO = 0.3e5  # Pa
_NEAR_AMBIENT = 0.3e5  # Pa
_HELD = 2.0
"""Factor by which a tank may miss the pressure of its file and still be one that is held at it, well or badly."""


@dataclass(frozen=True, eq=False)
class Pressure:
    """A pressure channel whose unit says neither gauge nor absolute.

    Attributes:
        name: Channel.
        symbol: Unit as written.
        scale: Pa per unit.
        values: As recorded.
        tank: Pressure in Pa of the tank at whose pressure it stands before a test; None where nobody knows of one.
    """

    name: str
    symbol: str
    scale: float
    values: FloatArray
    tank: float | None = None

    def held_at(self, level: float) -> bool:
        """Say whether a pressure in Pa may be that of its tank."""
        return self.tank is not None and 1.0 / _HELD < level / self.tank < _HELD


def infer_references(
    pressures: Sequence[Pressure], ambient: float
) -> tuple[dict[str, tuple[str, str]], list[Note]]:
    """Infer the reference of pressures from their levels at rest.

    A channel that rests near zero reads gauge, one that rests near the ambient pressure reads absolute.
    Where a channel never rests (a pressurised tank), the other channels of the same unit decide; where none
    does, or as many say one as the other, gauge is assumed, as most transducers of test stands are. Where somebody
    knows of the tank, a channel is one that never rests if it may as well read its tank's pressure as gauge: a tank of
    two bar then reads one.

    Args:
        pressures: Channels in question.
        ambient: Ambient pressure in Pa.

    Returns:
        (reference, source) by channel, source `inferred` or `assumed`; and what people must know.
    """
    votes = {p.name: _vote(p, ambient) for p in pressures}
    result: dict[str, tuple[str, str]] = {}
    notes = []
    for symbol in dict.fromkeys(p.symbol for p in pressures):
        group = [p for p in pressures if p.symbol == symbol]
        cast = [votes[p.name][0] for p in group if votes[p.name][0]]
        common = max(("gauge", "absolute"), key=cast.count) if cast else ""
        for pressure in group:
            own, _ = votes[pressure.name]
            result[pressure.name] = (own or common or "gauge", "inferred" if own or common else "assumed")
        notes.append(_note(symbol, group, votes, result, ambient))
    return result, notes


def _vote(pressure: Pressure, ambient: float) -> tuple[str, float]:
    """Return the reference that a channel's own rest level shows ("" when none), and the level in Pa."""
    values = (
        pressure.values[np.isfinite(pressure.values)]
        if len(pressure.values) < 100000
        else pressure.values[::50]
    )
    values = values[np.isfinite(values)]
    if len(values) < 3 or values.min() == values.max():
        return "", float("nan")
    n = max(3, len(values) // 50)
    levels = (float(np.median(values[:n])), float(np.median(values[-n:])))
    rest = min(levels) * pressure.scale
    if rest < _NEAR_ZERO:  # no absolute pressure is negative, however wrong its zero
        return "gauge", rest
    if abs(rest - ambient) < _NEAR_AMBIENT and not pressure.held_at(rest + ambient):
        return "absolute", rest
    return "", rest


def _note(
    symbol: str,
    group: Sequence[Pressure],
    votes: dict[str, tuple[str, float]],
    result: dict[str, tuple[str, str]],
    ambient: float,
) -> Note:
    """Say for one unit what was inferred, from which channels, and what settles it."""
    parts = []
    for reference in ("gauge", "absolute"):
        members = [p for p in group if result[p.name][0] == reference]
        if not members:
            continue
        by_rest = [f"{p.name} rests at {votes[p.name][1] / 1e5:.2f} bar" for p in members if votes[p.name][0]]
        followers = [p.name for p in members if not votes[p.name][0]]
        text = f"{len(members)} read as {reference}"
        if by_rest:
            text += f" ({'; '.join(by_rest[:3])}{' ...' if len(by_rest) > 3 else ''})"
        if followers:
            text += f", {', '.join(followers[:3])}{' ...' if len(followers) > 3 else ''} "
            text += "like the others" if by_rest else "without evidence"
        parts.append(text)
    assumed = any(result[p.name][1] == "assumed" for p in group)
    mixed = len({result[p.name][0] for p in group}) > 1
    first = group[0]
    return Note(
        "reference_assumed" if assumed else "reference_inferred",
        "warning" if assumed or mixed else "info",
        f"{symbol!r} says neither gauge nor absolute: {'; '.join(parts)}",
        channel=first.name if len(group) == 1 else None,
        evidence={p.name: votes[p.name][1] for p in group} | {"ambient_pa": ambient},
        remedy=f"settle it in the channel map: `{first.name}: "
        f"{{unit: {symbol}, reference: {result[first.name][0]}}}`",
    )
