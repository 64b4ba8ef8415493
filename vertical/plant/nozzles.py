"""Nozzles of the plant."""

from __future__ import annotations

from typing import Any

from hotfire.physics.components.nozzles import Nozzle
from hotfire.physics.declaration import State
from hotfire.physics.ops import above_vacuum, maximum, minimum, per_second
from hotfire.plant._laws import atmospheres

__all__ = ["ErodingNozzle"]


class ErodingNozzle(Nozzle):
    """Throat opens by up to 0.6 % with heating; thrust loses a boundary layer that grows as pressure falls.

    Displacement thickness goes with a power of the Reynolds number (Sutton and Biblarz, 9th ed., chapter 3 on
    real nozzles; NASA SP-8120).
    """

    states = (State("heat", "", "share of full heating"),)

    def _throat(self, q: Any) -> Any:
        return super()._throat(q) * (1.0 + 0.004 * q.heat)

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the heating of the throat, with a time constant of three seconds of full firing."""
        full = maximum(atmospheres(q.inlet.pressure) - 2.0, 0.0)
        return {"heat": per_second(minimum(full / 10.0, 1.0) * (1.5 - q.heat) / 3.0)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return thrust with the loss of a thin boundary layer at low pressure."""
        outputs = super().measured(q)
        outputs["thrust"] = outputs["thrust"] * (
            1.005 - 0.01 * (20.0 / atmospheres(above_vacuum(q.inlet.pressure))) ** 0.5
        )
        return outputs

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return a cold throat."""
        return {"heat": 0.0}
