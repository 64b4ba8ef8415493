"""Relations of the ideal nozzle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.physics.thermochemistry import (
    exit_pressure_ratio,
    exit_pressure_ratio_table,
    ideal_thrust_coefficient,
)
from hotfire.physics.thermochemistry.nozzle import (
    area_ratio,
    characteristic_velocity,
    critical_pressure_ratio,
)


@given(gamma=st.floats(1.03, 1.67), area=st.floats(1.0, 500.0))
def test_exit_pressure_inverts_the_area_ratio(gamma: float, area: float) -> None:
    ratio = exit_pressure_ratio(gamma, area)
    assert ratio <= critical_pressure_ratio(gamma) * (1.0 + 1e-12)
    assert area_ratio(gamma, ratio) == pytest.approx(area, rel=1e-9)


def test_known_values_of_the_ideal_nozzle() -> None:
    # isentropic tables of NACA 1135: gamma 1.4 at Mach 2 gives A/A* 1.6875, p/p0 0.1278
    assert exit_pressure_ratio(1.4, 1.6875) == pytest.approx(0.12780, rel=1e-4)
    assert critical_pressure_ratio(1.4) == pytest.approx(0.52828, rel=1e-5)
    # air at 300 K: a/Gamma = 347.2 m/s / (1.4^0.5 0.6847) = 428.6 m/s
    assert characteristic_velocity(1.4, 300.0, 28.97) == pytest.approx(428.6, rel=1e-3)


def test_vacuum_thrust_coefficient_has_a_limit() -> None:
    far = ideal_thrust_coefficient(1.2, 1e5, 0.0)
    assert ideal_thrust_coefficient(1.2, 10.0, 0.0) < ideal_thrust_coefficient(1.2, 100.0, 0.0) < far < 2.2463


@pytest.mark.parametrize("area", [1.5, 4.0, 10.0, 77.5, 300.0])
def test_exit_pressure_table_in_three_readings(area: float) -> None:
    casadi = pytest.importorskip("casadi")
    table, gammas = exit_pressure_ratio_table(area), np.linspace(1.05, 1.45, 41)
    exact = exit_pressure_ratio(gammas, area)
    np.testing.assert_allclose(table(gammas), exact, rtol=1e-9)
    np.testing.assert_allclose([table(float(g)) for g in gammas], exact, rtol=1e-9)
    for kind in (casadi.SX, casadi.MX):
        g = kind.sym("g")
        function = casadi.Function("f", [g], [ideal_thrust_coefficient(g, area, 0.01, table(g))])
        for gamma in (1.08, 1.2, 1.4):
            assert float(function(gamma)) == pytest.approx(ideal_thrust_coefficient(gamma, area, 0.01))
    assert table(0.9) == table(1.03)
