"""Exchanged sensors, and one in place of another: told beside the search, and not where a fault is the cause."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

import hotfire
from hotfire.engine_files.reading import load_engine
from hotfire.experts.searching import Found, search_log
from hotfire.log import Log
from hotfire.observing.sighting import sight
from hotfire.physics.diagnosis.exchanges import Exchange
from hotfire.physics.sensors import SENSOR_FAULTS
from hotfire.simulate import Plant, SimulatedFault


@cache
def plant(engine: str) -> Plant:
    return Plant(load_engine(engine))


def run(engine: str, *faults: SimulatedFault, seed: int = 3) -> Log:
    return plant(engine).run(faults, seed)


def exchanged(log: Log, one: str, other: str) -> Log:
    """The log with two columns exchanged."""
    first, second = log.channels[one], log.channels[other]
    changed = {
        one: dataclasses.replace(first, values=second.values),
        other: dataclasses.replace(second, values=first.values),
    }
    return dataclasses.replace(log, channels=log.channels | changed)


def found(engine: str, log: Log) -> Found:
    return search_log(sight(log, load_engine(engine)))


def sure(exchange: Exchange | None) -> tuple[set[str], bool]:
    assert exchange is not None
    return set(exchange.sensors), exchange.explains and exchange.probability > 0.99


def test_exchanged_columns_are_the_answer() -> None:
    one, other = "oxidizer_manifold_pressure", "fuel_manifold_pressure"
    log = exchanged(run("demo-engine"), one, other)
    answer = hotfire.diagnose(log, load_engine("demo-engine"), expert="symbolic", certify=True)
    assert answer.verdict == "sensor_fault"
    assert "oxidizer manifold pressure and fuel manifold pressure look exchanged" in answer.headline
    first = answer.hypotheses[0]
    assert {f.name for f in first.faults} == {f"{one}.swapped", f"{other}.swapped"}
    assert first.probability > 0.99
    assert sum(h.probability for h in answer.hypotheses) <= 1.0 + 1e-9
    assert answer.answer_set == (f"{other}.swapped + {one}.swapped",)
    assert answer.goodness_of_fit > 0.01
    assert answer.none_of_these < 0.01
    assert any("the right roles in a channel map" in w and "misfit falls" in w for w in answer.warnings)
    assert answer.certificate is None
    assert "exchanged" in answer.certificate_reason


@pytest.mark.parametrize(
    ("engine", "one", "other"),
    [
        ("imperial-dmt", "oxidizer_tank_pressure", "fuel_valve_inlet_pressure"),
        ("n2o4-mmh", "fuel_injector_pressure", "fuel_tank_pressure"),
        ("electric-kerosene", "chamber_pressure", "fuel_pump_outlet_pressure"),
    ],
)
def test_exchanged_columns_are_found_on_other_engines(engine: str, one: str, other: str) -> None:
    """On the second one rests at tank pressure and had been zeroed by that."""
    assert sure(found(engine, exchanged(run(engine), one, other)).exchange) == ({one, other}, True)


def test_a_sensor_in_place_of_another_is_found() -> None:
    log = run("demo-engine", SimulatedFault("fuel_tank_pressure.swapped", 1.0, None))
    exchange = found("demo-engine", log).exchange
    assert exchange is not None
    assert exchange.sensors == ("fuel_tank_pressure",)
    assert len(exchange.instead) == 1
    assert exchange.explains


FAULTS = [
    (),
    (SimulatedFault("fuel_injector.blockage", 0.4, 2.0),),
    (SimulatedFault("nozzle.throat_erosion", 0.4, None),),
    (SimulatedFault("fuel_manifold_pressure.scale", 0.3, None),),
    (
        SimulatedFault("oxidizer_manifold_pressure.bias", 0.2, 2.0),
        SimulatedFault("fuel_tank_pressure.scale", -0.2, None),
    ),
]


@pytest.mark.parametrize("faults", FAULTS)
def test_faults_are_no_exchange(faults: tuple[SimulatedFault, ...]) -> None:
    assert found("demo-engine", run("demo-engine", *faults)).exchange is None


def drawn(engine: str, random: np.random.Generator, kind: str) -> list[SimulatedFault]:
    """A fault of a component, of a sensor, or both, of any size; or none."""
    loaded, faults = load_engine(engine), []
    if "hardware" in kind:
        name, fault = random.choice([(n, f) for n, f in loaded.network.faults.items() if f.weighed])
        size = np.exp(random.uniform(np.log(max(fault.lower, 0.15 * fault.upper)), np.log(fault.upper)))
        onset = None if fault.initial or random.random() < 0.4 else float(random.uniform(1.2, 3.5))
        faults.append(SimulatedFault(str(name), float(size), onset))
    if "sensor" in kind:
        name = f"{random.choice(list(loaded.sensors))}.{random.choice(['bias', 'scale', 'drift'])}"
        size = random.choice([-1.0, 1.0]) * np.exp(random.uniform(np.log(0.05), np.log(0.5)))
        onset = None if random.random() < 0.4 else float(random.uniform(1.2, 3.5))
        faults.append(SimulatedFault(name, float(size), onset, name.endswith("drift")))
    return faults


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["demo-engine", "n2o4-mmh", "student-n2o-ethanol", "imperial-dmt"])
def test_no_false_alarm_in_twelve_logs_of_each_engine(engine: str) -> None:
    random = np.random.default_rng(20261201)
    for kind in ("sound", "hardware", "sensor", "hardware, sensor") * 3:
        faults = drawn(engine, random, kind)
        log = run(engine, *faults, seed=int(random.integers(1_000_000)))
        assert found(engine, log).exchange is None, faults


def test_swapped_is_a_kind_of_sensor_fault() -> None:
    assert SENSOR_FAULTS["swapped"].initial
