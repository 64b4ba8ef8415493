"""Cases in bulk: drawn by the protocol, and the same bytes whenever made."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from hotfire.physics.description import Description
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.errors import HotfireError
from hotfire.scenarios import protocol as protocol_module
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.draw import Dice
from hotfire.scenarios.effects import SEEN, Course, Effects
from hotfire.scenarios.generation import Shard, generate, plan, read_cases
from hotfire.scenarios.protocol import LEVELS, WORDING, load_protocol
from hotfire.scenarios.readings import SensorFault, read
from hotfire.scenarios.rig import Rig
from hotfire.scenarios.settings import FAMILIAR, Setting, bench, candidates, matches, rig_of, settings

CHEAP = "uvic-mule1"
PROTOCOL = load_protocol()


@cache
def _tools(engine: str = CHEAP) -> tuple[Rig, Effects]:
    return bench(Setting(FAMILIAR, 0, engine))


@cache
def _maker(axis: str = FAMILIAR, level: int = 0, engine: str = CHEAP) -> Maker:
    setting = Setting(axis, level, engine)
    return Maker(setting, *bench(setting), PROTOCOL)


def _lines(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*.gz"))}


def test_an_interrupted_run_ends_with_the_same_bytes(tmp_path: Path) -> None:
    setting = Setting(FAMILIAR, 0, CHEAP)
    shards = [Shard("validation", setting, k, 12) for k in range(3)]
    generate(shards, tmp_path / "whole")
    generate(shards[:1], tmp_path / "parts")
    (tmp_path / "parts" / f"{shards[1].name}.part").write_bytes(b"half a shard")
    generate(shards[::-1], tmp_path / "parts", workers=2)
    assert _lines(tmp_path / "parts") == _lines(tmp_path / "whole")
    assert len(list(read_cases(tmp_path / "whole"))) == 36


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    shards = [Shard("validation", Setting(FAMILIAR, 0, CHEAP), 0, 5)]
    generate(shards, tmp_path)
    kept = (tmp_path / shards[0].name).stat().st_mtime_ns
    told: list[tuple[int, int]] = []
    generate(shards, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert (tmp_path / shards[0].name).stat().st_mtime_ns == kept
    assert told == [(5, 5)]


def test_cases_of_two_protocols_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"protocol": "another", "date": "2020-01-01"}))
    with pytest.raises(HotfireError, match="another protocol"):
        generate([], tmp_path)


def test_cases_do_not_depend_on_the_settings_of_another_axis(tmp_path: Path) -> None:
    """The protocol may state more of an axis, or other levels: what is not concerned stays the same bytes."""
    shipped = Path(protocol_module.__file__).with_name("protocol.yaml")
    data = yaml.safe_load(shipped.read_text())
    for axis in ("swap_declared", "swap_undeclared"):
        data["shifts"][axis]["swaps"][3:] = [["fuel_venturi"], ["fuel_venturi", "oxidizer_tank"]]
    data["shifts"]["wording"]["typing_errors"] = [0.1] * 5
    other = tmp_path / "protocol.yaml"
    other.write_text(yaml.safe_dump(data))
    places = [
        ("test", FAMILIAR, 0),
        ("shift", "several", 1),
        ("shift", "sampling", 2),
        ("shift", "swap_declared", 2),
    ]
    shards = [Shard(split, Setting(axis, level, CHEAP), 0, 6) for split, axis, level in places]
    generate(shards, tmp_path / "shipped")
    generate(shards, tmp_path / "other", protocol_path=str(other))
    assert _lines(tmp_path / "other") == _lines(tmp_path / "shipped")


def test_texts_are_no_axis_of_runs() -> None:
    assert WORDING in PROTOCOL.shifts
    assert WORDING not in PROTOCOL.axes
    with pytest.raises(HotfireError, match="there is no axis 'wording'"):
        plan(PROTOCOL, "shift", axis=WORDING, level=1)


def test_splits_do_not_share_random_numbers() -> None:
    setting = Setting(FAMILIAR, 0, CHEAP)
    drawn = {s: Shard(s, setting, 0, 5).random(PROTOCOL).random() for s in PROTOCOL.splits}
    assert len(set(drawn.values())) == len(drawn)


def test_a_plan_spreads_cases_evenly() -> None:
    shards = plan(PROTOCOL, "train", cases=5003)
    count = Counter[str]()
    for shard in shards:
        count[shard.setting.engine] += shard.cases
    assert sum(count.values()) == 5003
    assert max(count.values()) - min(count.values()) <= 1
    assert set(count) == set(PROTOCOL.engines)


@pytest.mark.parametrize(
    "wanted",
    [
        {"split": "exam"},
        {"split": "shift", "axis": "colour", "level": 1},
        {"split": "shift", "axis": "cycle", "level": 6},
    ],
)
def test_what_the_protocol_does_not_have_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(HotfireError, match="there is no"):
        plan(PROTOCOL, **wanted)


def test_every_axis_has_engines_at_every_level() -> None:
    for axis in PROTOCOL.axes:
        for level in LEVELS:
            assert settings(PROTOCOL, axis, level), (axis, level)


def test_held_out_modes_are_on_their_axis_alone() -> None:
    familiar, held = PROTOCOL.engines, PROTOCOL.held_out()
    assert not set(familiar) & set(PROTOCOL.shifts["cycle"]["engines"])
    rig, _ = _tools()
    drawn = candidates(rig, Setting(FAMILIAR, 0, CHEAP), PROTOCOL)
    assert not any(matches(rig.labels[n], held) for n in drawn)
    for level in LEVELS:
        setting = Setting("unseen_mode", level, CHEAP)
        if setting in settings(PROTOCOL, "unseen_mode", level):
            unseen = candidates(rig, setting, PROTOCOL)
            assert unseen
            assert all(matches(rig.labels[n], PROTOCOL.held_out(level)) for n in unseen)


def test_draws_follow_the_protocol() -> None:
    rig, effects = _tools()
    dice = Dice(Setting(FAMILIAR, 0, CHEAP), rig, effects, PROTOCOL)
    random = np.random.default_rng(5)
    draws = [dice.draw(random) for _ in range(600)]
    faults = [f for d in draws for f in d.faults]
    assert np.mean([not d.faults for d in draws]) == pytest.approx(PROTOCOL.nominal, abs=0.04)
    assert np.mean([bool(d.sensors) for d in draws if d.faults]) == pytest.approx(PROTOCOL.sensors, abs=0.06)
    assert all(len(d.faults) <= 1 for d in draws)
    first, last = rig.edges[[0, -1]]
    for fault in faults:
        declared = rig.faults[fault.name]
        low, high = sorted((abs(fault.size), declared.upper))
        assert low <= high + 1e-9
        assert abs(fault.size) >= declared.lower * (1 - 1e-9)
        if fault.course.onset is not None:
            share = (fault.course.onset - first) / (last - first)
            assert PROTOCOL.onsets[0] <= share <= PROTOCOL.onsets[1]
        if declared.initial:
            assert fault.course == Course()


@pytest.mark.parametrize("level", LEVELS)
def test_several_faults_are_of_several_places(level: int) -> None:
    hardware, sensors = PROTOCOL.shifts["several"]["counts"][level - 1]
    rig, effects = _tools()
    dice = Dice(Setting("several", level, CHEAP), rig, effects, PROTOCOL)
    for seed in range(10):
        draw = dice.draw(np.random.default_rng(seed))
        assert (len(draw.hardware), len(draw.sensors)) == (hardware, sensors)
        assert len({f.name.rsplit(".", 1)[0] for f in draw.faults}) == hardware + sensors
        assert len({f.course for f in draw.hardware}) <= 1


def test_effects_are_those_of_the_plant() -> None:
    """At sizes and onsets between those of the table."""
    rig, effects = _tools()
    cases = [
        ("injector.blockage", 0.23, Course(1.93)),
        ("injector.blockage", 0.61, Course()),
        ("feed_line.leak", 0.11, Course(1.5)),
        ("nozzle.throat_erosion", 0.31, Course(1.4, grows=True)),
        ("chamber.efficiency_loss", 0.09, Course(2.2)),
    ]
    for name, size, course in cases:
        means, good = rig.run([Case(None, {name: size}, course.onset, grows=course.grows)])
        assert good[0]
        exact = means - rig.sound
        table = effects.effect(name, np.array([size]), course)
        error = effects.distance(exact - table)[0] / effects.distance(exact)[0]
        assert error < 0.08, (name, error)


def test_an_onset_alone_shows_nothing() -> None:
    """Tanks that empty along a curve: windows cut at an onset read as whole ones do."""
    rig, effects = _tools("stanford-helios")
    means, good = rig.run([Case(None, {}, onset) for onset in (1.3, 1.66, 2.0, 2.7)])
    assert good.all()
    assert effects.distance(means - rig.sound).max() < 0.5


def test_the_smallest_detectable_size_is_just_detectable() -> None:
    _, effects = _tools()
    for name in ("injector.blockage", "chamber_pressure.bias", "nozzle.throat_erosion"):
        smallest = effects.smallest(name, Course(1.9))
        assert smallest is not None
        far = effects.distance(effects.effect(name, np.array([smallest, 0.8 * smallest]), Course(1.9)))
        assert far[0] >= SEEN
        assert far[1] < 1.1 * SEEN or smallest == effects.rig.faults[name].lower


def test_sound_engines_read_as_expected() -> None:
    """With the plant's equations, tolerances and noise, sigmas stay near what they claim."""
    maker = _maker()
    rig = maker.rig
    random = np.random.default_rng(11)
    tolerances = maker.hardware(120, random)
    truth, good = rig.run([Case(t) for t in tolerances])
    readings = read(rig, truth[good], [()] * int(good.sum()), random)
    found = rig.expectation.departures(readings.means, readings.scatter)
    assert np.nanstd(found.change.sigma) < 1.5
    assert np.nanmedian(np.abs(found.level.given_others)) < 1.5


