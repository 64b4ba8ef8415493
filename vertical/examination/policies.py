"""The experts on the same cases: what they earn and take at any mix of familiar and shifted ones, and the bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.examination.rows import Row
from hotfire.router.controller import AUDITED
from hotfire.router.ledger import Rates
from hotfire.scenarios.protocol import WORDING
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["LIMIT", "MIXES", "Bill", "Paired", "bill", "break_even", "paired", "price", "weights"]

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
MIXES = (0.0, 0.05, 0.2, 0.5, 1.0)
"""Shares of shifted cases."""
LIMIT = 1.1
"""How much more than its parts the hybrid may cost."""


@dataclass(frozen=True, eq=False)
class Paired:
    """n cases that each of some experts answered.

    Attributes:
        rows: Of each expert, in the order of the cases.
    """

    rows: Mapping[str, tuple[Row, ...]]

    @property
    def cases(self) -> tuple[Row, ...]:
        """The cases, as the rows of any expert tell them."""
        return next(iter(self.rows.values()), ())

    @property
    def shifted(self) -> np.ndarray:
        """Which of them are shifted."""
        return np.array([r.axis != FAMILIAR for r in self.cases], dtype=bool)

    @property
    def trusted(self) -> np.ndarray:
        """Which of them the router trusted to the model."""
        return np.array([r.route == "trusted" for r in self.rows["hybrid"]], dtype=bool)

    @property
    def wrong(self) -> np.ndarray:
        """In which of them the model's claim is wrong."""
        return np.array([not r.is_right for r in self.rows["neural"]], dtype=bool)

    def figures(self, expert: str, name: str) -> FloatArray:
        """A figure of an expert's rows, as `score` or `cpu`, shape (n,)."""
        return np.array([getattr(r, name) for r in self.rows[expert]], dtype=float)

    def where(self, chosen: np.ndarray) -> Paired:
        """Return some of the cases."""
        return Paired(
            {e: tuple(r for r, c in zip(own, chosen, strict=True) if c) for e, own in self.rows.items()}
        )


def paired(rows: Sequence[Row]) -> Paired:
    """Return the cases of logs that model, search and hybrid answered, as far as there are rows of them.

    The symptoms stand beside them where they answered all of these cases.
    """
    by_case: dict[str, dict[str, Row]] = {}
    for row in (r for r in rows if r.axis != WORDING):
        by_case.setdefault(row.id, {})[row.expert] = row
    main = [e for e in ("neural", "symbolic", "hybrid") if any(e in own for own in by_case.values())]
    whole = [own for own in by_case.values() if "symbolic" in own and set(main) <= set(own)]
    beside = ["symptoms"] if whole and all("symptoms" in own for own in whole) else []
    return Paired({e: tuple(own[e] for own in whole) for e in (*main, *beside)} if whole else {})


def weights(shifted: np.ndarray, share: float) -> FloatArray:
    """Weight of each case where a share of them is shifted, shape (n,); NaN where a kind that counts is missing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(shifted, share / shifted.sum(), (1.0 - share) / (~shifted).sum())
    missing = (share > 0.0 and not shifted.any()) or (share < 1.0 and shifted.all())
    return np.full(found.shape, np.nan) if missing else np.nan_to_num(found)


@dataclass(frozen=True)
class Bill:
    """What the hybrid took a case, processor seconds, beside the sum of its parts.

    Attributes:
        hybrid: As measured, from the case to the answer.
        neural, router, check: Of the parts that every case takes: the model, the scores and the risk, the check.
        routed: Share of the cases that were handed over.
        solver: Of the search, over all cases, handed over or not.
        handed: Of the search, over the cases that were handed over: more than `solver` where the hard cases are the
            slow ones.
        audit: What the audit of trusted answers adds in use.
    """

    hybrid: float
    neural: float
    router: float
    check: float
    routed: float
    solver: float
    handed: float
    audit: float

    @property
    def parts(self) -> float:
        """The sum that the hybrid is held against."""
        return self.neural + self.router + self.check + self.routed * self.solver

    @property
    def own(self) -> float:
        """The same with the searches that were really asked for: what is left is the controller's own overhead."""
        return self.neural + self.router + self.check + self.routed * self.handed

    @property
    def holds(self) -> bool:
        """Whether the hybrid costs at most `LIMIT` times its parts."""
        return self.hybrid <= LIMIT * self.parts


def bill(own: Paired, weight: FloatArray) -> Bill:
    """Return the hybrid's bill.

    Args:
        own: Cases that model, search and hybrid answered.
        weight: Of each case; sums to 1.
    """
    routed = ~own.trusted
    solver = own.figures("symbolic", "cpu")
    mean = float(weight @ solver)
    share = float(weight @ routed)
    where = float(weight @ (solver * routed)) / share if share else mean
    cost = {n: float(weight @ own.figures("hybrid", f"{n}_cpu")) for n in ("neural", "router", "check")}
    return Bill(
        hybrid=float(weight @ own.figures("hybrid", "cpu")),
        **cost,
        routed=share,
        solver=mean,
        handed=where,
        audit=AUDITED * float(weight @ (solver * own.trusted)),
    )


def price(rows: Sequence[Row], rates: Rates) -> float:
    """Mean price of an answer at given rates."""
    return float(np.mean([rates.price(r.cost) for r in rows]))


def break_even(own: Paired, rates: Rates) -> float:
    """After how many answers the hybrid has saved its training; infinite where it never does."""
    free = Rates(rates.cpu_hour, rates.model_call)
    saved = price(own.rows["symbolic"], free) - price(own.rows["hybrid"], free)
    return rates.training / saved if saved > 0.0 else float("inf")
