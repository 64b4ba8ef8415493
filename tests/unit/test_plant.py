"""The plant against the model: close at the design point, apart beyond it, and honest about mass and energy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.audit import audit
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.network import Evaluation, Network
from hotfire.physics.states import Liquid
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.plant import PLANT_EQUATIONS
from hotfire.plant.feed import TurbulentLine

THROAT, INJECTORS, LEFT = 1.12, 0.9, 0.7
"""Factors that make the off-design point: on the throat, on the injectors' areas, on what tanks and batteries hold."""
DESIGN, OFF_DESIGN = 0, 1


@dataclass(frozen=True, eq=False)
class Points:
    """All values of an engine by name, at its design point and off it."""

    network: Network
    values: tuple[dict[str, float], dict[str, float]]

    @property
    def chamber_pressures(self) -> list[float]:
        outlet = next(s.name for s in self.network.streams if s.source[0] == self.network.burner and s.fluid)
        return [v[f"{outlet}.pressure"] for v in self.values]


def moved(name: str, value: float) -> float:
    if name.endswith(".throat_area"):
        return THROAT * value
    return INJECTORS * value if name.endswith("injector.effective_area") else value


@cache
def solved(name: str, equations: str) -> Points:
    network = load_engine(name).network
    network = network.with_equations(PLANT_EQUATIONS) if equations == "plant" else network
    compiled = CompiledNetwork(network)
    design = design_batch(compiled)
    parameters = [moved(n, v) for n, v in network.parameter_values.items()]
    off = {n: LEFT * v for n, v in network.initial_states(network.parameter_values).items()}
    off |= {n: v / LEFT for n, v in off.items() if n.endswith((".temperature", ".port", ".gas_share"))}
    off |= {n: 1.0 for n in off if n.endswith(".heat")}
    batch = Batch(
        np.concatenate([design.states, np.array([[off[n] for n in network.states]]).reshape(1, -1)]),
        np.concatenate([design.parameters, [parameters]]),
        *(np.repeat(column, 2, axis=0) for column in (design.faults, design.inputs)),
    )
    z, _ = solve_steady(compiled, batch, tolerance=1e-10)
    unknowns = compiled.unknowns(z, batch)
    columns = (network.states, network.parameter_values, network.faults, network.input_defaults)

    def values(i: int) -> dict[str, float]:
        found = {"ambient_pressure": network.ambient_pressure}
        for names, figures in zip((*columns, network.unknowns), (*batch.columns(), unknowns), strict=True):
            found |= dict(zip(names, figures[i].tolist(), strict=True))
        return found

    return Points(network, (values(DESIGN), values(OFF_DESIGN)))


def figures(found: Evaluation) -> dict[str, tuple[float, float]]:
    """What the equations say at one point, each with the size against which a difference counts."""
    said = {
        f"{c}: {b.name} {i}": (b.left - b.right, max(abs(b.left), abs(b.right)))
        for i, (c, b) in enumerate(found.balances)
    }
    said |= {n: (v, abs(v)) for n, v in (found.derivatives | found.outputs).items()}
    return said


@pytest.mark.parametrize("name", engine_names())
def test_at_least_three_listed_equations_differ_off_design(name: str) -> None:
    """Kind by kind, at one state of the whole engine: what no other kind of equation can have caused."""
    model, point = load_engine(name).network, solved(name, "plant").values[OFF_DESIGN]
    kinds = {c.kind.type_name for c in model.components.values()} & PLANT_EQUATIONS.keys()
    said = figures(model.evaluate(point))
    apart = {}
    for kind in kinds:
        other = figures(model.with_equations({kind: PLANT_EQUATIONS[kind]}).evaluate(point))
        apart[kind] = max(abs(other[n][0] - v) / max(size, 1e-12) for n, (v, size) in said.items())
    assert min(apart.values()) > 1e-4, apart
    assert sum(v > 1e-3 for v in apart.values()) >= 3, apart


@pytest.mark.parametrize("name", engine_names())
def test_the_plant_is_near_the_model_at_the_design_point_and_apart_off_it(name: str) -> None:
    plant, model = solved(name, "plant"), solved(name, "model")
    there, here = (
        [p / m - 1.0 for p, m in zip(plant.chamber_pressures, model.chamber_pressures, strict=True)][i]
        for i in (DESIGN, OFF_DESIGN)
    )
    flashing = any(c.kind.type_name == "saturated_tank" for c in plant.network.components.values())
    assert abs(there) < (0.065 if flashing else 0.04)
    assert abs(here) < 0.08
    ends = [n for n in model.network.unknowns if n.endswith(".pressure")]
    off_design = [values[OFF_DESIGN] for values in (plant.values, model.values)]
    assert max(abs(off_design[0][n] / off_design[1][n] - 1.0) for n in ends) > 5e-3


@pytest.mark.parametrize("name", engine_names())
def test_the_plant_neither_makes_nor_loses_mass_or_energy(name: str) -> None:
    points = solved(name, "plant")
    for values in points.values:
        found = audit(points.network, values)
        assert abs(found.mass_gap) < 1e-6
        assert abs(found.energy_gap) < 1e-6
        assert found.wasted >= -1e-6 * found.turned_over


def pull_on_a_column(flow: float, fall: float) -> float:
    """Pa that speed up the liquid in a line of the plant, from 4 bar at its inlet."""
    liquid = {"state": Liquid(constant_density=1141.0)}
    inlet = SimpleNamespace(pressure=4e5, flow=flow, properties=liquid)
    outlet = SimpleNamespace(pressure=4e5 - fall, flow=flow, properties=liquid)
    line = {"effective_area": 8e-4, "length": 1.5, "volume": None, "blockage": 0.0, "leak": 0.0}
    law = next(
        TurbulentLine().equations(SimpleNamespace(**line, inlet=inlet, outlet=outlet, ambient_pressure=1e5))
    )
    assert law.charge is not None
    return float(law.charge.rate)


@pytest.mark.parametrize("flow", [0.5, 4.0, 9.0])
def test_a_column_that_slows_down_feels_every_pascal_behind_it(flow: float) -> None:
    """Friction by the difference had the wrong sign where a shutdown turns that: nothing follows such a run."""
    falls = np.linspace(-0.9e5, 0.9e5, 181)
    pulls = np.array([pull_on_a_column(flow, fall) for fall in falls])
    assert (np.diff(pulls) > 0.8 * np.diff(falls)).all()
