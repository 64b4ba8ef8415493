"""Phases of made-up logs, whatever the clock, the units and the noise."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import hotfire
from hotfire.log import Channel, FloatArray, Log, Note
from hotfire.phases.finding import Phases, find_phases
from hotfire.standard_roles import standard_roles

sys.path.insert(0, str(Path(__file__).parents[1]))
from phase_logs import AMBIENT, PSI, changed, check_order, codes, log_of


def ramp(time: FloatArray, at: float, length: float) -> FloatArray:
    return np.clip((time - at) / length, 0.0, 1.0)


def pulse(time: FloatArray, start: float, end: float, rise: float = 0.05, fall: float = 0.05) -> FloatArray:
    return ramp(time, start, rise) * (1.0 - ramp(time, end, fall))


def clock(rate: float = 500.0, first: float = -3.0, last: float = 12.0) -> FloatArray:
    return np.arange(first, last, 1.0 / rate)


def engine(time: FloatArray, *, seed: int = 0, noise: float = 0.01, dry: float | None = None) -> Log:
    """A blow-down engine: burn 0-5 s, 20 bar sagging to 15; `dry` lets the oxidizer run out then."""
    rng = np.random.default_rng(seed)
    end = 5.0 if dry is None else dry + 0.05
    sag = 1.0 - 0.25 * np.clip(time / 5.0, 0, 1)
    chamber = AMBIENT + 20e5 * sag * pulse(time, 0.0, end)
    stop = end if dry is None else dry
    flowing = np.clip(time, 0.0, stop)
    fall = -0.06 * flowing - (0.0 if dry is None else 0.5) * np.clip(time - stop, 0.0, 2.0)
    oxidizer, fuel = 45e5 * np.exp(fall), 40e5 * np.exp(-0.05 * np.clip(time, 0.0, end))
    open_until = end if dry is None else dry + 2.0
    manifold = AMBIENT + (oxidizer * 0.9 - AMBIENT) * pulse(time, -0.05, open_until)
    shake = {k: rng.normal(0, noise * 20e5, time.size) for k in "abcd"}
    return log_of(
        time,
        chamber_pressure=chamber + shake["a"],
        oxidizer_tank_pressure=oxidizer + shake["b"],
        fuel_tank_pressure=fuel + shake["c"],
        oxidizer_manifold_pressure=manifold + shake["d"],
    )


def names(found: Phases) -> list[str]:
    return [phase.name for phase in found.phases]


class TestSynthetic:
    @pytest.mark.parametrize("zero", [-2e4, -2e3, 2e3])
    def test_a_zero_below_nothing_is_a_reading_in_vacuum(self, zero: float) -> None:
        """The zero of a sensor of 50 bar is off by far more than three times what a vacuum's pressure is."""
        time, random = clock(), np.random.default_rng(2)
        noise = random.normal(0.0, 200.0, time.size)
        log = log_of(time, chamber_pressure=zero + noise + 20e5 * pulse(time, 0.0, 5.0))
        found = find_phases(log, ambient_pressure=100.0)
        assert found.burn is not None
        assert found.burn.start == pytest.approx(0.0, abs=0.05)
        assert found.baseline is not None
        assert found.baseline.start < -2.5
        assert found.baseline.end > -0.5

    def test_clean_burn(self) -> None:
        found = find_phases(engine(clock()))
        assert found.kind == "hot_fire"
        assert names(found) == ["pre_test", "start", "mainstage", "tail_off", "shutdown", "post"]
        check_order(found)
        assert found.burn is not None and found.mainstage is not None and found.baseline is not None
        assert found.burn.start == pytest.approx(0.0, abs=0.02)
        assert found.burn.end == pytest.approx(5.025, abs=0.03)
        assert 0.04 < found.mainstage.start < 0.3
        assert 4.8 < found.mainstage.end <= 5.01
        assert found.baseline.end < 0.0
        assert found.depletions == ()
        assert found.notes == ()

    def test_oxidizer_runs_out(self) -> None:
        found = find_phases(engine(clock(), dry=4.5))
        assert [d.side for d in found.depletions] == ["oxidizer"]
        assert found.depletions[0].time == pytest.approx(4.5, abs=0.1)
        tail = next(p for p in found.phases if p.name == "gas_tail")
        assert tail.end == pytest.approx(6.5, abs=0.25)
        check_order(found)

    def test_a_shut_valve_is_no_depletion(self) -> None:
        time = clock()
        log = engine(time, dry=4.5)
        valve = Channel("valve", time, 1.0 - ramp(time, 4.45, 0.1), role="oxidizer_valve_position")
        assert find_phases(replace(log, channels={**log.channels, "valve": valve})).depletions == ()

    def test_a_vent_after_shutdown_is_no_depletion(self) -> None:
        time = clock()
        log = engine(time)
        tank = log.channels["fuel_tank_pressure"]
        for delay in (0.3, 1.0):
            vented = replace(tank, values=tank.values * np.exp(-np.clip(time - 5.0 - delay, 0, 1)))
            found = find_phases(replace(log, channels={**log.channels, "fuel_tank_pressure": vented}))
            assert found.depletions == ()

    def test_an_empty_tank_near_ambient_cannot_run_out(self) -> None:
        time = clock()
        log = engine(time, dry=4.5)
        empty = AMBIENT * (1.4 - 0.5 * ramp(time, 4.4, 0.5))
        channels = {
            **log.channels,
            "fuel_tank_pressure": Channel("f", time, empty, role="fuel_tank_pressure"),
        }
        assert [d.side for d in find_phases(replace(log, channels=channels)).depletions] == ["oxidizer"]

    def test_the_other_side_flows_faster_when_the_chamber_falls(self) -> None:
        time = clock()
        log = engine(time, dry=4.5, noise=0.002)
        # Fuel liquid, freed of the chamber's pressure, drains twice as fast: not a second depletion.
        fuel = 25e5 * np.exp(-0.07 * np.clip(time, 0, 4.55) - 0.15 * np.clip(time - 4.55, 0, 2))
        channels = {
            **log.channels,
            "fuel_tank_pressure": Channel("f", time, fuel, role="fuel_tank_pressure"),
        }
        assert [d.side for d in find_phases(replace(log, channels=channels)).depletions] == ["oxidizer"]

    def test_nothing_ran(self) -> None:
        time = clock()
        rng = np.random.default_rng(1)
        quiet = log_of(
            time,
            chamber_pressure=AMBIENT + rng.normal(0, 2e4, time.size) + 300 * time,
            thrust=rng.normal(0, 5, time.size) + time,
        )
        found = find_phases(quiet)
        assert found.kind == "no_run"
        assert found.burn is None
        assert "no_run" in codes(found)

    @pytest.mark.parametrize("size", [0, 1, 5])
    def test_hardly_any_samples(self, size: int) -> None:
        time = np.arange(size, dtype=float)
        assert find_phases(log_of(time, chamber_pressure=np.ones(size))).kind == "no_run"

    def test_all_missing_and_no_roles(self) -> None:
        time = clock()
        assert find_phases(log_of(time, chamber_pressure=np.full(time.size, np.nan))).kind == "no_run"
        assert find_phases(Log(None, "memory", {})).kind == "no_run"

    def test_cold_flow_by_manifold(self) -> None:
        time = clock()
        manifold = AMBIENT + 30e5 * pulse(time, 0.0, 5.0)
        chamber = AMBIENT + np.random.default_rng(0).normal(0, 1e3, time.size)
        chamber += 2e5 * pulse(time, 0.0, 5.0)
        found = find_phases(log_of(time, oxidizer_manifold_pressure=manifold, chamber_pressure=chamber))
        assert found.kind == "cold_flow"
        assert found.burn is not None
        assert found.burn.end == pytest.approx(5.025, abs=0.03)
        assert "cold_chamber" in codes(found)

    def test_thrust_alone_and_upside_down(self) -> None:
        time = clock()
        for sign in (1.0, -1.0):
            thrust = (
                sign * 1000 * pulse(time, 0.0, 5.0) + 40 + np.random.default_rng(0).normal(0, 5, time.size)
            )
            found = find_phases(log_of(time, thrust=thrust))
            assert found.kind == "hot_fire"
            assert found.burn is not None
            assert found.burn.start == pytest.approx(0.0, abs=0.05)
            assert "kind_from_thrust" in codes(found)

    def test_starts_in_the_burn(self) -> None:
        found = find_phases(engine(clock(first=1.0)))
        assert found.baseline is None
        assert {"starts_in_burn", "no_baseline"} <= codes(found)
        assert found.burn is not None
        assert found.burn.end == pytest.approx(5.025, abs=0.03)

    def test_ends_in_the_burn(self) -> None:
        found = find_phases(engine(clock(last=3.0)))
        assert "burn_not_ended" in codes(found)
        assert found.burn is not None
        assert found.burn.end == pytest.approx(3.0, abs=0.01)
        assert "post" not in names(found)

    def test_wholly_inside_the_burn(self) -> None:
        found = find_phases(engine(clock(first=1.0, last=4.0)))
        assert found.kind == "hot_fire"
        assert {"starts_in_burn", "burn_not_ended", "no_baseline"} <= codes(found)

    def test_gas_that_flows_for_as_long_as_the_liquid_did(self) -> None:
        time = clock()
        log = engine(time, dry=3.0, noise=0.002)
        gas = np.clip(time - 3.0, 0.0, None)
        fading = 17e5 * (0.3 + 0.25 * np.exp(-gas / 0.8)) * pulse(time, 3.0, 5.0)
        chamber = log.channels["chamber_pressure"]
        found = find_phases(
            changed(
                log, lambda c: replace(c, values=np.fmax(c.values, AMBIENT + fading)) if c is chamber else c
            )
        )
        assert found.mainstage is not None
        assert found.burn is not None
        assert found.burn.end > found.mainstage.end + 0.7
        assert [d.side for d in found.depletions] == ["oxidizer"]
        assert found.depletions[0].time == pytest.approx(3.0, abs=0.12)

    def test_where_the_tank_froze_the_manifold_tells_behind_a_recorded_valve(self) -> None:
        time = clock()
        valve = pulse(time, -0.05, 6.5)
        log = engine(time, dry=4.5, noise=0.002)
        tank = log.channels["oxidizer_tank_pressure"]
        held = np.where(time < 3.0, tank.values, tank.values[np.searchsorted(time, 3.0)])
        log = changed(log, lambda c: replace(c, values=held) if c is tank else c)
        still = Note("frozen", "warning", "stands still", tank.name, start=3.0, end=float(time[-1]))
        frozen = replace(log, notes=(still,))
        assert find_phases(frozen).depletions == ()
        position = log_of(time, oxidizer_valve_position=valve).channels
        found = find_phases(replace(frozen, channels={**frozen.channels, **position}))
        assert [d.side for d in found.depletions] == ["oxidizer"]
        assert found.depletions[0].time == pytest.approx(4.5, abs=0.12)

    def test_several_burns(self) -> None:
        time = clock(last=30.0)
        chamber = AMBIENT + 20e5 * (
            0.8 * pulse(time, 0, 1)
            + pulse(time, 8, 14)
            + 0.2 * pulse(time, 16, 29)
            + 0.7 * pulse(time, 29.2, 29.8)
        )
        found = find_phases(log_of(time, chamber_pressure=chamber))
        assert found.burn is not None
        assert found.burn.start == pytest.approx(8.0, abs=0.02)
        assert found.burns[0].end == pytest.approx(1.0, abs=0.05)
        note = next(n for n in found.notes if n.code == "several_burns")
        assert note.severity == "warning"
        assert note.remedy

    def test_throttling_is_one_burn(self) -> None:
        time = clock()
        chamber = AMBIENT + 20e5 * pulse(time, 0, 5) * (1 - 0.6 * ramp(time, 2.0, 0.3))
        found = find_phases(log_of(time, chamber_pressure=chamber))
        assert found.burn is not None
        assert found.burn.end == pytest.approx(5.025, abs=0.03)

    def test_purge_and_gas_after_the_burn_do_not_lengthen_it(self) -> None:
        time = clock()
        chamber = AMBIENT + 20e5 * np.maximum(pulse(time, 0, 5), 0.15 * pulse(time, 5, 8, fall=0.3))
        found = find_phases(log_of(time, chamber_pressure=chamber))
        assert found.burn is not None
        assert found.burn.end == pytest.approx(5.025, abs=0.04)

    @pytest.mark.parametrize("hertz", [12.0, 50.0, 190.0])
    def test_full_oscillation(self, hertz: float) -> None:
        time = clock(1000.0)
        chamber = AMBIENT + 20e5 * pulse(time, 0, 5) * (1 + np.sin(2 * np.pi * hertz * time))
        found = find_phases(log_of(time, chamber_pressure=chamber))
        assert len(found.burns) == 1
        assert found.burn is not None
        assert found.burn.start == pytest.approx(0.0, abs=0.1)
        assert found.burn.end == pytest.approx(5.0, abs=0.1)

    def test_hard_start(self) -> None:
        time = clock(1000.0)
        chamber = AMBIENT + 20e5 * (pulse(time, 0, 5, rise=0.002) + 4 * pulse(time, 0.0, 0.02, 0.002, 0.02))
        found = find_phases(log_of(time, chamber_pressure=chamber))
        assert found.burn is not None
        assert (found.burn.start, found.burn.end) == pytest.approx((0.0, 5.025), abs=0.03)

    def test_held_slow_channel(self) -> None:
        time = clock()
        chamber = AMBIENT + 20e5 * pulse(np.floor(time * 12) / 12, 0, 5)
        found = find_phases(log_of(time, chamber_pressure=chamber))
        assert found.burn is not None
        assert (found.burn.start, found.burn.end) == pytest.approx((0.0, 5.0), abs=0.15)

    def test_short_pulse(self) -> None:
        time = clock(2000.0)
        found = find_phases(log_of(time, chamber_pressure=AMBIENT + 8e5 * pulse(time, 0, 0.1, 0.005, 0.005)))
        assert found.burn is not None
        assert (found.burn.start, found.burn.end) == pytest.approx((0.0, 0.1025), abs=0.01)

    def test_sensor_lost_after_the_burn(self) -> None:
        time = clock()
        log = engine(time)
        chamber = log.channels["chamber_pressure"]
        for level in (-50e5, np.nan, -0.9 * AMBIENT):
            lost = replace(chamber, values=np.where(time > 7, level, chamber.values))
            found = find_phases(replace(log, channels={**log.channels, "chamber_pressure": lost}))
            assert found.burn is not None
            assert (found.burn.start, found.burn.end) == pytest.approx((0.0, 5.025), abs=0.03)


