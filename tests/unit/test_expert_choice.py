"""Who answers for a log and a text: every route, on the packaged log with stub experts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hotfire
from hotfire.experts import loading
from hotfire.experts.asked import Asked
from hotfire.experts.check import PhysicsChecker
from hotfire.experts.measuring import answer_set
from hotfire.experts.searching import LogSearch
from hotfire.experts.texts import answer_description
from hotfire.models import card
from hotfire.physics.errors import HotfireError
from hotfire.report.json_report import as_dict
from hotfire.report.terminal import render
from hotfire.router.combination import Combination
from hotfire.router.controller import Controller
from hotfire.router.experts import Answer
from hotfire.router.ledger import Cost
from hotfire.router.thresholds import Promise
from hotfire.wording import describe_text

ENGINE = hotfire.load_engine("demo-engine")
BLOCKED, ERODED = "fuel injector: blockage", "nozzle: throat erosion"
FROZEN = "chamber pressure sensor: freeze"
RIGHT = {BLOCKED: 0.88, "fuel injector: erosion": 0.07, "nominal": 0.05}


@dataclass
class _Model:
    """A learnt expert that always says the same."""

    posterior: dict[str, float]
    name: str = "neural"

    def answer(self, _: Any) -> Answer:
        return Answer(self.posterior, self.name, np.zeros(2), cost=Cost(0.01, 0.01, 0, 1, 0))

    def read(self, _description: Any, _hypotheses: Any) -> Answer:
        return self.answer(None)


def _assert_same(found: hotfire.Diagnosis, searched: hotfire.Diagnosis) -> None:
    """The same answer, but for the last digits."""
    assert (found.verdict, found.headline) == (searched.verdict, searched.headline)
    assert (found.answer_set, found.detectable.keys()) == (searched.answer_set, searched.detectable.keys())
    for own, other in zip(found.hypotheses, searched.hypotheses, strict=True):
        assert [f.name for f in own.faults] == [f.name for f in other.faults]
        assert own.probability == pytest.approx(other.probability, rel=1e-6)


@pytest.fixture(scope="module")
def log() -> hotfire.Log:
    return hotfire.read_log(Path(str(resources.files("hotfire") / "data" / "demo.csv")))


@pytest.fixture(scope="module")
def searched(log: hotfire.Log) -> hotfire.Diagnosis:
    return hotfire.diagnose(log, ENGINE, expert="symbolic")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a stub stand for the small model; its risk is the `strangeness`, trusted up to a half."""

    def stand(posterior: dict[str, float], *, strangeness: float = 0.0, usual: float = 1.0) -> None:
        scores = np.linspace(0.0, 1.0, 100)
        combination = Combination.fit({"strangeness": list(scores)}, list(scores > 0.5))
        learnt = _Model(posterior)
        router: Controller[Any] = Controller(
            learnt,
            LogSearch(),
            PhysicsChecker(),
            lambda *_: {"strangeness": strangeness},
            combination,
            Promise(0.5, 0.05, 0.1, 100, 0.5, 0.0),
            usual=usual,
            audited=0.0,
        )
        monkeypatch.setattr(loading, "log_router", lambda *_: router)
        monkeypatch.setattr(loading, "neural_expert", lambda *_: learnt)

    return stand


def test_a_trusted_answer_is_measured_by_the_physics(
    log: hotfire.Log, searched: hotfire.Diagnosis, model: Any
) -> None:
    model(RIGHT)
    found = hotfire.diagnose(log, ENGINE, expert="auto")
    assert (found.expert, found.route, found.verdict) == ("neural", "trusted", "fault")
    first = found.hypotheses[0]
    assert (first.faults[0].name, first.probability) == ("fuel_injector.blockage", 0.88)
    assert first.faults[0].size is not None
    assert searched.hypotheses[0].faults[0].size is not None
    assert first.faults[0].size.value == pytest.approx(searched.hypotheses[0].faults[0].size.value, abs=0.02)
    assert found.answer_set == ("fuel_injector.blockage", "fuel_injector.erosion")
    assert any("small model's" in w for w in found.warnings)
    assert any("check of its claim agrees" in w for w in found.warnings)
    assert found.risk is not None
    assert found.risk < 0.5
    assert list(found.cost) == ["shared", "neural", "router", "expert", "total"]
    assert found.cost["total"].model_calls == 1
    assert found.cost["total"].physics_solves < 0.4 * searched.cost["total"].physics_solves
    assert "neural expert (trusted: the claim explains" in " ".join(render(found).split())
    assert {"route", "route_reason", "risk"} <= set(as_dict(found))


