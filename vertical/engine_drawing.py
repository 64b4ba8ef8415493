"""A drawing of an engine as SVG: components along the flow, streams by what they carry, sensors where they sit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from xml.sax.saxutils import escape

import networkx as nx

from hotfire.engine import Engine
from hotfire.physics.placing import Stream

__all__ = ["draw_engine"]

_COLUMN, _ROW = 208.0, 78.0
_WIDTH, _HEIGHT = 164.0, 40.0
_MARGIN, _LEGEND = 28.0, 64.0
_SWEEPS = 8
_STREAMS = {
    "oxidizer": ("#0072B2", "", "oxidizer"),
    "fuel": ("#D55E00", "", "fuel"),
    "gas": ("#4d4d4d", "", "hot gas"),
    "shaft": ("#000000", "7 4", "shaft"),
    "heat": ("#CC79A7", "2 4", "heat"),
    "electric": ("#009E73", "10 3 2 3", "electric power"),
    "signal": ("#8a6d00", "1 5", "signal"),
}
"""Colour, dashes and word of each kind of stream; the colours are those of Okabe and Ito."""


@dataclass(frozen=True)
class _Spot:
    """Middle of a component's box."""

    x: float
    y: float


def draw_engine(engine: Engine) -> str:
    """Return a drawing of an engine as an SVG document.

    Args:
        engine: The engine.

    Returns:
        A whole SVG file; its text can be searched and read aloud.
    """
    spots = _places(engine)
    width = max(s.x for s in spots.values()) + _WIDTH / 2 + _MARGIN
    height = max(s.y for s in spots.values()) + _HEIGHT + _MARGIN + _LEGEND
    used = {_carried(engine, s) for s in engine.network.streams}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="12">',
        f"<title>{escape(engine.name)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="26" font-size="17" font-weight="bold">{escape(engine.name)}</text>',
        *(_stream(engine, spots, stream) for stream in engine.network.streams),
        *(_box(engine, name, spots[name]) for name in engine.network.order),
        *_legend([k for k in _STREAMS if k in used], height - _LEGEND / 2),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _places(engine: Engine) -> dict[str, _Spot]:
    """Put components in columns along the flow, and order each column so that few streams cross.

    A stream that passes columns has a waypoint in each of them, so that it runs between the boxes.
    """
    layers = _layers(engine)
    links = nx.Graph()
    links.add_nodes_from(layers)
    for stream in engine.network.streams:
        chain = [stream.source[0], *_waypoints(stream, layers), stream.target[0]]
        nx.add_path(links, chain)
    columns: dict[int, list[str]] = defaultdict(list)
    for name in links:
        layers.setdefault(name, int(name.rsplit("|", 1)[-1]) if "|" in name else 0)
        columns[layers[name]].append(name)
    sides = {"oxidizer": -3.0, "fuel": 3.0}
    height = {n: sides.get(engine.network.side_of(n.split("|")[0].split(".")[0]), 0.0) for n in links}
    for sweep in range(_SWEEPS):
        for layer in sorted(columns, reverse=bool(sweep % 2)):
            near = {n: [height[m] for m in links.neighbors(n)] for n in columns[layer]}
            height |= _spread({n: sum(ys) / len(ys) if ys else height[n] for n, ys in near.items()})
    top = min(height.values())
    return {
        n: _Spot(_MARGIN + _WIDTH / 2 + _COLUMN * layers[n], 70.0 + _ROW * (height[n] - top)) for n in links
    }


def _waypoints(stream: Stream, layers: dict[str, int]) -> list[str]:
    """Names of the places where a stream passes columns without a stop, in its direction."""
    a, b = layers[stream.source[0]], layers[stream.target[0]]
    step = 1 if b > a else -1
    return [f"{stream.name}|{layer}" for layer in range(a + step, b, step)]


def _layers(engine: Engine) -> dict[str, int]:
    """Column of every component: steps from the tanks; what no flow passes stands by what it is connected to."""
    graph = engine.network.graph
    moved = {n for s in engine.network.streams if s.fluid for n in (s.source[0], s.target[0])}
    layers: dict[str, int] = {}
    for name in engine.network.order:
        if name in moved:
            layers[name] = max((layers[p] + 1 for p in graph.predecessors(name)), default=0)
    for name in reversed(
        engine.network.order
    ):  # tanks and starts of short branches move up to what they feed
        after = [layers[s] for s in graph.successors(name)]
        if name in moved and after and graph.in_degree(name) == 0:
            layers[name] = min(after) - 1
    others = [n for n in engine.network.order if n not in moved]
    links = nx.Graph((s.source[0], s.target[0]) for s in engine.network.streams)
    for _ in others:
        for name in others:
            near = [layers[m] for m in links.neighbors(name) if m in layers]
            if name not in layers and near:
                layers[name] = round(sum(near) / len(near))
    return {n: layers.get(n, 0) for n in engine.network.order}


