"""Costs as a diagnosis tells them."""

from __future__ import annotations

from collections.abc import Mapping

from hotfire.diagnosis import Cost
from hotfire.router import ledger

__all__ = ["with_total"]


def with_total(costs: Mapping[str, ledger.Cost]) -> dict[str, Cost]:
    """Return costs by account, with their sum as `total`."""
    total = sum(costs.values(), ledger.Cost())
    return {
        name: Cost(c.wall, c.cpu, c.peak_memory, c.model_calls, c.solves)
        for name, c in {**costs, "total": total}.items()
    }
