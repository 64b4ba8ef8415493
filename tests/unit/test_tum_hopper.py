"""The TUM hopper, rebuilt from the description: what is frozen, and that runs are what they say."""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
pytest.importorskip("tum_hopper.definition")

from tum_hopper import generation
from tum_hopper.classes import CLASSES, NUMBERS, PIPES, family
from tum_hopper.definition import CHANNELS, SENSORS, SPLITS, definition
from tum_hopper.engine import hopper_engine
from tum_hopper.evaluation import confusion, figures, macro_f1
from tum_hopper.excitement import shown_from
from tum_hopper.flights import Flight, thrust_course
from tum_hopper.logs import run_log
from tum_hopper.outcome import Outcome
from tum_hopper.plans import RunPlan, plan
from tum_hopper.plant import fly
from tum_hopper.readings import index_of, read, run_class

FIRST_RUNS = "6c6b9c03ae5daf5a"


def _sound(index=0):
    time, thrust = thrust_course(Flight(2600.0, 4.0, 70.0))
    return RunPlan("sound", index, "sound", "", time, thrust)


def _blocked(pipe, leak=0.0):
    closing = ((8.0, 8.1, 8.5, 8.55), (0.0, 0.8, 0.8, 0.0))
    return replace(_sound(), place=pipe, onset=8.0, blocked=closing, leaking=((8.2, 8.25), (0.0, leak)))


@pytest.fixture(scope="module")
def flown():
    """One short flight: sound, with each pipe blocked, each leaking, and each valve slow."""
    runs = {"sound": _sound()}
    runs |= {f"{pipe}.blockage": _blocked(pipe) for pipe in PIPES}
    runs |= {f"{pipe}.leak": _blocked(pipe, 0.05) for pipe in PIPES}
    for valve in ("oxidizer_valve", "fuel_valve"):
        runs[f"{valve}.slow"] = replace(_sound(), place=valve, onset=2.5, time_constant=4.0)
    return {
        name: (run, record)
        for (name, run), record in zip(runs.items(), fly(list(runs.values())), strict=True)
    }


def _values(flown, name, channel, time):
    readings = read(*flown[name])
    return float(np.interp(time, readings.time, readings.values[:, index_of(channel)]))


def test_there_are_63_classes() -> None:
    assert len(CLASSES) == len(set(CLASSES)) == 63
    counts = {name: sum(family(c) == name for c in CLASSES) for name in map(family, CLASSES)}
    assert counts == {
        "nominal": 1,
        "blockage": 4,
        "leak": 4,
        "blockage_and_leak": 4,
        "slow": 2,
        "freeze": 16,
        "bias": 16,
        "drift": 16,
    }


def test_there_are_41_channels_of_which_the_network_reads_37() -> None:
    assert len(CHANNELS) == len({c.name for c in CHANNELS}) == len({c.published for c in CHANNELS}) == 41
    assert sum(c.used for c in CHANNELS) == 37
    assert len(SENSORS) == 16


def test_splits_are_the_published_numbers_of_runs() -> None:
    assert {name: sum(runs) for name, runs in SPLITS.items()} == {
        "train": 4823,
        "test": 959,
        "validation": 240,
        "sound": 248,
    }


def test_every_number_has_a_source_or_is_called_assumed() -> None:
    def bare(place, entry):
        if not isinstance(entry, dict):
            return []
        if any(not isinstance(v, dict) for v in entry.values()):
            return [] if {"source", "assumed"} & entry.keys() else [place]
        return [p for k, v in entry.items() for p in bare(f"{place}.{k}", v)]

    sections = {name: definition()[name] for name in ("splits", "flight", "plant", "faults")}
    assert bare("rebuild", sections) == []


def test_splits_share_no_run() -> None:
    drawn = [plan(split, index) for split in SPLITS for index in range(5)]
    assert len({run.thrust.tobytes() for run in drawn}) == len(drawn)


def test_the_first_runs_are_frozen() -> None:
    text = ""
    for split in SPLITS:
        for index in range(0, sum(SPLITS[split]), 37):
            run = plan(split, index)
            course = (
                run.thrust[::100],
                run.onset,
                *run.blocked,
                *run.leaking,
                run.time_constant,
                run.begin,
                run.size,
            )
            numbers = np.concatenate([np.atleast_1d(np.asarray(part, dtype=float)) for part in course])
            text += (
                f"{run.kind} {run.place} {run.mode} " + " ".join(f"{value:.5g}" for value in numbers) + "\n"
            )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == FIRST_RUNS


