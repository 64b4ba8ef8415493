"""Maps of the RL10A-3-3A: its file against the sister engine's figures that they come from."""

import math
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.physics.components.pumps import Pump
from hotfire.physics.components.turbines import Turbine
from hotfire.physics.properties import fluid
from hotfire.physics.states import Liquid, RealFluid, speed_of_expansion

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
maps = pytest.importorskip("published.rl10a_3_3")

RPM = math.pi / 30.0
PSI = 6894.757


def _values(component: str) -> dict[str, float]:
    return load_engine("rl10a-3-3a").network.components[component].parameters


def _placed(kind, values, **more):
    sound = {fault.name: 0.0 for fault in kind.faults}
    absent = {p.name: None for p in kind.parameters}
    return SimpleNamespace(**(absent | sound | dict(values) | more))


@pytest.mark.parametrize(
    ("pump", "points"),
    [("fuel_pump_1", maps.FUEL_PUMP), ("fuel_pump_2", maps.FUEL_PUMP), ("lox_pump", maps.LOX_PUMP)],
)
def test_pump_shapes_are_those_of_the_sister(pump, points) -> None:
    values = _values(pump)
    flow = values["design_flow"] / values["design_density"]
    head, torque = maps.shape(points, flow, values["design_speed"])
    assert values["shut_off_head"] == pytest.approx(head, abs=1.5e-3)
    assert values["shut_off_torque"] == pytest.approx(torque, abs=2e-3)


@pytest.mark.parametrize("points", [maps.FUEL_PUMP, maps.LOX_PUMP])
@pytest.mark.parametrize("at", [0, 2])
def test_a_pump_fitted_at_one_point_gives_rise_and_power_of_the_others(points, at) -> None:
    flow, speed, rise, power = (float(x[1]) for x in (points.flow, points.speed, points.rise, points.power))
    head, torque = maps.shape(points, flow, speed)
    density = 1000.0
    values = {
        "design_speed": speed,
        "design_flow": flow * density,
        "design_pressure_rise": rise,
        "design_density": density,
        "efficiency": rise * flow / power,
        "shut_off_head": head,
        "shut_off_torque": torque,
    }
    end = SimpleNamespace(
        pressure=1e5,
        flow=float(points.flow[at]) * density,
        properties={"state": Liquid(constant_density=density)},
    )
    q = _placed(Pump, values, inlet=end, outlet=end, shaft=SimpleNamespace(speed=float(points.speed[at])))
    told = Pump().measured(q)
    assert told["pressure_rise"] == pytest.approx(float(points.rise[at]), rel=2e-3)
    assert told["power"] == pytest.approx(float(points.power[at]), rel=2e-3)


def test_the_turbine_is_best_at_the_velocity_ratio_of_the_sister() -> None:
    values = _values("turbine")
    blade = 0.5 * 5.9 * 0.0254 * values["design_speed"]
    ratio = blade / math.sqrt(2.0 * values["design_enthalpy_fall"])
    assert ratio == pytest.approx(maps.best_velocity_ratio(), abs=1e-3)


@pytest.mark.parametrize(
    ("speed", "temperature", "ahead", "behind", "efficiency"),
    [
        (30970.0, 316.5, 722.3, 498.5, 0.735),
        (30250.0, 353.9, 698.1, 496.3, 0.729),
        (29590.0, 386.6, 676.5, 492.2, 0.725),
    ],
)
def test_efficiency_of_the_turbine_over_velocity_ratio(speed, temperature, ahead, behind, efficiency) -> None:
    hydrogen = fluid("LH2")
    state = RealFluid(
        table=hydrogen, enthalpy=hydrogen.enthalpy(temperature / 1.8, ahead * PSI), gaseous=True
    )
    values = _values("turbine") | {"efficiency": 0.7389}
    inlet = SimpleNamespace(pressure=ahead * PSI, properties={"state": state})
    outlet = SimpleNamespace(pressure=behind * PSI)
    q = _placed(
        Turbine,
        values,
        words={"flow_law": "ellipse"},
        inlet=inlet,
        outlet=outlet,
        shaft=SimpleNamespace(speed=speed * RPM),
    )
    turbine = Turbine()
    isentropic = turbine._working(q) * speed_of_expansion(inlet, outlet)
    assert turbine.measured(q)["power"] / isentropic == pytest.approx(efficiency, abs=1e-3)


def test_heat_of_the_jacket_rises_with_the_mixture_ratio() -> None:
    assert maps.heat_of_the_jacket() == pytest.approx([0.9445, 1.0, 1.0343], abs=5e-4)


def test_the_tests_over_mixture_ratio_lie_on_one_curve() -> None:
    """What the model misses at test 4 is no reading out of line: none is 0.3 % off the curve of the other tests."""
    off = pytest.importorskip("rl10_test_4").off_the_curve()
    assert set(off) == {"thrust", "chamber pressure", "oxidizer pump outlet", "fuel pump outlet"}
    assert all(abs(there) < 3e-3 and scatter < 2e-3 for there, scatter in off.values())
