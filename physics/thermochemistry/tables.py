"""Combustion tables: the chamber state as a smooth function of mixture ratio and pressure, for the hot path.

    table = combustion_table("LOX", "LH2", area_ratio=77.5)
    table.c_star(6.0, 20e6)      # floats, numpy arrays or CasADi MX

The coordinates are u = O/F/(O/F + stoichiometric O/F), which runs from 0 (fuel) over 1/2 (stoichiometric) to
1 (oxidiser) and resolves rich and lean alike, and ln p. The splines are C2, so Newton's method and
sensitivities see no kink. Every table carries the error measured at random off-grid points against Cantera.
Common pairs ship with the package; others are computed at first use and kept in the user's cache.

Three things that a table does and `combustion` refuses, since a transient or a fault must not crash a
simulation: outside its range the arguments are held at the edge, smoothly; where solid carbon would form it
    tells the gas-only
state (`soot_limit` says below which O/F that is an extrapolation); and mixtures too cold for data are bent to
a floor.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry.products import GAS_CONSTANT
from hotfire.physics.thermochemistry.readings import is_symbol
from hotfire.physics.thermochemistry.surface import IN_SCALARS, Axis, Surface, SurfaceColumns, at_symbol
from hotfire.physics.vectorised import Reader, Vectorised, with_slopes

__all__ = ["CombustionTable"]

_RINGS = 4.0
"""Cells of the grid that a cubic B-spline spans."""


@dataclass(frozen=True, eq=False)
class _TableColumns:
    """Reads quantities at columns (n,) of mixture ratios and pressures."""

    read: SurfaceColumns
    place: Vectorised

    def __call__(self, columns: Sequence[FloatArray]) -> list[FloatArray]:
        (x, y), slopes = self.place.rows([column[None] for column in columns])
        value, by_x, by_y = self.read.with_slopes(x, y)
        return [*value, *(by_x * slopes[0] + by_y * slopes[1]), *(by_x * slopes[2] + by_y * slopes[3])]

    def values(self, columns: Sequence[FloatArray]) -> list[FloatArray]:
        (x, y), _ = self.place.rows([column[None] for column in columns])
        return list(self.read.values(x, y))


@dataclass(frozen=True, eq=False)
class CombustionTable:
    """Properties of the combustion gas over mixture ratio and pressure.

    Each of the methods takes (mixture ratio O/F by mass, chamber pressure in Pa) as floats, numpy arrays
    (broadcast) or CasADi MX, and answers in kind.

    Attributes:
        oxidizer: Canonical name.
        fuel: Canonical name.
        area_ratio: A_exit/A_throat to which `gamma` belongs.
        stoichiometric: O/F by mass at which nothing is left over.
        mixture_ratios: Lowest and highest O/F of the grid; beyond, O/F is held.
        pressures: Lowest and highest pressure of the grid, Pa; beyond, the pressure is held.
        soot_limit: O/F below which solid carbon would form at some pressure of the grid and the table's
            gas-only state is an extrapolation; 0 for fuels without carbon. Real gas generators there are 100
            to 200 K colder.
        error: Largest relative error of each quantity at random off-grid points leaner than `soot_limit`,
            against Cantera; `gamma_3` is that of `gamma` at area ratio 3, and so on.
        error_rms: Root-mean-square of the same.
        error_sooty: Largest relative error at points richer than `soot_limit`.
    """

    oxidizer: str
    fuel: str
    area_ratio: float
    stoichiometric: float
    mixture_ratios: tuple[float, float]
    pressures: tuple[float, float]
    soot_limit: float
    error: Mapping[str, float] = field(repr=False)
    error_rms: Mapping[str, float] = field(repr=False)
    error_sooty: Mapping[str, float] = field(repr=False)
    _surfaces: Mapping[str, Surface] = field(repr=False)

    def c_star(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the characteristic velocity, m/s; shifting equilibrium to the throat."""
        return self._readers["c_star"](mixture_ratio, pressure)

    def temperature(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the chamber temperature, K."""
        return self._readers["temperature"](mixture_ratio, pressure)

    def molar_mass(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the molar mass in the chamber, kg/kmol."""
        return self._readers["molar_mass"](mixture_ratio, pressure)

    def cp(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the heat capacity in the chamber at fixed composition, J/(kg K)."""
        return self._readers["cp"](mixture_ratio, pressure)

    def gamma(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the process exponent of the nozzle, dimensionless.

        It is the gamma with which `ideal_thrust_coefficient` at `area_ratio` gives the vacuum thrust
        coefficient of the shifting-equilibrium expansion; it is neither the isentropic exponent of the
        chamber nor a ratio of heat capacities (for those see `gamma_frozen`).
        """
        return self._readers["gamma"](mixture_ratio, pressure)

    def temperature_by_energy(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the derivative of the temperature by the enthalpy of the reactants, K/(J/kg)."""
        return self._readers["temperature_by_energy"](mixture_ratio, pressure)

    def temperature_by_energy_twice(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the second derivative of the temperature by that enthalpy, K/(J/kg)^2."""
        return self._readers["temperature_by_energy_twice"](mixture_ratio, pressure)

    def c_star_by_energy(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the derivative of c* by that enthalpy, s/m."""
        return self._readers["c_star_by_energy"](mixture_ratio, pressure)

    def molar_mass_by_energy(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the derivative of the molar mass by that enthalpy, (kg/kmol)/(J/kg)."""
        return self._readers["molar_mass_by_energy"](mixture_ratio, pressure)

    def cp_by_energy(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the derivative of the heat capacity by that enthalpy, 1/K."""
        return self._readers["cp_by_energy"](mixture_ratio, pressure)

    @property
    def rough_below(self) -> float:
        """O/F below which `error` is not promised: the kink at `soot_limit` rings through a spline's own width."""
        if not self.soot_limit > 0.0:
            return 0.0
        x = self._layers["c_star"].x
        u = self.soot_limit / (self.soot_limit + self.stoichiometric) + _RINGS * x.step
        return self.stoichiometric * u / (1.0 - u)

    def held(self, mixture_ratio: FloatArray, pressure: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return O/F and pressure at which the table answers where it is asked: the same inside its range.

        Beyond an end, both are drawn smoothly into the last half cell of the grid. That belongs to what the table
        stands for, and whoever checks it by Cantera asks at the same place.
        """
        layer, lowest = self._layers["c_star"], -0.5 * self.stoichiometric
        x = 1.0 - self.stoichiometric / (np.maximum(mixture_ratio, lowest) + self.stoichiometric)
        u = layer.x.hold_array(x)
        log_pressure = layer.y.hold_array(np.log(np.maximum(pressure, _LOWEST_PRESSURE)))
        return self.stoichiometric * u / (1.0 - u), np.exp(log_pressure)

    def several(self, quantities: tuple[str, ...], mixture_ratio: Any, pressure: Any) -> tuple[Any, ...]:
        """Return several of `c_star`, `temperature`, `molar_mass`, `cp`, `gamma` at once.

        In CasADi this makes one spline of several outputs: three quantities cost a third more than one.
        """
        if is_symbol(mixture_ratio) or is_symbol(pressure):
            return self._symbols(quantities, mixture_ratio, pressure)
        return tuple(self._readers[name](mixture_ratio, pressure) for name in quantities)

    def symbolic(self, quantities: tuple[str, ...]) -> tuple[Any, Any]:
        """Return the table as two CasADi functions, for tracing with scalar symbols.

        Returns:
            Place on the axes of (mixture ratio, pressure), a column of two; and the values with their derivatives
            by the place, shapes (quantities, 1) and (quantities, 2), of that place.
        """
        import casadi

        at = casadi.MX.sym("place", 2)
        column = at_symbol([self._layers[name] for name in quantities], at)
        return self._place, casadi.Function("table", [at], [column, casadi.jacobian(column, at)], IN_SCALARS)

    def columns(self, quantities: tuple[str, ...]) -> Reader:
        """Return what reads quantities for columns (n,) of mixture ratios and pressures, with their slopes by both."""
        if quantities not in self._column_readers:
            read = SurfaceColumns([self._layers[name] for name in quantities])
            self._column_readers[quantities] = _TableColumns(read, with_slopes(self._place))
        return self._column_readers[quantities]

    @functools.cached_property
    def _column_readers(self) -> dict[tuple[str, ...], Reader]:
        return {}

    def _symbols(self, quantities: tuple[str, ...], mixture_ratio: Any, pressure: Any) -> tuple[Any, ...]:
        import casadi

        _refuse_sx(mixture_ratio, pressure)
        column = at_symbol([self._layers[name] for name in quantities], self._place(mixture_ratio, pressure))
        if not isinstance(mixture_ratio, casadi.MX) and not isinstance(pressure, casadi.MX):
            column = casadi.evalf(column)
        return tuple(casadi.vertsplit(column))

    def gas_constant(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the specific gas constant R/M, J/(kg K)."""
        return GAS_CONSTANT / self.molar_mass(mixture_ratio, pressure)

    def gamma_frozen(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the ratio of heat capacities at fixed composition in the chamber."""
        cp = self.cp(mixture_ratio, pressure)
        return cp / (cp - self.gas_constant(mixture_ratio, pressure))

    def density(self, mixture_ratio: Any, pressure: Any) -> Any:
        """Return the density of the chamber gas, kg/m3."""
        rt = self.gas_constant(mixture_ratio, pressure) * self.temperature(mixture_ratio, pressure)
        return pressure / rt

    def at_area_ratio(self, area_ratio: float) -> CombustionTable:
        """Return the same table with `gamma` for another area ratio; no new equilibrium is computed."""
        return dataclasses.replace(self, area_ratio=_checked(area_ratio))

    @functools.cached_property
    def _layers(self) -> Mapping[str, Surface]:
        """The surface of each quantity, `gamma` for this area ratio."""
        layers = {name: s for name, s in self._surfaces.items() if not name.startswith("gamma_")}
        gammas = {float(name[6:]): s for name, s in self._surfaces.items() if name.startswith("gamma_")}
        return {**layers, "gamma": blend(gammas, self.area_ratio)}

    @functools.cached_property
    def _readers(self) -> Mapping[str, Callable[[Any, Any], Any]]:
        def slow_path(name: str) -> Callable[[Any, Any], Any]:
            def read(mixture_ratio: Any, pressure: Any) -> Any:
                if is_symbol(mixture_ratio) or is_symbol(pressure):
                    return self._symbols((name,), mixture_ratio, pressure)[0]
                return _read_array(self._layers[name], self.stoichiometric, mixture_ratio, pressure)

            return read

        return {name: _reader(s, self.stoichiometric, slow_path(name)) for name, s in self._layers.items()}

    @functools.cached_property
    def _place(self) -> Any:
        surface = self._layers["c_star"]
        return _coordinates((surface.x, surface.y), self.stoichiometric)


def blend(layers: Mapping[float, Surface], area_ratio: float) -> Surface:
    """Interpolate surfaces of three area ratios to another: a parabola in ln(area ratio)."""
    at = math.log(min(max(_checked(area_ratio), 0.5 * min(layers)), 4.0 * max(layers)))
    places = [math.log(a) for a in layers]
    total = np.zeros_like(next(iter(layers.values())).coefficients)
    for own, surface in zip(places, layers.values(), strict=True):
        weight = math.prod((at - other) / (own - other) for other in places if other != own)
        total += weight * surface.coefficients
    return dataclasses.replace(next(iter(layers.values())), coefficients=total)


def _checked(area_ratio: float) -> float:
    if not (math.isfinite(area_ratio) and area_ratio > 1.0):
        raise ThermochemistryError(
            f"the area ratio is {area_ratio:g}",
            why="a supersonic exit is wider than the throat",
            remedy="give A_exit/A_throat above 1",
        )
    return float(area_ratio)


_LOWEST_PRESSURE = 1.0
"""Pa; keeps the logarithm defined in a vacuum."""


def _reader(
    surface: Surface, stoichiometric: float, otherwise: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    """Return the function that reads a surface over (u, ln p) at (O/F, pressure), fast for floats."""
    at, x_axis, y_axis, log, lowest = surface.at, surface.x, surface.y, math.log, -0.5 * stoichiometric
    (xlow, xhigh), (ylow, yhigh) = (x_axis.low, x_axis.high), (y_axis.low, y_axis.high)

    def read(mixture_ratio: Any, pressure: Any) -> Any:
        if type(mixture_ratio) is not float or type(pressure) is not float:
            if isinstance(mixture_ratio, (int, float)) and isinstance(pressure, (int, float)):
                return read(float(mixture_ratio), float(pressure))
            return otherwise(mixture_ratio, pressure)
        # Beyond `lowest` lies the pole of u; reverse flow in a transient gets there. NaN takes the other
        # branches.
        x = -1.0 if mixture_ratio <= lowest else 1.0 - stoichiometric / (mixture_ratio + stoichiometric)
        y = 0.0 if pressure <= _LOWEST_PRESSURE else log(pressure)
        if not xlow <= x <= xhigh:
            x = x_axis.hold(x)
        if not ylow <= y <= yhigh:
            y = y_axis.hold(y)
        try:
            return at(x, y)
        except ValueError:  # a NaN has no cell
            return math.nan

    return read


def _read_array(surface: Surface, stoichiometric: float, mixture_ratio: Any, pressure: Any) -> Any:
    ratio, p = np.broadcast_arrays(np.asarray(mixture_ratio, float), np.asarray(pressure, float))
    x = 1.0 - stoichiometric / (np.maximum(ratio.ravel(), -0.5 * stoichiometric) + stoichiometric)
    y = np.log(np.maximum(p.ravel(), _LOWEST_PRESSURE))
    return surface.at_array(surface.x.hold_array(x), surface.y.hold_array(y)).reshape(ratio.shape)


def _coordinates(axes: tuple[Axis, Axis], stoichiometric: float) -> Any:
    """Return (u, ln p), held, as a CasADi function: half the time of the same nodes in an MX graph."""
    import casadi

    ratio, pressure = casadi.SX.sym("mixture_ratio"), casadi.SX.sym("pressure")
    x = 1.0 - stoichiometric / (casadi.fmax(ratio, -0.5 * stoichiometric) + stoichiometric)
    y = casadi.log(casadi.fmax(pressure, _LOWEST_PRESSURE))
    held = casadi.vertcat(axes[0].hold_symbol(x), axes[1].hold_symbol(y))
    return casadi.Function("coordinates", [ratio, pressure], [held])


def _refuse_sx(*arguments: Any) -> None:
    import casadi

    if any(isinstance(a, casadi.SX) for a in arguments):
        raise ThermochemistryError(
            "a combustion table cannot be read with casadi.SX",
            why="SX has no table look-up",
            remedy="build this equation with casadi.MX",
        )
