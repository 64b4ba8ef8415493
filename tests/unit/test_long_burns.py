"""Long burns: what wanders may change from one window to the next, and no fault is blamed for it."""

from __future__ import annotations

import numpy as np
import pytest

import hotfire
from hotfire.compiled_engines import compiled_engine
from hotfire.engine_files.reading import load_engine
from hotfire.physics.certificate.plain import Frame, grid
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.observation import Observation
from hotfire.simulate import Plant, SimulatedFault
from hotfire.stand_sensors import with_stand_sensors

CORRELATED = 1.5
"""Time in s over which wander is correlated (docs/explanation/diagnosis.md)."""


@pytest.mark.parametrize(("length", "windows"), [(3.0, 12), (14.7, 12), (30.0, 12), (60.0, 12), (8.8, 24)])
def test_wander_may_change_from_one_window_to_the_next(length: float, windows: int) -> None:
    """However long the burn and fine its windows: between neighbours nearly as far as what is correlated over 1.5 s."""
    loaded = load_engine("n2o4-mmh")
    edges = np.linspace(1.0, 1.0 + length, windows + 1)
    sensors = tuple(loaded.sensors.values())
    nothing = np.zeros((edges.size, len(sensors)))
    forecaster = Forecaster(compiled_engine(loaded), Observation(sensors, edges, nothing, nothing, {}))
    at_edges = forecaster.hats[forecaster.grid.first :]
    changes = np.diff(0.5 * (at_edges[1:] + at_edges[:-1]), axis=0)
    allowed = np.sqrt((changes**2).sum(axis=1))
    assert allowed.min() > 0.7 * _change_of_means(length / windows)
    frame = Frame(loaded.network, sensors, tuple(edges), tuple(grid(list(edges))), {}, {})
    assert np.allclose(frame.wander, forecaster.hats)
    assert len(frame.tolerance_names) == forecaster.physical


def _change_of_means(width: float) -> float:
    """Standard deviation of the difference between the means of two neighbouring windows, of unit wander."""
    time = np.linspace(0.0, 2.0 * width, 400)
    apart = np.abs(np.subtract.outer(time, time)) / CORRELATED
    weights = np.where(time < width, -1.0, 1.0) / 200.0
    return float(np.sqrt(weights @ ((1.0 + apart) * np.exp(-apart)) @ weights))


@pytest.mark.slow
def test_no_regulator_is_blamed_for_what_wanders() -> None:
    """Twelve windows of 1.2 s: a peroxide regulator that loses 8 % was put beside the sensor that was wrong."""
    stand = with_stand_sensors(load_engine("v-2"))
    log = Plant(stand).run([SimulatedFault("thrust.scale", 0.215461, None)], 2069341289)
    found = hotfire.diagnose(log, stand, expert="symbolic")
    (first,) = found.hypotheses[0].faults
    assert first.component in ("thrust", "nozzle")  # which these sensors do not tell apart
