"""The fault tree in a report: what can bring about what the log shows, with what the log makes of each fault."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring

from hotfire.answering.tree import answer_tree, given
from hotfire.diagnose import diagnose
from hotfire.engine_files.reading import load_engine
from hotfire.fault_tree_drawing import draw_fault_tree
from hotfire.physics.fault_tree import quantify
from hotfire.physics.fault_tree.effects import Effects, Statement
from hotfire.physics.fault_tree.engine_tree import engine_tree
from hotfire.report.html import render
from hotfire.simulate import SimulatedFault, simulate_log

PRESSURE_LOW = Statement("chamber.pressure", -1, 0.05)


@pytest.fixture(scope="module")
def whole():
    engine = load_engine("n2o4-mmh")
    return engine_tree(Effects(engine.network), [PRESSURE_LOW], name=engine.name).tree


def test_what_stands_alone_below_a_gate_takes_its_place(whole):
    """Which events bring the top event about stays as it was."""
    shown = given(whole, dict.fromkeys(whole.basic_events, 0.1))
    assert all(len(g.inputs) > 1 for n, g in shown.gates.items() if n != shown.top)
    assert len(shown.gates) < len(whole.gates)
    before, after = ({frozenset(c.events) for c in quantify(tree).cut_sets(1000)} for tree in (whole, shown))
    assert before == after


def test_what_the_log_excludes_is_drawn_faint(whole):
    one, two, *_ = whole.basic_events
    drawing = draw_fault_tree(given(whole, {one: 0.7, two: 0.999}), posterior=True)
    assert drawing.count('fill="#fff7d6"') == 2
    numbers = [t.text for t in fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]
    assert numbers.count("< 0.01") == len(whole.basic_events) - 2
    assert "0.7" in numbers
    assert "> 0.99" in numbers


def test_the_page_of_a_fault_shows_its_tree():
    engine = load_engine("n2o4-mmh")
    log = simulate_log(engine, [SimulatedFault("fuel_injector.blockage", 0.3, 2.0)], 3)
    diagnosis = diagnose(log, engine, expert="symbolic")
    page = render(diagnosis, log=log, engine=engine)
    assert "As a fault tree" in page
    assert page.count("<title>Fault tree: N2O4/MMH engine, given the log") == 1
    sound = diagnose(simulate_log(engine, [], 3), engine, expert="symbolic")
    assert "As a fault tree" not in render(sound, engine=engine)


def test_where_no_fault_brings_so_much_about_nothing_is_drawn(whole):
    engine = load_engine("n2o4-mmh")
    diagnosis = diagnose(simulate_log(engine, [], 3), engine, expert="symbolic")
    assert answer_tree(diagnosis, engine, Statement("chamber.pressure", 1, 30.0)) is None
