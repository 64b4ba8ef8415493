"""What flows in a stream: a liquid of constant density, a fluid of tabulated properties, or a hot gas.

Each answers the same questions at the pressure of the place where it is asked. A state is handed on along the
flow as an expression, so that it costs no unknown; a component that adds or takes energy hands on `heated`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hotfire.physics.errors import NotFollowedError
from hotfire.physics.ops import (
    above_vacuum,
    at_least,
    maximum,
    minimum,
    signed_sqrt,
    tabulated,
    tabulated_several,
)

__all__ = [
    "FluidState",
    "HotGas",
    "Liquid",
    "RealFluid",
    "Supply",
    "entering_energy",
    "flow_through",
    "mixed",
    "speed_of_expansion",
]

_LEAST_FALL = 1e-4
"""Least share of the pressure that counts as a fall: the expansion factor is 0/0 at none."""
_LEAST_SHARE = 1e-5
"""Flow that counts at least when streams mix, over the reference flow."""
_LEAST_TEMPERATURE = 0.2
"""Temperature below which work does not cool a gas, over its temperature before."""


@dataclass(frozen=True, kw_only=True)
class FluidState:
    """Base of all states.

    Attributes:
        has_temperature: Whether a temperature is known at all.
        compressible: Whether restrictions treat it as a gas, with choking.
        oxidizer_share: Mass fraction that came from the oxidizer tank; None where nothing has burnt.
        added_energy: Enthalpy over that of the propellants as the table of reactants has them, J/kg: what pumps and
            jackets gave and turbines took, and what the tank was warmer. None where nothing was added.
    """

    has_temperature = False
    compressible = False
    oxidizer_share: Any = None
    added_energy: Any = None

    def density(self, pressure: Any) -> Any:
        """Return the density in kg/m^3 at `pressure` in Pa."""
        raise NotImplementedError

    @property
    def enthalpy(self) -> Any:
        """Specific enthalpy in J/kg, in the scale of the fluid's own table."""
        raise NotFollowedError("enthalpy")

    def temperature(self, pressure: Any) -> Any:
        """Return the temperature in K at `pressure` in Pa."""
        raise NotFollowedError("temperature")

    def exponent(self, pressure: Any) -> Any:
        """Return the isentropic exponent -(dln p/dln v)_s at `pressure` in Pa."""
        raise NotFollowedError("isentropic exponent")

    def heated(self, energy: Any) -> FluidState:
        """Return the state after `energy` in J/kg was added."""
        raise NotImplementedError

    def as_gas(self) -> FluidState:
        """Return the state as restrictions shall treat it from here on: choking where it can choke."""
        return self


def _sum(energy: Any, more: Any) -> Any:
    return more if energy is None else energy + more


@dataclass(frozen=True, kw_only=True)
class Liquid(FluidState):
    """Liquid of one density, whatever its pressure; its temperature is not followed.

    Attributes:
        constant_density: kg/m^3.
    """

    constant_density: Any = None

    def density(self, pressure: Any) -> Any:
        """Return the density."""
        return self.constant_density

    def heated(self, energy: Any) -> FluidState:
        """Return the same liquid, which keeps count of the energy."""
        return replace(self, added_energy=_sum(self.added_energy, energy))


@dataclass(frozen=True, kw_only=True)
class RealFluid(FluidState):
    """Fluid of tabulated properties, known by its specific enthalpy; throttling leaves that as it is.

    Attributes:
        table: Properties over (enthalpy in J/kg, pressure in Pa).
        enthalpy: J/kg.
        gaseous: True where restrictions treat it as a gas.
        thinning: Factor on the density by gas that was drawn in; None for none.
    """

    table: Any = None
    enthalpy: Any = None
    gaseous: bool = False
    thinning: Any = None
    has_temperature = True

    @property
    def compressible(self) -> bool:  # type: ignore[override]
        """Whether restrictions treat it as a gas."""
        return self.gaseous

    def _one(self, name: str, unit: str, pressure: Any) -> Any:
        units = ("J/kg", "Pa")
        return tabulated_several(self.table, ((name, unit),), self.enthalpy, pressure, units=units)[0]

    def density(self, pressure: Any) -> Any:
        """Return the density."""
        density = self._one("density", "kg/m^3", pressure)
        if self.gaseous:
            # Below the table's range a gas thins out with its pressure; the table holds its edge there.
            lowest = self.table.pressures[0]
            density = density * tabulated(lambda p: minimum(p / lowest, 1.0 + 0.0 * p), ("Pa",), "", pressure)
        return density if self.thinning is None else density * self.thinning

    def temperature(self, pressure: Any) -> Any:
        """Return the temperature."""
        return self._one("temperature", "K", pressure)

    def exponent(self, pressure: Any) -> Any:
        """Return the isentropic exponent of the real gas."""
        return self._one("isentropic_exponent", "", pressure)

    def heated(self, energy: Any) -> RealFluid:
        """Return the state at the higher enthalpy."""
        return replace(self, enthalpy=self.enthalpy + energy, added_energy=_sum(self.added_energy, energy))

    def as_gas(self) -> RealFluid:
        """Return the state, to be treated as a gas."""
        return replace(self, gaseous=True)


