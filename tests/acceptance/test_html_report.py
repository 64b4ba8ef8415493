"""`hotfire demo --html`: the page of a real diagnosis holds what its JSON says, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from hotfire.figures import share

pytest.importorskip("jinja2")

Demo = tuple[str, dict]


class _Text(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.elements: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.parts).replace("\xa0", " ").split())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    page = tmp_path_factory.mktemp("demo") / "demo.html"
    command = [sys.executable, "-m", "hotfire", "demo", "--json", "--html", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert list(page.parent.iterdir()) == [page]
    return page.read_text(encoding="utf-8"), json.loads(done.stdout)


def test_every_hypothesis_of_the_json_stands_in_the_page(demo: Demo) -> None:
    page, document = demo
    words = _Text(page).words
    assert document["headline"] in words
    for hypothesis in document["hypotheses"]:
        assert hypothesis["name"] in words
        assert f"{hypothesis['probability']:.4f}" in words
    first = document["hypotheses"][0]
    assert first["summary"] in words and share(first["probability"]) in words
    for effect in first["effects"]:
        for step in effect["steps"]:
            assert step["equation"] in words


def test_the_page_is_self_contained_and_small(demo: Demo) -> None:
    page, _ = demo
    assert not _Text(page).elements & {"script", "link", "img", "iframe", "object"}
    assert set(re.findall(r"\w+://[^\s\"'<]*", page)) == {"http://www.w3.org/2000/svg"}
    assert len(page.encode()) < 500_000


def test_every_drawing_is_well_formed_and_shows_what_was_weighed(demo: Demo) -> None:
    page, document = demo
    drawings = [fromstring(s) for s in re.findall(r"<svg xmlns.*?</svg>", page, re.DOTALL)]
    titles = [d[0].text or "" for d in drawings]
    moved = {e["sensor"] for e in document["hypotheses"][0]["effects"]}
    assert len(moved) >= 4
    by_sensor = {w["sensor"]: w for w in document["windows"]}
    for sensor in moved:
        name = sensor.replace("_", " ")
        assert f"{name} over the whole test" in titles
        drawing = drawings[titles.index(f"{name} in the stretch that was weighed")]
        kinds = [e.get("class") for e in drawing.iter()]
        assert kinds.count("mean") == sum(v is not None for v in by_sensor[sensor]["measured"])
        assert {"signal", "with", "without", "onset-line"} <= set(kinds)
        for path in (e.get("d") for e in drawing.iter() if e.get("d")):
            assert re.fullmatch(r"[MLHVZ\d.,-]+", path)


def test_the_windows_show_the_fault_better_than_the_sound_engine(demo: Demo) -> None:
    """The fault of the demonstration explains the readings from its onset on; without it they are missed by far."""
    _, document = demo
    onset = document["hypotheses"][0]["faults"][0]["onset"]["high"]
    for windows in document["windows"]:
        count = len(windows["measured"])
        assert len(windows["edges"]) == count + 1
        assert all(
            len(windows[k]) == count
            for k in ("scatter", "nominal", "spread", "with_faults", "without_faults")
        )
        assert all(s > 0.0 for s in windows["spread"])
    (manifold,) = (w for w in document["windows"] if w["sensor"] == "fuel_manifold_pressure")
    after = [i for i, start in enumerate(manifold["edges"][:-1]) if start >= onset]
    assert after
    for i in after:
        miss_with, miss_without = (
            abs(manifold["measured"][i] - manifold[k][i]) for k in ("with_faults", "without_faults")
        )
        assert miss_with < 0.2 * miss_without


def test_a_page_can_be_made_from_python(tmp_path: Path) -> None:
    import hotfire
    from hotfire.report.html import render
    from hotfire.simulate import simulate_log

    engine = hotfire.load_engine("demo-engine")
    log = simulate_log(engine, [], seed=5)
    page = render(hotfire.diagnose(log, engine, expert="symbolic"), log=log, engine=engine)
    assert _Text(page).words.count("NOMINAL") == 1
    assert "the sound engine, tolerances as they fit best" in page


def test_lines_are_drawn_where_no_way_was_asked_for() -> None:
    import hotfire
    from hotfire.report.html import render
    from hotfire.simulate import SimulatedFault, simulate_log

    engine = hotfire.load_engine("demo-engine")
    log = simulate_log(engine, [SimulatedFault("thrust.bias", 0.1, 1.5)], seed=3)
    diagnosis = hotfire.diagnose(log, engine, expert="symbolic", explain=0)
    assert not diagnosis.hypotheses[0].effects
    thrust = next(w for w in diagnosis.windows if w.sensor == "thrust")
    assert thrust.with_faults is not None and thrust.without_faults is not None
    assert thrust.with_faults[-1] - thrust.without_faults[-1] > 100.0  # N, of 250 that were put on
    page = render(diagnosis, log=log, engine=engine)
    assert "the same engine with it" in page
    assert "How the fault reaches the sensors" not in page
