"""Catalyst beds of the plant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.components.catalyst_beds import CatalystBed
from hotfire.physics.declaration import Balance
from hotfire.physics.ops import maximum, minimum
from hotfire.plant._laws import atmospheres, with_values

__all__ = ["RealCatalystBed"]

_USUAL_PRESSURE = 10.0
"""atm at which the ammonia dissociates as far as the model says."""
_EXPONENT = -0.12
_LEAST, _MOST = 0.2, 0.9
"""Dissociated shares between which the gas is known."""


class RealCatalystBed(CatalystBed):
    """Less ammonia dissociates as the load of the bed rises: share ~ (chamber pressure / 10 atm)^-0.12.

    At a given throat the flow goes with the pressure, and the dwell time of the gas in the bed falls (Sutton and
    Biblarz, 9th ed., section 7.6; Schmidt, Hydrazine and Its Derivatives).
    """

    def _as_loaded(self, q: Any) -> Any:
        load = maximum(atmospheres(q.outlet.pressure), 0.05) / _USUAL_PRESSURE
        share = q.ammonia_dissociation * load**_EXPONENT
        return with_values(q, ammonia_dissociation=minimum(maximum(share, _LEAST), _MOST))

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances with the dissociation of the load."""
        yield from super().equations(self._as_loaded(q))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the gas with the dissociation of the load."""
        return super().carried(self._as_loaded(q))

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the outputs with the dissociation of the load."""
        return super().measured(self._as_loaded(q))
