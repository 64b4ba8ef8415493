"""Reactants and propellants: what goes into the chamber, as formula and enthalpy.

A propellant need not be a species of the product data base. What the equilibrium needs of it is the moles of
each element and the enthalpy that a kilogram carries in; both come from `reactants.yaml`, each figure with
its source.
"""

from __future__ import annotations

import difflib
import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, TypeAlias

from hotfire.physics.errors import ThermochemistryError

__all__ = [
    "ATOMIC_WEIGHTS",
    "Propellant",
    "PropellantLike",
    "Reactant",
    "propellant",
    "reactant",
    "reactants",
    "stoichiometric_ratio",
]

ATOMIC_WEIGHTS = {"C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999}
"""kg/kmol; IUPAC abridged standard atomic weights, the ones Cantera uses."""


@dataclass(frozen=True)
class Reactant:
    """One pure substance as it enters the chamber.

    Attributes:
        name: What people call it.
        formula: Atoms per formula unit; fractions are allowed (RP-1 is C1 H1.95).
        enthalpy: kJ per mol of formula unit, elements at 298.15 K as zero.
        temperature: K, the state to which the enthalpy belongs.
        density: kg/m3 at that state; NaN where it was not stated.
        source: Where the enthalpy comes from.
        note: What to mind.
    """

    name: str
    formula: Mapping[str, float]
    enthalpy: float
    temperature: float = 298.15
    density: float = math.nan
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        foreign = sorted(set(self.formula) - set(ATOMIC_WEIGHTS))
        if foreign or not self.formula:
            raise ThermochemistryError(
                f"reactant {self.name!r} has elements outside C, H, O, N: {', '.join(foreign) or 'no atoms'}",
                where=self.name,
                why="the product species cover carbon, hydrogen, oxygen and nitrogen",
                remedy="give a formula of these elements",
            )
        if not all(math.isfinite(n) and n > 0 for n in self.formula.values()) or not math.isfinite(
            self.enthalpy
        ):
            raise ThermochemistryError(
                f"reactant {self.name!r} has an atom count or an enthalpy that is not a usable number",
                where=self.name,
                remedy="atom counts must be positive, the enthalpy finite, in kJ/mol",
            )

    def __hash__(self) -> int:  # the formula is a mapping, which has no hash of its own
        return hash((self.name, self.enthalpy, self.temperature))

    @property
    def molar_mass(self) -> float:
        """kg/kmol of the formula unit."""
        return sum(n * ATOMIC_WEIGHTS[element] for element, n in self.formula.items())


@dataclass(frozen=True)
class Propellant:
    """One substance or an ideal mixture by mass, as it comes out of one tank.

    Attributes:
        name: Canonical text form, for example `ethanol:0.75+water:0.25`; reading it back gives the same
            propellant.
        parts: The reactants with their mass fractions, which add to one.
    """

    name: str
    parts: tuple[tuple[Reactant, float], ...]
    elements: Mapping[str, float] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        moles: dict[str, float] = {}
        for part, fraction in self.parts:
            for element, n in part.formula.items():
                moles[element] = moles.get(element, 0.0) + fraction * n / part.molar_mass
        object.__setattr__(self, "elements", moles)

    @property
    def enthalpy(self) -> float:
        """J/kg; ideal mixing, no heat of solution."""
        return sum(fraction * part.enthalpy * 1e6 / part.molar_mass for part, fraction in self.parts)

    @property
    def density(self) -> float:
        """kg/m3; volumes add. NaN where a part has no density."""
        return 1.0 / sum(fraction / part.density for part, fraction in self.parts)

    @property
    def signature(self) -> tuple[object, ...]:
        """What the chamber sees of it, formula and enthalpy: the key of cached tables."""
        elements = tuple((e, float(f"{n:.9g}")) for e, n in sorted(self.elements.items()))
        return (elements, float(f"{self.enthalpy:.9g}"))


def stoichiometric_ratio(oxidizer: Propellant, fuel: Propellant) -> float:
    """Return the O/F by mass at which CO2, H2O and N2 hold all atoms.

    Raises:
        ThermochemistryError: The first propellant has no oxygen to give, or the second needs none.
    """
    surplus, need = -_oxygen_need(oxidizer), _oxygen_need(fuel)
    if surplus <= 0.0 or need <= 0.0:
        raise ThermochemistryError(
            f"{oxidizer.name} does not oxidise {fuel.name}",
            where=f"{oxidizer.name}/{fuel.name}",
            why="the first must hold more oxygen than it needs, the second less",
            remedy="give the oxidiser first and the fuel second",
        )
    return need / surplus


def _oxygen_need(what: Propellant) -> float:
    """Return kmol of O that a kilogram needs to become CO2, H2O and N2; negative for an oxidiser."""
    n = what.elements
    return 2.0 * n.get("C", 0.0) + 0.5 * n.get("H", 0.0) - n.get("O", 0.0)


PropellantLike: TypeAlias = str | Reactant | Propellant | Mapping[str | Reactant, float]
"""What stands for a propellant: a name, `"ethanol:0.75+water:0.25"`, a mapping of mass fractions, or the
object."""


@functools.cache
def reactants() -> Mapping[str, Reactant]:
    """Return all known reactants by name, in the order of the table."""
    return {name: Reactant(name, **card) for name, card in _cards()[0].items()}


def reactant(name: str) -> Reactant:
    """Return one reactant by name or alias; case, spaces and dashes do not matter.

    Raises:
        ThermochemistryError: Not known, or ambiguous between gas and liquid; the message lists near names.
    """
    known = _cards()[1].get(_plain(name))
    if known is None:
        raise _unknown(name)
    return reactants()[known]


def propellant(what: PropellantLike) -> Propellant:
    """Return the propellant that a name, a text such as `ethanol:0.75+water:0.25`, or a mapping stands for.

    Args:
        what: A name or alias; a mixture text by mass (`ethanol:0.75+water:0.25` or `75 % ethanol + 25 %
            water`); a mapping from name or `Reactant` to mass fraction; a `Reactant`; or a `Propellant`,
            returned as it is.

    Raises:
        ThermochemistryError: A name is not known, or the mass fractions do not add to one.
    """
    if isinstance(what, Propellant):
        return what
    if isinstance(what, Reactant):
        return Propellant(what.name, ((what, 1.0),))
    if isinstance(what, str):
        if _plain(what) in _cards()[1]:
            return propellant(reactant(what))
        return propellant(_parse_mixture(what))
    parts = tuple((r if isinstance(r, Reactant) else reactant(r), float(x)) for r, x in what.items())
    total = sum(fraction for _, fraction in parts)
    if not parts or abs(total - 1.0) > 1e-6 or any(fraction < 0.0 for _, fraction in parts):
        raise ThermochemistryError(
            f"the mass fractions of {_mixture_name(parts) or 'an empty mixture'} add to {total:g}, not to 1",
            remedy='write mass fractions that add to 1, for example "ethanol:0.75+water:0.25"',
        )
    parts = tuple((part, fraction) for part, fraction in parts if fraction > 0.0)
    return propellant(parts[0][0]) if len(parts) == 1 else Propellant(_mixture_name(parts), parts)


def _mixture_name(parts: tuple[tuple[Reactant, float], ...]) -> str:
    return "+".join(f"{part.name}:{fraction:g}" for part, fraction in parts)


_FRACTION = r"(?P<{0}>[0-9]*\.?[0-9]+)\s*(?P<{0}_percent>%?)"
_PART = re.compile(
    rf"\s*(?:{_FRACTION.format('before')}\s+(?P<tail>\S.*?)|(?P<head>.*?\S)\s*[:\s]\s*{_FRACTION.format('after')})\s*"
)


def _parse_mixture(text: str) -> dict[str | Reactant, float]:
    fractions: dict[str | Reactant, float] = {}
    pieces = text.split("+")
    for piece in pieces:
        match = _PART.fullmatch(piece)
        if match is None:
            raise _unknown(piece.strip() or text)
        side = "before" if match["before"] else "after"
        scale = 0.01 if match[f"{side}_percent"] else 1.0
        name = match["tail"] if match["before"] else match["head"]
        fractions[reactant(name)] = fractions.get(reactant(name), 0.0) + scale * float(match[side])
    return fractions


def _unknown(name: str) -> ThermochemistryError:
    plain, (cards, index) = _plain(name), _cards()
    close = difflib.get_close_matches(plain, index, n=6, cutoff=0.6)
    close += [key for key in index if len(plain) > 1 and (plain in key or (len(key) > 2 and key in plain))]
    near = list(dict.fromkeys(index[key] for key in close))[:5]
    phases = [x for x in near if _plain(x).startswith(f"{plain}(")]
    return ThermochemistryError(
        f"the propellant {name!r} is not known" if not phases else f"the propellant {name!r} is ambiguous",
        where=name,
        why=f"say which: {' or '.join(phases)}" if phases else f"near names: {', '.join(near) or '(none)'}",
        remedy="use a known name, or give a Reactant(name, formula, enthalpy in kJ/mol); "
        + f"known: {', '.join(cards)}",
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]", "", name).lower()


@functools.cache
def _cards() -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return the cards by name (without their aliases) and the index of every plain name and alias."""
    import yaml

    text = resources.files(__package__).joinpath("reactants.yaml").read_text(encoding="utf-8")
    cards: dict[str, dict[str, Any]] = yaml.safe_load(text)
    index: dict[str, str] = {}
    for name, card in cards.items():
        aliases = card.pop("aliases", [])
        for alias in [name, *aliases]:
            if index.setdefault(_plain(str(alias)), name) != name:
                raise AssertionError(f"reactants.yaml: {alias!r} names two reactants")
    return cards, index
