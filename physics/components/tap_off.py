"""Gas tapped from a main chamber, to drive a turbine in place of that of a gas generator.

It is taken through ports in the wall, where the layer that cools the wall flows: colder and richer in fuel than the
core (the tap-off cycle; Sutton and Biblarz, 9th ed., chapter 6). The layer is described by two shares of what
burns in the core, and is otherwise in equilibrium.
"""

from __future__ import annotations

from typing import Any

from hotfire.physics.components.burnt_gas import burnt_gas
from hotfire.physics.declaration import Parameter
from hotfire.physics.states import HotGas

__all__ = ["TAP_PARAMETERS", "tapped_gas", "tapped_oxidizer_share"]

TAP_PARAMETERS = (
    Parameter(
        "tap_temperature_factor",
        "",
        "temperature of tapped gas over that of the flame of its mixture ratio; 1 where not given",
        tolerance=0.02,
        optional=True,
    ),
    Parameter(
        "tap_mixture_ratio_factor",
        "",
        "mixture ratio of tapped gas over that of the chamber; 1 where not given",
        optional=True,
    ),
)
"""What a chamber says of its layer at the wall; optional, so that one without a tap does not carry their tolerance."""
_COLD = 0.3
"""Temperature and gas constant of the unburnt vapour, spray included, over those of the burnt gas: an assumption."""


def tapped_oxidizer_share(q: Any, mixture_ratio: Any) -> Any:
    """Mass fraction of oxidizer in the tapped gas of a chamber that burns at `mixture_ratio`."""
    ratio = _tapped_ratio(q, mixture_ratio)
    return ratio / (1.0 + ratio)


def _tapped_ratio(q: Any, mixture_ratio: Any) -> Any:
    factor = q.tap_mixture_ratio_factor
    return mixture_ratio if factor is None else factor * mixture_ratio


def tapped_gas(q: Any, mixture_ratio: Any, lit: Any, energy: Any) -> HotGas:
    """State of the tapped gas.

    Args:
        q: Namespace of the chamber.
        mixture_ratio: Oxidizer over fuel by mass in the chamber.
        lit: Share of the chamber that burns.
        energy: What the gas of the chamber has beyond the table's enthalpy, J/kg; None for nothing.
    """
    ratio = _tapped_ratio(q, mixture_ratio)
    flame, molar_mass, capacity = burnt_gas(q.table, ratio, q.outlet.pressure, energy)
    warmth = lit + (1.0 - lit) * _COLD
    flame = flame if q.tap_temperature_factor is None else q.tap_temperature_factor * flame
    return HotGas(
        oxidizer_share=tapped_oxidizer_share(q, mixture_ratio),
        added_energy=energy,
        total_temperature=warmth * flame,
        gas_constant=warmth * q.molar_gas_constant / molar_mass,
        heat_capacity=capacity,
    )
