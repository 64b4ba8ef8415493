"""Properties of fluids: charts against CoolProp, closed forms against data, readings, refusals, stored files."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import casadi
import CoolProp
import numpy as np
import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.physics.errors import FluidError, HotfireError
from hotfire.physics.properties import ChartedFluid, Fluid, Liquid, catalogue, fluid, making, store
from hotfire.physics.properties.coordinates import SKIN
from hotfire.physics.properties.fluid import QUANTITIES

WITH_DOME = ("LOX", "LH2", "LCH4", "nitrogen", "N2O(L)", "ethanol", "water")
LIQUIDS = ("RP-1", "MMH", "N2O4", "N2H4", "UDMH", "H2O2:0.9+water:0.1", "ethanol:0.75+water:0.25")
UNIT = pint.UnitRegistry()


def chart(name: str) -> ChartedFluid:
    found = fluid(name)
    assert isinstance(found, ChartedFluid)
    return found


def single_phase(known: ChartedFluid, seed: int, count: int = 300) -> list[tuple[float, float, bool]]:
    """Random (temperature, pressure, near the critical point)."""
    random, state = np.random.default_rng(seed), CoolProp.AbstractState("HEOS", known.equation)
    critical, pressure = state.T_critical(), state.p_critical()
    found = []
    for _ in range(count):
        t = math.exp(random.uniform(*np.log(known.temperatures)))
        p = math.exp(random.uniform(*np.log(known.pressures)))
        found.append((t, p, abs(t / critical - 1.0) < 0.1 and abs(p / pressure - 1.0) < 0.1))
    if known.temperatures[0] < critical:
        scatter = random.uniform(0.9, 1.1, (60, 2))
        found += [(critical * a, pressure * b, True) for a, b in scatter.tolist()]
    return found


@pytest.mark.parametrize("name", catalogue.SHIPPED)
def test_a_chart_agrees_with_coolprop_in_one_phase(name: str) -> None:
    known = chart(name)
    state, checked = CoolProp.AbstractState("HEOS", known.equation), 0
    for t, p, near in single_phase(known, seed=sum(map(ord, name))):
        try:
            state.update(CoolProp.PT_INPUTS, p, t)
        except ValueError:  # frozen
            continue
        h, rho = state.hmass(), state.rhomass()
        assert known.density(h, p) == pytest.approx(rho, rel=5e-3 if near else 1e-3)
        assert known.temperature(h, p) == pytest.approx(t, rel=1e-3)
        exponent = rho * state.speed_sound() ** 2 / p
        assert known.isentropic_exponent(h, p) == pytest.approx(exponent, rel=0.03 if near else 5e-3)
        checked += 1
    assert checked > 150


@pytest.mark.parametrize("name", WITH_DOME)
def test_the_mixture_of_liquid_and_vapour(name: str) -> None:
    known, random = chart(name), np.random.default_rng(3)
    state = CoolProp.AbstractState("HEOS", known.equation)
    for _ in range(100):
        p = math.exp(random.uniform(math.log(known.pressures[0]), math.log(0.95 * state.p_critical())))
        state.update(CoolProp.PQ_INPUTS, p, random.uniform(0.05, 0.95))
        h = state.hmass()
        assert known.density(h, p) == pytest.approx(state.rhomass(), rel=3e-3)
        assert known.temperature(h, p) == pytest.approx(state.T(), rel=2e-4)


@pytest.mark.parametrize("name", WITH_DOME)
def test_the_liquid_is_exact_up_to_its_border(name: str) -> None:
    """Where a spline through the kink would ring: a hundredth of the latent heat from boiling."""
    known = chart(name)
    state = CoolProp.AbstractState("HEOS", known.equation)
    for share in (0.03, 0.1, 0.3, 0.6, 0.9):
        state.update(CoolProp.PQ_INPUTS, max(share * state.p_critical(), known.pressures[0]), 0.0)
        p, h, rho = state.p(), state.hmass(), state.rhomass()
        assert known.density(h, p) == pytest.approx(rho, rel=2e-4)
        state.update(CoolProp.PT_INPUTS, p, 0.999 * state.T())
        assert known.density(state.hmass(), p) == pytest.approx(state.rhomass(), rel=1e-4)


def test_the_mixtures_exponent_is_that_of_an_isentrope() -> None:
    known, state = chart("LOX"), CoolProp.AbstractState("HEOS", "Oxygen")
    for p, quality in ((1e5, 0.3), (1e6, 0.5), (3e6, 0.8)):
        state.update(CoolProp.PQ_INPUTS, p, quality)
        h, entropy = state.hmass(), state.smass()
        rho = []
        for factor in (0.999, 1.001):
            state.update(CoolProp.PSmass_INPUTS, factor * p, entropy)
            rho.append(state.rhomass())
        exponent = math.log(1.001 / 0.999) / math.log(rho[1] / rho[0])
        assert known.isentropic_exponent(h, p) == pytest.approx(exponent, rel=2e-3)


@given(
    name=st.sampled_from([n for n in catalogue.SHIPPED if n != "water"]),
    place=st.floats(-0.2, 1.3),
    log_p=st.floats(math.log(1e3), math.log(2e8)),
    step=st.floats(1e-5, 0.1),
)
@settings(max_examples=300, deadline=None)
def test_density_falls_with_enthalpy(name: str, place: float, log_p: float, step: float) -> None:
    known, p = chart(name), math.exp(log_p)
    low, high = known.enthalpies
    h = low + abs(place) * place * (high - low)
    first, second = known.density(h, p), known.density(h + step * (high - low), p)
    assert 0.0 < second <= first * (1.0 + 1e-12)


@pytest.mark.parametrize("name", WITH_DOME[:-1])
def test_density_falls_across_the_dome(name: str) -> None:
    known = chart(name)
    critical = known._reduced(known._reduced.critical_temperature)
    for share in np.linspace(0.004, 1.1, 60):
        p = max(float(share) * critical, known.pressures[0])
        h = np.linspace(*known.enthalpies, 4001)
        liquid, vapour = (known.enthalpy(f * known.temperatures[k], p) for k, f in ((0, 1.0), (1, 0.999)))
        h = np.sort(np.concatenate([h, np.linspace(liquid, vapour, 4001)]))
        assert np.diff(np.log(known.density(h, p))).max() < 1e-11


@given(
    name=st.sampled_from(catalogue.SHIPPED),
    h=st.floats(-1e9, 1e9),
    p=st.floats(-1e9, 1e12),
)
@settings(max_examples=200, deadline=None)
def test_a_fluid_is_defined_everywhere(name: str, h: float, p: float) -> None:
    known = chart(name)
    low, high = known.temperatures
    assert 0.0 < known.density(h, p) < 2e3
    assert 0.8 * low < known.temperature(h, p) < 1.3 * high
    assert 0.0 < known.isentropic_exponent(h, p) < 1e6


def test_water_alone_has_a_density_maximum() -> None:
    water = fluid("water")
    assert water.density(water.enthalpy(277.1, 1e5), 1e5) > water.density(water.enthalpy(274.1, 1e5), 1e5)


@pytest.mark.parametrize("name", ["LH2", "LOX", "helium", "N2O", "RP-1", "ethanol:0.75+water:0.25"])
def test_readings_agree_and_keep_their_kind(name: str) -> None:
    known, random = fluid(name), np.random.default_rng(1)
    low, high = (known.enthalpy(t, 5e6) for t in known.temperatures)
    h = random.uniform(low - 0.1 * (high - low), low + 0.6 * (high - low), 200)
    p = np.exp(random.uniform(math.log(5e3), math.log(1e8), 200))
    symbols = casadi.MX.sym("h"), casadi.MX.sym("p")
    together = casadi.Function("f", [*symbols], list(known.several(QUANTITIES, *symbols)))
    place, table = known.symbolic(QUANTITIES)
    for i, quantity in enumerate(QUANTITIES):
        read = getattr(known, quantity)
        floats = [read(a, b) for a, b in zip(h.tolist(), p.tolist(), strict=True)]
        assert all(type(x) is float for x in floats)
        np.testing.assert_allclose(read(h, p), floats, rtol=1e-12)
        single = casadi.Function("f", [*symbols], [read(*symbols)])
        for other in (
            [float(together(a, b)[i]) for a, b in zip(h, p, strict=True)],
            [float(single(a, b)) for a, b in zip(h, p, strict=True)],
            [float(table(place(a, b))[0][i]) for a, b in zip(h, p, strict=True)],
        ):
            np.testing.assert_allclose(other, floats, rtol=1e-11)
        assert read(h[:6, None], p[None, :5]).shape == (6, 5)
        assert type(read(int(h[0]), np.float64(1e6))) is float
        unit = UNIT.Quantity(h[0] / 1e3, "kJ/kg"), UNIT.Quantity(p[0] / 1e5, "bar")
        assert read(*unit).to_base_units().magnitude == pytest.approx(floats[0], rel=1e-9)
    h0, p0 = float(h[0]), float(p[0])
    assert known.several(QUANTITIES, h0, p0) == tuple(getattr(known, q)(h0, p0) for q in QUANTITIES)


@pytest.mark.parametrize("name", ["LH2", "RP-1"])
def test_nan_goes_in_and_comes_out(name: str) -> None:
    known = fluid(name)
    assert math.isnan(known.density(math.nan, 1e6))
    assert math.isnan(known.density(1e5, math.nan))
    assert np.isnan(known.density(np.array([math.nan, 1e5]), 1e6)).tolist() == [True, False]


@pytest.mark.parametrize(("name", "h", "p"), [("LH2", 2e5, 7e6), ("LOX", 0.0, 1e6), ("RP-1", 1e4, 1e7)])
def test_derivatives_of_the_traced_table(name: str, h: float, p: float) -> None:
    known = fluid(name)
    place, table = known.symbolic(("density", "temperature"))
    scalars = casadi.SX.sym("h"), casadi.SX.sym("p")
    at = place(*scalars)
    inner = casadi.Function("inner", [*scalars], [casadi.jacobian(at, casadi.vertcat(*scalars))])
    by_place = table(place(h, p))[1]
    found = np.array(by_place @ inner(h, p))
    for row, read in zip(found, (known.density, known.temperature), strict=True):
        for slope, dh, dp in zip(row, (1e-5 * max(abs(h), 1e5), 0.0), (0.0, 1e-5 * p), strict=True):
            difference = (read(h + dh, p + dp) - read(h - dh, p - dp)) / (2.0 * (dh + dp))
            assert slope == pytest.approx(difference, rel=1e-5, abs=1e-12)


def test_scalar_symbols_read_closed_forms_but_no_chart() -> None:
    h, p = casadi.SX.sym("h"), casadi.SX.sym("p")
    known = fluid("RP-1")
    read = casadi.Function("f", [h, p], [known.density(h, p)])
    assert float(read(1e4, 1e7)) == pytest.approx(known.density(1e4, 1e7), rel=1e-13)
    with pytest.raises(FluidError, match=r"casadi\.SX"):
        fluid("LOX").density(h, p)


@pytest.mark.parametrize("name", [*WITH_DOME, "helium", "air", *LIQUIDS])
def test_enthalpy_is_the_inverse_of_temperature(name: str) -> None:
    known = fluid(name)
    low, high = known.temperatures
    for t in (low, 0.7 * low + 0.3 * high, high):
        for p in (known.pressures[0], 1e6, known.pressures[1]):
            assert known.temperature(known.enthalpy(t, p), p) == pytest.approx(t, rel=1e-6)
    for bad in ((0.5 * low, 1e6), (2.0 * high, 1e6), (low, 1e9), (math.nan, 1e6)):
        with pytest.raises(FluidError, match="are known from"):
            known.enthalpy(*bad)


def test_boiling_divides_liquid_from_vapour() -> None:
    known = fluid("LOX")
    below, above = (known.enthalpy(t, 101325.0) for t in (90.1, 90.3))
    assert known.density(below, 101325.0) > 1100.0
    assert known.density(above, 101325.0) < 5.0
    assert not known.is_gas_like(below, 101325.0)
    assert known.is_gas_like(above, 101325.0)
    assert known.heat_capacity(90.0, 1e6) == pytest.approx(1695.0, rel=0.01)


@pytest.mark.parametrize("name", WITH_DOME)
def test_vapour_pressure_in_all_readings(name: str) -> None:
    known, state = chart(name), CoolProp.AbstractState("HEOS", chart(name).equation)
    temperatures = np.linspace(
        max(known.temperatures[0], state.Ttriple() + 0.1), 0.999 * state.T_critical(), 40
    )
    t = casadi.SX.sym("t")
    symbolic = casadi.Function("f", [t], [known.saturation_pressure(t)])
    for value in temperatures.tolist():
        state.update(CoolProp.QT_INPUTS, 0.0, value)
        pressure = known.saturation_pressure(value)
        assert pressure == pytest.approx(state.p(), rel=4e-3)
        assert float(symbolic(value)) == pytest.approx(pressure, rel=1e-12)
    arrays = known.saturation_pressure(np.linspace(1.0, 2000.0, 400))
    assert np.all(np.diff(arrays) >= 0.0)
    assert np.isfinite(arrays).all()
    warm = UNIT.Quantity(temperatures[5], "K")
    assert known.saturation_pressure(warm).to("Pa").magnitude == pytest.approx(
        known.saturation_pressure(float(temperatures[5]))
    )


@pytest.mark.parametrize(
    ("name", "temperature", "density", "tolerance"),
    [
        ("RP-1", 298.15, 796.7, 0.008),  # Convair report 8926-065 (1958); lots differ
        ("RP-1", 288.7, 807.0, 0.01),  # MIL-DTL-25576, 799 to 815
        ("MMH", 293.15, 878.8, 0.005),  # Sutton and Biblarz, table 7-1
        ("N2O4", 293.15, 1447.0, 0.005),  # Sutton and Biblarz
        ("N2H4", 293.15, 1008.5, 0.003),  # Sutton and Biblarz
        ("ethanol:0.75+water:0.25", 293.15, 855.6, 0.003),  # CRC Handbook
        ("ethanol:0.5+water:0.5", 293.15, 913.8, 0.003),  # CRC Handbook
        ("H2O2:0.9+water:0.1", 298.15, 1387.0, 0.002),  # manufacturers
    ],
)
def test_densities_of_closed_forms(name: str, temperature: float, density: float, tolerance: float) -> None:
    known = fluid(name)
    found = known.density(known.enthalpy(temperature, 101325.0), 101325.0)
    assert found == pytest.approx(density, rel=tolerance)


@pytest.mark.parametrize(
    ("name", "temperature", "pressure"),
    [
        ("N2O4", 294.3, 101325.0),
        ("MMH", 360.65, 101325.0),
        ("N2H4", 386.65, 101325.0),
        ("UDMH", 336.25, 101325.0),
        ("isopropanol", 355.4, 101325.0),
        ("RP-1", 422.0, 23e3),
    ],
)
def test_boiling_of_closed_forms(name: str, temperature: float, pressure: float) -> None:
    assert fluid(name).saturation_pressure(temperature) == pytest.approx(pressure, rel=0.02)


@pytest.mark.parametrize("name", LIQUIDS)
def test_a_closed_form_is_consistent(name: str) -> None:
    """(dh/dp)_T = v - T (dv/dT)_p, and along an isentrope dh = v dp; the exponent follows."""
    known, t, p = fluid(name), 310.0, 8e6
    assert isinstance(known, Liquid)
    assert known.sources

    def volume(temperature: float, pressure: float) -> float:
        return 1.0 / known.density(known.enthalpy(temperature, pressure), pressure)

    by_pressure = (known.enthalpy(t, p + 1e3) - known.enthalpy(t, p - 1e3)) / 2e3
    expansion = (volume(t + 0.1, p) - volume(t - 0.1, p)) / 0.2
    assert by_pressure == pytest.approx(volume(t, p) - t * expansion, rel=1e-5)
    h, v = known.enthalpy(t, p), volume(t, p)
    squeezed = 1.0 / known.density(h + v * 1e4, p + 1e4), 1.0 / known.density(h - v * 1e4, p - 1e4)
    ease = -p * (squeezed[0] - squeezed[1]) / 2e4 / v
    assert known.isentropic_exponent(h, p) == pytest.approx(1.0 / ease, rel=1e-3)
    assert not known.is_gas_like(h, p)


def test_names() -> None:
    assert fluid("liquid oxygen") is fluid("LOX")
    assert fluid("N2").name == "nitrogen"
    assert chart("LH2").equation == "ParaHydrogen"
    assert chart("GH2").equation == "Hydrogen"
    assert fluid("N2O").name == "N2O(L)"
    assert isinstance(fluid("IPA"), Liquid)
    assert isinstance(fluid("75 % ethanol + 25 % water"), Liquid)
    assert isinstance(fluid("RP1"), Fluid)


@pytest.mark.parametrize(("name", "near"), [("LOXX", "LOX"), ("nitrogne", "nitrogen"), ("MMHH", "MMH")])
def test_an_unknown_name_is_refused_with_near_ones(name: str, near: str) -> None:
    with pytest.raises(FluidError, match=f"did you mean.*{near}") as caught:
        fluid(name)
    assert isinstance(caught.value, HotfireError)


@pytest.mark.parametrize("name", ["HTPB", "unobtainium", "LOX:0.5+LH2:0.5", ""])
def test_what_is_no_fluid_is_refused(name: str) -> None:
    with pytest.raises(FluidError, match="no properties are known"):
        fluid(name)


@pytest.mark.parametrize("name", catalogue.SHIPPED)
def test_shipped_charts_are_current_and_small(name: str) -> None:
    plan = catalogue.plan_of(name)
    assert plan is not None
    path = Path(store.__file__).parent / "data" / store.file_name(plan)
    assert path.exists(), "stale: run store.ship()"
    assert path.stat().st_size < 200_000


def test_no_stray_charts_are_shipped() -> None:
    plans = [catalogue.plan_of(name) for name in catalogue.SHIPPED]
    wanted = {store.file_name(plan) for plan in plans if plan is not None}
    assert {p.name for p in (Path(store.__file__).parent / "data").glob("*.npz")} == wanted


def test_a_shipped_chart_is_what_making_gives() -> None:
    plan = catalogue.plan_of("helium")
    assert plan is not None
    made, shipped = making.make(plan), chart("helium")
    for layer, surface in zip(made.layers, shipped._surfaces.values(), strict=True):
        np.testing.assert_allclose(surface.coefficients, layer, rtol=1e-4, atol=1e-4)


def test_a_chart_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    small = making.Plan("Argon", (85.0, 300.0), pressures=(8e4, 2e7), nodes=(40, 24))
    monkeypatch.setitem(catalogue._PLANS, "argon", small)  # type: ignore[arg-type]
    told: list[float] = []
    monkeypatch.setattr(store, "_loaded", {})
    first = fluid("argon", progress=told.append)
    assert told[-1] == pytest.approx(1.0)
    path = store.cache_directory() / store.file_name(small)
    assert path.exists()
    monkeypatch.setattr(store, "_loaded", {})
    monkeypatch.setattr(store, "make", lambda *a: pytest.fail("made again"))
    second = fluid("argon")
    assert second.density(1e5, 1e6) == pytest.approx(first.density(1e5, 1e6), rel=1e-12)
    path.write_bytes(path.read_bytes()[:500])
    monkeypatch.setattr(store, "_loaded", {})
    monkeypatch.setattr(store, "make", making.make)
    assert fluid("argon").density(1e5, 1e6) == pytest.approx(first.density(1e5, 1e6), rel=1e-12)


def test_shipped_charts_do_not_import_coolprop() -> None:
    code = (
        "import sys\nfrom hotfire.physics.properties import fluid\n"
        "f = fluid('LH2'); f.density(f.enthalpy(30.0, 7e6), 7e6); f.saturation_pressure(20.0)\n"
        "assert not any(m.split('.')[0] == 'CoolProp' for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_skin_of_the_dome_is_thin() -> None:
    """What the documentation says of it: the kink is rounded within a few skins of the border."""
    known, state = chart("LH2"), CoolProp.AbstractState("HEOS", "ParaHydrogen")
    state.update(CoolProp.PQ_INPUTS, 3e5, 8.0 * SKIN)
    assert known.density(state.hmass(), 3e5) == pytest.approx(state.rhomass(), rel=5e-3)
