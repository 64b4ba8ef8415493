"""The figure: neural, symbolic and hybrid on the same cases, axis by axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from comparison.figures import policies
from hotfire.experts.routing import Routing

__all__ = ["draw"]

_STYLES = {
    "neural": ("#0072B2", "o", 0.2),
    "symbolic": ("#D55E00", "s", 0.0),
    "hybrid": ("#000000", "D", -0.2),
}
"""Okabe and Ito's colours, which colour-blind readers tell apart; marker; and place in the row."""


def draw(paired: Sequence[Mapping[str, Any]], routing: Routing, path: Path) -> None:
    """Draw the mean score of each policy on each axis with one standard error.

    Args:
        paired: Rows of cases that both experts answered.
        routing: Of the hybrid.
        path: SVG or PNG.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "comparison"
    import matplotlib.pyplot as plt

    found, _ = policies(paired, routing)
    axes = np.array([str(r["axis"]).replace("_", " ") for r in paired])
    names = sorted(set(axes.tolist()), key=lambda a: (a != "familiar", -found[0].score[axes == a].mean()))
    figure, panel = plt.subplots(figsize=(8.0, 0.5 * len(names) + 1.6), layout="constrained")
    rows = np.arange(len(names))[::-1]
    for policy in found:
        colour, marker, shift = _STYLES[policy.name]
        own = [policy.score[axes == n] for n in names]
        panel.errorbar(
            [o.mean() for o in own],
            rows + shift,
            xerr=[o.std() / np.sqrt(o.size) for o in own],
            fmt=marker,
            color=colour,
            capsize=2,
            label=policy.name,
        )
    panel.set_yticks(rows, [f"{n} ({(axes == n).sum()})" for n in names])
    panel.set_xlim(0.0, 1.02)
    panel.set_xlabel("score, mean and standard error (cases in brackets)")
    panel.grid(alpha=0.3)
    figure.legend(loc="outside upper center", ncols=len(found))
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)
