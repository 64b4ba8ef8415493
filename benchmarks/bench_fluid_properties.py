"""Properties of fluids: errors against CoolProp at random points, and look-up times.

Run: python benchmarks/bench_fluid_properties.py [names]

Points are drawn evenly in temperature up to 1.3 times the critical, evenly in ln T over the whole range, and within
10 % of the critical point, a third each. "near" is that last region; the rest is "liquid" (colder than critical, denser
than at the critical point), "super" (up to twice the critical temperature) and "gas". "dome" is the mixture from 5 to
95 % of the way from boiling to dry; "skin" is its two margins.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any

import CoolProp
import numpy as np

from hotfire.physics.properties import ChartedFluid, fluid
from hotfire.physics.properties.fluid import QUANTITIES
from hotfire.physics.properties.store import SHIPPED

POINTS = 1500
REGIONS = ("liquid", "super", "gas", "near")


def samples(chart: ChartedFluid, points: int) -> dict[str, list[tuple[float, ...]]]:
    """Return by region the rows (enthalpy, pressure, density, temperature, isentropic exponent)."""
    state, random = CoolProp.AbstractState("HEOS", chart.equation), np.random.default_rng(5)
    critical, pressure = state.T_critical(), state.p_critical()
    density = state.rhomass_critical()
    found: dict[str, list[tuple[float, ...]]] = {region: [] for region in REGIONS}
    (low, high), (lowest, highest) = chart.temperatures, np.log(chart.pressures)
    for k in range(points):
        p, t = math.exp(random.uniform(lowest, highest)), math.exp(random.uniform(*np.log((low, high))))
        if k % 3 == 1:
            t = random.uniform(low, max(1.3 * critical, 2.0 * low))
        if k % 3 == 2:
            t, p = critical * random.uniform(0.9, 1.1), pressure * random.uniform(0.9, 1.1)
        if not low <= t <= high:
            continue
        try:
            state.update(CoolProp.PT_INPUTS, p, t)
        except ValueError:  # frozen, or on the line of boiling
            continue
        region = "gas" if t < critical else "super" if t < 2.0 * critical else "gas"
        if t < critical and state.rhomass() > density:
            region = "liquid"
        if abs(t / critical - 1.0) < 0.1 and abs(p / pressure - 1.0) < 0.1:
            region = "near"
        rho = state.rhomass()
        found[region].append((state.hmass(), p, rho, t, rho * state.speed_sound() ** 2 / p))
    return found


def mixtures(chart: ChartedFluid, points: int) -> dict[str, list[tuple[float, ...]]]:
    """Return the same for the dome, without the exponent."""
    state, random = CoolProp.AbstractState("HEOS", chart.equation), np.random.default_rng(6)
    found: dict[str, list[tuple[float, ...]]] = {"dome": [], "skin": []}
    if chart.temperatures[0] > state.T_critical():
        return found
    for _ in range(points):
        lowest, highest = math.log(chart.pressures[0]), math.log(0.99 * state.p_critical())
        p, quality = math.exp(random.uniform(lowest, highest)), random.uniform(0.0, 1.0)
        state.update(CoolProp.PQ_INPUTS, p, quality)
        region = "dome" if 0.05 < quality < 0.95 else "skin"
        found[region].append((state.hmass(), p, state.rhomass(), state.T()))
    return found


def errors(chart: ChartedFluid, rows: list[tuple[float, ...]]) -> dict[str, tuple[float, float]]:
    """Return greatest and root-mean-square relative error by quantity, in per cent."""
    columns = np.array(rows).T
    off = {
        name: 100.0 * np.abs(getattr(chart, name)(columns[0], columns[1]) / truth - 1.0)
        for name, truth in zip(QUANTITIES, columns[2:], strict=False)
    }
    return {name: (float(e.max()), float(np.sqrt(np.mean(e**2)))) for name, e in off.items()}


def saturation_error(chart: ChartedFluid) -> float:
    """Return the greatest relative error of the vapour pressure, in per cent."""
    state, worst = CoolProp.AbstractState("HEOS", chart.equation), 0.0
    low = max(chart.temperatures[0], state.Ttriple() + 0.01)
    for t in np.linspace(low, 0.9999 * state.T_critical(), 200):
        state.update(CoolProp.QT_INPUTS, 0, t)
        worst = max(worst, abs(chart.saturation_pressure(float(t)) / state.p() - 1.0))
    return 100.0 * worst


def microseconds(call: Callable[[], Any], times: int) -> float:
    """Return the shortest of five mean times of a call."""
    call()
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(times):
            call()
        best = min(best, (time.perf_counter() - start) / times)
    return 1e6 * best


def times(name: str = "LH2") -> None:
    import casadi

    chart, random = fluid(name), np.random.default_rng(0)
    liquid, boiling = chart.enthalpy(30.0, 7e6), chart.enthalpy(21.4, 1.9e5)
    h, p = random.uniform(0.0, 3e6, 100_000), np.exp(random.uniform(11.5, 17.5, 100_000))
    symbols = casadi.MX.sym("h"), casadi.MX.sym("p")
    mapped = casadi.Function("f", [*symbols], list(chart.several(QUANTITIES, *symbols))).map(10_000)
    arguments = casadi.DM(h[:10_000]).T, casadi.DM(p[:10_000]).T
    print(f"\nlook-up times of {name}, us")
    for what, value in (
        ("float, above the critical pressure", microseconds(lambda: chart.density(liquid, 7e6), 20_000)),
        ("float, liquid below it", microseconds(lambda: chart.density(boiling, 1.9e5), 20_000)),
        ("float, in the dome", microseconds(lambda: chart.density(boiling + 1e5, 1.9e5), 5_000)),
        ("array, a point", microseconds(lambda: chart.density(h, p), 3) / h.size),
        ("CasADi, three quantities, mapped, a point", microseconds(lambda: mapped(*arguments), 3) / 10_000),
        ("enthalpy of (T, p)", microseconds(lambda: chart.enthalpy(30.0, 7e6), 200)),
    ):
        print(f"{what:42s} {value:8.2f}")


def main(names: list[str]) -> None:
    print("greatest (root-mean-square) error in per cent")
    print(f"{'':10s} {'region':8s} {'points':>6s}" + "".join(f"{name:>24s}" for name in QUANTITIES))
    for name in names:
        chart = fluid(name)
        assert isinstance(chart, ChartedFluid)
        for region, rows in (samples(chart, POINTS) | mixtures(chart, POINTS // 3)).items():
            if rows:
                found = errors(chart, rows).values()
                figures = "".join(f"{worst:13.4f} ({rms:.5f})".rjust(24) for worst, rms in found)
                print(f"{name:10s} {region:8s} {len(rows):6d}{figures}")
        if chart.temperatures[0] < chart._reduced.critical_temperature:
            print(f"{name:10s} vapour pressure {saturation_error(chart):.4f}")
    times()


if __name__ == "__main__":
    main(sys.argv[1:] or list(SHIPPED))
