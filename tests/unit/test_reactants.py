"""Propellants and their reactants: names, sources, mixtures, stoichiometry."""

from __future__ import annotations

import math
from typing import Any

import pytest

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry import (
    Reactant,
    combustion,
    propellant,
    reactant,
    reactants,
    stoichiometric_ratio,
)


def test_every_reactant_has_a_source_and_a_plausible_state() -> None:
    for name, card in reactants().items():
        assert card.source, name
        assert 10.0 < card.temperature < 400.0, name
        assert math.isnan(card.density) or 50.0 < card.density < 1600.0, name


@pytest.mark.parametrize("name", ["lox", "LOX", "O2(L)", "liquid oxygen", "Liquid-Oxygen"])
def test_names_do_not_mind_case_spaces_and_dashes(name: str) -> None:
    assert reactant(name).name == "LOX"


@pytest.mark.parametrize(
    "text",
    [
        "ethanol:0.75+water:0.25",
        "ethanol 75 % + water 25 %",
        "75 % ethanol + 25% water",
        "EtOH: 0.75 + H2O: 0.25",
        "0.75 ethanol + 0.25 water",
    ],
)
def test_mixture_texts_name_one_propellant(text: str) -> None:
    assert propellant(text) == propellant({"ethanol": 0.75, "water": 0.25})


def test_mixture_name_reads_back() -> None:
    mixture = propellant("ethanol:0.7+water:0.2+methanol:0.1")
    assert propellant(mixture.name) == mixture


def test_mixture_enthalpy_and_elements_are_mass_averages() -> None:
    half, ethanol, water = propellant("ethanol:0.5+water:0.5"), propellant("ethanol"), propellant("water")
    assert half.enthalpy == pytest.approx(0.5 * (ethanol.enthalpy + water.enthalpy))
    assert half.elements["C"] == pytest.approx(0.5 * ethanol.elements["C"])
    assert ethanol.density < half.density < water.density


def test_unknown_propellant_lists_near_names() -> None:
    with pytest.raises(ThermochemistryError, match=r"near names: ethanol"):
        propellant("ethnol")


def test_gas_or_liquid_must_be_said() -> None:
    with pytest.raises(ThermochemistryError, match=r"ambiguous[\s\S]*N2O\(L\) or N2O\(g\)"):
        propellant("N2O")


@pytest.mark.parametrize("bad", ["ethanol:0.75+water:0.2", {"ethanol": 1.5, "water": -0.5}, {}])
def test_fractions_must_add_to_one(bad: Any) -> None:
    with pytest.raises(ThermochemistryError, match="add to"):
        propellant(bad)


def test_a_reactant_of_ones_own_burns() -> None:
    own = Reactant("my ethanol", {"C": 2, "H": 6, "O": 1}, -277.51)
    mine = combustion("LOX", own, mixture_ratio=1.5, pressure=2e6)
    theirs = combustion("LOX", "ethanol", mixture_ratio=1.5, pressure=2e6)
    assert mine.c_star == pytest.approx(theirs.c_star, rel=1e-9)
    assert mine.fuel == "my ethanol"


@pytest.mark.parametrize("formula", [{"Al": 1.0}, {}, {"C": 0.0}])
def test_an_unusable_reactant_is_refused(formula: dict[str, float]) -> None:
    with pytest.raises(ThermochemistryError):
        Reactant("odd", formula, 0.0)


def test_stoichiometric_ratio() -> None:
    # 2 H2 + O2 -> 2 H2O
    assert stoichiometric_ratio(propellant("LOX"), propellant("LH2")) == pytest.approx(31.998 / 4.032)
    with pytest.raises(ThermochemistryError, match="oxidiser first"):
        stoichiometric_ratio(propellant("LH2"), propellant("LOX"))
