"""What several laws of the plant share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from hotfire.physics.declaration import Balance, Charge
from hotfire.physics.ops import maximum, tabulated

__all__ = ["ahead_of", "atmospheres", "kelvins", "magnitude", "rescaled", "with_values"]


def atmospheres(pressure: Any) -> Any:
    """Pressure over the standard atmosphere: a reference that does not change with the altitude of the test."""
    return tabulated(lambda p: p / 101325.0, ("Pa",), "", pressure)


def kelvins(temperature: Any) -> Any:
    """Temperature as a plain number of kelvins."""
    return tabulated(lambda t: t, ("K",), "", temperature)


def magnitude(difference: Any, scale: Any) -> Any:
    """Magnitude of a pressure difference, smooth within 1e-4 of `scale` (Pa) about zero."""
    return (difference**2 + (1e-4 * scale) ** 2) ** 0.5


def with_values(q: Any, **values: Any) -> SimpleNamespace:
    """Namespace of a component in which some names stand for other values."""
    return SimpleNamespace(**{**vars(q), **values})


def rescaled(balances: Iterator[Balance], q: Any, factor: Any, at_flow: Any) -> Iterator[Balance]:
    """Let a restriction pass `factor` times the flow: its first balance, in every form in which that is stated.

    Args:
        balances: Of the model; the first is the flow law, and where it stores anything that is momentum.
        q: Namespace of the component, with `inlet` and `outlet`.
        factor: On the flow, as the pressures tell it.
        at_flow: Makes the same of the pressure loss of the model at the present flow, Pa: where the flow is known, the
            law is solved for a pressure, and that must not stand in the factor.
    """
    law = next(balances)
    charge, loss = law.charge, law.loss
    if charge is not None:
        # Friction goes with the flow: the difference turns where a column slows down.
        difference = q.inlet.pressure - q.outlet.pressure
        lost = difference - charge.rate
        charge = Charge(charge.stored, difference - lost / at_flow(lost) ** 2)
    if loss is not None:
        loss = (loss[0], loss[1] / at_flow(loss[1]) ** 2)
    yield replace(law, right=law.right * factor, charge=charge, loss=loss)
    yield from balances


def ahead_of(loss: Any, behind: Any) -> tuple[Any, Any]:
    """Magnitude of a pressure loss, and the pressure ahead of it, both in Pa, from the pressure behind."""
    lost = magnitude(loss, behind)
    return lost, maximum(behind + lost, 0.0 * behind)
