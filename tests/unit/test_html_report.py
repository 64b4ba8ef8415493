"""The HTML report on hand-made diagnoses: whole, self-contained, and safe whatever strangers call their channels."""

from __future__ import annotations

import dataclasses
import datetime
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

import hotfire
from hotfire.__main__ import main
from hotfire.diagnosis import (
    CausalStep,
    Cost,
    Diagnosis,
    Effect,
    FaultEstimate,
    Hypothesis,
    Interval,
    PhaseSpan,
    SensorWindows,
    Symptom,
)
from hotfire.log import Channel, Log, Note
from hotfire.physics.errors import HotfireError
from hotfire.report.html import render
from hotfire.report.terminal import render as render_text
from hotfire.report.traces import traces

pytest.importorskip("jinja2")

HOSTILE = "<script>alert(1)</script>\"'&{{ 7 * 77777 }}</svg>"
VOID = {"meta", "br"}


class _Page(HTMLParser):
    """Text, elements and attributes of a page; every element must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\xa0", " ")


def _windows(sensor: str, channel: str, scale: float = 1.0) -> SensorWindows:
    return SensorWindows(
        sensor,
        channel,
        "bar",
        (1.0, 2.0, 3.0, 4.0),
        (20.0 * scale, None, 18.0 * scale),
        (0.1 * scale,) * 3,
        (20.5 * scale,) * 3,
        (1.0 * scale,) * 3,
        (20.1 * scale,) * 3,
        (20.0 * scale, 18.2 * scale, 18.1 * scale),
        0.3 * scale,
    )


def _fault(component: str = "fuel_injector", onset: Interval | None = None) -> FaultEstimate:
    return FaultEstimate(
        component,
        "blockage",
        "hardware",
        Interval(0.18, 0.15, 0.21),
        "share of the flow area lost",
        onset,
        f"{component} is partly blocked",
        "injector_blockage",
    )


def blocked(channel: str = "PT-1", sensor: str = "chamber_pressure") -> Diagnosis:
    steps = (
        CausalStep("fuel_injector.blockage", 0.0, 0.18, "", "", 1.0),
        CausalStep(sensor, 20.1, 18.1, "bar", "nozzle: throat flow", 1.0),
    )
    effect = Effect(sensor, True, 4.0, steps, -2.1, "bar", 21.0, "said")
    fault = _fault(onset=Interval(2.2, 2.0, 2.5, "s"))
    first = Hypothesis((fault,), 0.9, (sensor,), (), 1.0, "injector_blockage", fault.description, (effect,))
    second = Hypothesis(
        (_fault("fuel_line"),), 0.08, (), (sensor,), 2.0, "feed_line_blockage", "the line is blocked"
    )
    return Diagnosis(
        "fault",
        "The injector is blocked.",
        "E",
        "run.csv",
        (first, second),
        ambiguity_group=("fuel_injector.blockage", "fuel_line.blockage"),
        splitting_channel="fuel_flow",
        symptoms=(Symptom(sensor, channel, "mainstage", "low", 18.0, 20.0, "bar", 4.0, 2.2),),
        windows=(_windows(sensor, channel),),
        phases=(PhaseSpan("start", 0.5, 1.0), PhaseSpan("mainstage", 1.0, 4.0)),
        none_of_these=0.02,
        goodness_of_fit=0.4,
        left_out=0.03,
        notes=(Note("gap", "warning", "a gap", channel, 1.0, 2.0, remedy="mend it"),),
        warnings=("mind the gap",),
        cost={"total": Cost(1.0, 0.9, 90_000_000, 1, 500)},
    )


def _log(channel: str = "PT-1") -> Log:
    time = np.linspace(0.0, 5.0, 2001)
    values = np.where(time < 2.2, 20.0e5, 18.0e5)
    values[1000] = 60e5
    return Log(
        None, "made", {channel: Channel(channel, time, values, "pressure", "bar", reference="absolute")}
    )


def _drawings(page: str) -> list[Any]:
    return [fromstring(s) for s in re.findall(r"<svg xmlns.*?</svg>", page, re.DOTALL)]


def test_a_page_says_what_the_terminal_says() -> None:
    page = _Page(render(blocked(), log=_log()))
    for line in (
        "FAULT",
        "The injector is blocked.",
        "fuel_injector.blockage, since 2.2 s (2.0 to 2.5)",
        "18 % (15 to 21): share of the flow area lost",
        "explains 0 of 1 symptoms, not chamber_pressure",
        "The fit of the first is good (p = 0.40).",
        "None of these",
        "To split them, measure fuel_flow.",
        "mind the gap",
        "mend: mend it",
        "1.0 s (0.90 s of processor), 90 MB, 500 solutions of the engine's equations, 1 call of a learned model",
    ):
        assert line in " ".join(page.text.split()), line
        assert line in " ".join(render_text(blocked(), width=400).split()) or line == "mend: mend it"


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    page = render(blocked(), log=_log())
    elements = _Page(page).seen
    assert not {tag for tag, _ in elements} & {"script", "link", "img", "iframe", "object", "embed", "form"}
    assert not [
        a for _, own in elements for a in own if a.startswith("on") or a in ("src", "srcset", "style")
    ]
    assert {own["href"] for _, own in elements if "href" in own} <= {"#warnings"}
    assert set(re.findall(r"https?:[^\s\"'<]*", page)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in page and "@import" not in page
    assert "default-src 'none'" in page


def test_names_of_strangers_are_text_and_nothing_else() -> None:
    diagnosis = dataclasses.replace(
        blocked(HOSTILE, HOSTILE), engine=HOSTILE, source=HOSTILE, headline=HOSTILE, warnings=(HOSTILE,)
    )
    lost = dataclasses.replace(_fault(HOSTILE), kind="sensor", description=HOSTILE)
    diagnosis = dataclasses.replace(diagnosis, sensor_findings=(lost,))
    text = render(diagnosis, log=_log(HOSTILE))
    page = _Page(text)
    assert "script" not in {tag for tag, _ in page.seen}
    assert "<script" not in text
    assert page.text.count("<script>alert(1)</script>") >= 8
    assert "{{ 7 * 77777 }}" in page.text and "544439" not in page.text
    assert len(_drawings(text)) == 2


def test_a_page_has_its_language_headings_and_described_drawings() -> None:
    text = render(blocked(), log=_log(), made=datetime.date(2026, 1, 2))
    page = _Page(text)
    assert page.seen[0] == ("html", {"lang": "en"})
    assert [tag for tag, _ in page.seen].count("h1") == 1
    assert all("scope" in own for tag, own in page.seen if tag == "th")
    assert "2026-01-02" in page.text
    whole, enlarged = _drawings(text)
    for drawing in (whole, enlarged):
        first, second = list(drawing)[:2]
        assert first.tag.endswith("title") and second.tag.endswith("desc")
        assert first.text and second.text
    kinds = {e.get("class") for e in enlarged.iter()}
    assert {"signal", "with", "without", "mean", "tolerance", "onset", "onset-line"} <= kinds
    assert "bar" in {e.text for e in enlarged.iter()}


def test_spikes_stay_in_the_drawing_of_the_whole_test() -> None:
    whole, enlarged = _drawings(render(blocked(), log=_log()))
    for drawing in (whole, enlarged):
        (path,) = [e.get("d") for e in drawing.iter() if e.get("class") == "signal"]
        heights = [float(y) for y in re.findall(r",([\d.]+)", path)]
        assert min(heights) < 40.0  # at the upper edge, where nothing else is
        assert sorted(heights)[8] > min(heights)


def test_without_a_log_the_windows_alone_are_drawn() -> None:
    text = render(blocked())
    (enlarged,) = _drawings(text)
    assert "signal" not in {e.get("class") for e in enlarged.iter()}
    assert "18.0" in _Page(text).text


def test_large_figures_are_written_as_multiples() -> None:
    scaled = dataclasses.replace(blocked(), windows=(_windows("chamber_pressure", "PT-1", 1e5),))
    page = _Page(render(scaled))
    assert "measured 1.80 10⁶ bar" in " ".join(page.text.split())


def test_an_answer_without_windows_shows_what_was_recorded() -> None:
    nothing = Diagnosis("insufficient_data", "No burn was found.", "E", "x.csv", ())
    text = render(nothing, log=_log())
    page = _Page(text)
    assert "NOT ENOUGH DATA" in page.text and "What was recorded" in page.text
    assert "hotfire verify" not in page.text
    assert len(_drawings(text)) == 1
    assert _drawings(render(nothing)) == []


def test_a_log_that_was_recorded_once_or_never_is_drawn_or_left_out() -> None:
    nothing = Diagnosis("insufficient_data", "No burn was found.", "E", "x.csv", ())
    for time, values in (
        ([1.0], [1e5]),
        ([1.0, 1.0], [1e5, np.nan]),
        ([0.0, 1.0], [np.nan, np.nan]),
        ([], []),
    ):
        channel = Channel("P", np.array(time), np.array(values), "pressure", "bar")
        text = render(nothing, log=Log(None, "made", {"P": channel}))
        assert len(_drawings(text)) == (1 if time else 0)
        assert "nan" not in text.lower()


def test_a_name_that_is_no_text_does_not_keep_the_page_from_being_written() -> None:
    odd = dataclasses.replace(blocked(), source="run\udcff.csv")
    assert render(odd).encode("utf-8")


def test_a_hypothesis_without_a_run_is_drawn_against_the_nominal_engine() -> None:
    bare = dataclasses.replace(_windows("chamber_pressure", "PT-1"), without_faults=None, with_faults=None)
    (enlarged,) = _drawings(render(dataclasses.replace(blocked(), windows=(bare,))))
    assert not {"with", "without"} & {e.get("class") for e in enlarged.iter()}


# -- which sensors are drawn


def _drawn(diagnosis: Diagnosis) -> list[str]:
    return [t.name for t in traces(diagnosis, None, None)]


def test_what_the_answer_blames_and_moves_is_drawn_first() -> None:
    moved, still = (
        _windows("moved", "M"),
        dataclasses.replace(_windows("still", "S"), with_faults=(20.1,) * 3),
    )
    blamed = dataclasses.replace(_fault("blamed"), kind="sensor")
    first = dataclasses.replace(blocked().hypotheses[0], faults=(blamed,), effects=())
    windows = (still, moved, _windows("blamed", "B"))
    diagnosis = dataclasses.replace(blocked(), hypotheses=(first,), symptoms=(), windows=windows)
    assert _drawn(diagnosis) == ["blamed", "moved", "still"]


def test_no_more_are_drawn_than_can_be_looked_at() -> None:
    many = tuple(_windows(f"s{i}", f"C{i}") for i in range(30))
    findings = tuple(dataclasses.replace(_fault(f"s{i}"), kind="sensor") for i in range(20, 30))
    diagnosis = dataclasses.replace(blocked(), windows=many, symptoms=(), sensor_findings=findings)
    assert len(_drawn(diagnosis)) == 12
    assert set(_drawn(diagnosis)[8:]) <= {f.component for f in findings}
    sound = dataclasses.replace(diagnosis, hypotheses=(), sensor_findings=())
    assert len(_drawn(sound)) == 8


def test_names_of_onsets_that_are_close_stand_above_one_another() -> None:
    close = [Interval(2.2, 2.0, 2.5, "s"), Interval(2.3, 2.2, 2.4, "s"), Interval(9.0, 8.0, 9.5, "s")]
    (first, *_), alike = blocked().hypotheses, [_fault(f"f{i}", onset) for i, onset in enumerate(close)]
    both = dataclasses.replace(blocked(), hypotheses=(dataclasses.replace(first, faults=tuple(alike)),))
    (enlarged,) = _drawings(render(both))
    names = [e for e in enlarged.iter() if e.get("class") == "onset-name"]
    assert len(names) == 2  # the third sets in after the stretch
    assert len({e.get("y") for e in names}) == 2


# -- the command line


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("diagnose", blocked()), ("read_log", _log()), ("load_engine", None)):
        monkeypatch.setitem(vars(hotfire), name, lambda *_, _value=value, **__: _value)


@pytest.mark.usefixtures("answered")
def test_the_page_is_whole_or_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    page.write_text("from before")
    assert main(["diagnose", "x.csv", "--engine", "e", "--html", str(page)]) == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert capsys.readouterr().out.startswith("FAULT")
    assert main(["diagnose", "x.csv", "--engine", "e", "--html", str(tmp_path / "no" / "report.html")]) == 2


def test_without_jinja2_the_error_says_what_to_install_before_anything_is_worked_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.setitem(vars(hotfire), "load_engine", pytest.fail)
    page = tmp_path / "report.html"
    assert main(["diagnose", "x.csv", "--engine", "e", "--html", str(page)]) == 2
    assert "pip install 'hotfire[report]'" in capsys.readouterr().err
    assert not page.exists()
    with pytest.raises(HotfireError, match="jinja2"):
        render(blocked())


def test_jinja2_is_imported_for_a_page_alone() -> None:
    code = "import sys, hotfire.report.html, hotfire.cli.diagnose; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_name_cannot_break_out_of_the_commands_that_are_proposed() -> None:
    odd = dataclasses.replace(blocked(), source="run.csv; echo harm")
    assert "hotfire diagnose 'run.csv; echo harm' --engine" in _Page(render(odd)).text


@pytest.mark.parametrize("words", [["--text", "Pc low"], ["--cases", "f.yaml"]])
def test_texts_and_told_cases_have_no_page(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", *words, "--html", "x.html"]) == 2
    assert "--html" in capsys.readouterr().err
