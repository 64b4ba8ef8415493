"""RL10A-3-3A: the cycle table of NASA TM-107318, and the test points of NASA CR-190786."""

from __future__ import annotations

from published.figures import (
    LB,
    LBF,
    PSI,
    RPM,
    Case,
    Row,
    TestPoint,
    Variant,
    rise,
    specific_impulse,
)

__all__ = ["RL10"]


TRIMS = ("bypass.effective_area", "mixture_valve.effective_area")
"""What trims the engine's thrust and mixture ratio: the bypass of its turbine, and the oxidizer valve."""
SHUT = ("bypass shut, turbine power as the trim", ("turbine.efficiency", "mixture_valve.effective_area"))


def _rl10_point(name: str, thrust: float, ratio: float, chamber: float, lox: float, fuel: float) -> TestPoint:
    tap = "wall tap"
    return TestPoint(
        name,
        {"nozzle.thrust": thrust * LBF, "chamber.mixture_ratio": ratio},
        TRIMS,
        (
            Row("chamber pressure, injector face", "chamber.pressure", chamber, "psia", PSI, "static"),
            Row("oxidizer pump outlet", "lox_pump.outlet.pressure", lox, "psia", PSI, tap),
            Row("fuel pump outlet", "fuel_pump_2.outlet.pressure", fuel, "psia", PSI, tap),
        ),
        (SHUT,),
    )


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
        "turbine.power": 585.8e3,
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
        "shaft.bearing_torque",
        "turbine.efficiency",
        "nozzle.thrust_efficiency",
    ),
    (
        Row(
            "fuel temperature between pump stages", "fuel_pump_1.outlet.temperature", 26.47, "K", as_="total"
        ),
        Row("fuel temperature behind the pump", "fuel_pump_2.outlet.temperature", 32.02, "K", as_="total"),
        Row(
            "temperature rise of the fuel pump",
            rise("fuel_pump_2.outlet.temperature", "fuel_pump_1.inlet.temperature"),
            10.58,
            "K",
        ),
        Row("temperature behind the turbine", "turbine.outlet.temperature", 200.6, "K", as_="total"),
        Row(
            "temperature fall of the turbine",
            rise("turbine.inlet.temperature", "turbine.outlet.temperature"),
            12.8,
            "K",
        ),
        Row(
            "fuel temperature ahead of the injector",
            "fuel_injector.inlet.temperature",
            199.7,
            "K",
            as_="total",
        ),
        Row(
            "temperature rise of the oxidizer pump",
            rise("lox_pump.outlet.temperature", "lox_pump.inlet.temperature"),
            2.16,
            "K",
        ),
        Row(
            "oxidizer temperature ahead of the injector",
            "oxidizer_injector.inlet.temperature",
            101.2,
            "K",
            as_="total",
        ),
        Row("oxidizer pump power", "lox_pump.power", 78.5, "kW", 1e3),
        Row("heat of the jacket", "jacket.heat_flow", 8.139, "MW", 1e6),
        Row("chamber pressure (nominal)", "chamber.pressure", 475.0, "psia", PSI, "injector face"),
        Row("thrust (nominal)", "nozzle.thrust", 16500.0, "lbf", LBF),
    ),
    (
        _rl10_point("test 1, O/F 5.63", 16603.0, 5.63, 472.35, 613.80, 1061.40),
        _rl10_point("test 2, O/F 5.55", 16588.0, 5.55, 472.96, 619.10, 1068.90),
        _rl10_point("test 3, O/F 4.99", 16458.0, 4.99, 475.48, 647.70, 1112.50),
        _rl10_point("test 4, O/F 4.67", 16376.0, 4.67, 476.80, 665.90, 1143.10),
        _rl10_point("test 5, O/F 5.42", 16555.0, 5.42, 473.03, 624.50, 1076.90),
        TestPoint(
            "second published point, O/F 5.26",
            {"nozzle.thrust": 16452.0 * LBF, "chamber.mixture_ratio": 5.26},
            TRIMS,
            (
                Row("chamber pressure, injector face", "chamber.pressure", 482.0, "psia", PSI, "static"),
                Row("total flow", "nozzle.inlet.flow", 37.36, "lb/s", LB),
                Row("specific impulse", specific_impulse, 440.3, "s"),
                Row("heat of the jacket", "jacket.heat_flow", 8.434, "MW", 1e6),
                Row(
                    "temperature rise of the jacket",
                    rise("jacket.outlet.temperature", "jacket.inlet.temperature"),
                    191.1,
                    "K",
                    as_="total",
                ),
                Row(
                    "jacket loss",
                    rise("jacket.inlet.pressure", "jacket.outlet.pressure"),
                    242.1,
                    "psi",
                    PSI,
                ),
            ),
            (SHUT,),
        ),
    ),
    (
        Variant(
            "The test points with the jacket loss of the second published point",
            {"jacket.effective_area": 0.881},
            {"bypass.effective_area": "turbine.efficiency"},
        ),
    ),
)
