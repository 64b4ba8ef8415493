"""Turbines that a liquid drives, and the liquid that runs back to the pump from which it came."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.physics.audit import audit
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.components.hydraulic_turbines import HydraulicTurbine
from hotfire.physics.errors import EngineError
from hotfire.physics.states import Liquid
from hotfire.physics.steady import design_batch, solve_steady

LOOP = """
schema: hotfire.engine/1
propellants: {{oxidizer: LOX, fuel: LH2}}
components:
  tank: {{type: regulated_tank, set_pressure: 7 bara, density: 1130 kg/m^3, propellant_mass: 10000 kg}}
  joint: {{type: manifold}}
  volute: {{type: manifold}}
  return_line: {{type: orifice, effective_area: 100 mm^2}}
  line: {{type: line, effective_area: 400 mm^2}}
connections:
  - tank -> joint -> line -> volute
  - volute -> return_line {arrow} {target}
"""


def quantities(**changed: float) -> Any:
    """A turbine at its design point: 27 MPa, 1130 kg/m^3, 540 rad/s."""
    state = Liquid(constant_density=1130.0)
    values = dict.fromkeys((f.name for f in HydraulicTurbine.faults), 0.0) | {
        "effective_area": 3e-4,
        "efficiency": 0.65,
        "design_speed": 540.0,
        "design_pressure_fall": 27e6,
        "design_density": 1130.0,
        "ambient_pressure": 1e5,
        "reference_flow": 100.0,
        "reference_torque": 1e4,
    }
    ends = {
        "inlet": SimpleNamespace(pressure=29.5e6, flow=74.1, properties={"state": state}),
        "outlet": SimpleNamespace(pressure=2.5e6, flow=74.1, properties={}),
        "shaft": SimpleNamespace(speed=changed.pop("speed", 540.0), torque=0.0),
    }
    return SimpleNamespace(**(values | changed), **ends)


def told(q: Any) -> dict[str, float]:
    found = {b.name: float(b.right) for b in HydraulicTurbine().equations(q)}
    return found | HydraulicTurbine().measured(q)


def test_its_best_point_has_the_stated_efficiency() -> None:
    best = told(quantities())
    flow = 3e-4 * (2.0 * 1130.0 * 27e6) ** 0.5
    assert best["flow through the nozzle ring"] == pytest.approx(flow, rel=1e-6)
    assert best["power"] == pytest.approx(0.65 * flow * 27e6 / 1130.0, rel=1e-6)


@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_efficiency_is_a_parabola_over_speed(ratio: float) -> None:
    assert told(quantities(speed=540.0 * ratio))["power"] == pytest.approx(
        told(quantities())["power"] * ratio * (2.0 - ratio), rel=1e-6
    )


def test_at_rest_it_has_twice_the_torque_and_no_power() -> None:
    rest = told(quantities(speed=0.0))
    assert rest["torque"] == pytest.approx(2.0 * told(quantities())["torque"], rel=1e-6)
    assert rest["power"] == 0.0


def test_what_it_gives_the_liquid_loses() -> None:
    q = quantities()
    state = HydraulicTurbine().carried(q)["state"]
    assert -state.added_energy * q.outlet.flow == pytest.approx(told(q)["power"], rel=1e-6)


@pytest.mark.parametrize(
    ("fault", "flow", "power"),
    [
        ("efficiency_loss", 1.0, 0.8),
        ("nozzle_blockage", 0.8, 0.8),
        ("nozzle_erosion", 1.2, 1.2),
        ("bypass_leak", 1.2, 1.0),
    ],
)
def test_faults_of_a_fifth(fault: str, flow: float, power: float) -> None:
    sound, faulty = told(quantities()), told(quantities(**{fault: 0.2}))
    name = "flow through the nozzle ring"
    assert faulty[name] == pytest.approx(flow * sound[name], rel=1e-6)
    assert faulty["power"] == pytest.approx(power * sound["power"], rel=1e-6)


def test_a_leak_is_missing_at_the_outlet() -> None:
    faulty = told(quantities(leak=0.1))
    assert faulty["continuity"] < 74.1 - 0.09 * 74.1


@pytest.mark.parametrize(("arrow", "target"), [("->", "joint"), ("~>", "volute")])
def test_a_loop_without_a_return_and_a_return_from_nowhere_are_refused(
    arrow: str, target: str, tmp_path: Any
) -> None:
    path = tmp_path / "loop.yaml"
    path.write_text(LOOP.format(arrow=arrow, target=target))
    with pytest.raises(EngineError):
        load_engine(path)


def test_liquid_that_runs_back_brings_its_heat_and_none_is_lost() -> None:
    network = load_engine("ssme").network
    compiled, batch = CompiledNetwork(network), design_batch(CompiledNetwork(network))
    z, _ = solve_steady(compiled, batch)
    outputs = dict(zip(compiled.output_names, compiled.rates(z, batch)[1][0].tolist(), strict=True))
    cold, back = (outputs[f"hpop_inlet.inlet.{n}.temperature"] for n in ("lpop_duct", "lpot"))
    assert cold < outputs["hpop.inlet.temperature"] < back
    values = dict(zip(network.unknowns, compiled.unknowns(z, batch)[0].tolist(), strict=True))
    values |= network.parameter_values | network.input_defaults | dict.fromkeys(network.faults, 0.0)
    books = audit(network, values | network.initial_states(network.parameter_values))
    assert abs(books.mass_gap) < 1e-6
    assert abs(books.energy_gap) < 1e-6
