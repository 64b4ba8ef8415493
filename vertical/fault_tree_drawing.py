"""A drawing of a fault tree as SVG: the top event at the left, what it follows from to the right of it."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from hotfire.physics.fault_tree import FaultTree, FaultTreeError

__all__ = ["UNLIKELY", "draw_fault_tree"]

_COLUMN, _ROW = 316.0, 38.0
_WIDTH, _HEIGHT = 284.0, 28.0
_MARGIN, _HEAD = 24.0, 52.0
_MOST = 600
"""Boxes that one drawing can hold and still be read."""
UNLIKELY = 0.01
"""Probability given what was seen under which an event is drawn as one that is as good as excluded."""
_GATES = {
    "and": ("AND", "#0072B2"),
    "or": ("OR", "#D55E00"),
    "not": ("NOT", "#000000"),
    "xor": ("XOR", "#CC79A7"),
    "atleast": ("", "#009E73"),
}
"""Word and colour of each operator; the colours are those of Okabe and Ito."""


@dataclass(frozen=True)
class _Box:
    """One event where it is drawn; `again` where what it follows from is drawn elsewhere."""

    name: str
    depth: int
    y: float
    parent: int
    again: bool


def draw_fault_tree(tree: FaultTree, *, posterior: bool = False) -> str:
    """Return a drawing of a fault tree as an SVG document.

    A gate that several others name is drawn once with what is below it, and elsewhere with a dashed border.

    Args:
        tree: What to draw.
        posterior: Whether probabilities are those given what was seen: what is as good as excluded is drawn faint.

    Raises:
        FaultTreeError: If the tree has more events than a drawing can show.
    """
    boxes = _placed(tree)
    width = max(b.depth for b in boxes) * _COLUMN + _WIDTH + 2 * _MARGIN
    height = max(b.y for b in boxes) + _HEIGHT / 2 + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="11">',
        f"<title>Fault tree: {escape(tree.name)}, {escape(tree.top)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="26" font-size="17" font-weight="bold">{escape(tree.name)}: '
        f"{escape(tree.top)}</text>",
        *(_branch(boxes[b.parent], b) for b in boxes if b.parent >= 0),
        *(line for b in boxes for line in _drawn(tree, b, posterior)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _placed(tree: FaultTree) -> list[_Box]:
    """Give every event its place: the last ones row by row, a gate at the middle of what it follows from."""
    found: list[tuple[str, int, int, bool]] = []
    seen: set[str] = set()
    stack = [(tree.top, 0, -1)]
    while stack:
        name, depth, parent = stack.pop()
        gate = tree.gates.get(name)
        again = gate is not None and name in seen
        found.append((name, depth, parent, again))
        if len(found) > _MOST:
            raise FaultTreeError(
                f"the tree has more than {_MOST} events to draw",
                where=tree.name,
                remedy="draw one of its gates (--top), or write it with --mef",
            )
        if gate is not None and not again:
            seen.add(name)
            stack.extend((i, depth + 1, len(found) - 1) for i in reversed(gate.inputs))
    below: dict[int, list[int]] = {}
    for i, (_, _, parent, _) in enumerate(found):
        below.setdefault(parent, []).append(i)
    ys = [0.0] * len(found)
    row = 0
    for i in range(len(found)):
        if i not in below:
            ys[i] = _HEAD + _ROW * (row + 0.5)
            row += 1
    for i in range(len(found) - 1, -1, -1):
        if i in below:
            ys[i] = 0.5 * (ys[below[i][0]] + ys[below[i][-1]])
    return [_Box(n, d, y, p, a) for (n, d, p, a), y in zip(found, ys, strict=True)]


def _left(box: _Box) -> float:
    return _MARGIN + _COLUMN * box.depth


def _branch(parent: _Box, box: _Box) -> str:
    x1, x2 = _left(parent) + _WIDTH, _left(box)
    half = 0.5 * (x1 + x2) + 6.0
    return (
        f'<path d="M{x1:.0f},{parent.y:.0f} H{half:.0f} V{box.y:.0f} H{x2:.0f}" fill="none" '
        f'stroke="#777777" stroke-width="1.3"/>'
    )


def _drawn(tree: FaultTree, box: _Box, posterior: bool) -> list[str]:
    gate = tree.gates.get(box.name)
    x, y = _left(box), box.y - _HEIGHT / 2
    if gate is None:
        return _event(tree, box, x, y, posterior)
    word, colour = _GATES[gate.operator]
    word = word or f"{gate.least} of {len(gate.inputs)}"
    dashes = ' stroke-dasharray="4 3"' if box.again else ""
    note = ", drawn elsewhere" if box.again else ""
    return [
        f"<g><title>{escape(box.name)}{note}</title>",
        f'<rect x="{x:.0f}" y="{y:.1f}" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" rx="3" fill="#ffffff" '
        f'stroke="#222222"{dashes}/>',
        f'<text x="{x + 7:.0f}" y="{box.y + 4:.1f}">{escape(_short(gate.label or box.name, 38))}</text>',
        f'<text x="{x + _WIDTH - 6:.0f}" y="{box.y + 4:.1f}" text-anchor="end" font-weight="bold" '
        f'fill="{colour}">{word}</text></g>',
    ]


def _event(tree: FaultTree, box: _Box, x: float, y: float, posterior: bool) -> list[str]:
    event = tree.basic_events.get(box.name)
    faint = posterior and event is not None and event.probability < UNLIKELY
    value = f"{event.probability:.2g}" if event else ("on" if tree.house_events[box.name].state else "off")
    if event and posterior:
        value = f"&lt; {UNLIKELY:g}" if faint else "&gt; 0.99" if event.probability > 0.99 else value
    fill, edge, ink = ("#ffffff", "#aaaaaa", "#666666") if faint else ("#fff7d6", "#222222", "#000000")
    title = f"{box.name}: {event.label}" if event and event.label else box.name
    return [
        f"<g><title>{escape(title)}, {value}</title>",
        f'<rect x="{x:.0f}" y="{y:.1f}" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" rx="{_HEIGHT / 2:.0f}" '
        f'fill="{fill}" stroke="{edge}"/>',
        f'<text x="{x + 13:.0f}" y="{box.y + 4:.1f}" fill="{ink}">{escape(_short(box.name, 36))}</text>',
        f'<text x="{x + _WIDTH - 11:.0f}" y="{box.y + 4:.1f}" text-anchor="end" fill="#555555">{value}</text></g>',
    ]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
