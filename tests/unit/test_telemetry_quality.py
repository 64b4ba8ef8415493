"""Checks of the data: each finds what it is for, and keeps silent on healthy channels."""

from __future__ import annotations

import numpy as np
import pytest

from hotfire.log import Note
from hotfire.telemetry.quality import check_signals
from hotfire.telemetry.signals import Signal, measure, runs_of_equal

N = 6000
TIME = np.arange(N) / 500.0
RANDOM = np.random.default_rng(11)
BURN = np.where((TIME > 2) & (TIME < 8), 1.0 - 0.03 * (TIME - 2), 0.0)
PSI = 6894.757293168361


def noisy(level: float = 300.0, noise: float = 1.0, seed: int = 0) -> np.ndarray:
    return level * BURN + np.random.default_rng(seed).normal(0.0, noise, N)


def pressure(values: np.ndarray, name: str = "P", reference: str | None = "gauge") -> Signal:
    return measure(name, "pressure", TIME[: len(values)], values, pascal=PSI, reference=reference)


def check(*signals: Signal) -> list[Note]:
    moving = measure("other", "force", TIME, 50 * np.sin(TIME) + RANDOM.normal(0, 0.1, N))
    return [n for n in check_signals([*signals, moving], 101325.0) if n.channel != "other"]


def codes(*signals: Signal) -> set[str]:
    return {n.code for n in check(*signals)}


