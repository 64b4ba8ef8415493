"""The isolability matrix as an SVG drawing: how far each fault is from each other one.

Steps of one hue in rising lightness, which the colour-blind and a grey print read alike (the ramp is ColorBrewer's
`Blues`, C. Brewer and M. Harrower, colorbrewer2.org); a pair that cannot be told apart is also marked by a dot.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from hotfire.analysis.result import Analysis

__all__ = ["heat_map"]

_CELL, _MARGIN, _TITLE = 15, 16, 46
_LETTER = 6.3
"""Width of a letter of the labels."""
_STEPS = (
    (3.0, "#08306b", "at most 3: alike"),
    (5.0, "#2171b5", "3 to 5"),
    (10.0, "#6baed6", "5 to 10"),
    (30.0, "#bdd7e7", "10 to 30"),
    (float("inf"), "#eff3ff", "above 30"),
)
"""Upper limit, colour and word of each step, in standard deviations."""
_UNSEEN = "#d9d9d9"


def heat_map(analysis: Analysis) -> str:
    """Return the matrix of distances of faults that set in half-way as an SVG document."""
    names = analysis.distances.faults
    seen = {f.name for f in analysis.faults if f.sets_in.smallest is not None}
    label = max(len(n) for n in names) * _LETTER + 8
    left, top = _MARGIN + label, _TITLE + label
    side = _CELL * len(names)
    width, height = max(left + side + _MARGIN, 640), top + side + 64
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        'font-family="Helvetica, Arial, sans-serif" font-size="11">',
        f"<title>Isolability of the faults of {escape(analysis.engine)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="22" font-size="15" font-weight="bold">{escape(analysis.engine)}: how far the fault '
        "of a row is from that of a column</text>",
        f'<text x="{_MARGIN}" y="38">standard deviations of noise and tolerances; rows at '
        f"{escape(analysis.size)} size, columns at the size that comes nearest</text>",
        *_labels(names, left, top),
        *_cells(analysis.distances.sets_in, names, seen, (left, top)),
        *_legend(top + side + 24),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _labels(names: Sequence[str], left: float, top: float) -> list[str]:
    parts = []
    for i, name in enumerate(names):
        at = (i + 0.75) * _CELL
        parts.append(f'<text x="{left - 5:.1f}" y="{top + at:.1f}" text-anchor="end">{escape(name)}</text>')
        x, y = left + at, top - 5
        parts.append(f'<text transform="translate({x:.1f} {y:.1f}) rotate(-90)">{escape(name)}</text>')
    return parts


def _cells(
    rows: Sequence[Sequence[float]], names: Sequence[str], seen: set[str], corner: tuple[float, float]
) -> list[str]:
    parts = []
    for i, row in enumerate(rows):
        for j, distance in enumerate(row):
            if i == j:
                continue
            x, y = corner[0] + j * _CELL, corner[1] + i * _CELL
            known = names[i] in seen and names[j] in seen
            colour = next(c for limit, c, _ in _STEPS if distance <= limit) if known else _UNSEEN
            word = f"{names[i]} from {names[j]}: {distance:.1f}" if known else "not detectable"
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{_CELL - 1}" height="{_CELL - 1}" fill="{colour}">'
                f"<title>{escape(word)}</title></rect>"
            )
            if known and distance <= _STEPS[0][0]:
                parts.append(_dot(x, y))
    return parts


def _dot(x: float, y: float) -> str:
    half = (_CELL - 1) / 2
    return f'<circle cx="{x + half:.1f}" cy="{y + half:.1f}" r="2.5" fill="#ffffff"/>'


def _legend(y: float) -> list[str]:
    parts = []
    for i, (_, colour, word) in enumerate((*_STEPS, (0.0, _UNSEEN, "not detectable"))):
        x = _MARGIN + 104 * i
        edge = ' stroke="#9e9e9e" stroke-width="0.5"'
        parts.append(f'<rect x="{x}" y="{y}" width="14" height="14" fill="{colour}"{edge}/>')
        if i == 0:
            parts.append(_dot(x, y))
        parts.append(f'<text x="{x + 19}" y="{y + 11}">{escape(word)}</text>')
    return parts
