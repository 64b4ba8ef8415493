"""The drawing of the page: score of each expert on the same cases, axis by axis, as SVG.

Colours are Okabe and Ito's, which colour-blind readers tell apart; shapes differ as well, for a grey print.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.examination.policies import Paired
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["draw"]

_STYLES = {
    "neural": ("#0072B2", "circle"),
    "symbolic": ("#D55E00", "square"),
    "hybrid": ("#000000", "diamond"),
    "symptoms": ("#009E73", "triangle"),
}
_SHAPES = {
    "circle": "M-4,0 a4,4 0 1,0 8,0 a4,4 0 1,0 -8,0",
    "square": "M-4,-4 h8 v8 h-8 z",
    "diamond": "M0,-5 l5,5 l-5,5 l-5,-5 z",
    "triangle": "M0,-5 l5,9 h-10 z",
}
_LEFT, _RIGHT, _TOP, _ROW, _WIDE = 190, 20, 58, 44, 520
_APART = 10.0


def draw(own: Paired) -> str:
    """Return the drawing of cases that all experts answered."""
    axes = np.array([r.axis for r in own.cases])
    scores = {expert: own.figures(expert, "score") for expert in own.rows}
    first = next(iter(scores.values()))
    names = sorted(set(axes.tolist()), key=lambda a: (a != FAMILIAR, -first[axes == a].mean(), a))
    height = _TOP + _ROW * len(names) + 44
    width = _LEFT + _WIDE + _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12">',
        "<title>Score by shift axis</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_legend(list(scores)),
        *_frame(height),
    ]
    for i, name in enumerate(names):
        chosen = axes == name
        middle = _TOP + (i + 0.5) * _ROW
        label = f"{name.replace('_', ' ')} ({int(chosen.sum())})"
        parts.append(f'<text x="{_LEFT - 10}" y="{middle + 4:.1f}" text-anchor="end">{label}</text>')
        for k, (expert, values) in enumerate(scores.items()):
            at = middle + (k - (len(scores) - 1) / 2) * _APART
            parts += _mark(expert, values[chosen], at)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(value: float) -> float:
    return _LEFT + _WIDE * min(max(value, 0.0), 1.0)


def _frame(height: int) -> list[str]:
    bottom = height - 40
    parts = []
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x = _x(tick)
        parts += [
            f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="#cccccc"/>',
            f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{tick:g}</text>',
        ]
    what = "score, mean and standard error (number of cases in brackets)"
    parts.append(f'<text x="{_LEFT + _WIDE / 2}" y="{bottom + 33}" text-anchor="middle">{what}</text>')
    return parts


def _legend(experts: Sequence[str]) -> list[str]:
    parts = []
    for k, expert in enumerate(experts):
        colour, shape = _STYLES[expert]
        x = _LEFT + 10 + 120 * k
        parts += [
            f'<path transform="translate({x} 24)" d="{_SHAPES[shape]}" fill="{colour}"/>',
            f'<text x="{x + 10}" y="28">{expert}</text>',
        ]
    return parts


def _mark(expert: str, values: np.ndarray, at: float) -> list[str]:
    """Mean of an expert's scores with one standard error."""
    colour, shape = _STYLES[expert]
    mean, error = float(values.mean()), float(values.std() / np.sqrt(values.size))
    low, high = _x(mean - error), _x(mean + error)
    line = f'<line x1="{low:.1f}" y1="{at:.1f}" x2="{high:.1f}" y2="{at:.1f}" stroke="{colour}" stroke-width="1.5"/>'
    mark = f'<path transform="translate({_x(mean):.1f} {at:.1f})" d="{_SHAPES[shape]}" fill="{colour}"/>'
    return [line, mark]
