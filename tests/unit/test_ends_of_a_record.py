"""Records that end in the run, sensors that hold it, and sensors by names of the engine's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hotfire
from hotfire.engine import Engine
from hotfire.engine_files.reading import engine_names
from hotfire.log import Log
from hotfire.observing.matching import match_log
from hotfire.observing.sighting import sight
from hotfire.simulate import simulate_log
from hotfire.standard_roles import standard_roles
from hotfire.suspects.missing import missing

ENGINE = hotfire.load_engine("demo-engine")


def quiet_log() -> Log:
    return match_log(simulate_log(ENGINE, [], 3), ENGINE)


def until(log: Log, time: float) -> Log:
    channels = {}
    for name, channel in log.channels.items():
        kept = channel.time <= time
        channels[name] = replace(channel, time=channel.time[kept], values=channel.values[kept])
    return replace(log, channels=channels)


@pytest.mark.parametrize("share", [0.35, 0.6, 0.95])
def test_a_record_that_ends_in_the_run_keeps_its_phases(share: float) -> None:
    """However long the quiet before it: what is quiet is never the run."""
    log = quiet_log()
    whole = sight(log, ENGINE).phases
    assert whole.burn is not None
    cut = sight(until(log, whole.burn.start + share * (whole.burn.end - whole.burn.start)), ENGINE).phases
    assert cut.burn is not None
    assert cut.burn.start == pytest.approx(whole.burn.start, abs=0.05)
    assert "burn_not_ended" in {n.code for n in cut.notes}
    assert [p.name for p in cut.phases][:3] == ["pre_test", "start", "mainstage"]


@pytest.mark.parametrize("role", ["chamber_pressure", "thrust", "fuel_manifold_pressure"])
def test_a_sensor_that_reads_the_run_after_it_is_stuck(role: str) -> None:
    log = quiet_log()
    channel = log.role(role)
    phases = sight(log, ENGINE).phases
    assert channel is not None
    assert phases.mainstage is not None
    middle = 0.5 * (phases.mainstage.start + phases.mainstage.end)
    around = np.abs(channel.time - middle) < 0.2
    noise = 5e-4 * ENGINE.sensors[role].span * np.random.default_rng(1).normal(size=channel.time.size)
    stuck = np.where(channel.time > middle, channel.values[around].mean() + noise, channel.values)
    held = replace(log, channels=log.channels | {channel.name: replace(channel, values=stuck)})
    seen = sight(held, ENGINE)
    assert [(f.role, f.mode) for f in seen.faults] == [(role, "freeze")]
    assert not sight(log, ENGINE).faults


def test_sensors_are_known_by_what_they_measure(tmp_path: Path) -> None:
    text = (Path(hotfire.__file__).parent / "engines" / "demo-engine.yaml").read_text(encoding="utf-8")
    for number, name in enumerate(ENGINE.sensors):
        text = text.replace(f"  {name}:", f"  PT{number}:")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    own = hotfire.load_engine(str(tmp_path / "own.yaml"))
    assert not set(own.sensors) & set(ENGINE.sensors)
    told = set(standard_roles(own).values())
    assert {"chamber_pressure", "thrust", "oxidizer_tank_pressure", "fuel_manifold_pressure"} <= told
    log = quiet_log()
    names = dict(zip(ENGINE.sensors, own.sensors, strict=True))
    channels = {n: replace(c, role=names.get(c.role or "")) for n, c in log.channels.items()}
    seen = sight(replace(log, channels=channels), own)
    assert missing(seen) == ""
    ours = sight(log, ENGINE)
    assert [p.name for p in seen.phases.phases] == [p.name for p in ours.phases.phases]


@pytest.mark.parametrize("engine", engine_names())
def test_no_role_is_given_twice(engine: str) -> None:
    found: Engine = hotfire.load_engine(engine)
    roles = standard_roles(found)
    assert len(set(roles.values())) == len(roles)
    assert not set(roles.values()) & set(found.sensors)
