"""The catalogue of failure modes, and its faults on engines."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotfire.command_faults import COMMAND_FAULTS
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.failure_modes import failure_modes, faults_of
from hotfire.physics.components import COMPONENTS
from hotfire.physics.sensors import SENSOR_FAULTS
from hotfire.simulate import Plant, SimulatedFault, TestSequence

_LONG_ENOUGH = 6.0
"""Seconds of a burn in which a fault has done to the equations whatever it does."""
MODES = failure_modes()
ENGINES = {name: load_engine(name) for name in engine_names()}


def test_every_mode_is_either_faults_that_exist_or_says_why_not() -> None:
    for mode in MODES.values():
        assert not (mode.places and mode.text_only), mode.identifier
        assert mode.places or mode.text_only or mode.note, mode.identifier
        for place in mode.places:
            owners = {"sensor": SENSOR_FAULTS, "command": COMMAND_FAULTS}
            known = owners.get(place.owner) or {f.name for f in COMPONENTS[place.owner].faults}
            assert place.mode in known, (mode.identifier, place)


def test_every_fault_of_every_component_belongs_to_a_mode() -> None:
    named = {(p.owner, p.mode) for mode in MODES.values() for p in mode.places}
    named |= {mode.companion[:2] for mode in MODES.values() if mode.companion}
    declared = {(kind.type_name, f.name) for kind in COMPONENTS.values() for f in kind.faults}
    # Extreme or reciprocal forms of others, which the catalogue does not list.
    beyond = {
        ("blowdown_tank", "overpressure"),
        ("blowdown_tank", "pressurant_leak"),
        ("catalyst_bed", "blockage"),
        ("exhaust", "blockage"),
        ("gas_generator", "incomplete_combustion"),
        ("gear", "tooth_friction"),
        ("hydraulic_turbine", "nozzle_erosion"),
        ("pump", "internal_leak"),
        ("turbine", "nozzle_erosion"),
        ("venturi", "blockage"),
    }
    assert declared - named == beyond


def test_sides_and_chambers_are_told_apart() -> None:
    f_1 = ENGINES["f-1"]
    assert set(faults_of(MODES["INJ-01"], f_1)) == {"oxidizer_injector.blockage"}
    assert set(faults_of(MODES["INJ-02"], f_1)) == {"fuel_injector.blockage"}
    assert set(faults_of(MODES["GG-01"], f_1)) == {"gg_fuel_injector.blockage", "gg_fuel_line.blockage"}
    assert set(faults_of(MODES["VLV-01"], f_1)) == {"lox_valve.partly_closed"}
    assert faults_of(MODES["HYB-01"], f_1) == {}


def test_most_modes_happen_to_some_shipped_engine() -> None:
    nowhere = {
        mode.identifier
        for mode in MODES.values()
        if mode.places and not any(faults_of(mode, engine) for engine in ENGINES.values())
    }
    # No shipped engine has a check valve, a relief valve or a controller's gauge that can fail.
    assert nowhere <= {"VLV-08", "VLV-09", "VLV-11", "CTL-02"}


@pytest.mark.parametrize("name", ["demo-engine", "v-2"])
def test_every_mode_of_an_engine_can_be_simulated(name: str) -> None:
    engine = ENGINES[name]
    plant = Plant(engine)
    usual = TestSequence.of(engine)
    burn = min(usual.burn, _LONG_ENOUGH)
    sequence = replace(usual, burn=burn, end=burn + usual.end - usual.burn)
    firsts = {next(iter(faults_of(m, engine).items()), None) for m in MODES.values()} - {None}
    for fault, size in sorted(f for f in firsts if f is not None):
        log = plant.run([SimulatedFault(fault, size)], 3, sequence=sequence)
        kept = [
            np.isfinite(c.values).mean() for n, c in log.channels.items() if not fault.startswith(f"{n}.")
        ]
        assert min(kept) == 1.0, fault


def test_the_catalogue_is_whole() -> None:
    shared = Path(os.environ.get("HOTFIRE_SHARED", Path(__file__).parents[3] / "shared"))
    file = shared / "data" / "failure_modes" / "failure_modes.json"
    if not file.exists():
        pytest.skip("the catalogue of signs is not here")
    assert [m["id"] for m in json.loads(file.read_text(encoding="utf-8"))] == list(MODES)
