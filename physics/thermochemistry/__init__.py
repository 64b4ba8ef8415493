"""Combustion thermochemistry by Cantera, with cached tables.

    combustion("LOX", "LH2", mixture_ratio=6.0, pressure=20e6)     the equilibrium itself, 4 ms
    combustion_table("LOX", "LH2", area_ratio=77.5)                the same as smooth functions, 1 us a
    look-up

The direct path (`reactants`, `products`, `expansion`, `equilibrium`, `finite_area`) knows no table; a verifier uses it
alone. The table path (`sampling`, `making`, `store`, `tables`, `surface`) is built from it. `nozzle` holds
the ideal relations.
"""

from __future__ import annotations

from hotfire.physics.thermochemistry.equilibrium import CombustionState, combustion, monopropellant
from hotfire.physics.thermochemistry.expansion import NozzleExit
from hotfire.physics.thermochemistry.finite_area import FiniteAreaChamber, finite_area_combustion
from hotfire.physics.thermochemistry.nozzle import (
    ExitPressureRatio,
    exit_pressure_ratio,
    exit_pressure_ratio_table,
    ideal_thrust_coefficient,
)
from hotfire.physics.thermochemistry.reactants import (
    Propellant,
    PropellantLike,
    Reactant,
    propellant,
    reactant,
    reactants,
    stoichiometric_ratio,
)
from hotfire.physics.thermochemistry.store import cache_directory, combustion_table
from hotfire.physics.thermochemistry.tables import CombustionTable

__all__ = [
    "CombustionState",
    "CombustionTable",
    "ExitPressureRatio",
    "FiniteAreaChamber",
    "NozzleExit",
    "Propellant",
    "PropellantLike",
    "Reactant",
    "cache_directory",
    "combustion",
    "combustion_table",
    "exit_pressure_ratio",
    "exit_pressure_ratio_table",
    "finite_area_combustion",
    "ideal_thrust_coefficient",
    "monopropellant",
    "propellant",
    "reactant",
    "reactants",
    "stoichiometric_ratio",
]
