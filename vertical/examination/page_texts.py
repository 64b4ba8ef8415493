"""The part of a comparison that operators tell: against what texts tell, and against all sensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.examination.page_tables import accuracy, figures_of, grouped, table
from hotfire.examination.rows import Row, by_what_is_told
from hotfire.examination.score import FEW, answer_set
from hotfire.scenarios.protocol import WORDING

__all__ = ["texts"]

_WORDINGS = ("familiar", "new phrases", "jargon", "typing errors", "Italian words", "Italian")


def texts(rows: Sequence[Row]) -> str:
    """Return the part on texts; nothing where there is none."""
    lines = []
    told = [r for r in rows if r.axis == WORDING]
    for (level, expert), own in grouped(told, lambda r: (r.level, r.expert)).items():
        lines.append([_WORDINGS[level], expert, len(own), *_figures(own)])
    if not lines:
        return ""
    heads = [
        "wording",
        "expert",
        "texts",
        "score",
        f"where G* is at most {FEW}",
        "such texts",
        "strict top-1",
    ]
    heads += [
        "the same, strict",
        "log loss",
        "median A",
        "median G*",
        "tell nothing",
        "against all sensors",
        "their top-1",
    ]
    return f"## What operators tell\n\n{table(heads, lines)}\n\n{_LEGEND}"


_LEGEND = """The same familiar cases, told in words: at most four departures, many without a size. *Score*: G* is
what the text leaves open ([protocol](protocol.md#what-a-text-leaves-open)), as for a log it is what its sensors leave
open. Where a text tells of no departure at all, as some do of a fault that shows faintly in many sensors, right is that
nothing is wrong, and the case is not in the score. *Against all sensors*: the same answers where G* is what all sensors
of the log could tell, most of which the text does not speak of. *Symbolic* is here the physics of the symptoms,
*hybrid* both opinions pooled. *The same, strict*: calibration error, only what was put in being a hit."""


def _figures(rows: Sequence[Row]) -> list[float]:
    by_text = by_what_is_told(rows)
    found, whole = figures_of(by_text), figures_of(rows)
    seen = [r for r in by_text if r.detectable and r.truth]
    few = [r.score for r in seen if len(r.told_group) <= FEW]
    silent = [not r.told_group for r in rows if r.detectable and r.truth]
    sizes = [len(answer_set(r.posterior)) for r in seen], [len(r.told_group) for r in seen]
    return [
        found["score"],
        float(np.mean(few)) if few else float("nan"),
        len(few),
        found["strict"],
        accuracy(by_text)[1],
        found["log_loss"],
        *(float(np.median(s)) if s else float("nan") for s in sizes),
        float(np.mean(silent)) if silent else float("nan"),
        whole["score"],
        whole["strict"],
    ]
