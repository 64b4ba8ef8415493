"""Starts and shutdowns in stages: what holds still on the way up is no rest, and what falls early is not weighed."""

from __future__ import annotations

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.observing.observe import quiet_until
from hotfire.observing.sighting import sight
from hotfire.simulate import TestSequence, simulate_log


def test_a_stage_that_holds_still_before_the_chamber_lights_is_no_rest() -> None:
    """At tank pressure the V-2 stands still for a second and more; zeros are those before the first command."""
    engine = load_engine("v-2")
    seen = sight(simulate_log(engine, (), 5), engine)
    assert seen.phases.baseline is not None
    assert seen.observed is not None
    assert seen.phases.baseline.start + 0.1 < quiet_until(engine, seen.phases)
    pressures = [s.kind == "pressure" for s in seen.observed.observation.sensors]
    assert np.isfinite(seen.observed.observation.means[0, pressures]).all()


@pytest.mark.parametrize("name", ["f-1", "j-2"])
def test_nothing_is_weighed_after_the_shutdown_command(name: str) -> None:
    """The gas generator's valves are shut first, and the chamber holds on while the turbopump runs down."""
    engine = load_engine(name)
    seen = sight(simulate_log(engine, (), 5), engine)
    assert seen.observed is not None
    end = seen.observed.origin + float(seen.observed.observation.edges[-1])
    test = TestSequence.of(engine)
    assert end <= test.burn - test.start
