"""Making a fluid's chart from CoolProp, and measuring its error.

The chart is filled before splines go through it: inside the dome the nodes do not hold the mixture, whose kinks
would ring far into the liquid, but a quintic from the liquid's border to the vapour's that keeps value, slope and
curvature at both. So the splines are as exact beside the dome as far from it, and the mixture comes from closed
forms (`Dome`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from hotfire.physics.properties.coordinates import FADED, Coordinates, Dome, tau_of
from hotfire.physics.properties.equation_of_state import EquationOfState, Saturation, State
from hotfire.physics.properties.fluid import QUANTITIES
from hotfire.physics.thermochemistry.surface import Axis, fit

__all__ = ["Made", "Plan", "Progress", "make"]

Array: TypeAlias = npt.NDArray[np.float64]
Progress: TypeAlias = Callable[[float], None]
"""Called with the fraction done, 0 to 1."""

_DEGREE = 14
"""Of the dome's polynomials."""
_VAPOUR_DEGREE = 9
"""Of the vapour pressure's polynomial."""


@dataclass(frozen=True)
class Plan:
    """What a chart covers and how it is laid out; part of the key.

    Attributes:
        fluid: CoolProp's name.
        temperatures: Lowest and highest, K.
        pressures: Lowest and highest, Pa.
        nodes: Along enthalpy and along pressure.
        scale: Enthalpy scale of the logarithm as a share of that from the coldest liquid to the critical point.
        x_bump: Size, and width as the same share, of the stretch about the critical enthalpy.
        y_bump: Size and width of the stretch about the critical pressure, in ln p.
    """

    fluid: str
    temperatures: tuple[float, float]
    pressures: tuple[float, float] = (2e4, 6e7)
    nodes: tuple[int, int] = (128, 72)
    scale: float = 0.7
    x_bump: tuple[float, float] = (0.6, 0.35)
    y_bump: tuple[float, float] = (1.2, 0.5)


class Made(NamedTuple):
    """A chart as it is stored."""

    coordinates: Coordinates
    axes: tuple[Axis, Axis]
    layers: npt.NDArray[np.float32]  # (quantity, i, j), spline coefficients of logarithms
    dome: Dome | None
    vapour_pressure: tuple[float, ...]  # see `VapourPressure`
    enthalpies: tuple[float, float]  # J/kg: of the coldest at the lowest pressure, of the warmest


def make(plan: Plan, progress: Progress | None = None) -> Made:
    """Compute a chart: about 20,000 states, 5 to 15 seconds."""
    tell = progress or (lambda fraction: None)
    eos = EquationOfState(plan.fluid)
    coordinates, x, y = _lay_out(eos, plan)
    log_pressures = _inverted(coordinates.y, y.nodes, *coordinates.log_pressures)
    above = _inverted(coordinates.x, x.nodes, -0.2 * coordinates.scale, 1e3 * coordinates.scale)
    values = np.empty((x.count, y.count, len(QUANTITIES)))
    for j, log_pressure in enumerate(log_pressures):
        enthalpies = above + coordinates.lowest(float(log_pressure))
        values[:, j] = _isobar(eos, plan, x.nodes, enthalpies, math.exp(log_pressure))
        tell((j + 1) / y.count)
    layers = np.stack([fit(np.log(values[..., k])) for k in range(len(QUANTITIES))]).astype(np.float32)
    dome = None
    if plan.temperatures[0] < eos.critical_temperature and plan.pressures[0] < 0.9 * eos.critical_pressure:
        dome = _dome(eos, math.exp(log_pressures[0]))
    low, high = (float(a) + coordinates.lowest(coordinates.log_pressures[0]) for a in (above[0], above[-1]))
    return Made(coordinates, (x, y), layers, dome, _vapour_pressure(eos, plan), (low, high))


