"""Mass and energy of whole engines, counted at their borders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hotfire.engine import Engine
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.audit import Audit, audit
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.components.pumps import Pump
from hotfire.physics.components.turbines import Turbine
from hotfire.physics.declaration import Balance
from hotfire.physics.network import Network
from hotfire.physics.placing import Stream
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.transient import Course, Instant, TransientSolver
from hotfire.sequence import value_at


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
    from hotfire.physics.components.burnt_gas import burnt_gas
    from hotfire.physics.thermochemistry import combustion_table

    table = combustion_table("LOX", "LH2")
    cold, _, capacity = burnt_gas(table, 0.9, 3e7, None)
    warm, *_ = burnt_gas(table, 0.9, 3e7, 1e6)
    assert warm - cold == pytest.approx(1e6 / capacity, rel=0.03)
    assert np.isclose(burnt_gas(table, 0.9, 3e7, 0.0)[0], cold)


@pytest.mark.parametrize("name", [n for n in engine_names() if load_engine(n).sequence is not None])
def test_energy_is_neither_made_nor_lost_during_a_start(name: str) -> None:
    """What enters and does not leave is in rotors, walls, jackets and the gas of chambers, at each instant.

    A balance of rates that holds throughout is the balance of the integral over any stretch, free of the error of a
    quadrature. An instant at which something flows backwards is left out: what it carries is not followed.
    """
    audits = [found for found in starting(load_engine(name)) if found is not None]
    assert len(audits) >= 2
    # Against the most that is turned over: at rest nothing is.
    scale = max(max(found.turned_over, abs(found.energy_in), 1.0) for found in audits)
    for found in audits:
        assert abs(found.energy_missing) < 1e-6 * scale


def starting(engine: Engine) -> Iterator[Audit | None]:
    """Audit an engine at instants of its start; None where something flows backwards."""
    sequence, network = engine.sequence, engine.network
    assert sequence is not None
    solver = TransientSolver(network)
    imposed = [sequence.corners(n, 1e9) or ((0.0, v),) for n, v in network.input_defaults.items()]
    end = max(t for corners in imposed for t, _ in corners if t < 1e8)
    time = np.unique(
        [*(t for corners in imposed for t, _ in corners if t < 1e8), *(end * np.arange(9) / 8.0)]
    )
    time = np.append(time, [end + 0.3, end + 1.0])
    course = Course(
        time,
        np.array([list(network.parameter_values.values())]),
        np.zeros((1, len(network.faults))),
        np.stack([value_at(corners, time) for corners in imposed], axis=1),
    )
    instant = solver.at_rest(course)
    for k in range(1, time.size):
        piece = replace(course, time=time[k - 1 : k + 1], inputs=course.inputs[k - 1 : k + 1])
        instant = solver.run(piece, instant, piece.time[-1:]).end
        yield rates_audited(solver, instant, course.inputs[k])


def rates_audited(solver: TransientSolver, instant: Instant, inputs: Any) -> Audit | None:
    """Count what is stored as wasted, so that the audit of a steady state serves."""
    network, dynamics = solver.network, solver.dynamics
    given = [list(network.parameter_values.values()), [0.0] * len(network.faults), inputs]
    z, stored, states = instant.z, instant.stored, instant.states
    rates = np.ravel(dynamics.rates(z, stored, states, *given)[0])
    everything = np.ravel(dynamics.outputs(z, stored, states, *given)[1])
    values = (
        network.parameter_values
        | dict.fromkeys(network.faults, 0.0)
        | dict(zip(network.input_defaults, inputs, strict=True))
        | dict(zip(network.states, states, strict=True))
        | dict(zip(network.unknowns, everything, strict=True))
    )
    running = [
        s for s in network.streams if s.fluid and network.components[s.source[0]].kind.type_name != "purge"
    ]
    if any(values[f"{s.name}.flow"] <= _least_flow(network, s) for s in running):
        return None
    growing = dict(zip(dynamics.stored_names, rates, strict=True))
    found = audit(network, values)
    kept = sum(_kept(network, name, rate, values) for name, rate in growing.items())
    return replace(found, wasted=found.wasted + kept)


def _least_flow(network: Network, stream: Stream) -> float:
    """Flow in kg/s well above the floors by which work and heat are divided: higher in machines than in pipes."""
    machines = ("pump", "turbine", "regenerative_jacket", "combustor", "gas_generator")
    machine = network.components[stream.target[0]].kind.type_name in machines
    return (2e-3 if machine else 3e-4) * network.reference_flow


def _kept(network: Network, name: str, rate: float, values: dict[str, float]) -> float:
    """Energy that a store gains and the audit does not count as wasted yet, W."""
    component, balance = name.split(": ")
    if balance in ("heat through the wall", "energy of the coolant"):
        return rate
    if balance not in ("continuity", "filling"):
        return 0.0
    # What fills a vessel has the energy that leaves it, or, in a jacket, the reactant's scale.
    properties = network.evaluate({"ambient_pressure": network.ambient_pressure, **values}).properties
    outlet = next(s.name for s in network.streams if s.source[0] == component and s.fluid)
    state = properties[outlet].get("state")
    energy = properties[outlet].get("added_energy") if state is None else state.added_energy
    if balance == "filling":  # what is stored is the share of the volume
        inlet = next(s.name for s in network.streams if s.target[0] == component and s.fluid)
        density = properties[inlet]["state"].density(values[f"{inlet}.pressure"])
        return rate * float(density * values[f"{component}.volume"] * (energy or 0.0))
    if network.components[component].kind.type_name == "regenerative_jacket":
        return -rate * (state.enthalpy - energy)
    return rate * float(energy or 0.0)
