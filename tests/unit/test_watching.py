"""The how-to on watching a live test does what it says, and what no relation reads is never accused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.monitoring import FlightMonitor, Gauge, Relations, gauges_of
from hotfire.physics.errors import EngineError
from hotfire.simulate import SimulatedFault, simulate_log

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "watch-a-live-test.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Names that the page's code defines, its own example run."""
    (yaml,) = blocks("yaml")
    path = tmp_path_factory.mktemp("watching") / "stand-engine.yaml"
    path.write_text(yaml, encoding="utf-8")
    code, example = blocks("python")
    names: dict[str, Any] = {}
    exec(code.replace('"stand-engine.yaml"', repr(str(path))), names)
    exec(example.split("for seed")[0], names)
    return names


def alarms_of(page: dict[str, Any], faults: list[SimulatedFault], seed: int) -> list[tuple[float, str]]:
    log = simulate_log(page["engine"], faults, seed, sequence=page["test"])
    return list(page["alarms"](page["watch"](page["mainstage"](log))))


def test_the_page_watches_a_sound_test_without_an_alarm(page: dict[str, Any]) -> None:
    assert page["relations"].unused == ()
    assert alarms_of(page, [], 1) == []


@pytest.mark.parametrize(
    ("fault", "size"), [("lox_injector.blockage", 0.2), ("fuel_flow.bias", 0.05), ("fuel_line.blockage", 0.3)]
)
def test_the_page_names_a_fault_within_a_fifth_of_a_second(
    page: dict[str, Any], fault: str, size: float
) -> None:
    (time, answer), *_ = alarms_of(page, [SimulatedFault(fault, size, 2.5)], 1)
    assert answer == fault
    assert 4.5 < time < 4.7


def test_a_gauge_that_no_relation_reads_is_never_accused(page: dict[str, Any]) -> None:
    """A position that scatters about full opening is beyond its span half of the time."""
    relations = page["relations"]
    idle = Gauge("position", "fuel_valve.opening", 1.0, stands_for="fuel_valve.position")
    of_oxidizer = [g for g in relations.gauges if g.name.startswith("lox_")]
    blind = Relations(relations.network, (*of_oxidizer, idle))
    assert blind.unused == ("position",)
    monitor = FlightMonitor(blind, (), rate=100.0)
    random = np.random.default_rng(1)
    design = np.array([[blind.design_reading(g) for g in blind.gauges]])
    for i in range(120):
        noise = 1e-4 * np.array([g.span for g in blind.gauges]) * random.normal(size=design.shape)
        readings = design + noise
        readings[0, -1] = 1.0 + 0.01 * random.normal() + (0.5 if i > 60 else 0.0)
        assert monitor.answers[int(monitor.push(readings, np.zeros((1, 0)), i * 0.01)[0])] == "nominal"


def test_a_position_that_scatters_about_full_opening_is_not_beyond_its_span(page: dict[str, Any]) -> None:
    network = page["relations"].network
    position = Gauge("position", "lox_valve.opening", 1.0, stands_for="lox_valve.position", limits=(0.0, 1.0))
    relations = Relations(network, (*page["relations"].gauges, position))
    assert "position" not in relations.unused
    monitor = FlightMonitor(relations, (), rate=100.0)
    random = np.random.default_rng(2)
    design = np.array([[relations.design_reading(g) for g in relations.gauges]])
    spread = 1e-3 * np.array([g.span for g in relations.gauges])
    told = [
        monitor.answers[
            int(monitor.push(design + spread * random.normal(size=design.shape), np.zeros((1, 0)))[0])
        ]
        for _ in range(200)
    ]
    assert set(told) == {"nominal"}


def test_what_a_tank_holds_is_no_relation() -> None:
    """A blow-down tank's pressure falls as it empties, which readings of an instant cannot decide."""
    engine = load_engine("demo-engine")
    with pytest.raises(EngineError, match="no relation"):
        _ = Relations(engine.network, gauges_of(engine)).count


def test_recorded_positions_are_gauges_and_tanks_are_read_at_their_outlets() -> None:
    engine = load_engine("imperial-dmt")
    gauges = {g.name: g for g in gauges_of(engine)}
    assert set(gauges) == {*engine.sensors, "oxidizer_valve_angle", "fuel_valve_angle"}
    assert gauges["fuel_valve_angle"].stands_for == "fuel_valve.position"
    assert gauges["fuel_tank_pressure"].measures == "fuel_tank.outlet.pressure"
    assert gauges["chamber_pressure"].measures == "chamber.pressure"