def _lay_out(eos: EquationOfState, plan: Plan) -> tuple[Coordinates, Axis, Axis]:
    """Choose the coordinates and the axes."""
    (coldest, warmest), (low, high) = plan.temperatures, plan.pressures
    pressures = np.sort(np.concatenate([np.geomspace(low, high, 30), np.linspace(low, high, 32)[1:-1]]))
    cold = _isotherm(eos, coldest, pressures)
    warm = [eos.at_temperature(warmest, p, eos.gas_start(warmest, p)) for p in pressures]
    fitted = np.polynomial.Polynomial.fit(pressures / high, [s.enthalpy for s in cold], 4)
    lowest = fitted.convert().coef
    # the fit must not cut states off, so it goes below the isotherm everywhere
    lowest[0] -= max(float(fitted(p / high)) - s.enthalpy for p, s in zip(pressures, cold, strict=True))
    # a fluid that is warmer than critical throughout has no critical region; any scale of heat serves
    critical = eos.critical_temperature if coldest < eos.critical_temperature else 1.5 * coldest
    middle = eos.at_temperature(
        critical, eos.critical_pressure * 1.3, _middle_density(eos, critical)
    ).enthalpy
    reach = middle - float(np.interp(eos.critical_pressure, pressures, [s.enthalpy for s in cold]))
    has_dome = coldest < eos.critical_temperature
    place = math.log(eos.critical_pressure)
    margin = 0.2 * math.log(high / low) / plan.nodes[1] / (1.0 + plan.y_bump[0] / plan.y_bump[1])
    coordinates = Coordinates(
        (math.log(low), math.log(high)),
        margin,
        tuple(lowest.tolist()),
        plan.scale * reach,
        (plan.x_bump[0] * has_dome, reach, plan.x_bump[1] * reach),
        (plan.y_bump[0] * has_dome, place, plan.y_bump[1]),
    )
    top = max(s.enthalpy - float(coordinates.lowest(math.log(s.pressure))) for s in warm)
    x = Axis.over(float(coordinates.x(0.0)), float(coordinates.x(top)), plan.nodes[0])
    bottom, ceiling = (float(coordinates.y(p)) for p in coordinates.log_pressures)
    y = Axis.over(bottom, ceiling, plan.nodes[1])
    return coordinates, x, y


def _middle_density(eos: EquationOfState, temperature: float) -> float:
    return 0.5 * eos.gas_start(temperature, eos.critical_pressure)


def _isotherm(eos: EquationOfState, temperature: float, pressures: Array) -> list[State]:
    """Return the states of the coldest isotherm, liquid where there is one."""
    found: list[State] = []
    liquid = temperature < eos.critical_temperature
    density = eos.liquid_start(temperature) if liquid else eos.gas_start(temperature, float(pressures[0]))
    for p in pressures:
        found.append(eos.at_temperature(temperature, float(p), density))
        density = found[-1].density
    return found


def _inverted(function: Callable[[Any], Any], values: Array, low: float, high: float) -> Array:
    """Return where a rising function takes these values, by bisection; the bracket is widened at need."""
    reach = high - low
    a, b = np.full(values.shape, low - 0.5 * reach), np.full(values.shape, high + 0.5 * reach)
    for _ in range(100):
        middle = 0.5 * (a + b)
        below = function(middle) < values
        a, b = np.where(below, middle, a), np.where(below, b, middle)
    found: Array = 0.5 * (a + b)
    return found


def _isobar(eos: EquationOfState, plan: Plan, x: Array, enthalpies: Array, pressure: float) -> Array:
    """Return (node, quantity) along one isobar, the dome filled."""
    from scipy.interpolate import CubicSpline

    coldest = plan.temperatures[0]
    start = _isotherm(eos, coldest, np.geomspace(plan.pressures[0], pressure, 9))[-1]
    if coldest >= eos.critical_temperature or pressure > 0.9995 * eos.critical_pressure:
        return _columns(eos.along(enthalpies, pressure, start))
    ends = eos.saturation(pressure)
    cold, warm = enthalpies <= ends.liquid.enthalpy, enthalpies >= ends.vapour.enthalpy
    out = np.empty((x.size, len(QUANTITIES)))
    out[cold] = _columns(eos.along(enthalpies[cold], pressure, start))
    out[warm] = _columns(eos.along(enthalpies[warm], pressure, ends.vapour))
    inside = ~cold & ~warm
    if inside.any():
        out[inside] = np.exp(_filling(eos, ends, pressure, CubicSpline(enthalpies, x), x[inside]))
    return out


