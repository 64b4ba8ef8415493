"""Page and figure of the learning curve, from what the models earned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curve.slopes import Curve

__all__ = ["draw", "page"]

_BLUE = "#0072B2"
_WIDE = 3


def page(curves: Sequence[Curve], facts: Mapping[str, Any]) -> str:
    """Return the page in Markdown."""
    sizes = curves[0].sizes
    heads = ["axis", "cases", *(f"{n:,}" for n in sizes), "slope by ten times the cases", "95 %"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for c in curves:
        cells = [c.axis.replace("_", " "), str(c.examined), *(f"{e:.3f}" for e in c.errors.mean(axis=1))]
        lines.append(f"| {' | '.join(cells)} | {c.slope:+.3f} | {c.low:+.3f} to {c.high:+.3f} |")
    return f"""# Error against the number of training cases

Made on {facts["date"]}, seed {facts["seed"]} of the protocol, {facts["machine"]}, by

    {facts["command"]}

The small model, trained on logs alone by the recipe of `hotfire train` but for the number of cases: {facts["epochs"]}
times each, {curves[0].errors.shape[1]} seeds (of the cases, their order and the weights), exported in eight bits, its
temperature settled on {facts["validation"]:,} cases. Few cases are seen more often, so that none takes less than
{facts["steps"]} steps. Error is 1 less the mean score; of several faults and undeclared swaps 1 less the share that is
right. Familiar cases are of the test split; shifted ones of levels {facts["levels"]}, which no model was trained on.

![Error against training cases](learning-curve.svg)

{chr(10).join(lines)}

Slopes are of a straight line over log10 of the number of cases, by least squares on the means over seeds; intervals by
bootstrap over seeds and examined cases, the same cases for all models ({facts["again"]} draws). They say how well this
line is known, not whether it is one: sizes that take the same number of steps may lie flat for want of steps.
Training took {facts["hours"]:.2f} hours of processor in all.
"""


def draw(curves: Sequence[Curve], path: Path) -> None:
    """Draw a panel for each axis: a mark for each seed, the line of least squares dashed."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "learning-curve"
    import matplotlib.pyplot as plt

    rows = -(-len(curves) // _WIDE)
    figure, panels = plt.subplots(
        rows, _WIDE, figsize=(9.0, 2.4 * rows), layout="constrained", sharex=True, sharey=True, squeeze=False
    )
    for panel, c in zip(panels.flat, curves, strict=False):
        for errors in c.errors.T:
            panel.semilogx(c.sizes, errors, "o", color=_BLUE, markersize=4, alpha=0.7)
        panel.semilogx(c.sizes, c.at_one + c.slope * np.log10(c.sizes), "--", color="#000000", linewidth=1)
        panel.set_title(f"{c.axis.replace('_', ' ')}: {c.slope:+.3f} a decade", fontsize=9)
        panel.grid(alpha=0.3)
    for panel in list(panels.flat)[len(curves) :]:
        panel.axis("off")
    panels[0, 0].set_ylim(0.0, 1.02)
    figure.supxlabel("training cases")
    figure.supylabel("error (1 less the score)")
    handles = [
        plt.Line2D([], [], color=_BLUE, marker="o", linestyle="", label="one seed"),
        plt.Line2D([], [], color="#000000", linestyle="--", label="least squares"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