def test_sizes_are_those_of_the_description() -> None:
    for index in range(990, 4823, 7):
        run = plan("train", index)
        if run.place in PIPES:
            severe, last = max(run.blocked[1]), run.blocked[1][-1]
            assert 0.79 <= severe <= 1.0
            assert last == 0.0 or 0.4 <= last <= 0.6
            assert 0.0 <= run.onset < run.duration
        elif run.kind == "slow_valve":
            assert 3.0 <= run.time_constant <= 5.0
        elif run.mode == "bias":
            assert 0.1 <= abs(run.size) <= 0.15
        elif run.mode == "drift":
            assert 0.01 <= run.size <= 0.05


def test_thrusts_lie_between_the_published_limits() -> None:
    for index in range(20):
        thrust = plan("train", index).thrust
        assert thrust.min() >= 1000.0
        assert thrust.max() <= 2900.0


def test_a_sound_flight_gives_the_thrust_that_is_asked_for(flown) -> None:
    run, _ = flown["sound"]
    readings = read(*flown["sound"])
    asked = np.interp(readings.time, run.time, run.thrust)
    assert np.median(np.abs(readings.values[:, index_of("thrust")] / asked - 1.0)) < 0.02
    assert (readings.labels == 0).all()
    assert np.isfinite(readings.values).all()


def test_the_engine_is_the_described_one(flown) -> None:
    values = read(*flown["sound"]).values
    full = int(np.argmax(values[:, index_of("thrust")]))
    assert 17e5 < values[full, index_of("chamber_pressure")] < 20e5
    assert values[full, index_of("oxidizer_pipe_flow")] + values[full, index_of("fuel_pipe_flow")] < 1.38


@pytest.mark.parametrize("pipe", PIPES)
def test_a_blockage_takes_pressure_over_its_pipe(flown, pipe) -> None:
    def drop(name):
        return _values(flown, name, f"{pipe}_inlet_pressure", 8.3) - _values(
            flown, name, f"{pipe}_outlet_pressure", 8.3
        )

    assert drop(f"{pipe}.blockage") > 3.0 * drop("sound")


@pytest.mark.parametrize("pipe", PIPES)
def test_a_leak_takes_flow_between_inlet_and_injector(flown, pipe) -> None:
    propellant = pipe.split("_")[0]
    lost = {
        name: 1.0
        - _values(flown, name, f"{propellant}_injector_flow", 9.2) / _values(flown, name, f"{pipe}_flow", 9.2)
        for name in ("sound", f"{pipe}.leak")
    }
    assert abs(lost["sound"]) < 1e-3
    assert 0.05 < lost[f"{pipe}.leak"] < 0.4


def test_labels_follow_blockage_and_leak(flown) -> None:
    readings = read(*flown["fuel_feed.leak"])
    states = [CLASSES[readings.labels[np.searchsorted(readings.time, t)]] for t in (7.9, 8.1, 8.3, 8.7)]
    assert states == ["nominal", "fuel_feed.blockage", "fuel_feed.blockage_and_leak", "fuel_feed.leak"]
    assert run_class(readings.labels) == NUMBERS["fuel_feed.blockage"]


@pytest.mark.parametrize("valve", ["oxidizer_valve", "fuel_valve"])
def test_a_slow_valve_shows_itself_after_its_command_has_moved(flown, valve) -> None:
    readings = read(*flown[f"{valve}.slow"])
    shown = shown_from(readings, valve)
    assert shown is not None
    assert readings.labels[shown] == NUMBERS[f"{valve}.slow"]
    assert shown > int(np.argmax(readings.labels > 0))


@pytest.mark.parametrize("sensor", SENSORS)
@pytest.mark.parametrize(("mode", "size"), [("freeze", 0.0), ("bias", -0.12), ("drift", 0.02)])
def test_a_sensor_fault_spoils_its_channel_alone(flown, sensor, mode, size) -> None:
    run, record = flown["sound"]
    whole, spoilt = (
        read(run, record),
        read(replace(run, place=sensor, mode=mode, begin=0.4, size=size), record),
    )
    changed = np.flatnonzero((whole.values != spoilt.values).any(axis=0))
    assert changed.tolist() == [index_of(sensor)]
    first = int(np.argmax(spoilt.labels > 0))
    assert first == int(0.4 * spoilt.labels.size)
    assert (spoilt.labels[first:] == NUMBERS[f"{sensor}.{mode}"]).all()
    assert (whole.values[:first] == spoilt.values[:first]).all()


