"""The physics and the diagnosis on simulated logs of the demonstrator, whose plant differs from the model."""

import numpy as np
import pytest

from hotfire.diagnose import diagnose
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import solve_steady
from hotfire.physics.trajectory import Schedule, integrate
from hotfire.simulate import Plant, SimulatedFault

ENGINE = load_engine("demo-engine")
PLANT = Plant(ENGINE)


def batch(compiled: CompiledNetwork, n: int, seed: int) -> Batch:
    network = compiled.network
    nominal = np.array(list(network.parameter_values.values()))
    never = (
        "temperature",
        "departure",
        "shut_off_head",
        "face_pressure",
    )  # a fifth of these is another machine
    fixed = np.array([any(word in p for word in never) for p in compiled.parameter_names])
    spread = np.where(fixed, 1.0, 1.0 + 0.2 * np.random.default_rng(seed).uniform(-1, 1, (n, nominal.size)))
    states = network.initial_states(network.parameter_values)
    rows = np.array([[states[s] for s in compiled.state_names]])
    inputs = np.array([list(network.input_defaults.values())])
    return Batch(
        np.repeat(rows, n, 0),
        nominal * spread,
        np.zeros((n, len(compiled.fault_names))),
        np.repeat(inputs, n, 0),
    )


@pytest.mark.parametrize("name", engine_names())
def test_perturbed_engines_solve_and_every_declared_balance_holds(name: str) -> None:
    network = load_engine(name).network
    compiled = CompiledNetwork(network)
    cases = batch(compiled, 200 if compiled.machines else 500, 4)
    z, solved = solve_steady(compiled, cases, strict=False)
    # Some engines driven by the heat of their own walls do not run at all with every figure a fifth off.
    expander = any(c.kind.type_name == "regenerative_jacket" for c in network.components.values())
    assert solved.mean() >= (0.85 if expander else 0.985)
    unknowns = compiled.unknowns(z, cases)
    for case in np.flatnonzero(solved)[:20]:
        values = dict(zip(network.unknowns, map(float, unknowns[case]), strict=True))
        values |= dict(zip(compiled.parameter_names, map(float, cases.parameters[case]), strict=True))
        values |= dict.fromkeys(network.faults, 0.0) | network.input_defaults
        values |= dict(zip(compiled.state_names, map(float, cases.states[case]), strict=True))
        values["ambient_pressure"] = network.ambient_pressure
        scale = network.scales
        for component, balance in network.evaluate(values).balances:
            error = abs(balance.left - balance.right) / scale[balance.scale]
            assert error < 1e-6, (component, balance.name)


def test_what_leaves_the_tanks_is_what_flows() -> None:
    compiled = CompiledNetwork(ENGINE.network)
    nominal = np.array(list(ENGINE.network.parameter_values.values()))[None, None]
    inputs = np.array(list(ENGINE.network.input_defaults.values()))[None, None]
    time = np.linspace(0.0, 3.0, 121)
    outputs = integrate(
        compiled, Schedule(time, nominal, np.zeros((1, 1, len(compiled.fault_names))), inputs)
    ).outputs
    column = {n: outputs[:, 0, i] for i, n in enumerate(compiled.output_names)}
    for tank in ("fuel_tank", "oxidizer_tank"):
        lost = column[f"{tank}.propellant_mass"][0] - column[f"{tank}.propellant_mass"][-1]
        assert lost == pytest.approx(np.trapezoid(column[f"{tank}.outlet.flow"], time), rel=1e-3)


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    first, again, other = PLANT.run(seed=3), PLANT.run(seed=3), PLANT.run(seed=4)
    for name, channel in first.channels.items():
        assert np.array_equal(channel.values, again.channels[name].values)
        assert not np.array_equal(channel.values, other.channels[name].values)


def test_a_sound_engine_is_nominal() -> None:
    answer = diagnose(PLANT.run(seed=21), ENGINE, expert="symbolic")
    assert answer.verdict == "nominal"


@pytest.mark.parametrize(
    ("fault", "size"),
    [("fuel_injector.blockage", 0.4), ("nozzle.throat_erosion", 0.4), ("fuel_manifold_pressure.bias", 0.1)],
)
def test_a_strong_fault_is_in_the_answer_with_its_onset_and_size(fault: str, size: float) -> None:
    answer = diagnose(PLANT.run([SimulatedFault(fault, size, 2.2)], seed=5), ENGINE, expert="symbolic")
    assert answer.verdict in ("fault", "sensor_fault")
    assert fault in answer.answer_set
    hypothesis = next(h for h in answer.hypotheses if h.faults and h.faults[0].name == fault)
    onset = hypothesis.faults[0].onset
    assert onset is not None
    assert onset.value == pytest.approx(4.2, abs=0.4)
    estimate = hypothesis.faults[0].size
    assert estimate is not None
    assert estimate.value == pytest.approx(size, rel=0.35)


def test_a_frozen_chamber_sensor_is_found_by_its_signal_when_read_from_a_file(tmp_path) -> None:
    from hotfire.recording.writing import write_csv
    from hotfire.telemetry import read_log

    path = tmp_path / "run.csv"
    write_csv(PLANT.run([SimulatedFault("chamber_pressure.freeze", 1.0, 2.0)], seed=6), path, 101300.0)
    answer = diagnose(read_log(path), ENGINE, expert="symbolic")
    assert ("chamber_pressure", "freeze") in {(f.component, f.mode) for f in answer.sensor_findings}


@pytest.mark.parametrize("fault", ["oxidizer_injector.blockage", "chamber.efficiency_loss"])
def test_what_seldom_grows_is_found_when_it_does(fault: str) -> None:
    """A filter that clogs and an injector that cokes were leaks and drifting sensors: those alone could grow."""
    log = PLANT.run([SimulatedFault(fault, 0.3, 1.0, grows=True)], seed=8)
    answer = diagnose(log, ENGINE, expert="symbolic")
    assert fault in answer.answer_set
    leading = answer.hypotheses[0]
    assert all(f.kind == "hardware" for f in leading.faults)
