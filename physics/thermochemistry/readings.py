"""The three readings of one formula: floats, numpy arrays and CasADi symbols."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["is_symbol", "sqrt"]


def is_symbol(x: Any) -> bool:
    """Tell whether `x` is a CasADi object, without importing CasADi."""
    return type(x).__module__.partition(".")[0] == "casadi"


def sqrt(x: Any) -> Any:
    """Return the square root in the reading of the argument."""
    if is_symbol(x):
        import casadi

        return casadi.sqrt(x)
    return np.sqrt(x) if isinstance(x, np.ndarray) else math.sqrt(x)
