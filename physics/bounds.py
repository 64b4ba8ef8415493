"""What a number may be: bounds that declarations state, so that an impossible number is refused where it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["ANY", "COEFFICIENT", "NOT_NEGATIVE", "POSITIVE", "SHARE", "TOLERANCE", "Bounds"]


@dataclass(frozen=True)
class Bounds:
    """A range of finite numbers in SI.

    Attributes:
        least: Lower end.
        most: Upper end.
        least_in: Whether the lower end itself is allowed.
        most_in: Whether the upper end itself is allowed.
    """

    least: float = -math.inf
    most: float = math.inf
    least_in: bool = True
    most_in: bool = True

    def allow(self, value: float) -> bool:
        """Say whether a number lies within; no infinite one does, and NaN does not."""
        above = value > self.least or (self.least_in and value == self.least)
        below = value < self.most or (self.most_in and value == self.most)
        return math.isfinite(value) and above and below

    @property
    def text(self) -> str:
        """The range in words: `above 0 and at most 1`."""
        words = []
        if math.isfinite(self.least):
            words.append(f"{'at least' if self.least_in else 'above'} {self.least:g}")
        if math.isfinite(self.most):
            words.append(f"{'at most' if self.most_in else 'below'} {self.most:g}")
        return " and ".join(words) or "any finite number"


ANY = Bounds()
POSITIVE = Bounds(0.0, least_in=False)
NOT_NEGATIVE = Bounds(0.0)
SHARE = Bounds(0.0, 1.0, least_in=False)
"""Part of a whole, such as the power that a machine hands on."""
COEFFICIENT = Bounds(0.0, 1.1, least_in=False)
"""Delivered over ideal: a little above one where the ideal is that of a simpler theory."""
TOLERANCE = Bounds(0.0, 1.0, most_in=False)
"""Relative standard deviation."""
