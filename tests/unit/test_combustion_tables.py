"""Tables of combustion against equilibrium, their splines, and where they are kept."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry import (
    CombustionTable,
    Propellant,
    Reactant,
    cache_directory,
    combustion,
    combustion_table,
    ideal_thrust_coefficient,
    making,
    propellant,
    reactant,
    store,
)
from hotfire.physics.thermochemistry.surface import Axis, Surface, fit


def test_a_spline_reproduces_a_cubic_in_all_readings() -> None:
    casadi = pytest.importorskip("casadi")
    from hotfire.physics.thermochemistry.surface import at_symbol

    x, y = Axis.over(-1.0, 2.0, 12), Axis.over(3.0, 4.0, 9)

    def cubic(a: Any, b: Any) -> Any:
        return 1.0 + a - 2.0 * a * b + 0.3 * a**3 - 0.1 * a**2 * b**3

    surface = Surface(x, y, fit(cubic(x.nodes[:, None], y.nodes[None, :])))
    random = np.random.default_rng(1)
    a, b = random.uniform(-1.0, 2.0, 200), random.uniform(3.0, 4.0, 200)
    np.testing.assert_allclose(surface.at_array(a, b), cubic(a, b), rtol=0, atol=1e-11)
    np.testing.assert_allclose(
        [surface.at(*p) for p in zip(a, b, strict=True)], cubic(a, b), rtol=0, atol=1e-11
    )
    place = casadi.MX.sym("place", 2)
    function = casadi.Function("f", [place], [at_symbol([surface], place)])
    np.testing.assert_allclose(
        [float(function(p)) for p in zip(a, b, strict=True)], cubic(a, b), rtol=0, atol=1e-11
    )


@given(x=st.floats(-1e6, 1e6))
def test_a_held_argument_stays_on_the_axis_and_inside_is_untouched(x: float) -> None:
    axis = Axis.over(0.0, 1.0, 21)
    held = axis.hold(x)
    assert axis.first < held < axis.nodes[-1]
    assert held == x if 0.0 <= x <= 1.0 else abs(held - x) > 0.0 or abs(x) < 1e-5 or abs(x - 1) < 1e-5
    assert axis.hold_array(np.array([x, 0.5]))[0] == pytest.approx(held, abs=1e-12)


@pytest.fixture(scope="module")
def lox_lh2() -> CombustionTable:
    return combustion_table("LOX", "LH2", area_ratio=77.5)


@pytest.mark.parametrize("pair", store.SHIPPED, ids="/".join)
def test_shipped_tables_are_current_small_and_accurate(pair: tuple[str, str]) -> None:
    ox, fuel = (propellant(x) for x in pair)
    path = Path(store.__file__).parent / "data" / store.file_name(ox, fuel)
    assert path.exists(), "stale: run store.ship()"
    assert path.stat().st_size < 150_000
    table = combustion_table(*pair)
    assert table.error["c_star"] < 1e-3
    assert table.error["temperature"] < 1e-3
    assert all(error < 1e-2 for error in (*table.error.values(), *table.error_sooty.values()))


def test_no_stray_files_are_shipped() -> None:
    data = Path(store.__file__).parent / "data"
    wanted = {store.file_name(propellant(a), propellant(b)) for a, b in store.SHIPPED}
    assert {p.name for p in data.glob("*.npz")} == wanted


@pytest.mark.parametrize("pair", [("LOX", "LH2"), ("N2O(L)", "ethanol"), ("LOX", "RP-1"), ("N2O4", "MMH")])
@given(stoichiometry=st.floats(0.35, 4.0), log_p=st.floats(math.log(2e4), math.log(3.9e7)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_table_agrees_with_cantera(pair: tuple[str, str], stoichiometry: float, log_p: float) -> None:
    table = combustion_table(*pair, area_ratio=15.0)
    ratio, pressure = stoichiometry * table.stoichiometric, math.exp(log_p)
    if ratio < table.soot_limit:
        return
    state = combustion(*pair, mixture_ratio=ratio, pressure=pressure, soot="ignore")
    bound = {name: 3.0 * error + 1e-4 for name, error in table.error.items()}
    assert table.c_star(ratio, pressure) == pytest.approx(state.c_star, rel=bound["c_star"])
    assert table.temperature(ratio, pressure) == pytest.approx(state.temperature, rel=bound["temperature"])
    assert table.molar_mass(ratio, pressure) == pytest.approx(state.molar_mass, rel=bound["molar_mass"])
    assert table.cp(ratio, pressure) == pytest.approx(state.cp, rel=bound["cp"])
    assert table.density(ratio, pressure) == pytest.approx(state.density, rel=1e-3)
    coefficient = ideal_thrust_coefficient(table.gamma(ratio, pressure), 15.0, 0.0)
    assert coefficient == pytest.approx(state.expand(15.0).thrust_coefficient_vacuum, rel=1e-3)


@pytest.mark.parametrize("area", [2.0, 5.0, 30.0, 100.0])
def test_gamma_follows_the_area_ratio(area: float, lox_lh2: CombustionTable) -> None:
    table = lox_lh2.at_area_ratio(area)
    for ratio, pressure in ((4.0, 2e6), (6.0, 2e7), (8.0, 5e5)):
        direct = combustion("LOX", "LH2", mixture_ratio=ratio, pressure=pressure).expand(area)
        ideal = ideal_thrust_coefficient(table.gamma(ratio, pressure), area, 0.0)
        assert ideal == pytest.approx(direct.thrust_coefficient_vacuum, rel=2e-3)


@given(ratio=st.floats(-1e3, 1e6), pressure=st.floats(-1e6, 1e10))
def test_a_table_is_defined_everywhere(ratio: float, pressure: float) -> None:
    table = combustion_table("LOX", "RP-1")
    value = table.c_star(ratio, pressure)
    assert 100.0 < value < 3000.0
    assert table.c_star(np.array([ratio, 2.0]), pressure)[0] == pytest.approx(value, rel=1e-9)
    assert 1.0 < table.gamma(ratio, pressure) < 1.7
    assert 100.0 < table.temperature(ratio, pressure) < 5000.0


def test_nan_goes_in_and_comes_out(lox_lh2: CombustionTable) -> None:
    assert math.isnan(lox_lh2.c_star(math.nan, 1e6))
    assert math.isnan(lox_lh2.c_star(6.0, math.nan))
    assert np.isnan(lox_lh2.c_star(np.array([math.nan, 6.0]), 1e6)).tolist() == [True, False]


def test_readings_agree_and_keep_their_kind(lox_lh2: CombustionTable) -> None:
    casadi = pytest.importorskip("casadi")
    ratio, pressure = np.array([0.1, 0.6, 5.0, 6.0, 40.0, 300.0]), np.array([1e3, 1e5, 1e6, 2e7, 3e7, 9e7])
    r, p = casadi.MX.sym("r"), casadi.MX.sym("p")
    for name in ("c_star", "temperature", "molar_mass", "cp", "gamma", "gamma_frozen", "density"):
        read = getattr(lox_lh2, name)
        scalars = [read(float(a), float(b)) for a, b in zip(ratio, pressure, strict=True)]
        assert all(type(x) is float for x in scalars)
        np.testing.assert_allclose(read(ratio, pressure), scalars, rtol=1e-12)
        function = casadi.Function("f", [r, p], [read(r, p)])
        np.testing.assert_allclose(
            [float(function(a, b)) for a, b in zip(ratio, pressure, strict=True)], scalars, rtol=1e-11
        )
    assert lox_lh2.c_star(ratio[:, None], pressure[None, :]).shape == (6, 6)
    assert type(lox_lh2.c_star(6, np.float64(1e7))) is float
    several = lox_lh2.several(("c_star", "gamma"), 6.0, 1e7)
    assert several == (lox_lh2.c_star(6.0, 1e7), lox_lh2.gamma(6.0, 1e7))


def test_casadi_derivatives_are_smooth_and_map_works(lox_lh2: CombustionTable) -> None:
    casadi = pytest.importorskip("casadi")
    z = casadi.MX.sym("z", 2)
    c_star, gamma = lox_lh2.several(("c_star", "gamma"), z[0], z[1])
    function = casadi.Function("f", [z], [casadi.jacobian(c_star, z), casadi.jacobian(gamma, z)])
    step = 1e-4
    for ratio in (0.2, 0.455, 2.0, 7.936, 100.0, 500.0):
        slope = float(function([ratio, 1e7])[0][0])
        numeric = (lox_lh2.c_star(ratio + step, 1e7) - lox_lh2.c_star(ratio - step, 1e7)) / (2.0 * step)
        assert slope == pytest.approx(numeric, rel=1e-3, abs=1e-3)
    edge = lox_lh2.mixture_ratios[0]
    below, above = (float(function([edge * k, 1e7])[0][0]) for k in (1.0 - 1e-9, 1.0 + 1e-9))
    assert below == pytest.approx(above, rel=1e-5)
    mapped = function.map(3)(np.array([[5.0, 6.0, 7.0], [1e7, 1e7, 1e7]]))
    assert mapped[0].shape == (1, 6)


def test_sx_is_refused_with_a_reason(lox_lh2: CombustionTable) -> None:
    casadi = pytest.importorskip("casadi")
    with pytest.raises(ThermochemistryError, match="MX"):
        lox_lh2.c_star(casadi.SX.sym("r"), 1e6)


def test_wrong_order_of_propellants_is_refused() -> None:
    with pytest.raises(ThermochemistryError, match="oxidiser first"):
        combustion_table("RP-1", "LOX")


@pytest.fixture
def small_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """An empty cache, a grid so small that a table takes a moment, and the progress heard."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(store, "_loaded", {})
    small = making.GRID._replace(nodes=9, pressure_nodes=6, probes=3)
    heard: list[float] = []
    made = making.make

    def quick(ox: Propellant, fuel: Propellant, progress: Any = None) -> making.Made:
        heard.append(-1.0)  # one computation
        return made(ox, fuel, grid=small, progress=progress)

    monkeypatch.setattr(store, "make", quick)
    monkeypatch.setattr(store, "_HERE", tmp_path / "nothing shipped")
    return heard


