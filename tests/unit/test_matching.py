"""Channels of a log given to the sensors of an engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.log import Channel, Log, Note
from hotfire.observing.matching import match_log
from hotfire.observing.sighting import sight
from hotfire.simulate import simulate_log
from hotfire.suspects.missing import missing


def log_of(*names: str) -> Log:
    time = np.linspace(0.0, 1.0, 50)
    channels = {n: Channel(n, time, time * 1e5, "pressure", None, "", None, None) for n in names}
    return Log(None, "made", channels)


def test_a_channel_that_the_engine_file_names_otherwise_is_no_last_resort() -> None:
    engine = load_engine("stanford-helios")
    assert "we" in engine.channel_units
    matched = match_log(log_of("pft", "pot", "we"), engine)
    assert matched.role("fuel_tank_pressure") is not None
    assert matched.role("thrust") is None
    assert list(matched.channels) == ["pft", "pot", "we"]


def test_units_that_the_engine_file_knows_are_missing_no_more() -> None:
    engine = load_engine("stanford-helios")

    def told(*names: str) -> list[str]:
        log = log_of(*names)
        missing = Note("unit_missing", "warning", "no unit", evidence={"channels": ", ".join(names)})
        return [n.code for n in match_log(replace(log, notes=(missing,)), engine).notes]

    assert "unit_missing" not in told("pft", "pot")
    assert "unit_missing" in told("pft", "pot", "someone else's")


def test_an_engine_knows_its_channels_in_whatever_group_they_stand() -> None:
    engine = load_engine("stanford-helios")
    role = next(s.name for s in engine.sensors.values() if "pft" in s.channels)
    matched = match_log(log_of("fast.pft", "slow.pot", "fast.we", "slow.we"), engine)
    assert matched.role(role) is matched.channels["fast.pft"]
    assert matched.channels["fast.pft"].unit == engine.channel_units["pft"]
    assert matched.channels["fast.we"].unit is None


@pytest.mark.parametrize("mapped", [False, True])
def test_channels_that_no_name_tells_want_a_channel_map(mapped: bool) -> None:
    engine = load_engine("demo-engine")
    log = simulate_log(engine, (), 3)
    pressures = [n for n in log.channels if n.endswith("_pressure")]
    tags = {n: f"X{i}" for i, n in enumerate(pressures)} | {"chamber_pressure": "Pc"}
    place = "map.yaml, line 2" if mapped else ""
    named = {
        t: replace(log.channels[n], name=t, role="chamber_pressure" if t == "Pc" else None, role_source=place)
        for n, t in tags.items()
    }
    why = missing(sight(replace(log, channels=named), engine))
    assert why.startswith("fewer than two of the engine's sensors")
    assert ("--channels" in why) is not mapped
