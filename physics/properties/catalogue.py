"""Which name stands for which fluid, and what its chart covers.

Names are those of `reactants.yaml`, so that an engine file calls a propellant one thing; liquid and gas of one
substance are one fluid here, since the enthalpy tells them apart. Pressurants have names of their own.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping

from hotfire.physics.errors import FluidError, ThermochemistryError
from hotfire.physics.properties.making import Plan
from hotfire.physics.thermochemistry.reactants import propellant

__all__ = ["SHIPPED", "canonical", "plan_of", "unknown"]

_OXYGEN = Plan("Oxygen", (55.0, 900.0))
_METHANE = Plan("Methane", (91.0, 900.0))
_NITROUS_OXIDE = Plan("NitrousOxide", (183.0, 525.0), pressures=(1e5, 6e7))  # below 88 kPa the liquid freezes

_PLANS: Mapping[str, Plan] = {
    "LOX": _OXYGEN,
    "GOX": _OXYGEN,
    "LH2": Plan("ParaHydrogen", (14.0, 1000.0), nodes=(150, 84)),
    "GH2": Plan("Hydrogen", (14.5, 1000.0)),
    "LCH4": _METHANE,
    "GCH4": _METHANE,
    "N2O(L)": _NITROUS_OXIDE,
    "N2O(g)": _NITROUS_OXIDE,
    "ethanol": Plan("Ethanol", (200.0, 650.0)),
    "methanol": Plan("Methanol", (200.0, 600.0)),
    "water": Plan("Water", (274.0, 1000.0)),
    "ammonia": Plan("Ammonia", (197.0, 700.0)),
    "propane": Plan("n-Propane", (100.0, 650.0)),
    "ethane": Plan("Ethane", (95.0, 675.0)),
    "ethylene": Plan("Ethylene", (106.0, 450.0)),
    "propylene": Plan("Propylene", (100.0, 575.0)),
    "nitrogen": Plan("Nitrogen", (64.0, 800.0)),
    "helium": Plan("Helium", (20.0, 800.0)),
    "air": Plan("Air", (160.0, 800.0)),
    "argon": Plan("Argon", (84.5, 700.0), pressures=(7e4, 6e7)),
}

SHIPPED = ("LOX", "LH2", "GH2", "LCH4", "N2O(L)", "ethanol", "water", "nitrogen", "helium", "air")
"""The fluids whose charts come with the package."""

_EXTRA_NAMES = {
    "n2": "nitrogen",
    "gn2": "nitrogen",
    "ln2": "nitrogen",
    "he": "helium",
    "ghe": "helium",
    "ar": "argon",
    "n2o": "N2O(L)",
    "nitrousoxide": "N2O(L)",
    "parahydrogen": "LH2",
} | {name: name for name in ("nitrogen", "helium", "air", "argon")}
"""Names that `reactants.yaml` lacks or calls ambiguous, without case, spaces and dashes."""


@functools.lru_cache(maxsize=256)
def canonical(name: str) -> str:
    """Return the name under which a fluid is kept; of a mixture, its canonical text.

    Raises:
        FluidError: Not known; the message lists near names.
    """
    extra = _EXTRA_NAMES.get(_plain(name))
    if extra is not None:
        return extra
    try:
        return propellant(name).name
    except ThermochemistryError as error:
        raise unknown(name, error.what) from error


def plan_of(name: str) -> Plan | None:
    """Return what the chart of a canonical name covers, or None where there is none."""
    return _PLANS.get(name)


def unknown(name: str, why: str = "") -> FluidError:
    """Return the error for a name without properties, with the names that come near it."""
    from hotfire.physics.properties.liquids import liquid_names

    names = tuple(dict.fromkeys((*_PLANS, *liquid_names())))
    plain = {_plain(n): n for n in names} | _EXTRA_NAMES
    near = [plain[p] for p in difflib.get_close_matches(_plain(name), plain, n=4, cutoff=0.5)]
    listed = ", ".join(dict.fromkeys(near))
    return FluidError(
        f"no properties are known of the fluid {name!r}",
        where=name,
        why=why,
        remedy=f"did you mean {listed}?" if listed else f"one of {', '.join(names)}",
    )


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum() or c in "().:+")
