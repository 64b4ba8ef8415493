"""What a component is: ports, parameters with units, equations, and faults as named changes of them.

A component class is the single source of its physics. `equations` yields balances between expressions; the
network evaluates them with whatever stands in the namespace `q`: floats, arrays, symbols or quantities.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

from hotfire.physics.bounds import POSITIVE, Bounds

__all__ = [
    "KINDS",
    "MEDIA",
    "Balance",
    "Charge",
    "Component",
    "Fault",
    "Input",
    "Parameter",
    "Port",
    "State",
    "Variable",
    "flow_balance",
    "measurable_in",
    "pressure_balance",
]

Namespace = SimpleNamespace

KINDS = {
    "pressure": "Pa",
    "flow": "kg/s",
    "speed": "rad/s",
    "torque": "N m",
    "temperature": "K",
    "heat_flow": "W",
    "voltage": "V",
    "current": "A",
    "enthalpy": "J/kg",
    "value": "",
}
"""What an unknown can be, with its SI unit."""

MEDIA = {
    "liquid": ("pressure", "flow"),
    "gas": ("pressure", "flow"),
    "shaft": ("speed", "torque"),
    "heat": ("temperature", "heat_flow"),
    "electric": ("voltage", "current"),
    "signal": ("value",),
}
"""Unknowns of a stream of each medium. Two are a potential and a flow, one at the disposal of either end; a signal is
one number, which its source alone decides."""


def measurable_in(medium: str) -> tuple[str, ...]:
    """Return what sensors may measure of a stream; matter has a temperature where its state knows it."""
    return (*MEDIA[medium], "temperature") if medium in ("liquid", "gas") else MEDIA[medium]


@dataclass(frozen=True)
class Parameter:
    """A constant of a component.

    Attributes:
        name: As written in the engine file.
        unit: SI unit in pint's spelling; "" when dimensionless.
        description: One line for people.
        default: Value in SI; None when the engine file must give it.
        tolerance: Relative standard deviation where the engine file gives none.
        wander: Relative standard deviation of its slow change during a test, over about two seconds.
        optional: True when the engine file may leave it out; the equations then see None and do without.
        bounds: What it may be in an engine file, SI. Areas, masses, absolute pressures and most others are above zero.
        difference: True for a difference of two pressures, which is neither gauge nor absolute.
    """

    name: str
    unit: str
    description: str
    default: float | None = None
    tolerance: float = 0.0
    wander: float = 0.0
    optional: bool = False
    bounds: Bounds = POSITIVE
    difference: bool = False


@dataclass(frozen=True)
class Input:
    """A command or position that is recorded, not computed (valve position, ignition).

    Attributes:
        name: As written in the engine file.
        description: One line for people.
        default: Neutral value in mainstage, dimensionless.
    """

    name: str
    description: str
    default: float = 1.0


@dataclass(frozen=True)
class State:
    """A quantity that is integrated in time.

    Attributes:
        name: As used in equations.
        unit: SI unit in pint's spelling.
        description: One line for people.
        least: Value in SI below which the equations have no meaning; a step in time stops there.
    """

    name: str
    unit: str
    description: str
    least: float = -math.inf


@dataclass(frozen=True)
class Variable:
    """An unknown of the component's own, beside those of its streams; its component gives one equation more.

    Attributes:
        name: As used in equations.
        kind: One of `KINDS`.
        description: One line for people.
        start: Value from which a search begins, SI.
        rest: Value before anything moves, SI; None for that of `start`. Where matter passes it holds only behind a
            valve: what stands ahead of all valves is ready.
        needs: Optional parameter without which the component does without it; "" where it always has it.
    """

    name: str
    kind: str
    description: str
    start: float
    rest: float | None = None
    needs: str = ""


@dataclass(frozen=True)
class Port:
    """Where a stream enters or leaves.

    Attributes:
        name: As written in connections.
        direction: `in` or `out`: the sense in which flow and power count as positive.
        medium: One of `MEDIA`.
        many: True when any number of streams may meet here; equations then see a tuple.
        optional: True when it may stay unconnected; equations then see None.
    """

    name: str
    direction: str
    medium: str
    many: bool = False
    optional: bool = False

    @property
    def fluid(self) -> bool:
        """Whether matter flows here."""
        return self.medium in ("liquid", "gas")


_AS_OFTEN, _SELDOM = 0.5, 0.1
"""Probability that a fault grows which is known to, and that any other does: filters clog, injectors coke."""
_MORE_OR_LESS = 1.5
"""Largest over smallest size from which a fault is more or less, and not there or not."""


@dataclass(frozen=True)
class Fault:
    """A named change of a component.

    Attributes:
        name: Mode, as in `fuel_injector.blockage`.
        description: What happened, in an engineer's words; completes "the injector ...".
        lower: Smallest size that is worth a name.
        upper: Largest admissible size.
        rate: How often it comes, against other faults; what all add up to is the diagnosis' own prior.
        category: Label of the failure taxonomy.
        grows: True when it grows in time from nothing as often as it comes at once; others do so seldom (`may_grow`).
        size_text: What the size means.
        clears: True when it may also be there at first and clear by itself.
        initial: True when it is a state of the load, there before the valves open or not at all.
        weighed: False when the means of a mainstage do not show it; the diagnosis of a mainstage leaves it out.
        needs: Optional parameter without which the component cannot have this fault; "" when it always can.
        sudden: True when it never grows: no size of it is worn, clogged or lost bit by bit.
    """

    name: str
    description: str
    lower: float
    upper: float
    rate: float
    category: str
    grows: bool = False
    size_text: str = "fraction"
    clears: bool = False
    initial: bool = False
    weighed: bool = True
    needs: str = ""
    sudden: bool = False

    @property
    def growth(self) -> float:
        """Probability that it grows in time from nothing, and does not come at once."""
        if self.grows:
            return _AS_OFTEN
        either = self.sudden or self.initial or not self.upper > _MORE_OR_LESS * self.lower
        return 0.0 if either else _SELDOM

    @property
    def may_grow(self) -> bool:
        """Whether it may grow in time from nothing, seldom or often."""
        return self.growth > 0.0


@dataclass(frozen=True)
class Charge:
    """What an equation stores while it does not hold: mass in a volume, momentum in a line, spin in a rotor.

    In the steady state the rate is zero, and that is the balance which the charge belongs to.

    Attributes:
        stored: The stored quantity.
        rate: Its change per second.
    """

    stored: Any
    rate: Any


@dataclass(frozen=True)
class Balance:
    """An equation `left = right` of the steady state, and the scale that makes its residual dimensionless.

    Attributes:
        name: What it states, for messages and certificates.
        left: Left side.
        right: Right side.
        scale: Kind of both sides, one of `KINDS`.
        charge: What is stored while the two sides differ; None where they are equal at every instant.
        loss: The same law as a pressure difference and its loss, for where the flow is known and a pressure is not;
            None where it is not of that kind.
    """

    name: str
    left: Any
    right: Any
    scale: str
    charge: Charge | None = None
    loss: tuple[Any, Any] | None = None


def pressure_balance(name: str, left: Any, right: Any) -> Balance:
    """State that two pressures are equal (Pa)."""
    return Balance(name, left, right, "pressure")


def flow_balance(name: str, left: Any, right: Any, *, stored: Any = None) -> Balance:
    """State that two mass flows are equal (kg/s); where mass is `stored` (kg), right less left is its rate."""
    charge = None if stored is None else Charge(stored, right - left)
    return Balance(name, left, right, "flow", charge)


class Component:
    """Base of all components. Subclasses declare; they keep no state of their own.

    Attributes:
        type_name: As written under `type:` in the engine file.
        ports: Streams that enter and leave.
        parameters: Constants.
        inputs: Recorded commands and positions.
        states: Quantities integrated in time.
        variables: Unknowns of its own.
        faults: Named changes.
        options: Words that choose a fluid or a table; they are not numbers.
        outputs: Names and units of derived quantities that sensors can measure besides port quantities.
    """

    type_name: ClassVar[str]
    ports: ClassVar[tuple[Port, ...]]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    inputs: ClassVar[tuple[Input, ...]] = ()
    states: ClassVar[tuple[State, ...]] = ()
    variables: ClassVar[tuple[Variable, ...]] = ()
    faults: ClassVar[tuple[Fault, ...]] = ()
    options: ClassVar[tuple[str, ...]] = ()
    outputs: ClassVar[tuple[tuple[str, str], ...]] = ()

    @property
    def holds_back(self) -> bool:
        """Whether it keeps what is before it until it is commanded: a valve, or a purge."""
        return any(i.name in ("position", "command") for i in self.inputs)

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances. `q` holds parameters, faults, inputs, states, variables, ports and `ambient_pressure`."""
        raise NotImplementedError

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the fluid properties that leave with the outlet stream (density, c_star ...).

        Properties are explicit expressions, so they are handed on along the flow and cost no unknown.
        """
        inlet = next(p.name for p in self.ports if p.direction == "in" and p.fluid)
        return dict(getattr(q, inlet).properties)

    def carried_at(self, port: str, q: Any, carried: dict[str, Any]) -> dict[str, Any]:
        """Return what leaves by one outlet port; `carried` where all outlets hand on the same."""
        return carried

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the time derivative of each state, per second."""
        return {}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return the values of `outputs`."""
        return {}

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the initial value of each state in SI."""
        return {}
