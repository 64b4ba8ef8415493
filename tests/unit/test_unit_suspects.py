"""Figures in one unit that are taken for another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hotfire
from hotfire.diagnosis import Diagnosis
from hotfire.simulate import SimulatedFault, simulate_log

ENGINE = hotfire.load_engine("demo-engine")


def answered(role: str, factor: float, faults: list[SimulatedFault]) -> Diagnosis:
    log = simulate_log(ENGINE, faults, 3)
    (channel,) = (c for c in log.channels.values() if c.name == role)
    rest = ENGINE.network.ambient_pressure if channel.kind == "pressure" else 0.0
    read = replace(channel, values=rest + factor * (channel.values - rest))
    return hotfire.diagnose(
        replace(log, channels=log.channels | {role: read}), engine=ENGINE, expert="symbolic"
    )


@pytest.mark.parametrize(
    ("role", "factor", "unit"), [("thrust", 0.2248, "lbf"), ("chamber_pressure", 14.5, "psi")]
)
def test_a_unit_that_is_mixed_up_is_said(role: str, factor: float, unit: str) -> None:
    found = answered(role, factor, [SimulatedFault("fuel_injector.blockage", 0.1, 2.0)])
    (warning,) = (w for w in found.warnings if "check its unit" in w)
    assert warning.startswith(role)
    assert f"figures in {unit} taken for" in warning


def test_a_sensor_without_a_reading_has_no_unit_to_doubt(recwarn: pytest.WarningsRecorder) -> None:
    found = answered("thrust", np.nan, [])
    assert not any("check its unit" in w for w in found.warnings)
    assert not [w for w in recwarn if w.category is RuntimeWarning]


@pytest.mark.parametrize(("role", "factor"), [("thrust", 1.0), ("thrust", 0.8), ("chamber_pressure", 0.5)])
def test_a_fault_is_no_unit(role: str, factor: float) -> None:
    assert not any("check its unit" in w for w in answered(role, factor, []).warnings)