def test_a_trusted_answer_has_a_certificate(log: hotfire.Log, model: Any) -> None:
    model(RIGHT)
    found = hotfire.diagnose(log, ENGINE, expert="auto", certify=True)
    assert found.route == "trusted"
    assert found.certificate is not None, found.certificate_reason
    stated = [h.name for h in found.certificate.hypotheses]
    assert stated[:2] == ["fuel_injector.blockage", "nominal"]
    assert "fuel_injector.erosion" in stated
    assert found.answer_set == ("fuel_injector.blockage", "fuel_injector.erosion")


@pytest.mark.parametrize(
    ("posterior", "strangeness", "route"),
    [({ERODED: 0.97, "nominal": 0.03}, 0.0, "checked_out"), (RIGHT, 1.0, "strange")],
)
def test_what_is_not_trusted_is_searched(
    posterior: dict[str, float],
    strangeness: float,
    route: str,
    log: hotfire.Log,
    searched: hotfire.Diagnosis,
    model: Any,
) -> None:
    model(posterior, strangeness=strangeness)
    found = hotfire.diagnose(log, ENGINE, expert="auto")
    assert (found.expert, found.route) == ("symbolic", route)
    assert found.route_reason
    _assert_same(found, searched)
    assert not any("small model" in w for w in found.warnings)
    assert found.cost["expert"].physics_solves == searched.cost["expert"].physics_solves


def test_a_search_that_is_too_long_leaves_the_model_its_answer(log: hotfire.Log, model: Any) -> None:
    model(RIGHT, strangeness=1.0, usual=3.0)
    found = hotfire.diagnose(log, ENGINE, expert="auto", budget=2.0)
    assert (found.expert, found.route) == ("neural", "unaffordable")
    assert "budget" in found.route_reason
    sizes = {h.faults[0].name: h.faults[0].size_text for h in found.hypotheses if h.faults}
    assert sizes["fuel_injector.erosion"] == "not measured"
    assert sizes["fuel_injector.blockage"] != "not measured"


def test_the_model_by_name_is_told_with_the_check_that_refuses_it(log: hotfire.Log, model: Any) -> None:
    model({FROZEN: 0.95, "nominal": 0.05})
    found = hotfire.diagnose(log, ENGINE, expert="neural")
    assert (found.expert, found.route, found.risk, found.verdict) == ("neural", "", None, "unknown")
    assert found.hypotheses[0].faults[0].name == "chamber_pressure.freeze"
    assert found.hypotheses[0].faults[0].size_text == "not measured"
    assert any("does not agree" in w for w in found.warnings)


def test_a_model_that_is_undecided_alleges_nothing(log: hotfire.Log, model: Any) -> None:
    model(dict.fromkeys(("nominal", ERODED, BLOCKED, FROZEN), 0.04))
    found = hotfire.diagnose(log, ENGINE, expert="neural")
    assert found.verdict == "unknown"
    assert "undecided" in found.headline


def test_without_a_model_the_search_answers_with_a_note(
    log: hotfire.Log, searched: hotfire.Diagnosis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "SHIPPED", tmp_path)
    found = hotfire.diagnose(log, ENGINE, expert="auto")
    assert (found.expert, found.route) == ("symbolic", "no_model")
    _assert_same(found, searched)
    assert "no trained model" in found.route_reason
    assert [n.code for n in found.notes if n.code == "no_model"] == ["no_model"]
    for asked in ({"expert": "neural"}, {"expert": "auto", "model": tmp_path}):
        with pytest.raises(HotfireError, match="no trained model"):
            hotfire.diagnose(log, ENGINE, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"expert": "oracle"}, "no expert 'oracle'"),
        ({"expert": "auto", "provider": "abacus"}, "no provider 'abacus'"),
        ({"expert": "symbolic", "model": Path("m")}, "a model with the symbolic expert"),
        ({"expert": "symbolic", "provider": "cpu"}, "a provider with the symbolic expert"),
        ({"expert": "neural", "budget": 1.0}, "a budget with the neural expert"),
        ({"expert": "auto", "budget": -1.0}, "not a budget"),
        ({"expert": "auto", "budget": float("nan")}, "not a budget"),
    ],
)
def test_what_does_not_go_together_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(HotfireError, match=said):
        Asked(**asked)


def test_an_answer_set_is_the_fewest_and_not_too_many() -> None:
    assert list(answer_set({"a": 0.2, "b": 0.75, "c": 0.05})) == ["b", "a"]
    assert len(answer_set({str(i): 0.01 for i in range(100)})) == 10


