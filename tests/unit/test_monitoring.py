"""The monitor of a throttled flight, on steady courses of the project's own model with faults written in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine_files.reading import load_engine
from hotfire.physics.errors import EngineError
from hotfire.physics.monitoring.actuators import Pace
from hotfire.physics.monitoring.candidates import Candidates
from hotfire.physics.monitoring.courses import COURSES, Courses, Stillness
from hotfire.physics.monitoring.evidence import gains
from hotfire.physics.monitoring.gauges import Actuator, Gauge, scatter
from hotfire.physics.monitoring.relations import Relations

ACTUATOR = Actuator("valve", "command", "position", 0.5)


@pytest.fixture(scope="module")
def relations():
    """Two gauges of one pressure, and both ends and the flow of a line, on the packaged demonstration engine."""
    engine = load_engine("demo-engine")
    line = next(n for n, c in engine.network.components.items() if c.kind.type_name == "line")
    gauges = (
        Gauge("before", f"{line}.inlet.pressure", 1e7),
        Gauge("before_too", f"{line}.inlet.pressure", 1e7),
        Gauge("after", f"{line}.outlet.pressure", 1e7),
        Gauge("flow", f"{line}.inlet.flow", 2.0),
    )
    return line, Relations(engine.network, gauges)


def _design(relations):
    return np.array([[relations.design_reading(g) for g in relations.gauges]])


def test_relations_hold_at_the_design_point(relations) -> None:
    _, found = relations
    left, size = found.evaluate(_design(found))
    assert found.count >= 2
    assert (np.abs(left) <= 1e-5 * np.maximum(size, 1.0)).all()


def test_a_second_gauge_is_a_relation_of_both_alone(relations) -> None:
    _, found = relations
    row = found.names.index("before_too: reading")
    slopes = found.by_gauge(_design(found))[0, row]
    assert slopes == pytest.approx([-1.0, 1.0, 0.0, 0.0], abs=1e-6)


def test_a_blockage_breaks_the_law_of_its_line_alone(relations) -> None:
    line, found = relations
    broken = np.flatnonzero(np.abs(found.by_fault[f"{line}.blockage"]) > 0.0)
    assert [found.names[i] for i in broken] == [f"{line}: flow through the line"]
    assert found.by_fault[f"{line}.blockage"][broken[0]] > 0.0


def test_gauges_without_any_redundancy_are_refused(relations) -> None:
    line, found = relations
    with pytest.raises(EngineError, match="no relation"):
        _ = Relations(found.network, (Gauge("flow", f"{line}.inlet.flow", 2.0),)).count


@given(st.integers(0, 2**16), st.floats(1e-3, 1.0))
@settings(max_examples=20, deadline=None)
def test_scatter_is_that_of_white_noise_on_a_ramp(seed, size) -> None:
    random = np.random.default_rng(seed)
    readings = 5.0 * np.linspace(0.0, 1.0, 2000)[:, None] + size * random.normal(size=(2000, 1))
    assert scatter(readings, [Gauge("g", "x", 1.0)])[0] == pytest.approx(size, rel=0.15)


def _position(constant, commands):
    position = [commands[0]]
    for command in commands[:-1]:
        position.append(command + (position[-1] - command) * np.exp(-0.01 / constant))
    return np.array(position)


def _pace(constant, commands):
    pace, position = Pace([ACTUATOR], 100.0), _position(constant, commands)
    told = [
        pace.gains(
            position[k - 1 : k + 1].reshape(2, 1, 1),
            commands[k - 2 : k + 1].reshape(3, 1, 1),
            np.full((1, 1), 1e-5),
        )
        for k in range(2, commands.size)
    ]
    return float(np.sum(told))


def test_a_slow_actuator_is_told_by_its_pace() -> None:
    commands = 0.5 + 0.1 * np.sin(np.arange(200) * 0.05)
    assert _pace(4.0, commands) > 50.0
    assert _pace(0.5, commands) < -50.0


def test_standing_still_under_a_moving_command_is_less_likely_of_a_slow_actuator_than_its_pace() -> None:
    pace, commands, scattered = Pace([ACTUATOR], 100.0), np.full((3, 1, 1), 0.7), np.full((1, 1), 1e-5)

    def likelihood(step):
        position = np.array([0.5, 0.5 + step]).reshape(2, 1, 1)
        sound, _ = pace.judge(position, commands, scattered)
        return float((pace.gains(position, commands, scattered) - 0.5 * sound**2)[0, 0])

    assert likelihood(0.2 * (1.0 - np.exp(-0.01 / 4.0))) > likelihood(0.0) + 2.0


@pytest.mark.parametrize("constant", [0.5, 4.0])
def test_nothing_is_said_of_an_actuator_that_was_not_asked_to_move(constant) -> None:
    assert _pace(constant, np.full(200, 0.5)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("course", "errors"),
    [("bias", np.full(12, 0.3)), ("drift", 0.1 * np.arange(1, 13))],
)
@given(seed=st.integers(0, 2**16))
@settings(max_examples=10, deadline=None)
def test_courses_of_a_wrong_gauge(course, errors, seed) -> None:
    noisy = errors + 0.005 * np.random.default_rng(seed).normal(size=errors.size)
    found = Courses(1, 1)
    for k, error in enumerate(noisy):
        found.follow(np.array([[k == 0]]), np.array([[error]]), np.array([[False]]))
    assert COURSES[found.course[0, 0]] == course


def test_a_still_gauge_is_frozen_only_where_it_should_have_moved() -> None:
    heard = np.linspace(0.0, 1.0, 20)[None, :, None] ** 2
    still, moving = (Stillness(heard, np.full((1, 1), 1e-6)) for _ in range(2))
    sound, yes = np.array([True]), np.array([[True]])
    for _ in range(100):
        for judge in (still, moving):
            judge.gains(np.array([[0.01]]), ~yes, np.array([[0.01]]), sound)
    quiet = [still.gains(np.zeros((1, 1)), yes, np.zeros((1, 1)), sound)[0, 0] for _ in range(50)]
    asked = [moving.gains(np.zeros((1, 1)), yes, np.full((1, 1), 0.01), ~sound)[0, 0] for _ in range(10)]
    assert sum(quiet) == 0.0
    assert sum(asked) > 20.0


@given(st.integers(0, 2**16))
@settings(max_examples=5, deadline=None)
def test_evidence_of_chance_is_bounded_as_that_of_a_likelihood_ratio(seed) -> None:
    """E exp(gain) is 1 under the sound engine, so that chance passes a price p with probability exp(-p) at most."""
    strength = np.full((20000, 1), 2.0)
    pull = np.sqrt(2.0) * np.random.default_rng(seed).normal(size=(20000, 1))
    told = gains(pull, strength, np.array([3.0]))
    for price in (1.0, 2.0, 3.0):
        assert float(np.mean(told > price)) <= 1.1 * np.exp(-price)


def test_a_fault_is_entered_at_its_price_and_left_for_the_sound_engine(relations) -> None:
    _, found = relations
    candidates = Candidates(found, (), 3.6e6)
    scores = np.full((1, len(candidates.names)), -np.inf)
    scores[:, 0] = 0.0
    evidence = np.zeros_like(scores)
    evidence[0, 1] = 0.6 * candidates.price
    answers = []
    for k in range(12):
        passed, _ = candidates.passed(scores)
        scores = passed + (evidence if k < 6 else -evidence)
        answers.append(int(scores.argmax()))
    assert answers[:6] == [0, 1, 1, 1, 1, 1]
    assert answers[-1] == 0
