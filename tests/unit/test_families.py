"""One fault in several sizes: none is followed beyond the size at which the engine stopped, and the answers stay."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.engine_files.reading import load_engine
from hotfire.physics import steady
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.continuation import Branches
from hotfire.physics.design_point import sensitivity_of
from hotfire.physics.families import Families, passed
from hotfire.physics.steady import design_batch, solve_states


@cache
def rl10() -> CompiledNetwork:
    return CompiledNetwork(load_engine("rl10a-3-3a").network)


def faulty(compiled: CompiledNetwork, sizes: dict[str, list[float]]) -> Batch:
    """The design point with each fault in each of its sizes."""
    cases = [(name, size) for name, own in sizes.items() for size in own]
    design = design_batch(compiled)
    columns = [np.repeat(c, len(cases), axis=0) for c in design.columns()]
    for row, (name, size) in enumerate(cases):
        columns[2][row, compiled.fault_names.index(name)] = size
    return Batch(*columns)


def test_sizes_beyond_the_fold_are_not_followed_and_are_answered_as_each_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    followed: list[int] = []
    own = steady.follow

    def counted(
        compiled: CompiledNetwork, design: Batch, solution: np.ndarray, batch: Batch, *more: float
    ) -> Branches:
        followed.append(batch.states.shape[0])
        return own(compiled, design, solution, batch, *more)

    monkeypatch.setattr(steady, "follow", counted)
    sizes = [0.05, 0.2, 0.35, 0.5, 0.6]
    cases = faulty(rl10(), {"turbine.efficiency_loss": sizes, "fuel_pump_1.efficiency_loss": sizes})
    together = solve_states(rl10(), cases)
    in_families, count = sum(followed), cases.states.shape[0]
    followed.clear()
    alone = [solve_states(rl10(), cases.rows([i])) for i in range(count)]
    assert not together.solved.all()
    # Alone, a size beyond the fold may find an idle by a rough guess, which no running engine comes to.
    speed = next(i for i, name in enumerate(rl10().torn) if name.endswith("speed"))
    assert (together.solved == [a.solved[0] and a.z[0, speed] > 0.2 for a in alone]).all()
    assert together.z[together.solved] == pytest.approx(
        np.concatenate([a.z for a in alone])[together.solved], abs=1e-5
    )
    assert in_families < sum(followed)
    # Where the engine stopped is told of every size, followed or not: the size at the fold is that of the fault.
    stopped = ~together.solved
    told = together.fold[stopped] * np.abs(cases.faults[stopped]).max(axis=1)
    own_fold = np.array([a.fold[0] for a in alone])[stopped] * np.abs(cases.faults[stopped]).max(axis=1)
    assert told == pytest.approx(own_fold, rel=0.02)


@given(st.lists(st.floats(0.01, 0.9), min_size=1, max_size=12, unique=True), st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_a_family_is_led_by_its_largest_size_and_tells_what_lies_beyond_one(
    sizes: list[float], fault: int
) -> None:
    families = Families(np.full(len(sizes), fault), np.array(sizes))
    rows = np.arange(len(sizes))
    (leader,) = families.leaders(rows)
    assert sizes[leader] == max(sizes)
    led = families.led_by(int(leader), rows)
    assert [sizes[i] for i in led] == sorted(sizes)
    beyond = families.beyond(int(leader), led, min(sizes))
    assert {sizes[i] for i in beyond} == {s for s in sizes if s >= min(1.05 * min(sizes), max(sizes))}
    assert families.several(rows).size == (len(sizes) if len(sizes) > 1 else 0)


def test_a_branch_is_read_where_it_first_passes_a_share() -> None:
    trail = np.array([[0.0, 0.0], [2.0, 0.4], [4.0, 0.6], [6.0, 0.5], [8.0, 0.8]])
    z, there = passed(trail, np.array([0.2, 0.55, 0.7, 0.9]))
    assert there.tolist() == [True, True, True, False]
    assert z[:3, 0] == pytest.approx([1.0, 3.5, 22.0 / 3.0])


def test_cases_of_two_faults_and_of_another_engine_are_no_family() -> None:
    compiled = rl10()
    cases = faulty(compiled, {"turbine.efficiency_loss": [0.1, 0.2, 0.3, 0.4]})
    cases.faults[2, compiled.fault_names.index("fuel_pump_1.efficiency_loss")] = 0.1
    parameters = cases.parameters.copy()
    parameters[3, compiled.parameter_names.index("turbine.efficiency")] *= 0.9
    cases = replace(cases, parameters=parameters)
    found = Families.of(cases, np.arange(4), sensitivity_of(compiled))
    assert found.family[0] == found.family[1]
    assert len({found.family[i] for i in (1, 2, 3)}) == 3
    assert found.size.tolist() == [0.1, 0.2, 0.0, 0.4]