@dataclass(frozen=True, kw_only=True)
class HotGas(FluidState):
    """Products of combustion as an ideal gas of frozen composition.

    Attributes:
        total_temperature: K.
        gas_constant: Specific, J/(kg K).
        heat_capacity: At constant pressure, J/(kg K).
    """

    total_temperature: Any = None
    gas_constant: Any = None
    heat_capacity: Any = None
    has_temperature = True
    compressible = True

    def density(self, pressure: Any) -> Any:
        """Return the density."""
        return pressure / (self.gas_constant * self.total_temperature)

    def temperature(self, pressure: Any) -> Any:
        """Return the temperature."""
        return self.total_temperature

    def exponent(self, pressure: Any) -> Any:
        """Return the ratio of heat capacities."""
        return self.heat_capacity / (self.heat_capacity - self.gas_constant)

    def heated(self, energy: Any) -> HotGas:
        """Return the state at the other temperature; a trickle of gas cannot give up more than most of its own."""
        warmed = self.total_temperature + energy / self.heat_capacity
        return replace(
            self,
            total_temperature=maximum(warmed, _LEAST_TEMPERATURE * self.total_temperature),
            added_energy=_sum(self.added_energy, energy),
        )


_ATMOSPHERE = 101325.0
"""Pa; the table of reactants has its substances at this pressure, or boiling where that is more."""


def _as_reactant(table: Any, temperature: float, gaseous: bool) -> float:
    """Enthalpy in J/kg of a reactant at the temperature in K of its table; a liquid is kept from boiling."""
    boiling = 0.0 if gaseous else float(table.saturation_pressure(temperature))
    return float(table.enthalpy(temperature, max(_ATMOSPHERE, 1.02 * boiling)))


@dataclass(frozen=True)
class Supply:
    """A fluid as a tank holds it: its enthalpy near the storage state, to first order in temperature and pressure.

    Attributes:
        table: Properties over (enthalpy, pressure).
        temperature: Of the expansion point, K.
        pressure: Of the expansion point, Pa.
        enthalpy: There, J/kg.
        heat_capacity: There, J/(kg K).
        by_pressure: Change of enthalpy with pressure there, J/(kg Pa).
        as_reactant: Enthalpy at which the table of reactants has it, J/kg in the scale of this table.
    """

    table: Any
    temperature: float
    pressure: float
    enthalpy: float
    heat_capacity: float
    by_pressure: float
    as_reactant: float

    @classmethod
    def at(
        cls, table: Any, temperature: float, pressure: float, reactant: tuple[float, bool] | None = None
    ) -> Supply:
        """Expand about a storage state in K and Pa.

        Args:
            table: Properties over (enthalpy, pressure).
            temperature: K.
            pressure: Pa.
            reactant: Temperature in K at which the table of reactants has it, and whether as a gas; None for none.
        """
        step_t, step_p = 0.002 * temperature, 0.01 * pressure
        here = table.enthalpy(temperature, pressure)
        warmer, colder = (table.enthalpy(temperature + d, pressure) for d in (step_t, -step_t))
        denser = table.enthalpy(temperature, pressure + step_p)
        zero = here if reactant is None else _as_reactant(table, *reactant)
        return cls(
            table,
            temperature,
            pressure,
            here,
            (warmer - colder) / (2.0 * step_t),
            (denser - here) / step_p,
            zero,
        )

    def state(self, temperature: Any, pressure: Any, thinning: Any = None) -> RealFluid:
        """Return the liquid at `temperature` in K and `pressure` in Pa."""

        def enthalpy(t: Any, p: Any) -> Any:
            return (
                self.enthalpy
                + self.heat_capacity * (t - self.temperature)
                + self.by_pressure * (p - self.pressure)
            )

        held = tabulated(enthalpy, ("K", "Pa"), "J/kg", temperature, pressure)
        above = tabulated(
            lambda t, p: enthalpy(t, p) - self.as_reactant, ("K", "Pa"), "J/kg", temperature, pressure
        )
        return RealFluid(table=self.table, enthalpy=held, thinning=thinning, added_energy=above)

    def vapour_pressure(self, temperature: Any) -> Any:
        """Return the vapour pressure in Pa at `temperature` in K."""
        return tabulated(self.table.saturation_pressure, ("K",), "Pa", temperature)


