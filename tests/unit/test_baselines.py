"""The baselines: each learns something from few cases, and answers only what an engine can have."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hotfire.scenarios.generation import Shard
from hotfire.scenarios.settings import Setting

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from baselines.dense import Dense
from baselines.expert import Expert, best_temperature, posteriors
from baselines.features import OWN, Vocabulary
from baselines.redlines import Redlines

from hotfire.examination.cases import ExamCase, from_plain, make
from hotfire.examination.figures import row

ENGINES = ("hydrazine-thruster", "imperial-dmt")


def _cases(split: str, count: int, axis: str = "familiar", level: int = 0) -> list[ExamCase]:
    found: list[ExamCase] = []
    for engine in ENGINES:
        setting = Setting(axis, level, engine)
        shared, cases, series = make(Shard(split, setting, 0, count), grouped=False)
        found += from_plain({**shared, "axis": axis, "level": level, "engine": engine}, cases, series)
    return found


@pytest.fixture(scope="module")
def training() -> list[ExamCase]:
    return _cases("train", 150)


@pytest.fixture(scope="module")
def examined() -> list[ExamCase]:
    return _cases("validation", 100)


def _expert(name: str) -> tuple[Expert, dict[str, object]]:
    if name == "redlines":
        return Redlines(), {"margin": 1.2, "persistence": 0.1, "touches": 0.25}
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: `hotfire[bench]`")
    if name == "forest":
        from baselines.forest import Forest

        return Forest(), {"n_estimators": 50, "max_samples": 1.0, "max_features": 0.3}
    if name == "nearest":
        from baselines.nearest import Nearest

        settings = {"signatures": 2, "neighbours": 10, "width": 0.1, "shrinkage": 0.1, "direction": True}
        return Nearest(), settings
    pytest.importorskip("lightgbm", reason="LightGBM is not installed: `hotfire[bench]`")
    from baselines.boosting import Boosting

    settings = {"n_estimators": 8, "learning_rate": 0.15, "num_leaves": 5, "min_child_samples": 2}
    return Boosting(), {**settings, "colsample_bytree": 0.3, "reg_lambda": 1.0}


def _log_loss(answers: Sequence[dict[str, float]], cases: Sequence[ExamCase]) -> float:
    return float(np.mean([-np.log(max(a[c.label], 1e-3)) for a, c in zip(answers, cases, strict=True)]))


@pytest.mark.parametrize("name", ["redlines", "forest", "nearest", "boosting"])
def test_an_expert_tells_more_than_chance_and_answers_what_the_engine_can_have(
    name, training, examined
) -> None:
    expert, settings = _expert(name)
    expert.fit(training, settings, 1)
    found = expert.probabilities(examined)
    assert found.shape == (len(examined), len(expert.labels))
    answers = posteriors(found, expert.labels, examined, best_temperature(found, expert.labels, examined))
    for answer, case in zip(answers, examined, strict=True):
        assert set(answer) == set(case.hypotheses)
        assert sum(answer.values()) == pytest.approx(1.0)
        assert min(answer.values()) >= 0.0
    if name in ("redlines", "forest"):
        nominal = found[:, expert.labels.index("nominal")]
        sound = np.array([not c.truth for c in examined])
        earlier = np.sign(np.subtract.outer(nominal[sound], nominal[~sound]))
        assert 0.5 + 0.5 * earlier.mean() > 0.55, "area under the curve of detection"
    else:
        chance = [dict.fromkeys(c.hypotheses, 1.0 / len(c.hypotheses)) for c in examined]
        assert _log_loss(answers, examined) < _log_loss(chance, examined) - 0.1


def test_columns_are_those_of_the_training_whatever_is_asked(training, examined) -> None:
    vocabulary = Vocabulary([c.description for c in training])
    again = Vocabulary([c.description for c in reversed(training)])
    assert vocabulary.columns == again.columns
    assert len(set(vocabulary.columns)) == len(vocabulary.columns)
    assert len(vocabulary.columns) == len(OWN) * len(vocabulary.channels) + len(vocabulary.words) + 1
    own = [c.description for c in examined]
    assert vocabulary.matrix(own).shape == (len(own), len(vocabulary.columns))
    np.testing.assert_array_equal(vocabulary.matrix(own[:3]), vocabulary.matrix(own)[:3])
    # A monopropellant engine has no oxidizer: nothing stands in those columns.
    thruster = [c.description for c in examined if c.engine == "hydrazine-thruster"]
    oxidizer = [i for i, c in enumerate(vocabulary.columns) if c.startswith("oxidizer")]
    assert np.isnan(vocabulary.matrix(thruster)[:, oxidizer]).all()
    assert np.isfinite(Dense([c.description for c in training]).matrix(own)).all()


def test_series_and_description_tell_of_the_same_run(examined) -> None:
    for case in examined:
        assert case.series.shape == (40, len(case.channels))
    sound = [c for c in examined if not c.truth]
    assert all(np.isfinite(c.series).all() for c in sound)
    lost = [c for c in examined if any(t.endswith("dropout") for t in c.truth)]
    assert lost
    assert all(np.isnan(c.series).any() for c in lost)


def test_what_was_never_seen_gets_no_mass_unless_nothing_is_left(examined) -> None:
    case = examined[0]
    known = case.hypotheses[1]
    (answer,) = posteriors(np.array([[0.3, 0.7]]), (known, "no such place: leak"), [case])
    assert answer[known] == 1.0
    assert set(answer) == set(case.hypotheses)
    (even,) = posteriors(np.array([[1.0]]), ("no such place: leak",), [case])
    assert even[known] == pytest.approx(1.0 / len(case.hypotheses))


def test_an_undeclared_swap_has_no_score() -> None:
    cases = _cases("shift", 5, "swap_undeclared", 1)
    certain = [dict.fromkeys(c.hypotheses, 0.0) | {c.hypotheses[0]: 1.0} for c in cases]
    found = row("certain", cases, certain)
    assert "score" not in found
    assert found["confident"] == 1.0
    assert found["confident_wrong"] == 1.0  # right is only that nothing fits
