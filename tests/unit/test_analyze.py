"""What an engine's sensors can detect and tell apart, before any test."""

from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from hotfire.__main__ import main
from hotfire.analysis.heat_map import heat_map
from hotfire.analysis.separation import StatedSize, _crossing, _Squares
from hotfire.analysis.text import analysis_text, merged
from hotfire.analysis.whitening import Whitened
from hotfire.analyze import Analysis, analyze
from hotfire.engine_files.reading import load_engine
from hotfire.physics.errors import HotfireError
from hotfire.scenarios.effects import Course, Effects
from hotfire.scenarios.rig import Rig, Stand

ENGINE = "hydrazine-thruster"


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyze(load_engine(ENGINE), sensors="stand", windows=2, add=2)


def random_covariance(rng: np.random.Generator, d: int) -> np.ndarray:
    half = rng.normal(size=(d, d))
    return np.asarray(half @ half.T + 0.1 * np.eye(d))


@pytest.mark.parametrize("seed", range(20))
def test_whitened_squares_are_mahalanobis_and_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d, more = int(rng.integers(3, 9)), int(rng.integers(1, 3))
    covariance, raw = random_covariance(rng, d), rng.normal(size=(7, d))
    rows, extra = np.arange(d - more), np.arange(d - more, d)
    white = Whitened.of(covariance, raw, rows)
    beyond = white.beyond(covariance, raw, extra)
    squares = (white.points**2).sum(axis=1) + (beyond**2).sum(axis=1)
    np.testing.assert_allclose(
        squares, np.einsum("ni,ij,nj->n", raw, np.linalg.inv(covariance), raw), rtol=1e-8
    )


