"""The small set of operations that equations are written in.

One source, four readings: floats (verification), NumPy arrays (batches), CasADi symbols (Jacobians, structure)
and pint quantities (units). Each operation looks at the type of its first argument, so that a component's
equations read like the textbook and never mention the technique. Both branches of a switch are always
evaluated: clamp the arguments inside them, or NaN leaks out of the branch that was not taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "above_vacuum",
    "at_least",
    "bounded",
    "exp",
    "forwards",
    "forwards_inverse",
    "log",
    "maximum",
    "minimum",
    "per_second",
    "positive",
    "pressure_loss",
    "signed_sqrt",
    "signed_square",
    "smooth_step",
    "sqrt",
    "tabulated",
    "tabulated_several",
    "tanh",
    "within_limits",
]

PRESSURE_SMOOTHING = 200.0
"""Pressure difference in Pa below which a square-root law is made linear: its slope at zero is infinite."""


def _reading(x: Any) -> str:
    """Name the reading that a value belongs to."""
    if isinstance(x, (float, int)):
        return "float"
    if isinstance(x, (np.ndarray, np.floating)):
        return "array"
    if type(x).__module__.startswith("casadi"):
        return "symbol"
    return "quantity" if hasattr(x, "magnitude") else "other"


def _unary(name: str, x: Any) -> Any:
    match _reading(x):
        case "float":
            return getattr(math, name)(x)
        case "symbol":
            import casadi

            return getattr(casadi, name)(x)
        case "quantity":
            return x.units._REGISTRY.Quantity(getattr(math, name)(x.to("").magnitude), "")
        case _:
            return getattr(np, name)(x)


def exp(x: Any) -> Any:
    """Exponential of a dimensionless value."""
    return _unary("exp", x)


def log(x: Any) -> Any:
    """Natural logarithm of a dimensionless value."""
    return _unary("log", x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent of a dimensionless value."""
    return _unary("tanh", x)


def sqrt(x: Any) -> Any:
    """Square root; units follow."""
    return x**0.5 if _reading(x) == "quantity" else _unary("sqrt", x)


def signed_sqrt(pressure_difference: Any, density: Any) -> Any:
    """Return sign(dp) sqrt(2 rho |dp|) in kg/(s m^2), linear within `PRESSURE_SMOOTHING` of zero."""
    if _reading(pressure_difference) == "quantity":
        smoothing = PRESSURE_SMOOTHING * pressure_difference.units._REGISTRY.Pa
        return pressure_difference * (2.0 * density) ** 0.5 / (pressure_difference**2 + smoothing**2) ** 0.25
    return (
        pressure_difference
        * sqrt(2.0 * density)
        / sqrt(sqrt(pressure_difference * pressure_difference + PRESSURE_SMOOTHING**2))
    )


def pressure_loss(flow: Any, area: Any, density: Any) -> Any:
    """Return m |m| / (2 rho A^2) in Pa, linear within `PRESSURE_SMOOTHING` of zero: `signed_sqrt` solved for it."""
    smoothing = PRESSURE_SMOOTHING
    if _reading(flow) == "quantity":
        smoothing = smoothing * flow.units._REGISTRY.Pa
    flux = flow / area
    dynamic = flux**2 / (2.0 * density)
    return flux * sqrt((dynamic + sqrt(dynamic**2 + 4.0 * smoothing**2)) / (4.0 * density))


def above_vacuum(pressure: Any) -> Any:
    """Keep a pressure in Pa above zero, smoothly within `PRESSURE_SMOOTHING`: iterations may stray below."""
    if _reading(pressure) == "quantity":
        smoothing = PRESSURE_SMOOTHING * pressure.units._REGISTRY.Pa
        return 0.5 * (pressure + (pressure**2 + smoothing**2) ** 0.5)
    return 0.5 * (pressure + sqrt(pressure * pressure + PRESSURE_SMOOTHING**2))


def signed_square(x: Any) -> Any:
    """Return x |x|, the quadratic law that knows its direction."""
    match _reading(x):
        case "symbol":
            import casadi

            return x * casadi.fabs(x)
        case _:
            return x * abs(x)


def maximum(a: Any, b: Any) -> Any:
    """Larger of two values."""
    return _extreme("fmax", a, b)


