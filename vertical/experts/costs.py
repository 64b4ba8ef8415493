"""Costs as a diagnosis tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hotfire.diagnosis import Cost
from hotfire.router import ledger

__all__ = ["priced", "with_total"]


def with_total(costs: Mapping[str, ledger.Cost]) -> dict[str, Cost]:
    """Return costs by account, with their sum as `total`."""
    total = sum(costs.values(), ledger.Cost())
    return {
        name: Cost(c.wall, c.cpu, c.peak_memory, c.model_calls, c.solves)
        for name, c in {**costs, "total": total}.items()
    }


def priced(costs: Mapping[str, Cost], rates: ledger.Rates) -> dict[str, Cost]:
    """Return costs with their prices."""
    found = {}
    for name, c in costs.items():
        own = ledger.Cost(c.wall, c.cpu, c.peak_memory, c.model_calls, c.physics_solves)
        found[name] = replace(c, price=rates.price(own))
    return found
