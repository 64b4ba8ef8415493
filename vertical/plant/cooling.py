"""Cooling passages of the plant that heat their coolant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.components.jackets import RegenerativeJacket
from hotfire.physics.declaration import Balance
from hotfire.physics.ops import positive
from hotfire.plant._laws import with_values

__all__ = ["RoughJacket"]

_FILM = 0.72 - 0.8
"""Exponent of the flow in the film coefficient, beyond the model's."""


class RoughJacket(RegenerativeJacket):
    """Film coefficient with the exponent 0.72 of the flow instead of 0.8.

    Entrances and bends enhance the film the more, the slower the flow (Taylor, NASA TN D-4332); measured exponents of
    short, curved passages lie below 0.8.
    """

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances with the other film coefficient."""
        share = positive(q.inlet.flow, 0.01 * q.design_flow) / q.design_flow
        yield from super().equations(with_values(q, conductance=q.conductance * share**_FILM))