def _get(heard: list[float]) -> CombustionTable:
    return combustion_table("GOX", "GH2", progress=heard.append)


def test_first_use_computes_with_progress_and_the_second_reads(
    small_store: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _get(small_store)
    assert small_store[0] == -1.0
    assert small_store[-1] == 1.0
    assert small_store[1:] == sorted(small_store[1:])
    assert len(list(cache_directory().glob("*.npz"))) == 1
    assert not list(cache_directory().glob("*.part"))
    monkeypatch.setattr(store, "_loaded", {})
    second = _get(small_store)
    assert small_store.count(-1.0) == 1
    assert second.c_star(6.0, 1e6) == first.c_star(6.0, 1e6)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short", b"not a zip at all"])
def test_a_corrupt_file_is_computed_again(
    small_store: list[float], monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    whole = _get(small_store).c_star(6.0, 1e6)
    (path,) = cache_directory().glob("*.npz")
    path.write_bytes(damage)
    monkeypatch.setattr(store, "_loaded", {})
    assert _get(small_store).c_star(6.0, 1e6) == whole
    assert small_store.count(-1.0) == 2


def test_a_pickle_in_the_cache_is_not_opened(
    small_store: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    _get(small_store)
    (path,) = cache_directory().glob("*.npz")
    with path.open("wb") as file:
        np.savez(file, key=np.array([{"a": 1}], dtype=object))
    monkeypatch.setattr(store, "_loaded", {})
    _get(small_store)
    assert small_store.count(-1.0) == 2


def test_a_cache_that_cannot_be_written_costs_only_time(
    small_store: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert _get(small_store).c_star(6.0, 1e6) > 2000.0


def test_the_key_follows_the_enthalpy() -> None:
    lox, paraffin = propellant("LOX"), reactant("paraffin")
    other = Reactant("paraffin", paraffin.formula, paraffin.enthalpy + 1.0)
    assert store.file_name(lox, propellant(paraffin)) != store.file_name(lox, propellant(other))


def test_reading_a_shipped_table_imports_nothing_heavy() -> None:
    code = (
        "import sys; from hotfire.physics.thermochemistry import combustion_table as t;"
        "t('LOX', 'LH2').c_star(6.0, 1e7);"
        "print([m for m in ('cantera', 'casadi', 'scipy', 'CoolProp') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
