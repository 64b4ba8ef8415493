"""Fault trees against truth tables, and against the published Aralia figures."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.physics.fault_tree import (
    BasicEvent,
    FaultTree,
    FaultTreeError,
    Gate,
    HouseEvent,
    posterior,
    quantify,
    read_open_psa,
    tree_of,
    write_open_psa,
)

_QUICK = (
    "chinese",
    "baobab2",
    "das9202",
    "das9203",
    "das9205",
    "das9208",
    "das9209",
    "edf9202",
    "edf9205",
    "edf9206",
)
_QUICK += ("elf9601", "ftr10", "isp9601", "isp9604", "isp9606", "edfpa15r")


@st.composite
def trees(draw: st.DrawFn, *, coherent: bool | None = None) -> FaultTree:
    """Small trees with shared gates, of all operators."""
    n = draw(st.integers(2, 7))
    events = [BasicEvent(f"e{i}", draw(st.floats(0.01, 0.99))) for i in range(n)]
    house = HouseEvent("h", draw(st.booleans()))
    names = [e.name for e in events] + (["h"] if draw(st.booleans()) else [])
    coherent = draw(st.booleans()) if coherent is None else coherent
    operators = ["and", "or", "atleast"] + ([] if coherent else ["not", "xor"])
    gates: list[Gate] = []
    for i in range(draw(st.integers(1, 8))):
        operator = draw(st.sampled_from(operators))
        low, high = {"not": (1, 1), "xor": (2, 2), "atleast": (2, 4)}.get(operator, (1, 4))
        inputs = draw(
            st.lists(st.sampled_from(names), min_size=low, max_size=min(high, len(names)), unique=True)
        )
        least = draw(st.integers(1, len(inputs))) if operator == "atleast" else 0
        gates.append(Gate(f"g{i}", operator, tuple(inputs), least))
        names.append(f"g{i}")
    return FaultTree(
        "t", gates[-1].name, {g.name: g for g in gates}, {e.name: e for e in events}, {"h": house}
    )


def _value(tree: FaultTree, name: str, there: dict[str, bool]) -> bool:
    if name in there:
        return there[name]
    if name in tree.house_events:
        return tree.house_events[name].state
    gate = tree.gates[name]
    values = [_value(tree, i, there) for i in gate.inputs]
    return {
        "and": all(values),
        "or": any(values),
        "not": not values[0],
        "xor": sum(values) == 1,
        "atleast": sum(values) >= gate.least,
    }[gate.operator]


def _states(tree: FaultTree):
    events = list(tree.basic_events.values())
    for states in itertools.product((False, True), repeat=len(events)):
        there = {e.name: s for e, s in zip(events, states, strict=True)}
        yield (
            there,
            math.prod(
                e.probability if s else 1.0 - e.probability for e, s in zip(events, states, strict=True)
            ),
        )


@settings(max_examples=80, deadline=None)
@given(trees())
def test_probability_and_importance_equal_the_truth_table(tree: FaultTree) -> None:
    asked = quantify(tree)
    table = [(there, p, _value(tree, tree.top, there)) for there, p in _states(tree)]
    whole = math.fsum(p for _, p, top in table if top)
    assert asked.probability == pytest.approx(whole, rel=1e-12, abs=1e-15)
    found = {i.event: i for i in asked.importance}
    for name, event in tree.basic_events.items():
        joint = math.fsum(p for there, p, top in table if top and there[name])
        certain, excluded = joint / event.probability, (whole - joint) / (1.0 - event.probability)
        if name not in found:
            assert certain == pytest.approx(excluded, abs=1e-12)
            continue
        own = found[name]
        assert own.birnbaum == pytest.approx(certain - excluded, abs=1e-11)
        assert own.risk_achievement_worth == pytest.approx(certain / whole, rel=1e-9)
        assert own.fussell_vesely == pytest.approx((whole - excluded) / whole, abs=1e-9)
        assert own.criticality == pytest.approx(event.probability * (certain - excluded) / whole, abs=1e-9)
        assert own.given_top == pytest.approx(joint / whole, abs=1e-9)
        if excluded > 1e-9 * whole:
            assert own.risk_reduction_worth == pytest.approx(whole / excluded, rel=1e-6)


@settings(max_examples=80, deadline=None)
@given(trees())
def test_minimal_cut_sets_equal_those_of_the_truth_table(tree: FaultTree) -> None:
    cuts = [
        frozenset(n for n, t in there.items() if t)
        for there, _ in _states(tree)
        if _value(tree, tree.top, there)
    ]
    minimal = {c for c in cuts if not any(other < c for other in cuts)}
    asked = quantify(tree)
    assert asked.cut_set_count == len(minimal)
    found = asked.cut_sets(1000)
    assert {frozenset(c.events) for c in found} == minimal
    chances = [c.probability for c in found]
    assert chances == sorted(chances, reverse=True)
    for c in found:
        assert c.probability == pytest.approx(math.prod(tree.basic_events[e].probability for e in c.events))


@settings(max_examples=60, deadline=None)
@given(trees(), st.data())
def test_posterior_equals_the_truth_table(tree: FaultTree, data: st.DataObject) -> None:
    names = [*tree.gates, *tree.basic_events]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    evidence = {n: data.draw(st.booleans()) for n in chosen}
    seen = [
        (there, p)
        for there, p in _states(tree)
        if all(_value(tree, n, there) == v for n, v in evidence.items())
    ]
    whole = math.fsum(p for _, p in seen)
    if not seen:
        with pytest.raises(FaultTreeError, match="contradicts"):
            posterior(tree, evidence)
        return
    chance, beliefs = posterior(tree, evidence)
    assert chance == pytest.approx(whole, rel=1e-10)
    for name in tree.basic_events:
        joint = math.fsum(p for there, p in seen if there[name])
        assert beliefs[name] == pytest.approx(joint / whole, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(trees())
def test_open_psa_keeps_a_tree(tmp_path_factory: pytest.TempPathFactory, tree: FaultTree) -> None:
    path = tmp_path_factory.mktemp("mef") / "t.xml"
    path.write_text(write_open_psa(tree), encoding="utf-8")
    assert read_open_psa(path, top=tree.top) == tree


@pytest.mark.shared
@pytest.mark.parametrize("name", _QUICK)
def test_aralia(shared: Path, name: str) -> None:
    folder = shared / "data" / "aralia"
    if not folder.is_dir():
        pytest.skip("the Aralia trees are not here")
    truth = json.loads((folder / "reference.json").read_text())[name]
    asked = quantify(read_open_psa(folder / f"{name}.xml"))
    assert asked.probability == pytest.approx(truth["p_top_exact"], rel=1e-12)
    assert asked.cut_set_count == truth["mcs"]


_HEAD = '<?xml version="1.0"?>\n<opsa-mef>\n<define-fault-tree name="t">\n'


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><opsa-mef/>', "DTD", ""),
        ("<opsa-mef>", "well-formed", "line 1"),
        ("<x/>", "root", "line 1"),
        (
            _HEAD + '<define-gate name="g"><cardinality/></define-gate></define-fault-tree></opsa-mef>',
            "cardinality",
            "line 4",
        ),
        (_HEAD + "<define-CCF-group/></define-fault-tree></opsa-mef>", "CCF", "line 4"),
        (
            _HEAD
            + '<define-gate name="g"><or><event name="e"/></or></define-gate></define-fault-tree></opsa-mef>',
            "no definition",
            "",
        ),
        (
            _HEAD + '<define-gate name="g">\n<and/></define-gate></define-fault-tree></opsa-mef>',
            "0 inputs",
            "line 5",
        ),
        (
            _HEAD
            + '<define-basic-event name="e">\n<float value="2"/></define-basic-event></define-fault-tree></opsa-mef>',
            "no probability",
            "line 5",
        ),
        (
            _HEAD
            + '<define-basic-event name="e">\n<Weibull/></define-basic-event></define-fault-tree></opsa-mef>',
            "Weibull",
            "line 5",
        ),
    ],
)
def test_bad_files_are_refused_with_their_line(tmp_path: Path, text: str, what: str, where: str) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(text)
    with pytest.raises(FaultTreeError) as caught:
        read_open_psa(path)
    assert what in str(caught.value)
    assert str(path) in caught.value.where
    assert where in caught.value.where
    assert caught.value.remedy


def test_formulas_of_basic_events(tmp_path: Path) -> None:
    path = tmp_path / "t.xml"
    path.write_text(
        _HEAD
        + '<define-gate name="g"><or><event name="a"/><event name="b"/></or></define-gate></define-fault-tree>'
        '<model-data><define-basic-event name="a"><exponential><float value="1e-3"/><system-mission-time/>'
        '</exponential></define-basic-event><define-basic-event name="b"><GLM><float value="0"/><float value="0.1"/>'
        '<float value="0.9"/><float value="1e9"/></GLM></define-basic-event></model-data></opsa-mef>'
    )
    tree = read_open_psa(path, mission=10.0)
    assert tree.basic_events["a"].probability == pytest.approx(-math.expm1(-0.01))
    assert tree.basic_events["b"].probability == pytest.approx(0.1)
    with pytest.raises(FaultTreeError, match="mission"):
        read_open_psa(path)


def test_a_circle_is_refused() -> None:
    with pytest.raises(FaultTreeError, match="follows from itself"):
        tree_of("t", [Gate("a", "or", ("b",)), Gate("b", "or", ("a",))], [], top="a")