def flow_through(area: Any, inlet: Any, outlet: Any) -> Any:
    """Mass flow in kg/s through an effective area in m^2 from one end of a stream to another.

    Liquids by the orifice equation (Sutton and Biblarz, 9th ed., eq. 8-2). Gases by isentropic flow (eq. 3-24), as
    the orifice equation times an expansion factor, choked below the critical ratio (eq. 3-20).
    """
    state = inlet.properties["state"]
    if not state.compressible:
        return area * signed_sqrt(inlet.pressure - outlet.pressure, state.density(inlet.pressure))
    ahead, behind = above_vacuum(inlet.pressure), above_vacuum(outlet.pressure)
    n = state.exponent(ahead)
    critical = (2.0 / (n + 1.0)) ** (n / (n - 1.0))
    ratio = minimum(ahead, behind) / maximum(ahead, behind)
    ratio = minimum(maximum(ratio, critical), 1.0 - _LEAST_FALL + 0.0 * ratio)
    most = (1.0 - critical) * ahead
    fall = maximum(minimum(ahead - behind, most), -1.0 * most)
    shape = n / (n - 1.0) * (ratio ** (2.0 / n) - ratio ** ((n + 1.0) / n)) / (1.0 - ratio)
    return area * signed_sqrt(fall, state.density(ahead)) * shape**0.5


def speed_of_expansion(inlet: Any, outlet: Any) -> Any:
    """Isentropic enthalpy fall in J/kg between two pressures (Sutton and Biblarz, 9th ed., eq. 10-16).

    With the real gas's isentropic exponent in place of the ratio of heat capacities and p/rho in place of R T, so
    that it also holds for cold hydrogen.
    """
    state = inlet.properties["state"]
    ahead = above_vacuum(inlet.pressure)
    n = state.exponent(ahead)
    ratio = minimum(above_vacuum(outlet.pressure) / ahead, 1.0 - _LEAST_FALL + 0.0 * n)
    work = ahead / state.density(ahead)
    return n / (n - 1.0) * work * (1.0 - ratio ** ((n - 1.0) / n))


def mixed(ends: tuple[Any, ...], reference_flow: Any) -> FluidState:
    """State of what several streams make together: enthalpies, or temperatures of hot gases, by mass flow."""
    states: list[Any] = [end.properties["state"] for end in ends]
    if len(states) == 1:
        only: FluidState = states[0]
        return only
    flows = [at_least(end.flow, _LEAST_SHARE * reference_flow) for end in ends]
    total = sum(flows[1:], flows[0])

    def mean(values: list[Any]) -> Any:
        parts = [flow * value for flow, value in zip(flows, values, strict=True)]
        return sum(parts[1:], parts[0]) / total

    energy = None
    if any(s.added_energy is not None for s in states):
        energy = mean([_known(s.added_energy, states) for s in states])
    if all(isinstance(s, RealFluid) for s in states):
        first: RealFluid = states[0]
        gaseous = any(s.gaseous for s in states)
        enthalpy = mean([s.enthalpy for s in states])
        return replace(first, enthalpy=enthalpy, gaseous=gaseous, added_energy=energy)
    if all(isinstance(s, Liquid) for s in states):
        liquid: Liquid = states[0]
        density = mean([s.constant_density for s in states])
        return replace(liquid, constant_density=density, added_energy=energy)
    gases = [_as_gas(s, end.pressure) for s, end in zip(states, ends, strict=True)]
    capacity = mean([g.heat_capacity for g in gases])
    return HotGas(
        oxidizer_share=mean([_share(s) for s in states]),
        added_energy=energy,
        total_temperature=mean([g.heat_capacity * g.total_temperature for g in gases]) / capacity,
        gas_constant=mean([g.gas_constant for g in gases]),
        heat_capacity=capacity,
    )


def entering_energy(ends: tuple[Any, ...], reference_flow: Any) -> Any:
    """Added energy in J/kg of what several streams make together; None where none of them knows of any."""
    states = [end.properties.get("state") for end in ends]
    known = [s for s in states if s is not None and s.added_energy is not None]
    if not known:
        return None
    flows = [at_least(end.flow, _LEAST_SHARE * reference_flow) for end in ends]
    energies = [_known(None if s is None else s.added_energy, known) for s in states]
    parts = [flow * energy for flow, energy in zip(flows, energies, strict=True)]
    return sum(parts[1:], parts[0]) / sum(flows[1:], flows[0])


def _known(energy: Any, states: list[Any]) -> Any:
    """Energy of one of several streams: none, in the unit of the others, where it does not know of any."""
    if energy is not None:
        return energy
    return 0.0 * next(s.added_energy for s in states if s.added_energy is not None)


def _share(state: FluidState) -> Any:
    """Oxidizer share of a stream that meets hot gas; what has not burnt is taken as fuel."""
    return 0.0 if state.oxidizer_share is None else state.oxidizer_share


def _as_gas(state: FluidState, pressure: Any) -> HotGas:
    """Read a state as an ideal gas at its own temperature and density."""
    if isinstance(state, HotGas):
        return state
    temperature, n = state.temperature(pressure), state.exponent(pressure)
    constant = pressure / (state.density(pressure) * temperature)
    return HotGas(
        total_temperature=temperature, gas_constant=constant, heat_capacity=constant * n / (n - 1.0)
    )
