"""Igniters: what lights a chamber, some time after it is commanded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.declaration import Balance, Charge, Component, Fault, Input, Parameter, Port, Variable
from hotfire.physics.ops import smooth_step

__all__ = ["Igniter"]

_THRESHOLD = 0.6321205588285577
"""Share of its heat at which it lights: 1 - 1/e, which a lag of first order reaches after its time constant."""
_WIDTH = 0.03
"""Heat about the threshold over which the flame spreads."""


class Igniter(Component):
    """Torch, pyrotechnic, spark or hypergolic slug that lights the chamber whose `igniter` port it feeds.

    Its heat follows the command with a lag of first order whose time constant is the delay; it lights as its heat
    passes 1 - 1/e, and so at the delay after a sudden command. The command stands for ignition and for the flame that
    then holds itself: it stays at 1 until the end of the burn.
    """

    type_name = "igniter"
    ports = (Port("flame", "out", "signal"),)
    parameters = (
        Parameter("delay", "s", "time from the command to the flame in the chamber", 0.05, tolerance=0.2),
    )
    inputs = (Input("command", "1 once fired"),)
    variables = (Variable("heat", "value", "heat given, as a share of full", 1.0, rest=0.0),)
    outputs = (("flame", ""),)
    faults = (
        Fault(
            "weak",
            "is weak, so that it lights late (low energy, wet or cold charge, fouled plug)",
            0.2,
            50.0,
            3e-3,
            "igniter_failure",
            size_text="delay gained over the original",
            weighed=False,
        ),
        Fault(
            "dead",
            "does not light (open circuit, lost charge, no gas)",
            0.95,
            1.0,
            2e-3,
            "igniter_failure",
            size_text="share of the flame lost",
        ),
    )

    def _flame(self, q: Any) -> Any:
        full = smooth_step(1.0 - _THRESHOLD, _WIDTH)
        return smooth_step(q.heat - _THRESHOLD, _WIDTH) / full * (1.0 - q.dead)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the heat, which follows the command, and the flame."""
        rate = (q.command - q.heat) / (q.delay * (1.0 + q.weak))
        yield Balance("heat", q.heat, q.command, "value", Charge(q.heat, rate))
        yield Balance("flame", q.flame.value, self._flame(q), "value")

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the flame."""
        return {"flame": q.flame.value}
