"""Combustion and fluids without tables: Cantera and CoolProp at the very point that is asked for.

They stand in for the tables of an engine's components where a certificate is verified. Floats are answered by an
equilibrium at constant enthalpy and pressure and by its isentropic expansion. Arrays, of which only derivatives and
the search for a better rival are made, are answered from a lattice of such states that is laid while it is asked.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.network import Network
from hotfire.physics.properties import ChartedFluid
from hotfire.physics.properties.equation_of_state import EquationOfState
from hotfire.physics.states import Supply
from hotfire.physics.thermochemistry import CombustionTable, ideal_thrust_coefficient, propellant
from hotfire.physics.thermochemistry.equilibrium import mixture
from hotfire.physics.thermochemistry.expansion import Expansion
from hotfire.physics.thermochemistry.products import products_of
from hotfire.physics.thermochemistry.sampling import AREA_RATIOS, QUANTITIES, Bend, sample

__all__ = ["DirectCombustion", "DirectFluid", "without_tables"]

_ENERGY = 3e5
"""J/kg over which the table's error of a derivative by enthalpy is told."""
_FINE, _AT_KINK, _COARSE = (0.03, 0.3), (0.004, 0.3), (0.1, 0.3)
"""Spacing of the lattice in ln(O/F) and ln(pressure): where slopes are told; the same about the kink where solid
carbon begins to form, and below it, since a cubic across the kink makes a tenth of the slope at 0.03 and a hundredth at
0.004; and for solving."""
_ANYWHERE = (1.0, 1e6)
"""Mixture ratio and pressure in Pa in place of those that are no numbers."""
_REMEMBERED = 8
"""Pairs of propellants of which states are remembered while the process lasts."""
_MOST = 100_000
"""States that are remembered of one pair."""
_PROBES_MISS, _PROBES_MISS_A_KINK = 2.0, 5.0
"""Factors on the greatest error at the 200 random points at which a table was measured: elsewhere it may be greater,
the more so about the kink where solid carbon begins to form, which few of them are near."""


@dataclass(frozen=True, eq=False)
class _Memory:
    """States that were computed in this process, by what was asked and where; and the nodes of the lattice."""

    states: dict[tuple[str, float, float], dict[str, float]] = field(default_factory=dict)
    nodes: dict[tuple[str, int, int], float] = field(default_factory=dict)


@functools.lru_cache(maxsize=_REMEMBERED)
def _memory(oxidizer: str, fuel: str, area_ratio: float) -> _Memory:
    return _Memory()


def _with_gamma(errors: Mapping[str, float]) -> dict[str, float]:
    """Errors of a table, with that of the exponent at any area ratio."""
    return {**errors, "gamma": max((e for n, e in errors.items() if n.startswith("gamma_")), default=0.0)}


