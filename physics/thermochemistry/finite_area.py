"""Chambers hardly wider than their throat: what the acceleration of the burning gas costs in pressure.

In a cylinder of constant area the gas takes up speed while it burns, so that the pressure at the injector is
p + rho u^2 of the cylinder's end (NASA RP-1311, part I, section 6.4). From there on the expansion is isentropic, as
from a wide chamber of a lower pressure, which is what is sought.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry.equilibrium import CombustionState, Soot, combustion
from hotfire.physics.thermochemistry.expansion import Flow, Station
from hotfire.physics.thermochemistry.reactants import PropellantLike

__all__ = ["FiniteAreaChamber", "finite_area_combustion"]

_STEPS = 30
_CLOSE = 1e-8


@dataclass(frozen=True)
class FiniteAreaChamber:
    """A chamber of constant area.

    Attributes:
        contraction_ratio: A_chamber/A_throat.
        injector_pressure: At the injector face, Pa.
        end: The station where the cylinder ends.
        nozzle: State of rest of the gas that enters the nozzle; its pressure is the nozzle's stagnation pressure, and
            its c* is counted with that.
    """

    contraction_ratio: float
    injector_pressure: float
    end: Station
    nozzle: CombustionState

    @property
    def pressure_ratio(self) -> float:
        """Injector-face pressure over the nozzle's stagnation pressure."""
        return self.injector_pressure / self.nozzle.pressure


def finite_area_combustion(
    oxidizer: PropellantLike,
    fuel: PropellantLike,
    *,
    mixture_ratio: float,
    injector_pressure: float,
    contraction_ratio: float | None = None,
    mass_flux: float | None = None,
    flow: Flow = "shifting",
    soot: Soot = "refuse",
) -> FiniteAreaChamber:
    """Burn in a chamber of constant area.

    Args:
        oxidizer: As in `combustion`.
        fuel: As in `combustion`.
        mixture_ratio: Oxidiser to fuel by mass.
        injector_pressure: At the injector face, Pa.
        contraction_ratio: A_chamber/A_throat, above 1; this or `mass_flux` is given.
        mass_flux: Mass flow over chamber area, kg/(s m^2).
        flow: Composition in the nozzle.
        soot: As in `combustion`.

    Raises:
        ThermochemistryError: As `combustion`; or neither or both of the two are given; or the mass flux chokes the
            chamber.
    """
    if (contraction_ratio is None) == (mass_flux is None):
        raise ThermochemistryError(
            "neither or both of contraction ratio and mass flux are given",
            where="finite_area_combustion",
            remedy="give one of contraction_ratio and mass_flux",
        )
    pressure = 0.95 * injector_pressure
    for _ in range(_STEPS):
        state = combustion(
            oxidizer, fuel, mixture_ratio=mixture_ratio, pressure=pressure, flow=flow, soot=soot
        )
        ratio = _contraction(state, contraction_ratio, mass_flux)
        end = state.ahead_of_throat(ratio)
        found = end.pressure + end.density * end.speed**2
        if math.isclose(found, injector_pressure, rel_tol=_CLOSE):
            return FiniteAreaChamber(ratio, injector_pressure, end, state)
        pressure *= injector_pressure / found
    raise ThermochemistryError(
        f"no chamber of constant area was found at {injector_pressure:.4g} Pa",
        where="finite_area_combustion",
        why=f"after {_STEPS} steps its injector pressure is {found:.6g} Pa",
        remedy="take a wider chamber",
    )


def _contraction(state: CombustionState, ratio: float | None, mass_flux: float | None) -> float:
    """Return A_chamber/A_throat: as it is given, or from the flux of the choked throat, p/c*."""
    if ratio is not None:
        return ratio
    assert mass_flux is not None
    throat = state.pressure / state.c_star
    if not 0.0 < mass_flux < throat:
        raise ThermochemistryError(
            f"the mass flux of the chamber is {mass_flux:g} kg/(s m2)",
            where="finite_area_combustion",
            why=f"the throat passes {throat:.4g} kg/(s m2), and a chamber is wider than its throat",
            remedy="give a mass flux above 0 and below that",
        )
    return throat / mass_flux