def test_a_lost_signal_is_told_of_as_one_fault() -> None:
    """Nothing else is told, so what else may be wrong is as rare beside it as a further fault is."""
    said = describe_text("the fuel manifold pressure signal dropped out", ENGINE)
    told = answer_description(said, ENGINE, Asked("symbolic"))
    assert not isinstance(told, str)
    assert next(iter(told.hypotheses)) == "fuel injector inlet pressure sensor: dropout"
    assert told.hypotheses["fuel injector inlet pressure sensor: dropout"] > 0.85


def test_a_sensor_that_is_told_of_may_be_one_that_the_file_does_not_name() -> None:
    assert not any(s.kind == "mass_flow" for s in ENGINE.sensors.values())
    for expert in ("symbolic", "neural", "auto"):
        told = answer_description(
            describe_text("the ox flow meter froze, chamber pressure held", ENGINE), ENGINE, Asked(expert)
        )
        assert not isinstance(told, str)
        assert next(iter(told.hypotheses)) == "oxidizer injector inlet mass flow sensor: freeze", expert


def test_on_a_text_the_opinions_of_both_are_pooled(
    model: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = describe_text("Pc down 9 %, fuel manifold pressure up 12 %", ENGINE)
    sure = answer_description(said, ENGINE, Asked("symbolic"))
    assert not isinstance(sure, str)
    likely = next(iter(sure.hypotheses))
    unlikely = next(h for h in (ERODED, FROZEN) if sure.hypotheses.get(h, 0.0) < 0.01)
    model({likely: 0.3, unlikely: 0.7})
    told = answer_description(said, ENGINE, Asked("auto"))
    assert not isinstance(told, str)
    assert (told.route, told.expert) == ("pooled", "both")
    assert likely in told.route_reason
    assert unlikely in told.route_reason
    assert set(told.cost) == {"neural", "symbolic", "total"}
    quick, rather = 0.3 / 0.7, sure.hypotheses[likely] / max(sure.hypotheses.get(unlikely, 0.0), 1e-3)
    odds = quick**0.5 * rather**0.75
    assert told.hypotheses[likely] / told.hypotheses[unlikely] == pytest.approx(odds, rel=0.05)
    model({unlikely: 1.0})
    certain = answer_description(said, ENGINE, Asked("auto"))
    assert not isinstance(certain, str)
    assert next(iter(certain.hypotheses)) == unlikely
    unknown = answer_description(said, None, Asked("auto"))
    assert not isinstance(unknown, str)
    assert (unknown.route, unknown.expert) == ("unchecked", "neural")
    assert "engine" in str(answer_description(said, None, Asked("symbolic")))
    monkeypatch.undo()
    monkeypatch.setattr(card, "SHIPPED", tmp_path)
    without = answer_description(said, ENGINE, Asked("auto"))
    assert not isinstance(without, str)
    assert (without.route, without.hypotheses) == ("no_model", sure.hypotheses)
    assert "no trained model" in str(answer_description(said, None, Asked("auto")))
    with pytest.raises(HotfireError, match="no trained model"):
        answer_description(said, ENGINE, Asked("neural"))


def test_where_a_text_takes_two_faults_the_physics_answers_alone(model: Any) -> None:
    """A sensor that was unplugged moves no pressure; the model knows single faults only."""
    said = describe_text("The load cell was disconnected before the run. Pc fell 8 % at 4 s.", ENGINE)
    sure = answer_description(said, ENGINE, Asked("symbolic"))
    assert not isinstance(sure, str)
    model({"nozzle thrust sensor: dropout": 1.0})
    told = answer_description(said, ENGINE, Asked("auto"))
    assert not isinstance(told, str)
    assert (told.route, told.expert) == ("several", "symbolic")
    assert told.hypotheses == sure.hypotheses
    assert all("nozzle thrust sensor: dropout" in h and " + " in h for h in told.hypotheses)


def test_no_model_is_loaded_for_the_search() -> None:
    code = (
        "import sys, hotfire, hotfire.diagnose, hotfire.answering.routes, hotfire.answering.writing_up\n"
        "import hotfire.experts.texts\n"
        "print([m for m in ('onnxruntime', 'tokenizers', 'torch', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_shipped_model_answers_for_the_packaged_log(log: hotfire.Log) -> None:
    found = hotfire.diagnose(log, ENGINE, expert="auto", provider="cpu")
    assert found.route in ("trusted", "checked_out", "strange")
    assert found.hypotheses[0].faults[0].name == "fuel_injector.blockage"
    assert found.cost["neural"].model_calls == 1
