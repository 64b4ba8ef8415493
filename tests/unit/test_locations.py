"""Places and faults in words that do not depend on the engine."""

from __future__ import annotations

import pytest

from hotfire.engine_cycle import cycle_in_words
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.locations import fault_labels, hardware_of, locations

CYCLES = {
    "electric-kerosene": "electric pump",
    "f-1": "gas generator",
    "full-flow-methane": "full-flow staged combustion",
    "hydrazine-thruster": "monopropellant",
    "j-2": "gas generator",
    "methane-expander-bleed": "expander bleed",
    "n2o4-mmh": "pressure-fed",
    "ox-rich-kerosene": "oxidizer-rich staged combustion",
    "rl10a-3-3a": "closed expander",
    "ssme": "fuel-rich staged combustion",
    "tap-off-hydrogen": "tap-off",
    "uvic-mule1": "hybrid",
    "v-2": "gas generator",
}


@pytest.mark.parametrize("name", engine_names())
def test_no_two_places_and_no_two_faults_share_a_name(name: str) -> None:
    engine = load_engine(name)
    places = locations(engine.network)
    assert set(places) == set(engine.network.components)
    assert len({p.words for p in places.values()}) == len(places)
    hardware = {n: label for n, label in fault_labels(engine).items() if not label.quantity}
    assert len({label.words for label in hardware.values()}) == len(hardware)


@pytest.mark.parametrize(("name", "cycle"), CYCLES.items())
def test_cycles(name: str, cycle: str) -> None:
    assert cycle_in_words(load_engine(name).network) == cycle


def test_one_vocabulary_for_different_engines() -> None:
    f_1, demo = (fault_labels(load_engine(n)) for n in ("f-1", "demo-engine"))
    assert f_1["lox_line.blockage"].words == demo["oxidizer_line.blockage"].words == "oxidizer line: blockage"
    assert f_1["gg_fuel_injector.blockage"].words == "gas generator fuel injector: blockage"
    assert f_1["shaft.bearing_drag"].words == "shaft: bearing drag"


def test_sides_follow_the_shaft() -> None:
    places = locations(load_engine("electric-kerosene").network)
    assert places["fuel_motor"].side == places["fuel_shaft"].side == "fuel"
    assert places["battery"].side == ""


def test_laws_that_an_expert_must_be_told() -> None:
    hardware = hardware_of(load_engine("student-n2o-ethanol").network)
    assert set(hardware) == {"fuel blowdown tank", "fuel venturi", "oxidizer saturated tank"}
