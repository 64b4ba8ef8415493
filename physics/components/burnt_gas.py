"""Gas in equilibrium at the enthalpy with which its propellants came, for chambers and the gas tapped from them."""

from __future__ import annotations

from typing import Any

from hotfire.physics.ops import bounded, minimum, tabulated, tabulated_several

__all__ = ["burnt_gas"]

_MOST_WARMING = 600.0
"""K of the frozen gas up to which the energy of the propellants is followed: beyond, a parabola turns back."""


def burnt_gas(table: Any, ratio: Any, pressure: Any, energy: Any) -> tuple[Any, Any, Any]:
    """Temperature in K, molar mass in kg/kmol and heat capacity in J/(kg K) of the gas in equilibrium.

    Args:
        table: Combustion table.
        ratio: Mixture ratio.
        pressure: Pa.
        energy: What the propellants bring beyond the table's enthalpy, J/kg; None for nothing. Temperature follows
            it to second order, the rest to first.
    """
    wanted: tuple[tuple[str, str], ...] = (
        ("temperature", "K"),
        ("molar_mass", "kg/kmol"),
        ("cp", "J/(kg K)"),
    )
    if energy is None:
        return tabulated_several(table, wanted, ratio, pressure)
    slopes = (
        ("temperature_by_energy", "K kg/J"),
        ("molar_mass_by_energy", "kg/kmol kg/J"),
        ("cp_by_energy", "1/K"),
        ("temperature_by_energy_twice", "K kg^2/J^2"),
    )
    flame, molar_mass, capacity, *by = tabulated_several(table, (*wanted, *slopes), ratio, pressure)
    energy = bounded(energy, capacity * _most_warming(flame))
    return (
        flame + energy * (by[0] + 0.5 * energy * by[3]),
        molar_mass + energy * by[1],
        capacity + energy * by[2],
    )


def _most_warming(flame: Any) -> Any:
    """`_MOST_WARMING`, but no more than 0.7 of the flame in K: what is cooled stays a gas."""
    return tabulated(lambda t: minimum(0.7 * t, _MOST_WARMING + 0.0 * t), ("K",), "K", flame)
