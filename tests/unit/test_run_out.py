"""A propellant that runs out early, with a load that the engine file does not know well, is no fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotfire.diagnose import diagnose
from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.phases.finding import Phase, Phases
from hotfire.phases.run_out import with_run_out
from hotfire.physics.network import Network
from hotfire.simulate import Plant, SimulatedFault, TestSequence

SEQUENCE = TestSequence(burn=5.5, end=7.0)


def loaded(engine: Engine, tank: str, share: float) -> Engine:
    """The engine with a share of its load in a tank."""
    placed = engine.network.components[tank]
    parameters = {**placed.parameters, "propellant_mass": share * placed.parameters["propellant_mass"]}
    components = {**engine.network.components, tank: replace(placed, parameters=parameters)}
    network = Network(components, engine.network.streams, engine.network.ambient_pressure)
    return replace(engine, network=network)


@pytest.mark.parametrize("seed", [22, 28])
def test_a_tank_that_runs_out_early_is_named_and_nothing_is_accused(seed: int) -> None:
    engine = load_engine("imperial-dmt")
    log = Plant(loaded(engine, "fuel_tank", 0.36)).run([], seed, sequence=SEQUENCE)
    found = diagnose(log, engine, expert="symbolic")
    assert found.verdict == "nominal"
    assert set(found.depletion) == {"fuel"}
    names = [p.name for p in found.phases]
    assert names.index("gas_tail") == names.index("mainstage") + 1
    assert all(a.end == b.start for a, b in zip(found.phases, found.phases[1:], strict=False))
    assert "fuel ran out" in found.headline
    assert any("compare what was loaded" in w for w in found.warnings)


@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize(
    ("engine", "fault", "size"),
    [("imperial-dmt", "chamber.no_ignition", 0.98), ("imperial-dmt", "oxidizer_injector.blockage", 0.9)],
)
def test_a_collapse_that_gas_does_not_explain_stays_a_fault(
    engine: str, fault: str, size: float, seed: int
) -> None:
    known = load_engine(engine)
    log = Plant(known).run([SimulatedFault(fault, size, 2.0)], seed)
    found = diagnose(log, known, expert="symbolic")
    assert found.verdict == "fault"
    assert not found.depletion
    assert fault in found.answer_set


def test_gas_flows_from_the_run_out_to_the_shutdown() -> None:
    spans = [
        ("start", 0.0, 0.2),
        ("mainstage", 0.2, 2.0),
        ("tail_off", 2.0, 2.1),
        ("shutdown", 2.1, 4.0),
        ("post", 4, 6),
    ]
    found = tuple(Phase(name, a, b, "") for name, a, b in spans)
    burn = Phase("burn", 0.0, 4.0, "")
    phases = Phases(found, burn, found[1], None, (), (), "hot_fire")
    cut = with_run_out(phases, "tank", "fuel", 1.95)
    assert [(p.name, p.start, p.end) for p in cut.phases] == [
        ("start", 0.0, 0.2),
        ("mainstage", 0.2, pytest.approx(1.8)),
        ("gas_tail", pytest.approx(1.8), 4.0),
        ("post", 4, 6),
    ]
    assert cut.mainstage is not None
    assert cut.mainstage.end == pytest.approx(1.8)
    assert [(d.side, d.time) for d in cut.depletions] == [("fuel", 1.95)]


@pytest.mark.parametrize(
    ("engine", "sides"),
    [
        ("uvic-mule1", {"run_tank": "oxidizer"}),
        ("imperial-dmt", {"fuel_tank": "fuel", "oxidizer_tank": "oxidizer"}),
    ],
)
def test_a_tank_knows_its_side(engine: str, sides: dict[str, str]) -> None:
    network = load_engine(engine).network
    assert {tank: network.side_of(tank) for tank in sides} == sides
