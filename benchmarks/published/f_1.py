"""F-1: the gas-generator chain of Rocketdyne R-3896-1."""

from __future__ import annotations

from published.figures import HP, LB, LBF, PSI, RPM, Case, Row, rise, share

__all__ = ["F1"]

F1 = Case(
    "f-1",
    {
        "shaft.speed": 5488.0 * RPM,
        "gas_generator.temperature": 1063.0,
        "gas_generator.pressure": 980.0 * PSI,
        "gas_generator.mixture_ratio": 0.416,
        "turbine.outlet.pressure": 58.0 * PSI,
        "lox_pump.outlet.pressure": 1602.0 * PSI,
        "fuel_pump.outlet.pressure": 1870.0 * PSI,
        "chamber.pressure": 1125.0 * PSI,
        "chamber.mixture_ratio": 2.40,
        "nozzle.thrust": 1522000.0 * LBF,
        "gas_generator.outlet.flow": 167.0 * LB,
    },
    (
        "turbine.efficiency",
        "gas_generator.temperature_factor",
        "turbine.effective_area",
        "gg_lox_line.effective_area",
        "turbine_exhaust.effective_area",
        "lox_pump.design_pressure_rise",
        "fuel_pump.design_pressure_rise",
        "chamber.c_star_efficiency",
        "fuel_line.effective_area",
        "nozzle.throat_area",
        "gg_fuel_line.effective_area",
    ),
    (
        Row("oxidizer flow, engine", "lox_pump.outlet.flow", 3981.0, "lb/s", LB),
        Row("fuel flow, engine", "fuel_pump.outlet.flow", 1756.0, "lb/s", LB),
        Row("total flow of the chamber", "chamber.outlet.flow", 5569.0, "lb/s", LB),
        Row("oxidizer flow of the chamber", "chamber.oxidizer.flow", 3933.0, "lb/s", LB),
        Row("fuel flow of the chamber", "chamber.fuel.flow", 1636.0, "lb/s", LB),
        Row("oxidizer flow of the gas generator", "gas_generator.oxidizer.flow", 49.0, "lb/s", LB),
        Row("fuel flow of the gas generator", "gas_generator.fuel.flow", 118.0, "lb/s", LB),
        Row("oxidizer pump power", "lox_pump.power", 30270.0, "bhp", HP),
        Row("fuel pump power", "fuel_pump.power", 22656.0, "bhp", HP),
        Row("turbine power", "turbine.power", 53146.0, "bhp", HP),
        Row("engine mixture ratio", share("lox_pump.outlet.flow", "fuel_pump.outlet.flow"), 2.27, ""),
        Row(
            "oxidizer injector loss",
            rise("oxidizer_injector.inlet.pressure", "chamber.pressure"),
            309.0,
            "psi",
            PSI,
        ),
        Row("fuel injector loss", rise("fuel_injector.inlet.pressure", "chamber.pressure"), 97.0, "psi", PSI),
        Row("jacket loss", rise("jacket.inlet.pressure", "jacket.outlet.pressure"), 244.0, "psi", PSI),
        Row(
            "oxidizer injector loss, gas generator",
            rise("gg_oxidizer_injector.inlet.pressure", "gas_generator.pressure"),
            250.0,
            "psi",
            PSI,
        ),
        Row(
            "fuel injector loss, gas generator",
            rise("gg_fuel_injector.inlet.pressure", "gas_generator.pressure"),
            145.0,
            "psi",
            PSI,
        ),
        Row(
            "flow through the jacket over the chamber's fuel",
            share("jacket.inlet.flow", "chamber.fuel.flow"),
            0.70,
            "",
        ),
        Row(
            "specific impulse at sea level, engine",
            lambda p: (
                (p["nozzle.thrust"] + p["turbine_exhaust.thrust"])
                / 9.80665
                / (p["lox_pump.outlet.flow"] + p["fuel_pump.outlet.flow"])
            ),
            265.3,
            "s",
        ),
    ),
)