@dataclass(eq=False)
class DirectCombustion:
    """What a `CombustionTable` answers, by Cantera.

    Attributes:
        oxidizer, fuel: Canonical names.
        area_ratio: Area ratio to which `gamma` belongs.
        held: Where the table that it stands for answers, by where it is asked: beyond its range arguments are held.
        errors: Stated relative error of each quantity of that table.
        rough_errors, rough_below: The same at less O/F than this, where solid carbon would form or nearly so.
        nudged: Quantity that is answered off by its error, to see what that does; "" for none.
        asked: Quantities that have been asked for.
        fine: Whether the lattice for arrays is fine enough for slopes, or only for solving.
        expands: Whether the exponent of the expansion has been asked for; it is then computed with every state.
    """

    oxidizer: str
    fuel: str
    area_ratio: float
    held: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
    errors: Mapping[str, float]
    rough_errors: Mapping[str, float] = field(default_factory=dict)
    rough_below: float = 0.0
    nudged: str = ""
    asked: set[str] = field(default_factory=set)
    fine: bool = True
    expands: bool = False

    @property
    def _memory(self) -> _Memory:
        return _memory(self.oxidizer, self.fuel, self.area_ratio)

    @classmethod
    def of(cls, table: CombustionTable) -> DirectCombustion:
        """Stand in for a table."""
        clean = _with_gamma(table.error)
        rough = {n: max(e, clean[n]) for n, e in _with_gamma(table.error_sooty).items()}
        return cls(
            table.oxidizer,
            table.fuel,
            table.area_ratio,
            table.held,
            clean,
            rough,
            table.rough_below,
        )

    def several(self, quantities: tuple[str, ...], mixture_ratio: Any, pressure: Any) -> tuple[Any, ...]:
        """Return several quantities at once; a stated nudge is added for floats only."""
        self.expands |= "gamma" in quantities
        if isinstance(mixture_ratio, np.ndarray) or isinstance(pressure, np.ndarray):
            ratio, p = self.held(*np.broadcast_arrays(mixture_ratio, pressure))
            return tuple(self._interpolated(name, ratio, p) for name in quantities)
        self.asked |= set(quantities)
        here = tuple(float(x) for x in self.held(np.array(mixture_ratio), np.array(pressure)))
        return tuple(self._nudged(name, *here) for name in quantities)

    def _nudged(self, name: str, ratio: float, pressure: float) -> float:
        value = self._value(name, ratio, pressure)
        return value + self._error(name, ratio, pressure) if name == self.nudged else value

    def _error(self, name: str, ratio: float, pressure: float) -> float:
        """What the table may be off by, in the quantity's unit."""
        base = name.split("_by_energy", maxsplit=1)[0]
        scale = 1.0 if base == name else _ENERGY ** (2 if name.endswith("_twice") else 1)
        rough = ratio < self.rough_below
        stated = _PROBES_MISS_A_KINK * self.rough_errors[name] if rough else _PROBES_MISS * self.errors[name]
        return stated * self._value(base, ratio, pressure) / scale

    def _value(self, name: str, ratio: float, pressure: float) -> float:
        key, known = ("energy" if "_by_energy" in name else "state", ratio, pressure), self._memory.states
        if name not in known.get(key, {}):
            if len(known) > _MOST:
                known.clear()
            known[key] = self._slopes(ratio, pressure) if key[0] == "energy" else self._state(ratio, pressure)
        return known[key][name]

    def _state(self, ratio: float, pressure: float) -> dict[str, float]:
        """Chamber and throat, its enthalpy bent where no flame burns; and the exponent as the model defines it.

        At three area ratios it is that of the expansion, between them a parabola.
        """
        share = ratio / (1.0 + ratio)
        elements, enthalpy = mixture(propellant(self.oxidizer), propellant(self.fuel), share)
        products = products_of(elements)
        bend = Bend.of(products, pressure)
        products.at_enthalpy(bend(enthalpy), pressure)
        burnt = Expansion(products, "shifting")
        found = dict(zip(("temperature", "molar_mass", "cp"), burnt.chamber, strict=True))
        found["c_star"] = burnt.c_star
        if self.expands:
            at, logs = math.log(self.area_ratio), [math.log(a) for a in AREA_RATIOS]
            found["gamma"] = 0.0
            for own, area in zip(logs, AREA_RATIOS, strict=True):
                share = math.prod((at - other) / (own - other) for other in logs if other != own)
                found["gamma"] += share * _exponent_of(burnt.exit(area).thrust_coefficient_vacuum, area)
        return found

    def _slopes(self, ratio: float, pressure: float) -> dict[str, float]:
        found = sample(propellant(self.oxidizer), propellant(self.fuel), ratio / (1.0 + ratio), pressure)
        return dict(zip(QUANTITIES, found, strict=True))

    def _interpolated(self, name: str, ratio: Any, pressure: Any) -> FloatArray:
        """Cubic interpolation between the lattice's nodes, four by four about each point."""
        there = np.isfinite(ratio) & np.isfinite(pressure)
        ratio, pressure = np.where(there, ratio, _ANYWHERE[0]), np.where(there, pressure, _ANYWHERE[1])
        rough = self.fine & (ratio < self.rough_below)
        found = np.full(ratio.shape, np.nan)
        for own, spacing in ((there & rough, _AT_KINK), (there & ~rough, _FINE if self.fine else _COARSE)):
            found[own] = self._between(name, ratio[own], pressure[own], spacing)
        return found

    def _between(
        self, name: str, ratio: FloatArray, pressure: FloatArray, spacing: tuple[float, float]
    ) -> FloatArray:
        """Interpolate at places (n,)."""
        if not ratio.size:
            return ratio
        x, y = np.log(ratio) / spacing[0], np.log(pressure) / spacing[1]
        (i, u), (j, v) = ((np.floor(c).astype(int), c - np.floor(c)) for c in (x, y))
        _, first, own = np.unique(1_000_000 * i + j, return_index=True, return_inverse=True)
        blocks = np.array(
            [
                [[self._node(name, a + k, b + m, spacing) for m in range(-1, 3)] for k in range(-1, 3)]
                for a, b in zip(i[first], j[first], strict=True)
            ]
        )
        return np.asarray(np.einsum("nkm,kn,mn->n", blocks[own.ravel()], _cubic(u), _cubic(v)))

    def _node(self, name: str, i: int, j: int, spacing: tuple[float, float]) -> float:
        nodes = self._memory.nodes
        key = (f"{name}, {spacing}", int(i), int(j))
        if key not in nodes:
            nodes[key] = self._value(name, math.exp(key[1] * spacing[0]), math.exp(key[2] * spacing[1]))
        return nodes[key]


