"""Chambers of the plant: main, hybrid, and those that drive turbines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hotfire.physics.components.combustors import Combustor, HybridCombustor
from hotfire.physics.components.gas_generators import GasGenerator
from hotfire.physics.ops import log, maximum
from hotfire.physics.states import HotGas
from hotfire.plant._laws import atmospheres, kelvins

__all__ = ["RealCombustor", "RealGasGenerator", "RealHybridCombustor"]

_USUAL_FLAME = 900.0
"""K of the gas of a gas generator at which it is as the model says."""
_KINETICS = 0.05


def _pressure_effect(q: Any) -> Any:
    return 1.0 + 0.02 * log(maximum(atmospheres(q.outlet.pressure) / 10.0, 0.1) / 2.0)


class RealCombustor(Combustor):
    """Efficiency of c* rises by 0.02 per unit of ln(pressure / 20 atm).

    Droplets burn faster and recombination is more complete at pressure (Priem and Heidmann, NASA TR R-67).
    """

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the gas with the efficiency of the operating point."""
        gas = super().carried(q)
        gas["c_star"] = gas["c_star"] * _pressure_effect(q)
        return gas


class RealHybridCombustor(HybridCombustor):
    """Efficiency as in the combustor; the grain gives 1.5 % more at the fresh port, 5 % less a port diameter opened.

    The flux that drives regression includes the fuel already added, which falls as the port opens (Marxman and
    Gilbert, 9th Symposium on Combustion, 1963; Sutton and Biblarz, 9th ed., chapter 16).
    """

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the gas with the efficiency of the operating point."""
        gas = super().carried(q)
        gas["c_star"] = gas["c_star"] * _pressure_effect(q)
        return gas

    def _regression(self, q: Any) -> Any:
        return super()._regression(q) * (1.0 + 0.05 * (1.3 - q.port / q.port_diameter))


class RealGasGenerator(GasGenerator):
    """What the gas is hotter than unburnt changes by 0.05 x (1 - 900 K / temperature): colder gas is less complete.

    Reactions slow down with the temperature, so a mixture farther off leaves the chamber farther from equilibrium
    (NASA SP-8081, Liquid propellant gas generators).
    """

    def _state(self, q: Any) -> HotGas:
        state = super()._state(q)
        hot = state.total_temperature
        share = 1.0 + _KINETICS * (1.0 - _USUAL_FLAME / maximum(kelvins(hot), 100.0))
        return replace(state, total_temperature=q.cold_temperature + (hot - q.cold_temperature) * share)
