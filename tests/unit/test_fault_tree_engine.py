"""Fault trees of engines: pruned by physics, along the causal graph; evidence against enumeration."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

import hotfire
from hotfire.__main__ import main
from hotfire.physics.fault_tree import FaultTreeError, posterior, quantify
from hotfire.physics.fault_tree.causal_graph import causal_graph
from hotfire.physics.fault_tree.discrete_evidence import discrete_posterior, signatures_of
from hotfire.physics.fault_tree.effects import Effects, Statement
from hotfire.physics.fault_tree.engine_tree import engine_tree


@pytest.fixture(scope="module")
def effects() -> Effects:
    return Effects(hotfire.load_engine("demo-engine").network)


@pytest.fixture(scope="module")
def pump_fed() -> Effects:
    return Effects(hotfire.load_engine("v-2").network)


LOW = Statement("chamber.pressure", -1, 0.1)


def test_every_cut_set_does_it_on_the_model_and_what_is_pruned_does_not(effects: Effects) -> None:
    made = engine_tree(effects, [LOW], name="demo")
    column = effects.column(LOW)
    singles = {c.events[0] for c in quantify(made.tree).cut_sets(500) if len(c.events) == 1}
    assert "fuel_injector.blockage" in singles
    assert singles.isdisjoint(made.pruned)
    assert singles | made.pruned.keys() == effects.network.faults.keys()
    for fault in effects.network.faults:
        changes = effects.changes([{fault: s} for s in effects.sizes(fault)])
        reached = any(c is not None and c[column] <= -0.1 for c in changes)
        assert reached == (fault in singles), fault


def test_pairs_that_pass_only_together_become_and_gates(effects: Effects) -> None:
    high = Statement("chamber.pressure", 1, 0.6)
    made = engine_tree(effects, [high], name="demo")
    sets = quantify(made.tree).cut_sets(500)
    pairs = [c.events for c in sets if len(c.events) == 2]
    assert pairs
    for pair in pairs:
        sizes = {f: effects.sizes(f)[-1] for f in pair}
        alone = effects.changes([{f: s} for f, s in sizes.items()])
        assert all(c is not None and c[effects.column(high)] < 0.6 for c in alone)


def test_gates_follow_the_causal_path(effects: Effects) -> None:
    made = engine_tree(effects, [LOW], name="demo")
    above: dict[str, str] = {i: g.name for g in made.tree.gates.values() for i in g.inputs}
    path, at = [], "oxidizer_injector.blockage"
    while at in above:
        at = above[at]
        path.append(at.split(" [")[0])
    assert path[-1] == LOW.text
    assert "oxidizer_injector.outlet.flow low" in path


def test_causal_graph_has_each_unknown_determined_once_and_signs_of_the_model(pump_fed: Effects) -> None:
    graph = causal_graph(pump_fed.compiled)
    unknowns = pump_fed.network.unknowns
    determined = {graph.edges[e]["balance"] for n in unknowns for e in graph.in_edges(n)}
    assert len(determined) <= len(unknowns)
    for name in unknowns:
        assert len({graph.edges[e]["balance"] for e in graph.in_edges(name)}) <= 1
    assert any(d >= 0 for _, d in graph.nodes(data="loop"))  # a turbopump feeds back
    assert all(s in (-1, 1) for _, _, s in graph.edges(data="sign"))
    assert nx.has_path(
        graph, next(f for f in pump_fed.network.faults if f.endswith("blockage")), "chamber.pressure"
    )


def test_evidence_on_another_quantity_moves_beliefs(effects: Effects) -> None:
    seen = Statement("oxidizer_injector.inlet.pressure", 1, 0.03)
    tree = engine_tree(effects, [LOW, seen], name="demo").tree
    _, before = posterior(tree, {LOW.text: True})
    _, after = posterior(tree, {LOW.text: True, seen.text: True})
    assert after["oxidizer_injector.blockage"] > 2.0 * before["oxidizer_injector.blockage"]


def test_unknown_quantities_and_impossible_tops_are_refused(effects: Effects) -> None:
    with pytest.raises(FaultTreeError, match="no quantity"):
        engine_tree(effects, [Statement("chamber.presure", -1, 0.1)], name="demo")
    with pytest.raises(FaultTreeError, match="no declared fault"):
        engine_tree(effects, [Statement("chamber.pressure", 1, 9.0)], name="demo")


def test_discrete_posterior_equals_enumeration_of_singles_and_pairs(effects: Effects) -> None:
    faults = list(effects.network.faults)
    sizes = {f: effects.sizes(f)[len(effects.sizes(f)) // 2] for f in faults}
    prior = {f: 3.0 * effects.network.faults[f].rate for f in faults}
    sensors = {
        n: (n, 0.02)
        for n in (
            "chamber.pressure",
            "fuel_injector.inlet.pressure",
            "oxidizer_injector.inlet.pressure",
            "fuel_line.outlet.pressure",
            "nozzle.thrust",
        )
    }
    made = signatures_of(effects, sensors, sizes, prior, misread=0.02)
    rng = np.random.default_rng(3)
    hypotheses = [frozenset[str]()] + [frozenset(c) for k in (1, 2) for c in combinations(faults, k)]
    for _ in range(4):
        seen = {s: int(rng.integers(-1, 2)) for s in sensors}
        weights = {}
        for h in hypotheses:
            if h in made.states:
                weight = math.prod(prior[f] if f in h else 1.0 - prior[f] for f in faults)
                weights[h] = weight * math.prod(
                    0.98 if made.states[h][s] == o else 0.01 for s, o in seen.items()
                )
        whole = math.fsum(weights.values())
        found = discrete_posterior(made, seen)
        for f in faults:
            assert found[f] == pytest.approx(sum(w for h, w in weights.items() if f in h) / whole, abs=1e-9)


def test_command_makes_a_tree_that_it_reads_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mef, svg = tmp_path / "t.xml", tmp_path / "t.svg"
    top, seen = "chamber.pressure low 10 %", "oxidizer_injector.inlet.pressure high 3 %"
    options = [
        "--given",
        seen,
        "--mission",
        "20s",
        "--cut-sets",
        "3",
        "--mef",
        str(mef),
        "--svg",
        str(svg),
        "--json",
    ]
    assert main(["faulttree", "demo-engine", "--top", top, *options]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["faulttree", str(mef), "--top", top, "--given", seen, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["probability"] == pytest.approx(made["probability"], rel=1e-12)
    assert again["cut_set_count"] == made["cut_set_count"]
    assert again["top_given"] == pytest.approx(made["top_given"], rel=1e-12)
    assert len(made["cut_sets"]) == 3
    assert fromstring(svg.read_text(encoding="utf-8")).tag.endswith("svg")
    assert main(["faulttree", "demo-engine", "--top", "chamber.pressure sideways"]) == 2
