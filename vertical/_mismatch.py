"""When the log is that of another engine than the file describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfire._wording import explains, symptoms
from hotfire.engine import Engine
from hotfire.observe import Observed

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search, Weighed

__all__ = ["fits_no_fault"]

_NOT_THIS_ENGINE = 0.99
"""Probability of none of the hypotheses from which one that explains less than half of the symptoms is no answer."""


def fits_no_fault(search: Search, first: Weighed, observed: Observed, engine: Engine) -> bool:
    """Say whether the engine fits neither sound nor with the likeliest fault."""
    if search.none_of_these <= _NOT_THIS_ENGINE:
        return False
    seen = symptoms(search, observed, engine)
    explained, _ = explains(first.best, search, observed, seen)
    return 2 * len(explained) < len(seen)
