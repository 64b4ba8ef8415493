"""`hotfire bench` from the command line: rows, a page, what an interruption leaves, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from hotfire.__main__ import main
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.models.card import SHIPPED

WORDS = ["--engines", "hydrazine-thruster", "--split", "validation", "--cases", "40", "--searched", "1"]
AXES = ["--axes", "familiar", "wording", "corrupted_sensors", "--levels", "1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bench that was stopped before its first case, and then went on."""
    folder = tmp_path_factory.mktemp("bench")
    stopped = ["bench", "-o", str(folder), *WORDS, *AXES, "--seconds", "0"]
    assert main(stopped) == 2  # no rows, no page
    assert main(["bench", "-o", str(folder), *WORDS, *AXES]) == 0
    return folder


def rows(folder: Path) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(p) for p in sorted((folder / "rows").glob("*.parquet"))])


def test_a_row_for_each_case_and_expert(folder: Path) -> None:
    found = rows(folder)
    assert found.filter(pl.col("axis") == "wording")["level"].unique().sort().to_list() == [0, 1]
    logs = found.filter(pl.col("axis") != "wording")
    counts = dict(logs.group_by("expert").len().iter_rows())
    assert counts == {"neural": 8, "symbolic": 2, "hybrid": 2}
    assert found.select("id", "expert").is_unique().all()
    for expert, calls in (("neural", 1), ("symbolic", 0), ("hybrid", 1)):
        assert set(logs.filter(pl.col("expert") == expert)["model_calls"]) == {calls}
    assert (logs.filter(pl.col("expert") == "symbolic")["solves"] > 0).all()
    assert logs.filter(pl.col("expert") == "neural")["risk"].is_not_null().all()


def test_the_hybrid_is_the_model_where_trusted_and_the_search_elsewhere(folder: Path) -> None:
    logs = rows(folder).filter(pl.col("axis") != "wording")
    for case in logs.filter(pl.col("expert") == "hybrid")["id"]:
        own = {r["expert"]: r for r in rows(folder).filter(pl.col("id") == case).iter_rows(named=True)}
        hybrid = own["hybrid"]
        told = own["neural" if hybrid["route"] == "trusted" else "symbolic"]
        assert hybrid["answer"] == told["answer"]
        assert (hybrid["solver_cpu"] > 0) == (hybrid["route"] != "trusted")
        assert hybrid["cpu"] >= hybrid["neural_cpu"] + hybrid["check_cpu"]


def test_texts_are_answered_by_model_physics_and_both(folder: Path) -> None:
    told = rows(folder).filter(pl.col("axis") == "wording")
    assert dict(told.group_by("expert").len().iter_rows()) == dict.fromkeys(
        ("neural", "symbolic", "hybrid"), 8
    )
    groups = told.filter(pl.col("detectable"))["told_group"].to_list()
    assert any(len(g) > 1 for g in groups)
    truths = told.filter(pl.col("detectable"))["truth"].to_list()
    assert all(not g or g[0] == t[0] for g, t in zip(groups, truths, strict=True) if t)
    page = (folder / "bench.md").read_text(encoding="utf-8")
    assert "## What operators tell" in page
    assert "| new phrases | hybrid |" in page


def test_nothing_is_done_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(folder)
    monkeypatch.setattr(SymbolicExpert, "answer", lambda *_: pytest.fail("a case was searched again"))
    assert main(["bench", "-o", str(folder), *WORDS, *AXES, "--json"]) == 0
    streams = capsys.readouterr()
    assert "cases" not in streams.err.replace("cases/", "").split("expert")[0]
    document = json.loads(streams.out)
    assert document["schema"] == "hotfire.bench/1"
    assert document["cases"] == before["id"].n_unique()
    assert rows(folder).equals(before)


def test_searches_are_taken_over_for_another_model(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(SHIPPED, model)
    routing = json.loads((model / "routing.json").read_text())
    routing["promise"]["threshold"] = -1.0
    (model / "routing.json").write_text(json.dumps(routing))
    words = [*WORDS, "--axes", "familiar", "--model", str(model), "--prepared", str(folder / "cases")]
    assert main(["bench", "-o", str(folder), *words]) == 2
    assert "rows of another routing" in capsys.readouterr().err
    monkeypatch.setattr(SymbolicExpert, "answer", lambda *_: pytest.fail("a case was searched again"))
    taken = ["--answers", str(folder / "answers.jsonl")]
    assert main(["bench", "-o", str(tmp_path / "other"), *words, *taken]) == 0
    (hybrid,) = rows(tmp_path / "other").filter(pl.col("expert") == "hybrid").iter_rows(named=True)
    assert hybrid["route"] != "trusted"
    old = rows(folder).filter((pl.col("expert") == "symbolic") & (pl.col("id") == hybrid["id"]))
    assert hybrid["cpu"] >= old["cpu"][0] == hybrid["solver_cpu"]


def test_a_journal_that_was_cut_short_goes_on(folder: Path, tmp_path: Path) -> None:
    from hotfire.examination.journal import Journal

    text = (folder / "answers.jsonl").read_text(encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text(text + '{"id": "half', encoding="utf-8")
    names = [json.loads(line)["id"] for line in text.splitlines()]
    assert all(Journal(tmp_path / "answers.jsonl").knows(n) for n in names)
    assert (tmp_path / "answers.jsonl").read_text(encoding="utf-8") == text


def test_the_page_has_a_drawing_and_prices(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "comparison.md"
    words = [
        "bench",
        "-o",
        str(folder),
        "--page-only",
        "--page",
        str(page),
        "--rate-cpu",
        "7",
        "--calls",
        "5",
    ]
    assert main(words) == 0
    text = page.read_text(encoding="utf-8")
    assert "Prices at 7 an hour" in text
    assert "![Score by axis](comparison.svg)" in text
    assert (tmp_path / "comparison.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--axes", "altitude"], "there is no 'altitude'"),
        (["--expert", "oracle"], "use neural, symbolic, hybrid, symptoms"),
        (["--levels", "6"], "use 1, 2, 3, 4, 5"),
        (["--page-only"], "no rows"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "-o", str(tmp_path / "b"), *words]) == 2
    assert said in capsys.readouterr().err
