"""Structural diagnosability against brute force, and against `faultdiagnosistoolbox` where that is installed."""

from __future__ import annotations

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest

from hotfire.physics.structure import (
    StructuralModel,
    decompose,
    detectable,
    isolable_from,
    over_determined,
    placements,
    relations,
)
from hotfire.physics.structure.matching import Matching
from hotfire.physics.structure.placement import minimal_hitting_sets

CAUSALITIES = {"mixed": "mixed", "int": "integral", "der": "derivative"}

# The examples of faultdiagnosistoolbox 0.12.5 (Frisk, Krysander, Jung: IFAC 2017), rebuilt by hand from its package.
THREE_TANK = StructuralModel.of(
    {
        "e1": ["q1", "p1", "p2"],
        "e2": ["q2", "p2", "p3"],
        "e3": ["q3", "p3"],
        "e4": ["dp1", "q0", "q1"],
        "e5": ["dp2", "q1", "q2"],
        "e6": ["dp3", "q2", "q3"],
        "e7": ["p1"],
        "e8": ["q2"],
        "e9": ["q0"],
    },
    {"fV1": ["e1"], "fV2": ["e2"], "fV3": ["e3"], "fT1": ["e4"], "fT2": ["e5"], "fT3": ["e6"]},
    {"e10": ("p1", "dp1"), "e11": ("p2", "dp2"), "e12": ("p3", "dp3")},
)
ELECTRIC_MOTOR = StructuralModel.of(
    {
        "e1": ["I", "dI", "w"],
        "e2": ["Tm", "I"],
        "e3": ["dw", "T", "w"],
        "e4": ["T", "Tm", "Tl"],
        "e5": ["I"],
        "e6": ["w"],
        "e7": ["T"],
    },
    {"fR": ["e1"], "fi": ["e5"], "fw": ["e6"], "fT": ["e7"]},
    {"e8": ("I", "dI"), "e9": ("w", "dw")},
)
INDUCTION_MOTOR = StructuralModel.of(
    {
        "e1": ["q_a", "w", "l_a"],
        "e2": ["q_b", "w", "l_b"],
        "e3": ["di_a", "i_a", "l_a", "q_b"],
        "e4": ["di_b", "i_b", "l_b", "q_a"],
        "e5": ["dl_a", "i_a", "l_a", "q_b"],
        "e6": ["dl_b", "i_b", "l_b", "q_a"],
        "e7": ["dw", "w", "i_a", "l_b", "i_b", "l_a", "Tl"],
        "e8": ["i_a"],
        "e9": ["i_b"],
        "e10": ["w"],
    },
    {"f_a": ["e8"], "f_b": ["e9"]},
    {
        "d1": ("i_a", "di_a"),
        "d2": ("i_b", "di_b"),
        "d3": ("l_a", "dl_a"),
        "d4": ("l_b", "dl_b"),
        "d5": ("w", "dw"),
    },
)
# What faultdiagnosistoolbox 0.12.5 says of them: faults that are detectable, and ordered pairs that are isolable.
EXAMPLES = [
    (THREE_TANK, {"mixed": (6, 24), "integral": (6, 19), "derivative": (6, 14)}),
    (ELECTRIC_MOTOR, {"mixed": (4, 10), "integral": (4, 10), "derivative": (4, 10)}),
    (INDUCTION_MOTOR, {"mixed": (2, 2), "integral": (2, 2), "derivative": (2, 0)}),
]


def random_model(seed: int) -> StructuralModel:
    """Draw a model of up to 20 equations, some of them differential constraints."""
    rng = np.random.default_rng(seed)
    unknowns = int(rng.integers(4, 16))
    equations = unknowns + int(rng.integers(-1, 5))
    density = rng.uniform(0.1, 0.35)
    constraints = int(rng.integers(0, 3))
    order = rng.permutation(unknowns)
    rows: dict[str, list[str]] = {}
    for e in range(constraints, equations):
        own = np.flatnonzero(rng.random(unknowns) < density)
        rows[f"e{e}"] = [f"x{u}" for u in (own if own.size else [rng.integers(unknowns)])]
    differential = {f"d{k}": (f"x{order[2 * k]}", f"x{order[2 * k + 1]}") for k in range(constraints)}
    names = list(rows)
    faults = {f"f{k}": [names[rng.integers(len(names))]] for k in range(int(rng.integers(2, 8)))}
    return StructuralModel.of(rows, faults, differential)


