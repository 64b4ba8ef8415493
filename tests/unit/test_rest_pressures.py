"""Pressures whose unit or reference is wrong all alike, told from what they read at rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

import hotfire
from hotfire.engine import Engine
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.log import Channel, FloatArray, Log
from hotfire.observing.matching import match_log
from hotfire.observing.sighting import sight
from hotfire.simulate import Plant, TestSequence, simulate_log
from hotfire.suspects.rest_pressures import rest_doubts

BAR, PSI, ATMOSPHERE = 1e5, 6894.757293168, 101325.0
AT_SEA_LEVEL = "student-n2o-ethanol"


@cache
def run(engine: str) -> Log:
    loaded = load_engine(engine)
    sequence = dataclasses.replace(TestSequence.of(loaded), burn=1.5, end=1.6, rate=100.0)
    return Plant(loaded).run((), 5, sequence=sequence)


def read_as(log: Log, unit: str, reference: str, change: Callable[[FloatArray], FloatArray]) -> Log:
    """The log with all pressures labelled so, their values in Pa changed."""

    def labelled(channel: Channel) -> Channel:
        if channel.kind != "pressure":
            return channel
        return dataclasses.replace(channel, unit=unit, reference=reference, values=change(channel.values))

    return dataclasses.replace(log, channels={n: labelled(c) for n, c in log.channels.items()})


def doubts(log: Log, engine: Engine) -> tuple[str, ...]:
    seen = sight(log, engine)
    return tuple(
        f"{'sure' if d.decided else 'perhaps'}: {d.text}; {d.remedy}"
        for d in rest_doubts(seen.log, engine, seen.phases)
    )


@pytest.mark.parametrize(
    ("unit", "reference", "change", "told", "mend"),
    [
        ("psia", "absolute", lambda p: p * PSI / BAR, "bar taken for psia", "times 14.5038"),
        ("kPa", "absolute", lambda p: p * 1e3 / BAR, "bar taken for kPa", "times 100"),
        ("bara", "absolute", lambda p: p * BAR / PSI, "psi taken for bara", "times 0.0689476"),
        ("barg", "gauge", lambda p: p + ATMOSPHERE, "absolute taken for gauge", "less 1.01325 bar"),
        ("bara", "absolute", lambda p: p - ATMOSPHERE, "gauge taken for absolute", "plus 1.01325 bar"),
    ],
)
def test_a_label_that_is_wrong_everywhere_is_told_with_what_mends_it(
    unit: str, reference: str, change: Callable[[FloatArray], FloatArray], told: str, mend: str
) -> None:
    log = read_as(run(AT_SEA_LEVEL), unit, reference, change)
    (said,) = doubts(log, load_engine(AT_SEA_LEVEL))
    assert told in said
    assert mend in said


def test_nothing_is_alleged_of_such_a_log() -> None:
    log = read_as(run(AT_SEA_LEVEL), "barg", "gauge", lambda p: p + ATMOSPHERE)
    found = hotfire.diagnose(log, load_engine(AT_SEA_LEVEL), expert="symbolic")
    assert found.verdict == "insufficient_data"
    assert not found.hypotheses
    assert "units are not to be trusted" in found.headline
    assert "the surroundings are at 1.01" in found.headline


@pytest.mark.parametrize("engine", [e for e in engine_names() if e != "ssme"])
def test_sound_logs_are_believed(engine: str) -> None:
    assert doubts(run(engine), load_engine(engine)) == ()


def test_an_altitude_cell_is_no_unit() -> None:
    """Open places stand at 0.07 bar, the tanks at what their file says."""
    engine, log = load_engine(AT_SEA_LEVEL), run(AT_SEA_LEVEL)
    held = engine.network.at_tank_pressure
    open_ones = {s.name for s in engine.sensors.values() if s.measures not in held and s.kind == "pressure"}
    channels = {
        n: dataclasses.replace(c, values=c.values - 0.944e5) if c.role in open_ones else c
        for n, c in log.channels.items()
    }
    assert not [d for d in doubts(dataclasses.replace(log, channels=channels), engine) if "sure" in d]


def test_a_single_zero_that_is_off_is_a_sensor_and_no_unit() -> None:
    engine, log = load_engine(AT_SEA_LEVEL), run(AT_SEA_LEVEL)
    channel = log.channels["chamber_pressure"]
    off = dataclasses.replace(channel, values=channel.values + ATMOSPHERE)
    assert doubts(dataclasses.replace(log, channels=log.channels | {channel.name: off}), engine) == ()


def test_a_log_without_a_quiet_time_says_nothing() -> None:
    log = read_as(run(AT_SEA_LEVEL), "barg", "gauge", lambda p: p + ATMOSPHERE)
    channels = {
        n: dataclasses.replace(c, time=c.time[c.time > 2.3], values=c.values[c.time > 2.3])
        for n, c in log.channels.items()
    }
    assert doubts(dataclasses.replace(log, channels=channels), load_engine(AT_SEA_LEVEL)) == ()


def test_the_simulators_pressures_have_units() -> None:
    assert all(c.unit for c in run(AT_SEA_LEVEL).channels.values() if c.kind == "pressure")
    assert all(np.isfinite(c.values).all() for c in run(AT_SEA_LEVEL).channels.values())


def test_a_stage_at_tank_pressure_before_the_start_is_no_rest() -> None:
    """The V-2 burns at tank pressure until its pumps turn; a noisy quiet stretch once had that taken for the rest."""
    engine = hotfire.load_engine("v-2")
    log = match_log(simulate_log(engine, [], 3), engine)
    phases = sight(log, engine).phases
    assert phases.burn is not None
    assert phases.baseline is not None
    stage = dataclasses.replace(phases.baseline, start=phases.burn.start - 0.8, end=phases.burn.start - 0.2)
    assert rest_doubts(log, engine, dataclasses.replace(phases, baseline=stage)) == ()


@pytest.mark.parametrize("source", ["inferred", "assumed"])
def test_a_reference_that_nobody_gave_is_no_wrong_label(source: str) -> None:
    """In a vacuum chamber pressures rest at nought, which the reader of a log may take for gauge."""
    engine = hotfire.load_engine("n2o4-mmh")
    log = match_log(simulate_log(engine, [], 3), engine)
    channels = {
        name: dataclasses.replace(
            c, values=c.values + 101325.0, unit="bar", reference="gauge", reference_source=source
        )
        if c.kind == "pressure"
        else c
        for name, c in log.channels.items()
    }
    log = dataclasses.replace(log, channels=channels)
    found = rest_doubts(log, engine, sight(log, engine).phases)
    assert [d.decided for d in found] == [False]
