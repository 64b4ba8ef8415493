"""Two faults at once: sizes integrated out, slopes, and answers on runs of the plant; and an engine of another kind."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.case import ExpertCase
from hotfire.experts.hypotheses import MISMATCH, NOMINAL, joined, labels_of
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.description import Description
from hotfire.physics.diagnosis.about import shift_beside, together
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.hypotheses import Course
from hotfire.physics.diagnosis.linearised import linearise
from hotfire.physics.diagnosis.none_of_these import chi_square_tail, misfit_share, share_by_tail
from hotfire.physics.diagnosis.posterior import posterior
from hotfire.physics.diagnosis.search import Search
from hotfire.physics.diagnosis.size_integral import integrate_size
from hotfire.physics.diagnosis.two_sizes import best_of_two, integrate_sizes
from hotfire.physics.sensors import SENSOR_FAULTS
from hotfire.scenarios.effects import Course as Shape
from hotfire.scenarios.generation import plan, played
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.readings import SensorFault, read
from hotfire.scenarios.rig import Rig
from hotfire.stand_sensors import with_stand_sensors

ENGINE = with_stand_sensors(load_engine("n2o4-mmh"))
RIG = Rig(ENGINE)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), steep=st.floats(0.01, 30.0))
def test_sizes_of_effects_that_are_apart_are_integrated_as_if_alone(seed: int, steep: float) -> None:
    random = np.random.default_rng(seed)
    residual, ends = random.normal(size=2), _box(random)
    slopes = steep * np.eye(2)
    alone = [
        integrate_size(e, residual[[i]] - e[:, None] * slopes[i, [i]]).log_mean for i, e in enumerate(ends)
    ]
    log_mean, found = integrate_sizes(residual, slopes, ends)
    assert log_mean == pytest.approx(sum(alone), abs=0.03)
    assert all(m.weights.sum() == pytest.approx(1.0) for m in found)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), steep=st.floats(0.0, 2.0), alike=st.floats(0.0, 1.0))
@example(seed=0, steep=1.9397533125436968e-160, alike=0.0)
def test_the_integral_over_two_sizes_is_that_of_a_fine_sum(seed: int, steep: float, alike: float) -> None:
    random = np.random.default_rng(seed)
    first, other, residual = random.normal(size=(3, 6))
    slopes = steep * np.stack([first, alike * first + (1.0 - alike) * other], axis=1)
    ends = _box(random)
    u, v = (np.linspace(*e, 801) for e in ends)
    left = residual - u[:, None, None] * slopes[:, 0] - v[None, :, None] * slopes[:, 1]
    logs = -0.5 * (left**2).sum(axis=2)
    by_second = np.trapezoid(np.exp(logs - logs.max()), v, axis=1)
    brute = logs.max() + np.log(np.trapezoid(by_second, u) / np.prod(np.diff(ends)))
    log_mean, found = integrate_sizes(residual, slopes, ends)
    assert log_mean == pytest.approx(brute, abs=0.03)
    best = residual - slopes @ np.array([m.best for m in found])
    assert best @ best <= -2.0 * logs.max() + 1e-3


def _box(random: np.random.Generator) -> np.ndarray:
    """Bounds of two sizes, shape (2, 2)."""
    return np.sort(random.uniform(-2.0, 2.0, (2, 2)), axis=1) + np.array([-0.1, 0.1])


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_best_of_two_in_a_box_is_that_of_a_grid(seed: int) -> None:
    random = np.random.default_rng(seed)
    columns, pull = random.normal(size=(5, 2)), random.normal(size=2)
    square = columns.T @ columns
    box = np.sort(random.uniform(-1.0, 1.0, (2, 2)), axis=1)
    best, gain = best_of_two((square[0, 0], square[0, 1], square[1, 1]), pull, box[0], box[1])
    grid = np.stack(np.meshgrid(*(np.linspace(*b, 201) for b in box)), axis=-1).reshape(-1, 2)
    gains = 2.0 * grid @ pull - np.einsum("ni,ij,nj->n", grid, square, grid)
    assert gain >= gains.max() - 1e-9
    assert gain == pytest.approx(2.0 * best @ pull - best @ square @ best)


def test_the_best_of_two_of_which_one_shows_nothing_is_that_of_the_other() -> None:
    best, gain = best_of_two(
        (0.0, 0.0, 2.0), np.array([0.0, 1.0]), np.array([-1.0, 1.0]), np.array([-1.0, 1.0])
    )
    assert np.isfinite(best).all()
    assert best[1] == pytest.approx(0.5)
    assert gain == pytest.approx(0.5)


@pytest.mark.parametrize(
    "second",
    [
        None,
        (float(RIG.edges[2]) + 0.3, False),
        (float(RIG.edges[3]) + 0.2, False),
        (float(RIG.edges[3]) + 0.2, True),
    ],
    ids=["there before", "together", "stepping in later", "growing from later on"],
)
def test_slopes_by_two_sizes_and_their_onsets_are_those_of_differences(
    second: tuple[float, bool] | None,
) -> None:
    case = _case({})
    assert case.observation is not None
    forecaster = Forecaster(CompiledNetwork(ENGINE.network), case.observation)
    onset, sizes = float(RIG.edges[2]) + 0.3, {"fuel_injector.blockage": 0.2, "oxidizer_line.leak": 0.1}
    other = "oxidizer_line.leak"

    def run(step: float = 0.0, which: str = "", first: float = 0.0, later: float = 0.0) -> Case:
        moved = {n: s + step * (n == which) for n, s in sizes.items()}
        if second is None:
            return Case(None, moved, onset + first, before=frozenset({other}))
        apart = {} if second[0] == onset else {other: (second[0] + later, second[1])}
        return Case(None, moved, onset + first, apart=apart)

    found = linearise(forecaster, [run()])[0]
    scatter = forecaster.scatter(found.means)

    def check(slope: np.ndarray, ends: list[Case], step: float, close: float) -> None:
        means, good = forecaster.features(ends)
        assert good.all()
        difference = (means[0] - means[1]) / step
        off = np.linalg.norm((slope - difference) / scatter)
        assert off <= close * np.linalg.norm(difference / scatter)

    for column, name in enumerate(sizes):
        check(found.by_sizes[:, column], [run(s, name) for s in (1e-4, -1e-4)], 2e-4, 0.02)
    check(found.by_onset[:, 0], [run(first=s) for s in (1e-3, -1e-3)], 2e-3, 0.03)
    check(found.by_onset[:, 1], [run(later=s) for s in (1e-3, -1e-3)], 2e-3, 0.03)


def _case(
    faults: dict[str, float],
    onset: float | None = None,
    sensors: tuple[SensorFault, ...] = (),
    rig: Rig = RIG,
    apart: dict[str, tuple[float | None, bool]] | None = None,
) -> ExpertCase:
    """A case of one run of a plant, its hardware drawn."""
    random = np.random.default_rng(20261129)
    hardware = np.clip(random.normal(size=rig.plant.physical), -2.0, 2.0)
    truth, good = rig.run([Case(hardware, faults, onset, apart=apart or {})])
    assert good.all()
    readings = read(rig, truth, [sensors], random)
    description = Description(rig.cycle, ("", ""), rig.hardware, 2.75, ())
    return cases_of_readings(rig, readings, [description], [labels_of(rig.engine).words])[0]


def _misread(name: str, mode: str, size: float, onset: float | None = None) -> SensorFault:
    return SensorFault([s.name for s in RIG.sensors].index(name), mode, size, Shape(onset))


def _label(engine: Engine, *names: str) -> str:
    return joined(labels_of(engine).by_name[n] for n in names)


@pytest.mark.parametrize(
    ("faults", "sensors"),
    [
        ({"fuel_tank.regulator_low": 0.3, "nozzle.throat_erosion": 0.25}, ()),
        ({"nozzle.throat_erosion": 0.25}, (("fuel_tank_pressure", "bias", 0.2),)),
        ({}, (("fuel_tank_pressure", "bias", 0.2), ("thrust", "drift", -0.2))),
    ],
)
def test_two_faults_are_named_together(
    faults: dict[str, float], sensors: tuple[tuple[str, str, float], ...]
) -> None:
    case = _case(faults, 3.4, tuple(_misread(*s, 4.6) for s in sensors))
    answer = SymbolicExpert().answer(case, {})
    assert answer.best == _label(ENGINE, *faults, *(f"{s}.{mode}" for s, mode, _ in sensors))
    first = answer.evidence.ranked[0].best
    assert len(first.courses) == 2
    assert first.beside[0][1].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("grows", [False, True])
def test_components_that_fail_one_after_the_other_are_named_with_their_onsets(grows: bool) -> None:
    first, second = {"fuel_tank.regulator_low": 0.3}, {"nozzle.throat_erosion": 0.25}
    case = _case(first | second, 3.1, apart={"nozzle.throat_erosion": (5.6, grows)})
    answer = SymbolicExpert().answer(case, {})
    assert answer.best == _label(ENGINE, *first, *second)
    best = answer.evidence.ranked[0].best
    window = float(RIG.edges[2] - RIG.edges[1])
    found = {
        c.name: (float(c.onset) + s * window, c.grows)
        for c, s in zip(best.courses, best.point.shifts, strict=True)
        if c.onset is not None
    }
    assert found["fuel_tank.regulator_low"] == (pytest.approx(3.1, abs=0.5), False)
    assert found["nozzle.throat_erosion"] == (pytest.approx(5.6, abs=0.7), grows)


def test_components_that_set_in_together_begin_their_fit_at_one_time() -> None:
    """Whichever comes first by name: else the second began in the middle of a window that the first had left."""
    case = _case({})
    assert case.observation is not None
    search = Search(Forecaster(CompiledNetwork(ENGINE.network), case.observation))
    leak, blockage = (
        Course(n, ENGINE.network.faults[n], float(RIG.edges[2]) + 0.5)
        for n in ("fuel_line.leak", "oxidizer_line.blockage")
    )
    later = replace(blockage, onset=float(RIG.edges[4]) + 0.5)
    misread = Course("thrust.bias", SENSOR_FAULTS["bias"], leak.onset)
    assert shift_beside(search, [leak], [-0.6], blockage) == -0.6
    assert shift_beside(search, [leak], [-0.6], later) == 0.0
    assert shift_beside(search, [leak], [-0.6], misread) == 0.0
    assert together(search, [leak, misread, blockage, later], [-0.6, 0.2, 0.0, 0.1]) == (-0.6, 0.2, -0.6, 0.1)
    assert search.in_turn(leak.beside([later]))
    assert not search.in_turn(leak.beside([blockage]))
    assert not search.in_turn(leak.beside([replace(blockage, onset=None)]))


def test_a_fault_in_the_shadow_of_a_larger_one_is_found() -> None:
    """A flow sensor drifts by 229 standard deviations beside a blocked line of 11, which screening hardly hopes for."""
    shards = plan(load_protocol(), "validation", cases=100, axis="several", level=1)
    maker, runs, readings = played(next(s for s in shards if s.setting.engine == "uvic-mule1"))
    described = [c.description for c in maker.describe(runs, readings)]
    engine = maker.rig.engine
    asked = [labels_of(engine).words] * len(described)
    case, draw = cases_of_readings(maker.rig, readings, described, asked)[4], runs.draws[4]
    truth = _label(engine, *(f.name for f in draw.faults))
    assert [round(f.distance) for f in draw.faults] == [11, 229]
    assert SymbolicExpert().answer(case, {}).best == truth


def test_three_faults_are_named_where_three_are_asked_for() -> None:
    sensors = (("fuel_tank_pressure", "bias", 0.2), ("thrust", "drift", -0.2))
    case = _case({"nozzle.throat_erosion": 0.25}, 3.4, tuple(_misread(*s, 4.6) for s in sensors))
    answer = SymbolicExpert(3).answer(case, {})
    assert answer.best == _label(ENGINE, "nozzle.throat_erosion", "fuel_tank_pressure.bias", "thrust.drift")
    first = answer.evidence.ranked[0].best
    assert [len(spread) for spread in first.spreads] == [2, 2, 2]
    assert answer.evidence.goodness_of_fit > 0.05


def test_a_third_fault_is_not_named_for_nothing() -> None:
    case = _case({"nozzle.throat_erosion": 0.25}, 3.4, (_misread("fuel_tank_pressure", "bias", 0.2, 4.6),))
    answer = SymbolicExpert(3).answer(case, {})
    assert answer.best == _label(ENGINE, "nozzle.throat_erosion", "fuel_tank_pressure.bias")


def test_the_prior_of_several_faults_does_not_hang_on_their_order() -> None:
    case = _case({})
    assert case.observation is not None
    search = Search(Forecaster(CompiledNetwork(ENGINE.network), case.observation))
    faults = [(n, f) for n, f in search.hardware.items() if not f.initial]
    stepping, growing = ([(n, f) for n, f in faults if f.grows == g] for g in (False, True))
    parts = [Course(n, f, 3.0) for n, f in [*stepping[:2], *growing[:1]]]
    assert len(parts) == 3
    shares = [search.log_share(a.beside([b, c])) for a, b, c in permutations(parts)]
    assert max(shares) - min(shares) < 1e-9
    assert max(shares) < search.log_share(parts[0].beside(parts[1:2])) < search.log_share(parts[0])


@pytest.mark.parametrize(
    ("sound", "best", "another"), [(400.0, 140.0, True), (2e5, 140.0, False), (400.0, 55.0, False)]
)
def test_a_misfit_speaks_for_another_engine_unless_a_large_fault_excuses_it(
    sound: float, best: float, another: bool
) -> None:
    one, course = np.ones(1), Course("a.x", ENGINE.network.faults["fuel_injector.blockage"])
    weighed = [Explanation(c, 0.0, one, one, one, chi) for c, chi in ((None, sound), (course, best))]
    share = misfit_share(cast("Search", SimpleNamespace(freedom=60)), weighed)
    assert share > 0.9 if another else share < 0.1


def test_a_sound_engine_is_no_mismatch() -> None:
    answer = SymbolicExpert().answer(_case({}), {})
    assert answer.best == NOMINAL
    assert MISMATCH not in answer.posterior


@given(p=st.floats(1e-14, 0.3), factor=st.floats(0.01, 0.99))
def test_the_worse_the_best_fit_the_likelier_another_engine(p: float, factor: float) -> None:
    assert share_by_tail(p) < share_by_tail(factor * p) < 1.0
    assert share_by_tail(0.5) == 0.0


@given(misfit=st.floats(1.0, 200.0), missed=st.floats(0.1, 100.0))
def test_what_an_explanation_may_miss_is_not_held_against_it(misfit: float, missed: float) -> None:
    assert chi_square_tail(misfit, 60, missed) >= chi_square_tail(misfit, 60) - 1e-9


def test_many_unlikely_pairs_do_not_add_up_by_being_levelled() -> None:
    fault = ENGINE.network.faults["fuel_injector.blockage"]
    courses = [
        Course("a.x", fault),
        *(Course("a.x", fault, partner=Course(f"b{i}.y", fault)) for i in range(200)),
    ]
    one, means = np.ones(1), np.zeros(3)
    weights = [0.0] + [np.log(1e-4)] * 200
    explanations = [Explanation(c, w, one, one, means, 1.0) for c, w in zip([*courses], weights, strict=True)]
    ranked = posterior([Explanation(None, -20.0, one, one, means, 1.0), *explanations])
    assert ranked[0].name == "a.x"
    assert ranked[0].probability == pytest.approx(1.0 / 1.02, abs=1e-3)
