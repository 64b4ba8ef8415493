"""Igniters light their chamber after their delay, later when weak, never when dead."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.engine_files.reading import load_engine
from hotfire.physics.components.igniters import Igniter
from hotfire.simulate import Plant, SimulatedFault, TestSequence

PLANT = Plant(load_engine("tap-off-hydrogen"), equations="model")
SEQUENCE = TestSequence(burn=3.0, end=4.0, rate=500.0)


def lit_at(*faults: SimulatedFault) -> float:
    """Time after the start command at which the chamber passes 40 bar, s; infinite where it never does."""
    pressure = PLANT.run(faults, 1, sequence=SEQUENCE).channels["chamber_pressure"]
    above = np.flatnonzero(pressure.values > 4e6)
    return float(pressure.time[above[0]] - 2.0) if above.size else np.inf


@given(heat=st.floats(0.0, 1.0), more=st.floats(0.0, 0.2))
def test_the_flame_rises_with_the_heat_to_one(heat: float, more: float) -> None:
    def flame(at: float) -> float:
        return Igniter()._flame(SimpleNamespace(heat=at, dead=0.0))

    assert flame(1.0) == 1.0
    assert flame(0.0) < 1e-12
    assert flame(heat) <= flame(min(heat + more, 1.0))


def test_a_weak_igniter_lights_later_and_a_dead_one_never() -> None:
    sound = lit_at()
    assert 0.9 < sound < 2.5
    weak = lit_at(SimulatedFault("igniter.weak", 8.0))
    assert weak > sound + 0.2
    assert lit_at(SimulatedFault("igniter.dead", 1.0)) == np.inf


@pytest.mark.parametrize(("mode", "size"), [("weak", 0.5), ("dead", 1.0)])
def test_the_faults_are_those_of_the_igniter(mode: str, size: float) -> None:
    assert f"igniter.{mode}" in PLANT.network.faults
    fault = PLANT.network.faults[f"igniter.{mode}"]
    assert fault.lower <= size <= fault.upper