@pytest.mark.parametrize("seed", range(20))
def test_distances_from_paths_are_those_of_a_fine_search(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    truths, path, single = rng.normal(size=(4, 3)), rng.normal(size=(6, 3)), rng.normal(size=(1, 3))
    squares = _Squares.of(np.concatenate([truths, path, single]), 4)
    found = squares.nearest(np.array([0, 6]))
    shares = np.linspace(0.0, 1.0, 2001)[:, None]
    fine = np.concatenate([a + shares * (b - a) for a, b in itertools.pairwise(path)])
    for k, truth in enumerate(truths):
        assert found[k, 0] == pytest.approx(((fine - truth) ** 2).sum(axis=1).min(), rel=1e-3, abs=1e-5)
        assert found[k, 1] == pytest.approx(((single[0] - truth) ** 2).sum())


def test_crossing_lies_between_the_points_that_it_parts() -> None:
    sizes, far = np.array([0.01, 0.1, 1.0]), np.array([1.0, 4.0, 6.0])
    size = _crossing(sizes, far)
    assert size is not None
    assert 0.1 < size < 1.0
    assert _crossing(sizes, far / 2.0) is None
    assert _crossing(sizes, 10.0 * far) == 0.01


def test_stated_sizes_keep_to_their_limits() -> None:
    assert StatedSize(2.0).of(0.1, 0.05, 0.5) == pytest.approx(0.2)
    assert StatedSize(2.0).of(0.4, 0.05, 0.5) == 0.5
    assert StatedSize(2.0).of(None, 0.05, 0.5) == 0.5
    assert StatedSize(0.01, relative=False).of(0.2, 0.05, 0.5) == 0.05


def test_smallest_sizes_are_those_of_the_effects_of_the_model(analysis: Analysis) -> None:
    """The same definition by way of `hotfire.scenarios`: whole whitening, 33 sizes, nine runs instead of five."""
    from hotfire.stand_sensors import with_stand_sensors

    rig = Rig(with_stand_sensors(load_engine(ENGINE)), stand=Stand(windows=2), equations={})
    names = [f.name for f in analysis.faults if f.kind == "hardware"]
    effects = Effects(rig, names)
    compared = 0
    for fault in (f for f in analysis.faults if f.kind == "hardware"):
        other, own = effects.smallest(fault.name, Course()), fault.from_start.smallest
        if other is not None and own is not None:
            compared += 1
            # 33 sizes, of which the first that is far enough counts.
            assert own == pytest.approx(other, rel=0.2), fault.name
    assert compared >= 5


def test_more_noise_and_fewer_sensors_detect_less() -> None:
    engine = load_engine(ENGINE)
    few, many = (analyze(engine, sensors=s, windows=2, add=0) for s in ("file", "stand"))
    assert len(many.sensors) >= len(few.sensors)
    by_name = {f.name: f for f in many.faults}
    for fault in few.faults:
        if fault.kind == "hardware" and fault.from_start.smallest is not None:
            better = by_name[fault.name].from_start.smallest
            assert better is not None
            assert better <= 1.05 * fault.from_start.smallest


def test_groups_and_gains_fit_together(analysis: Analysis) -> None:
    assert analysis.faults
    assert all(f.structural is not None for f in analysis.faults)
    names = {f.name for f in analysis.faults}
    assert all(set(group) <= names and len(group) > 1 for group in analysis.groups)
    for first in analysis.groups:
        assert not any(set(first) < set(other) for other in analysis.groups)
    measured = set(analysis.sensors.values())
    assert all(g.measures not in measured for g in analysis.gains)
    assert [g.split for g in analysis.gains] == sorted((g.split for g in analysis.gains), reverse=True)
    left = [sum(analysis.pairs_alike), *(g.left for g in analysis.added)]
    assert all(b <= a for a, b in itertools.pairwise(left))
    assert all(a - g.split == g.left for a, g in zip(left, analysis.added, strict=False))


def test_what_cannot_be_seen_by_structure_cannot_be_seen_by_size(analysis: Analysis) -> None:
    for fault in analysis.faults:
        if fault.sets_in.smallest is not None or fault.from_start.smallest is not None:
            assert fault.structural, fault.name


def test_the_drawing_names_every_fault_and_is_whole(analysis: Analysis) -> None:
    drawing = heat_map(analysis)
    root = ET.fromstring(drawing)
    words = [t.text for t in root.iter() if t.text]
    assert all(words.count(f.name) == 2 for f in analysis.faults)
    count = len(analysis.faults)
    assert sum("from" in w or w == "not detectable" for w in words) >= count * (count - 1)


def test_text_names_every_fault(analysis: Analysis) -> None:
    text = analysis_text(analysis)
    assert all(f.name in text for f in analysis.faults)
    assert merged(["a.x", "b.y", "a.z"]) == ["a.x|z", "b.y"]


def test_the_command_writes_json_and_a_drawing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing = tmp_path / "map.svg"
    words = [
        "analyze",
        ENGINE,
        "--json",
        "--sensors",
        "file",
        "--windows",
        "2",
        "--size",
        "3x",
        "--heat-map",
        str(drawing),
    ]
    assert main(words) == 0
    out = capsys.readouterr()
    document = json.loads(out.out)
    assert document["schema"] == "hotfire.analysis/1"
    assert document["size"] == "3x the smallest detectable"
    assert {"faults", "groups", "gains", "added", "distances", "cost"} <= document.keys()
    assert drawing.read_text().startswith("<svg")
    assert "Smallest size" in out.err
    reference = (Path(__file__).parents[2] / "docs/reference/analysis-json.md").read_text()
    keys = [*document, *document["faults"][0], *document["faults"][0]["sets_in"], *document["gains"][0]]
    assert [k for k in keys if f"`{k}`" not in reference] == []


@pytest.mark.parametrize(
    "wrong", [["--size", "none"], ["--windows", "1"], ["--sensors", "all"], ["--add", "-1"]]
)
def test_bad_arguments_are_bad_input(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", ENGINE, *wrong]) == 2
    assert "hotfire" in capsys.readouterr().err


def test_an_engine_without_sensors_says_so() -> None:
    from dataclasses import replace

    bare = replace(load_engine(ENGINE), sensors={})
    with pytest.raises(HotfireError, match="no sensors"):
        analyze(bare, sensors="file")


def test_its_sensors_are_those_of_the_engine_file_unless_a_stand_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["analyze", ENGINE, "--windows", "2", "--add", "0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["suite"] == "file"
    assert set(document["sensors"]) == set(load_engine(ENGINE).sensors)
