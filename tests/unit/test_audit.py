"""Mass and energy of whole engines, counted at their borders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hotfire.engine_file import engine_names, load_engine
from hotfire.physics.audit import Audit, audit
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.components.pumps import Pump
from hotfire.physics.components.turbines import Turbine
from hotfire.physics.declaration import Balance
from hotfire.physics.network import Network
from hotfire.physics.steady import design_batch, solve_steady


def audited(network: Network) -> Audit:
    compiled = CompiledNetwork(network)
    batch = design_batch(compiled)
    z, _ = solve_steady(compiled, batch, tolerance=1e-10)
    unknowns = dict(zip(network.unknowns, compiled.unknowns(z, batch)[0].tolist(), strict=True))
    states = dict(zip(network.states, batch.states[0].tolist(), strict=True))
    faults = dict.fromkeys(network.faults, 0.0)
    return audit(network, network.parameter_values | network.input_defaults | states | faults | unknowns)


@pytest.mark.parametrize("name", engine_names())
def test_neither_mass_nor_energy_is_made_or_lost(name: str) -> None:
    found = audited(load_engine(name).network)
    assert found.mass_in > 0.0
    assert abs(found.mass_gap) < 1e-6
    assert abs(found.energy_gap) < 1e-6


@pytest.mark.parametrize("name", ["f-1", "rl10a-3-3a", "full-flow-methane", "electric-kerosene"])
def test_there_is_energy_to_audit(name: str) -> None:
    found = audited(load_engine(name).network)
    assert found.turned_over > 1e4
    assert found.wasted > -1e-6 * found.turned_over


class GenerousTurbine(Turbine):
    """Gives one part in ten thousand more than its gas loses."""

    def equations(self, q: Any) -> Iterator[Balance]:
        for balance in super().equations(q):
            more = 1.0001 if balance.name == "torque" else 1.0
            yield replace(balance, right=more * balance.right)


class LeakyPump(Pump):
    """Loses a little without saying so."""

    def equations(self, q: Any) -> Iterator[Balance]:
        for balance in super().equations(q):
            less = 0.99999 if balance.name == "continuity" else 1.0
            yield replace(balance, right=less * balance.right)


def test_an_equation_that_makes_energy_is_found() -> None:
    network = load_engine("f-1").network.with_equations({"turbine": GenerousTurbine})
    found = audited(network)
    assert abs(found.mass_gap) < 1e-6
    assert abs(found.energy_gap) > 1e-5


def test_an_equation_that_loses_mass_is_found() -> None:
    found = audited(load_engine("f-1").network.with_equations({"pump": LeakyPump}))
    assert found.mass_gap == pytest.approx(1e-5, rel=0.1)


def test_what_pumps_and_jackets_gave_makes_a_preburner_hotter() -> None:
    """Propellants that come warm burn hotter: the heat capacity of the gas says by how much."""
    from hotfire.physics.components.gas_generators import burnt_gas
    from hotfire.physics.thermochemistry import combustion_table

    table = combustion_table("LOX", "LH2")
    cold, _, capacity = burnt_gas(table, 0.9, 3e7, None)
    warm, *_ = burnt_gas(table, 0.9, 3e7, 1e6)
    assert warm - cold == pytest.approx(1e6 / capacity, rel=0.03)
    assert np.isclose(burnt_gas(table, 0.9, 3e7, 0.0)[0], cold)
