"""Engines held against published figures: what was put in, what was fitted, what came out.

    python benchmarks/validation.py                 tables of all engines, as in docs/explanation/validation.md
    python benchmarks/validation.py rl10a-3-3a      one engine
    python benchmarks/validation.py --fit f-1       fit it again and print the values that belong in its file

Published figures are NASA's and the manufacturers', as docs/explanation/validation.md names them. Fitted are the
parameters of `by`, to the readings of `wanted`, and nothing else.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import hotfire
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.trimming import OperatingPoint, steady_point, trim

PSI, LBF, LB, RPM, HP = 6894.757, 4.4482216, 0.45359237, math.pi / 30.0, 745.69987
Reading = str | Callable[[OperatingPoint], float]


@dataclass(frozen=True)
class Row:
    """A published figure and how to read it off the model."""

    what: str
    reading: Reading
    published: float
    unit: str
    si: float = 1.0


@dataclass(frozen=True)
class TestPoint:
    """Measured operating point: what it is trimmed to, by which parameters, and what is then predicted."""

    name: str
    wanted: Mapping[str, float]
    by: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Case:
    """One engine: its fit, what is predicted at the same point, and other points."""

    engine: str
    wanted: Mapping[str, float]
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    points: tuple[TestPoint, ...] = field(default_factory=tuple)


def specific_impulse(point: OperatingPoint) -> float:
    """Thrust over the flow through the nozzle, s."""
    return point["nozzle.thrust"] / (9.80665 * point["nozzle.inlet.flow"])


def share(part: str, whole: str) -> Reading:
    """Return a reading: one output over another."""
    return lambda point: point[part] / point[whole]


def rise(high: str, low: str) -> Reading:
    """Return a reading: one output less another."""
    return lambda point: point[high] - point[low]


def _rl10_point(name: str, thrust: float, ratio: float, chamber: float, lox: float, fuel: float) -> TestPoint:
    return TestPoint(
        name,
        {"nozzle.thrust": thrust * LBF, "chamber.mixture_ratio": ratio},
        ("bypass.effective_area", "mixture_valve.effective_area"),
        (
            Row("chamber pressure, injector face", "chamber.pressure", chamber, "psia", PSI),
            Row("oxidizer pump outlet", "lox_pump.outlet.pressure", lox, "psia", PSI),
            Row("fuel pump outlet", "fuel_pump_2.outlet.pressure", fuel, "psia", PSI),
        ),
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
        Row("heat of the jacket", "jacket.heat_flow", 8.139, "MW", 1e6),
        Row("chamber pressure (nominal)", "chamber.pressure", 475.0, "psia", PSI),
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
            ("bypass.effective_area", "mixture_valve.effective_area"),
            (
                Row("chamber pressure, injector face", "chamber.pressure", 482.0, "psia", PSI),
                Row("total flow", "nozzle.inlet.flow", 37.36, "lb/s", LB),
                Row("specific impulse", specific_impulse, 440.3, "s"),
            ),
        ),
    ),
)

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

CASES = {case.engine: case for case in (RL10, F1)}


def value(point: OperatingPoint, reading: Reading) -> float:
    """Read a figure off an operating point, SI."""
    return point[reading] if isinstance(reading, str) else reading(point)


def fit(case: Case, compiled: CompiledNetwork) -> OperatingPoint:
    """Fit the parameters of `by` to the readings of `wanted`, in four strides from where the file stands."""
    point = steady_point(compiled)
    first = {name: point[name] for name in case.wanted}
    for stride in (0.25, 0.5, 0.75, 1.0):
        between = {n: first[n] * (target / first[n]) ** stride for n, target in case.wanted.items()}
        point = trim(compiled, between, case.by, start=point)
    return point


def table(point: OperatingPoint, rows: tuple[Row, ...]) -> list[tuple[str, str, str, str]]:
    """Lines of published against predicted."""
    lines = []
    for row in rows:
        found = value(point, row.reading) / row.si
        off = found / row.published - 1.0
        lines.append((row.what, f"{row.published:.5g} {row.unit}", f"{found:.5g} {row.unit}", f"{off:+.2%}"))
    return lines


def report(case: Case) -> str:
    """Return the tables of one engine in Markdown."""
    engine = hotfire.load_engine(case.engine)
    compiled = CompiledNetwork(engine.network)
    point = steady_point(compiled)
    held = [f"`{name}` {point[name] / target - 1.0:+.2%}" for name, target in case.wanted.items()]
    lines = [
        f"## {engine.name}",
        "",
        f"Fitted: {len(case.by)} parameters ({', '.join(f'`{b}`' for b in case.by)}).",
    ]
    lines += ["", f"To as many readings, which the file keeps: {', '.join(held)}.", ""]
    lines += ["| predicted | published | model | difference |", "|---|---|---|---|"]
    told = table(point, case.rows)
    count = len(told)
    lines += [f"| {' | '.join(row)} |" for row in told]
    for test in case.points:
        try:
            trimmed = trim(compiled, test.wanted, test.by, start=point)
        except SolutionError as failure:
            lines.append(f"| {test.name} | | not reached | {failure.why} |")
            continue
        told = table(trimmed, test.rows)
        count += len(told)
        lines += [f"| {test.name}: {' | '.join(row)} |" for row in told]
    return "\n".join([*lines, "", f"{count} predicted for {len(case.by)} fitted."])


def main() -> int:
    """Print the tables, or fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", nargs="*", choices=[*CASES, []], help="engines (all where none is named)")
    parser.add_argument("--fit", action="store_true", help="fit again and print the values")
    arguments = parser.parse_args()
    for name in arguments.engine or CASES:
        case = CASES[name]
        if arguments.fit:
            compiled = CompiledNetwork(hotfire.load_engine(case.engine).network)
            point = fit(case, compiled)
            for parameter in case.by:
                print(f"{name}  {parameter}  {point.parameters[parameter]:.8g}")
        else:
            print(report(case), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
