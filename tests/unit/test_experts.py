"""The symbolic expert and the check on a pressure-fed engine: named faults, refused twins, logs and cases alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.case import ExpertCase, Shown, case_of_log
from hotfire.experts.check import PhysicsChecker
from hotfire.experts.hypotheses import NOMINAL, joined, labels_of, parts
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.observing.symptoms import Symptoms
from hotfire.physics.description import Description
from hotfire.physics.diagnosis.case import Case
from hotfire.router.experts import Answer
from hotfire.scenarios.effects import Course
from hotfire.scenarios.readings import SensorFault, read
from hotfire.scenarios.rig import Rig
from hotfire.simulate import Plant, SimulatedFault
from hotfire.stand_sensors import with_stand_sensors

ENGINE = with_stand_sensors(load_engine("n2o4-mmh"))
RIG = Rig(ENGINE)
BLOCKED = "fuel injector: blockage"


def _case(
    faults: dict[str, float], onset: float | None = None, sensors: tuple[SensorFault, ...] = ()
) -> ExpertCase:
    """A case of one run of the plant, its hardware drawn."""
    random = np.random.default_rng(20261129)
    hardware = np.clip(random.normal(size=RIG.plant.physical), -2.0, 2.0)
    truth, good = RIG.run([Case(hardware, faults, onset)])
    assert good.all()
    readings = read(RIG, truth, [sensors], random)
    symptoms = Symptoms(
        RIG.sensors, RIG.places, RIG.expectation, RIG.edges, ENGINE.network.ambient_pressure
    ).of(readings.means, readings.scatter, readings.signals)
    description = Description(RIG.cycle, ("N2O4", "MMH"), RIG.hardware, 2.75, symptoms[0])
    return cases_of_readings(RIG, readings, [description], [labels_of(ENGINE).words])[0]


@pytest.fixture(scope="module")
def blocked() -> ExpertCase:
    return _case({"fuel_injector.blockage": 0.3}, onset=1.7)


@pytest.fixture(scope="module")
def answer(blocked: ExpertCase) -> Answer:
    return SymbolicExpert().answer(blocked, {})


def test_a_blocked_injector_is_named_by_an_admissible_label(blocked: ExpertCase, answer: Answer) -> None:
    assert answer.best == BLOCKED
    assert sum(answer.posterior.values()) == pytest.approx(1.0)
    assert all(p in blocked.hypotheses for h in answer.posterior for p in parts(h))
    assert answer.cost.solves > 0


def test_a_check_agrees_with_the_truth_and_refuses_what_it_is_not(
    blocked: ExpertCase, answer: Answer
) -> None:
    checker = PhysicsChecker()
    right = checker.check(blocked, BLOCKED)
    assert right.agrees, right.words
    assert right.cost.solves < 0.1 * answer.cost.solves
    for wrong in ("fuel injector: erosion", "oxidizer injector: blockage", "nozzle: throat erosion", NOMINAL):
        refused = checker.check(blocked, wrong)
        assert not refused.agrees, refused.words
        assert refused.misfit > 1.0


def test_a_second_check_solves_nothing_that_the_first_has_solved(blocked: ExpertCase) -> None:
    checker = PhysicsChecker()
    checker.check(blocked, BLOCKED)
    again = checker.check(blocked, BLOCKED)
    assert again.agrees
    assert again.cost.solves == 0


def test_a_sound_engine_is_nominal_by_search_and_by_check() -> None:
    case = _case({})
    assert SymbolicExpert().answer(case, {}).best == NOMINAL
    assert PhysicsChecker().check(case, NOMINAL).agrees
    assert not PhysicsChecker().check(case, BLOCKED).agrees


def test_what_a_signal_shows_holds_beside_the_hypothesis() -> None:
    column = [s.name for s in RIG.sensors].index("thrust")
    case = _case({}, sensors=(SensorFault(column, "freeze", 1.0, Course()),))
    assert case.signals == (Shown("thrust", "freeze"),)
    assert case.observation is not None
    assert np.isnan(case.observation.means[:, column]).all()
    frozen = labels_of(ENGINE).by_name["thrust.freeze"]
    assert SymbolicExpert().answer(case, {}).best == frozen
    assert PhysicsChecker().check(case, frozen).agrees
    assert not PhysicsChecker().check(case, NOMINAL).agrees
    not_asked = replace(case, hypotheses=tuple(h for h in case.hypotheses if h != frozen))
    assert SymbolicExpert().answer(not_asked, {}).best == NOMINAL


def test_two_claimed_faults_are_held_together() -> None:
    column = [s.name for s in RIG.sensors].index("thrust")
    case = _case({"fuel_injector.blockage": 0.15}, sensors=(SensorFault(column, "bias", 0.05, Course()),))
    both = joined([BLOCKED, labels_of(ENGINE).by_name["thrust.bias"]])
    checker = PhysicsChecker()
    assert checker.check(case, both).misfit < min(checker.check(case, part).misfit for part in parts(both))


def test_symptoms_alone_tell_which_injector(blocked: ExpertCase) -> None:
    said = SymbolicExpert().answer(replace(blocked, observation=None), {})
    assert sum(said.posterior.values()) == pytest.approx(1.0)
    assert BLOCKED in list(said.posterior)[:3]
    assert said.posterior[BLOCKED] > 10.0 * said.posterior.get("fuel injector: erosion", 0.0)


def test_a_log_of_the_same_fault_has_the_same_answer() -> None:
    log = Plant(ENGINE).run([SimulatedFault("fuel_injector.blockage", 0.3, 1.7)], 7)
    case = case_of_log(log, ENGINE)
    assert SymbolicExpert().answer(case, {}).best == BLOCKED
    assert PhysicsChecker().check(case, BLOCKED).agrees
    assert not PhysicsChecker().check(case, "fuel injector: erosion").agrees
