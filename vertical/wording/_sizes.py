"""How far a quantity departs, over what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from hotfire.engine import ById, Engine
from hotfire.wording._amounts import Amount
from hotfire.wording._channels import Measured
from hotfire.wording._sayings import Saying

__all__ = ["Nominal", "size_of"]

_MODERATE = 0.05
"""Size of a departure that is told in words only."""
_LARGEST = 10.0
"""Departures beyond are slips of the pen or of a unit; they are cut here."""
_AS_EXPECTED = 0.005
"""Departure between two readings that are told as the same."""


class Nominal:
    """What an engine reads when it runs as designed; worked out when the first absolute amount asks for it."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine = engine

    def level(self, measured: Measured) -> tuple[float, float] | None:
        """Return the reading in SI, and its level above rest; None where it is not known."""
        if self._engine is None or measured.measures not in self._readings:
            return None
        reading = self._readings[measured.measures]
        rest = self._engine.network.ambient_pressure if measured.quantity == "pressure" else 0.0
        return None if reading - rest <= 0.0 else (reading, reading - rest)

    @cached_property
    def _readings(self) -> Mapping[str, float]:
        assert self._engine is not None
        return _mainstage(ById(self._engine))


@lru_cache(maxsize=64)
def _mainstage(key: ById) -> Mapping[str, float]:
    """Readings of one engine, solved once for all texts."""
    from hotfire.stand_sensors import mainstage

    return mainstage(key.engine.network)


def size_of(saying: Saying, measured: Measured, nominal: Nominal) -> tuple[float | None, bool]:
    """Return the departure over what is expected, and whether the text tells it by a number.

    None where the text leaves the direction open.
    """
    amount, share = saying.amount, saying.share
    relative, signed = _relative(amount, measured, nominal)
    if share != 1.0 and amount is not None and amount.relative is None:
        # A drop of pressure that is told in bar: its change is one of the pressure before it, its reading is not.
        relative, signed = (None, False) if amount.reading is not None else (relative, signed)
        share = share if relative is None else 1.0
    sign = {"up": 1.0, "down": -1.0}.get(saying.way) or _written(amount)
    if relative is not None and signed:
        if abs(relative) < _AS_EXPECTED:
            return 0.0, True
        if sign is None or (amount is not None and amount.held):
            sign = 1.0 if relative > 0.0 else -1.0
    if sign is None:
        return None, False
    told = relative is not None and relative != 0.0
    size = abs(relative) if relative is not None and told else saying.size or _MODERATE
    return sign * min(size * share, _LARGEST), told


def _written(amount: Amount | None) -> float | None:
    """The sign that is written before a difference: `-2 bar`."""
    if amount is None or not amount.signed or not amount.difference:
        return None
    return 1.0 if amount.difference > 0.0 else -1.0


def _relative(amount: Amount | None, measured: Measured, nominal: Nominal) -> tuple[float | None, bool]:
    """Departure over what is expected above rest, and whether its sign is told."""
    if amount is None:
        return None, False
    if amount.relative is not None:
        return amount.relative, amount.signed
    known = nominal.level(measured)
    if known is None:
        return None, False
    reading, level = known
    if amount.reading is not None:
        return (amount.reading - reading) / level, True
    assert amount.difference is not None
    return amount.difference / level, amount.signed
