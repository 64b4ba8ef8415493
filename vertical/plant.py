"""The plant: components whose equations differ from those of the diagnosing model, on purpose.

A diagnosis that is tried on its own model is not tried at all. Each class names what it changes; the list is in
docs/explanation/plant.md. The constants are chosen so that the plant agrees with the model at a typical operating
point and leaves it as the point moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hotfire.physics.components.combustors import Combustor, HybridCombustor
from hotfire.physics.components.nozzles import Nozzle
from hotfire.physics.components.restrictions import CoolingJacket, Injector, Line
from hotfire.physics.components.tanks import BlowdownTank, RegulatedTank, SaturatedTank
from hotfire.physics.declaration import Balance, Component, State
from hotfire.physics.ops import above_vacuum, log, maximum, minimum, per_second, tabulated

__all__ = ["PLANT_EQUATIONS"]


def _scaled(balances: Iterator[Balance], factor: Any) -> Iterator[Balance]:
    """Multiply the right side of the first balance, the flow law, by a factor."""
    for i, balance in enumerate(balances):
        yield replace(balance, right=balance.right * factor) if i == 0 else balance


def _turbulent(q: Any) -> Any:
    """Friction with the exponent 1.8 of turbulent pipe flow instead of 2, equal to it at 1 bar."""
    drop = maximum(abs_smooth(q.inlet.pressure - q.outlet.pressure, q), 2e-3 * q.inlet.pressure)
    return (drop / (0.03 * q.inlet.pressure)) ** 0.0556


def abs_smooth(difference: Any, q: Any) -> Any:
    """Magnitude of a pressure difference, smooth at zero."""
    return (difference**2 + (1e-4 * q.inlet.pressure) ** 2) ** 0.5


class TurbulentLine(Line):
    """Friction exponent 1.8 instead of 2."""

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the line with the other friction law."""
        yield from _scaled(super().equations(q), _turbulent(q))


class TurbulentJacket(CoolingJacket):
    """Friction exponent 1.8 instead of 2."""

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances of the jacket with the other friction law."""
        yield from _scaled(super().equations(q), _turbulent(q))


class FlashingInjector(Injector):
    """Discharge falls as the liquid flashes deeper, and rises a little with the pressure ratio when it does not."""

    def equations(self, q: Any) -> Iterator[Balance]:
        """Yield the balances with a discharge coefficient that depends on the state."""
        vapour, depth = q.inlet.properties.get("vapour_pressure"), 0.0
        if vapour is not None:
            highest = maximum(vapour, q.inlet.pressure)
            depth = maximum(vapour - q.outlet.pressure, 0.0 * q.outlet.pressure) / highest
        drop = minimum(maximum(1.0 - q.outlet.pressure / q.inlet.pressure, 0.0), 1.0)
        yield from _scaled(super().equations(q), 1.0 - 0.15 * depth + 0.06 * (drop - 0.35))


class RealCombustor(Combustor):
    """Efficiency rises slowly with pressure and falls away from the best mixture ratio."""

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the gas with the efficiency of the operating point."""
        gas = super().carried(q)
        gas["c_star"] = gas["c_star"] * _pressure_effect(q)
        return gas


class RealHybridCombustor(HybridCombustor):
    """Efficiency rises with pressure; the flux that drives regression includes the fuel already added."""

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the gas with the efficiency of the operating point."""
        gas = super().carried(q)
        gas["c_star"] = gas["c_star"] * _pressure_effect(q)
        return gas

    def _regression(self, q: Any) -> Any:
        return super()._regression(q) * (1.0 + 0.05 * (1.3 - q.port / q.port_diameter))


def _pressure_effect(q: Any) -> Any:
    return 1.0 + 0.02 * log(maximum(_atmospheres(q.outlet.pressure) / 10.0, 0.1) / 2.0)


def _atmospheres(pressure: Any) -> Any:
    """Pressure over the standard atmosphere: a reference that does not change with the altitude of the test."""
    return tabulated(lambda p: p / 101325.0, ("Pa",), "", pressure)


class ErodingNozzle(Nozzle):
    """Throat that opens by heating and slow erosion, and a thrust efficiency that depends on pressure."""

    states = (State("heat", "", "share of full heating"),)

    def _throat(self, q: Any) -> Any:
        return super()._throat(q) * (1.0 + 0.004 * q.heat)

    def derivatives(self, q: Any) -> dict[str, Any]:
        """Return the heating of the throat, with a time constant of three seconds of full firing."""
        full = maximum(_atmospheres(q.inlet.pressure) - 2.0, 0.0)
        return {"heat": per_second(minimum(full / 10.0, 1.0) * (1.5 - q.heat) / 3.0)}

    def measured(self, q: Any) -> dict[str, Any]:
        """Return thrust with the loss of a thin boundary layer at low pressure."""
        outputs = super().measured(q)
        outputs["thrust"] = outputs["thrust"] * (
            1.005 - 0.01 * (20.0 / _atmospheres(above_vacuum(q.inlet.pressure))) ** 0.5
        )
        return outputs

    def initial(self, parameters: dict[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return a cold throat."""
        return {"heat": 0.0}


class LaggingSaturatedTank(SaturatedTank):
    """Boiling lags behind: the pressure stands below saturation in proportion to the outflow."""

    def _pressure(self, q: Any) -> Any:
        return super()._pressure(q) * (1.0 - 0.04 * minimum(q.outlet.flow / q.reference_flow, 2.0))

    def carried(self, q: Any) -> dict[str, Any]:
        """Return the outflow, whose vapour pressure is that of the liquid and not of the ullage."""
        carried = super().carried(q)
        return carried | {"vapour_pressure": super()._pressure(q)}


class HeatedBlowdownTank(BlowdownTank):
    """Ullage that takes up heat: the exponent falls from near adiabatic as the gas cools."""

    def _pressure(self, q: Any) -> Any:
        drained = 1.0 - maximum(q.mass, 0.0 * q.mass) / q.propellant_mass
        return super()._pressure(q) * (1.0 - 0.05 * drained + 0.07 * drained**2)


class DroopingRegulatedTank(RegulatedTank):
    """Regulator that droops with flow and recovers lost pressure slowly as its bottle warms."""

    def _pressure(self, q: Any) -> Any:
        return super()._pressure(q) * (1.0 - 0.012 * (q.mass / q.propellant_mass))


PLANT_EQUATIONS: dict[str, type[Component]] = {
    kind.type_name: kind
    for kind in (
        DroopingRegulatedTank,
        ErodingNozzle,
        FlashingInjector,
        HeatedBlowdownTank,
        LaggingSaturatedTank,
        RealCombustor,
        RealHybridCombustor,
        TurbulentJacket,
        TurbulentLine,
    )
}
"""Plant declarations by the component type that they stand for."""