def minimum(a: Any, b: Any) -> Any:
    """Smaller of two values."""
    return _extreme("fmin", a, b)


def _extreme(name: str, a: Any, b: Any) -> Any:
    readings = {_reading(a), _reading(b)}
    if "symbol" in readings:
        import casadi

        return getattr(casadi, name)(a, b)
    if "array" in readings:
        return getattr(np, name)(a, b)
    return max(a, b) if name == "fmax" else min(a, b)


def smooth_step(x: Any, width: Any) -> Any:
    """Go smoothly from 0 to 1 as x passes zero, over about +-width (same unit as x)."""
    return 0.5 * (1.0 + tanh(x / width))


def within_limits(x: Any, least: float) -> Any:
    """Keep a dimensionless share between `least` and 1, smoothly over a hundredth."""
    width = 5e-3
    above = least + 0.5 * (x - least + sqrt((x - least) ** 2 + width**2))
    return 1.0 - 0.5 * (1.0 - above + sqrt((1.0 - above) ** 2 + width**2))


def per_second(share: Any) -> Any:
    """Read a dimensionless share as a rate: that share in each second."""
    return share / share.units._REGISTRY.second if _reading(share) == "quantity" else share


def tabulated(function: Callable[..., Any], units: tuple[str, ...], result: str, *arguments: Any) -> Any:
    """Evaluate a table or correlation whose arguments carry `units` and whose value carries `result`."""
    if any(_reading(a) == "quantity" for a in arguments):
        registry = next(a for a in arguments if _reading(a) == "quantity").units._REGISTRY
        plain = [
            a.to(u).magnitude if _reading(a) == "quantity" else a
            for a, u in zip(arguments, units, strict=True)
        ]
        return registry.Quantity(function(*plain), result)
    return function(*arguments)


def positive(x: Any, reference: Any) -> Any:
    """Keep x above zero, smoothly, with a floor of 2e-4 of the reference: for ratios of flows that may vanish."""
    small = 2e-4 * reference
    return 0.5 * (x + sqrt(x**2 + small**2)) + small


def bounded(x: Any, most: Any) -> Any:
    """Keep x between -most and most, smoothly, and leave it as it is well inside: to 3e-8 at an eighth of most."""
    return x / (1.0 + (x / most) ** 8) ** 0.125


def at_least(x: Any, floor: Any) -> Any:
    """Keep x above a floor, smoothly, and leave it as it is well above: to 3e-8 at a hundred times the floor.

    For what is handed on per kilogram of a flow: where energy must not be lost, `positive` is not exact enough.
    """
    return 0.5 * (x + floor + ((x - floor) ** 2 + (0.03 * floor) ** 2) ** 0.5)


def forwards(x: Any, reference: Any, backwards: float) -> Any:
    """Let x pass as it is where it is positive and only a share `backwards` of it where it is negative.

    Rounded over a thousandth of the reference, and rising everywhere, so that a flow has one pressure difference.
    """
    small = 1e-3 * reference
    positive_part = 0.5 * (x + sqrt(x**2 + small**2) - small)
    return backwards * x + (1.0 - backwards) * positive_part


def forwards_inverse(x: Any, reference: Any, backwards: float) -> Any:
    """Return what `forwards` makes x of."""
    small = 1e-3 * reference
    mean, half = 0.5 * (1.0 + backwards), 0.5 * (1.0 - backwards)
    shifted = x + half * small
    return (mean * shifted - half * sqrt(shifted**2 + backwards * small**2)) / backwards


def tabulated_several(
    table: Any,
    wanted: tuple[tuple[str, str], ...],
    first: Any,
    pressure: Any,
    *,
    units: tuple[str, str] = ("", "Pa"),
) -> tuple[Any, ...]:
    """Look several quantities up in a table of two arguments at once; `wanted` names each and its unit."""
    if _reading(pressure) == "quantity":
        return tuple(
            tabulated(lambda x, p, name=name: table.several((name,), x, p)[0], units, unit, first, pressure)
            for name, unit in wanted
        )
    found: tuple[Any, ...] = table.several(tuple(name for name, _ in wanted), first, pressure)
    return found