def times(found: Phases) -> FloatArray:
    assert found.burn is not None and found.mainstage is not None
    return np.array([found.burn.start, found.burn.end, found.mainstage.start, found.mainstage.end])


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(60.0, 3000.0),
    origin=st.floats(-1e5, 1e6),
    offset=st.floats(-0.9, 0.9),
    gain=st.floats(0.3, 10.0),
    seed=st.integers(0, 1000),
    noise=st.floats(0.0, 0.02),
)
def test_same_times_whatever_the_clock_zero_gain_and_noise(
    *, rate: float, origin: float, offset: float, gain: float, seed: int, noise: float
) -> None:
    log = engine(clock(rate), seed=seed, noise=noise)
    moved = changed(
        log,
        lambda c: replace(
            c, time=c.time + origin, values=AMBIENT + gain * (c.values - AMBIENT) + offset * AMBIENT
        ),
    )
    found = find_phases(moved)
    assert found.kind == "hot_fire"
    near = np.array([0.0, 5.025, 0.15, 4.95])
    assert times(found) - origin == pytest.approx(near, abs=0.15 + 3 / rate)
    assert abs(times(found)[:2] - origin - near[:2]).max() < 0.04 + 3 / rate
    assert found.depletions == ()
    check_order(found)


@settings(max_examples=25, deadline=None)
@given(unit=st.sampled_from([1.0, 1e-5, 1 / PSI, 1e-6]), dry=st.floats(2.0, 6.0), seed=st.integers(0, 1000))
def test_depletion_in_any_unit_at_any_time(unit: float, dry: float, seed: int) -> None:
    log = changed(engine(clock(), seed=seed, dry=dry), lambda c: replace(c, values=c.values * unit))
    found = find_phases(log, ambient_pressure=AMBIENT * unit)
    assert [d.side for d in found.depletions] == ["oxidizer"]
    assert found.depletions[0].time == pytest.approx(dry, abs=0.12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.0, 0.02), missing=st.floats(0.0, 0.3))
@example(seed=80, share=0.015533315077659577, missing=0.25)
@example(seed=416, share=0.015625, missing=0.0)  # a spike on the first sample
def test_spikes_and_missing_samples_do_not_matter(seed: int, share: float, missing: float) -> None:
    rng = np.random.default_rng(seed)
    time = clock()
    log = engine(time)

    def spoil(channel: Channel) -> Channel:
        values = channel.values.copy()
        hit = np.flatnonzero(rng.random(time.size) < share)
        hit = hit[np.diff(hit, prepend=-9) > 3]
        values[hit] = rng.choice([-200e5, 500e5, 0.0], hit.size)
        values[rng.random(time.size) < missing] = np.nan
        return replace(channel, values=values)

    found = find_phases(changed(log, spoil))
    assert times(found)[:2] == pytest.approx([0.0, 5.025], abs=0.05)


def test_a_valve_is_one_whatever_its_recorder_is_called() -> None:
    loaded = hotfire.load_engine("imperial-dmt")
    roles = standard_roles(loaded)
    assert roles["oxidizer_valve_angle"] == "oxidizer_valve_position"
    assert roles["fuel_valve_angle"] == "fuel_valve_position"
