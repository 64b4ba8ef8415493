"""What answers cost: time, processor, memory, calls, and a price at given rates."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

__all__ = ["Cost", "Ledger", "Rates", "metered"]


@dataclass(frozen=True)
class Cost:
    """What something took.

    Attributes:
        wall: Elapsed time in s.
        cpu: Processor time of the process in s.
        peak_memory: Bytes; of a sum, the larger.
        model_calls: Calls of a learnt model.
        solves: Solutions of a physical model.
    """

    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int = 0
    model_calls: int = 0
    solves: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Cost of one after the other."""
        sums = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        return Cost(**{**sums, "peak_memory": max(self.peak_memory, other.peak_memory)})


@dataclass(frozen=True)
class Rates:
    """Prices, in any one currency.

    Attributes:
        cpu_hour: Of an hour of one processor core.
        model_call: Of one call of a learnt model, beside its processor time.
        training: Of all training, spread evenly over `calls`.
        calls: Over how many calls of the model training is spread.
    """

    cpu_hour: float = 0.04
    model_call: float = 0.0
    training: float = 0.0
    calls: int = 1

    def price(self, cost: Cost) -> float:
        """Return the price of a cost."""
        return cost.cpu / 3600.0 * self.cpu_hour + cost.model_calls * (
            self.model_call + self.training / self.calls
        )


class Meter:
    """Takes the cost of a block; read `cost` when it is over."""

    def __init__(self) -> None:
        self.cost = Cost()
        self._calls = self._solves = 0

    def count(self, *, model_calls: int = 0, solves: int = 0) -> None:
        """Note calls of a model or solutions of physics inside the block."""
        self._calls += model_calls
        self._solves += solves

    def close(self, wall: float, cpu: float) -> None:
        """Settle the cost."""
        self.cost = Cost(wall, cpu, _peak_memory(), self._calls, self._solves)


@contextmanager
def metered() -> Iterator[Meter]:
    """Take the cost of a block.

    >>> with metered() as meter:
    ...     meter.count(model_calls=1)
    >>> meter.cost.model_calls
    1
    """
    meter = Meter()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield meter
    finally:
        meter.close(time.perf_counter() - wall, time.process_time() - cpu)


def _peak_memory() -> int:
    """Largest resident memory of the process so far, bytes; macOS counts bytes, Linux kibibytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


class Ledger:
    """Adds up costs by account."""

    def __init__(self, rates: Rates | None = None) -> None:
        self.rates = rates or Rates()
        self._accounts: dict[str, Cost] = {}
        self._entries: dict[str, int] = {}

    def enter(self, account: str, cost: Cost) -> None:
        """Book a cost."""
        self._accounts[account] = self._accounts.get(account, Cost()) + cost
        self._entries[account] = self._entries.get(account, 0) + 1

    def total(self, *accounts: str) -> Cost:
        """Return the sum of some accounts, or of all."""
        total = Cost()
        for account in accounts or self._accounts:
            total = total + self._accounts.get(account, Cost())
        return total

    def entries(self, account: str) -> int:
        """Return how often something was booked to an account."""
        return self._entries.get(account, 0)

    def bill(self) -> dict[str, dict[str, float]]:
        """Return cost, number of entries and price by account, with the total."""
        accounts = {**self._accounts, "total": self.total()}
        return {
            name: {
                **{f.name: float(getattr(cost, f.name)) for f in fields(cost)},
                "entries": float(self._entries.get(name, sum(self._entries.values()))),
                "price": self.rates.price(cost),
            }
            for name, cost in accounts.items()
        }
