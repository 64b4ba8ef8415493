"""Drawings of engines: whole, readable, and no box upon another."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from defusedxml import ElementTree

from hotfire.__main__ import main
from hotfire.engine_drawing import draw_engine
from hotfire.engine_files.reading import engine_names, load_engine

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", engine_names())
def test_every_component_and_stream_is_drawn_once_and_apart(name: str) -> None:
    engine = load_engine(name)
    drawing = ElementTree.fromstring(draw_engine(engine))
    titles = [group.find(f"{SVG}title").text.split(",")[0] for group in drawing.findall(f"{SVG}g")]
    assert sorted(titles) == sorted(engine.network.components)
    streams = [p for p in drawing.findall(f"{SVG}path") if p.get("fill") == "none"]
    assert len(streams) == len(engine.network.streams)
    assert "nan" not in draw_engine(engine)
    width, height = (float(v) for v in drawing.get("viewBox").split()[2:])
    boxes = [g.find(f"{SVG}rect") for g in drawing.findall(f"{SVG}g")]
    corners = [tuple(float(b.get(k)) for k in ("x", "y", "width", "height")) for b in boxes]
    assert all(x >= 0 and x + w <= width and y >= 0 and y + h <= height for x, y, w, h in corners)
    for (x1, y1, w, h), (x2, y2, _, _) in itertools.combinations(corners, 2):
        assert abs(x1 - x2) >= w or abs(y1 - y2) >= h - 1


def test_the_flow_runs_from_left_to_right() -> None:
    engine = load_engine("rl10a-3-3a")
    drawing = ElementTree.fromstring(draw_engine(engine))
    left = {
        g.find(f"{SVG}title").text.split(",")[0]: float(g.find(f"{SVG}rect").get("x"))
        for g in drawing.findall(f"{SVG}g")
    }
    assert all(left[s.source[0]] < left[s.target[0]] for s in engine.network.streams if s.fluid)


def test_the_command_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "engine.svg"
    assert main(["engines", "draw", "f-1", "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith("<svg")
    assert "28 components" in capsys.readouterr().out
    assert main(["engines", "draw", "f-1"]) == 2
    assert "-o FILE" in capsys.readouterr().err