@pytest.mark.parametrize("seed", range(5))
def test_a_falling_pressure_that_froze_is_not_at_its_limit(seed: int) -> None:
    values = np.linspace(600.0, 200.0, N) + noisy(0.0, 1.0, seed)
    values[N // 2 :] = values[: N // 2].min() - 0.5
    found = codes(pressure(values))
    assert "frozen" in found
    assert "rail" not in found


@pytest.mark.parametrize("seed", range(5))
def test_a_pressure_that_froze_at_a_value_that_it_had_met_is_not_at_its_limit(seed: int) -> None:
    values = np.round(2.0 * (np.linspace(600.0, 200.0, N) + noisy(0.0, 1.0, seed))) / 2.0
    values[N // 2 :] = values[: N // 2].min()
    found = codes(pressure(values))
    assert "frozen" in found
    assert "rail" not in found


def test_a_pressure_that_rose_into_its_limit_and_stays_is_railed() -> None:
    values = np.linspace(200.0, 600.0, N) + noisy(0.0, 3.0, 3)
    found = codes(pressure(np.minimum(values, 400.0)))
    assert "rail" in found


@pytest.mark.parametrize("seed", range(12))
def test_healthy_channels_are_not_blamed(seed: int) -> None:
    random = np.random.default_rng(seed)
    rough = noisy(400, 2.0, seed) + BURN * random.normal(0, 25, N)
    stepped = np.round(noisy(300, 0.4, seed) * 2) / 2
    surge = noisy(300, 1.0, seed) + 350 * np.exp(-(((TIME - 2.0) / 0.02) ** 2))
    decay = 700 * np.exp(-TIME / 9) + random.normal(0, 0.5, N)
    warm = measure(
        "T", "temperature", TIME, np.round(20 + 60 * BURN.cumsum() / BURN.sum() + random.normal(0, 0.2, N), 1)
    )
    load = measure("F", "force", TIME, noisy(1500, 3.0, seed))
    valve = measure("V", "command", TIME, (BURN > 0).astype(float))
    bad = set(
        codes(
            pressure(rough, "a"),
            pressure(stepped, "b"),
            pressure(surge, "c"),
            pressure(decay, "d"),
            warm,
            load,
            valve,
        )
    )
    assert bad <= {"quantisation"}


def test_dead_and_frozen() -> None:
    assert codes(pressure(np.zeros(N))) == {"dead"}
    assert codes(pressure(np.full(N, 2050.3))) == {"frozen"}
    railed = np.full(N, 2050.3)
    railed[[100, 3000]] = (-2174.7, 2044.0)
    assert "frozen" in codes(pressure(railed))


def test_a_frozen_stretch_has_its_times() -> None:
    values = noisy()
    values[2000:2600] = values[2000]
    note = next(n for n in check(pressure(values)) if n.code == "frozen")
    assert note.start == pytest.approx(4.0)
    assert note.end == pytest.approx(TIME[2599])


def test_a_clipped_peak_is_a_rail() -> None:
    values = np.minimum(noisy(300, 1.0), 250.0)
    note = next(n for n in check(pressure(values)) if n.code == "rail")
    assert note.evidence["value"] == 250.0


@pytest.mark.parametrize(
    ("level", "code"), [(-273.1, "open_thermocouple"), (1372.0, "open_thermocouple"), (21.3, "frozen")]
)
def test_constant_thermocouples(level: float, code: str) -> None:
    assert codes(measure("T", "temperature", TIME, np.full(N, level))) == {code}


def test_an_intermittent_thermocouple() -> None:
    values = 20 + RANDOM.normal(0, 0.3, N)
    values[::3] = -273.15
    note = next(n for n in check(measure("T", "temperature", TIME, values)) if n.code == "open_thermocouple")
    assert note.evidence["share"] == pytest.approx(1 / 3, abs=0.01)


def test_thermocouples_in_other_units() -> None:
    fahrenheit = np.full(N, -459.6)
    scale = (5 / 9, 255.372 - 273.15)
    assert codes(measure("T", "temperature", TIME, fahrenheit, celsius=scale)) == {"open_thermocouple"}
    kelvin = 290 + RANDOM.normal(0, 0.3, N)
    assert codes(measure("T", "temperature", TIME, kelvin, celsius=(1.0, -273.15))) <= {"quantisation"}


def test_one_sample_spikes() -> None:
    values = noisy(300, 1.0)
    values[[700, 2500, 5000]] = (-2101.0, 900.0, 2044.0)
    note = next(n for n in check(pressure(values)) if n.code == "spikes")
    assert note.evidence["count"] == 3.0
    assert note.evidence["largest"] in (-2101.0, 2044.0)
    assert note.start == pytest.approx(TIME[700])


def test_spikes_in_a_long_record() -> None:
    n = 600_000
    values = np.random.default_rng(2).normal(20, 0.3, n)
    values[400_001] = 500.0
    note = [
        n
        for n in check_signals([measure("P", "pressure", np.arange(n) / 1e3, values)], 101325.0)
        if n.code == "spikes"
    ]
    assert note[0].evidence["at"] == pytest.approx(400.001)


def test_codes_for_no_value() -> None:
    values = noisy()
    values[100:200] = -9999.0
    assert "sentinel" in codes(pressure(values))


def test_missing_values_by_share() -> None:
    values = noisy()
    values[::2] = np.nan
    note = next(n for n in check(pressure(values)) if n.code == "missing_values")
    assert note.severity == "warning"
    assert note.evidence["share"] == pytest.approx(0.5)
    assert next(n for n in check(pressure(np.full(N, np.nan)))).severity == "error"


def test_a_zero_that_is_off_by_a_little_is_no_error() -> None:
    """A half of a percent of the highest reading is what zeros of sound transducers are off by."""
    for zero, severity in ((-25.0, "info"), (-120.0, "error")):
        notes = check(pressure(noisy(5000.0) + zero, reference="absolute"))
        notes = [n for n in notes if n.code == "impossible"]
        assert [n.severity for n in notes] == [severity]


def test_below_vacuum_is_impossible_by_reference() -> None:
    values = noisy(100) - 26.0
    assert "impossible" in codes(pressure(values))
    assert "impossible" in codes(pressure(noisy(100) - 5.0, reference="absolute"))
    assert "impossible" not in codes(pressure(noisy(100) - 5.0))
    assert "impossible" not in codes(pressure(values, reference="differential"))


def test_a_lost_sensor_has_its_time() -> None:
    values = noisy(100, 0.6) - 25.0
    values[3167:] = -27.0 + np.random.default_rng(5).normal(0, 0.6, N - 3167)
    note = next(n for n in check(pressure(values)) if n.code == "lost")
    assert note.start == pytest.approx(TIME[3166], abs=0.02)
    assert note.severity == "error"


def test_a_chamber_that_returns_to_ambient_is_not_lost() -> None:
    assert "lost" not in codes(pressure(noisy(300, 1.0) - 0.2 * (TIME > 8)))


def test_a_shifted_zero_at_shutdown_is_not_a_lost_sensor() -> None:
    values = noisy(300, 1.0) - 16.0 - 2.0 * (TIME > 6)
    assert "lost" in codes(pressure(values))
    assert "lost" not in codes(pressure(values), pressure(noisy(700, 1.0, seed=4), name="thrust side"))


def test_copies_are_found() -> None:
    a = noisy(seed=3)
    notes = check(pressure(a, "a"), pressure(a.copy(), "b"))
    assert [(n.code, n.channel, n.evidence["of"]) for n in notes if n.code == "alias"] == [
        ("alias", "b", "a")
    ]


def test_a_zero_that_moved() -> None:
    values = noisy(1000, 1.0) - 80 * (TIME > 8)
    assert "zero_drift" in codes(measure("F", "force", TIME, values))


def test_a_load_cell_that_is_lost_at_an_end_has_no_zero_to_compare() -> None:
    values = np.sin(TIME) + 5.0
    values[-len(values) // 10 :] = np.nan
    assert "zero_drift" not in codes(measure("F", "force", TIME, values))


@pytest.mark.parametrize("length", [0, 1, 2, 5, 30])
@pytest.mark.parametrize("kind", ["pressure", "temperature", "force", None])
def test_short_channels_pass(length: int, kind: str | None) -> None:
    check_signals([measure("x", kind, TIME[:length], noisy()[:length])], 101325.0)


def test_runs_of_equal_values() -> None:
    values = RANDOM.normal(0, 1, 1000)
    values[100:160] = 5.0
    values[999 - 45 :] = 7.0
    assert runs_of_equal(values, 40) == [(100, 159), (954, 999)]
    assert runs_of_equal(np.ones(50), 40) == [(0, 49)]
    assert runs_of_equal(values, 61) == []


def test_a_valve_that_stands_on_its_stops_is_not_at_the_limit_of_its_transducer() -> None:
    travel = np.interp(TIME, [2.0, 6.0], [-0.1, 1.1])
    values = np.clip(travel + np.random.default_rng(0).normal(0.0, 0.01, N), 0.0, 1.0)
    assert "rail" in codes(measure("x", None, TIME, values))
    assert "rail" not in codes(measure("pos_ox", "position", TIME, values))
