"""What the parts of a page share: tables in Markdown, groups of rows, and what stands beside the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.examination.figures import calibration_error, row
from hotfire.examination.rows import Row
from hotfire.examination.score import NOMINAL
from hotfire.router.ledger import Rates
from hotfire.router.thresholds import Promise
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["Facts", "accuracy", "figures_of", "grouped", "named", "of", "table"]


@dataclass(frozen=True)
class Facts:
    """What a page says beside its figures.

    Attributes:
        date, machine: When and on what.
        seed: Of the protocol.
        provider: What the model ran on; "" where it did not.
        commands: That made the rows.
        training: Of the model's card.
        rates: Prices.
        promise: Of the router; None without one.
        figure: Name of the drawing.
    """

    date: str
    machine: str
    seed: int
    provider: str
    commands: Sequence[str]
    training: Mapping[str, Any]
    rates: Rates
    promise: Promise | None
    figure: str


def table(heads: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    """Return a table in Markdown; nothing where it would be empty."""
    if not lines:
        return ""
    rows = [heads, ["---"] * len(heads), *([_cell(c) for c in line] for line in lines)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in rows)


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def of(rows: Sequence[Row], expert: str) -> list[Row]:
    """Rows of an expert."""
    return [r for r in rows if r.expert == expert]


def grouped(rows: Sequence[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows by a key, familiar first and then as the keys sort."""
    found: dict[Any, list[Row]] = {}
    for r in sorted(rows, key=lambda r: (r.axis != FAMILIAR, r.axis, r.level)):
        found.setdefault(key(r), []).append(r)
    return found


def figures_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Figures of one expert on some cases."""
    return row(rows[0].expert, rows, [r.posterior for r in rows])


def accuracy(rows: Sequence[Row]) -> list[float]:
    """Calibration errors of one expert's rows: what cannot be told apart being a hit, and only what was put in."""
    seen = [r for r in rows if r.detectable or r.label == NOMINAL]
    sure = [max(r.posterior.values()) for r in seen]
    hits = [r.is_right for r in seen], [r.answer == r.label for r in seen]
    return [calibration_error(sure, h) for h in hits]


def named(axis: str) -> str:
    """An axis in words."""
    return axis.replace("_", " ")
