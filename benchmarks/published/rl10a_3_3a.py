"""RL10A-3-3A: the cycle table of NASA TM-107318, and the test points of NASA CR-190786."""

from __future__ import annotations

from hotfire.physics.trimming import OperatingPoint
from published.figures import LB, LBF, PSI, RPM, Case, Row, TestPoint, rise, specific_impulse

__all__ = ["RL10"]


_TRIMS = ("bypass.effective_area", "mixture_valve.effective_area")
_SHUT = 1e-9
"""Effective area of a bypass that is shut, m^2."""
_FOOT, _RANKINE, _GRAVITY, _BTU = 0.3048, 1.0 / 1.8, 9.80665, 1055.056


TESTS = (
    ("test 1, O/F 5.63", 16603.0, 5.63, 472.35, 613.80, 1061.40),
    ("test 2, O/F 5.55", 16588.0, 5.55, 472.96, 619.10, 1068.90),
    ("test 3, O/F 4.99", 16458.0, 4.99, 475.48, 647.70, 1112.50),
    ("test 4, O/F 4.67", 16376.0, 4.67, 476.80, 665.90, 1143.10),
    ("test 5, O/F 5.42", 16555.0, 5.42, 473.03, 624.50, 1076.90),
)
"""Name, thrust in lbf, mixture ratio; pressures in psia: chamber, oxidizer pump outlet, fuel pump outlet."""


def _test(name: str, thrust: float, ratio: float, chamber: float, lox: float, fuel: float) -> TestPoint:
    """A measured point; the mixture valve alone trims it where the bypass would have to be less than shut."""
    rows = (
        Row("chamber pressure, injector face", "chamber.pressure", chamber, "psia", PSI, "static"),
        Row("oxidizer pump outlet", "lox_pump.outlet.pressure", lox, "psia", PSI, "tap"),
        Row("fuel pump outlet", "fuel_pump_2.outlet.pressure", fuel, "psia", PSI, "tap"),
    )
    most = TestPoint(
        f"{name}, bypass shut",
        {"chamber.mixture_ratio": ratio},
        _TRIMS[1:],
        (Row("thrust", "nozzle.thrust", thrust, "lbf", LBF), *rows),
        {_TRIMS[0]: _SHUT},
    )
    wanted = {"nozzle.thrust": thrust * LBF, "chamber.mixture_ratio": ratio}
    return TestPoint(name, wanted, _TRIMS, rows, otherwise=most)


def _fuel_head(point: OperatingPoint) -> float:
    """Pressure rise over inlet density, both stages, J/kg."""
    return point["fuel_pump_1.pressure_rise"] / 69.47 + point["fuel_pump_2.pressure_rise"] / 68.64


def _lox_head(point: OperatingPoint) -> float:
    """Pressure rise over inlet density, J/kg."""
    return point["lox_pump.pressure_rise"] / 1106.4


_SECOND = TestPoint(
    "second published point, O/F 5.26",
    {"nozzle.thrust": 16452.0 * LBF, "chamber.mixture_ratio": 5.26},
    _TRIMS,
    (
        Row("chamber pressure, injector face", "chamber.pressure", 482.0, "psia", PSI, "static"),
        Row("total flow", "nozzle.inlet.flow", 37.36, "lb/s", LB),
        Row("specific impulse", specific_impulse, 440.3, "s"),
        Row("fuel flow of the jacket", "jacket.inlet.flow", 5.973, "lb/s", LB),
        Row("heat of the jacket", "jacket.heat_flow", 7994.0, "Btu/s", _BTU),
        Row(
            "temperature rise of the jacket",
            rise("jacket.outlet.temperature", "jacket.inlet.temperature"),
            344.0,
            "R",
            _RANKINE,
        ),
        Row("oxidizer pump head", _lox_head, 1212.0, "ft", _FOOT * _GRAVITY),
        Row("fuel pump head, both stages", _fuel_head, 34958.0, "ft", _FOOT * _GRAVITY),
        Row(
            "temperature rise of the oxidizer pump",
            rise("lox_pump.outlet.temperature", "lox_pump.inlet.temperature"),
            3.85,
            "R",
            _RANKINE,
        ),
        Row(
            "temperature rise of the fuel pump",
            rise("fuel_pump_2.outlet.temperature", "fuel_pump_1.inlet.temperature"),
            19.43,
            "R",
            _RANKINE,
        ),
        Row("flow of the turbine", "turbine.inlet.flow", 5.89, "lb/s", LB),
        Row("pressure ratio of the turbine", "turbine.pressure_ratio", 1.39, "", 1.0, "total"),
        Row(
            "temperature fall of the turbine",
            rise("turbine.inlet.temperature", "turbine.outlet.temperature"),
            24.5,
            "R",
            _RANKINE,
        ),
    ),
)
_JACKET_LOSS = Row(
    "pressure loss of the jacket, 195.7 psi in the cycle table at 2 % more flow",
    rise("jacket.inlet.pressure", "jacket.outlet.pressure"),
    242.1,
    "psi",
    PSI,
)
# The component tables describe a stronger engine than the cycle table does. Turbine: 0.7353 at the ratio of speeds of
# 0.883 that the cycle gives, where the parabola is at 0.9863 of its top. Jacket: the conductance, and then the area,
# at which the second point has 7994 Btu/s and 242.1 psi.
_STRONGER = {"turbine.efficiency": 0.7353 / 0.9863, "chamber.wall_conductance": 3612.0}
_VARIANTS = {
    "turbine and heat of the component tables": _STRONGER,
    "turbine, heat and jacket loss of the component tables": _STRONGER | {"jacket.effective_area": 4.489e-4},
}

