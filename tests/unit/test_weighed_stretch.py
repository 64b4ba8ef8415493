"""Which stretch of a test is weighed: where an engine shuts slowly, none of its shutdown."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.log import Log
from hotfire.observing.weighed_stretch import weighed_stretch
from hotfire.phases.finding import Phase, Phases
from hotfire.sequence import CommandSequence


def phases(mainstage_end: float, burn_end: float) -> Phases:
    found = (Phase("mainstage", 3.0, mainstage_end, ""), Phase("tail_off", mainstage_end, burn_end, ""))
    burn = Phase("burn", 2.0, burn_end, "")
    return Phases(found, burn, found[0], None, (), (), "hot_fire", (burn,))


@pytest.mark.parametrize(("shut", "end"), [(0.7, 11.8), (0.02, 12.2)])
def test_the_stretch_ends_before_a_slow_shutdown_shows(shut: float, end: float) -> None:
    """The chamber has fallen by half at 12.5 s; by then the first valve is shut."""
    corners: Any = {
        "lox_valve.position": ((0.0, 1.0), (shut, 0.0)),
        "bed.ignition": ((0.0, 1.0), (0.01, 0.0)),
    }
    engine = dataclasses.replace(load_engine("n2o4-mmh"), sequence=CommandSequence(10.0, shutdown=corners))
    log = Log(**{f.name: _empty(f) for f in dataclasses.fields(Log)})
    assert weighed_stretch(log, engine, phases(12.2, 12.5), {})[1] == pytest.approx(end)


def _empty(field: Any) -> Any:
    return {"channels": {}, "notes": (), "path": None}.get(field.name, "")