def as_toolbox(model: StructuralModel) -> Any:
    """The same model for faultdiagnosistoolbox."""
    toolbox = pytest.importorskip("faultdiagnosistoolbox")
    incidence = np.zeros((len(model.equations), len(model.unknowns)), dtype=int)
    for e, row in enumerate(model.incidence):
        incidence[e, list(row)] = 1
    for e, (state, rate) in model.differential.items():
        incidence[e, state], incidence[e, rate] = 2, 3
    faults = np.zeros((len(model.equations), len(model.faults)), dtype=int)
    for k, where in enumerate(model.faults.values()):
        faults[list(where), k] = 1
    definition = {
        "type": "MatrixStruc",
        "X": incidence.tolist(),
        "F": faults.tolist(),
        "Z": [],
        "x": list(model.unknowns),
        "f": list(model.faults),
    }
    return toolbox.DiagnosisModel(definition)


def brute_force_over(model: StructuralModel, equations: frozenset[int]) -> frozenset[int]:
    """Equations whose absence does not lower the size of a maximum matching: the definition, by networkx."""

    def rank(active: frozenset[int]) -> int:
        graph = nx.Graph()
        graph.add_nodes_from(("e", e) for e in active)
        graph.add_edges_from((("e", e), ("u", u)) for e in active for u in model.incidence[e])
        return len(nx.bipartite.hopcroft_karp_matching(graph, [("e", e) for e in active])) // 2

    whole = rank(equations)
    return frozenset(e for e in equations if rank(equations - {e}) == whole)


MODELS = [THREE_TANK, ELECTRIC_MOTOR, INDUCTION_MOTOR, *(random_model(seed) for seed in range(50))]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("word", CAUSALITIES)
def test_detectability_and_isolability_are_those_of_the_toolbox(model: StructuralModel, word: str) -> None:
    toolbox = as_toolbox(model)
    seen, _ = toolbox.DetectabilityAnalysis(causality=word)
    assert detectable(model, CAUSALITIES[word]) == frozenset(seen)  # type: ignore[arg-type]
    matrix = toolbox.IsolabilityAnalysis(causality=word)
    names = list(model.faults)
    expected = {f: frozenset(names[j] for j in np.flatnonzero(matrix[i] == 0)) for i, f in enumerate(names)}
    assert isolable_from(model, CAUSALITIES[word]) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("model", "counts"), EXAMPLES)
def test_examples_have_the_counts_of_the_toolbox(
    model: StructuralModel, counts: dict[Any, tuple[int, int]]
) -> None:
    for causality, (faults, pairs) in counts.items():
        assert len(detectable(model, causality)) == faults
        assert sum(len(others) for others in isolable_from(model, causality).values()) == pairs


@pytest.mark.parametrize("model", MODELS)
def test_the_over_determined_part_is_that_of_the_definition(model: StructuralModel) -> None:
    everything = frozenset(range(len(model.equations)))
    assert over_determined(model) == brute_force_over(model, everything)
    matching = Matching(model.incidence)
    for e in everything:
        mended = matching.without([e])
        assert mended.over_determined() == brute_force_over(model, everything - {e})
        assert len(mended.unknown_of) == len(Matching(model.incidence, everything - {e}).unknown_of)


@pytest.mark.parametrize("model", MODELS)
def test_the_parts_of_the_decomposition_make_up_the_model(model: StructuralModel) -> None:
    parts = decompose(model)
    equations = [parts.over[0], *(b[0] for b in parts.blocks), parts.under[0]]
    unknowns = [parts.over[1], *(b[1] for b in parts.blocks), parts.under[1]]
    assert sorted(itertools.chain(*equations)) == list(range(len(model.equations)))
    assert sorted(itertools.chain(*unknowns)) == list(range(len(model.unknowns)))
    assert all(len(e) == len(u) for e, u in parts.blocks)
    known = set(parts.over[1])
    for block, own in parts.blocks:
        known |= own
        # A block needs what came before it alone.
        assert {u for e in block for u in model.incidence[e]} <= known