def _exponent_of(coefficient: float, area_ratio: float) -> float:
    """Exponent with which the ideal thrust coefficient in vacuum is this one."""
    from scipy.optimize import brentq

    def above(gamma: float) -> float:
        return float(ideal_thrust_coefficient(gamma, area_ratio, 0.0)) - coefficient

    return float(brentq(above, 1.02, 1.66, xtol=1e-12))


def _cubic(u: FloatArray) -> FloatArray:
    """Weights of the nodes at -1, 0, 1 and 2 for a place u between 0 and 1 (Lagrange)."""
    return np.stack(
        [
            -u * (u - 1.0) * (u - 2.0) / 6.0,
            (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0,
            -(u + 1.0) * u * (u - 2.0) / 2.0,
            (u + 1.0) * u * (u - 1.0) / 6.0,
        ]
    )


class DirectFluid:
    """What a chart of a fluid answers, by CoolProp's equation of state, one phase at a time."""

    def __init__(self, chart: ChartedFluid) -> None:
        self.pressures, self.temperatures = chart.pressures, chart.temperatures
        self._chart = chart
        self._equation = EquationOfState(chart.equation)
        self._known: dict[tuple[float, float], dict[str, float]] = {}

    def several(self, quantities: tuple[str, ...], enthalpy: Any, pressure: Any) -> tuple[Any, ...]:
        """Return several of density, temperature and isentropic exponent; arrays one by one."""
        if isinstance(enthalpy, np.ndarray) or isinstance(pressure, np.ndarray):
            return self._chart.several(quantities, enthalpy, pressure)
        state = self._state(float(enthalpy), float(pressure))
        return tuple(state[name] for name in quantities)

    def saturation_pressure(self, temperature: Any) -> Any:
        """Return the vapour pressure in Pa, by the equation of state for floats."""
        if isinstance(temperature, np.ndarray):
            return self._chart.saturation_pressure(temperature)
        return self._equation.saturation_pressure(float(temperature))

    def _state(self, enthalpy: float, pressure: float) -> dict[str, float]:
        key = (enthalpy, pressure)
        if key not in self._known:
            start = self._equation.state(
                float(self._chart.density(enthalpy, pressure)),
                float(self._chart.temperature(enthalpy, pressure)),
            )
            found = self._equation.at_enthalpy(enthalpy, pressure, start)
            self._known[key] = {
                "density": found.density,
                "temperature": found.temperature,
                "isentropic_exponent": found.isentropic_exponent,
            }
        return self._known[key]


def without_tables(network: Network) -> tuple[Network, list[DirectCombustion]]:
    """Return the network with Cantera and CoolProp in place of tables and charts, and the stand-ins for combustion."""
    burning: dict[str, DirectCombustion] = {}
    components = {}
    for name, placed in network.components.items():
        changed = placed
        if isinstance(placed.table, CombustionTable):
            key = f"{placed.table.oxidizer}/{placed.table.fuel}/{placed.table.area_ratio:g}"
            burning.setdefault(key, DirectCombustion.of(placed.table))
            changed = replace(changed, table=burning[key])
        if isinstance(placed.fluid, Supply) and isinstance(placed.fluid.table, ChartedFluid):
            changed = replace(changed, fluid=replace(placed.fluid, table=DirectFluid(placed.fluid.table)))
        components[name] = changed
    return replace(network, components=components), list(burning.values())
