"""The array type of the whole package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FloatArray"]

FloatArray = NDArray[np.float64]
"""Array of float64; shapes and units stand in each docstring."""