@pytest.mark.parametrize("model", MODELS)
def test_relations_are_minimal_and_test_all_that_can_be_tested(model: StructuralModel) -> None:
    found = relations(model)
    assert frozenset(e for r in found for e in r.equations) == over_determined(model)
    for relation in found:
        unknowns = {u for e in relation.equations for u in model.incidence[e]}
        assert len(relation.equations) == len(unknowns) + 1
        for e in relation.equations:
            assert not over_determined(model, relation.equations - {e})


def test_a_fault_of_several_equations_is_decoupled_by_its_variable() -> None:
    rows = {"a": ["x"], "b": ["x", "y"], "c": ["y"], "d": ["x", "z"], "e": ["z"]}
    model = StructuralModel.of(rows, {"f": ["a", "c"], "g": ["d"]})
    assert "f" not in isolable_from(model)["g"] or "f" in isolable_from(model.with_fault_variables())["g"]
    as_one = model.with_fault_variables()
    assert all(len(where) == 1 for where in as_one.faults.values())
    assert detectable(as_one) == {"f", "g"}


def test_hitting_sets_are_all_and_minimal() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        sets = [frozenset(rng.integers(0, 6, size=rng.integers(1, 4)).tolist()) for _ in range(4)]
        expected = {
            frozenset(c)
            for n in range(7)
            for c in itertools.combinations(range(6), n)
            if all(frozenset(c) & s for s in sets)
            and not any(all((frozenset(c) - {x}) & s for s in sets) for x in c)
        }
        assert set(minimal_hitting_sets(sets, 1000)) == expected


def just_determined(seed: int) -> StructuralModel:
    """Draw a model in which every unknown has an equation and nothing is redundant."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 9))
    rows = {f"e{k}": {f"x{k}", *(f"x{u}" for u in np.flatnonzero(rng.random(n) < 0.2))} for k in range(n)}
    places = rng.permutation(n)[: int(rng.integers(2, 5))]
    return StructuralModel.of(rows, {f"f{k}": [f"e{e}"] for k, e in enumerate(places)})


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("isolable", [False, True])
def test_placements_reach_what_all_sensors_reach_and_none_is_too_many(seed: int, isolable: bool) -> None:
    model = just_determined(seed)

    def reach(sensors: frozenset[str]) -> Any:
        equipped = model.measuring({f"y{s}": [s] for s in sensors})
        return isolable_from(equipped) if isolable else detectable(equipped)

    best = reach(frozenset(model.unknowns))
    every = [frozenset(c) for n in range(5) for c in itertools.combinations(model.unknowns, n)]
    enough = [s for s in every if reach(s) == best]
    minimal = {s for s in enough if not any(o < s for o in enough)}
    found = set(placements(model, model.unknowns, isolable=isolable, most=5000))
    assert {s for s in found if len(s) < 5} == minimal


def test_placements_of_the_toolbox() -> None:
    model = just_determined(2)
    toolbox = as_toolbox(model)
    named, _ = toolbox.SensorPlacementDetectability()
    assert {frozenset(s) for s in named} == set(placements(model, model.unknowns, most=5000))


def test_cost_grows_as_a_polynomial() -> None:
    """Operations on a chain of tanks: ten times the size takes less than ten to the power of 2.5 as many."""
    counts = []
    for n in (30, 300):
        rows = {f"e{k}": [f"x{k}", f"x{max(k - 1, 0)}"] for k in range(n)} | {
            f"y{k}": [f"x{k}"] for k in range(0, n, 5)
        }
        model = StructuralModel.of(rows, {f"f{k}": [f"e{k}"] for k in range(n)})
        counts.append(_visits(model))
    assert counts[1] < 10**2.5 * counts[0]


def _visits(model: StructuralModel) -> int:
    """Rows that are looked at, as a measure of the work that no other process disturbs."""

    class Counting(tuple):  # type: ignore[type-arg]
        visits = 0

        def __getitem__(self, index: Any) -> Any:
            Counting.visits += 1
            return tuple.__getitem__(self, index)

    object.__setattr__(model, "incidence", Counting(model.incidence))
    isolable_from(model)
    return Counting.visits
