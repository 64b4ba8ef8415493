"""The page of results, in Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import polars as pl

__all__ = ["page"]

_INTRODUCTION = """\
# The baselines, familiar and shifted

Five experts that know only examples sit the examination of [the protocol](protocol.md). One command makes the cases,
trains, tunes, answers and draws:

    {command}

{when}

- **redlines**: a fixed limit on the relative departure of each channel, set by sound engines, with persistence; it
  suspects every fault that usually trips the channel that is farthest beyond its limit.
- **isolation forest**: grown on sound engines; detects only, and spreads the rest over all faults alike.
- **gradient boosting**: LightGBM over all labels, on a matrix with fixed columns of the channels seen in training.
- **nearest signature**: mean departures of each label in a whitened space, weighed by distance.
- **LSTM on raw channels**: absolute readings in SI of the same runs, about ten in a second; no forecast helps it.

**Answers.** An expert gives a posterior over `nominal` and the labels of all single faults that the engine can have.
A label that the engine cannot have loses its mass, and the rest is scaled to one; a fault that was never seen in
training gets none. So admissibility, which follows from the engine's file, is told to every baseline.

**Equal budget.** Each gets {trials} random settings on the same {subset} training cases, chosen by the mean score over
the validation cases, and is then trained on all. Every posterior is tempered on the validation split. Nothing was
chosen on the test split or on shifted cases.

**Figures.** The score is [h in A] x min(1, |G*|/|A|) over detectable single faults, G* from the plant. Cases with
several faults are held apart: how often the likeliest hypothesis is one of the faults, and the share of the faults in
the answer set. Where a swap was not declared, a mismatch or abstention is right and no baseline can give it: what
counts is how often the answer has a probability of at least 0.9 and is not the fault that was put in. On `unseen_mode`
the right label was in no training case, so no baseline can earn anything; there as well it only counts how often an
answer is sure and wrong.
"""


def page(rows: pl.DataFrame, trials: pl.DataFrame, costs: pl.DataFrame, facts: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        rows: One for each expert, axis and level.
        trials: One for each try.
        costs: One for each expert.
        facts: `command`, `date`, `seed`, `machine`, `counts` (sentences), `trials` and `subset`.
    """
    when = "\n".join(
        [f"Run on {facts['date']}, seed {facts['seed']}, {facts['machine']}, one thread.", *facts["counts"]]
    )
    text = _INTRODUCTION.format(
        command=facts["command"], when=when, trials=facts["trials"], subset=f"{facts['subset']:,}"
    )
    parts = [
        text,
        "![Score by axis and level](baselines.svg)\n",
        "Bars are one standard error. Level 0 is the familiar test split.\n",
        "## Familiar\n",
        _familiar(rows),
        "## Shifted: score by level\n",
        _by_level(rows.filter(~pl.col("axis").is_in(["several", "swap_undeclared"])), "score"),
        "## Several faults: likeliest is one of them / share of them in the answer set\n",
        _by_level(rows.filter(pl.col("axis") == "several"), "several_first", "several_share"),
        "## Swap undeclared: sure and wrong\n",
        _by_level(rows.filter(pl.col("axis").is_in(["familiar", "swap_undeclared"])), "confident_wrong"),
        "## Sure and wrong on the other axes\n",
        _by_level(rows.filter(~pl.col("axis").is_in(["several", "swap_undeclared"])), "confident_wrong"),
        "## Cost, settings\n",
        _costs(costs, trials),
    ]
    return "\n".join(parts)


def _table(head: list[str], lines: list[list[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines]) + "\n"


def _figure(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.2f}"


def _familiar(rows: pl.DataFrame) -> str:
    names = {
        "score": "score",
        "strict": "strict top-1",
        "log_loss": "log loss",
        "answer_over_group": "median A/G*",
        "wide_groups": "G* > 3",
        "false_alarms": "false alarms",
        "missed": "missed",
        "undetectable_right": "undetectable right",
        "confident_wrong": "sure and wrong",
    }
    own = rows.filter(pl.col("axis") == "familiar")
    lines = [[r["expert"], *(_figure(r[n]) for n in names)] for r in own.iter_rows(named=True)]
    return _table(["expert", *names.values()], lines)


def _by_level(rows: pl.DataFrame, *values: str) -> str:
    """Return a table of one line for each axis and expert; level 0 is the familiar test split, where it is there."""
    lines = []
    for axis in rows["axis"].unique(maintain_order=True):
        if axis == "familiar":
            continue
        for expert in rows["expert"].unique(maintain_order=True):
            own = rows.filter(pl.col("axis").is_in(["familiar", axis]) & (pl.col("expert") == expert))
            by = {r["level"]: " / ".join(_figure(r[v]) for v in values) for r in own.iter_rows(named=True)}
            lines.append([axis.replace("_", " "), expert, *(by.get(k, "") for k in range(6))])
    return _table(["axis", "expert", *map(str, range(6))], lines)


def _costs(costs: pl.DataFrame, trials: pl.DataFrame) -> str:
    lines = []
    for r in costs.iter_rows(named=True):
        tried = trials.filter(pl.col("expert") == r["expert"])
        worst, best = tried["criterion"].min(), tried["criterion"].max()
        chosen = ", ".join(f"{k} {_short(v)}" for k, v in json.loads(r["settings"]).items())
        lines.append(
            [
                r["expert"],
                f"{tried['seconds'].sum():.0f}",
                f"{r['training_seconds']:.1f}",
                f"{1e3 * r['alone_seconds']:.1f}",
                f"{1e3 * r['bulk_seconds']:.2f}",
                f"{worst:.3f} to {best:.3f}",
                f"{r['criterion']:.3f}",
                f"{r['temperature']:.2f}",
                chosen,
            ]
        )
    head = [
        "expert",
        "tuning, CPU s",
        "training, CPU s",
        "answer alone, CPU ms",
        "in bulk",
        "trials' score",
        "validation score",
        "temperature",
        "settings",
    ]
    return _table(head, lines)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
