"""Elements of a drawing as SVG: text is escaped, figures are short, colours and fonts are the page's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from hotfire.log import FloatArray
from hotfire.report.axes import Axis

__all__ = ["band", "drawing", "line", "rect", "steps", "text", "trace"]

_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def drawing(width: float, height: float, title: str, description: str, parts: Iterable[str]) -> str:
    """Return a whole drawing with a title and a description for those who do not see it."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_short(width)} {_short(height)}" role="img">',
            f"<title>{_clean(title)}</title>",
            f"<desc>{_clean(description)}</desc>",
            *parts,
            "</svg>",
        ]
    )


def text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    """Return words at a place; `anchor` is `start`, `middle` or `end`."""
    return (
        f'<text x="{_short(x)}" y="{_short(y)}" class={quoteattr(kind)} text-anchor="{anchor}">'
        f"{_clean(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<path d="M{_short(x1)},{_short(y1)}L{_short(x2)},{_short(y2)}" class={quoteattr(kind)}/>'


def rect(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a rectangle between two corners."""
    x, y, width, height = min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)
    return (
        f'<rect x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}" '
        f"class={quoteattr(kind)}/>"
    )


def trace(stretches: Iterable[tuple[FloatArray, FloatArray]], across: Axis, up: Axis, kind: str) -> str:
    """Return a signal as a line, broken where its stretches end."""
    path = []
    for time, values in stretches:
        points = [f"{_short(across.at(t))},{_short(up.at(v))}" for t, v in zip(time, values, strict=True)]
        if len(points) == 1:  # a line of no length with round ends is a dot
            points *= 2
        path.append("M" + "L".join(points))
    return f'<path d="{"".join(path)}" class={quoteattr(kind)}/>' if path else ""


def steps(edges: Sequence[float], values: Sequence[float | None], across: Axis, up: Axis, kind: str) -> str:
    """Return values over windows as steps, broken where there is none; K values, K + 1 edges."""
    path, pen = [], False
    for left, right, value in zip(edges[:-1], edges[1:], values, strict=True):
        if value is None:
            pen = False
            continue
        x, y = _short(across.at(left)), _short(up.at(value))
        path.append(f"V{y}" if pen else f"M{x},{y}")
        path.append(f"H{_short(across.at(right))}")
        pen = True
    return f'<path d="{"".join(path)}" class={quoteattr(kind)}/>' if path else ""


def band(
    edges: Sequence[float], low: Sequence[float], high: Sequence[float], across: Axis, up: Axis, kind: str
) -> str:
    """Return the area between two values in each window; K values, K + 1 edges."""
    xs = [_short(across.at(e)) for e in edges]
    upper = "".join(f"V{_short(up.at(v))}H{x}" for v, x in zip(high, xs[1:], strict=True))
    lower = "".join(f"V{_short(up.at(v))}H{x}" for v, x in zip(reversed(low), reversed(xs[:-1]), strict=True))
    return f'<path d="M{xs[0]},{_short(up.at(high[0]))}{upper}{lower}Z" class={quoteattr(kind)}/>'


def _short(value: float) -> str:
    """Write a place with one decimal, and none where that is zero."""
    written = f"{value:.1f}".removesuffix(".0")
    return "0" if written == "-0" else written


def _clean(words: str) -> str:
    """Escape words, and leave out what no XML file may hold."""
    return escape(_NOT_XML.sub("", words))
