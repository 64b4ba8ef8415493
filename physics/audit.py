"""An audit of a steady state: what enters an engine, what leaves it, and what is lost on the way.

Mass and energy are counted at the borders of the engine and at the machines that waste power; nothing between
is looked at. So an equation that makes or loses either, anywhere, leaves a gap. Energy is counted from the
propellants as the table of reactants has them: what burning sets free cancels, and the gap is told against what
pumps, turbines, walls and motors turn over, not against the flame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotfire.physics.network import Evaluation, Network
from hotfire.physics.placing import Stream

__all__ = ["Audit", "audit"]


@dataclass(frozen=True)
class Audit:
    """Balance of one steady state.

    Attributes:
        mass_in: What tanks and grains give, kg/s.
        mass_out: What nozzles, exhausts and leaks take, kg/s.
        energy_in: What came with the propellants beyond the table's enthalpy, and from batteries, W.
        energy_out: What left with the gas, W.
        wasted: Lost in bearings, gears, motors and walls, W.
        turned_over: Power of all pumps and turbines and heat of all walls, W.
    """

    mass_in: float
    mass_out: float
    energy_in: float
    energy_out: float
    wasted: float
    turned_over: float

    @property
    def mass_gap(self) -> float:
        """Mass that is made or lost, over what enters."""
        return (self.mass_in - self.mass_out) / self.mass_in

    @property
    def energy_missing(self) -> float:
        """Energy that is lost without a trace, W; made, where negative."""
        return self.energy_in - self.energy_out - self.wasted

    @property
    def energy_gap(self) -> float:
        """Energy that is lost or made, over what is turned over; in W where nothing is."""
        return self.energy_missing / self.turned_over if self.turned_over else self.energy_missing


def audit(network: Network, values: Mapping[str, float]) -> Audit:
    """Audit a sound engine without leaks.

    Args:
        network: The engine.
        values: Parameters, faults, inputs, states and all unknowns by name, SI.
    """
    evaluation = network.evaluate({"ambient_pressure": network.ambient_pressure, **values})
    sums = dict.fromkeys(("mass_in", "mass_out", "energy_in", "energy_out", "wasted", "turned_over"), 0.0)
    for name, component in network.components.items():
        entering = [s for s in network.streams if s.target[0] == name]
        leaving = [s for s in network.streams if s.source[0] == name]
        matter_in = sum(_mass(s, values) for s in entering if s.fluid)
        matter_out = sum(_mass(s, values) for s in leaving if s.fluid)
        carried_in = sum(_energy(s, values, evaluation) for s in entering if s.fluid)
        carried_out = sum(_energy(s, values, evaluation) for s in leaving if s.fluid)
        power = sum(_power(s, values) for s in entering) - sum(_power(s, values) for s in leaving)
        if not any(s.fluid for s in entering) and matter_out:
            sums["mass_in"] += matter_out
            sums["energy_in"] += carried_out
        elif not any(s.fluid for s in leaving) and matter_in:
            sums["mass_out"] += matter_in
            sums["energy_out"] += carried_in
        elif component.kind.type_name == "hybrid_combustor":
            sums["mass_in"] += matter_out - matter_in
        elif not entering and leaving:
            sums["energy_in"] -= power
        elif not (matter_in or matter_out):
            sums["wasted"] += power
        sums["turned_over"] += abs(power) if matter_in else 0.0
    return Audit(**sums)


def _mass(stream: Stream, values: Mapping[str, float]) -> float:
    return values[f"{stream.name}.flow"]


def _energy(stream: Stream, values: Mapping[str, float], evaluation: Evaluation) -> float:
    """What the matter of a stream carries beyond the table's enthalpy, W."""
    properties = evaluation.properties[stream.name]
    state = properties.get("state")
    energy = properties.get("added_energy") if state is None else state.added_energy
    return values[f"{stream.name}.flow"] * float(energy or 0.0)


def _power(stream: Stream, values: Mapping[str, float]) -> float:
    """What a stream without matter carries, W."""
    name = stream.name
    if stream.medium == "shaft":
        return values[f"{name}.speed"] * values[f"{name}.torque"]
    if stream.medium == "heat":
        return values[f"{name}.heat_flow"]
    if stream.medium == "electric":
        return values[f"{name}.voltage"] * values[f"{name}.current"]
    return 0.0
