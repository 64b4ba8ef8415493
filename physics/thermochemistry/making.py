"""Making a combustion table from Cantera, and measuring its error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry.equilibrium import adiabatic_temperature
from hotfire.physics.thermochemistry.reactants import Propellant, stoichiometric_ratio
from hotfire.physics.thermochemistry.sampling import QUANTITIES, sample
from hotfire.physics.thermochemistry.surface import Axis, Surface, fit

__all__ = ["GRID", "Made", "Progress", "make"]

Progress: TypeAlias = Callable[[float], None]
"""Called with the fraction done, 0 to 1."""


class Grid(NamedTuple):
    """How a table is laid out; part of the cache key."""

    nodes: int = 193
    pressure_nodes: int = 13
    pressures: tuple[float, float] = (1e4, 4e7)  # Pa
    richest_and_leanest: tuple[float, float] = (0.01, 0.98)  # u, at most
    coldest: float = 450.0  # K; the range of u ends where the flame is colder
    probes: int = 200  # random points at which the error is measured


GRID = Grid()


class Made(NamedTuple):
    """A table as it is stored: coefficients (quantity, i, j) over u and ln p; `soot_limit` is an O/F."""

    stoichiometric: float
    axes: tuple[Axis, Axis]
    coefficients: npt.NDArray[np.float32]
    soot_limit: float
    error: npt.NDArray[np.float64]  # rows: greatest, root mean square, greatest in the sooty corner

    def mixture_ratio(self, u: float) -> float:
        """Return O/F at a place u."""
        return self.stoichiometric * u / (1.0 - u)


_ENERGY = 3e5
"""J/kg by which a derivative is multiplied when its error is told: what a preburner's fuel may have taken up."""

STORED = QUANTITIES[:-1]
"""Quantities kept in the file; the carbon activity leaves only the soot limit behind."""


def make(
    oxidizer: Propellant, fuel: Propellant, *, grid: Grid = GRID, progress: Progress | None = None
) -> Made:
    """Compute a table: about 7,500 equilibria with their expansions, half a minute to a minute.

    Args:
        oxidizer: The oxidiser.
        fuel: The fuel.
        grid: The lay-out.
        progress: Called with the fraction done after each column.
    """
    tell = progress or (lambda fraction: None)
    pair = _Pair(oxidizer, fuel)
    low, high = _burning_range(pair, grid)
    x = Axis.over(low, high, grid.nodes)
    y = Axis.over(math.log(grid.pressures[0]), math.log(grid.pressures[1]), grid.pressure_nodes)
    values = np.empty((x.count, y.count, len(QUANTITIES)))
    for i, place in enumerate(x.nodes):
        values[i] = [pair.sample(place, log_pressure) for log_pressure in y.nodes]
        tell(0.93 * (i + 1) / x.count)
    coefficients = np.stack([fit(values[..., k]) for k in range(len(STORED))]).astype(np.float32)
    soot_limit = _soot_limit(x, values[..., -1])
    error = _measure(pair, (x, y), coefficients, soot_limit=soot_limit, probes=grid.probes)
    tell(1.0)
    return Made(pair.stoichiometric, (x, y), coefficients, pair.mixture_ratio(soot_limit), error)


class _Pair:
    """Two propellants and the coordinate u = O/F/(O/F + stoichiometric O/F)."""

    def __init__(self, oxidizer: Propellant, fuel: Propellant) -> None:
        self.oxidizer, self.fuel = oxidizer, fuel
        self.stoichiometric = stoichiometric_ratio(oxidizer, fuel)

    def mixture_ratio(self, u: float) -> float:
        return self.stoichiometric * u / (1.0 - u)

    def share(self, u: float) -> float:
        ratio = self.mixture_ratio(u)
        return ratio / (1.0 + ratio)

    def sample(self, u: float, log_pressure: float) -> tuple[float, ...]:
        return sample(self.oxidizer, self.fuel, self.share(u), math.exp(log_pressure))


def surfaces(axes: tuple[Axis, Axis], coefficients: npt.NDArray[Any]) -> dict[str, Surface]:
    """Return the surfaces by quantity from stored coefficients."""
    return {
        name: Surface(*axes, layer.astype(float)) for name, layer in zip(STORED, coefficients, strict=True)
    }


def _burning_range(pair: _Pair, grid: Grid) -> tuple[float, float]:
    """Return the range of u in which the flame is warmer than `grid.coldest` by bisection."""
    pressure = math.sqrt(grid.pressures[0] * grid.pressures[1])

    def warm(u: float) -> bool:
        return adiabatic_temperature(pair.oxidizer, pair.fuel, pair.share(u), pressure) > grid.coldest

    burning = [u for u in np.linspace(*grid.richest_and_leanest, 33) if warm(u)]
    if not burning:
        raise ThermochemistryError(
            f"{pair.oxidizer.name} and {pair.fuel.name} burn at no mixture ratio",
            why=f"no flame is warmer than {grid.coldest:g} K",
            remedy="check the enthalpies of the reactants, in kJ/mol",
        )
    edges = []
    for hot, cold in zip((min(burning), max(burning)), grid.richest_and_leanest, strict=True):
        inside, outside = float(hot), float(cold)
        while abs(inside - outside) > 1e-4:
            middle = 0.5 * (inside + outside)
            inside, outside = (middle, outside) if warm(middle) else (inside, middle)
        edges.append(inside)
    return edges[0], edges[1]


def _soot_limit(x: Axis, log_activity: npt.NDArray[np.float64]) -> float:
    """Return the largest u at which solid carbon forms at some pressure of the grid; 0 if nowhere."""
    worst = log_activity.max(axis=1)
    sooty = np.flatnonzero(worst > 0.0)
    if not sooty.size:
        return 0.0
    k = min(int(sooty[-1]), x.count - 2)
    return float(x.nodes[k] + x.step * worst[k] / (worst[k] - worst[k + 1]))


def _measure(
    pair: _Pair, axes: tuple[Axis, Axis], coefficients: npt.NDArray[Any], *, soot_limit: float, probes: int
) -> npt.NDArray[np.float64]:
    """Return relative errors by quantity, three rows: see `Made.error`."""
    (x, y), random = axes, np.random.default_rng(20240501)
    u, log_p = random.uniform(x.low, x.high, probes), random.uniform(y.low, y.high, probes)
    truth = np.array([pair.sample(float(a), float(b)) for a, b in zip(u, log_p, strict=True)])
    layers = surfaces(axes, coefficients).values()
    off = np.abs(
        [
            (s.at_array(u, log_p) - truth[:, k]) / scale
            for k, (s, scale) in enumerate(zip(layers, _scales(truth), strict=True))
        ]
    )
    clean, sooty = off[:, u >= soot_limit], off[:, u < soot_limit]
    rms = np.sqrt(np.square(clean).mean(axis=1))
    return np.array([clean.max(axis=1), rms, sooty.max(axis=1, initial=0.0)])


def _scales(truth: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Return what the error of each quantity is a share of: itself, or what it adds its quantity to."""
    column = {name: truth[:, k] for k, name in enumerate(QUANTITIES)}
    return [
        column[name.split("_by_energy")[0]] / _ENERGY ** (2 if name.endswith("_twice") else 1)
        if "_by_energy" in name
        else column[name]
        for name in STORED
    ]