@pytest.mark.parametrize(
    ("mode", "size", "signal"),
    [
        ("freeze", 1.0, "frozen"),
        ("dropout", 1.0, "lost"),
        ("noise", 30.0, "noisy"),
        ("open_circuit", 1.0, "open"),
        ("saturation", 1.0, "clipped"),
        ("spikes", 0.05, "spiky"),
    ],
)
def test_what_a_signal_shows_by_itself(mode: str, size: float, signal: str) -> None:
    rig, _ = _tools()
    fault = SensorFault(0, mode, size, Course(1.9))
    readings = read(rig, rig.sound[None], [(fault,)], np.random.default_rng(1))
    assert readings.signals[0] == ((0, signal, 1.9),)


@pytest.mark.parametrize(
    ("mode", "size"),
    [
        ("bias", 0.1),
        ("scale", -0.2),
        ("drift", 0.1),
        ("swapped", 1.0),
        ("wrong_multiple", 6.9),
        ("reversed", 1.0),
    ],
)
def test_readings_of_faulty_sensors_are_those_of_the_table(mode: str, size: float) -> None:
    rig, effects = _tools()
    sensor = next(s for s in rig.sensors if s.kind == "pressure")
    column = rig.sensors.index(sensor)
    quiet = dataclasses.replace(rig.stand, noise=0.0)
    rig = Rig(rig.engine, stand=quiet)
    course = Course() if mode == "swapped" else Course(1.9)
    random = [np.random.default_rng(4) for _ in range(2)]
    sound = read(rig, rig.sound[None], [()], random[0])
    wrong = read(rig, rig.sound[None], [(SensorFault(column, mode, size, course),)], random[1])
    table = effects.effect(f"{sensor.name}.{mode}", np.array([size]), course)[0, 1:, column]
    difference = wrong.means[0, :, column] - sound.means[0, :, column]
    allowed = 0.06 * np.abs(table).max() + 4.0 * sensor.zero_tolerance
    assert np.abs(difference - table).max() < allowed


def test_sampling_costs_certainty() -> None:
    fine, coarse = (rig_of(Setting("sampling", k, CHEAP)) for k in (1, 5))
    assert np.all(coarse.scatter(coarse.sound[None], coarse.usual_noise[None]) > 0.0)
    ratio = coarse.usual_noise / np.sqrt(coarse.samples) / (fine.usual_noise / np.sqrt(fine.samples))
    assert ratio == pytest.approx(np.sqrt(20.0))


@pytest.mark.parametrize(
    ("axis", "level"),
    [
        ("sensor_suite", 4),
        ("corrupted_sensors", 4),
        ("operating_point", 4),
        ("hardware_size", 4),
        ("swap_declared", 4),
        ("swap_declared", 5),
        ("swap_undeclared", 5),
    ],
)
def test_cases_of_an_axis(axis: str, level: int) -> None:
    made = _maker(axis, level).make(6, np.random.default_rng(2))
    assert len(made) >= 4
    for case in made:
        record = _maker(axis, level).record("x", case)
        assert Description.from_dict(json.loads(json.dumps(record))["description"]) == case.description
