"""SSME Phase II at 104 %: a power balance by way of a public transcription; the report is not identified.

Flows are those of the engine less what pressurises the tanks (0.728 and 1.612 lb/s), which the file leaves out.
Specific impulse (452.58 s) is that of the fitted thrust and flows, so it is no prediction.
"""

from __future__ import annotations

from published.figures import LB, LBF, PSI, RPM, Case, Row

__all__ = ["SSME"]

_RANKINE = 5.0 / 9.0


def _pressure(what: str, place: str, published: float, sigma: float | None = None) -> Row:
    return Row(what, f"{place}.pressure", published, "psia", PSI, sigma=sigma)


def _temperature(what: str, place: str, published: float, sigma: float) -> Row:
    return Row(what, f"{place}.temperature", published, "R", _RANKINE, sigma=sigma)


def _speed(what: str, shaft: str, published: float, sigma: float) -> Row:
    return Row(what, f"{shaft}.speed", published, "rpm", RPM, sigma=sigma)


SSME = Case(
    "ssme",
    {
        "nozzle.thrust": 492035.0 * LBF,
        "lox_tank.outlet.flow": (934.115 - 1.612) * LB,
        "fuel_tank.outlet.flow": (155.399 - 0.728) * LB,
        "hpft.outlet.temperature": 1641.1 * _RANKINE,
        "hpot.outlet.temperature": 1354.6 * _RANKINE,
        "fuel_preburner.pressure": 5235.0 * PSI,
        "oxidizer_preburner.pressure": 5299.2 * PSI,
        "lpft.inlet.temperature": 461.3 * _RANKINE,
    },
    (
        "nozzle.thrust_efficiency",
        "opov.effective_area",
        "fpov.effective_area",
        "hpft.efficiency",
        "hpot.efficiency",
        "hpft.effective_area",
        "hpot.effective_area",
        "chamber.wall_conductance",
    ),
    (
        _pressure("chamber pressure, injector end", "chamber", 3126.2),
        _speed("speed, high-pressure fuel turbine", "hpfp_shaft", 35231.0, 204.0),
        _speed("speed, high-pressure oxidizer turbine", "hpop_shaft", 28165.0, 356.0),
        _speed("speed, low-pressure fuel turbine", "lpfp_shaft", 15954.0, 319.0),
        _speed("speed, low-pressure oxidizer turbine", "lpop_shaft", 5161.0, 60.9),
        _pressure("discharge, high-pressure fuel pump", "hpfp.outlet", 6418.1, 34.9),
        _pressure("discharge, high-pressure oxidizer pump", "hpop.outlet", 4317.0, 60.9),
        _pressure("discharge, preburner boost pump", "boost_pump.outlet", 7388.4, 121.5),
        _pressure("inlet, high-pressure fuel pump", "hpfp.inlet", 260.8, 15.9),
        _pressure("inlet, high-pressure oxidizer pump", "hpop.inlet", 383.5, 8.0),
        _temperature("discharge, high-pressure fuel pump", "hpfp.outlet", 95.22, 1.66),
        _temperature("discharge, high-pressure oxidizer pump", "hpop.outlet", 192.73, 1.12),
        _temperature("discharge, preburner boost pump", "boost_pump.outlet", 206.0, 1.8),
        _temperature("inlet, high-pressure fuel pump", "hpfp.inlet", 42.79, 0.28),
        _temperature("inlet, high-pressure oxidizer pump", "hpop.inlet", 169.80, 0.21),
        _pressure("inlet, low-pressure fuel turbine", "lpft.inlet", 4651.6, 48.1),
        _pressure("hot gas, main injector", "hot_gas_injector.inlet", 3366.9, 31.3),
        _pressure("oxidizer, main injector", "main_oxidizer_injector.inlet", 3720.0, 24.4),
    ),
)