def _columns(states: list[State]) -> Array:
    return np.array([(s.density, s.temperature, s.isentropic_exponent) for s in states]).reshape(-1, 3)


def _filling(
    eos: EquationOfState, ends: Saturation, pressure: float, place: Callable[[Array], Array], at: Array
) -> Array:
    """Return logarithms at places inside the dome: quintics that join its ends without a kink."""
    wide = ends.vapour.enthalpy - ends.liquid.enthalpy
    borders, jets = [], []
    for end, outwards in ((ends.liquid, -1.0), (ends.vapour, 1.0)):
        # a polynomial through five states on the side of the single phase tells slope and curvature
        enthalpies = end.enthalpy + outwards * 0.02 * wide * np.arange(5.0)
        away = place(enthalpies) - place(enthalpies[:1])
        states = _columns(eos.along(enthalpies, pressure, end))
        jets.append(np.polynomial.polynomial.polyfit(away, np.log(states), 4)[:3])
        borders.append(float(place(enthalpies[:1])[0]))
    size, powers = borders[1] - borders[0], np.arange(6.0)
    system = np.zeros((6, 6))  # value, slope and curvature at 0, then at 1
    system[0, 0], system[1, 1], system[2, 2] = 1.0, 1.0, 2.0
    system[3:] = np.ones(6), powers, powers * (powers - 1.0)
    wanted = [
        scale * value for jet in jets for scale, value in zip((1.0, size, 2.0 * size**2), jet, strict=True)
    ]
    quintic = np.linalg.solve(system, np.array(wanted))
    return np.vander((at - borders[0]) / size, 6, increasing=True) @ quintic


def _dome(eos: EquationOfState, lowest: float) -> Dome:
    """Fit the ends of the dome."""
    critical, deepest = (
        eos.critical_pressure,
        tau_of(max(lowest, 1.0001 * eos.triple_pressure), eos.critical_pressure),
    )
    t = np.cos(np.pi * (np.arange(80) + 0.5) / 80)
    taus = FADED + 0.5 * (t + 1.0) * (deepest - FADED)
    pressures = critical * np.exp(-(taus**3))
    ends = [eos.saturation(float(p)) for p in pressures]

    def fitted(values: list[float]) -> tuple[float, ...]:
        series = np.polynomial.chebyshev.chebfit(t, values, _DEGREE)
        return tuple(np.polynomial.chebyshev.cheb2poly(series).tolist())

    return Dome(
        math.log(critical),
        deepest,
        fitted([e.liquid.enthalpy for e in ends]),
        fitted([e.vapour.enthalpy for e in ends]),
        fitted([-math.log(e.liquid.density) for e in ends]),
        fitted([-math.log(e.vapour.density) for e in ends]),
        fitted([math.log(e.slope_liquid * p) for e, p in zip(ends, pressures, strict=True)]),
        fitted([math.log(e.slope_vapour * p) for e, p in zip(ends, pressures, strict=True)]),
        fitted([math.log(e.temperature) for e in ends]),
    )


def _vapour_pressure(eos: EquationOfState, plan: Plan) -> tuple[float, ...]:
    """Fit ln p by 1 - T_critical/T: critical temperature, ln of its pressure, lowest argument, coefficients."""
    critical = eos.critical_temperature
    lowest = max(min(plan.temperatures[0], 0.9 * critical), eos.triple_temperature)
    t = 0.5 * (1.0 - np.cos(np.pi * (np.arange(120) + 0.5) / 120))
    temperatures = lowest + t * (0.9999 * critical - lowest)
    z = 1.0 - critical / temperatures
    wanted = [math.log(eos.saturation_pressure(float(x)) / eos.critical_pressure) for x in temperatures]
    series = np.linalg.lstsq(np.vander(z, _VAPOUR_DEGREE + 1, increasing=True)[:, 1:], wanted, rcond=None)[0]
    return (critical, math.log(eos.critical_pressure), float(z.min()), *series.tolist())
