"""One fluid of CoolProp read where a table needs it: as one phase, by enthalpy and pressure, along isobars.

CoolProp's own flashes refuse states beyond the melting line and jump at the dome. Here the Helmholtz equation is
evaluated at (density, temperature) and Newton's method finds the (enthalpy, pressure) wanted, each point starting
from its neighbour; so an isobar can be followed a little beyond its ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from hotfire.physics.errors import FluidError

__all__ = ["EquationOfState", "Saturation", "State"]


class State(NamedTuple):
    """One single-phase state."""

    temperature: float  # K
    density: float  # kg/m3
    enthalpy: float  # J/kg
    pressure: float  # Pa
    isentropic_exponent: float  # rho c^2/p


class Saturation(NamedTuple):
    """Both ends of the dome at one pressure."""

    temperature: float  # K
    liquid: State
    vapour: State
    slope_liquid: float  # -(dv/dp)_s where boiling begins, of the mixture in equilibrium, m3/(kg Pa)
    slope_vapour: float  # the same where it ends


class EquationOfState:
    """A pure fluid of CoolProp; see `hotfire.physics.properties` on the reference of its enthalpy."""

    def __init__(self, name: str) -> None:
        import CoolProp
        from CoolProp.CoolProp import AbstractState

        self._c = CoolProp
        self._free = AbstractState("HEOS", name)
        self._bound = AbstractState("HEOS", name)
        self._free.specify_phase(CoolProp.iphase_gas)  # one phase, whichever: no test for boiling
        self.name = name
        self.critical_temperature = float(self._bound.T_critical())
        self.critical_pressure = float(self._bound.p_critical())
        self.triple_pressure = float(self._bound.keyed_output(CoolProp.iP_triple))
        self.triple_temperature = float(self._bound.Ttriple())

    def _at(self, density: float, temperature: float) -> Any:
        self._free.update(self._c.DmassT_INPUTS, density, temperature)
        return self._free

    def state(self, density: float, temperature: float) -> State:
        """Return the single-phase state at (kg/m3, K)."""
        s = self._at(density, temperature)
        p = s.p()
        stiffness = density * s.first_partial_deriv(self._c.iP, self._c.iDmass, self._c.iSmass)
        return State(temperature, density, s.hmass(), p, stiffness / p)

    def at_temperature(self, temperature: float, pressure: float, density: float) -> State:
        """Return the state at (K, Pa) by Newton's method from a density nearby."""
        c = self._c
        for _ in range(100):
            s = self._at(density, temperature)
            miss, slope = pressure - s.p(), s.first_partial_deriv(c.iP, c.iDmass, c.iT)
            step = miss / slope if slope > 0.0 else math.copysign(density, miss)
            density += min(max(step, -0.3 * density), 0.3 * density)
            if abs(miss) < 1e-11 * pressure or abs(step) < 1e-13 * density:
                return self.state(density, temperature)
        raise self._lost(f"{temperature:g} K", pressure)

    def at_enthalpy(self, enthalpy: float, pressure: float, start: State) -> State:
        """Return the state at (J/kg, Pa) by Newton's method in (density, temperature) from a state nearby."""
        c, density, temperature = self._c, start.density, start.temperature
        for _ in range(100):
            s = self._at(density, temperature)
            p_rho, p_t = (s.first_partial_deriv(c.iP, a, b) for a, b in ((c.iDmass, c.iT), (c.iT, c.iDmass)))
            h_rho, h_t = (
                s.first_partial_deriv(c.iHmass, a, b) for a, b in ((c.iDmass, c.iT), (c.iT, c.iDmass))
            )
            dp, dh = pressure - s.p(), enthalpy - s.hmass()
            determinant = p_rho * h_t - p_t * h_rho
            d_rho = (dp * h_t - p_t * dh) / determinant
            d_t = (p_rho * dh - dp * h_rho) / determinant
            damping = min(1.0, 0.2 / max(abs(d_rho) / density, abs(d_t) / temperature, 1e-300))
            density, temperature = density + damping * d_rho, temperature + damping * d_t
            if damping == 1.0 and abs(d_rho) < 1e-10 * density and abs(d_t) < 1e-11 * temperature:
                return self.state(density, temperature)
        raise self._lost(f"{enthalpy:g} J/kg", pressure)

    def along(self, enthalpies: Iterable[float], pressure: float, start: State) -> list[State]:
        """Return the states of an isobar at these enthalpies, each found from the one before."""
        found = []
        for enthalpy in enthalpies:
            start = self.at_enthalpy(enthalpy, pressure, start)
            found.append(start)
        return found

    def saturation(self, pressure: float) -> Saturation:
        """Return the ends of the dome at a pressure between the triple point's and the critical."""
        step = min(1e-4, 0.1 * (1.0 - pressure / self.critical_pressure)) * pressure
        t, vl, vv, sl, sv = self._ends(pressure)
        (_, *low), (_, *high) = self._ends(pressure - step), self._ends(pressure + step)
        dvl, dvv, dsl, dsv = ((b - a) / (2.0 * step) for a, b in zip(low, high, strict=True))
        per_entropy = (vv - vl) / (sv - sl)  # along an isentrope the quality changes with the pressure
        return Saturation(
            t,
            self.state(1.0 / vl, t),
            self.state(1.0 / vv, t),
            per_entropy * dsl - dvl,
            per_entropy * dsv - dvv,
        )

    def _ends(self, pressure: float) -> tuple[float, float, float, float, float]:
        s = self._bound
        s.update(self._c.PQ_INPUTS, pressure, 0.0)
        temperature, liquid, entropy = s.T(), 1.0 / s.rhomass(), s.smass()
        s.update(self._c.PQ_INPUTS, pressure, 1.0)
        return temperature, liquid, 1.0 / s.rhomass(), entropy, s.smass()

    def saturation_pressure(self, temperature: float) -> float:
        """Return the pressure in Pa at which the fluid boils at `temperature` in K."""
        self._bound.update(self._c.QT_INPUTS, 0.0, temperature)
        return float(self._bound.p())

    def liquid_start(self, temperature: float) -> float:
        """Return the density of the boiling liquid in kg/m3 at `temperature` in K."""
        self._bound.update(self._c.QT_INPUTS, 0.0, temperature)
        return float(self._bound.rhomass())

    def gas_start(self, temperature: float, pressure: float) -> float:
        """Return the density of the ideal gas in kg/m3."""
        return float(pressure * self._bound.molar_mass() / (self._bound.gas_constant() * temperature))

    def _lost(self, at: str, pressure: float) -> FluidError:
        return FluidError(
            f"the equation of state of {self.name} has no state at {at} and {pressure:g} Pa",
            why="Newton's method did not find it",
            remedy="make the table's range smaller",
        )
