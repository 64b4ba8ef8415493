"""The figure: how the score of each baseline goes with the strength of a shift."""

from __future__ import annotations

from pathlib import Path

import polars as pl

__all__ = ["draw"]

_COLOURS = {
    "gradient boosting": "#0072B2",
    "LSTM on raw channels": "#D55E00",
    "nearest signature": "#009E73",
    "isolation forest": "#CC79A7",
    "redlines": "#E69F00",
}
"""Okabe and Ito's colours, which colour-blind readers tell apart."""
_MARKERS = dict(zip(_COLOURS, "os^vD", strict=True))
_BOLD = ("gradient boosting", "LSTM on raw channels")
_OTHER = {
    "several": ("several_first", "likeliest is one of the faults"),
    "swap_undeclared": ("confident_wrong", "sure and wrong"),
}


def draw(rows: pl.DataFrame, path: Path) -> None:
    """Draw one panel for each axis; level 0 is the familiar test split.

    Args:
        rows: As the command writes them.
        path: SVG or PNG.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "baselines"
    import matplotlib.pyplot as plt

    # Panels that show something else than the score stand last.
    axes = sorted(set(rows["axis"]) - {"familiar"}, key=lambda a: (a in _OTHER, a))
    columns = 4
    figure, panels = plt.subplots(
        -(-len(axes) // columns), columns, figsize=(11.0, 7.4), sharex=True, sharey=True, layout="constrained"
    )
    for panel, axis in zip(panels.flat, axes, strict=False):
        value, title = _OTHER.get(axis, ("score", ""))
        for expert in _COLOURS:
            own = rows.filter(pl.col("expert") == expert)
            # No familiar case has several faults, so that panel has no level 0.
            shown = [axis] if axis == "several" else ["familiar", axis]
            points = own.filter(pl.col("axis").is_in(shown)).sort("level")
            _line(panel, points, value, expert)
        panel.set_title(axis.replace("_", " ") + (f"\n({title})" if title else ""), fontsize=9)
        panel.set_ylim(0.0, 1.0)
        panel.set_xticks(range(6))
        panel.grid(alpha=0.3)
    for panel in panels.flat[len(axes) :]:
        panel.set_axis_off()
    handles, names = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(_COLOURS), fontsize=9)
    figure.supxlabel("level of the shift (0: familiar)")
    figure.supylabel("score (share where a panel says so)")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)


def _line(panel: object, points: pl.DataFrame, value: str, expert: str) -> None:
    """Draw one expert in one panel, with standard errors where they are known."""
    bold = expert in _BOLD
    errors = f"{value}_error"
    panel.errorbar(  # type: ignore[attr-defined]
        points["level"].to_list(),
        points[value].to_list(),
        yerr=points[errors].fill_null(0.0).to_list() if bold and errors in points.columns else None,
        color=_COLOURS[expert],
        marker=_MARKERS[expert],
        markersize=4 if bold else 3,
        linewidth=2.0 if bold else 0.8,
        capsize=2,
        label=expert,
    )
