"""Real fluids as charts: bicubic splines outside the dome, closed forms inside (see `making`)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hotfire.physics.errors import FluidError
from hotfire.physics.ops import tabulated
from hotfire.physics.properties.chart_columns import ChartColumns
from hotfire.physics.properties.coordinates import Coordinates, Dome, polynomial
from hotfire.physics.properties.fluid import UNITS, Fluid
from hotfire.physics.properties.vapour_pressure import Reduced
from hotfire.physics.thermochemistry.readings import is_symbol
from hotfire.physics.thermochemistry.surface import IN_SCALARS, Surface, SurfaceColumns, at_symbol
from hotfire.physics.vectorised import Reader, with_slopes

__all__ = ["ChartedFluid"]

_BISECTIONS = 60


@dataclass(frozen=True, eq=False)
class ChartedFluid(Fluid):
    """A pure fluid by CoolProp's equation of state, kept as splines.

    Attributes:
        equation: CoolProp's name of the fluid.
        enthalpies: Enthalpy of the coldest state at the lowest pressure and of the warmest, J/kg.
    """

    equation: str
    enthalpies: tuple[float, float]
    _coordinates: Coordinates = field(repr=False)
    _surfaces: Mapping[str, Surface] = field(repr=False)
    _dome: Dome | None = field(repr=False)
    _reduced: Reduced = field(repr=False)

    def several(self, quantities: tuple[str, ...], enthalpy: Any, pressure: Any) -> tuple[Any, ...]:
        """Return several quantities at once; in CasADi by one spline of several outputs."""
        if is_symbol(enthalpy) or is_symbol(pressure):
            return self._symbols(quantities, enthalpy, pressure)
        return tuple(self._readers[name](enthalpy, pressure) for name in quantities)

    def symbolic(self, quantities: tuple[str, ...]) -> tuple[Any, Any]:
        """Return place and table; the place is (x, y), with a dome its weight and the mixture's logarithms."""
        if quantities not in self._functions:
            self._functions[quantities] = self._make_symbolic(quantities)
        return self._functions[quantities]

    def columns(self, quantities: tuple[str, ...]) -> Reader:
        """Return what reads quantities for columns (n,) of enthalpies and pressures, with their slopes by both."""
        if quantities not in self._column_readers:
            surfaces = [self._surfaces[name] for name in quantities]
            dome = None if self._dome is None else with_slopes(self._mixture(quantities))
            first = surfaces[0]
            self._column_readers[quantities] = ChartColumns(
                SurfaceColumns(surfaces),
                self._coordinates,
                first.x,
                first.y,
                with_slopes(self._place),
                self._dome,
                dome,
            )
        return self._column_readers[quantities]

    @functools.cached_property
    def _column_readers(self) -> dict[tuple[str, ...], Reader]:
        return {}

    @functools.cached_property
    def _place(self) -> Any:
        """CasADi function of (enthalpy, pressure): (x, y)."""
        import casadi

        enthalpy, pressure = casadi.SX.sym("enthalpy"), casadi.SX.sym("pressure")
        coordinates, surface = self._coordinates, next(iter(self._surfaces.values()))
        log_pressure = coordinates.log_pressure(pressure)
        x = surface.x.hold_symbol(coordinates.x(enthalpy - coordinates.lowest(log_pressure)))
        place = casadi.vertcat(x, surface.y.hold_symbol(coordinates.y(log_pressure)))
        return casadi.Function("coordinates", [enthalpy, pressure], [place])

    def _mixture(self, quantities: tuple[str, ...]) -> Any:
        """CasADi function of (enthalpy, pressure): weight and logarithms of the mixture in the dome."""
        import casadi

        assert self._dome is not None
        enthalpy, pressure = casadi.SX.sym("enthalpy"), casadi.SX.sym("pressure")
        read = self._dome.read(quantities, enthalpy, self._coordinates.log_pressure(pressure))
        return casadi.Function("mixture", [enthalpy, pressure], [casadi.vertcat(*read)])

    def enthalpy(self, temperature: float, pressure: float) -> float:
        """Return the enthalpy in J/kg at (K, Pa), by bisection of the chart."""
        self._check(temperature, pressure)
        lowest = float(self._coordinates.lowest(math.log(pressure)))
        span = self.enthalpies[1] - self.enthalpies[0]
        low, high = lowest - 0.02 * span, lowest + 1.05 * span
        if self._dome is not None and self._dome.scaled(math.log(pressure))[0] > 0.0:
            liquid, vapour = (float(h) for h in self._dome.ends(math.log(pressure)))
            boils = temperature > 0.5 * (
                self.temperature(liquid, pressure) + self.temperature(vapour, pressure)
            )
            low, high = (vapour, high) if boils else (low, liquid)
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            below = self.temperature(middle, pressure) < temperature
            low, high = (middle, high) if below else (low, middle)
        return 0.5 * (low + high)

    def _read(self, name: str, enthalpy: Any, pressure: Any) -> Any:
        return self._readers[name](enthalpy, pressure)

    def _vapour_pressure(self, temperature: Any) -> Any:
        return self._reduced(temperature)

    @functools.cached_property
    def _functions(self) -> dict[tuple[str, ...], tuple[Any, Any]]:
        return {}

    def _make_symbolic(self, quantities: tuple[str, ...]) -> tuple[Any, Any]:
        import casadi

        enthalpy, pressure = casadi.SX.sym("enthalpy"), casadi.SX.sym("pressure")
        place = self._place(enthalpy, pressure)
        if self._dome is not None:
            place = casadi.vertcat(place, self._mixture(quantities)(enthalpy, pressure))
        at = casadi.MX.sym("place", place.numel())
        column = at_symbol([self._surfaces[name] for name in quantities], at[:2])
        if self._dome is not None:
            column += at[2] * (at[3:] - column)
        column = casadi.exp(column)
        return (
            casadi.Function("coordinates", [enthalpy, pressure], [place], {"cse": True}),
            casadi.Function("table", [at], [column, casadi.jacobian(column, at)], IN_SCALARS),
        )

    def _symbols(self, quantities: tuple[str, ...], enthalpy: Any, pressure: Any) -> tuple[Any, ...]:
        import casadi

        if isinstance(enthalpy, casadi.SX) or isinstance(pressure, casadi.SX):
            raise FluidError(
                f"the chart of {self.name} cannot be read with casadi.SX",
                where=self.name,
                why="SX has no table look-up",
                remedy="build this equation with casadi.MX, or trace it by way of `symbolic`",
            )
        place, table = self.symbolic(quantities)
        return tuple(casadi.vertsplit(table(place(enthalpy, pressure))[0]))

    @functools.cached_property
    def _readers(self) -> Mapping[str, Callable[[Any, Any], Any]]:
        return {name: self._reader(name) for name in self._surfaces}

    def _reader(self, name: str) -> Callable[[Any, Any], Any]:
        """Return the function that reads one quantity, fast for floats: everything it needs is a local."""
        surface, coordinates, dome = self._surfaces[name], self._coordinates, self._dome
        at, x_axis, y_axis, log, tanh, exp = surface.at, surface.x, surface.y, math.log, math.tanh, math.exp
        (low, high), (xlow, xhigh), (ylow, yhigh) = (
            coordinates.log_pressures,
            (x_axis.low, x_axis.high),
            (y_axis.low, y_axis.high),
        )
        top, per_scale, coldest = math.exp(-high), 1.0 / coordinates.scale, coordinates.coldest
        (x_size, x_place, x_width), (y_size, y_place, y_width) = coordinates.x_bump, coordinates.y_bump
        first, *_ = coldest
        powers = coldest[:0:-1]
        # where to look for the dome at all: one comparison spares most states its polynomials
        boils_below = -math.inf if dome is None else dome.log_highest
        liquid, vapour = ((0.0,), (0.0,)) if dome is None else (dome.liquid_enthalpy, dome.vapour_enthalpy)

        def read(enthalpy: Any, pressure: Any) -> Any:
            if type(enthalpy) is not float or type(pressure) is not float:
                if isinstance(enthalpy, (int, float)) and isinstance(pressure, (int, float)):
                    return read(float(enthalpy), float(pressure))
                return self._read_slowly(name, enthalpy, pressure)
            log_p = 0.0 if pressure <= 1.0 else log(pressure)
            if not low <= log_p <= high:
                log_p = coordinates.log_pressure(pressure)
                pressure = exp(log_p)
            share, lowest = pressure * top, 0.0
            for c in powers:
                lowest = (lowest + c) * share
            above = enthalpy - lowest - first
            scaled = 1.0 + above * per_scale
            x = log(0.5 if scaled < 0.5 else scaled) + x_size * tanh((above - x_place) / x_width)
            y = log_p + y_size * tanh((log_p - y_place) / y_width)
            if not xlow <= x <= xhigh:
                x = x_axis.hold(x)
            if not ylow <= y <= yhigh:
                y = y_axis.hold(y)
            try:
                value = at(x, y)
            except ValueError:  # a NaN has no cell
                return math.nan
            if log_p < boils_below and dome is not None:
                t = dome.argument(log_p)
                if polynomial(liquid, t) < enthalpy < polynomial(vapour, t):
                    weight, mixture = dome.read((name,), enthalpy, log_p)
                    value += weight * (mixture - value)
            return exp(value)

        return read

    def _read_slowly(self, name: str, enthalpy: Any, pressure: Any) -> Any:
        if is_symbol(enthalpy) or is_symbol(pressure):
            return self._symbols((name,), enthalpy, pressure)[0]
        if hasattr(enthalpy, "magnitude") or hasattr(pressure, "magnitude"):
            return tabulated(self._readers[name], ("J/kg", "Pa"), UNITS[name], enthalpy, pressure)
        return self._read_array(name, enthalpy, pressure)

    def _read_array(self, name: str, enthalpy: Any, pressure: Any) -> Any:
        h, p = np.broadcast_arrays(np.asarray(enthalpy, float), np.asarray(pressure, float))
        shape, h, p = h.shape, h.ravel(), p.ravel()
        coordinates, surface = self._coordinates, self._surfaces[name]
        log_p = coordinates.log_pressure(p)
        x = surface.x.hold_array(coordinates.x(h - coordinates.lowest(log_p)))
        value = surface.at_array(x, surface.y.hold_array(coordinates.y(log_p)))
        if self._dome is not None:
            liquid, vapour = self._dome.ends(log_p)
            inside = np.flatnonzero((h > liquid) & (h < vapour))
            if inside.size:
                weight, mixture = self._dome.read((name,), h[inside], log_p[inside])
                value[inside] += weight * (mixture - value[inside])
        value = np.exp(value)
        value[np.isnan(h) | np.isnan(p)] = math.nan  # fmax and fmin let a NaN through as a number
        return value.reshape(shape)