def test_noise_is_the_same_each_time_and_leaves_a_frozen_sensor_still(flown) -> None:
    run, record = flown["sound"]
    run = replace(run, place="chamber_pressure", mode="freeze", begin=0.4)
    first, second = (read(run, record, noise=1e-3).values for _ in range(2))
    assert (first == second).all()
    late = first[int(0.4 * first.shape[0]) :, index_of("chamber_pressure")]
    assert np.ptp(late) == 0.0
    assert np.ptp(np.diff(first[:, index_of("thrust")])) > 1.0


def test_a_run_is_a_log_with_the_roles_of_the_engine(flown) -> None:
    log, name, began = run_log(*flown["oxidizer_feed.blockage"])
    assert len(log.channels) == 41
    assert name == "oxidizer_feed.blockage"
    assert began == pytest.approx(8.0 - flown["oxidizer_feed.blockage"][1].start, abs=0.011)
    for sensor in (*hopper_engine().sensors, *hopper_engine().recorded_inputs.values()):
        assert log.role(sensor) is not None
    assert set(SENSORS) <= {channel.role for channel in log.channels.values()}


def test_the_light_engine_knows_no_temperature_of_a_pipe(flown) -> None:
    engine = hopper_engine(light=True)
    log, _, _ = run_log(*flown["sound"], engine=engine)
    roles = {channel.role for channel in log.channels.values() if channel.role}
    pipes = {name for name in SENSORS if name.endswith(("inlet_temperature", "outlet_temperature"))}
    assert set(SENSORS) - roles == pipes
    measured = {sensor.measures for sensor in engine.sensors.values()}
    assert {"chamber.temperature", "oxidizer_pipe.inlet.flow"} <= measured
    assert not any(name.startswith(PIPES) and name.endswith("temperature") for name in measured)


def _short(split, index):
    run = plan(split, index)
    return replace(run, time=run.time[:90], thrust=run.thrust[:90])


def test_the_first_records_are_frozen() -> None:
    records = fly([_short("validation", 0), _short("validation", 120)])
    channels = [
        index_of(n)
        for n in ("thrust", "chamber_pressure", "chamber_temperature", "oxidizer_feed_outlet_temperature")
    ]
    found = [[record.start, *record.knots[-1, channels]] for record in records]
    assert found == [
        pytest.approx([1.02, 1995.58, 1.478865e6, 1773.13, 110.31444], rel=1e-5),
        pytest.approx([0.98, 2272.675, 1.650684e6, 1954.254, 110.26637], rel=1e-5),
    ]


def test_interrupted_generation_goes_on_to_the_same_bytes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(generation, "CHUNK", 2)
    monkeypatch.setattr(generation, "plan", _short)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    generation.generate(("validation",), folder=whole, most=2)
    generation.generate(("validation",), folder=broken, most=1)
    (broken / "validation-001.1.part").write_bytes(b"half a file")
    generation.generate(("validation",), folder=broken, most=2)
    for name in ("validation-000.npz", "validation-001.npz"):
        assert (whole / name).read_bytes() == (broken / name).read_bytes()
    runs = list(generation.recorded_runs("validation", folder=broken))
    assert [run.index for run, _ in runs] == [0, 120, 1, 121]
    assert all(record.knots.shape[1] == 41 for _, record in runs)


def test_figures_count_what_the_thesis_counts() -> None:
    truth = np.array([0, 0, 3, 3, 3, 3])
    answer = np.array([0, 5, 0, 3, 3, 5])
    run = Outcome(0, np.arange(6), np.ones(6, dtype=bool), truth, answer, 2, None)
    assert run.named_after == 1
    # As published: faulty samples alone. Class 3: 2 of 4; classes 0 and 5 are answered, and never right.
    assert macro_f1(confusion([run]), sound_too=False) == pytest.approx((0.0 + 2 * 2 / (4 + 2) + 0.0) / 3)
    found = figures([run], [])
    assert found["share of runs named"] == 1.0
    assert found["families"]["blockage_and_leak"]["delay median"] == pytest.approx(0.01)
    assert found["false alarms"]["share of sound samples before a fault"] == 0.5