def _spread(wanted: dict[str, float]) -> dict[str, float]:
    """Give heights a row apart, waypoints half a row, in the order wanted and around the same middle."""
    order = sorted(wanted, key=lambda n: (wanted[n], n))
    placed: dict[str, float] = {}
    last, before = float("-inf"), ""
    for name in order:
        apart = 1.0 if "|" not in name and "|" not in before else 0.55
        last, before = max(wanted[name], last + apart), name
        placed[name] = last
    shift = sum(placed.values()) / len(placed) - sum(wanted.values()) / len(wanted)
    return {n: y - shift for n, y in placed.items()}


def _carried(engine: Engine, stream: Stream) -> str:
    """Key of `_STREAMS` for a stream."""
    medium, source, port = stream.medium, stream.source[0], stream.target[1]
    if medium != "liquid":
        return str(medium)
    side = port if port in ("oxidizer", "fuel") else engine.network.side_of(stream.target[0])
    return side or engine.network.side_of(source) or "gas"


def _stream(engine: Engine, spots: dict[str, _Spot], stream: Stream) -> str:
    colour, dashes, _ = _STREAMS[_carried(engine, stream)]
    style = f' stroke-dasharray="{dashes}"' if dashes else ""
    path = _route(stream, spots)
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"{style}/>'


def _route(stream: Stream, spots: dict[str, _Spot]) -> str:
    """Path of a stream: from side to side through its waypoints, or up and down within a column."""
    a, b = spots[stream.source[0]], spots[stream.target[0]]
    if a.x == b.x:
        down = 1.0 if b.y > a.y else -1.0
        return f"M{a.x:.0f},{a.y + down * _HEIGHT / 2:.0f} V{b.y - down * _HEIGHT / 2:.0f}"
    on = 1.0 if b.x > a.x else -1.0
    low = 0.0 if stream.fluid else 0.3 * _HEIGHT  # beside the flow, not upon it
    layers = {n: round((s.x - _MARGIN - _WIDTH / 2) / _COLUMN) for n, s in spots.items()}
    middle = [spots[n] for n in _waypoints(stream, layers)]
    path = f"M{a.x + on * _WIDTH / 2:.0f},{a.y + low:.0f}"
    x, y = a.x + on * _WIDTH / 2, a.y + low
    for spot in middle:
        path += _bend(x, y, spot.x - on * _WIDTH / 2, spot.y) + f" H{spot.x + on * _WIDTH / 2:.0f}"
        x, y = spot.x + on * _WIDTH / 2, spot.y
    return path + _bend(x, y, b.x - on * _WIDTH / 2, b.y + low)


def _bend(x1: float, y1: float, x2: float, y2: float) -> str:
    half = 0.5 * (x1 + x2)
    return f" C{half:.0f},{y1:.0f} {half:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"


def _box(engine: Engine, name: str, spot: _Spot) -> str:
    kind = engine.network.components[name].kind.type_name.replace("_", " ")
    sensors = [s.name for s in engine.sensors.values() if s.measures.split(".")[0] == name]
    x, y = spot.x - _WIDTH / 2, spot.y - _HEIGHT / 2
    title = f"{name}, {kind}" + (f"; sensors: {', '.join(sensors)}" if sensors else "")
    lines = [
        f"<g><title>{escape(title)}</title>",
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" rx="5" '
        f'fill="{"#fff7d6" if sensors else "#ffffff"}" stroke="#222222"/>',
        f'<text x="{spot.x:.0f}" y="{spot.y - 3:.0f}" text-anchor="middle">{escape(_short(name))}</text>',
        f'<text x="{spot.x:.0f}" y="{spot.y + 13:.0f}" text-anchor="middle" font-size="10" '
        f'fill="#555555">{escape(kind)}</text></g>',
    ]
    return "\n".join(lines)


def _short(name: str) -> str:
    words = name.replace("_", " ")
    return words if len(words) <= 26 else words[:25] + "\N{HORIZONTAL ELLIPSIS}"


def _legend(kinds: list[str], y: float) -> list[str]:
    parts, x = [], _MARGIN
    for kind in kinds:
        colour, dashes, word = _STREAMS[kind]
        style = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(
            f'<path d="M{x:.0f},{y:.0f} h34" stroke="{colour}" stroke-width="2.5"{style}/>'
            f'<text x="{x + 40:.0f}" y="{y + 4:.0f}">{word}</text>'
        )
        x += 56.0 + 7.0 * len(word)
    parts.append(
        f'<rect x="{x:.0f}" y="{y - 8:.0f}" width="26" height="16" rx="3" fill="#fff7d6" stroke="#222222"/>'
        f'<text x="{x + 32:.0f}" y="{y + 4:.0f}">has a sensor</text>'
    )
    return parts
