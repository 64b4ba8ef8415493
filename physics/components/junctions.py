"""Where streams meet and part, of matter and of heat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfire.physics.declaration import Balance, Component, Port, flow_balance, pressure_balance
from hotfire.physics.states import mixed

__all__ = ["Manifold", "WallSplit"]


class Manifold(Component):
    """Junction of any number of pipes: one pressure, and what enters leaves mixed."""

    type_name = "manifold"
    ports = (Port("inlet", "in", "liquid", many=True), Port("outlet", "out", "liquid", many=True))

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one pressure at all ends, and continuity."""
        ends = list(q.inlet) + list(q.outlet)
        first = ends[0]
        for end in ends[1:]:
            yield pressure_balance("one pressure", end.pressure, first.pressure)
        entering, leaving = ([end.flow for end in ends] for ends in (q.inlet, q.outlet))
        yield flow_balance("continuity", sum(leaving[1:], leaving[0]), sum(entering[1:], entering[0]))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the mixture."""
        return dict(q.inlet[0].properties) | {"state": mixed(q.inlet, q.reference_flow)}


class WallSplit(Component):
    """Hot wall that several jackets cool: one temperature, and the heat is shared by what their coolants take."""

    type_name = "wall_split"
    ports = (Port("inlet", "in", "heat"), Port("outlet", "out", "heat", many=True))

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield one temperature at all ends, and the balance of heat."""
        for end in q.outlet:
            yield Balance("one temperature", end.temperature, q.inlet.temperature, "temperature")
        flows = [end.heat_flow for end in q.outlet]
        yield Balance("heat", q.inlet.heat_flow, sum(flows[1:], flows[0]), "heat_flow")