RL10 = Case(
    "rl10a-3-3a",
    {
        "fuel_pump_1.outlet.pressure": 3.687e6,
        "fuel_pump_2.outlet.pressure": 7.359e6,
        "lox_pump.outlet.pressure": 4.282e6,
        "jacket.outlet.pressure": 5.729e6,
        "jacket.outlet.temperature": 213.4,
        "turbine.inlet.pressure": 5.611e6,
        "turbine.outlet.pressure": 3.973e6,
        "bypass.outlet.flow": 0.0117,
        "fuel_injector.inlet.pressure": 3.709e6,
        "oxidizer_injector.inlet.pressure": 3.718e6,
        "fuel_tank.outlet.flow": 2.7587,
        "lox_tank.outlet.flow": 13.948,
        "shaft.speed": 31537.0 * RPM,
        "nozzle.thrust": 445.6 * 9.80665 * 16.7067,
    },
    (
        "fuel_pump_1.design_pressure_rise",
        "fuel_pump_2.design_pressure_rise",
        "lox_pump.design_pressure_rise",
        "jacket.effective_area",
        "chamber.wall_conductance",
        "venturi.effective_area",
        "turbine.effective_area",
        "bypass.effective_area",
        "fuel_discharge.effective_area",
        "oxidizer_injector.effective_area",
        "fuel_injector.effective_area",
        "mixture_valve.effective_area",
        "turbine.efficiency",
        "nozzle.thrust_efficiency",
    ),
    (
        Row("fuel temperature between pump stages", "fuel_pump_1.outlet.temperature", 26.47, "K"),
        Row("fuel temperature behind the pump", "fuel_pump_2.outlet.temperature", 32.02, "K"),
        Row(
            "temperature rise of the fuel pump",
            rise("fuel_pump_2.outlet.temperature", "fuel_pump_1.inlet.temperature"),
            10.58,
            "K",
        ),
        Row("temperature behind the turbine", "turbine.outlet.temperature", 200.6, "K"),
        Row(
            "temperature fall of the turbine",
            rise("turbine.inlet.temperature", "turbine.outlet.temperature"),
            12.8,
            "K",
        ),
        Row("fuel temperature ahead of the injector", "fuel_injector.inlet.temperature", 199.7, "K"),
        Row(
            "temperature rise of the oxidizer pump",
            rise("lox_pump.outlet.temperature", "lox_pump.inlet.temperature"),
            2.16,
            "K",
        ),
        Row("oxidizer temperature ahead of the injector", "oxidizer_injector.inlet.temperature", 101.2, "K"),
        Row("turbine power", "turbine.power", 585.8, "kW", 1e3),
        Row("oxidizer pump power", "lox_pump.power", 78.5, "kW", 1e3),
        Row("chamber pressure, injector face (nominal)", "chamber.pressure", 475.0, "psia", PSI, "static"),
    ),
    (
        *(_test(*test) for test in TESTS),
        _SECOND,
    ),
    against="test 5, O/F 5.42",
    disputed={_SECOND.name: (_JACKET_LOSS,)},
    variants=_VARIANTS,
)
